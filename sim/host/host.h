/*
 * host.h - lp49sim's own parts: options, boot loading, devices. The machine and
 * its kernel are behind sim/sim.h.
 */
#ifndef SIM_HOST_HOST_H
#define SIM_HOST_HOST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <uv.h>
#include "sim/host/net.h"
#include "sim/sim.h"

/* lp49sim's exit statuses (DESIGN.md's command line) */
enum { EXIT_USAGE = 2, EXIT_SYSTEM = 3, EXIT_TIMEOUT = 124 };
enum { DISK_MAX = 8, SHARE_MAX = 8, TRACEFILE_MAX = 4 };

typedef struct DiskOption DiskOption;
struct DiskOption {
	char *file;
	bool ro, floppy;
	int fd;
	uint64_t size;          /* bytes */
};
typedef struct ShareOption ShareOption;
struct ShareOption {
	char *dir;
	bool ro;
};
typedef struct Options Options;
struct Options {
	const char *cmd;        /* -c */
	const char *script;     /* or a script with its arguments */
	char **args;
	int nargs;
	DiskOption disk[DISK_MAX];
	int ndisk;
	NetOption net[NET_MAX];
	int nnet;
	const char *pcap;       /* file, NULL: no capture */
	ShareOption share[SHARE_MAX];
	int nshare;
	size_t mem;
	int ncpu;
	const char *name, *trace, *root;
	const char *tracefile[TRACEFILE_MAX];
	int ntracefile;
	unsigned timeout;       /* seconds, 0: none */
	bool gdb, quiet;
	bool ide;               /* the rest: lp49qemu only */
	const char *loader, *kernel, *sigma0, *qemu;
	int gdb_port;
};
extern const char program[];    /* "lp49sim", for messages */
/* options_parse exits with 0 after --help and --version, with 2 and one line
 * on stderr for anything wrong. */
void options_parse(Options *o, bool qemu, int argc, char **argv);
/* options_open opens and locks the images; exits with 2 and one line. */
void options_open(Options *o);
/* $TERM, for boot argument term; "dumb" when it is not set or we are at no terminal. */
const char *terminal_name(void);
/* options_bad exits with 2 and this line. */
void options_bad(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* boot_load puts sigma0, the root task, CORE, the root archive and the script
 * into RAM and starts the node. 0, or -1 with a line on stderr. */
int boot_load(const Options *o, const char *libdir);

/* ---- devices: each has a number, a register page and these two functions ---- */
typedef struct Device Device;
struct Device {
	void (*start)(int dev);         /* driver said DRIVER_OK */
	void (*notify)(int dev, int q); /* driver rang for queue q */
};
/* device_add: the next free number. features: offered. */
int device_add(uint32_t device_id, uint64_t features, int nqueue, uint32_t ring, const Device *d);
void device_bell(int dev);              /* from node_poll */
void device_irq(int dev, uint32_t isr); /* sets isr bits, raises */

/* The device's side of a split virtqueue. Every address and index comes from
 * the guest and is checked. */
typedef struct Chain Chain;
struct Chain {
	uint16_t head;
	int nout, nin;                  /* readable buffers first, then writable */
	struct iovec iov[130];
	size_t outsize, insize;
};
bool queue_pop(int dev, int q, Chain *c);              /* false: nothing there */
bool queue_waiting(int dev, int q);
void queue_push(int dev, int q, uint16_t head, uint32_t written); /* and interrupts */

void machine_init(const Options *o);    /* device 0: boot arguments, power off */
void console_init(const Options *o, uv_loop_t *loop);
void console_port_open(int port, bool open);    /* tells the driver that the host has it open, or not */
/* The host's terminal: false: there is none; what is written there; give it back. */
bool terminal_take(void);
void terminal_watch(const char *s, size_t n);
void terminal_end(void);
bool console_busy(void);                /* output is still on its way */
void console_interrupt(void);           /* as if ^C had been typed */
bool console_failed(void);              /* output was lost: full, or an error */
/* The user's history: opened to be read from the start, -1: there is none; a line more. */
int history_open(void);
void history_append(const struct iovec *iov, int n);
void rng_init(void);

/* ---- share.c: ports whose other end is a u9fs ---- */
enum { PORT_SHARE = 5 };        /* the first one; servants/virtio_impl.h */
void share_init(const Options *o, uv_loop_t *loop, int dev);
void share_connect(int port);           /* the driver opened it: a new u9fs, console_port_open */
void share_disconnect(int port);
void share_notify(int port);             /* the driver rang for one of its queues */
void share_reap(void);                  /* a child ended; says how */

/* ---- u9fs.c: the program that serves a shared directory ---- */
/* u9fs_start: its standard input and output are the socket fd, which stays the
 * caller's. It dies with this program. The pid, or -1. */
pid_t u9fs_start(const ShareOption *s, int fd);
/* u9fs_ended: says what a wait status of its means; it was not meant to end. */
void u9fs_ended(const ShareOption *s, int index, int status);
const char *u9fs_path(void);            /* beside this program */
void disk_init(const DiskOption *d, uv_loop_t *loop);
void net_init(const NetOption *o, NetLink *l);

/* lp49sim_exit ends everything in order and leaves with status. */
void lp49sim_exit(int status) __attribute__((noreturn));
#endif
