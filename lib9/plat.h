/*
 * plat.h - what differs between the machines, for code above the L4 line.
 * sim/user/ and target-x86/user/ implement it (every program is linked with
 * them), sim/drv/ and target-x86/drv/ the part marked CORE; the Makefile picks.
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
 * note_dispatch(Ureg *) (lib9/note.c), restores all and goes on where it was.
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

/* ---- CORE: the machine itself ---- */
int64_t plat_rtc_ns(void);                /* wall clock, ns since 1970 */
int plat_bootarg(const char *key, char *value, size_t n); /* the boot command line's key=value, -Enonexist */
NORETURN void plat_poweroff(int status);  /* ends lp49sim with this exit status */
#endif
