/*
 * sim/host/terminal.c - the host's terminal: raw while LP49 has it, and given back as it
 * was whatever ends us, but for SIGKILL. What LP49's programs have switched on at it
 * (the other screen, pastes in brackets, no cursor) is switched off then: they may have
 * died with it on. A stop (SIGTSTP from outside; ^Z is a key like others) gives it back, too.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "sim/host/host.h"

/* Modes of ESC [ ? number h (l): what they are at the start, and how to get there. */
static const struct {
	int number;
	bool on;
	const char *reset;
} modes[] = {
	{ 25, true, "\033[?25h" }, { 7, true, "\033[?7h" }, { 1, false, "\033[?1l" }, { 1000, false, "\033[?1000l" },
	{ 1006, false, "\033[?1006l" }, { 1049, false, "\033[?1049l" }, { 2004, false, "\033[?2004l" },
};
enum { NMODE = sizeof modes / sizeof modes[0] };

static struct {
	struct termios saved, raw;
	volatile sig_atomic_t taken;    /* it is raw now */
	volatile sig_atomic_t changed;  /* a bit for each of modes */
	enum { TEXT, ESC, CSI, PRIVATE } state;
	int number;
	unsigned found;                 /* modes in this sequence */
} term;

static void
number_end(void)
{
	for (int i = 0; i < NMODE; i++)
		if (modes[i].number == term.number)
			term.found |= 1u << i;
	term.number = 0;
}

static void
sequence_end(bool on)
{
	number_end();
	for (int i = 0; i < NMODE; i++)
		if (term.found & 1u << i)
			term.changed = on == modes[i].on ? term.changed & ~(1 << i) : term.changed | 1 << i;
}

void
terminal_watch(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (term.state == TEXT) {
			const char *esc = memchr(s + i, '\033', n - i);

			if (esc == NULL)
				return;
			i = (size_t)(esc - s);
			term.state = ESC;
		} else if (term.state == ESC) {
			term.state = c == '[' ? CSI : c == '\033' ? ESC : TEXT;
		} else if (term.state == CSI) {
			term.state = c == '?' ? PRIVATE : TEXT;
			term.number = 0;
			term.found = 0;
		} else if (c >= '0' && c <= '9') {
			term.number = term.number < 100000 ? term.number * 10 + (c - '0') : term.number;
		} else if (c == ';') {
			number_end();
		} else {
			if (c == 'h' || c == 'l')
				sequence_end(c == 'h');
			term.state = TEXT;
		}
	}
}

/* Async-signal-safe. */
void
terminal_end(void)
{
	ssize_t n = 0;

	if (!term.taken)
		return;
	for (int i = 0; i < NMODE; i++)
		if (term.changed & 1 << i)
			n += write(1, modes[i].reset, strlen(modes[i].reset));
	if (term.changed & 1)
		n += write(1, "\r\n", 2); /* a full-screen program's last line */
	(void)n;
	term.changed = 0;
	tcsetattr(0, TCSANOW, &term.saved);
	term.taken = false;
}

static void
died(int signum)
{
	terminal_end();
	raise(signum); /* SA_RESETHAND: its own way now */
}

static void
stopped(int signum)
{
	(void)signum;
	if (term.taken)
		tcsetattr(0, TCSANOW, &term.saved);
	raise(SIGSTOP);
	if (term.taken)
		tcsetattr(0, TCSANOW, &term.raw);
}

static void
signals_take(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2 };
	struct sigaction a = { .sa_handler = died, .sa_flags = SA_RESETHAND | SA_NODEFER }, was;

	sigemptyset(&a.sa_mask);
	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
		if (sigaction(fatal[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL)
			sigaction(fatal[i], &a, NULL);
	a = (struct sigaction){ .sa_handler = stopped, .sa_flags = SA_RESTART };
	if (sigaction(SIGTSTP, NULL, &was) == 0 && was.sa_handler == SIG_DFL)
		sigaction(SIGTSTP, &a, NULL);
}

bool
terminal_take(void)
{
	if (!isatty(0) || tcgetattr(0, &term.saved) < 0)
		return false;
	term.raw = term.saved;
	term.raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | IGNCR | ISTRIP | BRKINT);
	term.raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	term.raw.c_cc[VMIN] = 1;
	term.raw.c_cc[VTIME] = 0;
	term.taken = tcsetattr(0, TCSADRAIN, &term.raw) == 0;
	if (term.taken)
		signals_take();
	return term.taken;
}
