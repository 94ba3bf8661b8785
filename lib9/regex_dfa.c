/*
 * regex_dfa.c - whether there is a match: the set of instructions that the
 * threads are at is a state; what the next rune makes of it is computed once and
 * kept. Runes from 256 up are computed each time. When there are MAXSTATE
 * states all are thrown away, so memory is bounded.
 * A text with newlines inside goes to regex_match: states know one line only.
 */
#include "lib9/regex_impl.h"

enum { MAXSTATE = 512, NHASH = 256, CACHED = 256 };

typedef struct State State;
struct State {
	State *hash_next;
	bool match;             /* RMATCH is in the set */
	bool end_known, end_match; /* would match when the text ended here */
	size_t n;
	uint32_t *pc;           /* consuming instructions and REOL, behind the struct */
	State *next[CACHED];
};
struct Dfa {
	size_t size, nstate;
	State *hash[NHASH];
	State *start;           /* at the beginning of a line; not in hash */
	uint32_t *mark, generation;
	uint32_t *set, *todo;   /* the set being made; a stack */
	size_t n;
	bool match;
};

static void
drop_states(struct Dfa *d)
{
	for (size_t i = 0; i < NHASH; i++)
		while (d->hash[i] != NULL) {
			State *s = d->hash[i];

			d->hash[i] = s->hash_next;
			free(s);
		}
	free(d->start);
	d->start = NULL;
	d->nstate = 0;
}

void
dfa_free(struct Dfa *d)
{
	if (d == NULL)
		return;
	drop_states(d);
	free(d->mark);
	free(d->set);
	free(d->todo);
	free(d);
}

static struct Dfa *
dfa_new(size_t size)
{
	struct Dfa *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->size = size;
	d->mark = calloc(size, sizeof *d->mark);
	d->set = malloc(size * sizeof *d->set);
	d->todo = malloc((2 * size + 2) * sizeof *d->todo);
	if (d->mark != NULL && d->set != NULL && d->todo != NULL)
		return d;
	dfa_free(d);
	seterr(Enomem, "regular expression");
	return NULL;
}

static void
clear_set(struct Dfa *d)
{
	d->n = 0;
	d->match = false;
	if (++d->generation == 0) {
		memset(d->mark, 0, d->size * sizeof *d->mark);
		d->generation = 1;
	}
}

/* Adds pc and what it leads to; start, end: the text begins, ends here. */
static void
add(const Regex *re, struct Dfa *d, size_t start_pc, bool start, bool end)
{
	size_t n = 0;

	d->todo[n++] = (uint32_t)start_pc;
	while (n > 0) {
		uint32_t pc = d->todo[--n];
		const Inst *in = &re->prog[pc];

		if (d->mark[pc] == d->generation)
			continue;
		d->mark[pc] = d->generation;
		switch (in->op) {
		case RJUMP:
			d->todo[n++] = (uint32_t)((int32_t)pc + in->x);
			break;
		case RSPLIT:
			d->todo[n++] = (uint32_t)((int32_t)pc + in->y);
			d->todo[n++] = (uint32_t)((int32_t)pc + in->x);
			break;
		case RSAVE:
			d->todo[n++] = pc + 1;
			break;
		case RBOL:
			if (start)
				d->todo[n++] = pc + 1;
			break;
		case REOL:
			if (end)
				d->todo[n++] = pc + 1;
			d->set[d->n++] = pc;
			break;
		case RMATCH:
			d->match = true;
			break;
		default:
			d->set[d->n++] = pc;
		}
	}
}

static State *
state_new(struct Dfa *d)
{
	State *s = calloc(1, sizeof *s + d->n * sizeof *s->pc);

	if (s == NULL)
		return NULL;
	s->n = d->n;
	s->match = d->match;
	s->pc = (uint32_t *)(s + 1);
	memcpy(s->pc, d->set, d->n * sizeof *s->pc);
	return s;
}

/* The state for the set that was made; NULL: no memory. */
static State *
intern(struct Dfa *d)
{
	uint32_t h = d->match;
	State *s;

	for (size_t i = 0; i < d->n; i++)
		h = h * 31 + d->set[i];
	for (s = d->hash[h % NHASH]; s != NULL; s = s->hash_next)
		if (s->n == d->n && s->match == d->match && memcmp(s->pc, d->set, d->n * sizeof *s->pc) == 0)
			return s;
	if (d->nstate >= MAXSTATE)
		drop_states(d); /* the caller holds none that it uses again */
	s = state_new(d);
	if (s == NULL)
		return NULL;
	s->hash_next = d->hash[h % NHASH];
	d->hash[h % NHASH] = s;
	d->nstate++;
	return s;
}

static State *
step(const Regex *re, struct Dfa *d, State *s, Rune r)
{
	size_t before = d->nstate;
	State *next;

	clear_set(d);
	for (size_t i = 0; i < s->n; i++)
		if (regex_takes(re, &re->prog[s->pc[i]], r))
			add(re, d, s->pc[i] + 1, false, false);
	add(re, d, 0, false, false); /* a match may begin behind this rune */
	next = intern(d);
	if (next != NULL && r < CACHED && d->nstate >= before)
		s->next[r] = next;
	return next;
}

static bool
match_at_end(const Regex *re, struct Dfa *d, State *s, bool empty)
{
	if (s->end_known)
		return s->end_match;
	clear_set(d);
	d->match = s->match;
	for (size_t i = 0; i < s->n; i++)
		if (re->prog[s->pc[i]].op == REOL)
			add(re, d, s->pc[i], empty, true);
	s->end_known = true;
	s->end_match = d->match;
	return d->match;
}

bool
regex_test(Regex *re, const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	struct Dfa *d = re->dfa;
	State *s;

	if (re->nprefix > 0 && memmem(text, n, re->prefix, re->nprefix) == NULL)
		return false;
	if (d == NULL)
		d = re->dfa = dfa_new(re->ninst);
	if (d == NULL || memchr(text, '\n', n) != NULL)
		return regex_match(re, text, n, 0, NULL, 0);
	if (d->start == NULL) {
		clear_set(d);
		add(re, d, 0, true, false);
		d->start = state_new(d);
	}
	for (s = d->start; s != NULL && !s->match; ) {
		State *next = NULL;
		Rune r;

		if (p == end)
			return match_at_end(re, d, s, n == 0);
		p += regex_rune(re, p, (size_t)(end - p), &r);
		if (r < CACHED)
			next = s->next[r];
		s = next != NULL ? next : step(re, d, s, r);
	}
	return s != NULL ? true : regex_match(re, text, n, 0, NULL, 0);
}
