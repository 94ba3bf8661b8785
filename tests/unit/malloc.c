/*
 * tests/unit/malloc.c - the allocator of the freestanding builds, compiled here
 * under other names, with memory from an array.
 */
#include <setjmp.h>
#include "lib9/lib9.h"
#include "tests/unit.h"

/* what lib9/free/decl.h declares, under the names used here */
void *my_malloc(size_t n);
void *my_calloc(size_t n, size_t size);
void *my_realloc(void *p, size_t n);
void *my_aligned_alloc(size_t align, size_t n);
void my_free(void *p);
size_t malloc_check(void);
static NORETURN void my_panic(const char *fmt, ...);

static _Alignas(4096) char memory[64 << 20];
static size_t taken, limit = sizeof memory;
static int locked;

static void *
mem_more(size_t n)
{
	ck_assert_uint_eq(n % 4096, 0);
	if (n > limit - taken)
		return NULL;
	taken += n;
	if (taken % 3 == 0 && limit - taken > 4096)
		taken += 4096; /* a hole: not always contiguous */
	return memory + taken - n;
}

static void
malloc_lock(void)
{
	ck_assert_int_eq(locked++, 0);
}

static void
malloc_unlock(void)
{
	ck_assert_int_eq(--locked, 0);
}

#define malloc my_malloc
#define calloc my_calloc
#define realloc my_realloc
#define aligned_alloc my_aligned_alloc
#define free my_free
#define panic my_panic
#include "lib9/free/malloc.c"

static jmp_buf caught;
static char message[128];

static void
my_panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	locked = 0;
	longjmp(caught, 1);
}

#define DETECTED(what, ...)                                                    \
	do {                                                                   \
		message[0] = '\0';                                             \
		if (setjmp(caught) == 0) {                                     \
			__VA_ARGS__;                                           \
		}                                                              \
		ck_assert_msg(strstr(message, what) != NULL, "\"%s\"", message); \
	} while (0)

typedef struct Piece Piece;
struct Piece {
	unsigned char *p, fill;
	size_t n;
};

static uint64_t
random64(void)
{
	static uint64_t seed = 4949;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 24;
}

static size_t
random_size(void)
{
	uint64_t r = random64();

	return r % 100 == 0 ? random64() % 200000 : r % 10 == 0 ? random64() % 4000 : random64() % 200;
}

static void
check_content(const Piece *a)
{
	size_t bad = 0;

	for (size_t i = 0; i < a->n; i += a->n > 2000 ? 97 : 1)
		bad += a->p[i] != a->fill;
	ck_assert_uint_eq(bad, 0);
}

static void
change(Piece *a)
{
	size_t n = random_size();

	if (a->p != NULL && random64() % 3 != 0) {
		check_content(a);
		free(a->p);
		*a = (Piece){ 0 };
		return;
	}
	if (a->p != NULL) {
		check_content(a);
		a->p = realloc(a->p, n);
		a->n = a->n < n ? a->n : n;
		check_content(a);
	} else if (random64() % 20 == 0) {
		size_t align = (size_t)16 << random64() % 9;

		a->p = aligned_alloc(align, n);
		ck_assert_uint_eq((uintptr_t)a->p % align, 0);
	} else {
		a->p = malloc(n);
	}
	ck_assert_ptr_nonnull(a->p);
	ck_assert_uint_eq((uintptr_t)a->p % 16, 0);
	a->n = n;
	a->fill = (unsigned char)random64();
	memset(a->p, a->fill, n);
}

START_TEST(random_use_keeps_each_byte)
{
	enum { N = 2000 };
	static Piece pieces[N];

	for (int i = 0; i < 400000; i++) {
		size_t used = 0;

		change(&pieces[random64() % N]);
		if (i % 20000 != 0)
			continue;
		for (size_t k = 0; k < N; k++)
			used += pieces[k].n;
		ck_assert_uint_eq(malloc_check(), used);
	}
	for (size_t k = 0; k < N; k++)
		free(pieces[k].p);
	ck_assert_uint_eq(malloc_check(), 0);
}
END_TEST

START_TEST(freed_memory_joins)
{
	void *p[64], *whole;
	size_t before;

	for (size_t i = 0; i < nelem(p); i++)
		p[i] = malloc(900);
	before = taken;
	for (size_t i = 0; i < nelem(p); i += 2)
		free(p[i]);
	for (size_t i = 1; i < nelem(p); i += 2)
		free(p[i]);
	whole = malloc(64 * 900);
	ck_assert_ptr_nonnull(whole);
	ck_assert_uint_eq(taken, before);
}
END_TEST

START_TEST(realloc_grows_in_place_when_it_can)
{
	char *p = malloc(100), *q = malloc(100);

	free(q);
	ck_assert_ptr_eq(realloc(p, 3000), p);
	ck_assert_ptr_eq(realloc(p, 10), p);
	malloc_check();
}
END_TEST

START_TEST(no_memory_is_an_error_not_a_crash)
{
	char *p;

	limit = 256 << 10;
	p = malloc(100 << 10);
	ck_assert_ptr_nonnull(p);
	memset(p, 7, 100 << 10);
	ck_assert_ptr_null(malloc(300 << 10));
	ck_assert_ptr_null(realloc(p, 300 << 10));
	ck_assert_int_eq(p[(100 << 10) - 1], 7);
	ck_assert_ptr_null(malloc(SIZE_MAX));
	ck_assert_ptr_null(malloc(SIZE_MAX - 20));
	ck_assert_ptr_null(malloc((size_t)1 << 31));
	ck_assert_ptr_null(calloc(SIZE_MAX / 2, 4));
	ck_assert_ptr_null(calloc(SIZE_MAX / 2 + 2, 2)); /* 2 bytes, were it not checked */
	ck_assert_ptr_null(aligned_alloc(64, SIZE_MAX));
	ck_assert_str_eq(err_reason(), "out of memory");
	while (malloc(1000) != NULL)
		;
	malloc_check();
}
END_TEST

START_TEST(calloc_is_zero)
{
	char *p = malloc(5000);

	memset(p, 0xFF, 5000);
	free(p);
	p = calloc(50, 100);
	for (int i = 0; i < 5000; i++)
		ck_assert_int_eq(p[i], 0);
}
END_TEST

START_TEST(zero_bytes_are_a_block)
{
	char *p = malloc(0), *q = malloc(0);

	ck_assert(p != NULL && q != NULL && p != q);
	free(p);
	free(q);
	free(NULL);
	ck_assert_uint_eq(malloc_check(), 0);
}
END_TEST

START_TEST(double_free_is_detected)
{
	char *p = malloc(50), *q = malloc(50);

	free(p);
	DETECTED("freed twice", free(p));
	free(q); /* joined with its neighbours: the head is gone */
	DETECTED("malloc: corrupt block at", free(q));
}
END_TEST

START_TEST(overrun_is_detected_for_each_size)
{
	for (volatile size_t n = 0; n < 300; n++) {
		char *p = malloc(n);

		p[n] = 'x';
		DETECTED("written past its end", free(p));
		p[n] = (char)GUARD;
		free(p);
	}
}
END_TEST

START_TEST(overwritten_head_is_detected)
{
	char *p = malloc(50);

	memset(p - 16, 0, 16);
	DETECTED("malloc: corrupt block at", free(p));
}
END_TEST

START_TEST(wild_pointer_is_detected)
{
	char *p = malloc(500);

	memset(p, 0, 500);
	DETECTED("malloc: corrupt block at", free(p + 64));
	DETECTED("no block", free(p + 3));
}
END_TEST

START_TEST(write_after_free_is_detected)
{
	char *p = malloc(100), *q = malloc(100), *r = malloc(100);

	(void)q;
	(void)r;
	free(p);
	memset(p, 0x41, 100);
	DETECTED("malloc: corrupt block at", malloc(100); malloc_check());
}
END_TEST

UNIT_SUITE("malloc", CASE(random_use_keeps_each_byte), CASE(freed_memory_joins), CASE(realloc_grows_in_place_when_it_can),
    CASE(no_memory_is_an_error_not_a_crash), CASE(calloc_is_zero), CASE(zero_bytes_are_a_block), CASE(double_free_is_detected),
    CASE(overrun_is_detected_for_each_size), CASE(overwritten_head_is_detected), CASE(wild_pointer_is_detected),
    CASE(write_after_free_is_detected))
