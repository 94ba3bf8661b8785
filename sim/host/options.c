/*
 * sim/host/options.c - the command line of lp49sim and of lp49qemu. Whatever is
 * wrong gives one line that says what and what next, and exit status 2 before
 * anything was changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/host/host.h"

static const char usage[] =
    "usage: %s [option ...] [script [arg ...]]\n"
    "Runs LP49, a distributed operating system kit, %s.\n"
    "Without a script and without -c: an interactive rc on the terminal\n"
    "(^A x at an empty line leaves, ^C interrupts the program that runs).\n"
    "\n"
    "  -c CMD               run an rc command line\n"
    "  --disk FILE[,ro]     a disk image: /dev/sdC0, the next one sdC1 ...\n"
    "  --floppy FILE[,ro]   a floppy image: /dev/fd0disk\n"
    "  --share DIR[,ro]     a directory of the host: /n/host, the next one /n/host1 ...\n"
    "  --net WHERE          a network card: user[,hostfwd=tcp:ADDR:PORT-:PORT] the\n"
    "                       host's network; hub:NAME one of your nodes on this host;\n"
    "                       socket:listen=PATH, socket:connect=PATH,\n"
    "                       socket:local=PATH,remote=PATH shared with QEMU;\n"
    "                       tap:INTERFACE; with each: ,mac=XX:XX:XX:XX:XX:XX\n"
    "  --pcap FILE          capture what the network cards send and receive\n"
    "  --mem SIZE           memory, as 64M or 1G (default 256M)\n"
    "  --cpus N             %s (default 1)\n"
    "  --name NODE          the node's name (default lp49)\n"
    "  --trace CLASS[,...]  a line on standard error for each event of these classes:\n"
    "                       9p syscall ipc pager sched, all, none (doc/trace.md)\n"
    "  --trace-file FILE    the same into FILE: a time line for Perfetto, or, as its\n"
    "                       name ends, .pcapng for Wireshark, .txt lines; repeatable\n"
    "  --timeout SECONDS    give up after that time, exit status 124\n"
    "  --gdb                %s (doc/gdb.md)\n"
    "  --quiet              no messages of the system itself\n"
    "  --version, --help\n"
    "%s"
    "\n"
    "For developers: --root FILE runs FILE as the root task in place of HVM.\n"
    "Exit status: 0 rc's status was empty, 1 it was not, 2 bad usage, 3 the\n"
    "system failed, 124 timed out.\n";
static const char usage_qemu[] =
    "\n"
    "  --gdb=PORT           wait for gdb on another TCP port than 1234\n"
    "  --ide                disks are IDE disks, not virtio\n"
    "  --qemu ARGS          more of QEMU's own options, with spaces between\n"
    "  --loader FILE        another multiboot loader\n"
    "  --kernel FILE        another L4 X.2 kernel\n"
    "  --sigma0 FILE        another sigma0\n";

static void
usage_print(bool qemu)
{
	printf(usage, program, qemu ? "on a PC that QEMU emulates" : "as Linux processes",
	    qemu ? "processors" : "host CPUs that the node uses",
	    qemu ? "wait for gdb" : "run under gdb", qemu ? usage_qemu : "");
}

void
options_bad(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "%s: ", program);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(EXIT_USAGE);
}

/* A decimal number with K, M or G behind it. */
static uint64_t
size_parse(const char *s, const char *option)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(s, &end, 10);
	if (*s < '0' || *s > '9' || errno != 0)
		options_bad("%s: want a size such as 64M, not \"%s\"", option, s);
	for (const char *unit = "KMG", *u = unit; *end && *u; u++)
		if ((*end & ~32) == *u) {
			v <<= 10 * (u - unit + 1);
			end++;
			break;
		}
	if (*end != '\0' || v == 0)
		options_bad("%s: want a size such as 64M, not \"%s\"", option, s);
	return v;
}

static unsigned
number_parse(const char *s, const char *option, unsigned max)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (*s < '0' || *s > '9' || *end || errno != 0 || v == 0 || v > max)
		options_bad("%s: want a number from 1 to %u, not \"%s\"", option, max, s);
	return (unsigned)v;
}

static void
disk_parse(Options *o, char *arg, bool floppy)
{
	DiskOption *d = &o->disk[o->ndisk];
	size_t n = strlen(arg);

	if (o->ndisk == DISK_MAX)
		options_bad("more than %d disks", DISK_MAX);
	if (n > 3 && strcmp(arg + n - 3, ",ro") == 0) {
		arg[n - 3] = '\0';
		d->ro = true;
	}
	if (*arg == '\0')
		options_bad("%s: want a file name", floppy ? "--floppy" : "--disk");
	d->file = arg;
	d->floppy = floppy;
	d->fd = -1;
	o->ndisk++;
}

static void
share_parse(Options *o, char *arg)
{
	ShareOption *s = &o->share[o->nshare];
	size_t n = strlen(arg);

	if (o->nshare == SHARE_MAX)
		options_bad("more than %d shared directories", SHARE_MAX);
	if (n > 3 && strcmp(arg + n - 3, ",ro") == 0) {
		arg[n - 3] = '\0';
		s->ro = true;
	}
	if (*arg == '\0')
		options_bad("--share: want a directory");
	s->dir = arg;
	o->nshare++;
}

/* A directory that this user may look into, and the program that serves it. */
static void
share_check(const ShareOption *s)
{
	struct stat st;

	if (stat(s->dir, &st) < 0)
		options_bad("--share %s: %s", s->dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		options_bad("--share %s: not a directory", s->dir);
	if (access(s->dir, R_OK | X_OK) < 0)
		options_bad("--share %s: %s", s->dir, strerror(errno));
	if (access(u9fs_path(), X_OK) < 0)
		options_bad("--share: %s: %s; \"make\" builds it", u9fs_path(), strerror(errno));
}

static void
name_check(const char *name)
{
	if (*name == '\0' || strlen(name) > 27 || strpbrk(name, "/ \t\n=") != NULL)
		options_bad("--name: want up to 27 letters without spaces or slashes, not \"%s\"", name);
}

void
options_parse(Options *o, bool qemu, int argc, char **argv)
{
	enum { DISK = 256, FLOPPY, SHARE, NET, PCAP, MEM, CPUS, NAME, TRACE, TRACE_FILE, TIMEOUT, GDB, QUIET, VERSION, HELP, ROOT,
		IDE, LOADER, KERNEL, SIGMA0, QEMU, GDB_PORT };
	static const struct option table[] = {
		{ "ide", 0, NULL, IDE }, { "loader", 1, NULL, LOADER },
		{ "kernel", 1, NULL, KERNEL }, { "sigma0", 1, NULL, SIGMA0 },
		{ "qemu", 1, NULL, QEMU }, { "gdb", 2, NULL, GDB_PORT },
		{ "disk", 1, NULL, DISK }, { "floppy", 1, NULL, FLOPPY },
		{ "share", 1, NULL, SHARE },
		{ "net", 1, NULL, NET }, { "pcap", 1, NULL, PCAP },
		{ "mem", 1, NULL, MEM }, { "cpus", 1, NULL, CPUS },
		{ "name", 1, NULL, NAME }, { "trace", 1, NULL, TRACE },
		{ "trace-file", 1, NULL, TRACE_FILE },
		{ "timeout", 1, NULL, TIMEOUT }, { "gdb", 0, NULL, GDB },
		{ "quiet", 0, NULL, QUIET }, { "version", 0, NULL, VERSION },
		{ "help", 0, NULL, HELP }, { "root", 1, NULL, ROOT },
		{ NULL, 0, NULL, 0 },
	};
	/* the modules lie behind the root task at 4M (sim/host/boot.c), or behind the
	 * PC's loader at 16M (target-x86/loader/loader.ld) */
	const unsigned long least = (qemu ? 20ul : 16ul) << 20, most = qemu ? 16384ul << 20 : SIM_MEM_MAX;
	uint64_t mem;
	int c;

	/* the first six are lp49qemu's only */
	*o = (Options){ .mem = 256u << 20, .ncpu = 1, .name = "lp49", .gdb_port = 1234 };
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:c:", qemu ? table : table + 6, NULL)) != -1) {
		switch (c) {
		case 'c': o->cmd = optarg; break;
		case DISK: disk_parse(o, optarg, false); break;
		case FLOPPY: disk_parse(o, optarg, true); break;
		case SHARE: share_parse(o, optarg); break;
		case NET:
			if (o->nnet == NET_MAX)
				options_bad("more than %d network cards", NET_MAX);
			net_parse(&o->net[o->nnet++], optarg);
			break;
		case PCAP: o->pcap = optarg; break;
		case MEM:
			mem = size_parse(optarg, "--mem");
			if (mem < least || mem > most)
				options_bad("--mem: want %luM to %luM, not \"%s\"", least >> 20, most >> 20, optarg);
			o->mem = (size_t)mem & ~(size_t)((4u << 20) - 1);
			break;
		case CPUS: o->ncpu = (int)number_parse(optarg, "--cpus", 64); break;
		case NAME: o->name = optarg; name_check(optarg); break;
		case TRACE: o->trace = optarg; break;
		case TRACE_FILE:
			if (o->ntracefile == TRACEFILE_MAX)
				options_bad("more than %d trace files", TRACEFILE_MAX);
			if (*optarg == '\0')
				options_bad("--trace-file: want a file name");
			o->tracefile[o->ntracefile++] = optarg;
			break;
		case TIMEOUT: o->timeout = number_parse(optarg, "--timeout", 1000000); break;
		case GDB: o->gdb = true; break;
		case QUIET: o->quiet = true; break;
		case ROOT: o->root = optarg; break;
		case IDE: o->ide = true; break;
		case LOADER: o->loader = optarg; break;
		case KERNEL: o->kernel = optarg; break;
		case SIGMA0: o->sigma0 = optarg; break;
		case QEMU: o->qemu = optarg; break;
		case GDB_PORT:
			o->gdb = true;
			if (optarg)
				o->gdb_port = (int)number_parse(optarg, "--gdb", 65535);
			break;
		case VERSION:
			printf("%s %s\n", program, LP49_VERSION);
			exit(0);
		case HELP:
			usage_print(qemu);
			exit(0);
		case ':':
			options_bad("%s needs an argument; try --help", argv[optind - 1]);
		default:
			options_bad("unknown option %s; try --help", argv[optind - 1]);
		}
	}
	if (o->pcap && o->nnet == 0)
		options_bad("--pcap: there is no network to capture; add --net hub:NAME");
	if (optind < argc) {
		if (o->cmd)
			options_bad("-c and a script (%s) do not go together", argv[optind]);
		o->script = argv[optind];
		o->args = argv + optind + 1;
		o->nargs = argc - optind - 1;
	}
}

void
options_open(Options *o)
{
	enum { IDE_MAX = 4 };
	int nide = 0;

	for (DiskOption *d = o->disk; d < o->disk + o->ndisk; d++) {
		struct stat st;
		off_t size;

		if (o->ide && !d->floppy && ++nide > IDE_MAX)
			options_bad("%s: a PC has room for %d IDE disks; leave out --ide", d->file, IDE_MAX);
		d->fd = open(d->file, (d->ro ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
		if (d->fd < 0 && !d->ro && (errno == EACCES || errno == EROFS))
			options_bad("%s: %s; \"%s,ro\" uses it read-only", d->file, strerror(errno), d->file);
		if (d->fd < 0 || fstat(d->fd, &st) < 0)
			options_bad("%s: %s", d->file, strerror(errno));
		if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
			options_bad("%s: not a disk image", d->file);
		if (flock(d->fd, (d->ro ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0)
			options_bad("%s: the image is in use by another LP49", d->file);
		if ((size = lseek(d->fd, 0, SEEK_END)) < 512)
			options_bad("%s: the image is smaller than one sector", d->file);
		d->size = (uint64_t)size & ~(uint64_t)511;
	}
	for (int i = 0; i < o->nshare; i++)
		share_check(&o->share[i]);
	if (o->script) {
		struct stat st;

		if (stat(o->script, &st) < 0)
			options_bad("%s: %s", o->script, strerror(errno));
		if (!S_ISREG(st.st_mode))
			options_bad("%s: not a file", o->script);
		if (access(o->script, R_OK) < 0)
			options_bad("%s: %s", o->script, strerror(errno));
	}
	const char *const files[] = { o->root, o->loader, o->kernel, o->sigma0 };

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (files[i] && access(files[i], R_OK) < 0)
			options_bad("%s: %s", files[i], strerror(errno));
}

const char *
terminal_name(void)
{
	const char *name = getenv("TERM");

	if (!isatty(0) || !isatty(1) || name == NULL || *name == '\0' || strlen(name) > 31 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+._") != strlen(name))
		return "dumb";
	return name;
}
