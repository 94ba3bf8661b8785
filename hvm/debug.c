/*
 * hvm/debug.c - the debug shell's commands: tables as text. One table of
 * commands; each writes at most n bytes and returns how many.
 */
#include "hvm/space_impl.h"

static size_t
debug_threads(const Space *one, char *text, size_t n)
{
	size_t len = 0;

	for (int sid = 1; sid < HVM_NSPACE && len + 1 < n; sid++) {
		const Space *s = space_find(sid);

		if (s != NULL && (one == NULL || s == one))
			len += space_threads(s, text + len, n - len);
	}
	return len;
}

static size_t
debug_spaces(const Space *one, char *text, size_t n)
{
	USED(one);
	return space_table(text, n);
}

static size_t
debug_regions(const Space *one, char *text, size_t n)
{
	size_t len = 0;

	for (int sid = 1; sid < HVM_NSPACE && len + 1 < n; sid++) {
		const Space *s = space_find(sid);

		if (s == NULL || (one != NULL && s != one))
			continue;
		len += (size_t)(seprint(text + len, text + n, "%d %s\n", sid, s->name) - (text + len));
		len += region_table(s, text + len, n - len);
	}
	return len;
}

static size_t
debug_mem(const Space *one, char *text, size_t n)
{
	char *p = text;

	USED(one);
	p = seprint(p, text + n, "%zu pages, %zu free (%zu not yet asked for)\n", frame_total(),
	    frame_free(), frame_unseen);
	p = seprint(p, text + n, "kept back: %d for CORE, %d for HVM\n", FRAME_KEEP_CORE, FRAME_KEEP_HVM);
	p = seprint(p, text + n, "%zu segments\n", seg_live());
	return (size_t)(p - text);
}

/* Memory as Plan 9's /dev/swap shows it: what programs use and may use. */
static size_t
debug_swap(const Space *one, char *text, size_t n)
{
	size_t keep = FRAME_KEEP_CORE + FRAME_KEEP_HVM, all = frame_total(), free = frame_free();
	char *p = text;

	USED(one);
	all = all > keep ? all - keep : 0;
	free = free > keep ? free - keep : 0;
	p = seprint(p, text + n, "%llu memory\n%d pagesize\n%zu kernel\n", (unsigned long long)frame_total() * PAGE, PAGE, keep);
	p = seprint(p, text + n, "%zu/%zu user\n0/0 swap\n", all > free ? all - free : 0, all);
	return (size_t)(p - text);
}

static size_t
debug_faults(const Space *one, char *text, size_t n)
{
	USED(one);
	return (size_t)(seprint(text, text + n, "%llu page faults\n", (unsigned long long)pager_nfault()) - text);
}

static size_t
debug_frames(const Space *one, char *text, size_t n)
{
	USED(one);
	return (size_t)(seprint(text, text + n, "%zu frames free in lists that are in order\n",
	    frame_check()) - text);
}

static size_t
debug_images(const Space *one, char *text, size_t n)
{
	USED(one);
	return image_table(text, n);
}

static size_t
debug_boot(const Space *one, char *text, size_t n)
{
	USED(one);
	return boot_table(text, n);
}

static size_t
debug_events(const Space *one, char *text, size_t n)
{
	char *p = text;

	*p = '\0';
	for (int sid = 1; sid < HVM_NSPACE; sid++) {
		const Space *s = space_find(sid);

		if (s == NULL || (one != NULL && s != one))
			continue;
		for (size_t i = 0; i < s->nthread; i++) {
			char what[ERRMAX];

			if (s->thread[i].trouble == TROUBLE_NONE || s->thread[i].state == THREAD_FREE)
				continue;
			event_text(&s->thread[i], what, sizeof what);
			p = seprint(p, text + n, "%4d %3zu %s%s\n", sid, i, what,
			    s->thread[i].queued ? " (not yet told)" : "");
		}
	}
	return (size_t)(p - text);
}

static const struct {
	const char *name, *help;
	size_t (*fn)(const Space *one, char *text, size_t n);
} commands[] = {
	{ "threads", "[SID]  L4 threads and what they wait for", debug_threads },
	{ "spaces", "       address spaces, pages, faults", debug_spaces },
	{ "regions", "[SID]  segments: rights, base, end, references, pages, faults", debug_regions },
	{ "events", "[SID]  threads in trouble", debug_events },
	{ "mem", "       free memory", debug_mem },
	{ "swap", "      memory as /dev/swap shows it", debug_swap },
	{ "faults", "       page faults since start", debug_faults },
	{ "frames", "       checks the lists of free frames", debug_frames },
	{ "images", "       program files in memory", debug_images },
	{ "boot", "       boot modules, memory, devices", debug_boot },
};

size_t
debug_line(char *line, char *text, size_t n)
{
	char *arg[3], *p = text;
	size_t narg = tokenize(line, arg, nelem(arg));
	const Space *one = NULL;
	uint64_t sid;

	if (narg == 2) {
		if (parse_u64(arg[1], strlen(arg[1]), &sid) < 0 || sid >= HVM_NSPACE ||
		    (one = space_find((int)sid)) == NULL)
			return (size_t)(seprint(text, text + n, "no space %s\n", arg[1]) - text);
	}
	for (size_t i = 0; i < nelem(commands) && narg > 0; i++)
		if (strcmp(arg[0], commands[i].name) == 0)
			return commands[i].fn(one, text, n);
	if (narg > 0 && strcmp(arg[0], "help") != 0)
		return (size_t)(seprint(text, text + n, "no command %s; help lists them\n", arg[0]) - text);
	for (size_t i = 0; i < nelem(commands); i++)
		p = seprint(p, text + n, "%-8s %s\n", commands[i].name, commands[i].help);
	return (size_t)(p - text);
}
