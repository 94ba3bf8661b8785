/*
 * servants/virtio_rng.c - the machine's source of randomness.
 * LOCKS   vrng.lk: one request at a time. vrng.done is a gate, opened by the
 *         interrupt thread.
 * SEE     virtio 1.1, 5.4
 */
#include "hvm/hvm.h"
#include "servants/virtio_impl.h"

enum { QUEUE = 8, REQUEST_MAX = 256 };

static struct {
	QLock lk;
	bool tried;
	int rc;                  /* of the start */
	VirtioDev dev;
	Virtq queue;
	Lock queue_lk;
	uint8_t *mem;
	uint64_t pa;
	uint32_t got;
	QLock done;
} vrng;

static void
vrng_interrupt(void *arg, uint32_t isr)
{
	uint32_t len;
	void *token;

	USED(arg);
	USED(isr);
	lock(&vrng.queue_lk);
	token = virtq_take(&vrng.queue, &len);
	unlock(&vrng.queue_lk);
	if (token == NULL)
		return;
	vrng.got = len;
	qunlock(&vrng.done);
}

static int
vrng_start(void)
{
	uint64_t features;
	void *va;
	int rc;

	if ((rc = virtio_find(VIRTIO_RNG, 0, &vrng.dev)) < 0 ||
	    (rc = plat_virtio_reset(&vrng.dev, VIRTIO_F_VERSION_1, &features)) < 0 ||
	    (rc = virtq_init(&vrng.queue, &vrng.dev, 0, QUEUE)) < 0 ||
	    (rc = hvm_mem(1, &va, &vrng.pa)) < 0)
		return rc;
	vrng.mem = va;
	plat_virtio_start(&vrng.dev);
	return virtio_irq_start("rng", &vrng.dev, vrng_interrupt, NULL);
}

/* REQUIRES vrng.lk */
static int64_t
vrng_request(void *buf, size_t n)
{
	VirtBuf v = { vrng.pa, (uint32_t)n, true };
	int rc;

	qlock(&vrng.done);
	lock(&vrng.queue_lk);
	rc = virtq_add(&vrng.queue, &v, 1, &vrng);
	unlock(&vrng.queue_lk);
	if (rc < 0) {
		qunlock(&vrng.done);
		return seterr(Eio, "rng");
	}
	virtq_kick(&vrng.queue);
	qlock(&vrng.done);
	qunlock(&vrng.done);
	if (vrng.got < n)
		n = vrng.got;
	memcpy(buf, vrng.mem, n);
	return (int64_t)n;
}

int64_t
vrng_read(void *buf, size_t n)
{
	int64_t rc;

	if (n > REQUEST_MAX)
		n = REQUEST_MAX;
	qlock(&vrng.lk);
	if (!vrng.tried)
		vrng.rc = vrng_start();
	vrng.tried = true;
	rc = vrng.rc < 0 ? vrng.rc : vrng_request(buf, n);
	qunlock(&vrng.lk);
	return rc;
}
