/*
 * k_message.c - the copy of a message's registers from UTCB to UTCB, its map and
 * grant items done on the way. Strings come after it (string.c).
 *
 * LOCKS   K->lock; map items take K->map inside it
 * SEE     X.2 manual, chapter 5.1 (messages)
 */
#include "sim/kern/k_ipc.h"

static int
copy_typed(Op *op, Tcb *s, Tcb *r, unsigned u, unsigned t)
{
	L4_Word_t *a = mrs_of(s) + 1 + u, *b = mrs_of(r) + 1 + u;

	for (unsigned i = 0, n; i < t; i += n) {
		n = a[i] & 8 ? 2 : (unsigned)L4_StringWords(a + i);
		if (i + n > t)
			return -L4_IpcErrOverflow;
		for (unsigned k = 0; k < n; k++)
			b[i + k] = a[i + k];
		if ((a[i] & 0xC) == 8) {        /* map 100, grant 101 */
			int rc = map_item(op, s, r, b + i);

			if (rc < 0)
				return rc;
		}
	}
	return string_prepare(s, r);
}

int
ipc_copy(Op *op, Tcb *s, Tcb *r)
{
	L4_Word_t *a = mrs_of(s), *b = mrs_of(r), tag = a[0];
	unsigned u = tag & 0x3F, t = tag >> 6 & 0x3F;
	int rc = 0;

	if (u + t >= L4_NUM_MRS)
		return -L4_IpcErrOverflow;
	for (unsigned i = 1; i <= u; i++)
		b[i] = a[i];
	b[0] = (tag & ~(L4_Word_t)0xF000) | s->tagflags;
	if (s->tagflags & L4_TAG_P)
		b[L4_TCR_Sender] = id_for(r, s->id);
	if (s->tagflags & L4_TAG_R)
		b[L4_TCR_IntendedReceiver] = s->intended;
	if (t != 0)
		rc = copy_typed(op, s, r, u, t);
	return rc;
}
