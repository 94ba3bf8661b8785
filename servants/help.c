/*
 * servants/help.c - walk, stat and text files for servants whose tree is not
 * a constant.
 * LOCKS   TextFile.lk is a leaf but for the function that makes the text
 */
#include "servants/servants_impl.h"

int
attach_root(const Servant *s, const char *spec, Chan **out)
{
	Chan *c;

	if (spec[0] != '\0')
		return seterr(Ebadspec, "#%c%s", s->dc, spec);
	if ((c = chan_new(s)) == NULL)
		return seterr(Enomem, NULL);
	c->qid = qid_of(0, 0, QTDIR);
	*out = c;
	return 0;
}

int64_t
walk_each(Chan *nc, const Str *name, size_t n, Qid *qid, int (*step)(Chan *nc, Str name))
{
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		if (!(nc->qid.type & QTDIR))
			rc = seterr(Enotdir, "%.*s", (int)name[i].n, name[i].s);
		else
			rc = str_eq(name[i], ".") ? 0 : step(nc, name[i]);
		if (rc < 0)
			return i > 0 ? (int64_t)i : rc;
		qid[i] = nc->qid;
	}
	return (int64_t)i;
}

int
step_gen(Chan *nc, Str name, int (*gen)(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs))
{
	char strs[64];
	Dir d;

	for (size_t i = 0; gen(nc, i, &d, strs, sizeof strs) == 1; i++)
		if (str_eq(name, d.name)) {
			nc->qid = d.qid;
			return 0;
		}
	return seterr(Enonexist, "%.*s", (int)name.n, name.s);
}

bool
mode_writes(int omode)
{
	return (omode & 3) == OWRITE || (omode & 3) == ORDWR;
}

Qid
qid_of(uint64_t path, uint32_t vers, uint8_t type)
{
	return (Qid){ .path = path, .vers = vers, .type = type };
}

void
dir_set(Dir *d, const Chan *c, const char *name, Qid qid, uint32_t perm, uint64_t length)
{
	uint32_t start = (uint32_t)(start_wall_ns() / 1000000000);

	*d = (Dir){
		.type = (uint16_t)c->servant->dc, .dev = c->dev, .qid = qid,
		.mode = perm | (qid.type & QTDIR ? DMDIR : 0),
		.atime = start, .mtime = start, .length = length,
		.name = name, .uid = eve, .gid = eve, .muid = eve,
	};
}

int64_t
text_take(void *buf, size_t n, uint64_t off, char *text)
{
	int64_t k = readstr(buf, n, off, text);

	free(text);
	return k;
}

int
textfile_open(Chan *c)
{
	TextFile *f = calloc(1, sizeof *f);

	if (f == NULL)
		return seterr(Enomem, NULL);
	c->aux = f;
	return 0;
}

int64_t
textfile_read(Chan *c, void *buf, size_t n, uint64_t off, int (*make)(Chan *c, char **text))
{
	TextFile *f = c->aux;
	int64_t rc = 0;
	char *text = NULL;

	if (f == NULL)
		return seterr(Enotopen, NULL);
	qlock(&f->lk);
	if (f->text == NULL || off == 0) {
		if ((rc = make(c, &text)) >= 0) {
			free(f->text);
			f->text = text;
			rc = 0;
		}
	}
	if (rc == 0)
		rc = readstr(buf, n, off, f->text);
	qunlock(&f->lk);
	return rc;
}

void
textfile_close(Chan *c)
{
	TextFile *f = c->aux;

	if (f == NULL)
		return;
	c->aux = NULL;
	free(f->text);
	free(f);
}

int
name_ok(Str name, size_t max)
{
	if (name.n == 0 || name.n > max || str_eq(name, ".") || str_eq(name, ".."))
		return seterr(Ebadname, NULL);
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.s[i] < 0x20 || name.s[i] == '/' || name.s[i] == 0x7F)
			return seterr(Ebadchar, NULL);
	return utf8_valid(name) ? 0 : seterr(Ebadchar, NULL);
}
