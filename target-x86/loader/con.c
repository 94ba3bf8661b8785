/*
 * target-x86/loader/con.c - what the loader says: on the first serial port
 * (115200 baud, 8n1) and on the screen.
 */
#include "target-x86/loader/loader.h"

enum { COM1 = 0x3F8, PATIENCE = 100000 };

static Plain plain = { .pa = PLAIN_TEXT };
static uint32_t cells;

static void
out(uint16_t port, uint8_t b)
{
	__asm__ __volatile__("outb %0, %1" : : "a"(b), "Nd"(port));
}

static uint8_t
in(uint16_t port)
{
	uint8_t b;

	__asm__ __volatile__("inb %1, %0" : "=a"(b) : "Nd"(port));
	return b;
}

void
con_init(void)
{
	static const uint8_t set[][2] = { /* register, value */
		{ 1, 0 }, { 3, 0x80 }, { 0, 1 }, { 1, 0 }, { 3, 3 }, { 2, 7 }, { 4, 3 },
	};

	for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
		out(COM1 + set[i][0], set[i][1]);
}

void
con_screen(const Plain *p)
{
	plain = *p;
	cells = 0;
}

static void
serial_put(char c)
{
	for (int i = 0; i < PATIENCE && !(in(COM1 + 5) & 0x20); i++)
		;
	out(COM1, (uint8_t)c);
}

static void
put(char c)
{
	if (c == '\n')
		serial_put('\r');
	serial_put(c);
	plain_type(&plain, (void *)plain.pa, &cells, c);
}

static void
put_number(uint32_t n, uint32_t base)
{
	char text[12], *p = text;

	do
		*p++ = "0123456789abcdef"[n % base];
	while ((n /= base) > 0);
	while (p > text)
		put(*--p);
}

static void
vprint(const char *fmt, va_list ap)
{
	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		switch (*++fmt) {
		case 's':
			for (const char *s = va_arg(ap, const char *); *s != '\0'; s++)
				put(*s);
			break;
		case 'x':
			put_number(va_arg(ap, uint32_t), 16);
			break;
		case 'u':
			put_number(va_arg(ap, uint32_t), 10);
			break;
		}
	}
}

void
con_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprint(fmt, ap);
	va_end(ap);
}

/* QEMU ends, where a module's words debugexit=1 say that it can: doc/boot.md. */
static void
debug_exit(void)
{
	enum { PORT = 0x501, SYSTEM_FAILED = 16 + 3 };
	uint32_t on = 0;

	for (size_t i = 0; i < nmodule; i++)
		if (word_value(module[i].words, "debugexit", &on) && on != 0)
			out(PORT, SYSTEM_FAILED);
}

void
fail(const char *fmt, ...)
{
	va_list ap;

	con_print("loader: ");
	va_start(ap, fmt);
	vprint(fmt, ap);
	va_end(ap);
	con_print("\n");
	debug_exit();
	for (;;)
		__asm__ __volatile__("cli; hlt");
}
