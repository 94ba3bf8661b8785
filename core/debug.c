/*
 * debug.c - CORE's tables as text, for the debug shell: clerks, procs, handles,
 * mounts, cache, trace.
 * LOCKS  each table's own, only while a line is made
 */
#include "core/core_impl.h"
#include "servants/mnt.h"

typedef struct Line Line;
struct Line {
	char *p, *end;
	char arg[64];             /* what follows the command */
};

static void
debug_handles(Line *l)
{
	chan_table_lock();
	for (Chan *c = chan_next(NULL); c && l->end - l->p > 200; c = chan_next(c))
		l->p = seprint(l->p, l->end, "#%c %u ref %u flag %#x mode %d qid %" PRIx64 " %u %#x %.80s\n", c->servant->dc, c->dev,
		    atomic_load(&c->ref), atomic_load(&c->flag), c->mode, c->qid.path, c->qid.vers, c->qid.type, chan_name(c));
	chan_table_unlock();
	l->p = seprint(l->p, l->end, "%zu handles\n", chan_live());
}

static void
debug_procs(Line *l)
{
	Proc *p;

	for (size_t i = 0; l->end - l->p > 120 && (p = proc_next(&i)); i++) {
		l->p = seprint(l->p, l->end, "%d space %d calls %u notes %u%s%s %s\n", p->pid, p->sid, p->nreq, p->nnote,
		    p->killed ? " dying" : "", p->stopped ? " stopped" : "", p->name);
		proc_put(p);
	}
}

static void
debug_mounts(Line *l)
{
	Proc *p;

	for (size_t i = 0; (p = proc_next(&i)); i++) {
		char *text = NULL;

		if (pgrp_ns(p, &text) >= 0)
			l->p = seprint(l->p, l->end, "# %d %s\n%s", p->pid, p->name, text);
		free(text);
		proc_put(p);
	}
}

static void
debug_clerks(Line *l)
{
	char text[256];

	if (pool_text(text, sizeof text) > 0)
		l->p = seprint(l->p, l->end, "%s", text);
}

static void
debug_cache(Line *l)
{
	char text[256];

	if (mnt_cache_text(text, sizeof text) > 0)
		l->p = seprint(l->p, l->end, "%s", text);
}

/* trace LIST: these classes for all, no others; none: off */
static void
debug_trace(Line *l)
{
	uint32_t mask = 0;

	if ((*l->arg != '\0' && trace_classes(l->arg, &mask) < 0) || trace_all_set(mask, TRACE_ALL) < 0)
		l->p = seprint(l->p, l->end, "%r\n");
}

static const struct {
	const char *verb;
	void (*fn)(Line *);
} commands[] = {
	{ "handles", debug_handles }, { "procs", debug_procs }, { "mounts", debug_mounts }, { "clerks", debug_clerks },
	{ "cache", debug_cache }, { "trace", debug_trace },
};

int
core_debug(const char *line, char *out, size_t n)
{
	Line l = { .p = out, .end = out + n };
	char word[64];
	size_t len = strcspn(line, " \t\n"), skip = len + strspn(line + len, " \t");

	if (n == 0 || len >= sizeof word)
		return seterr(Ebadctl, NULL);
	memcpy(word, line, len);
	word[len] = '\0';
	*out = '\0';
	snprintf(l.arg, sizeof l.arg, "%.*s", (int)strcspn(line + skip, "\n"), line + skip);
	for (size_t i = 0; i < nelem(commands); i++)
		if (strcmp(word, commands[i].verb) == 0) {
			commands[i].fn(&l);
			return (int)(l.p - out);
		}
	return seterr(Ebadctl, NULL);
}
