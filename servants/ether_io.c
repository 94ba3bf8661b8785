/*
 * servants/ether_io.c - what reads and writes of a conversation's files do: frames
 * in and out, control lines. The files are ether.c's.
 * LOCKS   Ether.lk, see ether_conv.c
 * SEE     ether(3); tests/unit/ether.c
 */
#include "servants/ether_impl.h"

int64_t
conv_read(Conv *cv, Chan *c, void *buf, size_t n)
{
	int64_t rc;

	while (n > 0 && (rc = conv_take(cv, buf, n)) == -Einuse)
		if ((rc = rendez_yield(c, &cv->readers, conv_has_frame, cv)) < 0)
			break;
	return n > 0 ? rc : 0;
}

/* ---- control lines ---- */
enum { CONNECT, PROMISCUOUS, BRIDGE, HEADERSONLY };
static const Cmd ctl_verbs[] = {
	{ "connect", 1, CONNECT }, { "promiscuous", 0, PROMISCUOUS },
	{ "bridge", 0, BRIDGE }, { "headersonly", 0, HEADERSONLY },
};

static int
type_parse(const char *s, int *type)
{
	uint64_t v;

	if (strcmp(s, "-1") == 0 || strcmp(s, "-2") == 0) {
		*type = s[1] == '1' ? TYPE_ALL : TYPE_HEADS;
		return 0;
	}
	if (parse_u64(s, strlen(s), &v) < 0 || v > 0xFFFF)
		return seterr(Ebadarg, "connect: a type is -2, -1 or 0 to 65535, not '%.20s'", s);
	*type = (int)v;
	return 0;
}

int64_t
conv_ctl(Conv *cv, const void *buf, size_t n)
{
	Ether *e = cv->ether;
	CmdLine l;
	int verb = cmd_parse(ctl_verbs, nelem(ctl_verbs), buf, n, &l), type = 0, rc;

	if (verb < 0)
		return verb;
	rc = verb == CONNECT ? type_parse(l.argv[1], &type) : 0;
	cmd_free(&l);
	if (rc < 0)
		return rc;
	lock(&e->lk);
	switch (verb) {
	case CONNECT: cv->type = type; break;
	case BRIDGE: cv->bridge = true; break;
	case HEADERSONLY: cv->heads = true; break;
	case PROMISCUOUS:
		e->npromiscuous += !cv->promiscuous;
		cv->promiscuous = true;
		break;
	}
	unlock(&e->lk);
	return (int64_t)n;
}

/* ---- frames out ---- */
static void
frame_fill(Conv *cv, uint8_t *frame, const void *buf, size_t n)
{
	bool bridge;

	lock(&cv->ether->lk);
	bridge = cv->bridge;
	unlock(&cv->ether->lk);
	memcpy(frame, buf, n);
	if (!bridge)
		memcpy(frame + ETHER_ADDR, cv->ether->card->addr, ETHER_ADDR);
}

/* To this machine itself: no card is needed. */
static int64_t
frame_return(Conv *cv, const void *buf, size_t n)
{
	uint8_t *frame = malloc(n);

	if (frame == NULL)
		return seterr(Enomem, NULL);
	frame_fill(cv, frame, buf, n);
	ether_pass(cv->ether, frame, n, cv);
	free(frame);
	return (int64_t)n;
}

int64_t
conv_write(Conv *cv, Chan *c, const void *buf, size_t n)
{
	Ether *e = cv->ether;
	uint8_t *frame;
	int rc;

	if (n < ETHER_MIN || n > ETHER_MAX)
		return seterr(n < ETHER_MIN ? Eshort : Etoobig, "ether%u: a frame has %d to %d bytes, not %zu",
		    (unsigned)c->dev, ETHER_MIN, ETHER_MAX, n);
	if (memcmp(buf, e->card->addr, ETHER_ADDR) == 0)
		return frame_return(cv, buf, n);
	while ((frame = e->card->claim(e->card)) == NULL)
		if ((rc = rendez_yield(c, &e->card->room, e->card->has_room, e->card)) < 0)
			return rc;
	frame_fill(cv, frame, buf, n);
	ether_pass(e, frame, n, cv);
	e->card->send(e->card, frame, n);
	lock(&e->lk);
	e->nout++;
	unlock(&e->lk);
	return (int64_t)n;
}
