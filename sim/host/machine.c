/*
 * sim/host/machine.c - device 0, the platform itself (SimMachine), and the
 * source of randomness.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "sim/host/trace.h"

static void
machine_notify(int dev, int q)
{
	SimMachine *m = (SimMachine *)node_dev(dev)->config;
	struct timespec t;

	(void)q;
	if (m->rtc_ns == 0) {
		clock_gettime(CLOCK_REALTIME, &t);
		atomic_store((_Atomic int64_t *)&m->rtc_ns, t.tv_sec * 1000000000ll + t.tv_nsec);
	}
	if (m->poweroff == 1)
		lp49sim_exit(m->status & 0xFF);
}

/* Appends "key=value" and its NUL while leaving room for the final NUL. */
static char *
bootarg_add(char *p, char *end, const char *key, const char *value)
{
	size_t n = strlen(key) + strlen(value) + 2;

	if (n + 1 > (size_t)(end - p)) {
		fprintf(stderr, "lp49sim: boot argument %s is too long\n", key);
		lp49sim_exit(EXIT_USAGE);
	}
	sprintf(p, "%s=%s", key, value);
	return p + n;
}

/* Those of a text "\nkey=value\nkey=value". */
static char *
bootargs_add(char *p, char *end, const char *text)
{
	char key[16], value[64];

	while (sscanf(text, " %15[^=]=%63[^\n]", key, value) == 2) {
		p = bootarg_add(p, end, key, value);
		text += 1 + strcspn(text + 1, "\n");
	}
	return p;
}

void
machine_init(const Options *o)
{
	static const Device ops = { .notify = machine_notify };
	int dev = device_add(SIM_MACHINE_ID, 0, 1, 0, &ops);
	SimMachine *m = (SimMachine *)node_dev(dev)->config;
	char *p = m->bootargs, *end = p + sizeof m->bootargs, number[16];

	p = bootarg_add(p, end, "node", o->name);
	p = bootarg_add(p, end, "mode", o->cmd || o->script ? "batch" : "interactive");
	if (o->script)
		p = bootarg_add(p, end, "script", "script");
	if (!o->cmd && !o->script)
		p = bootarg_add(p, end, "term", terminal_name());
	p = bootargs_add(p, end, trace_bootargs('\n'));
	if (o->quiet)
		p = bootarg_add(p, end, "quiet", "1");
	snprintf(number, sizeof number, "%d", o->ndisk);
	p = bootarg_add(p, end, "disks", number);
	snprintf(number, sizeof number, "%d", o->nshare);
	p = bootarg_add(p, end, "shares", number);
	*p = '\0';
}

static void
rng_notify(int dev, int q)
{
	Chain c;

	while (queue_pop(dev, q, &c)) {
		uint32_t n = 0;

		for (int i = c.nout; i < c.nout + c.nin; i++) {
			ssize_t got = getrandom(c.iov[i].iov_base,
			    c.iov[i].iov_len > 256 ? 256 : c.iov[i].iov_len, 0);
			if (got > 0)
				n += (uint32_t)got;
			if (got < (ssize_t)c.iov[i].iov_len)
				break;
		}
		queue_push(dev, q, c.head, n);
	}
}

void
rng_init(void)
{
	static const Device ops = { .notify = rng_notify };

	device_add(4, 0, 1, 16, &ops);
}
