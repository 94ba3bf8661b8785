/*
 * servants/cons_out.c - what is written to the terminal: by programs, CORE's own threads
 * and the log. Of all of it kprint keeps a copy; it is watched for the modes that it
 * switches on and for where it leaves the cursor.
 * LOCKS   kprint.lk guards the copy, modes.lk the modes; leaves
 * SEE     cons(3); servants/cons_term.c
 */
#include "lib9/ttymode.h"
#include "servants/cons_impl.h"

enum { KPRINT_SIZE = 32 * 1024 };

static bool quiet;               /* immutable: log lines do not go to the terminal */
static atomic_bool line_open;    /* the cursor is not at a line's begin */

static struct {
	Lock lk;
	uint64_t end;            /* lk: bytes ever printed */
	char text[KPRINT_SIZE];  /* lk */
	Rendez more;
} kprint;

/* What programs have switched on at the terminal. */
static struct {
	Lock lk;
	TtyMode m;               /* lk */
} modes;

static void
kprint_add(const char *s, size_t n)
{
	size_t skip = n > KPRINT_SIZE ? n - KPRINT_SIZE : 0; /* that much nobody could read */
	size_t at, part;

	lock(&kprint.lk);
	at = (kprint.end + skip) % KPRINT_SIZE;
	part = n - skip < KPRINT_SIZE - at ? n - skip : KPRINT_SIZE - at;
	memcpy(kprint.text + at, s + skip, part);
	memcpy(kprint.text, s + skip + part, n - skip - part);
	kprint.end += n;
	unlock(&kprint.lk);
	rendez_wakeup(&kprint.more);
}

/* Length of s without a control sequence at its end, if there is one. */
static size_t
without_sequence(const char *s, size_t n)
{
	size_t i = n - 1;

	if (n < 3 || s[i] < 0x40 || s[i] > 0x7E)
		return n;
	while (i > 1 && n - i < 16 && (uint8_t)s[i - 1] < 0x40 && (uint8_t)s[i - 1] >= 0x20)
		i--;
	return i > 1 && s[i - 1] == '[' && s[i - 2] == 0x1B ? i - 2 : n;
}

/* Has what was written left the cursor within a line? */
static void
line_note(const char *s, size_t n)
{
	size_t k;

	while (n > 0 && (k = without_sequence(s, n)) < n)
		n = k;
	if (n > 0)
		atomic_store(&line_open, s[n - 1] != '\n');
}

bool
term_line_open(void)
{
	return atomic_load(&line_open);
}

void
term_modes_reset(void)
{
	char text[TTYMODE_RESET];
	size_t n;

	lock(&modes.lk);
	n = ttymode_reset(&modes.m, text);
	unlock(&modes.lk);
	if (n > 0 && conio_write(PORT_TERM, text, n) < 0)
		klog("cons: the terminal's modes stay as they are\n");
}

int64_t
term_write(const void *buf, size_t n)
{
	int64_t rc = conio_write(PORT_TERM, buf, n);

	if (rc > 0) {
		lock(&modes.lk);
		ttymode_watch(&modes.m, buf, (size_t)rc);
		unlock(&modes.lk);
		line_note(buf, (size_t)rc);
		kprint_add(buf, (size_t)rc);
	}
	return rc;
}

void
term_print(const char *s, size_t n)
{
	int64_t k;

	while (n > 0 && (k = term_write(s, n)) > 0) {
		s += k;
		n -= (size_t)k;
	}
}

/* In batch use the terminal is the host's standard error, which is the user's:
 * only the end of the system goes there. */
static bool
log_is_quiet(void)
{
	char value[16];

	return plat_bootarg("quiet", value, sizeof value) >= 0 ||
	    (plat_bootarg("mode", value, sizeof value) >= 0 && strcmp(value, "batch") == 0);
}

static void
term_log(const char *s, size_t n)
{
	if (!quiet || (n >= 6 && memcmp(s, "panic:", 6) == 0)) {
		conio_put(s, n);
		line_note(s, n);
	}
	kprint_add(s, n);
}

void
term_log_start(void)
{
	quiet = log_is_quiet();
	klog_out = term_log;
}

uint64_t
kprint_end(void)
{
	uint64_t end;

	lock(&kprint.lk);
	end = kprint.end;
	unlock(&kprint.lk);
	return end;
}

static bool
kprint_ready(void *arg)
{
	uint64_t *pos = arg;

	return kprint_end() != *pos;
}

int64_t
kprint_read(void *buf, size_t n, uint64_t *pos)
{
	char part[512];
	size_t k = 0;
	int rc;

	if (n == 0)
		return 0;
	if ((rc = rendez_sleep(&kprint.more, kprint_ready, pos, -1)) < 0)
		return rc;
	if (n > sizeof part)
		n = sizeof part;
	lock(&kprint.lk);
	if (kprint.end - *pos > KPRINT_SIZE) /* a slow reader loses the oldest */
		*pos = kprint.end - KPRINT_SIZE;
	while (k < n && *pos != kprint.end)
		part[k++] = kprint.text[(*pos)++ % KPRINT_SIZE];
	unlock(&kprint.lk);
	memcpy(buf, part, k);
	return (int64_t)k;
}
