/*
 * pipe_queue.h - one direction of a pipe: messages of bytes, each read within
 * one of them. No locks here: servants/pipe.c has them; tests/unit/pipe_queue.c.
 */
#ifndef SERVANTS_PIPE_QUEUE_H
#define SERVANTS_PIPE_QUEUE_H
#include <stdatomic.h>
#include "lib9/lib9.h"

typedef struct PipeBlock PipeBlock;
typedef struct PipeQueue PipeQueue;

struct PipeBlock {           /* one write */
	PipeBlock *next;
	atomic_uint ref;     /* the queue's, and one per reader that is copying */
	size_t size, taken;
	uint8_t data[];
};
struct PipeQueue {
	PipeBlock *head, *tail;
	size_t bytes;        /* not yet taken */
	size_t room;         /* memory of the messages, what was taken too: what a limit is for */
};
/* A claim of bytes: they belong to the claimer, who copies them out without a lock. */
typedef struct PipeTake PipeTake;
struct PipeTake {
	PipeBlock *block;
	size_t offset, n;
};
PipeBlock *pipeblock_new(const void *data, size_t n);   /* NULL: no memory */
void pipeblock_put(PipeBlock *b);                       /* NULL ok */
void pipequeue_add(PipeQueue *q, PipeBlock *b);         /* consumes b */
/* At most n bytes of the first message. False: the queue is empty. */
bool pipequeue_take(PipeQueue *q, size_t n, PipeTake *t);
/* Copies the claim to buf, gives the block back; the count. */
size_t pipetake_copy(PipeTake *t, void *buf);
PipeBlock *pipequeue_empty(PipeQueue *q);               /* all blocks, for pipeblock_putall */
void pipeblock_putall(PipeBlock *b);
#endif
