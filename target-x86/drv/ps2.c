/*
 * ps2.c - a keyboard's codes of set 1 as characters: US layout, shift, ctrl, caps
 * lock. Arrows and function keys are Plan 9's runes (keyboard(6)); alt is followed
 * but changes nothing. Shift with page up and page down scrolls the screen.
 * LOCKS   none (pure)
 * SEE     tests/unit/pc_ps2.c
 */
#include "target-x86/drv/pc_cons.h"

enum {
	RELEASE = 0x80, EXTENDED = 0xE0, PAUSE = 0xE1, PAUSE_REST = 5,
	K_CTRL = 0x1D, K_LSHIFT = 0x2A, K_RSHIFT = 0x36, K_ALT = 0x38, K_CAPS = 0x3A,
	K_F1 = 0x3B, K_F10 = 0x44, K_F11 = 0x57, K_F12 = 0x58, K_PGUP = 0x49, K_PGDOWN = 0x51,
	KF = 0xF000,
};

/* By code, from 0x00 to 0x39; the keypad follows by a table of its own. */
static const char plain[] =
    "\0\033" "1234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
    "\0\033" "!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
_Static_assert(sizeof plain == 0x39 + 2 && sizeof shifted == sizeof plain, "codes 0 to 0x39");

static const struct {
	uint8_t code;
	uint16_t rune;
} keypad[] = {
	{ 0x47, 0xF00D }, { 0x48, 0xF00E }, { 0x49, 0xF00F }, { 0x4A, '-' }, { 0x4B, 0xF011 },
	{ 0x4C, '5' }, { 0x4D, 0xF012 }, { 0x4E, '+' }, { 0x4F, 0xF018 }, { 0x50, 0xF800 },
	{ 0x51, 0xF013 }, { 0x52, 0xF014 }, { 0x53, 0x7F },
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

static Rune
special(uint8_t key)
{
	if (key >= K_F1 && key <= K_F10)
		return (Rune)(KF + 1 + (key - K_F1));
	if (key == K_F11 || key == K_F12)
		return (Rune)(KF + 11 + (key - K_F11));
	for (size_t i = 0; i < nelem(keypad); i++)
		if (keypad[i].code == key)
			return keypad[i].rune;
	return 0;
}

static Rune
letter(const Keys *k, uint8_t key, bool extended)
{
	bool shift = k->shift[0] || k->shift[1];
	char c;

	if (key >= sizeof plain - 1)
		return special(key);
	if (extended) /* the keypad's enter and slash */
		return key == 0x1C ? '\n' : key == 0x35 ? '/' : 0;
	c = plain[key];
	if (c >= 'a' && c <= 'z')
		shift = shift != k->caps;
	c = shift ? shifted[key] : c;
	if (k->ctrl[0] || k->ctrl[1]) {
		if (c == ' ' || (c >= '@' && c <= '_') || (c >= 'a' && c <= 'z'))
			c &= 0x1F;
		if (c == '\0')
			return 0; /* no NUL in text */
	}
	return (Rune)(uint8_t)c;
}

size_t
keys_code(Keys *k, uint8_t code, char text[KEY_TEXT_MAX], enum KeyScroll *scroll)
{
	bool extended = k->extended, down = !(code & RELEASE);
	uint8_t key = code & 0x7F;
	Rune r;

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
	if ((r = letter(k, key, extended)) == 0)
		return 0;
	return (size_t)runetochar(text, &r);
}
