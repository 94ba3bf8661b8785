/*
 * irq.c - the PIC, and interrupts as IPC from threads 0..15 (version 1).
 *
 * An interrupt is masked when it comes and unmasked when its handler answers (or
 * is attached anew). IRQ 2 (cascade) and 8 (RTC: the kernel's clock) are ours.
 * ERRORS  irq_control: ETHREAD
 */
#include "target-x86/kernel/kernel.h"

enum { PIC1 = 0x20, PIC2 = 0xA0, RTC_INDEX = 0x70, RTC_DATA = 0x71, IRQ_RTC = 8, TAG_IRQ = 0xFFF00000u };

static Word handler[NIRQ];	/* global id, NIL: nobody */
static bool pending[NIRQ];
static uint16_t mask = 0xFFFF;
unsigned irq_npending;

static void
pic_mask(uint16_t m)
{
	mask = m;
	outb(PIC1 + 1, (uint8_t)mask);
	outb(PIC2 + 1, (uint8_t)(mask >> 8));
}

void
irq_init(void)
{
	outb(PIC1, 0x11);	/* edge, cascade, ICW4 */
	outb(PIC2, 0x11);
	outb(PIC1 + 1, 0x20);	/* vectors */
	outb(PIC2 + 1, 0x28);
	outb(PIC1 + 1, 4);
	outb(PIC2 + 1, 2);
	outb(PIC1 + 1, 1);
	outb(PIC2 + 1, 1);
	outb(RTC_INDEX, 0x8A);
	outb(RTC_DATA, 0x26);	/* 1024 Hz */
	outb(RTC_INDEX, 0x8B);
	uint8_t b = inb(RTC_DATA);
	outb(RTC_INDEX, 0x8B);
	outb(RTC_DATA, (b & 0x07) | 0x40);
	outb(RTC_INDEX, 0x0C);
	inb(RTC_DATA);
	pic_mask((uint16_t)~(1u << 2 | 1u << IRQ_RTC));
}

static Word
irq_id(unsigned n)
{
	return n << VERSION_BITS | 1;
}

bool
irq_is_id(Word id)
{
	return id_number(id) < NIRQ && (id & 0x3FFF) == 1;
}

static void
irq_message(Thread *t, unsigned n)
{
	TRACE(TRACE_IRQ, n, t->id, 0, 0);
	pending[n] = false;
	t->utcb[0] = TAG_IRQ;
	t->got = irq_id(n);
}

static bool
irq_wanted(Word from, unsigned n)
{
	return from == ANYTHREAD || from == irq_id(n);
}

/* level-triggered or edge: masked first, then acknowledged */
void
irq_handle(unsigned n)
{
	Thread *t;

	if (n == IRQ_RTC) {
		outb(PIC2, 0x20);
		outb(PIC1, 0x20);
		outb(RTC_INDEX, 0x0C);
		inb(RTC_DATA);
		sched_tick(clock_interrupt() * TICK_US);
		timer_turn();
		return;
	}
	if (n == 7 || n == 15) {	/* spurious when not in service */
		uint16_t pic = n == 7 ? PIC1 : PIC2;

		outb(pic, 0x0B);
		if (!(inb(pic) & 0x80)) {
			if (n == 15)
				outb(PIC1, 0x20);
			return;
		}
	}
	pic_mask((uint16_t)(mask | 1u << n));
	if (n >= 8)
		outb(PIC2, 0x20);
	outb(PIC1, 0x20);
	t = thread_find(handler[n]);
	if (!t)
		return;
	if (t->state == T_WAIT_RECV && !t->in_fault_ipc && irq_wanted(t->from, n)) {
		irq_message(t, n);
		ipc_finish(t, 0, irq_id(n));
		return;
	}
	if (!pending[n])
		irq_npending++;
	pending[n] = true;
}

bool
irq_deliver(Thread *t, Word from)
{
	if (!irq_npending)
		return false;
	for (unsigned n = 0; n < NIRQ; n++)
		if (pending[n] && handler[n] == t->id && irq_wanted(from, n)) {
			irq_npending--;
			irq_message(t, n);
			return true;
		}
	return false;
}

bool
irq_attached(unsigned n)
{
	return handler[n] != NIL;
}

static void
irq_open(unsigned n)
{
	if (pending[n])
		irq_npending--;
	pending[n] = false;
	pic_mask((uint16_t)(mask & ~(1u << n)));
}

bool
irq_ack(unsigned n, Thread *by)
{
	if (handler[n] != by->id)
		return false;
	irq_open(n);
	return true;
}

static void
irq_detach(unsigned n)
{
	pic_mask((uint16_t)(mask | 1u << n));
	handler[n] = NIL;
	if (pending[n])
		irq_npending--;
	pending[n] = false;
}

/* ThreadControl on an interrupt's thread: pager is the handler, or itself: nobody */
int
irq_control(Word id, Word pager)
{
	unsigned n = id_number(id);
	Thread *t;

	if (n == 2 || n == IRQ_RTC)
		return ETHREAD;
	if (pager == id) {
		irq_detach(n);
		return 0;
	}
	t = thread_find_any(pager);
	if (!t)
		return ETHREAD;
	handler[n] = t->id;
	irq_open(n);
	return 0;
}

void
irq_thread_gone(Thread *t)
{
	for (unsigned n = 0; n < NIRQ; n++)
		if (handler[n] == t->id)
			irq_detach(n);
}
