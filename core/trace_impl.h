/*
 * trace_impl.h - what core/trace.c and core/trace_call.c share.
 */
#ifndef CORE_TRACE_IMPL_H
#define CORE_TRACE_IMPL_H
#include "core/core_impl.h"

#define FLOW_MUTE UINT32_MAX      /* flow of what is done for a reader of the trace */
uint32_t trace_flow_new(void);
/* All but ns, seq, size and flow. REQUIRES trace_shared(). */
void trace_rec_init(TraceRec *rec, unsigned class, unsigned kind, Proc *p);
void trace_put(TraceRec *rec, const TracePart *part, size_t n);
uint32_t trace_mask_of(const Proc *p); /* classes to record of p now */
bool trace_muted(const Proc *p);        /* it reads the trace */
int trace_call_init(void);
void trace_serving_end(const Proc *p);
#endif
