/*
 * kbd.c - the PC's keyboard controller (8042): codes come by interrupt 1. The
 * controller is asked to translate to set 1, as every PC's firmware leaves it.
 * LOCKS   none: the keys' state is the interrupt's thread's
 * SEE     target-x86/drv/ps2.c
 */
#include "target-x86/drv/pc_cons.h"

enum {
	KBD_DATA = 0x60, KBD_STATUS = 0x64, KBD_IRQ = 1, STATUS_OUT = 1, STATUS_IN = 2, STATUS_MOUSE = 0x20,
	GET_CONFIG = 0x20, SET_CONFIG = 0x60, ENABLE = 0xAE,
	CONFIG_IRQ = 1, CONFIG_OFF = 0x10, CONFIG_TRANSLATE = 0x40, TRIES = 1000, DRAIN_MAX = 64,
};

static Keys keys;
static int scrolling;             /* pages asked for since kbd_run */

static void
key_take(uint8_t code)
{
	char text[KEY_TEXT_MAX];
	enum KeyScroll scroll;
	size_t n = keys_code(&keys, code, text, &scroll);

	if (n > 0)
		cons_typed(text, n);
	if (scroll != SCROLL_NONE)
		scrolling += scroll == SCROLL_BACK ? 1 : -1;
}

static uint32_t
kbd_status(void *arg)
{
	uint32_t n = 0;
	uint8_t status;

	USED(arg);
	while (n < DRAIN_MAX && (status = io_in8(KBD_STATUS)) & STATUS_OUT && status != 0xFF) {
		uint8_t code = io_in8(KBD_DATA);

		n++;
		if (!(status & STATUS_MOUSE))
			key_take(code);
	}
	return n;
}

static void
kbd_run(void *arg, uint32_t n)
{
	USED(arg), USED(n);
	if (scrolling != 0)
		cons_scroll(scrolling);
	scrolling = 0;
}

/* Waits until the bits of the status are `want`. */
static bool
kbd_wait(uint8_t bits, uint8_t want)
{
	for (int i = 0; i < TRIES; i++) {
		if ((io_in8(KBD_STATUS) & bits) == want)
			return true;
		io_sleep(100);
	}
	return false;
}

/* The controller's answers come as keys do: before our interrupt is on. */
static bool
kbd_configure(void)
{
	uint8_t config;

	if (!kbd_wait(STATUS_IN, 0))
		return false;
	io_out8(KBD_STATUS, GET_CONFIG);
	if (!kbd_wait(STATUS_OUT, STATUS_OUT))
		return false;
	config = io_in8(KBD_DATA);
	config = (uint8_t)((config | CONFIG_IRQ | CONFIG_TRANSLATE) & ~CONFIG_OFF);
	io_out8(KBD_STATUS, SET_CONFIG);
	if (!kbd_wait(STATUS_IN, 0))
		return false;
	io_out8(KBD_DATA, config);
	if (!kbd_wait(STATUS_IN, 0))
		return false;
	io_out8(KBD_STATUS, ENABLE);
	return kbd_wait(STATUS_IN, 0);
}

static void
kbd_drain(void)
{
	for (int i = 0; i < DRAIN_MAX && io_in8(KBD_STATUS) & STATUS_OUT; i++)
		(void)io_in8(KBD_DATA);
}

int
kbd_start(void)
{
	if (io_in8(KBD_STATUS) == 0xFF)
		return -Enonexist;
	kbd_drain();
	if (!kbd_configure())
		return -Enonexist;
	kbd_drain();
	return irq_attach("kbd", KBD_IRQ, kbd_status, kbd_run, NULL);
}
