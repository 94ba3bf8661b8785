/*
 * tests/unit/irq.c - interrupt lines with several devices, against a kernel that is a
 * script of what raises them.
 * Goal: every device of a line is asked before the line is enabled again; who has
 * something is run, with what it had, and nobody else; a line that nobody claims is
 * slowed down, not the others; what can't be had is said.
 */
#include "core/irq.c"
#include "tests/unit.h"

typedef struct Device Device;
struct Device {
	char name;
	uint32_t pending;
};
static char trace[256];           /* "a?" asked, "+" line enabled, "a1" run with 1 */
static size_t ntrace;
static void (*thread_fn[4])(void *);
static void *thread_arg[4];
static size_t nthread;
static Device device[3] = { { 'a', 0 }, { 'b', 0 }, { 'c', 0 } };
static const char *script;        /* the devices that raise the line; ' ' ends a turn */
static int hvm_rc, nslept, nfail;
static char log_text[512];

void
lock(Lock *l)
{
	ck_assert_int_eq(atomic_exchange(&l->held, 1), 0);
}

void
unlock(Lock *l)
{
	atomic_store(&l->held, 0);
}

void
klog(const char *fmt, ...)
{
	size_t n = strlen(log_text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(log_text + n, sizeof log_text - n, fmt, ap);
	va_end(ap);
}

int
core_thread(const char *name, void (*fn)(void *), void *arg)
{
	USED(name);
	thread_fn[nthread] = fn;
	thread_arg[nthread++] = arg;
	return 0;
}

int
hvm_irq(int irq)
{
	USED(irq);
	return hvm_rc;
}

static uint32_t
status(void *arg)
{
	Device *d = arg;
	uint32_t v = d->pending;

	d->pending = 0;
	trace[ntrace++] = d->name;
	trace[ntrace++] = '?';
	return v;
}

static void
run(void *arg, uint32_t v)
{
	trace[ntrace++] = ((Device *)arg)->name;
	trace[ntrace++] = (char)('0' + v);
}

/* A turn of the script: "ab " is an interrupt that a and b raise. At its end the
 * kernel's IPC fails for good. */
L4_MsgTag_t
L4_Ipc(L4_ThreadId_t to, L4_ThreadId_t from, L4_Word_t timeouts, L4_ThreadId_t *who)
{
	L4_MsgTag_t ok = { .raw = 0 }, failed = { .raw = 1 << 15 };

	USED(timeouts), USED(who);
	if (!L4_IsNilThread(to)) {
		trace[ntrace++] = '+';
		return ok;
	}
	if (L4_IsLocalId(from)) {
		nslept++;
		return failed;
	}
	if (*script == '\0') {
		nfail++;
		return failed;
	}
	for (; *script != ' '; script++)
		if (*script != '.')
			device[*script - 'a'].pending = (uint32_t)(*script - 'a' + 1);
	script++;
	return ok;
}

static void
utcb(void)
{
	static _Alignas(64) L4_Word_t words[256];
	static void *gs[2] = { words + 128 };
	long syscall(long number, ...);

	syscall(158 /* arch_prctl */, 0x1001 /* ARCH_SET_GS */, gs);
}

static const char *
play(const char *s)
{
	script = s;
	log_text[0] = '\0';
	ntrace = 0;
	utcb();
	thread_fn[0](thread_arg[0]);
	trace[ntrace] = '\0';
	return trace;
}

static const struct {
	const char *script, *trace;
} rows[] = {
	{ "", "" },
	{ "a ", "c?b?a?+a1" },
	{ "b c ", "c?b?a?+b2c?b?a?+c3" },
	{ "abc ", "c?b?a?+c3b2a1" },
	{ ". a ", "c?b?a?+c?b?a?+a1" },
};

START_TEST(all_are_asked_before_the_line_is_enabled)
{
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(irq_attach("disk", 11, status, run, &device[i]), 0);
	ck_assert_uint_eq(nthread, 1); /* one for the line */
	ck_assert_str_eq(play(rows[_i].script), rows[_i].trace);
	ck_assert_int_eq(nfail, 100);
	ck_assert_str_eq(log_text, "disk: interrupt 11 lost\n");
}
END_TEST

START_TEST(unclaimed_line_is_slowed_down)
{
	ck_assert_int_eq(irq_attach("disk", 11, status, run, &device[0]), 0);
	for (int i = 0; i < UNCLAIMED_MAX - 1; i++)
		ck_assert_str_eq(play(". "), "a?+");
	ck_assert_int_eq(nslept, 0);
	ck_assert_str_eq(play(". . a . "), "a?+a?+a?+a1a?+");
	ck_assert_int_eq(nslept, 2);
	ck_assert_ptr_nonnull(strstr(log_text, "irq 11: no device of ours raises it"));
}
END_TEST

START_TEST(line_that_hvm_refuses_is_said)
{
	hvm_rc = -Einuse;
	ck_assert_int_eq(irq_attach("disk", 11, status, run, &device[0]), 0);
	ck_assert_str_eq(play("a "), "");
	ck_assert_ptr_nonnull(strstr(log_text, "disk: interrupt 11: device or object already in use"));
}
END_TEST

START_TEST(lines_are_counted)
{
	for (int i = 0; i < NLINE; i++) {
		nthread = 0;
		ck_assert_int_eq(irq_attach("disk", i, status, run, &device[0]), 0);
		ck_assert_uint_eq(nthread, 1);
	}
	ck_assert_int_eq(irq_attach("disk", 5, status, run, &device[1]), 0);
	ck_assert_int_eq(irq_attach("disk", NLINE, status, run, &device[0]), -Enospc);
}
END_TEST

UNIT_SUITE("irq", LOOP(all_are_asked_before_the_line_is_enabled, rows), CASE(unclaimed_line_is_slowed_down),
    CASE(line_that_hvm_refuses_is_said), CASE(lines_are_counted))
