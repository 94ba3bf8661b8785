/*
 * ask.h - for fuzz targets of 9P servers: an input is messages one after the other;
 * the first bytes of each need not be a right size: a wrong one is cut to what is
 * there and corrected, so that a mutation rarely throws all the rest away. Each reply
 * must unpack, carry the tag of the request and be its answer, within msize.
 */
#ifndef TESTS_FUZZ_ASK_H
#define TESTS_FUZZ_ASK_H
#include "lib9/srv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HDR = 7, PIECE = 4096 };

static struct {
	uint8_t type;
	uint16_t tag;
	size_t replies;
	uint32_t msize;
	const char *never;      /* no reply has this text; NULL: any may */
} asked;

static int
check(void *arg, const uint8_t *msg, size_t n)
{
	Fcall f;

	(void)arg;
	if (fcall_unpack(&f, msg, n) < 0 || f.tag != asked.tag)
		abort();
	if (f.type != Rerror && f.type != asked.type + 1)
		abort();
	if (n > asked.msize || (asked.never != NULL && memmem(msg, n, asked.never, strlen(asked.never)) != NULL))
		abort();
	if (f.type == Rversion)
		asked.msize = f.msize;
	asked.replies++;
	return 0;
}

static void
ask(Srv *s, const uint8_t *p, size_t n)
{
	uint8_t *msg = malloc(n);

	if (msg == NULL)
		abort();
	memcpy(msg, p, n);
	msg[0] = (uint8_t)n;
	msg[1] = (uint8_t)(n >> 8);
	msg[2] = msg[3] = 0;
	asked.type = msg[4];
	asked.tag = (uint16_t)(msg[5] | msg[6] << 8);
	asked.replies = 0;
	if (srv_msg(s, msg, n, check, NULL) < 0 || asked.replies != 1)
		abort();
	free(msg);
}

/* A session as bob, whose fid 1 is the root, then the input. */
static void
ask_all(Srv *s, const uint8_t *data, size_t size)
{
	static const uint8_t version[] = "\x13\0\0\0\x64\xff\xff\0\x20\0\0\x06\0" "9P2000";
	static const uint8_t attach[] = "\x16\0\0\0\x68\x01\0\x01\0\0\0\xff\xff\xff\xff\x03\0" "bob\0\0";

	asked.msize = 8192;
	ask(s, version, sizeof version - 1);
	ask(s, attach, sizeof attach - 1);
	while (size >= HDR) {
		uint32_t n = get32(data);

		if (n < HDR || n > size || n > PIECE)
			n = size < PIECE ? (uint32_t)size : PIECE;
		ask(s, data, n);
		data += n;
		size -= n;
	}
}
#endif
