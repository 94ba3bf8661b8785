/*
 * tests/unit/libc.c - string.c, stdlib.c and qsort.c of the freestanding builds,
 * compiled here under other names, against the host's.
 */
#include "lib9/lib9.h"
#include "tests/unit.h"

#define EACH(X) X(memcpy) X(memmove) X(memset) X(memcmp) X(memchr) X(memrchr) X(memmem) X(strlen) X(strnlen) X(strcpy) \
	X(strncpy) X(strcat) X(strncat) X(strcmp) X(strncmp) X(strcasecmp) X(strncasecmp) X(strchr) X(strrchr) X(strstr) X(strpbrk) \
	X(strspn) X(strcspn) X(strtol) X(strtoul) X(strtoll) X(strtoull) X(qsort)
#define X(f) static __typeof__(f) *const host_##f = f;
EACH(X)
#undef X

#define memcpy my_memcpy
#define memmove my_memmove
#define memset my_memset
#define memcmp my_memcmp
#define memchr my_memchr
#define memrchr my_memrchr
#define memmem my_memmem
#define strlen my_strlen
#define strnlen my_strnlen
#define strcpy my_strcpy
#define stpcpy my_stpcpy
#define strncpy my_strncpy
#define strcat my_strcat
#define strncat my_strncat
#define strcmp my_strcmp
#define strncmp my_strncmp
#define strcasecmp my_strcasecmp
#define strncasecmp my_strncasecmp
#define strchr my_strchr
#define strrchr my_strrchr
#define strstr my_strstr
#define strpbrk my_strpbrk
#define strspn my_strspn
#define strcspn my_strcspn
#define strdup my_strdup
#define strndup my_strndup
#define abs my_abs
#define labs my_labs
#define llabs my_llabs
#define atoi my_atoi
#define atol my_atol
#define atoll my_atoll
#define strtol my_strtol
#define strtoul my_strtoul
#define strtoll my_strtoll
#define strtoull my_strtoull
#define bsearch my_bsearch
#define qsort my_qsort
#define abort my_abort
#define assert_failed my_assert_failed
void *my_memcpy(void *restrict dst, const void *restrict src, size_t n);
void *my_memmove(void *dst, const void *src, size_t n);
void *my_memset(void *dst, int c, size_t n);
int my_memcmp(const void *a, const void *b, size_t n);
void *my_memchr(const void *s, int c, size_t n);
void *my_memrchr(const void *s, int c, size_t n);
void *my_memmem(const void *h, size_t nh, const void *p, size_t n);
size_t my_strlen(const char *s);
size_t my_strnlen(const char *s, size_t max);
char *my_strcpy(char *restrict d, const char *restrict s);
char *my_stpcpy(char *restrict d, const char *restrict s);
char *my_strncpy(char *restrict d, const char *restrict s, size_t n);
char *my_strcat(char *restrict d, const char *restrict s);
char *my_strncat(char *restrict d, const char *restrict s, size_t n);
int my_strcmp(const char *a, const char *b);
int my_strncmp(const char *a, const char *b, size_t n);
int my_strcasecmp(const char *a, const char *b);
int my_strncasecmp(const char *a, const char *b, size_t n);
char *my_strchr(const char *s, int c);
char *my_strrchr(const char *s, int c);
char *my_strstr(const char *h, const char *p);
char *my_strpbrk(const char *s, const char *set);
size_t my_strspn(const char *s, const char *set);
size_t my_strcspn(const char *s, const char *set);
char *my_strdup(const char *s);
char *my_strndup(const char *s, size_t n);
int my_abs(int n);
long my_labs(long n);
long long my_llabs(long long n);
int my_atoi(const char *s);
long my_atol(const char *s);
long long my_atoll(const char *s);
long my_strtol(const char *restrict s, char **restrict end, int base);
unsigned long my_strtoul(const char *restrict s, char **restrict end, int base);
long long my_strtoll(const char *restrict s, char **restrict end, int base);
unsigned long long my_strtoull(const char *restrict s, char **restrict end, int base);
void *my_bsearch(const void *key, const void *base, size_t n, size_t size, int (*cmp)(const void *, const void *));
void my_qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *));
NORETURN void my_abort(void);
NORETURN void my_assert_failed(const char *expr, const char *file, int line);
#include "lib9/free/stdlib.c"
#include "lib9/free/qsort.c"
#include "lib9/free/string.c"

static uint64_t
random64(void)
{
	static uint64_t seed = 16;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 24;
}

static int
sign(int n)
{
	return n < 0 ? -1 : n > 0;
}

START_TEST(memory_functions_agree)
{
	unsigned char a[300], b[300], c[300];

	for (int i = 0; i < 60000; i++) {
		size_t at = random64() % 40, to = random64() % 40, n = random64() % 250, k;
		int ch = (int)(random64() % 3);

		for (k = 0; k < sizeof a; k++)
			a[k] = (unsigned char)(random64() % 3);
		host_memcpy(b, a, sizeof a);
		host_memcpy(c, a, sizeof a);
		ck_assert_ptr_eq(memmove(b + to, b + at, n), b + to);
		host_memmove(c + to, c + at, n);
		ck_assert_mem_eq(b, c, sizeof b);
		memset(b + at, ch, n);
		host_memset(c + at, ch, n);
		ck_assert_mem_eq(b, c, sizeof b);
		memcpy(b + to, a + at, n);
		host_memcpy(c + to, a + at, n);
		ck_assert_mem_eq(b, c, sizeof b);
		host_memcpy(b + to, a + at, n);
		if (random64() % 2 && n > 0)
			b[to + random64() % n] ^= 1;
		ck_assert_int_eq(sign(memcmp(a + at, b + to, n)), sign(host_memcmp(a + at, b + to, n)));
		ck_assert_ptr_eq(memchr(a + at, 5 + ch, n), host_memchr(a + at, 5 + ch, n));
		k = random64() % 2 ? 30 : 1;
		ck_assert_ptr_eq(memchr(a + at, ch, n / k), host_memchr(a + at, ch, n / k));
		ck_assert_ptr_eq(memrchr(a + at, ch, n / k), host_memrchr(a + at, ch, n / k));
		k = random64() % 9;
		ck_assert_ptr_eq(memmem(a, at + n, b + to, k), host_memmem(a, at + n, b + to, k));
	}
}
END_TEST

START_TEST(memmem_finds_periodic_needles)
{
	char h[64], p[16];

	for (unsigned bits = 0; bits < 1 << 14; bits++)
		for (size_t n = 1; n <= 7; n++) {
			for (int i = 0; i < 14; i++)
				h[i] = (char)('a' + (bits >> i & 1));
			for (size_t i = 0; i < n; i++)
				p[i] = (char)('a' + ((bits * 2654435761u) >> (i + 7) & 1));
			ck_assert_ptr_eq(memmem(h, 14, p, n), host_memmem(h, 14, p, n));
			ck_assert_ptr_eq(memmem(h, 14, h + 14 - n, n), host_memmem(h, 14, h + 14 - n, n));
		}
}
END_TEST

START_TEST(string_functions_agree)
{
	for (int i = 0; i < 40000; i++) {
		char a[64], b[64], c[128], d[128], set[4] = { 0 };
		size_t na = random64() % 40, nb = random64() % 40, n = random64() % 45, at = random64() % 9;

		for (size_t k = 0; k < na; k++)
			a[k] = "abAB"[random64() % 4];
		a[na] = '\0';
		host_strcpy(b, a);
		if (random64() % 2) {
			for (size_t k = 0; k < nb; k++)
				b[k] = "abAB"[random64() % 4];
			b[nb] = '\0';
		}
		for (int k = 0; k < 3; k++)
			set[k] = "abAB"[random64() % 4];
		ck_assert_uint_eq(strlen(a), host_strlen(a));
		ck_assert_uint_eq(strnlen(a, n), host_strnlen(a, n));
		ck_assert_int_eq(sign(strcmp(a, b)), sign(host_strcmp(a, b)));
		ck_assert_int_eq(sign(strncmp(a, b, n)), sign(host_strncmp(a, b, n)));
		ck_assert_int_eq(sign(strcasecmp(a, b)), sign(host_strcasecmp(a, b)));
		ck_assert_int_eq(sign(strncasecmp(a, b, n)), sign(host_strncasecmp(a, b, n)));
		ck_assert_ptr_eq(strchr(a, set[0]), host_strchr(a, set[0]));
		ck_assert_ptr_eq(strrchr(a, set[0]), host_strrchr(a, set[0]));
		ck_assert_ptr_eq(strchr(a, 0), host_strchr(a, 0));
		ck_assert_ptr_eq(strrchr(a, 0), host_strrchr(a, 0));
		ck_assert_ptr_eq(strstr(a, set + at % 4), host_strstr(a, set + at % 4));
		ck_assert_ptr_eq(strpbrk(a, set), host_strpbrk(a, set));
		ck_assert_uint_eq(strspn(a, set), host_strspn(a, set));
		ck_assert_uint_eq(strcspn(a, set + 1), host_strcspn(a, set + 1));
		host_memset(c, 'x', sizeof c);
		host_memset(d, 'x', sizeof d);
		ck_assert_ptr_eq(stpcpy(c + at, a), c + at + na);
		host_strcpy(d + at, a);
		strcat(c + at, b);
		host_strcat(d + at, b);
		strncat(c + at, a, n % 9);
		host_strncat(d + at, a, n % 9);
		ck_assert_mem_eq(c, d, sizeof c);
		strncpy(c, b, n);
		host_strncpy(d, b, n);
		ck_assert_mem_eq(c, d, sizeof c);
	}
}
END_TEST

static const char *const numbers[] = { "0", "12", "-12", "+7", "  \t9x", "0x1F", "0x", "0xg", "-0x", " +0xz", "017", "08", "zz", "", "-", "+-1", "9223372036854775807",
	"9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
	"-1", "-18446744073709551615", "99999999999999999999999", "-99999999999999999999999", "7fffffffffffffff", "deadBEEF", "10102" };

START_TEST(numbers_agree)
{
	static const int bases[] = { 0, 2, 8, 10, 16, 36 };
	const char *s = numbers[_i];

	for (size_t i = 0; i < nelem(bases); i++) {
		char *e1, *e2;

		ck_assert_int_eq(strtoll(s, &e1, bases[i]), host_strtoll(s, &e2, bases[i]));
		ck_assert_ptr_eq(e1, e2);
		ck_assert_uint_eq(strtoull(s, &e1, bases[i]), host_strtoull(s, &e2, bases[i]));
		ck_assert_ptr_eq(e1, e2);
		ck_assert_int_eq(strtol(s, NULL, bases[i]), host_strtol(s, NULL, bases[i]));
		ck_assert_uint_eq(strtoul(s, NULL, bases[i]), host_strtoul(s, NULL, bases[i]));
	}
	ck_assert_int_eq(atoi("-42x"), -42);
}
END_TEST

static size_t compared;

static int
by_value(const void *a, const void *b)
{
	uint32_t x, y;

	compared++;
	host_memcpy(&x, a, 4);
	host_memcpy(&y, b, 4);
	return x < y ? -1 : x > y;
}

/* n elements of `size` bytes; kind picks an order that hurts quicksorts */
static void
fill(char *v, size_t n, size_t size, int kind)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t x = kind == 0 ? (uint32_t)random64() : kind == 1 ? (uint32_t)i : kind == 2 ? (uint32_t)(n - i) :
		    kind == 3 ? 7 : kind == 4 ? (uint32_t)(random64() % 3) : (uint32_t)(i < n / 2 ? i : n - i);

		host_memset(v + i * size, (int)x, size);
		host_memcpy(v + i * size, &x, 4);
	}
}

START_TEST(qsort_sorts_any_order)
{
	static const size_t sizes[] = { 4, 8, 12, 100 }, counts[] = { 0, 1, 2, 3, 12, 13, 14, 100, 1000, 5000 };
	char *v = malloc(5000 * 100), *w = malloc(5000 * 100);

	for (int kind = 0; kind < 6; kind++)
		for (size_t s = 0; s < nelem(sizes); s++)
			for (size_t c = 0; c < nelem(counts); c++) {
				size_t n = counts[c];

				fill(v, n, sizes[s], kind);
				host_memcpy(w, v, n * sizes[s]);
				compared = 0;
				qsort(v, n, sizes[s], by_value);
				ck_assert_uint_le(compared, n * 60); /* no quadratic case */
				host_qsort(w, n, sizes[s], by_value);
				ck_assert_mem_eq(v, w, n * sizes[s]);
			}
	free(v);
	free(w);
}
END_TEST

START_TEST(bsearch_finds_what_is_there)
{
	uint32_t v[100];

	for (uint32_t n = 0; n <= 100; n++) {
		for (uint32_t i = 0; i < n; i++)
			v[i] = 2 * i;
		for (uint32_t key = 0; key < 2 * n + 2; key++) {
			uint32_t *p = bsearch(&key, v, n, sizeof v[0], by_value);

			ck_assert_ptr_eq(p, key % 2 == 0 && key / 2 < n ? &v[key / 2] : NULL);
		}
	}
}
END_TEST

UNIT_SUITE("libc", CASE(memory_functions_agree), CASE(memmem_finds_periodic_needles), CASE(string_functions_agree),
    LOOP(numbers_agree, numbers), CASE(qsort_sorts_any_order), CASE(bsearch_finds_what_is_there))
