/*
 * sim/host/main.c - lp49sim: the machine's power switch.
 * Order: options, images, machine and devices, boot loading, event loop.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/host/host.h"
#include "sim/host/trace.h"

const char program[] = "lp49sim";
size_t ram_size;
static Options options;
static uv_loop_t *loop;
static bool node_running;
static uv_timer_t watch;

void
lp49sim_exit(int status)
{
	/* what programs have written comes out first; a minute at the most */
	uint64_t end = uv_hrtime() + 60ull * 1000000000;

	while (node_running && status != EXIT_SYSTEM && console_busy() && uv_hrtime() < end)
		uv_run(loop, UV_RUN_ONCE);
	if (node_running)
		node_end();
	net_end();
	trace_finish();
	terminal_end();
	fflush(NULL);
	if (status == 0 && console_failed())
		status = 1;
	_exit(status); /* a thread may still be in read() */
}

static void
watch_again(uv_timer_t *t)
{
	if (node_watch())
		uv_timer_start(t, watch_again, 100, 0);
}

static void
node_readable(uv_poll_t *h, int status, int events)
{
	(void)h, (void)status, (void)events;
	node_poll();
}

/* A child ended, was stopped, or goes on. */
static void
child_changed(uv_signal_t *h, int signum)
{
	(void)h, (void)signum;
	share_reap();
	watch_again(&watch);
}

static void
node_dead(const char *why)
{
	terminal_end();
	fprintf(stderr, "lp49sim: the system failed: %s\n", why);
	lp49sim_exit(EXIT_SYSTEM);
}

static void
timed_out(uv_timer_t *t)
{
	(void)t;
	terminal_end();
	fprintf(stderr, "lp49sim: timed out after %u seconds\n", options.timeout);
	node_end();
	net_end();
	trace_finish();
	_exit(EXIT_TIMEOUT);
}

static void
signalled(uv_signal_t *h, int signum)
{
	(void)h;
	if (signum == SIGINT) {
		console_interrupt();
		return;
	}
	terminal_end();
	node_end();
	net_end();
	trace_finish();
	_exit(128 + signum);
}

/* The folder that holds boot/: beside this program. */
static const char *
libdir_find(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n < 0)
		return ".";
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	return path;
}

static void
trace_tick(uv_timer_t *h)
{
	(void)h;
	trace_poll();
}

static void
gdb_exec(char **argv)
{
	static char script[PATH_MAX + 32];
	const char *args[300] = { "gdb", "-q", "-x", script, "--args" };
	size_t n = 5;

	snprintf(script, sizeof script, "%s/lp49.gdb", libdir_find());
	for (; *argv && n + 1 < sizeof args / sizeof args[0]; argv++)
		if (strcmp(*argv, "--gdb") != 0)
			args[n++] = *argv;
	args[n] = NULL;
	execvp("gdb", (char **)args);
	fprintf(stderr, "lp49sim: --gdb: gdb is not installed (apt-get install gdb)\n");
	exit(EXIT_USAGE);
}

static void
handles_start(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	static uv_signal_t handle[3], child;
	static uv_poll_t poll;
	static uv_timer_t timer, tracer;

	for (int i = 0; i < 3; i++) {
		struct sigaction was;

		/* nohup, or a shell's background: who started us wants it so */
		if (sigaction(signals[i], NULL, &was) == 0 && was.sa_handler == SIG_IGN)
			continue;
		uv_signal_init(loop, &handle[i]);
		uv_signal_start(&handle[i], signalled, signals[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	uv_timer_init(loop, &watch);
	uv_signal_init(loop, &child);
	uv_signal_start(&child, child_changed, SIGCHLD);
	watch_again(&watch);
	uv_poll_init(loop, &poll, node_fd());
	uv_poll_start(&poll, UV_READABLE, node_readable);
	if (trace_wanted()) {
		trace_memory(node_ram_fd(), options.mem);
		trace_kernel(&trace_kernel_sim);
		uv_timer_init(loop, &tracer);
		uv_timer_start(&tracer, trace_tick, TRACE_POLL_MS, TRACE_POLL_MS);
	}
	if (options.timeout) {
		uv_timer_init(loop, &timer);
		uv_timer_start(&timer, timed_out, (uint64_t)options.timeout * 1000, 0);
	}
}

/* A descriptor of the three that came closed would become some file of ours:
 * it is one that can't be written, and has nothing to read. */
static void
std_files(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			_exit(EXIT_SYSTEM);
}

int
main(int argc, char **argv)
{
	const char *libdir = libdir_find();
	char space[PATH_MAX + 16];
	NetLink *link[NET_MAX];

	std_files();
	options_parse(&options, false, argc, argv);
	options_open(&options);
	trace_init(&options);
	if (options.gdb)
		gdb_exec(argv);
	loop = uv_default_loop();
	for (int i = 0; i < options.nnet; i++)
		link[i] = net_open(&options.net[i], loop);
	pcap_open(options.pcap);
	ram_size = options.mem;
	snprintf(space, sizeof space, "%s/boot/space", libdir);
	NodeConfig config = { .mem = options.mem, .ncpu = options.ncpu,
		.name = options.name, .space_exe = space, .bell = device_bell,
		.dead = node_dead };
	if (node_create(&config) < 0)
		return EXIT_SYSTEM;
	machine_init(&options);
	console_init(&options, loop);
	rng_init();
	for (int i = 0; i < options.ndisk; i++)
		disk_init(&options.disk[i], loop);
	for (int i = 0; i < options.nnet; i++)
		net_init(&options.net[i], link[i]);
	if (boot_load(&options, libdir) < 0) {
		terminal_end();
		node_end();
		net_end();
		return EXIT_SYSTEM;
	}
	node_running = true;
	handles_start();
	uv_run(loop, UV_RUN_DEFAULT);
	lp49sim_exit(EXIT_SYSTEM);
}
