/*
 * uart.c - the serial line COM1, 115200 8N1, with a FIFO (16550). Output waits for
 * the port, a bounded time: a line with nobody at its end must not stop the system.
 * Input comes by interrupt 4.
 * LOCKS   output: the caller's; input: the interrupt's thread only
 * SEE     PC16550D data sheet
 */
#include "target-x86/drv/pc_cons.h"

enum {
	COM1 = 0x3F8, COM1_IRQ = 4,
	DATA = 0, IER = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCRATCH = 7,
	IER_RX = 1, IIR_NONE = 1, FCR_ON = 0xC7, LCR_8N1 = 3, LCR_DIVISOR = 0x80,
	MCR_DTR = 1, MCR_RTS = 2, MCR_OUT2 = 8, LSR_RX = 1, LSR_TX_EMPTY = 0x20,
	FIFO = 16, DIVISOR_115200 = 1, SPINS = 200, SLEEPS = 100, DRAIN_MAX = 4096,
};

static bool uart_there;

static uint8_t
reg_get(unsigned reg)
{
	return io_in8((uint16_t)(COM1 + reg));
}

static void
reg_put(unsigned reg, uint8_t v)
{
	io_out8((uint16_t)(COM1 + reg), v);
}

/* Takes all that has come: the line of an ISA interrupt must fall to rise again. */
static uint32_t
uart_status(void *arg)
{
	uint32_t n = 0;
	char c;

	USED(arg);
	for (int i = 0; i < DRAIN_MAX && !(reg_get(IIR) & IIR_NONE); i++) {
		uint8_t lsr = reg_get(LSR);

		(void)reg_get(MSR);
		if (lsr == 0xFF)
			break;
		n++;
		if (lsr & LSR_RX) {
			c = (char)reg_get(DATA);
			cons_typed(&c, 1);
		}
	}
	return n;
}

static void
uart_run(void *arg, uint32_t n)
{
	USED(arg), USED(n); /* uart_status did it all */
}

static bool
uart_probe(void)
{
	for (uint8_t v = 0x5A;; v = 0xA5) {
		reg_put(SCRATCH, v);
		if (reg_get(SCRATCH) != v)
			return false;
		if (v == 0xA5)
			return true;
	}
}

int
uart_start(void)
{
	int rc;

	if (!uart_probe())
		return -Enonexist;
	reg_put(IER, 0);
	reg_put(LCR, LCR_DIVISOR);
	reg_put(DATA, DIVISOR_115200);
	reg_put(IER, 0);
	reg_put(LCR, LCR_8N1);
	reg_put(FCR, FCR_ON);
	reg_put(MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	uart_there = true;
	if ((rc = irq_attach("uart", COM1_IRQ, uart_status, uart_run, NULL)) < 0)
		return rc;
	reg_put(IER, IER_RX);
	return 0;
}

static bool
uart_ready(void)
{
	for (int i = 0; i < SPINS; i++)
		if (reg_get(LSR) & LSR_TX_EMPTY)
			return true;
	for (int i = 0; i < SLEEPS; i++) {
		io_sleep(1000);
		if (reg_get(LSR) & LSR_TX_EMPTY)
			return true;
	}
	return false;
}

bool
uart_write(const char *s, size_t n)
{
	while (uart_there && n > 0) {
		size_t k = n < FIFO ? n : FIFO;

		if (!uart_ready())
			return false;
		for (size_t i = 0; i < k; i++)
			reg_put(DATA, (uint8_t)s[i]);
		s += k;
		n -= k;
	}
	return uart_there;
}
