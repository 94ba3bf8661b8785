/*
 * tests/unit/fmt.c - the print engine against the host's snprintf, and the
 * verbs that the host does not have. The engine is what snprintf is in the
 * freestanding builds.
 */
#include "lib9/fmt.h"
#include "tests/unit.h"

static size_t
ours(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;
	size_t rc;

	va_start(ap, fmt);
	rc = fmt_buf(buf, buf + n, fmt, ap);
	va_end(ap);
	return rc;
}

static const char *const flags[] = { "", "-", "+", " ", "#", "0", "-+", "+0", " 0", "#0", "-#", "+ ", "-0" };
static const char *const widths[] = { "", "1", "5", "12", "40" };
static const char *const precs[] = { "", ".", ".0", ".3", ".25" };
static const struct {
	const char *size;
	int bytes;
} sizes[] = { { "hh", 4 }, { "h", 4 }, { "", 4 }, { "l", sizeof(long) }, { "ll", 8 }, { "j", 8 }, { "z", sizeof(size_t) } };
static const uint64_t values[] = { 0, 1, 9, 10, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
	0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x123456789ABCDEF };

#define SAME(fmt, ...)                                                         \
	do {                                                                   \
		char a_[160], b_[160];                                         \
		int n_ = snprintf(a_, sizeof a_, fmt, __VA_ARGS__);            \
		ck_assert_uint_eq(ours(b_, sizeof b_, fmt, __VA_ARGS__), (size_t)n_); \
		ck_assert_msg(strcmp(a_, b_) == 0, "%s: host \"%s\", ours \"%s\"", fmt, a_, b_); \
	} while (0)

static void
integer(const char *fmt, int bytes, uint64_t v)
{
	if (bytes == 8)
		SAME(fmt, (long long)v);
	else
		SAME(fmt, (int)v);
}

START_TEST(integers_print_as_on_the_host)
{
	static const char verbs[] = "diuoxX";
	uint64_t seed = 49;

	for (size_t v = 0; v < 6; v++)
		for (size_t f = 0; f < nelem(flags); f++)
			for (size_t w = 0; w < nelem(widths); w++)
				for (size_t p = 0; p < nelem(precs); p++)
					for (size_t s = 0; s < nelem(sizes); s++) {
						char fmt[64];

						snprintf(fmt, sizeof fmt, "<%%%s%s%s%s%c>", flags[f], widths[w], precs[p], sizes[s].size, verbs[v]);
						for (size_t i = 0; i < nelem(values); i++)
							integer(fmt, sizes[s].bytes, values[i]);
						seed = seed * 6364136223846793005u + 1442695040888963407u;
						integer(fmt, sizes[s].bytes, seed >> (seed >> 58));
					}
}
END_TEST

START_TEST(strings_print_as_on_the_host)
{
	static const char *const texts[] = { "", "a", "hello", "a text that is longer than forty bytes, by some", "日本語" };

	for (size_t f = 0; f < 2; f++)
		for (size_t w = 0; w < nelem(widths); w++)
			for (size_t p = 0; p < nelem(precs); p++)
				for (size_t i = 0; i < nelem(texts); i++) {
					char fmt[64];

					snprintf(fmt, sizeof fmt, "<%%%s%s%ss|%%%s%sc>", flags[f], widths[w], precs[p], flags[f], widths[w]);
					SAME(fmt, texts[i], 'x');
				}
	SAME("%s and %s, %%, %5s", "one", "two", "three");
	SAME("%*d|%-*d|%*d|%.*s|%.*s", 8, 42, 8, 42, -8, 42, 2, "abc", -1, "abc");
	SAME("%p", (void *)&flags);
}
END_TEST

START_TEST(text_is_cut_at_the_end_of_the_buffer)
{
	for (size_t n = 0; n < 20; n++) {
		char a[20], b[20];

		memset(a, 'X', sizeof a);
		memset(b, 'X', sizeof b);
		snprintf(a, n, "%s=%05d;%x", "name", 42, 0xBEEFu);
		ck_assert_uint_eq(ours(b, n, "%s=%05d;%x", "name", 42, 0xBEEFu), 15);
		ck_assert_mem_eq(a, b, sizeof a);
	}
}
END_TEST

START_TEST(precision_reads_no_byte_past_it)
{
	char *exact = malloc(3), buf[16];

	memcpy(exact, "abc", 3);
	ours(buf, sizeof buf, "%.3s", exact);
	ck_assert_str_eq(buf, "abc");
	free(exact);
}
END_TEST

START_TEST(plan9_verbs)
{
	char buf[64];
	Rune runes[] = { 0x65E5, 'x', 0x1F600, 0 };

	seterr(Enonexist, "walk %s", "x");
	ours(buf, sizeof buf, "%r");
	ck_assert_str_eq(buf, "walk x: file does not exist");
	ours(buf, sizeof buf, "%q %q %q", "plain", "it's", "");
	ck_assert_str_eq(buf, "plain 'it''s' ''");
	ours(buf, sizeof buf, "%C|%C|%S|%.2S", (Rune)0x3B1, (Rune)'a', runes, runes);
	ck_assert_str_eq(buf, "α|a|日x😀|日x");
	ck_assert_uint_eq(ours(buf, sizeof buf, "a%Cb", (Rune)0), 3);
	ck_assert_mem_eq(buf, "a\0b", 4);
}
END_TEST

START_TEST(unknown_verb_prints_as_it_stands)
{
	char buf[64];

	ours(buf, sizeof buf, "%d %y %d", 1, 2);
	ck_assert_str_eq(buf, "1 %y %d");
	ours(buf, sizeof buf, "%d %", 1);
	ck_assert_str_eq(buf, "1 %");
	ours(buf, sizeof buf, "%n", NULL);
	ck_assert_str_eq(buf, "%n");
}
END_TEST

START_TEST(seprint_stops_at_the_nul)
{
	char buf[8], *p;

	p = seprint(buf, buf + sizeof buf, "%s", "abc");
	ck_assert_ptr_eq(p, buf + 3);
	p = seprint(p, buf + sizeof buf, "%s", "defghijk");
	ck_assert_ptr_eq(p, buf + 7);
	ck_assert_str_eq(buf, "abcdefg");
	ck_assert_ptr_eq(seprint(p, buf + sizeof buf, "more"), p);
}
END_TEST

START_TEST(smprint_takes_any_length)
{
	char *s = smprint("%0*d!", 5000, 7);

	ck_assert_uint_eq(strlen(s), 5001);
	ck_assert(s[0] == '0' && s[4999] == '7' && s[5000] == '!');
	free(s);
}
END_TEST

UNIT_SUITE("fmt", CASE(integers_print_as_on_the_host), CASE(strings_print_as_on_the_host),
    CASE(text_is_cut_at_the_end_of_the_buffer), CASE(precision_reads_no_byte_past_it), CASE(plan9_verbs),
    CASE(unknown_verb_prints_as_it_stands), CASE(seprint_stops_at_the_nul), CASE(smprint_takes_any_length))
