/*
 * servants/virtio_irq.c - the interrupts of a virtio device.
 * LOCKS   none
 * SEE     core/irq.c; lib9/plat.h
 */
#include "servants/virtio_impl.h"

typedef struct IrqUser IrqUser;
struct IrqUser {
	VirtioDev *dev;
	void (*fn)(void *arg, uint32_t isr);
	void *arg;
};

static uint32_t
user_status(void *arg)
{
	return plat_virtio_isr(((IrqUser *)arg)->dev);
}

static void
user_run(void *arg, uint32_t isr)
{
	IrqUser *u = arg;

	u->fn(u->arg, isr);
}

int
virtio_irq_start(const char *name, VirtioDev *dev, void (*fn)(void *arg, uint32_t isr), void *arg)
{
	IrqUser *u = malloc(sizeof *u);

	if (u == NULL)
		return seterr(Enomem, NULL);
	*u = (IrqUser){ dev, fn, arg };
	/* not freed when it fails: the line may know it */
	return irq_attach(name, dev->irq, user_status, user_run, u);
}
