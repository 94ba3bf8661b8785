/*
 * target-x86/host/lp49qemu.c - lp49sim's command line for the real boot image:
 * starts QEMU with the kernel, sigma0, HVM, CORE and the root archive.
 * INTERACTIVE  QEMU has the terminal: COM1 is LP49's console, ^A x leaves.
 * BATCH        (-c, a script) a virtio console carries the terminal, standard
 *              input, output and error over four sockets, a thread each. COM1 is
 *              kept, and its end is shown when the system fails.
 * EXIT         LP49 writes status + EXIT_BASE to isa-debug-exit; QEMU makes
 *              twice that and one of it. Anything else: the system failed.
 * QEMU dies with this program, however it ends.
 * SEE sim/host/options.c, servants/virtio_cons.c
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "sim/host/host.h"

enum { EXIT_BASE = 16, DEBUG_EXIT_PORT = 0x501, ARG_MAX_N = 128, SERIAL_KEEP = 4096 };
enum { TERM, IN, OUT, ERR, SERIAL, NCHANNEL };

typedef struct Channel Channel;
struct Channel {
	int mine, qemu;         /* the two ends of a socket */
	int fd;                 /* the host's file: IN reads it, the others write it */
	pthread_t thread;
};
const char program[] = "lp49qemu";
static Options options;
static Channel channel[NCHANNEL];
static char serial[SERIAL_KEEP];        /* the last of COM1, a ring */
static size_t serial_count;
static _Atomic bool output_failed;
static const char *args[ARG_MAX_N];
static int nargs;

static void __attribute__((noreturn, format(printf, 2, 3)))
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

/* ---- QEMU's command line ---- */
static void __attribute__((format(printf, 1, 2)))
arg(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (nargs + 1 == ARG_MAX_N || vasprintf(&s, fmt, ap) < 0)
		die(EXIT_SYSTEM, "too many arguments for QEMU");
	va_end(ap);
	args[nargs++] = s;
}

/* Appends text to *list; QEMU wants commas doubled that do not end a module. */
static void
list_add(char **list, const char *text)
{
	size_t n = strlen(*list);
	char *p = realloc(*list, n + 2 * strlen(text) + 2);

	if (p == NULL)
		die(EXIT_SYSTEM, "out of memory");
	*list = p;
	for (p += n; *text; text++) {
		if (*text == ',')
			*p++ = ',';
		*p++ = *text;
	}
	*p = '\0';
}

/* A module "FILE name=NAME words". FILE is an inherited descriptor: QEMU takes
 * a path to end at its first space. */
static void
module_fd(char **list, int fd, const char *name, const char *words)
{
	char text[64];

	if (fd < 0)
		die(EXIT_SYSTEM, "%s: %s", name, strerror(errno));
	if (**list)
		strcat(*list, ","); /* list_add leaves room for it */
	snprintf(text, sizeof text, "/proc/self/fd/%d name=", fd);
	list_add(list, text);
	list_add(list, name);
	list_add(list, words);
}

static void
module_file(char **list, const char *file, const char *name, const char *words)
{
	int fd = open(file, O_RDONLY);

	if (fd < 0)
		die(EXIT_SYSTEM, "%s: %s", file, strerror(errno));
	module_fd(list, fd, name, words);
}

static void
module_text(char **list, const char *name, const void *text, size_t n)
{
	int fd = memfd_create(name, 0);

	for (size_t at = 0; fd >= 0 && at < n;) {
		ssize_t k = write(fd, (const char *)text + at, n - at);

		if (k <= 0)
			die(EXIT_SYSTEM, "%s: %s", name, strerror(errno));
		at += (size_t)k;
	}
	module_fd(list, fd, name, "");
}

static void
module_args(char **list)
{
	size_t n = 0, at = 0;
	char *text;

	for (int i = 0; i < options.nargs; i++)
		n += strlen(options.args[i]) + 1;
	if ((text = malloc(n + 1)) == NULL)
		die(EXIT_SYSTEM, "out of memory");
	for (int i = 0; i < options.nargs; i++) {
		strcpy(text + at, options.args[i]);
		at += strlen(options.args[i]) + 1;
	}
	module_text(list, "args", text, n);
	free(text);
}

/* A file of the build: beside this program, in x86/. */
static const char *
boot_file(const char *name)
{
	static char dir[PATH_MAX];
	char *path;
	ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);

	dir[n > 0 ? n : 0] = '\0';
	if (strrchr(dir, '/'))
		*strrchr(dir, '/') = '\0';
	if (asprintf(&path, "%s/x86/%s", dir, name) < 0)
		die(EXIT_SYSTEM, "out of memory");
	if (access(path, R_OK) < 0)
		die(EXIT_SYSTEM, "%s: %s; \"make x86\" builds it", path, strerror(errno));
	return path;
}

static char *
modules(bool batch)
{
	char *list = calloc(1, 2), words[256];

	snprintf(words, sizeof words, " node=%s mode=%s debugexit=1 disks=%d%s%s%s%s", options.name,
	    batch ? "batch" : "interactive", options.ndisk, options.script ? " script=script" : "",
	    options.trace ? " trace=" : "", options.trace ? options.trace : "", options.quiet ? " quiet=1" : "");
	module_file(&list, options.kernel ? options.kernel : boot_file("kernel.elf"), "kernel", "");
	module_file(&list, options.sigma0 ? options.sigma0 : boot_file("boot/sigma0"), "sigma0", "");
	module_file(&list, options.root ? options.root : boot_file("boot/hvm"), "hvm", "");
	if (options.root)
		return list;
	module_file(&list, boot_file("boot/core"), "core", words);
	module_file(&list, boot_file("boot/root"), "root", "");
	if (options.cmd)
		module_text(&list, "cmd", options.cmd, strlen(options.cmd));
	if (options.script) {
		module_file(&list, options.script, "script", "");
		module_args(&list);
	}
	return list;
}

static void
arg_disks(void)
{
	int nth[2] = { 0, 0 };

	for (const DiskOption *d = options.disk; d < options.disk + options.ndisk; d++) {
		int fd = dup(d->fd), i = (int)(d - options.disk); /* inherited; the first keeps the lock */

		arg("-drive");
		arg("file=/proc/self/fd/%d,format=raw,if=%s,id=d%d,readonly=%s,file.locking=off%s", fd,
		    options.ide && !d->floppy ? "ide" : "none", i, d->ro ? "on" : "off",
		    options.ide && !d->floppy ? ",media=disk" : "");
		if (options.ide && !d->floppy)
			continue;
		arg("-device");
		arg("virtio-blk-pci,drive=d%d,serial=%s%d", i, d->floppy ? "fd" : "sd", nth[d->floppy]++);
	}
}

static void
arg_channels(void)
{
	static const char *const device[] = { "virtconsole,nr=0", "virtserialport,nr=1,name=stdin",
		"virtserialport,nr=2,name=stdout", "virtserialport,nr=3,name=stderr" };

	arg("-device");
	arg("virtio-serial-pci,max_ports=4");
	for (int i = 0; i < NCHANNEL; i++) {
		arg("-chardev");
		arg("socket,id=c%d,fd=%d", i, channel[i].qemu);
		arg(i == SERIAL ? "-serial" : "-device");
		if (i == SERIAL)
			arg("chardev:c%d", i);
		else
			arg("%s,chardev=c%d", device[i], i);
	}
}

static void
arg_machine(bool batch)
{
	arg("qemu-system-i386");
	arg("-nodefaults");
	arg("-no-user-config");
	arg("-no-reboot");
	arg("-accel");
	arg("tcg");
	arg("-m");
	arg("%zuM", options.mem >> 20);
	arg("-smp");
	arg("%d", options.ncpu);
	arg("-device");
	arg("isa-debug-exit,iobase=%d,iosize=4", DEBUG_EXIT_PORT);
	arg("-device");
	arg("virtio-rng-pci");
	arg("-kernel");
	arg("%s", options.loader ? options.loader : boot_file("boot/loader"));
	arg("-initrd");
	arg("%s", modules(batch));
	arg_disks();
	if (options.gdb) {
		arg("-s");
		arg("-S");
		fprintf(stderr, "%s: waiting for gdb on tcp:localhost:1234\n", program);
	}
	if (!batch) {
		arg("-serial");
		arg("mon:stdio");
		if (getenv("DISPLAY") != NULL) {
			arg("-vga");
			arg("std");
			return;
		}
	}
	arg("-display");
	arg("none");
}

/* ---- the channels ---- */
static bool
write_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, s, n);

		if (k < 0 && (errno == EINTR || errno == EAGAIN)) {
			struct pollfd p = { fd, POLLOUT, 0 };

			poll(&p, 1, -1);
			continue;
		}
		if (k < 0)
			return false;
		s += k;
		n -= (size_t)k;
	}
	return true;
}

static void
serial_keep(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		serial[serial_count++ % SERIAL_KEEP] = s[i];
}

/* Moves bytes until the end of either side, which the other is then told. */
static void *
channel_run(void *arg)
{
	Channel *c = arg;
	bool in = c == &channel[IN];
	int from = in ? c->fd : c->mine, to = in ? c->mine : c->fd;
	char buf[65536];
	ssize_t n;

	for (;;) {
		n = read(from, buf, sizeof buf);
		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { from, POLLIN, 0 };

			poll(&p, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (c == &channel[SERIAL]) {
			serial_keep(buf, (size_t)n);
		} else if (!write_all(to, buf, (size_t)n)) {
			if (!in && errno != EPIPE && !output_failed) {
				output_failed = true;
				fprintf(stderr, "%s: standard %s: %s\n", program,
				    c->fd == 1 ? "output" : "error", strerror(errno));
			}
			break;
		}
	}
	shutdown(c->mine, in ? SHUT_WR : SHUT_RDWR);
	return NULL;
}

static void
channels_make(void)
{
	static const int fds[NCHANNEL] = { 2, 0, 1, 2, -1 };

	for (int i = 0; i < NCHANNEL; i++) {
		int s[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
			die(EXIT_SYSTEM, "socketpair: %s", strerror(errno));
		fcntl(s[0], F_SETFD, FD_CLOEXEC);
		channel[i] = (Channel){ .mine = s[0], .qemu = s[1], .fd = fds[i] };
	}
}

static void
channels_start(void)
{
	for (int i = 0; i < NCHANNEL; i++) {
		close(channel[i].qemu);
		if (pthread_create(&channel[i].thread, NULL, channel_run, &channel[i]) != 0)
			die(EXIT_SYSTEM, "pthread_create: no thread");
	}
}

static void
serial_show(void)
{
	size_t n = serial_count < SERIAL_KEEP ? serial_count : SERIAL_KEEP;

	for (size_t i = serial_count - n; i < serial_count; i++)
		fputc(serial[i % SERIAL_KEEP], stderr);
}

/* ---- QEMU ---- */
static void
qemu_exec(void)
{
	args[nargs] = NULL;
	execvp(args[0], (char **)args);
	die(errno == ENOENT ? EXIT_USAGE : EXIT_SYSTEM,
	    errno == ENOENT ? "%s is not installed (apt-get install qemu-system-x86)" : "%s: can't be run", args[0]);
}

static pid_t
qemu_start(const sigset_t *old)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die(EXIT_SYSTEM, "fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_SYSTEM);
	setpgid(0, 0); /* ^C at the terminal is not for QEMU */
	if (dup2(open("/dev/null", O_RDWR), 0) < 0)
		_exit(EXIT_SYSTEM);
	sigprocmask(SIG_SETMASK, old, NULL);
	qemu_exec();
	return -1;
}

static void
qemu_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Waits for QEMU's end, signals and the time limit; QEMU's wait status. */
static int
qemu_wait(pid_t pid, const sigset_t *set)
{
	struct timespec now, left = { 1, 0 };
	time_t end;
	int status, sig;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + (time_t)options.timeout;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		sig = sigtimedwait(set, NULL, &left);
		if (sig == SIGINT)
			write_all(channel[TERM].mine, "\003", 1);
		if (sig == SIGTERM || sig == SIGHUP) {
			qemu_kill(pid);
			_exit(128 + sig);
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (options.timeout && now.tv_sec >= end) {
			qemu_kill(pid);
			die(EXIT_TIMEOUT, "timed out after %u seconds", options.timeout);
		}
	}
	return status;
}

static int
batch_run(void)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };
	sigset_t set, old;
	int status;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		struct sigaction was;

		/* nohup, or a shell's background: who started us wants it so */
		if (sigaction(signals[i], NULL, &was) < 0 || was.sa_handler != SIG_IGN || signals[i] == SIGCHLD)
			sigaddset(&set, signals[i]);
	}
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &set, &old);
	pid = qemu_start(&old);
	channels_start();
	status = qemu_wait(pid, &set);
	for (int i = 0; i < NCHANNEL; i++)
		if (i != IN)
			pthread_join(channel[i].thread, NULL);
	if (WIFEXITED(status) && WEXITSTATUS(status) % 2 == 1 && WEXITSTATUS(status) >= 2 * EXIT_BASE + 1) {
		status = WEXITSTATUS(status) / 2 - EXIT_BASE;
		if (status == EXIT_SYSTEM)
			serial_show();
		return status == 0 && output_failed ? 1 : status;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_USAGE)
		return EXIT_USAGE; /* qemu_exec has told */
	serial_show();
	die(EXIT_SYSTEM, WIFSIGNALED(status) ? "QEMU was killed by signal %d" :
	    "the system ended without a word, QEMU with status %d; its last lines on COM1 are above",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int
main(int argc, char **argv)
{
	bool batch;

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			return EXIT_SYSTEM;
	options_parse(&options, true, argc, argv);
	options_open(&options);
	batch = options.cmd != NULL || options.script != NULL || options.root != NULL;
	arg_machine(batch);
	if (!batch)
		qemu_exec();
	channels_make();
	arg_channels();
	_exit(batch_run()); /* a thread may still be in read() */
}
