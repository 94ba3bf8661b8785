/*
 * lib9/fcall.c - 9P2000 messages: bytes <-> Fcall <-> text, from one table.
 *
 * A row of msgs[] is a message: its name and its fields in wire order. Unpack,
 * pack and print are loops over it. All bounds tests are in take().
 *
 * ERRORS  Ebadmsg  unknown type, a field past the end, bytes left over, a size
 *                  field that is not the length, more than 16 names or qids
 *         Eshort   fcall_pack's buffer is too small
 * LIMITS  Strings are 65535 bytes, messages 4 GiB - 1: the wire's own. What
 *         a name may hold (UTF-8, no NUL, no '/') is lib9/srv.c's business.
 * SEE     intro(5) and section 5 of the manual; tests/unit/fcall.c
 */
#include "lib9/fcall.h"

/* The kind of an integer field is its width in bytes. */
enum Kind { Kend = 0, K8 = 1, K16 = 2, K32 = 4, K64 = 8, Kstr, Kqid, Knames, Kqids, Kdata, Kstat };

enum { HDRSIZE = 4 + 1 + 2, MAXFIELD = 5, SHOWMAX = 24 };

typedef struct Field Field;
struct Field {
	uint8_t kind;
	uint16_t at; /* offset in Fcall */
	const char *name;
};

typedef struct Msg Msg;
struct Msg {
	const char *name;
	Field field[MAXFIELD + 1]; /* Kend ends */
};

#define F(kind, member) { kind, offsetof(Fcall, member), #member }
#define ROW(type, ...) [type - Tversion] = { #type, { __VA_ARGS__ } }

static const Msg msgs[Tmax - Tversion] = {
	ROW(Tversion, F(K32, msize), F(Kstr, version)),
	ROW(Rversion, F(K32, msize), F(Kstr, version)),
	ROW(Tauth, F(K32, afid), F(Kstr, uname), F(Kstr, aname)),
	ROW(Rauth, F(Kqid, aqid)),
	ROW(Tattach, F(K32, fid), F(K32, afid), F(Kstr, uname), F(Kstr, aname)),
	ROW(Rattach, F(Kqid, qid)),
	ROW(Rerror, F(Kstr, ename)), /* there is no Terror */
	ROW(Tflush, F(K16, oldtag)),
	ROW(Rflush, { 0 }),
	ROW(Twalk, F(K32, fid), F(K32, newfid), F(Knames, nwname)),
	ROW(Rwalk, F(Kqids, nwqid)),
	ROW(Topen, F(K32, fid), F(K8, mode)),
	ROW(Ropen, F(Kqid, qid), F(K32, iounit)),
	ROW(Tcreate, F(K32, fid), F(Kstr, name), F(K32, perm), F(K8, mode)),
	ROW(Rcreate, F(Kqid, qid), F(K32, iounit)),
	ROW(Tread, F(K32, fid), F(K64, offset), F(K32, count)),
	ROW(Rread, F(Kdata, data)),
	ROW(Twrite, F(K32, fid), F(K64, offset), F(Kdata, data)),
	ROW(Rwrite, F(K32, count)),
	ROW(Tclunk, F(K32, fid)),
	ROW(Rclunk, { 0 }),
	ROW(Tremove, F(K32, fid)),
	ROW(Rremove, { 0 }),
	ROW(Tstat, F(K32, fid)),
	ROW(Rstat, F(Kstat, stat)),
	ROW(Twstat, F(K32, fid), F(Kstat, stat)),
	ROW(Rwstat, { 0 }),
};

/* A place in a buffer of n bytes. bad is sticky: every later take fails. */
typedef struct Cur Cur;
struct Cur {
	size_t at, n;
	bool bad;
};

/* take steps over n bytes and returns where they begin; look at bad first. */
static size_t
take(Cur *c, size_t n)
{
	size_t at = c->at;

	if (c->bad || c->n - at < n) {
		c->bad = true;
		return at;
	}
	c->at += n;
	return at;
}

static const Msg *
msg_find(uint8_t type)
{
	if (type < Tversion || type >= Tmax || msgs[type - Tversion].name == NULL)
		return NULL;
	return &msgs[type - Tversion];
}

uint32_t
get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* ---- bytes to Fcall ---- */

static uint64_t
get_int(Cur *c, const uint8_t *buf, size_t width)
{
	size_t at = take(c, width);
	uint64_t v = 0;

	if (c->bad)
		return 0;
	while (width-- > 0)
		v = v << 8 | buf[at + width];
	return v;
}

static const uint8_t *
get_bytes(Cur *c, const uint8_t *buf, size_t n)
{
	size_t at = take(c, n);

	return c->bad ? NULL : buf + at;
}

static void
get_str(Cur *c, const uint8_t *buf, Str *s)
{
	s->n = (size_t)get_int(c, buf, 2);
	s->s = (const char *)get_bytes(c, buf, s->n);
}

static void
get_qid(Cur *c, const uint8_t *buf, Qid *q)
{
	q->type = (uint8_t)get_int(c, buf, 1);
	q->vers = (uint32_t)get_int(c, buf, 4);
	q->path = get_int(c, buf, 8);
}

static uint16_t
get_nwelem(Cur *c, const uint8_t *buf)
{
	uint16_t n = (uint16_t)get_int(c, buf, 2);

	if (n > MAXWELEM)
		c->bad = true;
	return c->bad ? 0 : n;
}

static void
get_field(Cur *c, const uint8_t *buf, Fcall *f, const Field *d)
{
	char *m = (char *)f + d->at;

	switch (d->kind) {
	case K8:
		*(uint8_t *)m = (uint8_t)get_int(c, buf, K8);
		break;
	case K16:
		*(uint16_t *)m = (uint16_t)get_int(c, buf, K16);
		break;
	case K32:
		*(uint32_t *)m = (uint32_t)get_int(c, buf, K32);
		break;
	case K64:
		*(uint64_t *)m = get_int(c, buf, K64);
		break;
	case Kstr:
		get_str(c, buf, (Str *)m);
		break;
	case Kqid:
		get_qid(c, buf, (Qid *)m);
		break;
	case Knames:
		f->nwname = get_nwelem(c, buf);
		for (size_t i = 0; i < f->nwname; i++)
			get_str(c, buf, &f->wname[i]);
		break;
	case Kqids:
		f->nwqid = get_nwelem(c, buf);
		for (size_t i = 0; i < f->nwqid; i++)
			get_qid(c, buf, &f->wqid[i]);
		break;
	case Kdata:
		f->count = (uint32_t)get_int(c, buf, 4);
		f->data = get_bytes(c, buf, f->count);
		break;
	case Kstat:
		f->nstat = (uint16_t)get_int(c, buf, 2);
		f->stat = get_bytes(c, buf, f->nstat);
		break;
	}
}

int
fcall_unpack(Fcall *f, const uint8_t *buf, size_t n)
{
	Cur c = { .n = n };
	const Msg *m;

	*f = (Fcall){ 0 };
	if (get_int(&c, buf, 4) != n || c.bad)
		return seterr(Ebadmsg, NULL);
	f->type = (uint8_t)get_int(&c, buf, 1);
	f->tag = (uint16_t)get_int(&c, buf, 2);
	m = msg_find(f->type);
	if (m == NULL)
		return seterr(Ebadmsg, NULL);
	for (const Field *d = m->field; d->kind != Kend; d++)
		get_field(&c, buf, f, d);
	if (c.bad || c.at != n)
		return seterr(Ebadmsg, NULL);
	return 0;
}

/* ---- Fcall to bytes ---- */

static void
put_int(Cur *c, uint8_t *buf, size_t width, uint64_t v)
{
	size_t at = take(c, width);

	if (c->bad)
		return;
	for (size_t i = 0; i < width; i++, v >>= 8)
		buf[at + i] = (uint8_t)v;
}

static void
put_bytes(Cur *c, uint8_t *buf, const void *p, size_t n)
{
	size_t at = take(c, n);

	if (!c->bad && n > 0)
		memcpy(buf + at, p, n);
}

static void
put_str(Cur *c, uint8_t *buf, const Str *s)
{
	put_int(c, buf, 2, s->n);
	put_bytes(c, buf, s->s, s->n);
}

static void
put_qid(Cur *c, uint8_t *buf, const Qid *q)
{
	put_int(c, buf, 1, q->type);
	put_int(c, buf, 4, q->vers);
	put_int(c, buf, 8, q->path);
}

static void
put_field(Cur *c, uint8_t *buf, const Fcall *f, const Field *d, bool with_data)
{
	const char *m = (const char *)f + d->at;

	switch (d->kind) {
	case K8:
		put_int(c, buf, K8, *(const uint8_t *)m);
		break;
	case K16:
		put_int(c, buf, K16, *(const uint16_t *)m);
		break;
	case K32:
		put_int(c, buf, K32, *(const uint32_t *)m);
		break;
	case K64:
		put_int(c, buf, K64, *(const uint64_t *)m);
		break;
	case Kstr:
		put_str(c, buf, (const Str *)m);
		break;
	case Kqid:
		put_qid(c, buf, (const Qid *)m);
		break;
	case Knames:
		put_int(c, buf, 2, f->nwname);
		for (size_t i = 0; i < f->nwname; i++)
			put_str(c, buf, &f->wname[i]);
		break;
	case Kqids:
		put_int(c, buf, 2, f->nwqid);
		for (size_t i = 0; i < f->nwqid; i++)
			put_qid(c, buf, &f->wqid[i]);
		break;
	case Kdata:
		put_int(c, buf, 4, f->count);
		if (with_data)
			put_bytes(c, buf, f->data, f->count);
		break;
	case Kstat:
		put_int(c, buf, 2, f->nstat);
		put_bytes(c, buf, f->stat, f->nstat);
		break;
	}
}

/* fits: can the wire carry these fields at all? */
static bool
fits(const Fcall *f, const Msg *m)
{
	if (f->nwname > MAXWELEM || f->nwqid > MAXWELEM)
		return false;
	for (size_t i = 0; i < f->nwname; i++)
		if (f->wname[i].n > UINT16_MAX)
			return false;
	for (const Field *d = m->field; d->kind != Kend; d++) {
		const char *p = (const char *)f + d->at;

		if (d->kind == Kstr && ((const Str *)p)->n > UINT16_MAX)
			return false;
		if (d->kind == Kdata && f->count > INT32_MAX - IOHDRSZ)
			return false;
	}
	return true;
}

static int
fcall_put(const Fcall *f, uint8_t *buf, size_t n, bool with_data)
{
	Cur c = { .n = n };
	Cur front = { .n = n };
	const Msg *m = msg_find(f->type);
	size_t size;

	if (m == NULL || !fits(f, m))
		return seterr(Ebadmsg, NULL);
	take(&c, 4);
	put_int(&c, buf, 1, f->type);
	put_int(&c, buf, 2, f->tag);
	for (const Field *d = m->field; d->kind != Kend; d++)
		put_field(&c, buf, f, d, with_data);
	if (c.bad || c.at > INT32_MAX)
		return seterr(Eshort, NULL);
	size = c.at;
	if (!with_data && (f->type == Rread || f->type == Twrite))
		size += f->count;
	put_int(&front, buf, 4, size);
	return (int)c.at;
}

int
fcall_pack(const Fcall *f, uint8_t *buf, size_t n)
{
	return fcall_put(f, buf, n, true);
}

int
fcall_header(const Fcall *f, uint8_t *buf, size_t n)
{
	return fcall_put(f, buf, n, false);
}

/* ---- Fcall to text ---- */

typedef struct Text Text;
struct Text {
	char *p, *end; /* end: last byte, kept for the NUL */
};

static void PRINTF(2, 3)
show(Text *t, const char *fmt, ...)
{
	size_t room = (size_t)(t->end - t->p) + 1;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->p += (size_t)n < room ? (size_t)n : room - 1;
}

/* May a rune go to a terminal as it is? No controls, nothing that turns the line around. */
static bool
harmless(Rune r)
{
	return r >= ' ' && !(r >= 0x7f && r < 0xa0) && r != Runeerror && !(r >= 0x200b && r <= 0x200f) &&
	    !(r >= 0x2028 && r <= 0x202e) && !(r >= 0x2060 && r <= 0x206f) && r != 0xfeff;
}

/* Bytes from outside are shown quoted; what a terminal should not get is escaped. */
static void
show_quoted(Text *t, const char *s, size_t n)
{
	show(t, "\"");
	for (size_t i = 0, k; i < n; i += k) {
		Rune r = Runeerror;

		k = fullrune(s + i, n - i) ? (size_t)chartorune(&r, s + i) : 1;
		if (r == '"' || r == '\\')
			show(t, "\\%c", (int)r);
		else if (harmless(r))
			show(t, "%.*s", (int)k, s + i);
		else
			for (size_t b = 0; b < k; b++)
				show(t, "\\x%02x", (unsigned char)s[i + b]);
	}
	show(t, "\"");
}

/* A string, the rest of a long one told by its length. */
static void
show_bytes(Text *t, const char *s, size_t n)
{
	enum { MAX = 4 * SHOWMAX };

	show(t, " ");
	show_quoted(t, s, n < MAX ? n : MAX);
	if (n > MAX)
		show(t, "...(%lu)", (unsigned long)n);
}

static void
show_qid(Text *t, const Qid *q)
{
	show(t, " (%llx %lu 0x%x)", (unsigned long long)q->path, (unsigned long)q->vers, q->type);
}

static void
show_field(Text *t, const Fcall *f, const Field *d)
{
	const char *m = (const char *)f + d->at;

	if (d->kind <= Kqid)
		show(t, " %s", d->name);
	switch (d->kind) {
	case K8:
		show(t, " 0x%x", *(const uint8_t *)m);
		break;
	case K16:
		show(t, " %u", *(const uint16_t *)m);
		break;
	case K32:
		if (*(const uint32_t *)m == NOFID)
			show(t, " -1");
		else
			show(t, d->at == offsetof(Fcall, perm) ? " 0%lo" : " %lu", (unsigned long)*(const uint32_t *)m);
		break;
	case K64:
		show(t, " %llu", (unsigned long long)*(const uint64_t *)m);
		break;
	case Kstr:
		show_bytes(t, ((const Str *)m)->s, ((const Str *)m)->n);
		break;
	case Kqid:
		show_qid(t, (const Qid *)m);
		break;
	case Knames:
		for (size_t i = 0; i < f->nwname && i < MAXWELEM; i++)
			show_bytes(t, f->wname[i].s, f->wname[i].n);
		break;
	case Kqids:
		for (size_t i = 0; i < f->nwqid && i < MAXWELEM; i++)
			show_qid(t, &f->wqid[i]);
		break;
	case Kdata:
		show(t, " count %lu", (unsigned long)f->count);
		if (f->data != NULL && f->count > 0) {
			show(t, " ");
			show_quoted(t, (const char *)f->data, f->count < SHOWMAX ? f->count : SHOWMAX);
			show(t, f->count > SHOWMAX ? "..." : "");
		}
		break;
	case Kstat:
		show(t, " stat %u bytes", f->nstat);
		break;
	}
}

char *
fcall_str(char *buf, size_t n, const Fcall *f)
{
	const Msg *m = msg_find(f->type);
	Text t = { .p = buf };

	if (n == 0)
		return buf;
	t.end = buf + n - 1;
	buf[0] = '\0';
	show(&t, "%s", m != NULL ? m->name : "unknown");
	if (m == NULL)
		show(&t, " type %u", f->type);
	show(&t, " tag %u", f->tag);
	for (const Field *d = m != NULL ? m->field : NULL; d != NULL && d->kind != Kend; d++)
		show_field(&t, f, d);
	return buf;
}

char *
fcall_quote(char *buf, size_t size, const char *s, size_t n)
{
	Text t = { .p = buf, .end = buf + size - 1 };

	*buf = '\0';
	show_quoted(&t, s, n);
	return buf;
}

const char *
fcall_name(uint8_t type)
{
	const Msg *m = msg_find(type);

	return m != NULL ? m->name : NULL;
}

/* The first have bytes of a longer message; its fields up to the one that was cut. */
static char *
cut_text(char *buf, size_t n, const uint8_t *msg, size_t have)
{
	const Msg *m = msg_find(msg[4]);
	Cur c = { .at = HDRSIZE, .n = have };
	Text t = { .p = buf, .end = buf + n - 1 };
	Fcall f = { .type = msg[4], .tag = (uint16_t)(msg[5] | msg[6] << 8) };

	if (m == NULL)
		return fcall_str(buf, n, &f);
	show(&t, "%s tag %u", m->name, f.tag);
	for (const Field *d = m->field; d->kind != Kend; d++) {
		if (d->kind == Kdata) {
			f.count = (uint32_t)get_int(&c, msg, 4);
			f.data = c.n - c.at >= SHOWMAX ? msg + c.at : NULL;
		} else {
			get_field(&c, msg, &f, d);
		}
		if (c.bad)
			break;
		show_field(&t, &f, d);
		if (d->kind == Kdata)
			return buf;
	}
	show(&t, " ...(%lu)", (unsigned long)get32(msg));
	return buf;
}

char *
fcall_text(char *buf, size_t n, const uint8_t *msg, size_t have)
{
	Text t = { .p = buf, .end = buf + n - 1 };
	Fcall f;

	if (n == 0)
		return buf;
	*buf = '\0';
	if (have >= HDRSIZE && get32(msg) > have)
		return cut_text(buf, n, msg, have);
	if (fcall_unpack(&f, msg, have) == 0)
		return fcall_str(buf, n, &f);
	show(&t, "malformed");
	if (have >= HDRSIZE && fcall_name(msg[4]) != NULL)
		show(&t, " %s tag %u", fcall_name(msg[4]), msg[5] | msg[6] << 8);
	show(&t, " size %lu", (unsigned long)have);
	show_bytes(&t, (const char *)msg, have);
	return buf;
}
