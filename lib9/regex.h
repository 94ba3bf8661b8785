/*
 * regex.h - the regular expressions of regexp(6): | * + ? ( ) . [ ] ^ $ and \ for
 * a plain character, over runes. The time to match is linear in the text, for
 * any expression. The leftmost match is taken, and of these the longest.
 *
 * ^ and $ match at the ends of the text and beside newlines; . and [^…] match no
 * newline, unless REGEX_NL; \n is a newline. A byte that is no UTF-8 matches
 * itself only, or ".".
 */
#ifndef LIB9_REGEX_H
#define LIB9_REGEX_H
#include "lib9/lib9.h"

typedef struct Regex Regex;
typedef struct Span Span;
struct Span {
	const char *s, *e;      /* [s, e); both NULL: took no part in the match */
};
enum { REGEX_ICASE = 1, REGEX_NL = 2 };
enum { REGEX_NSUB = 10 };       /* whole match and (…) 1 to 9; more are not kept */

/* regex_new compiles; NULL: the reason says what is wrong. regex_free: NULL ok. */
Regex *regex_new(const char *pattern, int flags);
void regex_free(Regex *re);
/*
 * regex_match looks for a match of which the first byte is at text + from or
 * later (before from: only ^ looks there), fills spans (nspan of them; 0: none
 * are wanted). An error (no memory) counts as no match and sets the reason.
 */
bool regex_match(Regex *re, const char *text, size_t n, size_t from, Span *spans, size_t nspan);
/* regex_test says whether there is a match anywhere; faster. */
bool regex_test(Regex *re, const char *text, size_t n);
#endif
