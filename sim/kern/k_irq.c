/*
 * k_irq.c - interrupts as IPC: raised by lp49sim, received by the handler that
 * ThreadControl set, acknowledged by a message to the interrupt's thread.
 *
 * LOCKS   K->lock
 * SEE     X.2 manual, chapter 6.1 (interrupt protocol)
 */
#include "sim/kern/k_ipc.h"

void
irq_deliver(Op *op, unsigned irq, Tcb *h)
{
	h->irqs &= ~((uint64_t)1 << irq);
	KERN->irq[irq].state = IRQ_SERVICE;
	mrs_of(h)[0] = (L4_Word_t)L4_LABEL_INTERRUPT << 16;
	ipc_finish_recv(op, h, irq_id(irq));
}

void
irq_raise(Op *op, int irq)
{
	Irq *q = &KERN->irq[irq];
	Tcb *h;

	if (q->state == IRQ_SERVICE) {
		q->again = true;
		return;
	}
	q->state = IRQ_PENDING;
	if (q->handler == 0)
		return;
	h = tcb_at(q->handler - 1);
	h->irqs |= (uint64_t)1 << irq;
	if (h->state == TS_RECV && (h->from == ANY || h->from == irq_id((unsigned)irq)))
		irq_deliver(op, (unsigned)irq, h);
}

void
irq_detach(int irq)
{
	Irq *q = &KERN->irq[irq];

	if (q->handler != 0)
		tcb_at(q->handler - 1)->irqs &= ~((uint64_t)1 << irq);
	q->handler = 0;
	q->again = false;
	q->state = IRQ_IDLE;
}

/* The handler acknowledges; true: it may. */
bool
irq_ack(Op *op, Tcb *me, unsigned irq)
{
	Irq *q = &KERN->irq[irq];

	if (q->handler != me->no + 1)
		return false;
	if (q->state == IRQ_SERVICE) {
		q->state = IRQ_IDLE;
		if (q->again) {
			q->again = false;
			irq_raise(op, (int)irq);
		}
	}
	return true;
}
