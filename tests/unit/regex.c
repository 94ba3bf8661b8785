/*
 * tests/unit/regex.c - regular expressions against the host's POSIX ones, where
 * the two mean the same, and by hand where they don't.
 */
#include <regex.h>
#include <time.h>
#include "lib9/regex.h"
#include "tests/unit.h"

static const struct {
	const char *pattern, *text;
	int flags;
	const char *want;       /* spans as "s,e s,e"; NULL: no match */
} table[] = {
	{ "abc", "xxabcxx", 0, "2,5" },
	{ "a|ab", "xab", 0, "1,3" },
	{ "(a|ab)(c|bcd)", "abcd", 0, "0,4 0,1 1,4" },
	{ "a*", "baaa", 0, "0,0" },
	{ "a+", "baaa", 0, "1,4" },
	{ "^a", "ba", 0, NULL },
	{ "^a", "b\na", 0, "2,3" },
	{ "a$", "ab", 0, NULL },
	{ "a$", "a\nb", 0, "0,1" },
	{ "^$", "", 0, "0,0" },
	{ "a.c", "a\nc", 0, NULL },
	{ "a.c", "a\nc", REGEX_NL, "0,3" },
	{ "a[^b]c", "a\nc", 0, NULL },
	{ "a\\nc", "a\nc", 0, "0,3" },
	{ "[a-c]+", "xxabcabd", 0, "2,7" },
	{ "[^a-c]+", "abxyza", 0, "2,5" },
	{ "[\\]x]", "]", 0, "0,1" },
	{ "[a\\-z]", "-", 0, "0,1" },
	{ "[]a]+", "x]a]", 0, "1,4" },
	{ "\\*\\.", "a*.b", 0, "1,3" },
	{ "(a(b)?)+", "abaab", 0, "0,5 3,5 4,5" },
	{ "(x)|(y)", "y", 0, "0,1 -,- 0,1" },
	{ "日.", "x日本", 0, "1,7" },
	{ "[あ-ん]+", "xいろはx", 0, "1,10" },
	{ "ABC", "xabc", REGEX_ICASE, "1,4" },
	{ "[A-C]+É", "abcé", REGEX_ICASE, "0,5" },
	{ "a\xFF", "xa\xFF", 0, "1,3" },
	{ "a.b", "a\xE6z", 0, NULL },
	{ "a.b", "a\xE6" "b", 0, "0,3" },
	{ "(a*)*", "aaa", 0, "0,3" },
	{ "a||b", "b", 0, "0,1" },
	{ "x)", "x)", 0, "0,2" },
};

START_TEST(table_of_matches)
{
	Regex *re = regex_new(table[_i].pattern, table[_i].flags);
	const char *text = table[_i].text;
	Span spans[REGEX_NSUB];
	char got[128] = "", *p = got;
	size_t n = 0;
	bool hit;

	ck_assert_ptr_nonnull(re);
	for (const char *w = table[_i].want; w != NULL && *w != '\0'; w++)
		n += *w == ',';
	hit = regex_match(re, text, strlen(text), 0, spans, n == 0 ? 1 : n);
	ck_assert_int_eq(hit, table[_i].want != NULL);
	ck_assert_int_eq(regex_test(re, text, strlen(text)), hit);
	for (size_t i = 0; hit && i < n; i++) {
		p = seprint(p, got + sizeof got, i > 0 ? " " : "");
		if (spans[i].s == NULL)
			p = seprint(p, got + sizeof got, "-,-");
		else
			p = seprint(p, got + sizeof got, "%d,%d", (int)(spans[i].s - text), (int)(spans[i].e - text));
	}
	if (hit)
		ck_assert_str_eq(got, table[_i].want);
	regex_free(re);
}
END_TEST

static const char *const malformed[] = { "*a", "a|*", "(a", "[a", "[z-a]", "a\\", "+", "(?a)", "[", "[]", "((a)" };

START_TEST(bad_patterns_are_refused_with_a_reason)
{
	ck_assert_ptr_null(regex_new(malformed[_i], 0));
	ck_assert_ptr_nonnull(strstr(err_reason(), "regular expression: "));
}
END_TEST

static unsigned
rnd(unsigned n)
{
	static uint64_t seed = 6;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* A random expression; one that both sides read the same. */
static char *
grow(char *p, int depth)
{
	unsigned n = 1 + rnd(3);

	for (unsigned i = 0; i < n; i++) {
		static const char *const atoms[] = { "a", "b", "c", ".", "[ab]", "[^a]", "ab" };

		if (depth > 0 && rnd(3) == 0) {
			*p++ = '(';
			p = grow(p, depth - 1);
			if (rnd(2)) {
				*p++ = '|';
				p = grow(p, depth - 1);
			}
			*p++ = ')';
		} else {
			p = stpcpy(p, atoms[rnd(nelem(atoms))]);
		}
		if (rnd(3) == 0)
			*p++ = "*+?"[rnd(3)];
	}
	return p;
}

START_TEST(random_patterns_match_what_posix_matches)
{
	for (int i = 0; i < 6000; i++) {
		char pattern[2000], *p = pattern;
		regex_t host;
		Regex *re;

		if (rnd(8) == 0)
			*p++ = '^';
		p = grow(p, 2);
		if (rnd(8) == 0)
			*p++ = '$';
		*p = '\0';
		ck_assert_int_eq(regcomp(&host, pattern, REG_EXTENDED), 0);
		re = regex_new(pattern, 0);
		ck_assert_msg(re != NULL, "%s", pattern);
		for (int k = 0; k < 20; k++) {
			char text[24];
			unsigned n = rnd(12);
			regmatch_t m;
			Span span;
			bool hit, ours;

			for (unsigned j = 0; j < n; j++)
				text[j] = "abc"[rnd(3)];
			text[n] = '\0';
			hit = regexec(&host, text, 1, &m, 0) == 0;
			ours = regex_match(re, text, n, 0, &span, 1);
			ck_assert_msg(hit == ours && hit == regex_test(re, text, n), "%s on %s: host %d", pattern, text, hit);
			if (hit)
				ck_assert_msg(span.s == text + m.rm_so && span.e == text + m.rm_eo, "%s on %s: host %d,%d ours %d,%d",
				    pattern, text, (int)m.rm_so, (int)m.rm_eo, (int)(span.s - text), (int)(span.e - text));
		}
		regex_free(re);
		regfree(&host);
	}
}
END_TEST

START_TEST(no_pattern_makes_it_slow)
{
	static const char *const patterns[] = { "(a*)*b", "(a|a)*b", "(a|aa)+$b", "((a+)+)+b", "(.*)(.*)(.*)(.*)(.*)x" };
	size_t n = 20000;
	char *text = malloc(n), deep[1000];
	Regex *re;

	memset(text, 'a', n);
	for (size_t i = 0; i < nelem(patterns); i++) {
		re = regex_new(patterns[i], 0);
		ck_assert(!regex_match(re, text, n, 0, NULL, 0));
		ck_assert(!regex_test(re, text, n));
		regex_free(re);
	}
	for (int i = 0; i < 100; i++) { /* a? 100 times, then a 100 times */
		memcpy(deep + 2 * i, "a?", 2);
		deep[200 + i] = 'a';
	}
	deep[300] = '\0';
	re = regex_new(deep, 0);
	ck_assert(regex_match(re, text, 100, 0, NULL, 0));
	ck_assert(!regex_match(re, text, 99, 0, NULL, 0));
	regex_free(re);
	free(text);
}
END_TEST

START_TEST(many_states_fit_bounded_memory)
{
	Regex *re = regex_new("(a|b)*a(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)c", 0);
	char text[4000];

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = "ab"[rnd(2)];
	ck_assert(!regex_test(re, text, sizeof text));
	memcpy(text + 3900, "abbbbbbbbbbbc", 13);
	ck_assert(regex_test(re, text, sizeof text));
	regex_free(re);
}
END_TEST

START_TEST(match_from_a_place_sees_what_stands_before)
{
	Regex *re = regex_new("^a", 0);
	Span s;

	ck_assert(!regex_match(re, "aa", 2, 1, &s, 1));
	ck_assert(regex_match(re, "aa", 2, 0, &s, 1));
	ck_assert(regex_match(re, "a\na", 3, 1, &s, 1));
	ck_assert(!regex_match(re, "aa", 2, 3, &s, 1));
	regex_free(re);
}
END_TEST

UNIT_SUITE("regex", LOOP(table_of_matches, table), LOOP(bad_patterns_are_refused_with_a_reason, malformed),
    CASE(random_patterns_match_what_posix_matches), CASE(no_pattern_makes_it_slow), CASE(many_states_fit_bounded_memory),
    CASE(match_from_a_place_sees_what_stands_before))
