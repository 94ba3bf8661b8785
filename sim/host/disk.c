/*
 * sim/host/disk.c - virtio block devices over image files.
 * A request's buffers are guest memory; reads and writes go straight between
 * them and the file. FLUSH is done by libuv's threads, so that a slow
 * fdatasync does not hold up the machine. GET_ID answers "sdN" or "fdN".
 * SEE virtio 1.1, 5.2.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/host/host.h"

enum {
	BLK_IN = 0, BLK_OUT = 1, BLK_FLUSH = 4, BLK_GET_ID = 8,
	BLK_OK = 0, BLK_IOERR = 1, BLK_UNSUPP = 2,
	F_SEG_MAX = 2, F_RO = 5, F_FLUSH = 9, SECTOR = 512, RING = 128,
};

typedef struct BlkHead BlkHead;
struct BlkHead {
	uint32_t type, reserved;
	uint64_t sector;
};
typedef struct Disk Disk;
struct Disk {
	const DiskOption *o;
	char id[20];
};
typedef struct Flush Flush;
struct Flush {
	uv_fs_t req;
	int dev;
	uint16_t head;
	uint8_t *status;
	uint32_t written;
};
static Disk disk[SIM_DEV_MAX];
static uv_loop_t *disk_loop;

/* All of the n iovecs at byte offset off; 0 or -1 (short files count as errors). */
static int
file_io(int fd, struct iovec *iov, int n, uint64_t off, bool in)
{
	while (n > 0) {
		ssize_t r = in ? preadv(fd, iov, n, (off_t)off)
			       : pwritev(fd, iov, n, (off_t)off);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return -1;
		off += (uint64_t)r;
		while (n > 0 && (size_t)r >= iov->iov_len) {
			r -= (ssize_t)iov->iov_len;
			iov++, n--;
		}
		if (n > 0) {
			iov->iov_base = (char *)iov->iov_base + r;
			iov->iov_len -= (size_t)r;
		}
	}
	return 0;
}

static void
flush_done(uv_fs_t *req)
{
	Flush *f = req->data;

	*f->status = req->result < 0 ? BLK_IOERR : BLK_OK;
	queue_push(f->dev, 0, f->head, f->written);
	uv_fs_req_cleanup(req);
	free(f);
}

static bool
flush_start(int dev, Chain *c, uint8_t *status)
{
	Flush *f = malloc(sizeof *f);

	if (f == NULL)
		return false;
	*f = (Flush){ .dev = dev, .head = c->head, .status = status, .written = 1 };
	f->req.data = f;
	if (uv_fs_fdatasync(disk_loop, &f->req, disk[dev].o->fd, flush_done) == 0)
		return true;
	free(f);
	return false;
}

static void
request_do(int dev, Chain *c)
{
	const DiskOption *o = disk[dev].o;
	struct iovec *last = &c->iov[c->nout + c->nin - 1];
	uint32_t written = 1;
	uint8_t *status;
	BlkHead h;
	size_t n;
	int rc = BLK_OK;

	if (c->nout < 1 || c->nin < 1 || c->iov[0].iov_len != sizeof h ||
	    last->iov_len < 1) {
		queue_push(dev, 0, c->head, 0);
		return;
	}
	memcpy(&h, c->iov[0].iov_base, sizeof h);
	status = (uint8_t *)last->iov_base + last->iov_len - 1;
	last->iov_len--;
	n = h.type == BLK_IN ? c->insize - 1 : c->outsize - sizeof h;
	switch (h.type) {
	case BLK_IN:
	case BLK_OUT:
		if (h.sector > o->size / SECTOR || n % SECTOR != 0 ||
		    n > o->size - h.sector * SECTOR || (h.type == BLK_OUT && o->ro))
			rc = BLK_IOERR;
		else if (h.type == BLK_IN &&
		    file_io(o->fd, c->iov + c->nout, c->nin, h.sector * SECTOR, true) < 0)
			rc = BLK_IOERR;
		else if (h.type == BLK_OUT &&
		    file_io(o->fd, c->iov + 1, c->nout - 1, h.sector * SECTOR, false) < 0)
			rc = BLK_IOERR;
		if (h.type == BLK_IN && rc == BLK_OK)
			written += (uint32_t)n;
		break;
	case BLK_FLUSH:
		if (flush_start(dev, c, status))
			return;
		rc = BLK_IOERR;
		break;
	case BLK_GET_ID:
		if (c->iov[c->nout].iov_len < sizeof disk[dev].id) {
			rc = BLK_IOERR;
			break;
		}
		memcpy(c->iov[c->nout].iov_base, disk[dev].id, sizeof disk[dev].id);
		written += sizeof disk[dev].id;
		break;
	default:
		rc = BLK_UNSUPP;
	}
	*status = (uint8_t)rc;
	queue_push(dev, 0, c->head, written);
}

static void
disk_notify(int dev, int q)
{
	Chain c;

	while (queue_pop(dev, q, &c))
		request_do(dev, &c);
}

void
disk_init(const DiskOption *o, uv_loop_t *loop)
{
	static const Device ops = { .notify = disk_notify };
	static int nsd, nfd;
	uint64_t features = 1ull << F_FLUSH | 1ull << F_SEG_MAX;
	uint64_t capacity = o->size / SECTOR;
	uint32_t seg_max = RING - 2;
	int dev;

	if (o->ro)
		features |= 1ull << F_RO;
	disk_loop = loop;
	dev = device_add(2, features, 1, RING, &ops);
	disk[dev].o = o;
	snprintf(disk[dev].id, sizeof disk[dev].id, "%s%d", o->floppy ? "fd" : "sd",
	    o->floppy ? nfd++ : nsd++);
	memcpy(node_dev(dev)->config, &capacity, 8);
	memcpy(node_dev(dev)->config + 12, &seg_max, 4);
}
