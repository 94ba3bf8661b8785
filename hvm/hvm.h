/*
 * hvm.h - what HVM, the root task, does for CORE (and, where marked *, for any
 * program about itself), as L4 calls. The functions are the client side
 * (hvm/client.c, linked into CORE and lib9's programs); the message layouts are in
 * hvm/proto.h. HVM never calls CORE: it answers hvm_event().
 *
 * A space has a number, sid, 1 .. HVM_NSPACE-1. Thread numbers tell the space:
 * hvm_sid(tid). All functions: 0 or a count, or -Exxx (-Enomem, -Eaddr, -Ebadarg,
 * -Eperm, -Enoproc, -Eprocdied).
 */
#ifndef HVM_HVM_H
#define HVM_HVM_H
#include "lib9/lib9.h"
#include "lib9/l4/l4.h"

/* The layout of every space, the same on 32- and 64-bit machines. */
enum { HVM_NSPACE = 1024, HVM_NTHREAD = 16 };  /* threads of one space; CORE has HVM_NCORETHREAD */
enum { HVM_NCORETHREAD = 512 };
#define HVM_TEXT      0x00400000ul  /* where programs are linked */
#define HVM_SEG       0x60000000ul  /* segattach without an address: from here up */
#define HVM_STACKTOP  0xA0000000ul  /* the stack ends here, grows down to its limit */
#define HVM_STACKMAX  0x01000000ul  /* 16 MiB, below it one guard page */
#define HVM_UTCB      0xBF000000ul
#define HVM_KIP       0xBFF00000ul

int hvm_sid(L4_ThreadId_t t);       /* 0: not a thread of a space of HVM's */

/* images: the pages of an ELF file, shared by all who run it */
int hvm_image_phys(uint64_t pa, size_t size);          /* of the root archive: -> image id */
int hvm_image_new(size_t size, void **window);         /* CORE fills the window, then seals */
int hvm_image_seal(int image);                         /* checks the ELF header: -Ebadexec */
void hvm_image_put(int image);                         /* frees it when no space uses it */

/* spaces */
int hvm_space_new(int *sid, L4_ThreadId_t *main);      /* empty; its main thread inactive */
enum { HVM_SHARE = 1 };                                /* data, bss, heap shared; stack copied */
int hvm_fork(int parent, int flags, uintptr_t ip, uintptr_t sp, int *sid, L4_ThreadId_t *main);
/* hvm_exec replaces all regions by image's, puts the n bytes of stack at the
 * top of a fresh stack (they were built for that address: hvm_stack_base(n)),
 * ends its other threads and starts the main one at the ELF entry with
 * sp = hvm_stack_base(n). Fails only before anything is changed. */
uintptr_t hvm_stack_base(size_t n);
int hvm_exec(int sid, int image, const char *name, const void *stack, size_t n);
int hvm_kill(int sid);                                 /* all threads, regions, the space */
int hvm_stop(int sid), hvm_start(int sid);             /* halt and resume every thread */
int hvm_thread_stop(int sid, int slot, bool stop);     /* … one; slot 0 is the main one. -Ebadarg: none */
/* hvm_pri: the L4 priority of all its threads, now and later, and of its forks. What
 * is above HVM_PRI would keep CORE from running: not given. */
enum { HVM_PRI = 100 };                                /* what a thread is born with */
int hvm_pri(int sid, int pri);
/* hvm_note makes the main thread go on at ip with the interrupted ip and flags
 * pushed on its stack (layout: ureg.h's Ureg), cancelling its IPC. */
int hvm_note(int sid, uintptr_t ip);
int hvm_brk(int sid, uintptr_t end);                   /* page-rounded end of heap */
enum { HVM_SG_SHARED = 1, HVM_SG_RESERVE = 2 };        /* RESERVE: no memory, for own pagers */
int hvm_segattach(int sid, int flags, const char *class, uintptr_t *va, size_t len);
int hvm_segdetach(int sid, uintptr_t va);
int64_t hvm_peek(int sid, uintptr_t va, void *buf, size_t n);
int64_t hvm_poke(int sid, uintptr_t va, const void *buf, size_t n);
int hvm_segments(int sid, char *text, size_t n);       /* /proc/n/segment: lines, the length */
int hvm_regs(int sid, char *text, size_t n);           /* /proc/n/regs: "pc 0x…" lines */
int hvm_threads(int sid, char *text, size_t n);        /* /proc/n/threads: "slot id state pc sp" lines */

/* events: a thread in trouble stays blocked until hvm_kill, hvm_note or hvm_exec */
typedef struct HvmEvent HvmEvent;
struct HvmEvent {
	int sid;
	L4_ThreadId_t thread;
	char text[ERRMAX];   /* a note: "sys: trap: fault read addr=0x0 pc=0x400123" */
};
int hvm_event(HvmEvent *e);                            /* blocks (only this call does) */

/* CORE's own memory and threads, and a program's own (*) */
int hvm_thread_new(L4_ThreadId_t *t, L4_ThreadId_t pager, void (*fn)(void *), void *arg, void *stack, size_t size); /* * pager nil: HVM */
int hvm_thread_kill(L4_ThreadId_t t);                  /* * */
int hvm_mem(size_t npage, void **va, uint64_t *pa);    /* contiguous, zeroed, for DMA */
/* hvm_map_phys: a boot module, a device's registers, or pixels: written only, in any order */
enum { HVM_MODULE, HVM_DEVICE, HVM_PIXELS };
int hvm_map_phys(uint64_t pa, size_t npage, int kind, void **va);
int hvm_trace(uint64_t pa, size_t npage);              /* memory of hvm_mem's, a TraceShared (lib9/trace.h) */
int hvm_irq(int irq);                                  /* interrupt IPC to the calling thread */
int hvm_bootinfo(int index, uint64_t *pa, size_t *size, char *cmdline, size_t n); /* boot modules; -Enonexist past the end */
int hvm_debug(const char *line, char *out, size_t n);  /* the debug shell's commands: text */
#endif
