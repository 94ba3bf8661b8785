/*
 * servants/virtio_irq.c - a thread for the interrupts of one device.
 * LOCKS   none
 * SEE     X.2, 6.4 (interrupts as IPC); lib9/plat.h
 */
#include "hvm/hvm.h"
#include "servants/virtio_impl.h"

atomic_uint virtio_nirq;

typedef struct IrqThread IrqThread;
struct IrqThread {
	const char *name;
	VirtioDev *dev;
	void (*fn)(void *arg, uint32_t isr);
	void *arg;
};

/*
 * The device's interrupt status is cleared first, then the interrupt enabled
 * again, then the rings are looked at: what finishes meanwhile raises a new one.
 */
static void
irq_loop(void *arg)
{
	IrqThread *t = arg;
	L4_ThreadId_t irq = L4_GlobalId((L4_Word_t)t->dev->irq, 1);
	int rc, failed = 0;

	if ((rc = hvm_irq(t->dev->irq)) < 0) {
		klog("%s: interrupt %d: %s\n", t->name, t->dev->irq, err_text(rc));
		return;
	}
	while (failed < 100) {
		L4_MsgTag_t tag = L4_Receive(irq);
		uint32_t isr;

		if (L4_IpcFailed(tag)) {
			failed++;
			continue;
		}
		failed = 0;
		isr = plat_virtio_isr(t->dev);
		L4_Set_MsgTag(L4_Niltag);
		L4_Send(irq);
		atomic_fetch_add(&virtio_nirq, 1);
		t->fn(t->arg, isr);
	}
	klog("%s: interrupt %d lost\n", t->name, t->dev->irq);
}

int
virtio_irq_start(const char *name, VirtioDev *dev, void (*fn)(void *arg, uint32_t isr), void *arg)
{
	IrqThread *t = malloc(sizeof *t);
	int rc;

	if (t == NULL)
		return seterr(Enomem, NULL);
	*t = (IrqThread){ name, dev, fn, arg };
	if ((rc = core_thread(name, irq_loop, t)) < 0)
		free(t);
	return rc;
}
