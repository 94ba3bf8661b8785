/*
 * lib9/trace.c - classes of trace records, and the rings that hold them.
 *
 * A ring's writer first moves the tail over what it is going to overwrite, then
 * writes, then moves the head. A reader copies a record and looks at the tail again:
 * if that went by meanwhile, what it copied is nonsense, and it starts at the tail.
 * The records' numbers tell it how many it has missed.
 * SEE lib9/trace.h; tests/unit/trace.c
 */
#include "lib9/trace.h"

enum { TRIES = 100 };

const char *const trace_class_name[TRACE_NCLASS] = {
#define X(n) #n,
	TRACE_CLASSES
#undef X
};

static int
class_bad(Str word)
{
	char text[ERRMAX];

	snprintf(text, sizeof text, "no trace class \"%.*s\"; there are 9p syscall ipc pager sched, all and none",
	    (int)(word.n < 24 ? word.n : 24), word.s);
	return err_set(Ebadarg, text);
}

int
trace_classes(const char *list, uint32_t *mask)
{
	uint32_t bits = 0;

	if (*list == '\0')
		return class_bad((Str){ list, 0 });
	for (const char *p = list; *p != '\0';) {
		size_t n = strcspn(p, ",");
		unsigned i = 0;

		while (i < TRACE_NCLASS && !str_eq((Str){ p, n }, trace_class_name[i]))
			i++;
		if (i < TRACE_NCLASS)
			bits |= 1u << i;
		else if (str_eq((Str){ p, n }, "all"))
			bits |= TRACE_ALL & ~(1u << TRACE_flow);
		else if (!str_eq((Str){ p, n }, "none"))
			return class_bad((Str){ p, n });
		p += n + (p[n] == ',');
	}
	*mask = bits;
	return 0;
}

char *
trace_classes_text(uint32_t mask, char *text, size_t n)
{
	char *p = text, *end = text + n;

	*p = '\0';
	for (unsigned i = 0; i < TRACE_NCLASS; i++)
		if (mask >> i & 1)
			p = seprint(p, end, "%s%s", p == text ? "" : ",", trace_class_name[i]);
	return text;
}

/* ---- rings ---- */
void
tracering_init(TraceRing *r, size_t size)
{
	*r = (TraceRing){ .size = (uint32_t)size };
}

static void
bytes_put(TraceRing *r, uint32_t at, const void *from, size_t n)
{
	uint32_t i = at & (r->size - 1);
	size_t first = n < r->size - i ? n : r->size - i;

	memcpy(r->data + i, from, first);
	memcpy(r->data, (const uint8_t *)from + first, n - first);
}

static void
bytes_get(const TraceRing *r, uint32_t size, uint32_t at, void *to, size_t n)
{
	uint32_t i = at & (size - 1);
	size_t first = n < size - i ? n : size - i;

	memcpy(to, r->data + i, first);
	memcpy((uint8_t *)to + first, r->data, n - first);
}

/* Until n bytes are free behind the head, the oldest go. */
static void
room_make(TraceRing *r, uint32_t head, uint32_t n)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed), old = tail;

	while (head + n - tail > r->size) {
		uint32_t size;

		bytes_get(r, r->size, tail, &size, sizeof size);
		tail += size;
	}
	if (tail == old)
		return;
	atomic_store_explicit(&r->tail, tail, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst); /* the tail is seen before what overwrites */
}

void
tracering_put(TraceRing *r, TraceRec *rec, const TracePart *part, size_t npart)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t size = sizeof *rec, at = sizeof *rec;

	for (size_t i = 0; i < npart; i++)
		size += part[i].n;
	size = (size + 7) & ~(size_t)7;
	rec->seq = r->seq++;
	if (size > r->size / 4)
		return;
	rec->size = (uint32_t)size;
	room_make(r, head, rec->size);
	bytes_put(r, head, rec, sizeof *rec);
	for (size_t i = 0; i < npart; at += part[i++].n)
		bytes_put(r, head + (uint32_t)at, part[i].p, part[i].n);
	atomic_store_explicit(&r->head, head + rec->size, memory_order_release);
}

size_t
tracering_get(const TraceRing *r, uint32_t size, TracePlace *p, void *buf, size_t n)
{
	TraceRec *rec = buf;
	uint32_t head, tail;
	size_t got;
	int tries = 0;

	do {
		if (++tries > TRIES) /* the writer is mad, or far too fast */
			return 0;
		tail = atomic_load_explicit(&r->tail, memory_order_acquire);
		head = atomic_load_explicit(&r->head, memory_order_acquire);
		if ((int32_t)(tail - p->at) > 0)
			p->at = tail;
		if (head - p->at < sizeof *rec || head - p->at > size)
			return 0;
		bytes_get(r, size, p->at, rec, sizeof *rec);
		got = rec->size < n ? rec->size : n;
		if (rec->size >= sizeof *rec && rec->size <= head - p->at)
			bytes_get(r, size, p->at, buf, got);
		atomic_thread_fence(memory_order_seq_cst);
		tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	} while ((int32_t)(tail - p->at) > 0);
	if (rec->size < sizeof *rec || rec->size % 8 != 0 || rec->size > head - p->at) {
		p->at = head; /* nonsense: not ours to repair */
		return 0;
	}
	p->at += rec->size;
	p->lost += rec->seq - p->seq;
	p->seq = rec->seq + 1;
	return got;
}
