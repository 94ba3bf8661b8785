/*
 * sim/host/net_pcap.c - the capture of --pcap: every frame that one of the node's
 * cards sends or receives, in the format of libpcap, which Wireshark and tcpdump
 * read. Each frame is written whole, at once: a killed node leaves a good file.
 * SEE draft-ietf-opsawg-pcap: a header of 24 bytes, then records, host's byte order
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "sim/host/host.h"

enum { LINKTYPE_ETHERNET = 1, SNAPLEN = 65535 };

typedef struct PcapHead PcapHead;
struct PcapHead {
	uint32_t magic;          /* times are in seconds and nanoseconds */
	uint16_t major, minor;
	uint32_t reserved[2], snaplen, linktype;
};
typedef struct PcapRecord PcapRecord;
struct PcapRecord {
	uint32_t s, ns, captured, size;
};
_Static_assert(sizeof(PcapHead) == 24 && sizeof(PcapRecord) == 16, "as the draft has them");
static int pcap = -1;
static const char *pcap_file;

static void
pcap_write(const struct iovec *v, int n, size_t size)
{
	ssize_t k = writev(pcap, v, n);

	if (k == (ssize_t)size)
		return;
	fprintf(stderr, "%s: %s: %s; the capture ends here\n", program, pcap_file, k < 0 ? strerror(errno) : "file system full");
	close(pcap);
	pcap = -1;
}

void
pcap_open(const char *file)
{
	PcapHead h = { 0xA1B23C4D, 2, 4, { 0 }, SNAPLEN, LINKTYPE_ETHERNET };
	struct iovec v = { &h, sizeof h };
	struct stat st;

	if (file == NULL)
		return;
	pcap_file = file;
	pcap = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (pcap < 0 || fstat(pcap, &st) < 0)
		options_bad("--pcap: %s: %s", file, strerror(errno));
	if (S_ISREG(st.st_mode)) {
		if (flock(pcap, LOCK_EX | LOCK_NB) < 0)
			options_bad("--pcap: %s: in use by another LP49", file);
		if (ftruncate(pcap, 0) < 0)
			options_bad("--pcap: %s: %s", file, strerror(errno));
	}
	pcap_write(&v, 1, sizeof h);
}

void
pcap_frame(const uint8_t *frame, size_t n)
{
	PcapRecord r = { .captured = (uint32_t)n, .size = (uint32_t)n };
	struct iovec v[2] = { { &r, sizeof r }, { (void *)frame, n } };
	struct timespec t;

	if (pcap < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	r.s = (uint32_t)t.tv_sec;
	r.ns = (uint32_t)t.tv_nsec;
	pcap_write(v, 2, sizeof r + n);
}
