/*
 * pc_cons.c - a PC's terminal: what is written goes to the screen and the serial line,
 * input comes from the keyboard and the serial line.
 * A frame buffer takes long to draw: a thread does it, at most once in DRAW_MS; what a
 * program writes meanwhile is drawn at once then.
 * LOCKS   out.lk: one writer at a time (plat_cons_put goes on without it when it is
 *         held for long: rather mixed text than none). in.lk: the ring of input; leaf
 * LIMITS  INPUT bytes typed ahead of the terminal's thread; more are lost
 */
#include "target-x86/drv/pc_cons.h"

enum { INPUT = 4096, PUT_TRIES = 200, PIECE = 256, DRAW_MS = 20 };

static struct {
	QLock lk;
	Screen *screen;           /* NULL: none; its content: lk */
	bool uart;
	atomic_bool changed;      /* there is something for the drawing thread */
	Rendez draw;
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

static bool
has_changed(void *arg)
{
	USED(arg);
	return atomic_load(&out.changed);
}

static void
draw_run(void *arg)
{
	USED(arg);
	for (;;) {
		if (rendez_sleep(&out.draw, has_changed, NULL, -1) < 0)
			continue;
		atomic_store(&out.changed, false);
		qlock(&out.lk);
		screen_draw(out.screen);
		qunlock(&out.lk);
		L4_Sleep(L4_TimePeriod(DRAW_MS * 1000));
	}
}

/* REQUIRES out.lk, but see LOCKS. What has changed is shown, now or soon. */
static void
screen_show(bool now)
{
	if (now || !out.screen->slow) {
		screen_draw(out.screen);
	} else {
		atomic_store(&out.changed, true);
		rendez_wakeup(&out.draw);
	}
}

/* REQUIRES out.lk, but see LOCKS. */
static void
text_out(const char *s, size_t n, bool now)
{
	if (out.screen != NULL) {
		screen_write(out.screen, s, n);
		screen_show(now);
	}
	if (out.uart)
		serial_write(s, n);
}

int64_t
plat_cons_write(const void *buf, size_t n)
{
	qlock(&out.lk);
	text_out(buf, n, false);
	qunlock(&out.lk);
	return (int64_t)n;
}

void
plat_cons_put(const char *s, size_t n)
{
	bool mine = false;

	for (int i = 0; i < PUT_TRIES && !(mine = qlock_try(&out.lk)); i++)
		L4_ThreadSwitch(L4_nilthread);
	text_out(s, n, true); /* the system may be about to end */
	if (mine)
		qunlock(&out.lk);
}

void
cons_scroll(int pages)
{
	if (out.screen == NULL)
		return;
	qlock(&out.lk);
	screen_scroll(out.screen, pages * (int)(out.screen->rows - 1));
	screen_show(false);
	qunlock(&out.lk);
}

void
plat_cons_size(unsigned *cols, unsigned *rows)
{
	*cols = out.screen != NULL ? out.screen->cols : 0;
	*rows = out.screen != NULL ? out.screen->rows : 0;
}

/* The frame buffer that boot made, else VGA text: where there is a frame buffer, the
 * text memory is not shown. */
static Screen *
screen_find(void)
{
	Screen *s = calloc(1, sizeof *s);
	int rc = s == NULL ? -Enomem : fb_start(s);

	if (rc == -Enonexist)
		rc = vga_start(s);
	if (rc == 0 && s->slow)
		rc = core_thread("screen", draw_run, NULL);
	if (rc < 0) {
		klog("screen: not used: %s\n", err_reason());
		free(s);
		return NULL;
	}
	return s;
}

int
plat_cons_start(void)
{
	bool kbd;

	out.screen = screen_find();
	out.uart = uart_start() == 0;
	kbd = kbd_start() == 0;
	if (!kbd && !out.uart)
		klog("console: neither a keyboard nor a serial line: no input\n");
	return out.screen != NULL || out.uart ? 0 : seterr(Enonexist, "console");
}
