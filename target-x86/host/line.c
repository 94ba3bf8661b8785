/*
 * target-x86/host/line.c - QEMU's command line: the machine, the modules, disks
 * and channels that lp49qemu's options ask for.
 * Files go to QEMU as inherited descriptors: it takes a path to end at its
 * first space or comma.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "target-x86/host/ktrace.h"
#include "target-x86/host/qemu.h"

enum { ARG_MAX_N = 128 };

static const Options *options;
static const char *args[ARG_MAX_N];
static int nargs;

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

	for (int i = 0; i < options->nargs; i++)
		n += strlen(options->args[i]) + 1;
	if ((text = malloc(n + 1)) == NULL)
		die(EXIT_SYSTEM, "out of memory");
	for (int i = 0; i < options->nargs; i++) {
		strcpy(text + at, options->args[i]);
		at += strlen(options->args[i]) + 1;
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

/* QEMU knows no read-only IDE disk: LP49 is told so, and what it might write all the
 * same goes to a file that QEMU throws away. */
static const char *
ide_readonly(void)
{
	static char words[64];
	size_t n = 0;
	int nth = 0;

	for (const DiskOption *d = options->disk; d < options->disk + options->ndisk; d++)
		if (options->ide && !d->floppy && nth++ >= 0 && d->ro)
			n += (size_t)snprintf(words + n, sizeof words - n, "%ssdC%x", n == 0 ? " readonly=" : ",", nth - 1);
	return words;
}

/* What LP49 can't know of a terminal at the end of its serial line. Where QEMU shows the
 * screen too, that one's size counts. */
static const char *
terminal_words(enum Mode mode)
{
	static char words[80];
	struct winsize w;
	int n;

	if (mode == MODE_BATCH)
		return "";
	n = snprintf(words, sizeof words, " term=%s", terminal_name());
	if (mode == MODE_TERMINAL && getenv("DISPLAY") == NULL && ioctl(0, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 && w.ws_row > 0)
		snprintf(words + n, sizeof words - (size_t)n, " winsize=%ux%u", w.ws_col, w.ws_row);
	return words;
}

static char *
modules(enum Mode mode)
{
	char *list = calloc(1, 2), words[512];

	snprintf(words, sizeof words, " node=%s mode=%s debugexit=1 disks=%d shares=%d%s%s%s%s%s", options->name,
	    mode == MODE_BATCH ? "batch" : "interactive", options->ndisk, options->nshare, options->script ? " script=script" : "",
	    trace_bootargs(' '), options->quiet ? " quiet=1" : "", ide_readonly(), terminal_words(mode));
	module_file(&list, options->kernel ? options->kernel : boot_file("kernel.elf"), "kernel", "");
	module_file(&list, options->sigma0 ? options->sigma0 : boot_file("boot/sigma0"), "sigma0", "");
	module_file(&list, options->root ? options->root : boot_file("boot/hvm"), "hvm", "");
	if (options->root)
		return list;
	module_file(&list, boot_file("boot/core"), "core", words);
	module_file(&list, boot_file("boot/root"), "root", "");
	if (options->cmd)
		module_text(&list, "cmd", options->cmd, strlen(options->cmd));
	if (options->script) {
		module_file(&list, options->script, "script", "");
		module_args(&list);
	}
	return list;
}

static void
arg_disks(void)
{
	int nth[2] = { 0, 0 };

	for (const DiskOption *d = options->disk; d < options->disk + options->ndisk; d++) {
		int fd = dup(d->fd), i = (int)(d - options->disk); /* inherited; the first keeps the lock */
		bool ide = options->ide && !d->floppy;

		arg("-drive");
		arg("file=/proc/self/fd/%d,format=raw,if=%s,id=d%d,file.locking=off,%s%s", fd, ide ? "ide" : "none", i,
		    ide ? "media=disk,snapshot=" : "readonly=", d->ro ? "on" : "off");
		if (ide)
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

	for (int i = 0; i < NCHANNEL; i++) {
		arg("-chardev");
		arg("socket,id=c%d,fd=%d", i, channel_qemu(i));
		arg(i == SERIAL ? "-serial" : "-device");
		if (i == SERIAL)
			arg("chardev:c%d", i);
		else
			arg("%s,chardev=c%d", device[i], i);
	}
}

/* The PC's memory is a file that we see too: the trace is read from it. Its place
 * in the file is its physical address, up to where PCI begins. */
static void
arg_traced_memory(void)
{
	int fd = memfd_create("lp49-ram", 0);

	if (fd < 0 || ftruncate(fd, (off_t)options->mem) < 0)
		die(EXIT_SYSTEM, "--trace: %s", strerror(errno));
	trace_memory(fd, options->mem);
	ktrace_init(fd);
	arg("-object");
	arg("memory-backend-file,id=ram,size=%zuM,mem-path=/proc/self/fd/%d,share=on", options->mem >> 20, fd);
	arg("-machine");
	arg("pc,memory-backend=ram");
}

static void
arg_net(void)
{
	if (options->nnet > 0) {
		arg("-chardev");
		arg("socket,id=qmp,fd=%d", relay_monitor());
		arg("-mon");
		arg("chardev=qmp,mode=control");
	}
	for (int i = 0; i < options->nnet; i++) {
		const uint8_t *m = options->net[i].mac;

		arg("-netdev");
		arg("socket,id=n%d,fd=%d", i, relay_qemu(i));
		arg("-device");
		arg("virtio-net-pci,netdev=n%d,romfile=,mac=%02x:%02x:%02x:%02x:%02x:%02x", i, m[0], m[1], m[2], m[3], m[4], m[5]);
	}
}

static void
arg_shares(void)
{
	for (int i = 0; i < options->nshare; i++) {
		arg("-chardev");
		arg("socket,id=s%d,fd=%d", i, share_qemu(i));
		arg("-device");
		arg("virtserialport,nr=%d,chardev=s%d,name=share%d", PORT_SHARE + i, i, i);
	}
}

static void
arg_machine(void)
{
	arg("qemu-system-i386");
	arg("-nodefaults");
	arg("-no-user-config");
	arg("-no-reboot");
	arg("-accel");
	arg("tcg");
	arg("-m");
	arg("%zuM", options->mem >> 20);
	if (trace_wanted())
		arg_traced_memory();
	arg("-smp");
	arg("%d", options->ncpu);
	arg("-device");
	arg("isa-debug-exit,iobase=%d,iosize=4", DEBUG_EXIT_PORT);
	arg("-device");
	arg("virtio-rng-pci");
	arg("-vga");
	arg("std");
}

/* Where screen and serial line are. */
static void
arg_console(enum Mode mode)
{
	if (mode != MODE_TERMINAL || options->nshare > 0) {
		arg("-device");
		arg("virtio-serial-pci,max_ports=%d", PORT_SHARE + options->nshare);
	}
	if (mode == MODE_TERMINAL) {
		arg("-serial");
		arg("mon:stdio");
	} else {
		arg_channels();
	}
	arg_shares();
	if (mode != MODE_TERMINAL || getenv("DISPLAY") == NULL) {
		arg("-display");
		arg("none");
	}
}

static void
arg_gdb(void)
{
	arg("-gdb");
	arg("tcp:localhost:%d", options->gdb_port);
	arg("-S");
	fprintf(stderr, "%s: waiting for gdb: gdb -x build/lp49.gdb, then lp49-attach :%d\n", program, options->gdb_port);
}

/* The user's own, split at spaces. */
static void
arg_more(const char *text)
{
	for (size_t n; *text; text += n) {
		text += strspn(text, " ");
		n = strcspn(text, " ");
		if (n > 0)
			arg("%.*s", (int)n, text);
	}
}

const char **
line_make(const Options *o, enum Mode mode)
{
	options = o;
	arg_machine();
	arg("-kernel");
	arg("%s", options->loader ? options->loader : boot_file("boot/loader"));
	arg("-initrd");
	arg("%s", modules(mode));
	arg_disks();
	arg_net();
	arg_console(mode);
	if (options->gdb)
		arg_gdb();
	if (options->qemu)
		arg_more(options->qemu);
	args[nargs] = NULL;
	return args;
}
