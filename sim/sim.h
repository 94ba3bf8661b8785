/*
 * sim.h - the simulated machine, between the device model (sim/host/) and the
 * kernel (sim/kern/).
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_DEV_MAX = 16, SIM_IRQ_BASE = 1, SIM_BELL_BASE = 32 };
#define SIM_DEV_PHYS 0xF0000000ul /* register page of device i: + 4096 i */
#define SIM_MEM_MAX 0xA0000000ul  /* RAM ends below */

/*
 * Register page of a virtio device. There are no traps, so what virtio-mmio
 * does with selectors are plain fields here. The driver writes `status` last
 * and rings; the device answers by setting `ack` to the same value.
 */
typedef struct SimQueue SimQueue;
struct SimQueue {
	uint32_t max, num;              /* ring sizes: device's limit, driver's choice */
	uint64_t desc, avail, used;     /* physical addresses */
	uint32_t ready, pad;
};
typedef struct SimDev SimDev;
struct SimDev {
	uint32_t magic;                 /* "virt", 0x74726976; 0: no device */
	uint32_t device_id;
	uint64_t features, accepted;
	uint32_t status, ack;           /* virtio's: 1 ACKNOWLEDGE 2 DRIVER 4 DRIVER_OK 8 FEATURES_OK; 0 reset */
	uint32_t isr;                   /* atomic: device ORs 1 queue, 2 config; driver exchanges 0 */
	uint32_t notify;                /* atomic: bit q set by the driver before it rings */
	uint32_t config_gen, nqueue;
	SimQueue queue[32];
	uint8_t config[256];
};
_Static_assert(sizeof(SimDev) <= 4096, "one page");

/* The platform's own device 0 (device_id 0xFFFF): config holds the fields below. */
typedef struct SimMachine SimMachine;
struct SimMachine {
	uint32_t poweroff;              /* 1: status is valid, ring the bell */
	int32_t status;
	int64_t rtc_ns;                 /* driver writes 0 and rings; the answer: ns since 1970 */
	char bootargs[216];             /* "key=value" NUL-separated, ends with an empty one */
};
enum { SIM_MACHINE_ID = 0xFFFF };

/* ---- what sim/kern gives to lp49sim (sim/kern/k_node.c, sim/host/node.c) ---- */
typedef struct NodeConfig NodeConfig;
struct NodeConfig {
	size_t mem;                     /* bytes of RAM, a multiple of 4 MiB */
	int ncpu;
	const char *name;               /* node's, for ps */
	const char *space_exe;          /* path of boot/space */
	void (*bell)(int device);       /* device's bell rang */
	void (*dead)(const char *why);  /* root task or zygote died: the system failed */
};
typedef struct NodeTask NodeTask;       /* sigma0 and root, loaded in RAM at their link addresses */
struct NodeTask {
	uint64_t ip, low, high;
};
typedef struct NodeMem NodeMem;         /* extra memory descriptors for the KIP */
struct NodeMem {
	uint64_t low, high;             /* [low, high), 1 KiB granules */
	int type, subtype;              /* X.2: 1 conventional 2 reserved 3 dedicated 4 shared 0xE boot loader */
};
/* node_create: memfds, KIP. 0, or -1 with a line on stderr. */
int node_create(const NodeConfig *c);
int node_ram_fd(void);                  /* the file that is its RAM; a physical address is an offset */
uint8_t *node_ram(void);                /* lp49sim's mapping of RAM */
SimDev *node_dev(int device);           /* … of a register page */
/* node_boot: KIP's task and memory fields and BootInfo's physical address, then
 * zygote, sigma0 and root run. */
int node_boot(const NodeTask *sigma0, const NodeTask *root, const NodeMem *mem, size_t nmem, uint64_t bootinfo);
int node_fd(void);                      /* readable: call node_poll */
void node_poll(void);                   /* doorbells, deaths; calls the callbacks */
/* node_watch: call it after SIGCHLD, and again every 0.1 s while it says true: the
 * zygote is stopped (SIGSTOP), which the node does not survive for long. */
bool node_watch(void);
void node_irq(int device);              /* raise its interrupt */
void node_end(void);                    /* kill and reap every process */
/* node_spaces: one line per space for the debugger; the length */
int node_spaces(char *text, size_t n);
#endif
