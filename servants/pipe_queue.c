/*
 * servants/pipe_queue.c - the messages that wait in one direction of a pipe.
 * REFS    a block has one reference while it is queued and one per claim
 * SEE     tests/unit/pipe_queue.c
 */
#include "servants/pipe_queue.h"

PipeBlock *
pipeblock_new(const void *data, size_t n)
{
	PipeBlock *b = n > SIZE_MAX - sizeof *b ? NULL : malloc(sizeof *b + n);

	if (b == NULL)
		return NULL;
	b->next = NULL;
	atomic_init(&b->ref, 1);
	b->size = n;
	b->taken = 0;
	if (n > 0)
		memcpy(b->data, data, n);
	return b;
}

void
pipeblock_put(PipeBlock *b)
{
	if (b != NULL && atomic_fetch_sub(&b->ref, 1) == 1)
		free(b);
}

void
pipequeue_add(PipeQueue *q, PipeBlock *b)
{
	if (q->head == NULL)
		q->head = b;
	else
		q->tail->next = b;
	q->tail = b;
	q->bytes += b->size;
	q->room += sizeof *b + b->size;
}

bool
pipequeue_take(PipeQueue *q, size_t n, PipeTake *t)
{
	PipeBlock *b = q->head;

	if (b == NULL)
		return false;
	t->block = b;
	t->offset = b->taken;
	t->n = b->size - b->taken < n ? b->size - b->taken : n;
	b->taken += t->n;
	q->bytes -= t->n;
	if (b->taken == b->size) {
		q->head = b->next; /* the queue's reference is the claim's now */
		q->room -= sizeof *b + b->size;
	} else {
		atomic_fetch_add(&b->ref, 1);
	}
	return true;
}

size_t
pipetake_copy(PipeTake *t, void *buf)
{
	if (t->n > 0)
		memcpy(buf, t->block->data + t->offset, t->n);
	pipeblock_put(t->block);
	t->block = NULL;
	return t->n;
}

PipeBlock *
pipequeue_empty(PipeQueue *q)
{
	PipeBlock *b = q->head;

	q->head = q->tail = NULL;
	q->bytes = q->room = 0;
	return b;
}

void
pipeblock_putall(PipeBlock *b)
{
	while (b != NULL) {
		PipeBlock *next = b->next;

		pipeblock_put(b);
		b = next;
	}
}
