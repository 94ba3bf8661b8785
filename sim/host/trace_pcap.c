/*
 * sim/host/trace_pcap.c - --trace-file F.pcapng: the 9P messages as Wireshark reads
 * them. A server link becomes a TCP connection of its own, 10.9.0.1 port 10000 + link
 * to 10.9.0.2 port 564 (where Wireshark looks for 9P), on an Ethernet: with a
 * handshake, sequence numbers and checksums, so that long messages are put together
 * again. What #M sent goes to port 564, what it received comes from there.
 *
 * LIMITS  A message of which bytes are missing (it was cut in the node) becomes a frame
 *         that was captured in part. NLINK links; those beyond share the numbers.
 * SEE     draft-ietf-opsawg-pcapng; RFC 791, 793; tests/sys/trace.sh
 */
#include <stdlib.h>
#include "sim/host/trace.h"

enum { SHB = 0x0A0D0D0A, IDB = 1, ISB = 5, EPB = 6, ETHERNET = 1, NLINK = 4096 };
enum { ETH = 14, IP = 20, TCP = 20, HEADERS = ETH + IP + TCP, SEGMENT = 32768, PORT_9P = 564, PORT_BASE = 10000 };
enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

typedef struct Link Link;
struct Link {
	bool open;
	uint32_t seq[2];         /* next of the client's, of the server's bytes */
};
typedef struct Pcap Pcap;
struct Pcap {
	Link link[NLINK];
	uint16_t ip_id;
};

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xFFFF);
}

/* ---- blocks: little-endian, as their first one says ---- */
static void
word(TraceOut *o, uint32_t v)
{
	out_bytes(o, &v, sizeof v);
}

static void
pad(TraceOut *o, size_t n)
{
	out_bytes(o, "\0\0\0", (4 - n % 4) % 4);
}

/* An option of a block: text, or nothing to end them. */
static void
option(TraceOut *o, uint16_t code, const void *p, uint16_t n)
{
	out_bytes(o, &code, 2);
	out_bytes(o, &n, 2);
	out_bytes(o, p, n);
	pad(o, n);
}

static size_t
block_begin(TraceOut *o, uint32_t type)
{
	size_t at = o->buf.n;

	word(o, type);
	word(o, 0);
	return at;
}

static void
block_end(TraceOut *o, size_t at)
{
	uint32_t n = (uint32_t)(o->buf.n - at) + 4;

	word(o, n);
	if (o->buf.n >= at + 8)
		memcpy(o->buf.s + at + 4, &n, 4);
}

static void
head_write(TraceOut *o)
{
	static const uint8_t resolution = 9; /* 10^-9 s */
	size_t at = block_begin(o, SHB);

	word(o, 0x1A2B3C4D);
	word(o, 1);              /* version 1.0 */
	word(o, UINT32_MAX);     /* section's length: not known */
	word(o, UINT32_MAX);
	option(o, 4, program, (uint16_t)strlen(program));
	option(o, 0, NULL, 0);
	block_end(o, at);
	at = block_begin(o, IDB);
	word(o, ETHERNET);
	word(o, 0);
	option(o, 2, o->node, (uint16_t)strlen(o->node));
	option(o, 9, &resolution, 1);
	option(o, 0, NULL, 0);
	block_end(o, at);
}

/* ---- frames ---- */
static uint32_t
sum(uint32_t s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (s >> 16)
		s = (s & 0xFFFF) + (s >> 16);
	return s;
}

/* Ethernet, IP and TCP before n bytes of data. */
static void
headers_make(Pcap *c, uint8_t *h, uint32_t link, bool reply, uint8_t flags, const uint8_t *data, size_t n)
{
	static const uint8_t addr[2][4] = { { 10, 9, 0, 1 }, { 10, 9, 0, 2 } };
	Link *l = &c->link[link % NLINK];
	uint16_t port[2] = { (uint16_t)(PORT_BASE + link % NLINK), PORT_9P };
	uint8_t *ip = h + ETH, *tcp = ip + IP;
	uint32_t s;

	memset(h, 0, HEADERS);
	memcpy(h, (uint8_t[]){ 2, 0, 0, 9, 0, reply ? 1 : 2, 2, 0, 0, 9, 0, reply ? 2 : 1, 8, 0 }, ETH);
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)(IP + TCP + n));
	put16(ip + 4, c->ip_id++);
	ip[6] = 0x40;            /* don't fragment */
	ip[8] = 64;
	ip[9] = 6;               /* TCP */
	memcpy(ip + 12, addr[reply], 4);
	memcpy(ip + 16, addr[!reply], 4);
	put16(ip + 10, ~sum(0, ip, IP) & 0xFFFF);
	put16(tcp, port[reply]);
	put16(tcp + 2, port[!reply]);
	put32(tcp + 4, l->seq[reply]);
	if (flags & ACK)
		put32(tcp + 8, l->seq[!reply]);
	tcp[12] = TCP / 4 << 4;
	tcp[13] = flags;
	put16(tcp + 14, 65535);
	s = sum(6 + TCP + (uint32_t)n, ip + 12, 8);
	s = sum(sum(s, tcp, TCP), data, n);
	put16(tcp + 16, ~s & 0xFFFF);
}

/* A segment of size bytes, of which n are there. */
static void
frame(TraceOut *o, uint64_t ns, uint32_t link, bool reply, uint8_t flags, const uint8_t *data, size_t n, size_t size)
{
	Pcap *c = o->own;
	uint8_t h[HEADERS];
	size_t at = block_begin(o, EPB);

	headers_make(c, h, link, reply, flags, data, n);
	if (n < size)
		put16(h + ETH + 2, (uint32_t)(IP + TCP + size));
	word(o, 0);              /* the interface */
	word(o, (uint32_t)((o->epoch_ns + ns) >> 32));
	word(o, (uint32_t)(o->epoch_ns + ns));
	word(o, (uint32_t)(HEADERS + n));
	word(o, (uint32_t)(HEADERS + size));
	out_bytes(o, h, HEADERS);
	out_bytes(o, data, n);
	pad(o, HEADERS + n);
	block_end(o, at);
	c->link[link % NLINK].seq[reply] += (uint32_t)size + (flags & SYN ? 1 : 0);
}

static void
pcap_rec(TraceOut *o, const TraceRec *rec, size_t n)
{
	const TraceMsg *m = (const TraceMsg *)(rec + 1);
	const uint8_t *bytes = (const uint8_t *)(m + 1);
	Pcap *c = o->own;
	Link *l;
	bool reply;

	(void)n;
	if (rec->kind != TRACE_MSG || m->have < 7)
		return;
	l = &c->link[m->link % NLINK];
	reply = bytes[4] % 2 != 0;
	if (!l->open) {
		frame(o, rec->ns, m->link, false, SYN, NULL, 0, 0);
		frame(o, rec->ns, m->link, true, SYN | ACK, NULL, 0, 0);
		frame(o, rec->ns, m->link, false, ACK, NULL, 0, 0);
		l->open = true;
	}
	for (uint32_t at = 0; at < m->size; at += SEGMENT) {
		uint32_t size = m->size - at < SEGMENT ? m->size - at : SEGMENT;
		uint32_t have = m->have < at ? 0 : m->have - at < size ? m->have - at : size;

		frame(o, rec->ns, m->link, reply, PSH | ACK, bytes + (have > 0 ? at : 0), have, size);
	}
}

static void
pcap_flush(TraceOut *o)
{
	out_write(o, "");
}

/* How many records were lost stands in the interface's statistics. */
static void
pcap_end(TraceOut *o, uint64_t lost)
{
	size_t at = block_begin(o, ISB);
	uint64_t now = o->epoch_ns;

	word(o, 0);
	word(o, (uint32_t)(now >> 32));
	word(o, (uint32_t)now);
	option(o, 5, &lost, 8);
	option(o, 0, NULL, 0);
	block_end(o, at);
	out_write(o, "");
	free(o->own);
	o->own = NULL;
}

void
trace_pcap_open(TraceOut *o)
{
	o->own = calloc(1, sizeof(Pcap));
	if (o->own == NULL)
		return trace_lines_open(o);
	o->rec = pcap_rec;
	o->flush = pcap_flush;
	o->end = pcap_end;
	head_write(o);
}
