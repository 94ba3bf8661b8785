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
#include "lib9/ttymode.h"
#include "sim/host/host.h"

static struct {
	struct termios saved, raw;
	volatile sig_atomic_t taken;    /* it is raw now */
	TtyMode mode;
} term;

void
terminal_watch(const char *s, size_t n)
{
	ttymode_watch(&term.mode, s, n);
}

/* Async-signal-safe. */
void
terminal_end(void)
{
	char text[TTYMODE_RESET];
	size_t n;

	if (!term.taken)
		return;
	if ((n = ttymode_reset(&term.mode, text)) > 0 && write(1, text, n) < 0)
		n = 0; /* nobody sees it */
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
