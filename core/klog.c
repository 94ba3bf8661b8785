/*
 * klog.c - CORE's log: a ring that #c/kmesg reads, copied to the console.
 * panic() ends the machine with status 3.
 *
 * FILES  kmesg (servants/cons.c) reads the ring from its oldest byte
 * LOCKS  klog.lk guards the ring, a leaf; klog_out is called outside it
 */
#include "core/core_impl.h"

enum { KLOG_SIZE = 64 * 1024, KLOG_LINE = 512 };

static struct {
	Lock lk;
	uint64_t end;             /* lk: bytes ever written */
	char text[KLOG_SIZE];     /* lk */
} ring = { .lk = LOCK_INIT };

void (*klog_out)(const char *s, size_t n);

static void
klog_put(const char *s, size_t n)
{
	lock(&ring.lk);
	for (size_t i = 0; i < n; i++)
		ring.text[ring.end++ % KLOG_SIZE] = s[i];
	unlock(&ring.lk);
	if (klog_out)
		klog_out(s, n);
}

void
klog(const char *fmt, ...)
{
	char line[KLOG_LINE];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vseprint(line, line + sizeof line - 1, fmt, ap);
	va_end(ap);
	n = strlen(line);
	if (n == 0 || line[n - 1] != '\n')
		line[n++] = '\n';
	klog_put(line, n);
}

int64_t
klog_read(void *buf, size_t n, uint64_t off)
{
	char *to = buf;
	size_t i;

	lock(&ring.lk);
	if (ring.end > KLOG_SIZE)
		off += ring.end - KLOG_SIZE;
	for (i = 0; i < n && off + i < ring.end; i++)
		to[i] = ring.text[(off + i) % KLOG_SIZE];
	unlock(&ring.lk);
	return (int64_t)i;
}

void
panic(const char *fmt, ...)
{
	static atomic_bool again;
	char line[KLOG_LINE];
	char *p = line;
	va_list ap;

	p = seprint(p, line + sizeof line, "panic: ");
	va_start(ap, fmt);
	p = vseprint(p, line + sizeof line - 1, fmt, ap);
	va_end(ap);
	*p++ = '\n';
	*p = '\0';
	if (!atomic_exchange(&again, true)) {
		plat_debug_puts(line);
		klog_put(line, (size_t)(p - line));
	}
	plat_poweroff(3);
}
