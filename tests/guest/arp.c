/*
 * tests/guest/arp.c - as much of the Internet's protocols as shows that the network
 * behind a card is there.
 * USAGE   arp IP     asks who has it, every second; prints the card's address that answers
 *         arp -l IP  says "ready", answers for IP, prints the port of the first TCP SYN to it
 * SEE     RFC 826, RFC 9293; tests/sys/net.sh
 */
#include "tests/guest/ether.h"

enum {
	ARP = 0x806, IPV4 = 0x800, REQUEST = 1, REPLY = 2, OP = HEAD + 6, SENDER = HEAD + 8, SENDER_IP = SENDER + ADDR,
	TARGET = SENDER_IP + 4, TARGET_IP = TARGET + ADDR, PROTOCOL = HEAD + 9, DEST = HEAD + 16, TCP = 6, FLAGS = 13, SYN = 2,
	RETRY_MS = 1000,
};
static uint8_t ip[4], own[ADDR];

static void
ip_parse(const char *s, uint8_t to[4])
{
	for (int i = 0; i < 4; i++) {
		to[i] = (uint8_t)strtoul(s, (char **)&s, 10);
		s += *s == '.';
	}
}

static void
own_read(void)
{
	char text[2 * ADDR + 1] = "", pair[3] = "";
	int fd = open("/net/ether0/addr", OREAD);

	if (fd < 0 || read(fd, text, 2 * ADDR) != 2 * ADDR)
		sysfatal("/net/ether0/addr: %r");
	for (int i = 0; i < ADDR; i++) {
		memcpy(pair, text + 2 * i, 2);
		own[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	close(fd);
}

static void
arp_send(int op, const uint8_t *to, const uint8_t *from_ip, const uint8_t *to_ip)
{
	static const uint8_t head[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0 };
	uint8_t out[60] = { 0 };

	memcpy(out, to, ADDR);
	memcpy(out + TYPE, head, sizeof head);
	out[OP + 1] = (uint8_t)op;
	memcpy(out + SENDER, own, ADDR);
	memcpy(out + SENDER_IP, from_ip, 4);
	memcpy(out + TARGET, to, ADDR);
	memcpy(out + TARGET_IP, to_ip, 4);
	if (write(data_fd, out, sizeof out) != sizeof out)
		sysfatal("write: %r");
}

static bool
is_arp(int op, size_t at, const uint8_t *who)
{
	return frame[TYPE + 1] == (ARP & 0xFF) && frame[OP + 1] == op && memcmp(frame + at, who, 4) == 0;
}

static void
ask(void)
{
	static const uint8_t all[ADDR] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, me[4] = { 10, 0, 2, 15 };
	int asker = rfork(RFPROC | RFFDG | RFNOWAIT);

	if (asker == 0)
		for (;; sleep(RETRY_MS))
			arp_send(REQUEST, all, me, ip);
	while (frame_read() < TARGET_IP + 4 || !is_arp(REPLY, SENDER_IP, ip))
		;
	for (int i = 0; i < ADDR; i++)
		print("%.2x", frame[SENDER + i]);
	print("\n");
	postnote(PNPROC, asker, "kill");
}

static int
answer(void)
{
	print("ready\n");
	for (;;) {
		size_t n = frame_read(), tcp = HEAD + 4u * (frame[HEAD] & 0xF);

		if (n >= TARGET_IP + 4 && is_arp(REQUEST, TARGET_IP, ip)) {
			uint8_t to[ADDR], to_ip[4];

			memcpy(to, frame + SENDER, ADDR);
			memcpy(to_ip, frame + SENDER_IP, 4);
			arp_send(REPLY, to, ip, to_ip);
		}
		if (frame[TYPE] << 8 == IPV4 && frame[TYPE + 1] == 0 && frame[PROTOCOL] == TCP && n > tcp + FLAGS &&
		    memcmp(frame + DEST, ip, 4) == 0 && (frame[tcp + FLAGS] & SYN))
			return frame[tcp + 2] << 8 | frame[tcp + 3];
	}
}

int
main(int argc, char **argv)
{
	bool listens = argc == 3 && strcmp(argv[1], "-l") == 0;

	argv0 = "arp";
	if (argc != 2 && !listens)
		sysfatal("usage: arp [-l] ip");
	ip_parse(argv[argc - 1], ip);
	own_read();
	conversation_open("-1");
	if (listens)
		print("%d\n", answer());
	else
		ask();
	exits(NULL);
}
