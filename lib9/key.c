/*
 * key.c - a terminal's bytes as keys: UTF-8, ESC as Alt, and the sequences of xterm,
 * rxvt and Linux's console for keys, pastes and reports.
 * SEE     tests/unit/key.c; ECMA-48 5.4; "XTerm Control Sequences"
 */
#include "lib9/key.h"

enum { ESC = 0x1B, ARG_LIMIT = 100000 };

static size_t
key_one(KeyIn *in, Key *out, uint32_t code, unsigned mod)
{
	out[0] = (Key){ .code = code, .mod = mod | (in->alt ? KeyAlt : 0) };
	in->state = KEY_TEXT;
	in->alt = false;
	return 1;
}

static size_t
key_none(KeyIn *in)
{
	in->state = KEY_TEXT;
	in->alt = false;
	return 0;
}

/* Final bytes that are the same after ESC [ and ESC O. 0: none of them. */
static uint32_t
final_key(uint8_t c)
{
	switch (c) {
	case 'A': return KeyUp;
	case 'B': return KeyDown;
	case 'C': return KeyRight;
	case 'D': return KeyLeft;
	case 'H': return KeyHome;
	case 'F': return KeyEnd;
	case 'P': case 'Q': case 'R': case 'S': return KeyF1 + (uint32_t)(c - 'P');
	}
	return 0;
}

/* ESC [ number ~ */
static uint32_t
tilde_key(unsigned number)
{
	static const uint16_t fn[] = { 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24 };

	switch (number) {
	case 1: case 7: return KeyHome;
	case 2: return KeyIns;
	case 3: return KeyDel;
	case 4: case 8: return KeyEnd;
	case 5: return KeyPgup;
	case 6: return KeyPgdown;
	case 200: return KeyPaste;
	case 201: return KeyPasteend;
	}
	for (size_t i = 0; i < nelem(fn); i++)
		if (fn[i] == number)
			return KeyF1 + (uint32_t)i;
	return 0;
}

static size_t
key_report(KeyIn *in, Key *out, uint32_t code, const unsigned *arg)
{
	(void)key_one(in, out, code, 0);
	out[0].mod = 0;
	out[0].arg[0] = arg[0];
	out[0].arg[1] = arg[1];
	return 1;
}

/* The sequence's last byte has come. */
static size_t
csi_end(KeyIn *in, uint8_t c, Key *out)
{
	unsigned mod = in->narg >= 2 && in->arg[1] > 0 ? (in->arg[1] - 1) & (KeyShift | KeyAlt | KeyCtrl) : 0;
	uint32_t code = 0;

	if (!in->known)
		return key_none(in);
	if (c == 't' && in->narg >= 3 && in->arg[0] == 48)
		return key_report(in, out, KeySize, in->arg + 1);
	if (c == 'R' && in->narg == 2 && in->arg[1] > 8) /* else it is F3 with modifiers */
		return key_report(in, out, KeyCursor, in->arg);
	if (c == '~')
		code = tilde_key(in->arg[0]);
	else if (c == 'Z')
		code = KeyBacktab;
	else if (c >= 'a' && c <= 'd') /* rxvt, with shift */
		code = final_key((uint8_t)(c - 'a' + 'A')), mod |= KeyShift;
	else
		code = final_key(c);
	return code != 0 ? key_one(in, out, code, mod) : key_none(in);
}

static size_t
csi_byte(KeyIn *in, uint8_t c, Key *out)
{
	if (c >= 0x40 && c < 0x7F) {
		if (c == '[' && in->narg == 0) {
			in->state = KEY_CSI_LINUX;
			return 0;
		}
		return csi_end(in, c, out);
	}
	if (c >= '0' && c <= '9') {
		unsigned *a = &in->arg[in->narg > 0 ? in->narg - 1 : 0];

		in->narg += in->narg == 0;
		*a = *a < ARG_LIMIT ? *a * 10 + (unsigned)(c - '0') : ARG_LIMIT;
	} else if (c == ';') {
		in->narg += in->narg == 0;
		in->known = in->known && in->narg < nelem(in->arg);
		in->narg += in->narg < nelem(in->arg);
	} else if (c >= 0x20 && c < 0x40) {
		in->known = false; /* private, or with more to it */
	} else { /* it was broken off */
		(void)key_none(in);
		return key_input(in, c, out);
	}
	return 0;
}

static size_t
esc_byte(KeyIn *in, uint8_t c, Key *out)
{
	switch (c) {
	case ESC:
		in->alt = true; /* of a sequence */
		return 0;
	case '[':
		in->state = KEY_CSI;
		in->known = true;
		in->narg = 0;
		memset(in->arg, 0, sizeof in->arg);
		return 0;
	case 'O':
		in->state = KEY_SS3;
		return 0;
	}
	in->alt = true;
	in->state = KEY_TEXT;
	return key_input(in, c, out);
}

/* A character that was broken off, as bytes. */
static size_t
utf_flush(KeyIn *in, Key *out)
{
	unsigned n = in->nutf;

	for (unsigned i = 0; i < n; i++)
		(void)key_one(in, out + i, KeyByte + (uint8_t)in->utf[i], 0);
	in->nutf = 0;
	return n;
}

/* A byte of text. What turns out to be no UTF-8 comes as bytes. */
static size_t
text_byte(KeyIn *in, uint8_t c, Key *out)
{
	size_t n = 0, used = 0;
	Rune r;

	in->utf[in->nutf++] = (char)c;
	while (used < in->nutf && fullrune(in->utf + used, in->nutf - used)) {
		char one[UTFmax + 1] = { 0 };
		int k;

		memcpy(one, in->utf + used, in->nutf - used);
		k = chartorune(&r, one);
		if (r == Runeerror && k == 1)
			(void)key_one(in, out + n++, KeyByte + (uint8_t)one[0], 0);
		else
			(void)key_one(in, out + n++, r, 0);
		used += (size_t)k;
	}
	in->nutf -= (unsigned)used;
	memmove(in->utf, in->utf + used, in->nutf);
	return n;
}

size_t
key_input(KeyIn *in, uint8_t c, Key *out)
{
	switch (in->state) {
	case KEY_TEXT:
		break;
	case KEY_ESC:
		return esc_byte(in, c, out);
	case KEY_CSI:
		return csi_byte(in, c, out);
	case KEY_CSI_LINUX:
		return c >= 'A' && c <= 'E' ? key_one(in, out, KeyF1 + (uint32_t)(c - 'A'), 0) : key_none(in);
	case KEY_SS3:
		if (c >= 'a' && c <= 'd') /* rxvt, with ctrl */
			return key_one(in, out, final_key((uint8_t)(c - 'a' + 'A')), KeyCtrl);
		return final_key(c) != 0 ? key_one(in, out, final_key(c), 0) : key_none(in);
	}
	if ((c & 0xC0) != 0x80 && in->nutf > 0) {
		size_t n = utf_flush(in, out);

		return n + key_input(in, c, out + n);
	}
	if (c == ESC) {
		in->state = KEY_ESC;
		return 0;
	}
	return text_byte(in, c, out);
}
