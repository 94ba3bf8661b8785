/*
 * plat.h - what differs between the machines, for code above the L4 line.
 * sim/user/ and target-x86/user/ implement it (every program is linked with
 * them), and lib9/task/ what they share; sim/drv/ and target-x86/drv/ the part marked
 * CORE; the Makefile picks.
 * "ureg.h" is found by include path and defines struct Ureg: all registers of a
 * thread, in the order in which plat_note_entry pushes them, with a field pc.
 *
 * SEE lib9/l4/l4.h for the L4 calls themselves.
 */
#ifndef LIB9_PLAT_H
#define LIB9_PLAT_H
#include "lib9/lib9.h"
#include "lib9/uthread.h"
#include "lib9/l4/l4.h"
#include "ureg.h"

/* ---- a program's start ---- */
/*
 * crt0 (_start) gets sp pointing at a Startup that exec built, sets up the
 * L4 links, the thread block and mngr, calls main(argc, argv), then
 * exits(NULL).  HVM and CORE have their own start: argc is 0, mngr nil.
 */
typedef struct Startup Startup;
struct Startup {
	uintptr_t mngr;     /* CORE's Mngr thread, raw L4_ThreadId_t */
	uintptr_t pid;
	uintptr_t argc;
	char **argv;        /* argc pointers and a NULL */
};
extern Startup *startup;

/* Per-thread block, L4_UserDefinedHandle() points at it: struct Uthread of
 * lib9/uthread.h; Uthread *uthread_self(void) is implemented beside crt0. */

/*
 * plat_fork saves what a C function keeps in registers, calls
 * fn(child_ip, child_sp, arg) and returns its value in the parent. A thread
 * started at child_ip with child_sp, on a copy of the stack, returns from the
 * same call with 0.
 */
int64_t plat_fork(int64_t (*fn)(uintptr_t ip, uintptr_t sp, void *arg), void *arg);

/*
 * plat_note_entry: where HVM lets a running thread go on when a note
 * interrupts it (hvm_note). HVM has moved sp below the red zone, to a multiple of
 * 16; there lie the old ip, the old flags, the old sp. It saves every register as a Ureg, calls
 * note_dispatch(Ureg *) (lib9/sys/note.c), restores all and goes on where it was.
 */
extern const char plat_note_entry[];
typedef struct Ureg Ureg;
void note_dispatch(Ureg *);

/* A new thread's first code (hvm_thread_new): sets up a Uthread, calls fn. */
extern const char plat_thread_entry[];

/* ---- exception IPC (label 0xFFB0 …): its registers as text and fields ---- */
typedef struct Excinfo Excinfo;
struct Excinfo {
	uintptr_t pc, sp;
	int number;
	char text[64];      /* "divide error", "illegal instruction", "breakpoint" … */
};
void plat_exc_decode(const L4_Msg_t *m, Excinfo *e);
int plat_exc_regs(const L4_Msg_t *m, char *text, size_t n); /* "pc 0x…\n" lines */
/* ELF: what exec accepts on this machine */
extern const uint8_t plat_elf_class;      /* 1: 32-bit, 2: 64-bit */
extern const uint16_t plat_elf_machine;
extern const uintptr_t plat_pixels_attribute; /* MemoryControl's for a frame buffer; 0: the default */
extern const char plat_cputype[];         /* $cputype, "amd64" */

/* ---- HVM and CORE: for people ---- */
void plat_debug_puts(const char *s);      /* on the kernel's debug console; always works */
void plat_space_name(L4_ThreadId_t t, const char *name); /* for the host's ps; else nothing */

/* ---- CORE: virtio devices (sim: register pages; x86: PCI) ---- */
typedef struct VirtioDev VirtioDev;
struct VirtioDev {
	uint32_t device_id;           /* 1 net, 2 block, 3 console, 4 rng */
	int irq;
	void *regs;                   /* the transport's own */
	uint64_t priv;
};
int plat_virtio_probe(int index, VirtioDev *d);            /* -Enonexist past the last */
int plat_virtio_reset(VirtioDev *d, uint64_t want, uint64_t *got); /* features both know */
int plat_virtio_queue(VirtioDev *d, int q, uint16_t num, uint64_t desc, uint64_t avail, uint64_t used);
uint16_t plat_virtio_queue_max(VirtioDev *d, int q);
void plat_virtio_start(VirtioDev *d);                      /* DRIVER_OK */
void plat_virtio_notify(VirtioDev *d, int q);
uint32_t plat_virtio_isr(VirtioDev *d);                    /* bits 1 queue, 2 config; clears them */
void plat_virtio_config(VirtioDev *d, size_t off, void *buf, size_t n);

/*
 * ---- CORE: the machine's own devices ----
 * What a machine has besides virtio devices. One without them (the simulator)
 * answers -Enonexist. Servants hold the upper halves: servants/cons_port.c,
 * machine_disk.c, pnp.c; interrupts come through irq_attach of core/core.h.
 */
/* The terminal: on a PC screen and keyboard and serial line, all at once. */
int plat_cons_start(void);                /* 0 or -Enonexist */
int64_t plat_cons_read(void *buf, size_t n);         /* UTF-8 as typed, at least a byte; blocks */
int64_t plat_cons_write(const void *buf, size_t n);  /* all of it; may block */
void plat_cons_put(const char *s, size_t n);         /* from any thread, in any state: never sleeps */
void plat_cons_size(unsigned *cols, unsigned *rows); /* 0, 0: unknown */

/* Disks with a controller of their own. One without a medium has 0 sectors. */
typedef struct PlatDisk PlatDisk;
struct PlatDisk {
	const char *driver;           /* "ide", "ahci" */
	char where[16];               /* "ide0 master": for errors and ctl */
	char id[24];                  /* the device's serial number, "" when it has none */
	char model[44];
	char config[64];
	uint64_t nsector;
	uint32_t sector_size;
	bool readonly;
	bool removable;
	void *priv;                   /* the driver's own */
};
int plat_disk_probe(int index, PlatDisk *d);         /* -Enonexist past the last */
/* count sectors from `sector` on. 0 or -Eio with the sector as the reason. Blocks. */
int plat_disk_io(const PlatDisk *d, bool write, uint64_t sector, size_t count, uint8_t *buf);
int plat_disk_flush(const PlatDisk *d);
/* Is there another medium since the last call? Then nsector, sector_size, readonly are new. */
bool plat_disk_changed(PlatDisk *d);

/* PCI functions, in the order of their numbers. */
typedef struct PlatPci PlatPci;
struct PlatPci {
	uint8_t bus, dev, fn;
	uint16_t vendor, device;
	uint8_t class, subclass, progif;
	uint8_t irq;                  /* 255: none */
	struct {
		uint32_t bar;         /* the register: bit 0 set: I/O ports */
		uint32_t size;        /* 0: not there */
	} bar[6];
};
int plat_pci_probe(int index, PlatPci *p);           /* -Enonexist past the last */
/* n bytes of the 256 of configuration space at off, which the caller has checked. */
void plat_pci_config(const PlatPci *p, bool write, size_t off, void *buf, size_t n);

/* ---- CORE: the machine itself ---- */
int64_t plat_rtc_ns(void);                /* wall clock, ns since 1970 */
int plat_bootarg(const char *key, char *value, size_t n); /* the boot command line's key=value, -Enonexist */
void plat_last_words(const char *line);    /* HVM's, when the system ends: on all consoles */
NORETURN void plat_poweroff(int status);  /* ends lp49sim with this exit status */
NORETURN void plat_reboot(void);          /* starts the machine anew; lp49sim ends */
#endif
