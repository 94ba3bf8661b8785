/*
 * regex_run.c - matches with subexpressions: all threads of the program go on
 * together, rune by rune, each with its own list of places. At most one thread
 * is at an instruction; of two the one whose match began first stays, else the
 * one that the expression prefers.
 */
#include "lib9/regex_impl.h"

enum { NSAVE = 2 * REGEX_NSUB };

typedef struct List List;
struct List {
	size_t n;
	uint32_t *pc;
	const char *(*saved)[NSAVE];
};
typedef struct Todo Todo;
struct Todo {                   /* pc < 0: put back saved[slot] */
	int64_t pc;
	int slot;
	const char *old;
};
struct Run {
	size_t size;            /* instructions */
	List lists[2];
	uint32_t *mark;         /* mark[pc] == generation: it is in the list being made */
	uint32_t generation;
	Todo *todo;
};

void
run_free(struct Run *run)
{
	if (run == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		free(run->lists[i].pc);
		free(run->lists[i].saved);
	}
	free(run->mark);
	free(run->todo);
	free(run);
}

static struct Run *
run_new(size_t size)
{
	struct Run *run = calloc(1, sizeof *run);
	bool good;

	if (run == NULL)
		return NULL;
	run->size = size;
	run->mark = calloc(size, sizeof *run->mark);
	run->todo = malloc((2 * size + 2) * sizeof *run->todo);
	good = run->mark != NULL && run->todo != NULL;
	for (int i = 0; i < 2; i++) {
		run->lists[i].pc = malloc(size * sizeof *run->lists[i].pc);
		run->lists[i].saved = malloc(size * sizeof *run->lists[i].saved);
		good = good && run->lists[i].pc != NULL && run->lists[i].saved != NULL;
	}
	if (good)
		return run;
	run_free(run);
	seterr(Enomem, "regular expression");
	return NULL;
}

/* Where a match is looked for, and where it is now. */
typedef struct Place Place;
struct Place {
	const char *text, *end, *p;
};

static bool
at_start(const Place *at)
{
	return at->p == at->text || at->p[-1] == '\n';
}

static bool
at_end(const Place *at)
{
	return at->p == at->end || *at->p == '\n';
}

/* Adds the thread at pc and all those it leads to without taking a rune. saved
 * is as it was on return. */
static void
add(const Regex *re, struct Run *run, List *l, size_t start, const char **saved, size_t nsave, const Place *at)
{
	size_t n = 0;

	run->todo[n++] = (Todo){ .pc = (int64_t)start };
	while (n > 0) {
		Todo t = run->todo[--n];
		const Inst *in;

		if (t.pc < 0) {
			saved[t.slot] = t.old;
			continue;
		}
		if (run->mark[t.pc] == run->generation)
			continue;
		run->mark[t.pc] = run->generation;
		in = &re->prog[t.pc];
		switch (in->op) {
		case RJUMP:
			run->todo[n++] = (Todo){ .pc = t.pc + in->x };
			break;
		case RSPLIT:
			run->todo[n++] = (Todo){ .pc = t.pc + in->y };
			run->todo[n++] = (Todo){ .pc = t.pc + in->x };
			break;
		case RSAVE:
			if (in->arg < nsave) {
				run->todo[n++] = (Todo){ -1, (int)in->arg, saved[in->arg] };
				saved[in->arg] = at->p;
			}
			run->todo[n++] = (Todo){ .pc = t.pc + 1 };
			break;
		case RBOL:
			if (at_start(at))
				run->todo[n++] = (Todo){ .pc = t.pc + 1 };
			break;
		case REOL:
			if (at_end(at))
				run->todo[n++] = (Todo){ .pc = t.pc + 1 };
			break;
		default:
			l->pc[l->n] = (uint32_t)t.pc;
			memcpy(l->saved[l->n++], saved, nsave * sizeof *saved);
		}
	}
}

static void
new_generation(struct Run *run)
{
	if (++run->generation == 0) {
		memset(run->mark, 0, run->size * sizeof *run->mark);
		run->generation = 1;
	}
}

/* Threads are in the order in which their matches began. */
static bool
run_match(Regex *re, const char *text, size_t size, size_t from, const char **best, size_t nsave)
{
	Place at = { text, text + size, text + from };
	struct Run *run = re->run;
	List *now = &run->lists[0], *next = &run->lists[1];
	const char *saved[NSAVE];
	bool found = false;

	now->n = 0;
	new_generation(run);
	for (;;) {
		Rune r = 0;
		int len = 0;

		if (now->n == 0 && found)
			return true;
		if (now->n == 0 && re->nprefix > 0) {
			at.p = memmem(at.p, (size_t)(at.end - at.p), re->prefix, re->nprefix);
			if (at.p == NULL)
				return false;
		}
		if (!found) { /* a match may begin here; the list has its generation */
			memset(saved, 0, sizeof saved);
			saved[0] = at.p;
			add(re, run, now, 0, saved, nsave, &at);
		}
		if (at.p < at.end)
			len = regex_rune(re, at.p, (size_t)(at.end - at.p), &r);
		next->n = 0;
		new_generation(run);
		Place after = { text, at.end, at.p + len };

		for (size_t i = 0; i < now->n; i++) {
			const Inst *in = &re->prog[now->pc[i]];
			const char **s = now->saved[i];

			if (found && s[0] > best[0])
				break; /* it and the rest began later */
			if (in->op == RMATCH) {
				if (!found || s[0] < best[0] || at.p > best[1]) {
					memcpy(best, s, nsave * sizeof *s);
					best[1] = at.p;
					found = true;
				}
			} else if (len > 0 && regex_takes(re, in, r)) {
				add(re, run, next, now->pc[i] + 1, s, nsave, &after);
			}
		}
		if (len == 0)
			return found;
		at.p += len;
		List *swap = now;

		now = next;
		next = swap;
	}
}

bool
regex_match(Regex *re, const char *text, size_t n, size_t from, Span *spans, size_t nspan)
{
	const char *best[NSAVE];
	size_t k = nspan < 1 ? 1 : nspan > REGEX_NSUB ? REGEX_NSUB : nspan;

	if (re->run == NULL && (re->run = run_new(re->ninst)) == NULL)
		return false;
	if (from > n || !run_match(re, text, n, from, best, 2 * k))
		return false;
	for (size_t i = 0; i < nspan; i++) {
		spans[i] = (Span){ NULL, NULL };
		if (i < k && best[2 * i] != NULL && best[2 * i + 1] != NULL)
			spans[i] = (Span){ best[2 * i], best[2 * i + 1] };
	}
	return true;
}
