/*
 * message.h - L4 X.2: tags, typed items, messages, acceptors and receive
 * buffers. Include "lib9/l4/l4.h".
 */
#ifndef LIB9_L4_MESSAGE_H
#define LIB9_L4_MESSAGE_H
#include "lib9/l4/utcb.h"

/* ---- tag (MR0): untyped words 0..5, typed words 6..11, flags 12..15, label ---- */
typedef struct L4_MsgTag {
	L4_Word_t raw;
} L4_MsgTag_t;
#define L4_Niltag ((L4_MsgTag_t){ 0 })
enum { L4_TAG_P = 1 << 12, L4_TAG_R = 1 << 13, L4_TAG_X = 1 << 14, L4_TAG_E = 1 << 15 };

L4_INLINE L4_Word_t
L4_Label(L4_MsgTag_t t)
{
	return t.raw >> 16;
}

L4_INLINE L4_Word_t
L4_UntypedWords(L4_MsgTag_t t)
{
	return t.raw & 0x3F;
}

L4_INLINE L4_Word_t
L4_TypedWords(L4_MsgTag_t t)
{
	return t.raw >> 6 & 0x3F;
}

L4_INLINE void
L4_Set_Label(L4_MsgTag_t *t, L4_Word_t label)
{
	t->raw = (t->raw & 0xFFFF) | label << 16;
}

L4_INLINE L4_MsgTag_t
L4_MsgTagAddLabel(L4_MsgTag_t t, L4_Word_t label)
{
	L4_Set_Label(&t, label);
	return t;
}

L4_INLINE L4_MsgTag_t
L4_MsgTagAddLabelTo(L4_MsgTag_t *t, L4_Word_t label)
{
	L4_Set_Label(t, label);
	return *t;
}

L4_INLINE L4_Bool_t
L4_IsMsgTagEqual(L4_MsgTag_t l, L4_MsgTag_t r)
{
	return l.raw == r.raw;
}

L4_INLINE L4_Bool_t
L4_IsMsgTagNotEqual(L4_MsgTag_t l, L4_MsgTag_t r)
{
	return l.raw != r.raw;
}

L4_INLINE L4_MsgTag_t
L4_MsgTag(void)
{
	return (L4_MsgTag_t){ L4_Utcb()[0] };
}

L4_INLINE void
L4_Set_MsgTag(L4_MsgTag_t t)
{
	L4_Utcb()[0] = t.raw;
}

L4_INLINE L4_Bool_t
L4_IpcSucceeded(L4_MsgTag_t t)
{
	return (t.raw & L4_TAG_E) == 0;
}

L4_INLINE L4_Bool_t
L4_IpcFailed(L4_MsgTag_t t)
{
	return (t.raw & L4_TAG_E) != 0;
}

L4_INLINE L4_Bool_t
L4_IpcPropagated(L4_MsgTag_t t)
{
	return (t.raw & L4_TAG_P) != 0;
}

L4_INLINE L4_Bool_t
L4_IpcRedirected(L4_MsgTag_t t)
{
	return (t.raw & L4_TAG_R) != 0;
}

L4_INLINE L4_Bool_t
L4_IpcXcpu(L4_MsgTag_t t)
{
	return (t.raw & L4_TAG_X) != 0;
}

L4_INLINE void
L4_Set_Propagation(L4_MsgTag_t *t)
{
	t->raw = (t->raw & ~(L4_Word_t)0xF000) | L4_TAG_P;
}

/* ---- map and grant items: base | 100C or 101C; fpage | rights ---- */
typedef struct L4_MapItem {
	L4_Word_t raw[2];
} L4_MapItem_t;
typedef struct L4_GrantItem {
	L4_Word_t raw[2];
} L4_GrantItem_t;

L4_INLINE L4_MapItem_t
L4_MapItem(L4_Fpage_t f, L4_Word_t snd_base)
{
	return (L4_MapItem_t){ { (snd_base & ~(L4_Word_t)0x3FF) | 0x8, f.raw } };
}

L4_INLINE L4_Bool_t
L4_IsMapItem(L4_MapItem_t m)
{
	return (m.raw[0] & 0xE) == 0x8;
}

L4_INLINE L4_Fpage_t
L4_MapItemSndFpage(L4_MapItem_t m)
{
	return (L4_Fpage_t){ m.raw[1] };
}

L4_INLINE L4_Word_t
L4_MapItemSndBase(L4_MapItem_t m)
{
	return m.raw[0] & ~(L4_Word_t)0x3FF;
}

L4_INLINE L4_GrantItem_t
L4_GrantItem(L4_Fpage_t f, L4_Word_t snd_base)
{
	return (L4_GrantItem_t){ { (snd_base & ~(L4_Word_t)0x3FF) | 0xA, f.raw } };
}

L4_INLINE L4_Bool_t
L4_IsGrantItem(L4_GrantItem_t g)
{
	return (g.raw[0] & 0xE) == 0xA;
}

L4_INLINE L4_Fpage_t
L4_GrantItemSndFpage(L4_GrantItem_t g)
{
	return (L4_Fpage_t){ g.raw[1] };
}

L4_INLINE L4_Word_t
L4_GrantItemSndBase(L4_GrantItem_t g)
{
	return g.raw[0] & ~(L4_Word_t)0x3FF;
}

/*
 * ---- string items: length from bit 10, c (more substrings follow) bit 9, j
 * (pointers - 1) bits 4..8, cache hint bits 1..2, C bit 0; then the pointers.
 * A compound string takes more words than L4_StringItem_t has: the functions
 * write past it, into the array the caller provides. ----
 */
typedef struct L4_StringItem {
	L4_Word_t raw[2];
} L4_StringItem_t;
enum { L4_STRING_C = 1, L4_STRING_c = 1 << 9 };
#define L4_STRING_MAX (((L4_Word_t)1 << 22) - 1)       /* the 32-bit limit, everywhere */

L4_INLINE L4_StringItem_t
L4_StringItem(L4_Word_t size, void *address)
{
	return (L4_StringItem_t){ { size << 10, (L4_Word_t)address } };
}

L4_INLINE L4_Bool_t
L4_IsStringItem(const L4_StringItem_t *s)
{
	return (s->raw[0] & 8) == 0;
}

L4_INLINE L4_Bool_t
L4_CompoundString(const L4_StringItem_t *s)
{
	return (s->raw[0] & (L4_STRING_c | 0x1F0)) != 0;
}

L4_INLINE L4_Word_t
L4_Substrings(const L4_StringItem_t *s)
{
	return (s->raw[0] >> 4 & 0x1F) + 1;
}

L4_INLINE void *
L4_Substring(const L4_StringItem_t *s, L4_Word_t n)
{
	return (void *)s->raw[n];
}

/* words of the whole string, its further substring groups included */
L4_INLINE L4_Word_t
L4_StringWords(const L4_Word_t *s)
{
	L4_Word_t n = 0;

	while (s[n] & L4_STRING_c)
		n += (s[n] >> 4 & 0x1F) + 2;
	return n + (s[n] >> 4 & 0x1F) + 2;
}

/* the last group of the string: its header word */
L4_INLINE L4_Word_t *
L4_StringLast(L4_Word_t *s)
{
	while (*s & L4_STRING_c)
		s += (*s >> 4 & 0x1F) + 2;
	return s;
}

/* one more pointer, of the same length as the last group's */
L4_INLINE L4_StringItem_t *
L4_AddSubstringAddressTo(L4_StringItem_t *dest, void *address)
{
	L4_Word_t *last = L4_StringLast(dest->raw), j = (*last >> 4 & 0x1F) + 1;

	last[1 + j] = (L4_Word_t)address;
	*last = (*last & ~(L4_Word_t)0x1F0) | j << 4;
	return dest;
}

/* one more group, with a length of its own */
L4_INLINE L4_StringItem_t *
L4_AddSubstringTo(L4_StringItem_t *dest, const L4_StringItem_t *s)
{
	L4_Word_t *last = L4_StringLast(dest->raw), n = L4_StringWords(s->raw);
	L4_Word_t *end = last + (*last >> 4 & 0x1F) + 2;

	for (L4_Word_t i = 0; i < n; i++)
		end[i] = s->raw[i];
	*last |= L4_STRING_c;
	return dest;
}

typedef struct L4_CacheAllocationHint {
	L4_Word_t raw;
} L4_CacheAllocationHint_t;
#define L4_UseDefaultCacheAllocation ((L4_CacheAllocationHint_t){ 0 })

L4_INLINE L4_StringItem_t
L4_AddCacheAllocationHint(L4_StringItem_t s, L4_CacheAllocationHint_t h)
{
	s.raw[0] |= h.raw & 6;
	return s;
}

/* ---- a message in memory: what MR0 .. MR63 take ---- */
typedef struct L4_Msg {
	union {
		L4_MsgTag_t tag;
		L4_Word_t msg[L4_NUM_MRS];
	};
} L4_Msg_t;

L4_INLINE void
L4_MsgClear(L4_Msg_t *m)
{
	m->msg[0] = 0;
}

L4_INLINE L4_MsgTag_t
L4_MsgMsgTag(const L4_Msg_t *m)
{
	return m->tag;
}

L4_INLINE void
L4_Set_MsgMsgTag(L4_Msg_t *m, L4_MsgTag_t t)
{
	m->tag = t;
}

L4_INLINE L4_Word_t
L4_MsgLabel(const L4_Msg_t *m)
{
	return L4_Label(m->tag);
}

L4_INLINE void
L4_Set_MsgLabel(L4_Msg_t *m, L4_Word_t label)
{
	L4_Set_Label(&m->tag, label);
}

L4_INLINE L4_Word_t
L4_MsgWords(const L4_Msg_t *m)          /* past MR0 */
{
	L4_Word_t n = L4_UntypedWords(m->tag) + L4_TypedWords(m->tag);

	return n < L4_NUM_MRS ? n : L4_NUM_MRS - 1;
}

L4_INLINE void
L4_MsgLoad(const L4_Msg_t *m)
{
	L4_LoadMRs(0, (int)L4_MsgWords(m) + 1, m->msg);
}

L4_INLINE void
L4_MsgStore(L4_MsgTag_t t, L4_Msg_t *m)
{
	m->tag = t;
	L4_StoreMRs(1, (int)L4_MsgWords(m), &m->msg[1]);
}

/* A word can't be appended behind typed items: they move up. */
L4_INLINE void
L4_MsgAppendWord(L4_Msg_t *m, L4_Word_t w)
{
	L4_Word_t u = L4_UntypedWords(m->tag), n = L4_MsgWords(m);

	for (L4_Word_t i = n; i > u; i--)
		m->msg[i + 1] = m->msg[i];
	m->msg[u + 1] = w;
	m->msg[0]++;
}

/* typed items: the one before gets C, so that a receiver can walk them */
L4_INLINE void
L4_MsgAppendItem(L4_Msg_t *m, const L4_Word_t *item, L4_Word_t n)
{
	L4_Word_t at = L4_MsgWords(m) + 1, u = L4_UntypedWords(m->tag);

	for (L4_Word_t i = u + 1; i < at;) {
		L4_Word_t *it = &m->msg[i];

		*it |= 1;
		i += (*it & 8) ? 2 : L4_StringWords(it);
	}
	for (L4_Word_t i = 0; i < n && at + i < L4_NUM_MRS; i++)
		m->msg[at + i] = item[i];
	m->msg[at] &= ~(L4_Word_t)1;
	m->msg[0] += n << 6;
}

L4_INLINE void
L4_MsgAppendMapItem(L4_Msg_t *m, L4_MapItem_t it)
{
	L4_MsgAppendItem(m, it.raw, 2);
}

L4_INLINE void
L4_MsgAppendGrantItem(L4_Msg_t *m, L4_GrantItem_t it)
{
	L4_MsgAppendItem(m, it.raw, 2);
}

L4_INLINE void
L4_MsgAppendSimpleStringItem(L4_Msg_t *m, L4_StringItem_t s)
{
	s.raw[0] &= ~(L4_Word_t)0x3F0;
	L4_MsgAppendItem(m, s.raw, 2);
}

L4_INLINE void
L4_MsgAppendStringItem(L4_Msg_t *m, const L4_StringItem_t *s)
{
	L4_MsgAppendItem(m, s->raw, L4_StringWords(s->raw));
}

L4_INLINE void
L4_MsgPut(L4_Msg_t *m, L4_Word_t label, int u, const L4_Word_t *untyped, int t, const void *items)
{
	const L4_Word_t *typed = items;

	m->tag.raw = label << 16 | (L4_Word_t)t << 6 | (L4_Word_t)u;
	for (int i = 0; i < u; i++)
		m->msg[1 + i] = untyped[i];
	for (int i = 0; i < t; i++)
		m->msg[1 + u + i] = typed[i];
}

L4_INLINE void
L4_MsgGet(const L4_Msg_t *m, L4_Word_t *untyped, void *items)
{
	L4_Word_t u = L4_UntypedWords(m->tag), n = L4_MsgWords(m), *typed = items;

	for (L4_Word_t i = 0; i < n; i++)
		*(i < u ? &untyped[i] : &typed[i - u]) = m->msg[1 + i];
}

/* untyped word u, from 0 */
L4_INLINE void
L4_MsgPutWord(L4_Msg_t *m, L4_Word_t u, L4_Word_t w)
{
	m->msg[u + 1] = w;
}

L4_INLINE L4_Word_t
L4_MsgWord(const L4_Msg_t *m, L4_Word_t u)
{
	return m->msg[u + 1];
}

L4_INLINE void
L4_MsgGetWord(const L4_Msg_t *m, L4_Word_t u, L4_Word_t *w)
{
	*w = m->msg[u + 1];
}

/* The item at typed word t, from 0; L4_MsgGet… return how many words it takes. */
L4_INLINE const L4_Word_t *
L4_MsgTyped(const L4_Msg_t *m, L4_Word_t t)
{
	return &m->msg[1 + L4_UntypedWords(m->tag) + t];
}

L4_INLINE L4_Word_t
L4_MsgGetMapItem(const L4_Msg_t *m, L4_Word_t t, L4_MapItem_t *it)
{
	const L4_Word_t *w = L4_MsgTyped(m, t);

	*it = (L4_MapItem_t){ { w[0], w[1] } };
	return 2;
}

L4_INLINE L4_Word_t
L4_MsgGetGrantItem(const L4_Msg_t *m, L4_Word_t t, L4_GrantItem_t *it)
{
	const L4_Word_t *w = L4_MsgTyped(m, t);

	*it = (L4_GrantItem_t){ { w[0], w[1] } };
	return 2;
}

L4_INLINE L4_Word_t
L4_MsgGetStringItem(const L4_Msg_t *m, L4_Word_t t, L4_StringItem_t *s)
{
	const L4_Word_t *w = L4_MsgTyped(m, t);
	L4_Word_t n = L4_StringWords(w);

	for (L4_Word_t i = 0; i < n; i++)
		s->raw[i] = w[i];
	return n;
}

L4_INLINE void
L4_MsgPutMapItem(L4_Msg_t *m, L4_Word_t t, L4_MapItem_t it)
{
	L4_Word_t *w = &m->msg[1 + L4_UntypedWords(m->tag) + t];

	w[0] = it.raw[0];
	w[1] = it.raw[1];
}

L4_INLINE void
L4_MsgPutGrantItem(L4_Msg_t *m, L4_Word_t t, L4_GrantItem_t it)
{
	L4_MsgPutMapItem(m, t, (L4_MapItem_t){ { it.raw[0], it.raw[1] } });
}

L4_INLINE void
L4_MsgPutSimpleStringItem(L4_Msg_t *m, L4_Word_t t, L4_StringItem_t s)
{
	L4_MsgPutMapItem(m, t, (L4_MapItem_t){ { s.raw[0], s.raw[1] } });
}

/* ---- what a receiver accepts: BR0, and string buffers from BR1 on ---- */
typedef struct L4_Acceptor {
	L4_Word_t raw;
} L4_Acceptor_t;
#define L4_UntypedWordsAcceptor ((L4_Acceptor_t){ 0 })
#define L4_StringItemsAcceptor ((L4_Acceptor_t){ 1 })

typedef struct L4_MsgBuffer {
	L4_Word_t raw[L4_NUM_BRS - 1];
} L4_MsgBuffer_t;

L4_INLINE L4_Acceptor_t
L4_MapGrantItems(L4_Fpage_t window)
{
	return (L4_Acceptor_t){ window.raw & ~(L4_Word_t)0xF };
}

L4_INLINE L4_Acceptor_t
L4_AddAcceptor(L4_Acceptor_t l, L4_Acceptor_t r)
{
	L4_Word_t window = r.raw & ~(L4_Word_t)0xF ? r.raw : l.raw;

	return (L4_Acceptor_t){ (window & ~(L4_Word_t)0xF) | ((l.raw | r.raw) & 1) };
}

L4_INLINE L4_Acceptor_t
L4_AddAcceptorTo(L4_Acceptor_t *l, L4_Acceptor_t r)
{
	return *l = L4_AddAcceptor(*l, r);
}

L4_INLINE L4_Acceptor_t
L4_RemoveAcceptor(L4_Acceptor_t l, L4_Acceptor_t r)
{
	if (r.raw & 1)
		l.raw &= ~(L4_Word_t)1;
	if (r.raw & ~(L4_Word_t)0xF)
		l.raw &= 0xF;
	return l;
}

L4_INLINE L4_Acceptor_t
L4_RemoveAcceptorFrom(L4_Acceptor_t *l, L4_Acceptor_t r)
{
	return *l = L4_RemoveAcceptor(*l, r);
}

L4_INLINE L4_Bool_t
L4_HasStringItems(L4_Acceptor_t a)
{
	return a.raw & 1;
}

L4_INLINE L4_Bool_t
L4_HasMapGrantItems(L4_Acceptor_t a)
{
	return (a.raw & ~(L4_Word_t)0xF) != 0;
}

L4_INLINE L4_Fpage_t
L4_RcvWindow(L4_Acceptor_t a)
{
	return (L4_Fpage_t){ a.raw & ~(L4_Word_t)0xF };
}

L4_INLINE void
L4_Accept(L4_Acceptor_t a)
{
	L4_LoadBR(0, a.raw);
}

L4_INLINE L4_Acceptor_t
L4_Accepted(void)
{
	return (L4_Acceptor_t){ L4_Utcb()[L4_TCR_BR0] };
}

L4_INLINE void
L4_MsgBufferClear(L4_MsgBuffer_t *b)
{
	b->raw[0] = 0;
	b->raw[1] = 0;
}

/* words in use: 0, or up to the end of the string without C */
L4_INLINE L4_Word_t
L4_MsgBufferWords(const L4_MsgBuffer_t *b)
{
	L4_Word_t n = 0;

	if (b->raw[0] == 0 && b->raw[1] == 0)
		return 0;
	while (n < L4_NUM_BRS - 1 && (b->raw[n] & L4_STRING_C))
		n += L4_StringWords(&b->raw[n]);
	return n < L4_NUM_BRS - 1 ? n + L4_StringWords(&b->raw[n]) : n;
}

/* No room left: the buffer is not appended, and longer strings overflow. */
L4_INLINE void
L4_MsgBufferAppendRcvString(L4_MsgBuffer_t *b, const L4_StringItem_t *s)
{
	L4_Word_t at = L4_MsgBufferWords(b), n = L4_StringWords(s->raw);

	if (at + n > L4_NUM_BRS - 1)
		return;
	for (L4_Word_t i = 0; i < at; i += L4_StringWords(&b->raw[i]))
		b->raw[i] |= L4_STRING_C;
	for (L4_Word_t i = 0; i < n; i++)
		b->raw[at + i] = s->raw[i];
	b->raw[at] &= ~(L4_Word_t)L4_STRING_C;
}

L4_INLINE void
L4_MsgBufferAppendSimpleRcvString(L4_MsgBuffer_t *b, L4_StringItem_t s)
{
	s.raw[0] &= ~(L4_Word_t)0x3F0;
	L4_MsgBufferAppendRcvString(b, &s);
}

L4_INLINE void
L4_AcceptStrings(L4_Acceptor_t a, const L4_MsgBuffer_t *b)
{
	L4_LoadBR(0, a.raw);
	L4_LoadBRs(1, (int)L4_MsgBufferWords(b), b->raw);
}
#endif
