/*
 * tests/unit/token.c - lines into fields, quoting, numbers.
 */
#include "lib9/lib9.h"
#include "tests/unit.h"

/* The fields of `line`, each in <>. */
static const char *
shown(char **args, size_t n)
{
	static char text[256];
	char *p = text;

	*p = '\0';
	for (size_t i = 0; i < n; i++)
		p = seprint(p, text + sizeof text, "<%s>", args[i]);
	return text;
}

static const struct {
	const char *line;
	size_t max;
	const char *want;
} tokens[] = {
	{ "", 9, "" },
	{ " \t\n", 9, "" },
	{ "a b", 9, "<a><b>" },
	{ "  a \t b\r\n", 9, "<a><b>" },
	{ "'a b' c", 9, "<a b><c>" },
	{ "'it''s' ''", 9, "<it's><>" },
	{ "a'b c'd e", 9, "<ab cd><e>" },
	{ "'open quote", 9, "<open quote>" },
	{ "a b c d", 2, "<a><b>" },
	{ "日 本", 9, "<日><本>" },
	{ "a", 0, "" },
};

START_TEST(tokenize_cuts_and_unquotes)
{
	char line[64], *args[9];

	strcpy(line, tokens[_i].line);
	ck_assert_str_eq(shown(args, tokenize(line, args, tokens[_i].max)), tokens[_i].want);
}
END_TEST

static const struct {
	const char *line, *delims;
	bool multi;
	size_t max;
	const char *want;
} fields[] = {
	{ "", ":", false, 9, "<>" },
	{ "", ":", true, 9, "" },
	{ "a:b", ":", false, 9, "<a><b>" },
	{ "a::b:", ":", false, 9, "<a><><b><>" },
	{ ":a::b:", ":", true, 9, "<a><b>" },
	{ "a:b:c", ":", false, 2, "<a><b:c>" },
	{ "a:b::", ":", false, 2, "<a><b::>" },
	{ "a::b::c::", ":", true, 2, "<a><b::c::>" },
	{ "a::b::", ":", true, 2, "<a><b>" },
	{ "a b\tc", " \t", true, 9, "<a><b><c>" },
	{ "a日b本c", "本日", false, 9, "<a><b><c>" },
	{ "a", ":", false, 0, "" },
};

START_TEST(getfields_cuts_at_delimiters)
{
	char line[64], *args[9];

	strcpy(line, fields[_i].line);
	ck_assert_str_eq(shown(args, getfields(line, args, fields[_i].max, fields[_i].multi, fields[_i].delims)), fields[_i].want);
}
END_TEST

START_TEST(quoted_words_tokenize_back)
{
	static const char *const words[] = { "", "a", "it's", "a b", "''", "'", "$x", "a\nb", "x*", "~", "日本", "#s/dos", "a=b", "tab\t" };

	for (size_t i = 0; i < nelem(words); i++) {
		char *q = quotestr(words[i]), *args[2];

		ck_assert_uint_eq(tokenize(q, args, 2), 1);
		ck_assert_str_eq(args[0], words[i]);
		free(q);
	}
}
END_TEST

START_TEST(plain_words_are_not_quoted)
{
	static const char *const words[] = { "a", "/bin/ls", "a.c", "-l", "日本", "a,b", "50%" };

	for (size_t i = 0; i < nelem(words); i++) {
		char *q = quotestr(words[i]);

		ck_assert_str_eq(q, words[i]);
		free(q);
	}
}
END_TEST

static const struct {
	const char *text;
	bool good;
	uint64_t v;
} numbers[] = {
	{ "0", true, 0 },
	{ " 42\n", true, 42 },
	{ "0x1f", true, 31 },
	{ "0XFF", true, 255 },
	{ "18446744073709551615", true, UINT64_MAX },
	{ "18446744073709551616", false, 0 },
	{ "0xFFFFFFFFFFFFFFFF", true, UINT64_MAX },
	{ "0x10000000000000000", false, 0 },
	{ "", false, 0 },
	{ " ", false, 0 },
	{ "0x", false, 0 },
	{ "-1", false, 0 },
	{ "12a", false, 0 },
	{ "1 2", false, 0 },
	{ "a", false, 0 },
};

START_TEST(numbers_are_taken_whole_or_not)
{
	size_t n = strlen(numbers[_i].text);
	char *exact = malloc(n + 1);
	uint64_t v = 77;

	memcpy(exact, numbers[_i].text, n);
	ck_assert_int_eq(parse_u64(exact, n, &v), numbers[_i].good ? 0 : -Ebadarg);
	ck_assert_uint_eq(v, numbers[_i].good ? numbers[_i].v : 77);
	free(exact);
}
END_TEST

UNIT_SUITE("token", LOOP(tokenize_cuts_and_unquotes, tokens), LOOP(getfields_cuts_at_delimiters, fields),
    CASE(quoted_words_tokenize_back), CASE(plain_words_are_not_quoted), LOOP(numbers_are_taken_whole_or_not, numbers))
