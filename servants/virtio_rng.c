/*
 * servants/virtio_rng.c - the machine's source of randomness.
 * ERRORS  Eio after it had no answer for LIMIT_MS, once: kmesg says so, and it is not
 *         asked again; the page that it may still write stays its own
 * LOCKS   vrng.lk: one request at a time
 * SEE     virtio 1.1, 5.4
 */
#include "hvm/hvm.h"
#include "servants/virtio_impl.h"

enum { QUEUE = 8, REQUEST_MAX = 256, LIMIT_MS = 2000 };

static struct {
	QLock lk;
	bool tried;
	int rc;                  /* of the start; -Eio: it is silent */
	VirtioDev dev;
	Virtq queue;
	Lock queue_lk;
	uint8_t *mem;
	uint64_t pa;
	uint32_t got;
	atomic_bool finished;
	Rendez done;
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
	atomic_store(&vrng.finished, true);
	rendez_wakeup(&vrng.done);
}

static bool
vrng_finished(void *arg)
{
	USED(arg);
	return atomic_load(&vrng.finished);
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

	atomic_store(&vrng.finished, false);
	lock(&vrng.queue_lk);
	rc = virtq_add(&vrng.queue, &v, 1, &vrng);
	unlock(&vrng.queue_lk);
	if (rc < 0)
		return seterr(Eio, "rng");
	virtq_kick(&vrng.queue);
	do
		rc = rendez_sleep(&vrng.done, vrng_finished, NULL, LIMIT_MS);
	while (rc == -Eintr);
	if (rc < 0) {
		klog("rng: no answer in %d s: the machine's source of randomness is not used\n", LIMIT_MS / 1000);
		vrng.rc = seterr(Eio, "rng: no answer");
		return vrng.rc;
	}
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
