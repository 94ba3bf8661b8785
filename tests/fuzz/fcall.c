/*
 * tests/fuzz/fcall.c - any bytes as a 9P message. What unpacks packs to the
 * same bytes, prints, and has views inside the message only.
 */
#include "lib9/fcall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MSGMAX = 1 << 16 };

static void
inside(const void *p, size_t n, const uint8_t *data, size_t size)
{
	const uint8_t *q = p;

	if (q != NULL && (q < data || q > data + size || n > (size_t)(data + size - q)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[MSGMAX];
	char text[300];
	Fcall f;

	if (size > MSGMAX || fcall_unpack(&f, data, size) < 0)
		return 0;
	inside(f.version.s, f.version.n, data, size);
	inside(f.uname.s, f.uname.n, data, size);
	inside(f.aname.s, f.aname.n, data, size);
	inside(f.name.s, f.name.n, data, size);
	inside(f.ename.s, f.ename.n, data, size);
	for (size_t i = 0; i < f.nwname; i++)
		inside(f.wname[i].s, f.wname[i].n, data, size);
	if (f.type == Rread || f.type == Twrite)
		inside(f.data, f.count, data, size);
	inside(f.stat, f.nstat, data, size);
	fcall_str(text, sizeof text, &f);
	if (fcall_pack(&f, out, sizeof out) != (int)size || memcmp(out, data, size) != 0)
		abort();
	return 0;
}
