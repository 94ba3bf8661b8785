/*
 * sim/host/console.c - the virtio console with its ports (virtio 1.1, 5.3, with
 * MULTIPORT): 0 the terminal (interactive use), 1 host standard input, 2 output,
 * 3 error, 8-bit clean; 4 the user's history (sim/host/history.c), if at a terminal; the
 * others are share.c's.
 * Input is read only while the guest has a buffer waiting; its end is a used
 * buffer of length 0. All reads and writes of host files run in libuv's
 * threads: a slow reader of our output holds up only its writers. Output that
 * the host refuses is told with the used buffer's length, that nothing else
 * uses: a Wrote* code. The terminal has no end without a host file: a ^C may
 * still come from a signal.
 * The terminal is in raw mode with output processing on; ^A x where no line was
 * begun leaves, ^A ^A sends one ^A.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "sim/host/host.h"

enum { HISTORY = 4, NPORT = PORT_SHARE, CTL_RX = 2, CTL_TX = 3, RING = 64, INSIZE = 64 * 1024, CTRL_A = 1, CTRL_C = 3 };
enum { F_SIZE = 1, F_MULTIPORT = 2, F_CONNECT = 1 << 20 /* ours: servants/virtio_cons.c */ };
enum { DEVICE_READY, PORT_ADD, PORT_READY = 3, CONSOLE_PORT, PORT_OPEN = 6 };
/* servants/virtio_cons.c knows them too */
enum { WroteAll = 0, WroteClosed = 1, WroteFull = 2, WroteError = 3 };

typedef struct Control Control;
struct Control {
	uint32_t id;
	uint16_t event, value;
};
typedef struct Port Port;
struct Port {
	int in, out;            /* host fds, -1: none */
	bool reading, eof, writing;
	uv_fs_t inreq, outreq;
	char *inbuf;
	size_t inlen, inpos;    /* what was read and not taken yet */
	Chain outchain;
	int outiov;             /* buffers of it written so far */
	uint32_t outend;        /* WroteAll, or why nothing is written any more */
};
static struct {
	int dev;
	uv_loop_t *loop;
	Port port[NPORT];
	int nport;              /* with share.c's */
	bool raw;               /* a terminal is there, and ours */
	bool typed;             /* a line was begun */
	bool escape;            /* ^A was typed, and not in a line */
	bool interrupt;         /* a ^C that no key typed waits for a buffer */
	bool history;           /* port 4's output is kept */
	bool failed;            /* some output was lost, and not for want of a reader */
	uv_signal_t winch;
} console;

/* port 0 has the queues 0 and 1; 2 and 3 are the control queues */
static int
queue_rx(int p)
{
	return p == 0 ? 0 : 2 + 2 * p;
}

static int
queue_tx(int p)
{
	return queue_rx(p) + 1;
}

static void port_read(int p);
static void port_write(int p);

/* Takes ^A commands out of n typed bytes; what remains, at most one byte more. In a line
 * that was begun ^A is LP49's: there it goes to the line's begin. */
static size_t
escape_filter(char *to, const char *s, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (!console.escape && !console.typed && s[i] == CTRL_A) {
			console.escape = true;
			continue;
		}
		if (console.escape && s[i] == 'x')
			lp49sim_exit(0);
		if (console.escape && s[i] != CTRL_A)
			to[k++] = CTRL_A;
		console.escape = false;
		console.typed = s[i] != '\r' && s[i] != '\n' && s[i] != CTRL_C;
		to[k++] = s[i];
	}
	return k;
}

static void
interrupt_deliver(void)
{
	Chain c;

	if (!console.interrupt || !queue_pop(console.dev, 0, &c))
		return;
	console.interrupt = false;
	if (c.nin > 0 && c.iov[c.nout].iov_len > 0)
		*(char *)c.iov[c.nout].iov_base = CTRL_C;
	queue_push(console.dev, 0, c.head, 1);
}

/* Moves what was read into the guest's buffers. */
static void
port_deliver(int p)
{
	Port *t = &console.port[p];
	Chain c;

	if (p == 0)
		interrupt_deliver();
	while ((t->inpos < t->inlen || t->eof) && queue_pop(console.dev, queue_rx(p), &c)) {
		size_t done = 0;

		for (int i = c.nout; i < c.nout + c.nin && t->inpos < t->inlen; i++) {
			size_t n = t->inlen - t->inpos;

			if (n > c.iov[i].iov_len)
				n = c.iov[i].iov_len;
			memcpy(c.iov[i].iov_base, t->inbuf + t->inpos, n);
			t->inpos += n;
			done += n;
		}
		queue_push(console.dev, queue_rx(p), c.head, (uint32_t)done);
		if (done == 0)
			break; /* told the end once for each buffer asked */
	}
	if (t->inpos == t->inlen)
		port_read(p);
}

static void
port_read_done(uv_fs_t *req)
{
	int p = (int)(intptr_t)req->data;
	Port *t = &console.port[p];

	t->reading = false;
	t->inpos = t->inlen = 0;
	if (req->result > 0) {
		t->inlen = (size_t)req->result;
		if (p == 0 && console.raw) {
			memmove(t->inbuf + 1, t->inbuf, t->inlen);
			t->inlen = escape_filter(t->inbuf, t->inbuf + 1, t->inlen);
		}
	} else if (req->result != UV_EINTR) {
		t->eof = true;
	}
	uv_fs_req_cleanup(req);
	port_deliver(p);
}

static void
port_read(int p)
{
	Port *t = &console.port[p];
	uv_buf_t b;

	if (t->reading || t->eof || t->inpos < t->inlen || !queue_waiting(console.dev, queue_rx(p)))
		return;
	if (t->in < 0) {
		t->eof = p != 0;
		if (t->eof)
			port_deliver(p);
		return;
	}
	if (t->inbuf == NULL && (t->inbuf = malloc(INSIZE + 1)) == NULL)
		return;
	b = uv_buf_init(t->inbuf, INSIZE);
	t->inreq.data = (void *)(intptr_t)p;
	t->reading = true;
	if (uv_fs_read(console.loop, &t->inreq, t->in, &b, 1, -1, port_read_done) < 0)
		t->reading = false;
}

/* The port's host file takes no more. A reader that left is no failure of ours:
 * the programs are told, as by a pipe. */
static void
port_fail(int p, int err)
{
	static const char *const name[NPORT] = { "terminal", "", "standard output", "standard error", "history" };
	Port *t = &console.port[p];

	t->out = -1;
	t->outiov = t->outchain.nout;
	t->outend = err == UV_EPIPE ? WroteClosed : err == UV_ENOSPC ? WroteFull : WroteError;
	if (err == UV_EPIPE || console.failed)
		return;
	console.failed = true;
	fprintf(stderr, "lp49sim: %s: %s\n", name[p], uv_strerror(err));
}

static void
port_write_done(uv_fs_t *req)
{
	int p = (int)(intptr_t)req->data;
	Port *t = &console.port[p];
	int64_t n = req->result;

	uv_fs_req_cleanup(req);
	t->writing = false;
	if (n == UV_EINTR || n == UV_EAGAIN)
		n = 0;
	if (n < 0)
		port_fail(p, (int)n);
	if (n > 0 && p == 0 && console.raw)
		terminal_watch(t->outchain.iov[t->outiov].iov_base, (size_t)n);
	while (n > 0 && t->outiov < t->outchain.nout) {
		struct iovec *v = &t->outchain.iov[t->outiov];
		size_t k = (size_t)n < v->iov_len ? (size_t)n : v->iov_len;

		v->iov_base = (char *)v->iov_base + k;
		v->iov_len -= k;
		n -= (int64_t)k;
		if (v->iov_len == 0)
			t->outiov++;
	}
	if (t->outiov == t->outchain.nout)
		queue_push(console.dev, queue_tx(p), t->outchain.head, t->outend);
	port_write(p);
}

static void
port_write(int p)
{
	Port *t = &console.port[p];
	uv_buf_t b;

	while (!t->writing) {
		if (t->outiov == t->outchain.nout) {
			t->outiov = t->outchain.nout = 0;
			if (!queue_pop(console.dev, queue_tx(p), &t->outchain))
				return;
			if (p == HISTORY && console.history)
				history_append(t->outchain.iov, t->outchain.nout);
			if (t->out < 0 || t->outchain.outsize == 0) {
				t->outiov = t->outchain.nout;
				queue_push(console.dev, queue_tx(p), t->outchain.head, t->outend);
				continue;
			}
		}
		while (t->outchain.iov[t->outiov].iov_len == 0)
			t->outiov++;
		b = uv_buf_init(t->outchain.iov[t->outiov].iov_base,
		    (unsigned)t->outchain.iov[t->outiov].iov_len);
		t->outreq.data = (void *)(intptr_t)p;
		t->writing = true;
		if (uv_fs_write(console.loop, &t->outreq, t->out, &b, 1, -1, port_write_done) < 0)
			t->writing = false, port_fail(p, UV_EIO);
	}
}

/* A message for which the driver left no buffer is lost, as in QEMU. */
static void
control_send(int port, int event, int value)
{
	Control m = { (uint32_t)port, (uint16_t)event, (uint16_t)value };
	Chain c;

	if (!queue_pop(console.dev, CTL_RX, &c))
		return;
	if (c.nin > 0 && c.iov[c.nout].iov_len >= sizeof m)
		memcpy(c.iov[c.nout].iov_base, &m, sizeof m);
	queue_push(console.dev, CTL_RX, c.head, sizeof m);
}

void
console_port_open(int port, bool open)
{
	control_send(port, PORT_OPEN, open);
}

static void
control_take(void)
{
	Control m;
	Chain c;

	while (queue_pop(console.dev, CTL_TX, &c)) {
		m = (Control){ .event = UINT16_MAX };
		if (c.nout > 0 && c.iov[0].iov_len >= sizeof m)
			memcpy(&m, c.iov[0].iov_base, sizeof m);
		if (m.event == DEVICE_READY && m.value == 1)
			for (int p = 0; p < console.nport; p++)
				control_send(p, PORT_ADD, 1);
		if (m.event == PORT_READY && m.value == 1 && m.id < NPORT) {
			if (m.id == 0)
				control_send(0, CONSOLE_PORT, 1);
			control_send((int)m.id, PORT_OPEN, 1);
		}
		if (m.event == PORT_OPEN && m.id >= NPORT && m.id < (uint32_t)console.nport) {
			if (m.value == 1)
				share_connect((int)m.id);
			else
				share_disconnect((int)m.id);
		}
		queue_push(console.dev, CTL_TX, c.head, 0);
	}
}

static void
console_notify(int dev, int q)
{
	(void)dev;
	if (q == CTL_TX)
		control_take();
	for (int p = 0; p < NPORT; p++) {
		if (q == queue_rx(p))
			port_deliver(p);
		if (q == queue_tx(p))
			port_write(p);
	}
	if (q >= queue_rx(NPORT))
		share_notify(q / 2 - 1);
}

bool
console_busy(void)
{
	for (int p = 0; p < NPORT; p++)
		if (console.port[p].writing || queue_waiting(console.dev, queue_tx(p)))
			return true;
	return false;
}

static void
console_size(uv_signal_t *h, int signum)
{
	SimDev *r = node_dev(console.dev);
	uint16_t size[2] = { 80, 24 };
	uint32_t nport = (uint32_t)console.nport;
	struct winsize w;

	(void)h;
	if (ioctl(0, TIOCGWINSZ, &w) == 0 && w.ws_col > 0) {
		size[0] = w.ws_col;
		size[1] = w.ws_row;
	}
	memcpy(r->config, size, sizeof size);
	memcpy(r->config + 4, &nport, sizeof nport);
	r->config_gen++;
	if (signum != 0)
		device_irq(console.dev, 2);
}

void
console_interrupt(void)
{
	console.interrupt = true;
	interrupt_deliver();
}

bool
console_failed(void)
{
	return console.failed;
}

void
console_init(const Options *o, uv_loop_t *loop)
{
	static const Device ops = { .notify = console_notify };
	bool batch = o->cmd != NULL || o->script != NULL;

	console.loop = loop;
	console.nport = NPORT + o->nshare;
	console.dev = device_add(3, F_SIZE | F_MULTIPORT | F_CONNECT, 2 + 2 * console.nport, RING, &ops);
	share_init(o, loop, console.dev);
	for (int p = 0; p < NPORT; p++)
		console.port[p].in = console.port[p].out = -1;
	if (batch) {
		console.port[1].in = 0;
		console.port[2].out = 1;
		console.port[3].out = 2;
		console.port[0].out = 2; /* what CORE itself has to say */
	} else {
		console.port[0].in = 0;
		console.port[0].out = 1;
		console.port[3].out = 2;
		console.raw = terminal_take();
		console.history = console.raw;
		if (console.history)
			console.port[HISTORY].in = history_open();
	}
	console_size(NULL, 0);
	if (isatty(0)) {
		uv_signal_init(loop, &console.winch);
		uv_signal_start(&console.winch, console_size, SIGWINCH);
		uv_unref((uv_handle_t *)&console.winch);
	}
}
