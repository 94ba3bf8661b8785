/*
 * exec.c - exec(2): the program's image, its arguments on the new stack, and
 * what a process keeps.
 *
 * HVM makes images of the pages of a program file, shared by all who run it. A
 * program of the root archive is used where it lies; any other file is read
 * into an image once and kept while the file does not change (qid, length and
 * time). image_get marks a kept image as in use until image_put; one that could
 * not be kept goes then.
 *
 * ERRORS  Ebadexec no program for this machine, or a script of a script
 * LOCKS   images.q guards the cache; nothing but HVM is called under it
 * LIMITS  NIMAGE images kept, IMAGE_BYTES of them read from files
 */
#include "core/core_impl.h"
#include "core/servant_impl.h"
#include "servants/servants.h"

enum { NIMAGE = 64, IMAGE_BYTES = 16 << 20, IMAGE_MAX = 64 << 20, HEAD = 256, NSCRIPTARG = 16 };

typedef struct Image Image;
struct Image {
	const Servant *servant;
	uint32_t dev, mtime;
	Qid qid;
	uint64_t length;
	int id;
	unsigned busy;
	uint64_t used;            /* when: images.clock */
	bool read;                /* from a file: its pages are its own */
};
static struct {
	QLock q;
	Image *image[NIMAGE];
	uint64_t clock;
	uint64_t bytes;           /* of those read */
} images;

static atomic_uint_fast64_t memgrps = 1;

uint64_t
memgrp_new(void)
{
	return atomic_fetch_add(&memgrps, 1);
}

/* ---- images ---- */

static int
image_key(Chan *c, Image *k)
{
	Dir d;
	int rc = chan_dir(c, &d);

	if (rc == 0)
		*k = (Image){ .servant = c->servant, .dev = c->dev, .qid = c->qid, .length = d.length, .mtime = d.mtime };
	return rc;
}

static bool
image_same(const Image *a, const Image *b)
{
	return a->servant == b->servant && a->dev == b->dev && a->qid.path == b->qid.path && a->qid.vers == b->qid.vers &&
	    a->length == b->length && a->mtime == b->mtime;
}

static void
image_drop_locked(size_t i)
{
	Image *m = images.image[i];

	hvm_image_put(m->id);
	if (m->read)
		images.bytes -= m->length;
	images.image[i] = NULL;
	free(m);
}

/* A free place, by dropping what was not used for longest; NIMAGE: all are busy. */
static size_t
image_place_locked(uint64_t more)
{
	for (;;) {
		size_t empty = NIMAGE, oldest = NIMAGE;

		for (size_t i = 0; i < NIMAGE; i++) {
			Image *m = images.image[i];

			if (!m)
				empty = i;
			else if (!m->busy && (oldest == NIMAGE || m->used < images.image[oldest]->used))
				oldest = i;
		}
		if (empty < NIMAGE && images.bytes + more <= IMAGE_BYTES)
			return empty;
		if (oldest == NIMAGE)
			return empty;
		image_drop_locked(oldest);
	}
}

/* One more user of the image kept for the file; -1: there is none. */
static int
image_use_locked(const Image *k)
{
	for (size_t i = 0; i < NIMAGE; i++) {
		Image *m = images.image[i];

		if (m && image_same(m, k)) {
			m->busy++;
			m->used = ++images.clock;
			return m->id;
		}
	}
	return -1;
}

static int
image_find(const Image *k)
{
	int id;

	qlock(&images.q);
	id = image_use_locked(k);
	qunlock(&images.q);
	return id;
}

/*
 * Keeps the image, with one user. Somebody else may have made one of the same
 * file meanwhile: then k goes and that one is used. false: no place or memory.
 */
static bool
image_keep(Image *k)
{
	Image *m = malloc(sizeof *m);
	size_t i;
	int id;

	if (!m)
		return false;
	qlock(&images.q);
	if ((id = image_use_locked(k)) >= 0) {
		hvm_image_put(k->id);
		k->id = id;
	} else if ((i = image_place_locked(k->read ? k->length : 0)) < NIMAGE) {
		k->busy = 1;
		k->used = ++images.clock;
		*m = *k;
		images.image[i] = m;
		if (m->read)
			images.bytes += m->length;
		m = NULL;
		id = k->id;
	}
	qunlock(&images.q);
	free(m);
	return id >= 0;
}

void
image_put(int id, bool kept)
{
	if (!kept) {
		hvm_image_put(id);
		return;
	}
	qlock(&images.q);
	for (size_t i = 0; i < NIMAGE; i++)
		if (images.image[i] && images.image[i]->id == id) {
			images.image[i]->busy--;
			break;
		}
	qunlock(&images.q);
}

static int
image_read(Chan *c, size_t size)
{
	void *window = NULL;
	size_t have = 0;
	int id;
	int64_t n = 1;
	int rc;

	if ((id = hvm_image_new(size, &window)) < 0)
		return id;
	while (have < size && n > 0) {
		size_t want = size - have < SYS_IOMAX ? size - have : SYS_IOMAX;

		n = servant_read(c, (uint8_t *)window + have, want, have);
		have += n > 0 ? (size_t)n : 0;
	}
	rc = n < 0 ? (int)n : have < size ? seterr(Ebadexec, "file is shorter than it says") : hvm_image_seal(id);
	if (rc < 0) {
		hvm_image_put(id);
		return rc;
	}
	return id;
}

/* What is no program is told by its name; what HVM found is CORE's to know. */
static int
bad_program(Str file)
{
	size_t show = file.n < 60 ? file.n : 60;

	return seterr(Ebadexec, "%.*s", (int)show, file.s + file.n - show);
}

int
image_get(Chan *c, int *image, bool *kept)
{
	uint64_t pa;
	size_t size;
	Image k;
	int rc;

	if ((rc = image_key(c, &k)) < 0)
		return rc;
	if ((k.id = image_find(&k)) >= 0) {
		*image = k.id;
		*kept = true;
		return 0;
	}
	if (c->servant->dc == 'R' && root_phys(c, &pa, &size) == 0) {
		k.id = hvm_image_phys(pa, size);
	} else if (k.length == 0 || k.length > IMAGE_MAX) {
		return seterr(Ebadexec, NULL);
	} else {
		k.read = true;
		k.id = image_read(c, (size_t)k.length);
	}
	if (k.id < 0)
		return k.id;
	*kept = image_keep(&k);
	*image = k.id;
	return 0;
}

/* ---- arguments ---- */

typedef struct Args Args;
struct Args {
	char *text;               /* NUL-terminated strings, one after the other */
	size_t n;                 /* bytes */
	size_t argc;
};

/*
 * A script "#!interpreter arg …": the new arguments are those of the line, then
 * the script's name, then the old ones but the first.
 */
static int
args_script(const char *line, size_t nline, Str file, const Args *old, Args *out)
{
	char head[HEAD], *word[NSCRIPTARG];
	size_t skip = old->argc ? strlen(old->text) + 1 : 0;
	size_t n, nword;
	const char *nl = memchr(line, '\n', nline);
	char *p;

	if (!nl && nline < sizeof head)
		nl = line + nline; /* the file is that line, without its end */
	if (!nl)
		return seterr(Ebadexec, "#! line too long");
	n = (size_t)(nl - line) - 2;
	memcpy(head, line + 2, n);
	head[n] = '\0';
	nword = getfields(head, word, NSCRIPTARG, true, " \t\r");
	if (nword > 0 && word[0][0] == '\0')
		nword--, memmove(word, word + 1, nword * sizeof *word);
	while (nword > 0 && word[nword - 1][0] == '\0')
		nword--;
	if (nword == 0)
		return seterr(Ebadexec, "#! without a program");
	out->argc = nword + 1 + (old->argc ? old->argc - 1 : 0);
	out->n = file.n + 1 + old->n - skip;
	for (size_t i = 0; i < nword; i++)
		out->n += strlen(word[i]) + 1;
	if (!(p = out->text = malloc(out->n)))
		return seterr(Enomem, NULL);
	for (size_t i = 0; i < nword; i++)
		p = stpcpy(p, word[i]) + 1;
	memcpy(p, file.s, file.n);
	p += file.n;
	*p++ = '\0';
	memcpy(p, old->text + skip, old->n - skip);
	return 0;
}

/* The block that a program finds at its sp: Startup, argv, strings. */
static int
stack_build(Proc *p, const Args *a, uint8_t **out, size_t *size)
{
	size_t vec = sizeof(Startup), str = vec + (a->argc + 1) * sizeof(uintptr_t);
	size_t n = (str + a->n + 15) & ~(size_t)15;
	uintptr_t base = hvm_stack_base(n), at = base + str;
	uint8_t *s = calloc(1, n);
	Startup head = { .mngr = mngr_tid().raw, .pid = (uintptr_t)p->pid, .argc = a->argc };

	if (!s)
		return seterr(Enomem, NULL);
	head.argv = (char **)(base + vec);
	memcpy(s, &head, sizeof head);
	for (size_t i = 0, off = 0; i < a->argc; i++) {
		uintptr_t arg = at + off;

		memcpy(s + vec + i * sizeof arg, &arg, sizeof arg);
		off += strlen(a->text + off) + 1;
	}
	memcpy(s + str, a->text, a->n);
	*out = s;
	*size = n;
	return 0;
}

/* ---- exec ---- */

static Str
base_name(Str s)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.s[i - 1] == '/')
			return (Str){ s.s + i, s.n - i };
	return s;
}

/* Opens what really runs, which goes by *name then: the file, or a script's interpreter. */
static int
program_open(Str file, Args *a, Chan **out, Str *name)
{
	char head[HEAD];
	Chan *c = NULL;
	Args script = { 0 };
	int64_t n;
	int rc;

	if ((rc = chan_namec(file, Aopen, OEXEC, 0, &c)) < 0)
		return rc;
	n = servant_read(c, head, sizeof head, 0);
	if (n < 2 || head[0] != '#' || head[1] != '!') {
		if (n >= 0) {
			*name = file;
			*out = c;
			return 0;
		}
		chan_put(c);
		return (int)n;
	}
	chan_put(c);
	if ((rc = args_script(head, (size_t)n, file, a, &script)) < 0)
		return rc;
	if ((rc = chan_namec(str_of(script.text), Aopen, OEXEC, 0, &c)) < 0) {
		free(script.text);
		return rc;
	}
	n = servant_read(c, head, 2, 0);
	if (n < 2 || (head[0] == '#' && head[1] == '!')) {
		free(script.text);
		chan_put(c);
		return n < 0 ? (int)n : seterr(Ebadexec, "interpreter is no program");
	}
	free(a->text);
	*a = script;
	*name = str_of(a->text);
	*out = c;
	return 0;
}

/* The new program may call before the old one's traces are gone: Mngr waits, as for a fork. */
static void
exec_begin(Proc *p)
{
	atomic_fetch_add(&proctab.nforking, 1);
	lock(&proctab.lk);
	proctab.by_sid[p->sid] = NULL;
	unlock(&proctab.lk);
}

static void
exec_end(Proc *p)
{
	proc_publish(p);
	fork_end();
}

/* The process is another program now. CONSUMES c and the text of a. */
static void
exec_commit(Proc *p, const char *name, Chan *c, Args *a)
{
	char *old_args;
	Chan *old_text;
	Fgrp *f = proc_fgrp(p);
	bool hang;

	note_reset(p);
	lock(&p->lk);
	old_text = p->text;
	p->text = c;
	old_args = p->args;
	p->args = a->text;
	p->nargs = a->n;
	proc_text_set(p->name, sizeof p->name, name);
	hang = p->hang;
	p->hang = false;
	p->private = false;
	unlock(&p->lk);
	trace_proc_named(p);
	p->memgrp = memgrp_new();
	free(old_args);
	chan_put(old_text);
	if (f)
		fd_close_exec(f);
	fgrp_put(f);
	if (hang && proc_stop(p) < 0)
		klog("proc %d: does not stop: %s", p->pid, err_reason());
}

int
proc_exec(Proc *p, Str file, const char *args, size_t nargs, size_t argc)
{
	Args a = { .text = malloc(nargs + 1), .n = nargs, .argc = argc };
	char *name = str_dup(base_name(file));
	uint8_t *stack = NULL;
	Str program = { 0 };
	Chan *c = NULL;
	int image = -1;
	bool kept = false;
	size_t size = 0;
	int rc;

	if (!a.text || !name) {
		rc = seterr(Enomem, NULL);
		goto out;
	}
	memcpy(a.text, args, nargs);
	if ((rc = program_open(file, &a, &c, &program)) < 0)
		goto out;
	if ((rc = image_get(c, &image, &kept)) < 0 || (rc = stack_build(p, &a, &stack, &size)) < 0) {
		rc = rc == -Ebadexec ? bad_program(program) : rc;
		goto out;
	}
	/* from here on only HVM can refuse, and then nothing has changed */
	exec_begin(p);
	if ((rc = hvm_exec(p->sid, image, name, stack, size)) == 0) {
		exec_commit(p, name, c, &a);
		c = NULL;
		a.text = NULL;
	}
	exec_end(p);
out:
	if (image >= 0)
		image_put(image, kept);
	chan_put(c);
	free(a.text);
	free(name);
	free(stack);
	return rc;
}

int64_t
sys_exec(Request *r)
{
	size_t at = 0, args;
	Str file, s;
	int rc;

	if ((rc = in_str(r, &at, &file)) < 0)
		return rc;
	args = at;
	if (r->nin - args > ARG_MAX_BYTES)
		return seterr(Etoobig, "exec");
	for (size_t i = 0; i < r->arg[0]; i++)
		if ((rc = in_str(r, &at, &s)) < 0)
			return rc;
	rc = proc_exec(r->proc, file, (const char *)r->in + args, at - args, r->arg[0]);
	return rc < 0 ? rc : SYS_NOREPLY;
}
