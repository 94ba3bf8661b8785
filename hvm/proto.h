/*
 * hvm/proto.h - the requests of hvm.h as L4 messages: client.c -> HVM (Call),
 * and HVM's answer.
 *
 * Request  MR0 tag: label = HVM_LABEL + HVM_x, u = the number of words, t = 0
 *          MR1 ..   the words in the table's order. A 64-bit physical address
 *                   is two words, low 32 bits first, on every machine.
 * Reply    MR0 tag: label = 0, u = 1 + words
 *          MR1      the result: 0 or a count, or -Exxx
 *          MR2 ..   result words
 * Buffers are named by address and size. HVM has every frame of the machine in
 * its own space, so it copies between the pages of CORE's regions and its own by
 * itself: no string item, no fault that could wait for HVM inside a transfer.
 * Only CORE may name buffers; a program's requests (*) are words only.
 */
#ifndef HVM_PROTO_H
#define HVM_PROTO_H

/* X(name, who may ask: 1 CORE only, 0 any program about itself) */
#define HVM_CALLS                                                              \
	X(image_phys, 1)  /* palo, pahi, size -> id */                         \
	X(image_new, 1)   /* size -> id; window */                             \
	X(image_seal, 1)  /* image */                                          \
	X(image_put, 1)   /* image */                                          \
	X(space_new, 1)   /* -> ; sid, main thread */                          \
	X(fork, 1)        /* parent, flags, ip, sp -> ; sid, main thread */    \
	X(exec, 1)        /* sid, image, name, size, stack, size */            \
	X(kill, 1)        /* sid */                                            \
	X(stop, 1)        /* sid */                                            \
	X(start, 1)       /* sid */                                            \
	X(pri, 1)         /* sid, priority */                                  \
	X(note, 1)        /* sid, ip */                                        \
	X(brk, 1)         /* sid, end */                                       \
	X(segattach, 1)   /* sid, flags, class, size, va, len -> ; va */       \
	X(segdetach, 1)   /* sid, va */                                        \
	X(peek, 1)        /* sid, va, buffer, size -> count */                 \
	X(poke, 1)        /* sid, va, buffer, size -> count */                 \
	X(segments, 1)    /* sid, buffer, size -> length */                    \
	X(regs, 1)        /* sid, buffer, size -> length */                    \
	X(threads, 1)     /* sid, buffer, size -> length */                    \
	X(thread_stop, 1) /* sid, slot, stop */                                \
	X(event, 1)       /* text buffer, size -> ; sid, thread. Answered late. */ \
	X(thread_new, 0)  /* pager, ip, sp -> ; thread */                      \
	X(thread_kill, 0) /* thread */                                         \
	X(mem, 1)         /* npage -> ; va, palo, pahi */                      \
	X(map_phys, 1)    /* palo, pahi, npage, kind -> ; va */                \
	X(irq, 1)         /* irq */                                            \
	X(trace, 1)       /* palo, pahi, npage */                              \
	X(bootinfo, 1)    /* index, buffer, size -> ; palo, pahi, size */      \
	X(debug, 1)       /* line, size, buffer, size -> length */

enum {
#define X(name, core) HVM_##name,
	HVM_CALLS
#undef X
	HVM_ncall
};
enum {
	HVM_LABEL = 0x4000,
	HVM_NARG = 6,           /* most words of a request */
	HVM_NOUT = 3,           /* most result words */
};

/*
 * hvm_numbers: the first thread number of HVM's clients, and the one behind the
 * last. CORE (sid 1) has HVM_NCORETHREAD numbers, the others HVM_NTHREAD each.
 */
enum { HVM_FIRST_THREAD = 16 };   /* above the kernel's UserBase: sigma0, root … */
#endif
