/*
 * tests/guest/ether.c - frames with known contents, sent and checked. Behind the
 * 14 bytes of the header: a number, four bytes, big-endian; then each byte follows
 * from the number and its place.
 * USAGE   ether send ADDR TYPE COUNT SIZE   to the card with that address, 12 digits
 *         ether recv TYPE COUNT             says "ready", then "SOURCE SIZE NUMBER" of each
 *         ether flood ADDR TYPE COUNT SIZE  sends, then END frames, until killed
 *         ether drain TYPE                  says "ready", takes frames up to an END frame,
 *                                           then "some frames, N bad" or "no frame"
 *         ether ping ADDR TYPE COUNT SIZE   each frame is awaited back from ADDR
 *         ether echo TYPE                   says "ready", sends frames back to their source
 *         -n N   the first option: the card's number
 * SEE     tests/sys/net.sh
 */
#include "tests/guest/ether.h"

enum { DATA = 18, END = 0x7FFFFFFF, END_MS = 100 };

static NORETURN void
usage(void)
{
	sysfatal("usage: ether [-n card] send|flood|ping addr type count size | recv type count | drain|echo type");
}

static void
addr_parse(const char *s, uint8_t addr[ADDR])
{
	if (strlen(s) != 2 * ADDR)
		usage();
	for (int i = 0; i < 2 * ADDR; i++) {
		const char *digits = "0123456789abcdef", *d = strchr(digits, s[i]);

		if (d == NULL)
			usage();
		addr[i / 2] = (uint8_t)(addr[i / 2] << 4 | (d - digits));
	}
}

static void
frame_make(uint32_t number, size_t size)
{
	for (int i = 0; i < 4; i++)
		frame[HEAD + i] = (uint8_t)(number >> (24 - 8 * i));
	for (size_t i = DATA; i < size && i < sizeof frame; i++)
		frame[i] = (uint8_t)(number * 7 + i);
}

static uint32_t
frame_number(void)
{
	const uint8_t *p = frame + HEAD;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool
frame_good(size_t size)
{
	for (size_t i = DATA; i < size; i++)
		if (frame[i] != (uint8_t)(frame_number() * 7 + i))
			return false;
	return size >= DATA;
}

static void
frame_write(size_t size)
{
	if (write(data_fd, frame, (int64_t)size) != (int64_t)size)
		sysfatal("write: %r");
}

static void
frames_send(uint32_t count, size_t size, bool back)
{
	uint8_t addr[ADDR];

	memcpy(addr, frame, ADDR);
	for (uint32_t i = 0; i < count; i++) {
		frame_make(i, size);
		frame_write(size);
		if (!back)
			continue;
		if (frame_read() != size || !frame_good(size) || frame_number() != i || memcmp(frame + ADDR, addr, ADDR) != 0)
			sysfatal("frame %u came back wrong", (unsigned)i);
		memcpy(frame, addr, ADDR);
	}
	if (back)
		print("%u came back\n", (unsigned)count);
}

static void
frames_show(long count)
{
	print("ready\n");
	while (count-- > 0) {
		size_t n = frame_read();
		const uint8_t *s = frame + ADDR;

		print("%.2x%.2x%.2x%.2x%.2x%.2x %d %u%s\n", s[0], s[1], s[2], s[3], s[4], s[5], (int)n,
		    (unsigned)frame_number(), frame_good(n) ? "" : " bad");
	}
}

static void
frames_drain(void)
{
	unsigned good = 0, bad = 0;

	print("ready\n");
	for (;;) {
		size_t n = frame_read();

		if (!frame_good(n))
			bad++;
		else if (frame_number() == END)
			break;
		else
			good++;
	}
	print(good > 0 ? "some frames, %u bad\n" : "no frame\n", bad);
	exits(good > 0 && bad == 0 ? NULL : "frames");
}

static NORETURN void
frames_echo(void)
{
	print("ready\n");
	for (;;) {
		size_t n = frame_read();

		memcpy(frame, frame + ADDR, ADDR);
		frame_write(n);
	}
}

int
main(int argc, char **argv)
{
	bool to;

	argv0 = "ether";
	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		card = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	to = argc == 6;
	if (argc < 3)
		usage();
	conversation_open(argv[to ? 3 : 2]);
	if (to) {
		int type = atoi(argv[3]), count = atoi(argv[4]), size = atoi(argv[5]);

		addr_parse(argv[2], frame);
		frame[TYPE] = (uint8_t)(type >> 8);
		frame[TYPE + 1] = (uint8_t)type;
		frames_send((uint32_t)count, (size_t)size, strcmp(argv[1], "ping") == 0);
		while (strcmp(argv[1], "flood") == 0) {
			frame_make(END, ADDR * 10);
			frame_write(ADDR * 10);
			sleep(END_MS);
		}
	} else if (strcmp(argv[1], "recv") == 0 && argc == 4) {
		frames_show(atoi(argv[3]));
	} else if (strcmp(argv[1], "drain") == 0) {
		frames_drain();
	} else if (strcmp(argv[1], "echo") == 0) {
		frames_echo();
	} else {
		usage();
	}
	exits(NULL);
}
