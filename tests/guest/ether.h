/*
 * tests/guest/ether.h - a conversation of a network card, for tests that speak frames.
 */
#ifndef TESTS_GUEST_ETHER_H
#define TESTS_GUEST_ETHER_H
#include "lib9/lib9.h"
#include "lib9/sys.h"

enum { ADDR = 6, TYPE = 12, HEAD = 14, FRAME_SIZE = 2048 };

static int card, data_fd;
static uint8_t frame[FRAME_SIZE];

static void
conversation_open(const char *type)
{
	char name[64], text[16];
	int ctl, i;
	int64_t n;

	snprintf(name, sizeof name, "/net/ether%d/clone", card);
	if ((ctl = open(name, ORDWR)) < 0 || (n = read(ctl, text, sizeof text - 1)) < 0)
		sysfatal("%s: %r", name);
	text[n] = '\0';
	i = atoi(text);
	if (fprint(ctl, "connect %s", type) < 0)
		sysfatal("connect %s: %r", type);
	snprintf(name, sizeof name, "/net/ether%d/%d/data", card, i);
	if ((data_fd = open(name, ORDWR)) < 0)
		sysfatal("%s: %r", name);
}

/* The size of the next frame, which is in frame. */
static size_t
frame_read(void)
{
	int64_t n = read(data_fd, frame, sizeof frame);

	if (n < HEAD)
		sysfatal("read: %r");
	return (size_t)n;
}
#endif
