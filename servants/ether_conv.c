/*
 * servants/ether_conv.c - the conversations of a network card: who has them,
 * which frames each gets, the queue of those not read yet. Pure but for locks.
 * A frame is "ours" when its destination is the card's address or the broadcast
 * address. Ours go to every conversation connected to their type; all others,
 * when somebody asked for "promiscuous", to conversations of all types (-1, -2).
 * LOCKS   Ether.lk guards all of it; a leaf (ready functions take it under
 *         Rendez.lk). Frames are copied outside.
 * LIMITS  NCONV conversations; QUEUE_MAX bytes wait for each, block headers
 *         counted: what comes then is dropped and counted (Ether.overflows)
 * SEE     ether(3); tests/unit/ether.c
 */
#include "servants/ether_impl.h"

enum { QUEUE_MAX = 128 * 1024, HEADS = 64, HEADS_DATA = 58 };

typedef struct Frame Frame;
struct Frame {
	const uint8_t *data;
	size_t n;
	int type;
	bool to_us, to_all;
	const Conv *from;
};

void
ether_init(Ether *e)
{
	for (size_t i = 0; i < NCONV; i++)
		e->conv[i] = (Conv){ .ether = e, .perm = 0666, .type = TYPE_NONE };
}

/* REQUIRES e->lk. */
static int
free_conv_locked(const Ether *e)
{
	for (int i = 0; i < NCONV; i++)
		if (e->conv[i].nopen == 0)
			return i;
	return -1;
}

int
conv_open(Ether *e, int i, int omode)
{
	char owner[OWNER_SIZE];
	uint32_t perm;
	Conv *cv;
	int rc;

	lock(&e->lk);
	if (i < 0)
		i = free_conv_locked(e);
	if (i < 0) {
		unlock(&e->lk);
		return seterr(Einuse, "ether: all %d conversations", NCONV);
	}
	cv = &e->conv[i];
	if (cv->nopen++ == 0) {
		snprintf(cv->owner, sizeof cv->owner, "%s", up_user());
		cv->perm = 0660;
	}
	memcpy(owner, cv->owner, sizeof owner);
	perm = cv->perm;
	e->nused = (unsigned)i < e->nused ? e->nused : (unsigned)i + 1;
	unlock(&e->lk);
	if ((rc = servant_perm(owner, perm, omode)) < 0) {
		conv_close(cv);
		return rc;
	}
	return i;
}

void
conv_close(Conv *cv)
{
	Ether *e = cv->ether;
	PipeBlock *drop = NULL;

	lock(&e->lk);
	if (--cv->nopen == 0) {
		e->npromiscuous -= cv->promiscuous;
		drop = pipequeue_empty(&cv->queue);
		*cv->owner = '\0';
		cv->perm = 0666;
		cv->type = TYPE_NONE;
		cv->promiscuous = cv->bridge = cv->heads = false;
	}
	unlock(&e->lk);
	pipeblock_putall(drop);
}

/* REQUIRES Ether.lk. */
static bool
conv_wants_locked(const Conv *cv, const Frame *f)
{
	if (cv->type != f->type && cv->type != TYPE_ALL && cv->type != TYPE_HEADS)
		return false;
	if (cv->bridge && (f->to_us || f->from == cv))
		return false;
	return f->to_us || f->to_all || (cv->ether->npromiscuous > 0 && cv->type < 0);
}

/* What snoopers want: the frame's first bytes, its size and when it came. */
static PipeBlock *
heads_new(const Frame *f)
{
	uint32_t ms = (uint32_t)(up_ns() / 1000000);
	uint8_t text[HEADS] = { 0 };

	memcpy(text, f->data, f->n < HEADS_DATA ? f->n : HEADS_DATA);
	text[HEADS_DATA] = (uint8_t)(f->n >> 8);
	text[HEADS_DATA + 1] = (uint8_t)f->n;
	for (int i = 0; i < 4; i++)
		text[HEADS_DATA + 2 + i] = (uint8_t)(ms >> (24 - 8 * i));
	return pipeblock_new(text, sizeof text);
}

/* Looks twice: the copy is made without the lock. */
static void
conv_pass(Conv *cv, const Frame *f)
{
	Ether *e = cv->ether;
	PipeBlock *b;
	bool wants, room, heads, added;
	int type;

	lock(&e->lk);
	wants = conv_wants_locked(cv, f);
	room = cv->queue.room < QUEUE_MAX;
	heads = cv->heads;
	type = cv->type;
	e->overflows += wants && !room;
	unlock(&e->lk);
	if (!wants || !room)
		return;
	if (heads)
		b = heads_new(f);
	else
		b = pipeblock_new(f->data, type == TYPE_HEADS && f->n > HEADS ? HEADS : f->n);
	lock(&e->lk);
	added = b != NULL && conv_wants_locked(cv, f) && heads == cv->heads && type == cv->type;
	if (added)
		pipequeue_add(&cv->queue, b);
	e->overflows += b == NULL;
	unlock(&e->lk);
	if (!added)
		pipeblock_put(b);
	else
		rendez_wakeup(&cv->readers);
}

static const uint8_t broadcast[ETHER_ADDR] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };

void
ether_pass(Ether *e, const uint8_t *frame, size_t n, const Conv *from)
{
	Frame f = { .data = frame, .n = n, .from = from };
	unsigned nused;

	f.type = frame[ETHER_TYPE] << 8 | frame[ETHER_TYPE + 1];
	f.to_us = memcmp(frame, e->card->addr, ETHER_ADDR) == 0;
	f.to_all = memcmp(frame, broadcast, ETHER_ADDR) == 0;
	lock(&e->lk);
	nused = e->nused;
	unlock(&e->lk);
	for (unsigned i = 0; i < nused; i++)
		conv_pass(&e->conv[i], &f);
}

void
ether_input(void *arg, const uint8_t *frame, size_t n)
{
	Ether *e = arg;

	lock(&e->lk);
	e->nin++;
	unlock(&e->lk);
	ether_pass(e, frame, n, NULL);
}

bool
conv_has_frame(void *arg)
{
	Conv *cv = arg;
	bool r;

	lock(&cv->ether->lk);
	r = cv->queue.head != NULL;
	unlock(&cv->ether->lk);
	return r;
}

int64_t
conv_take(Conv *cv, void *buf, size_t n)
{
	PipeTake t;
	bool got;

	lock(&cv->ether->lk);
	got = pipequeue_take(&cv->queue, SIZE_MAX, &t);
	unlock(&cv->ether->lk);
	if (!got)
		return -Einuse;
	t.n = t.n < n ? t.n : n;
	return (int64_t)pipetake_copy(&t, buf);
}
