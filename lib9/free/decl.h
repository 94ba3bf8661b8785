/*
 * free/decl.h - what a C library would bring, for the freestanding builds; the
 * host build has tests/host/decl.h in its place. Names and meanings are those
 * of C11 (and, for strnlen, strdup, strndup, strcasecmp, memrchr, memmem,
 * stpcpy, of POSIX and GNU). Characters are bytes; isalpha and the like know
 * ASCII only. There is no floating point.
 */
#ifndef LIB9_FREE_DECL_H
#define LIB9_FREE_DECL_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* string.c */
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
void *memrchr(const void *s, int c, size_t n);
void *memmem(const void *hay, size_t nhay, const void *needle, size_t nneedle);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
char *strcpy(char *restrict dst, const char *restrict src);
char *stpcpy(char *restrict dst, const char *restrict src);
char *strncpy(char *restrict dst, const char *restrict src, size_t n);
char *strcat(char *restrict dst, const char *restrict src);
char *strncat(char *restrict dst, const char *restrict src, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *hay, const char *needle);
char *strpbrk(const char *s, const char *set);
size_t strspn(const char *s, const char *set);
size_t strcspn(const char *s, const char *set);
char *strdup(const char *s);
char *strndup(const char *s, size_t n);

/* Copies and fills of a known size become single instructions. */
#define memcpy(...) __builtin_memcpy(__VA_ARGS__)
#define memset(...) __builtin_memset(__VA_ARGS__)
#define memmove(...) __builtin_memmove(__VA_ARGS__)
#define memcmp(...) __builtin_memcmp(__VA_ARGS__)
#define strlen(...) __builtin_strlen(__VA_ARGS__)

/* ctype.c */
int isalnum(int c), isalpha(int c), isblank(int c), iscntrl(int c), isdigit(int c);
int isgraph(int c), islower(int c), isprint(int c), ispunct(int c), isspace(int c);
int isupper(int c), isxdigit(int c);
int tolower(int c), toupper(int c);

/* stdlib.c */
int abs(int n);
long labs(long n);
long long llabs(long long n);
int atoi(const char *s);
long atol(const char *s);
long long atoll(const char *s);
long strtol(const char *restrict s, char **restrict end, int base);
unsigned long strtoul(const char *restrict s, char **restrict end, int base);
long long strtoll(const char *restrict s, char **restrict end, int base);
unsigned long long strtoull(const char *restrict s, char **restrict end, int base);
void qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *));
void *bsearch(const void *key, const void *base, size_t n, size_t size, int (*cmp)(const void *, const void *));
void abort(void) __attribute__((noreturn));

/* malloc.c */
void *malloc(size_t n) __attribute__((malloc));
void *calloc(size_t n, size_t size) __attribute__((malloc));
void *realloc(void *p, size_t n);
void *aligned_alloc(size_t align, size_t n);
void free(void *p);
/* What malloc needs. mem_more gives n bytes (a multiple of 4096), anywhere, or
 * NULL; the hooks stand around every use of the heap. Programs: lib9/sys/;
 * CORE and HVM bring their own. malloc never gives memory back. */
void *mem_more(size_t n);
void malloc_lock(void), malloc_unlock(void);
/* Walks the heap, panics when it is damaged; the bytes in use. */
size_t malloc_check(void);

/* print.c: no floating point; %n is refused */
int snprintf(char *restrict buf, size_t n, const char *restrict fmt, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *restrict buf, size_t n, const char *restrict fmt, va_list ap) __attribute__((format(printf, 3, 0)));

#define assert(e) ((e) ? (void)0 : assert_failed(#e, __FILE__, __LINE__))
void assert_failed(const char *expr, const char *file, int line) __attribute__((noreturn));

/* inttypes: 64 bits are a long where that has 64 bits, as in <stdint.h> */
#include "wordsize.h"
#define PRId8 "d"
#define PRIi8 "i"
#define PRIu8 "u"
#define PRIo8 "o"
#define PRIx8 "x"
#define PRIX8 "X"
#define PRId16 "d"
#define PRIi16 "i"
#define PRIu16 "u"
#define PRIo16 "o"
#define PRIx16 "x"
#define PRIX16 "X"
#define PRId32 "d"
#define PRIi32 "i"
#define PRIu32 "u"
#define PRIo32 "o"
#define PRIx32 "x"
#define PRIX32 "X"
#define PRId64 DECL_64 "d"
#define PRIi64 DECL_64 "i"
#define PRIu64 DECL_64 "u"
#define PRIo64 DECL_64 "o"
#define PRIx64 DECL_64 "x"
#define PRIX64 DECL_64 "X"
#define PRIdPTR DECL_PTR "d"
#define PRIiPTR DECL_PTR "i"
#define PRIuPTR DECL_PTR "u"
#define PRIoPTR DECL_PTR "o"
#define PRIxPTR DECL_PTR "x"
#define PRIXPTR DECL_PTR "X"
#define PRIdMAX DECL_64 "d"
#define PRIiMAX DECL_64 "i"
#define PRIuMAX DECL_64 "u"
#define PRIoMAX DECL_64 "o"
#define PRIxMAX DECL_64 "x"
#define PRIXMAX DECL_64 "X"
#endif
