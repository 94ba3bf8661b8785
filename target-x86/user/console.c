/*
 * target-x86/user/console.c - the console that always works: the first serial
 * port, written to directly, without interrupts. Only those who get I/O ports
 * from their pager can use it: sigma0, HVM, CORE.
 * SEE target-x86/loader: it sets speed and format
 */
#include "lib9/plat.h"

enum { COM1 = 0x3F8, LSR = COM1 + 5, LSR_EMPTY = 0x20, PATIENCE = 100000 };

static uint8_t
port_in(uint16_t port)
{
	uint8_t b;

	__asm__ __volatile__("inb %1, %0" : "=a"(b) : "Nd"(port));
	return b;
}

static void
port_out(uint16_t port, uint8_t b)
{
	__asm__ __volatile__("outb %0, %1" : : "a"(b), "Nd"(port));
}

/* A machine without the port reads ones, and loses nothing by waiting less. */
static void
put(char c)
{
	for (int i = 0; i < PATIENCE && !(port_in(LSR) & LSR_EMPTY); i++)
		;
	port_out(COM1, (uint8_t)c);
}

void
plat_debug_puts(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			put('\r');
		put(*s);
	}
}

/* For the host's ps; there is no host. */
void
plat_space_name(L4_ThreadId_t t, const char *name)
{
	USED(t);
	USED(name);
}
