/*
 * target-x86/host/lp49qemu.c - lp49sim's command line for the real boot image:
 * starts QEMU with the kernel, sigma0, HVM, CORE and the root archive.
 * TERMINAL  QEMU has the terminal: COM1 is LP49's console, ^A x leaves.
 * PIPE      standard input is no terminal: it is typed into a virtio console.
 * BATCH     (-c, a script) a virtio console carries the terminal, standard input,
 *           output and error. COM1 is kept, and its end is shown when the system
 *           fails.
 * EXIT      what LP49 wrote to isa-debug-exit; anything else: the system failed.
 * QEMU dies with this program, however it ends.
 * SEE sim/host/options.c, servants/virtio_cons.c
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "sim/host/trace.h"
#include "target-x86/host/qemu.h"

const char program[] = "lp49qemu";
static Options options;

void
die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s: ", program);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	_exit(status);
}

static pid_t
qemu_start(const char **args, enum Mode mode, const sigset_t *old)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die(EXIT_SYSTEM, "fork: no process");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_SYSTEM);
	if (mode != MODE_TERMINAL) {
		setpgid(0, 0); /* ^C at the terminal is not for QEMU */
		if (dup2(open("/dev/null", O_RDWR), 0) < 0)
			_exit(EXIT_SYSTEM);
	}
	sigprocmask(SIG_SETMASK, old, NULL);
	execvp(args[0], (char **)args);
	if (errno == ENOENT)
		die(EXIT_USAGE, "%s is not installed (apt-get install qemu-system-x86)", args[0]);
	die(EXIT_SYSTEM, "%s: can't be run", args[0]);
}

/* SIGTERM first where QEMU has the terminal, which it gives back. */
static void
qemu_kill(pid_t pid, enum Mode mode)
{
	kill(pid, mode == MODE_TERMINAL ? SIGTERM : SIGKILL);
	waitpid(pid, NULL, 0);
	net_end();
}

/* Waits for QEMU's end, signals and the time limit; QEMU's wait status. */
static int
qemu_wait(pid_t pid, enum Mode mode, const sigset_t *set)
{
	struct timespec now, left = { trace_wanted() ? 0 : 1, trace_wanted() ? TRACE_POLL_MS * 1000000 : 0 };
	time_t end;
	int status, sig;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + (time_t)options.timeout;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		sig = sigtimedwait(set, NULL, &left);
		trace_poll();
		shares_reap();
		if (sig == SIGINT && mode != MODE_TERMINAL)
			channel_interrupt();
		if (sig == SIGTERM || sig == SIGHUP) {
			qemu_kill(pid, mode);
			trace_finish();
			_exit(128 + sig);
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (options.timeout && now.tv_sec >= end) {
			qemu_kill(pid, mode);
			trace_finish();
			if (mode != MODE_TERMINAL)
				channel_serial_show(); /* a panic, perhaps */
			die(EXIT_TIMEOUT, "timed out after %u seconds", options.timeout);
		}
	}
	return status;
}

static void
signals_block(sigset_t *set, sigset_t *old)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(set);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		struct sigaction was;

		/* nohup, or a shell's background: who started us wants it so */
		if (sigaction(signals[i], NULL, &was) < 0 || was.sa_handler != SIG_IGN || signals[i] == SIGCHLD)
			sigaddset(set, signals[i]);
	}
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, set, old);
}

/* Our exit status, from QEMU's wait status. */
static int
status_of(int status, enum Mode mode)
{
	int exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (exit > 2 * EXIT_BASE && exit % 2 == 1) {
		status = exit / 2 - EXIT_BASE;
		if (status == EXIT_SYSTEM && mode != MODE_TERMINAL)
			channel_serial_show();
		return status == 0 && channel_output_failed() ? 1 : status;
	}
	if (exit == EXIT_USAGE || (exit == 0 && mode == MODE_TERMINAL))
		return exit; /* it is not installed, which was said; ^A x */
	if (mode != MODE_TERMINAL)
		channel_serial_show();
	die(EXIT_SYSTEM, exit < 0 ? "QEMU was killed by signal %d" :
	    "the system ended without a word, QEMU with status %d; its last lines on COM1 are above",
	    exit < 0 ? WTERMSIG(status) : exit);
}

int
main(int argc, char **argv)
{
	enum Mode mode;
	sigset_t set, old;
	int status;
	pid_t pid;

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			return EXIT_SYSTEM;
	options_parse(&options, true, argc, argv);
	options_open(&options);
	relays_make(&options);
	trace_init(&options);
	mode = options.cmd || options.script || options.root ? MODE_BATCH : isatty(0) ? MODE_TERMINAL : MODE_PIPE;
	if (mode != MODE_TERMINAL)
		channels_make(mode, options.root != NULL);
	signals_block(&set, &old);
	shares_start(&options);
	pid = qemu_start(line_make(&options, mode), mode, &old);
	relays_start();
	shares_close();
	if (mode != MODE_TERMINAL)
		channels_start();
	status = qemu_wait(pid, mode, &set);
	net_end();
	trace_finish();
	if (mode != MODE_TERMINAL)
		channels_join();
	_exit(status_of(status, mode)); /* a thread may still be in read() */
}
