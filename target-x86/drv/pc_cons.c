/*
 * pc_cons.c - a PC's terminal: what is written goes to the screen and the serial line,
 * input comes from the keyboard and the serial line.
 * LOCKS   out.lk: one writer at a time (plat_cons_put goes on without it when it is
 *         held for long: rather mixed text than none). in.lk: the ring of input; leaf
 * LIMITS  INPUT bytes typed ahead of the terminal's thread; more are lost
 */
#include "target-x86/drv/pc_cons.h"

enum { INPUT = 4096, PUT_TRIES = 200, PIECE = 256 };

static struct {
	QLock lk;
	Vga *vga;                 /* NULL: none; its content: lk */
	bool uart;
} out;
static struct {
	Lock lk;
	uint8_t ring[INPUT];      /* lk */
	size_t head, n;           /* lk */
	Rendez ready;
} in;

void
cons_typed(const void *s, size_t n)
{
	const uint8_t *b = s;

	lock(&in.lk);
	for (size_t i = 0; i < n && in.n < INPUT; i++)
		in.ring[(in.head + in.n++) % INPUT] = b[i];
	unlock(&in.lk);
	rendez_wakeup(&in.ready);
}

static bool
has_input(void *arg)
{
	bool r;

	USED(arg);
	lock(&in.lk);
	r = in.n > 0;
	unlock(&in.lk);
	return r;
}

int64_t
plat_cons_read(void *buf, size_t n)
{
	uint8_t *b = buf;
	size_t k = 0;
	int rc;

	while (n > 0 && k == 0) {
		if ((rc = rendez_sleep(&in.ready, has_input, NULL, -1)) < 0)
			return rc;
		lock(&in.lk);
		for (; k < n && in.n > 0; in.n--, in.head = (in.head + 1) % INPUT)
			b[k++] = in.ring[in.head];
		unlock(&in.lk);
	}
	return (int64_t)k;
}

/* The serial line wants a carriage return before each newline. */
static void
serial_write(const char *s, size_t n)
{
	char text[2 * PIECE];

	while (n > 0) {
		size_t k = 0, i;

		for (i = 0; i < n && i < PIECE; i++) {
			if (s[i] == '\n')
				text[k++] = '\r';
			text[k++] = s[i];
		}
		if (!uart_write(text, k))
			return;
		s += i;
		n -= i;
	}
}

/* REQUIRES out.lk, but see LOCKS. */
static void
text_out(const char *s, size_t n)
{
	if (out.vga != NULL)
		vga_write(out.vga, s, n);
	if (out.uart)
		serial_write(s, n);
}

int64_t
plat_cons_write(const void *buf, size_t n)
{
	qlock(&out.lk);
	text_out(buf, n);
	qunlock(&out.lk);
	return (int64_t)n;
}

void
plat_cons_put(const char *s, size_t n)
{
	bool mine = false;

	for (int i = 0; i < PUT_TRIES && !(mine = qlock_try(&out.lk)); i++)
		L4_ThreadSwitch(L4_nilthread);
	text_out(s, n);
	if (mine)
		qunlock(&out.lk);
}

void
cons_scroll(int lines)
{
	if (out.vga == NULL)
		return;
	qlock(&out.lk);
	vga_scroll(out.vga, lines);
	qunlock(&out.lk);
}

void
plat_cons_size(unsigned *cols, unsigned *rows)
{
	*cols = out.vga != NULL ? VGA_COLS : 0;
	*rows = out.vga != NULL ? VGA_ROWS : 0;
}

int
plat_cons_start(void)
{
	Vga *v = calloc(1, sizeof *v);
	bool kbd;

	if (v != NULL && vga_start(v) == 0)
		out.vga = v;
	else
		free(v);
	out.uart = uart_start() == 0;
	kbd = kbd_start() == 0;
	if (!kbd && !out.uart)
		klog("console: neither a keyboard nor a serial line: no input\n");
	return out.vga != NULL || out.uart ? 0 : seterr(Enonexist, "console");
}
