/*
 * console.c - the kernel's own output: COM1, and the screen for panics and boot
 * errors: VGA text, or the frame buffer that the loader tells of. Everything is polled; nothing waits for ever for a port that
 * is not there.
 */
#include <stdarg.h>
#include "target-x86/kernel/kernel.h"
#include "target-x86/kernel/map_impl.h"
#include "target-x86/plain/plain.h"

enum { TX_EMPTY = 0x20, RX_READY = 1, RX_BREAK = 0x10 };
static uint16_t com = 0x3F8;
static Plain plain = { .pa = PLAIN_TEXT };
static bool screen_on;
static uint32_t screen_at;        /* cells */

void
console_port(uint16_t port)
{
	com = port;
	console_init();
}

void
console_init(void)
{
	outb(com + 1, 0);             /* no interrupts */
	outb(com + 3, 0x80);
	outb(com, 1);                 /* 115200 baud */
	outb(com + 1, 0);
	outb(com + 3, 3);             /* 8 bits, no parity, 1 stop bit */
	outb(com + 2, 7);             /* FIFO on and empty */
	outb(com + 4, 3);
}

/* REQUIRES bootword_init. The window is in the boot directory, so every space has it. */
void
console_screen_init(void)
{
	extern uint32_t boot_dir[NPTE];
	const char *value = bootword("screen");
	uint32_t first, last;

	if (value == NULL || !plain_parse(&plain, value))
		return;
	first = plain.pa / MAP_SUPER;
	last = (plain.pa + plain_bytes(&plain) - 1) / MAP_SUPER;
	for (uint32_t i = first; i <= last; i++)
		boot_dir[KSCREEN / MAP_SUPER + i - first] = i * MAP_SUPER | PTE_PS | PTE_P | PTE_W | PTE_PCD | PTE_PWT;
}

void
console_screen(bool on)
{
	screen_on = on;
	screen_at = 0;
}

static void
screen_putc(char c)
{
	void *base = plain.pitch == 0 ? phys_to_kern(PLAIN_TEXT) : (void *)(KSCREEN + plain.pa % MAP_SUPER);

	plain_type(&plain, base, &screen_at, c);
}

static void
com_putc(int c)
{
	for (unsigned i = 0; i < 100000 && !(inb(com + 5) & TX_EMPTY); i++)
		;
	outb(com, (uint8_t)c);
}

void
console_putc(int c)
{
	if (c == '\n')
		com_putc('\r');
	com_putc(c);
	if (screen_on)
		screen_putc((char)c);
}

void
console_puts(const char *s)
{
	while (*s != 0)
		console_putc(*s++);
}

int
console_getc(void)
{
	uint8_t status = inb(com + 5);

	return status != 0xFF && status & RX_READY ? inb(com) : -1;
}

/* Has a break come? Asking loses no character: the state tells it. */
bool
console_break(void)
{
	uint8_t status = inb(com + 5);

	if (status == 0xFF || !(status & RX_BREAK))
		return false;
	inb(com);                     /* the 0 that it counts as */
	return true;
}

/* ---- kprintf ---- */
typedef struct Spec Spec;
struct Spec {
	bool left, zero;
	unsigned width;
};

static void
put_padded(const char *s, unsigned n, Spec f)
{
	unsigned pad = f.width > n ? f.width - n : 0;

	for (unsigned i = 0; !f.left && i < pad; i++)
		console_putc(f.zero ? '0' : ' ');
	for (unsigned i = 0; i < n; i++)
		console_putc(s[i]);
	for (unsigned i = 0; f.left && i < pad; i++)
		console_putc(' ');
}

static void
put_number(uint32_t v, unsigned base, bool negative, Spec f)
{
	char text[12];
	unsigned at = sizeof text;

	do
		text[--at] = "0123456789abcdef"[v % base];
	while ((v /= base) != 0);
	if (negative)
		text[--at] = '-';
	put_padded(text + at, sizeof text - at, f);
}

static unsigned
length(const char *s)
{
	unsigned n = 0;

	while (s[n] != 0)
		n++;
	return n;
}

static void
vprint(const char *p, va_list *ap)
{
	for (; *p != 0; p++) {
		Spec f = { .width = 0 };
		const char *s;
		int32_t d;
		char c;

		if (*p != '%') {
			console_putc(*p);
			continue;
		}
		for (p++; *p == '-' || *p == '0' || *p == 'l'; p++) {
			f.left |= *p == '-';
			f.zero |= *p == '0';
		}
		for (; *p >= '0' && *p <= '9'; p++)
			f.width = f.width * 10 + (unsigned)(*p - '0');
		while (*p == 'l')
			p++;
		switch (*p) {
		case 'd':
			d = va_arg(*ap, int32_t);
			put_number(d < 0 ? 0u - (uint32_t)d : (uint32_t)d, 10, d < 0, f);
			break;
		case 'u':
			put_number(va_arg(*ap, uint32_t), 10, false, f);
			break;
		case 'x':
		case 'p':
			put_number(va_arg(*ap, uint32_t), 16, false, f);
			break;
		case 's':
			s = va_arg(*ap, const char *);
			put_padded(s != NULL ? s : "(nil)", length(s != NULL ? s : "(nil)"), f);
			break;
		case 'c':
			c = (char)va_arg(*ap, int);
			put_padded(&c, 1, f);
			break;
		case 0:
			return;
		default:
			console_putc(*p);
		}
	}
}

void
kprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprint(fmt, &ap);
	va_end(ap);
}

void
boot_fail(const char *fmt, ...)
{
	va_list ap;

	__asm__ volatile("cli");
	console_screen(true);
	kprintf("LP49 kernel: ");
	va_start(ap, fmt);
	vprint(fmt, &ap);
	va_end(ap);
	kprintf(". Stopped.\n");
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* panic.c gives its own text around it */
void console_vprint(const char *fmt, va_list *ap);
void
console_vprint(const char *fmt, va_list *ap)
{
	vprint(fmt, ap);
}
