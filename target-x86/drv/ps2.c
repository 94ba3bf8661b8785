/*
 * ps2.c - a keyboard's codes of set 1 as the bytes that a terminal would send: US
 * layout, shift, ctrl, caps lock; alt as ESC before a character; arrows, function keys
 * and the like as xterm's sequences, so that programs read the same keys from screen and
 * serial line (lib9/key.h). Shift with page up and page down scrolls the screen.
 * LOCKS   none (pure)
 * SEE     tests/unit/pc_ps2.c
 */
#include "target-x86/drv/pc_cons.h"

enum {
	RELEASE = 0x80, EXTENDED = 0xE0, PAUSE = 0xE1, PAUSE_REST = 5,
	K_CTRL = 0x1D, K_LSHIFT = 0x2A, K_RSHIFT = 0x36, K_ALT = 0x38, K_CAPS = 0x3A,
	K_F1 = 0x3B, K_F10 = 0x44, K_F11 = 0x57, K_F12 = 0x58, K_PGUP = 0x49, K_PGDOWN = 0x51,
	K_TAB = 0x0F, ESC = 0x1B,
};

/* By code, from 0x00 to 0x39; the keypad follows by a table of its own. */
static const char plain[] =
    "\0\033" "1234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
    "\0\033" "!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
_Static_assert(sizeof plain == 0x39 + 2 && sizeof shifted == sizeof plain, "codes 0 to 0x39");

/* A key's sequence: ESC [ number ~, or ESC [ final (ESC O final for F1 to F4); with
 * modifiers ESC [ number ; m ~ and ESC [ 1 ; m final. */
static const struct {
	uint8_t code;
	uint8_t number;       /* 0: it has a final */
	char final;
} special[] = {
	{ 0x47, 0, 'H' }, { 0x48, 0, 'A' }, { K_PGUP, 5, '~' }, { 0x4B, 0, 'D' }, { 0x4D, 0, 'C' },
	{ 0x4F, 0, 'F' }, { 0x50, 0, 'B' }, { K_PGDOWN, 6, '~' }, { 0x52, 2, '~' }, { 0x53, 3, '~' },
	{ K_F1, 0, 'P' }, { 0x3C, 0, 'Q' }, { 0x3D, 0, 'R' }, { 0x3E, 0, 'S' }, { 0x3F, 15, '~' }, { 0x40, 17, '~' },
	{ 0x41, 18, '~' }, { 0x42, 19, '~' }, { 0x43, 20, '~' }, { K_F10, 21, '~' }, { K_F11, 23, '~' }, { K_F12, 24, '~' },
};

static bool
modifier(Keys *k, uint8_t key, bool extended, bool down)
{
	switch (key) {
	case K_LSHIFT:
	case K_RSHIFT:
		if (!extended) /* E0 2A and E0 36 are not the shift keys */
			k->shift[key == K_RSHIFT] = down;
		return true;
	case K_CTRL: k->ctrl[extended] = down; return true;
	case K_ALT: k->alt[extended] = down; return true;
	case K_CAPS:
		if (down)
			k->caps = !k->caps;
		return true;
	}
	return false;
}

static size_t
special_text(const Keys *k, uint8_t key, char text[KEY_TEXT_MAX])
{
	unsigned mod = 1 + (k->shift[0] || k->shift[1]) + 2 * (k->alt[0] || k->alt[1]) + 4 * (k->ctrl[0] || k->ctrl[1]);
	char *end = text, *last = text + KEY_TEXT_MAX;

	for (size_t i = 0; i < nelem(special); i++) {
		bool fn = special[i].final >= 'P' && special[i].final <= 'S';

		if (special[i].code != key)
			continue;
		if (mod == 1 && special[i].number == 0)
			end = seprint(text, last, "\033%c%c", fn ? 'O' : '[', special[i].final);
		else if (mod == 1)
			end = seprint(text, last, "\033[%u~", special[i].number);
		else
			end = seprint(text, last, "\033[%u;%u%c", special[i].number > 0 ? special[i].number : 1u, mod,
			    special[i].final);
	}
	return (size_t)(end - text);
}

/* The character of a key, 0: none. */
static char
letter(const Keys *k, uint8_t key, bool extended)
{
	bool shift = k->shift[0] || k->shift[1];
	char c;

	if (key == 0x4A || key == 0x4E || (key == 0x4C && !extended)) /* of the keypad */
		return key == 0x4A ? '-' : key == 0x4E ? '+' : '5';
	if (key >= sizeof plain - 1)
		return 0;
	if (extended) /* the keypad's enter and slash */
		return key == 0x1C ? '\r' : key == 0x35 ? '/' : 0;
	c = plain[key];
	if (c >= 'a' && c <= 'z')
		shift = shift != k->caps;
	c = shift ? shifted[key] : c;
	if (k->ctrl[0] || k->ctrl[1]) {
		if (c == ' ' || (c >= '@' && c <= '_') || (c >= 'a' && c <= 'z'))
			c &= 0x1F;
	}
	return c; /* no NUL in text */
}

static size_t
key_text(const Keys *k, uint8_t key, bool extended, char text[KEY_TEXT_MAX])
{
	bool alt = k->alt[0] || k->alt[1];
	char c = letter(k, key, extended);

	if (c == 0)
		return special_text(k, key, text);
	if (key == K_TAB && (k->shift[0] || k->shift[1]))
		return (size_t)(seprint(text, text + KEY_TEXT_MAX, "\033[Z") - text);
	text[0] = ESC;
	text[alt] = c;
	return 1 + alt;
}

size_t
keys_code(Keys *k, uint8_t code, char text[KEY_TEXT_MAX], enum KeyScroll *scroll)
{
	bool extended = k->extended, down = !(code & RELEASE);
	uint8_t key = code & 0x7F;

	*scroll = SCROLL_NONE;
	if (k->skip > 0) {
		k->skip--;
		return 0;
	}
	if (code == EXTENDED || code == PAUSE) {
		k->extended = code == EXTENDED;
		k->skip = code == PAUSE ? PAUSE_REST : 0;
		return 0;
	}
	k->extended = false;
	if (modifier(k, key, extended, down) || !down)
		return 0;
	if ((k->shift[0] || k->shift[1]) && (key == K_PGUP || key == K_PGDOWN)) {
		*scroll = key == K_PGUP ? SCROLL_BACK : SCROLL_FORWARD;
		return 0;
	}
	return key_text(k, key, extended, text);
}
