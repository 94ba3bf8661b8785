/*
 * regex_impl.h - a compiled expression, for regex.c (compiler), regex_run.c (all
 * threads of a match at once, with subexpressions) and regex_dfa.c (sets of
 * threads as the states of a machine that is built while it runs).
 */
#ifndef LIB9_REGEX_IMPL_H
#define LIB9_REGEX_IMPL_H
#include "lib9/regex.h"

enum Op { RCHAR, RANY, RCLASS, RBOL, REOL, RSAVE, RJUMP, RSPLIT, RMATCH };
typedef struct Inst Inst;
struct Inst {
	enum Op op;
	uint32_t arg;           /* RCHAR: rune; RCLASS: index; RSAVE: which */
	int32_t x, y;           /* RJUMP: x; RSPLIT: x, y; relative */
};
typedef struct Class Class;
struct Class {
	bool negated;
	uint32_t low[8];        /* bit r: rune r < 256 is in it, all said */
	Rune (*ranges)[2];
	size_t nrange;
};
struct Regex {
	int flags;
	Inst *prog;
	size_t ninst;
	Class *classes;
	size_t nclass;
	char *prefix;           /* bytes that every match begins with */
	size_t nprefix;
	struct Run *run;        /* scratch of regex_run.c */
	struct Dfa *dfa;        /* scratch of regex_dfa.c */
};
/* Bytes that are no UTF-8 stand for runes of their own, past all others. */
enum { BADBYTE = 0x200000 };

/* The rune at text[0 … n), n > 0; its length. Lower case when REGEX_ICASE. */
int regex_rune(const Regex *re, const char *text, size_t n, Rune *r);
/* Whether the consuming instruction takes rune r. */
bool regex_takes(const Regex *re, const Inst *in, Rune r);
void run_free(struct Run *run);
void dfa_free(struct Dfa *dfa);
#endif
