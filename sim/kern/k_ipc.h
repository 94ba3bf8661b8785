/*
 * k_ipc.h - what the files of IPC share: k_ipc.c, k_route.c, k_message.c, k_irq.c.
 * All functions REQUIRE K->lock.
 */
#ifndef SIM_KERN_K_IPC_H
#define SIM_KERN_K_IPC_H
#include "sim/kern/kern.h"

#pragma GCC visibility push(hidden) /* as in kern.h */
#define ERR(phase, code) ((uint32_t)(code) << 1 | (phase))
enum { SND, RCV };
#define ANY (~(uint64_t)0)
#define ANYLOCAL (~(uint64_t)0x3F)

static inline bool
is_irq(uint64_t id)
{
	return id >> 32 != 0 && id >> 32 < SIM_BELL_BASE && (uint32_t)id == 1;
}

static inline bool
is_bell(uint64_t id)
{
	return id >> 32 >= SIM_BELL_BASE && id >> 32 < SIM_BELL_BASE + SIM_DEV_MAX && (uint32_t)id == 1;
}

static inline uint64_t
irq_id(unsigned irq)
{
	return (uint64_t)irq << 32 | 1;
}

/* k_route.c */
uint64_t id_for(const Tcb *r, uint64_t id); /* as r knows it */
bool ipc_accepts(const Tcb *r, const Tcb *s); /* does r, now, receive from s? */
Tcb *ipc_redirect(Tcb *me, Tcb *d);     /* who gets me's message to d; NULL: nobody */
void ipc_propagate(Tcb *me, Tcb *d);
/* k_message.c: 0 r has it all; 1 strings are left; < 0 -L4_IpcErr… */
int ipc_copy(Op *op, Tcb *s, Tcb *r);
/* k_irq.c */
void irq_deliver(Op *op, unsigned irq, Tcb *h); /* h waits for it */
bool irq_ack(Op *op, Tcb *me, unsigned irq);
#pragma GCC visibility pop
#endif
