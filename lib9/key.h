/*
 * key.h - a terminal's bytes as keys: what editors and pagers read in raw mode. Pure.
 * A key is a rune, control characters as they are, or one of Key*; with modifiers.
 */
#ifndef LIB9_KEY_H
#define LIB9_KEY_H
#include "lib9/lib9.h"

enum {
	KeyUp = 0x110000, KeyDown, KeyLeft, KeyRight, KeyHome, KeyEnd, KeyPgup, KeyPgdown, KeyIns, KeyDel,
	KeyBacktab,
	KeyF1, KeyF12 = KeyF1 + 11,
	KeyPaste,       /* a paste begins: what follows up to KeyPasteend was not typed */
	KeyPasteend,
	KeySize,        /* arg: rows, columns (consctl's sizeon) */
	KeyCursor,      /* arg: row, column: the answer to ESC [ 6 n */
	KeyByte = 0x120000, /* + a byte that is part of no UTF-8 */
};
enum { KeyShift = 1, KeyAlt = 2, KeyCtrl = 4 }; /* of Key*; KeyAlt of runes too */

typedef struct Key Key;
struct Key {
	uint32_t code;
	unsigned mod;
	unsigned arg[2];
};
typedef struct KeyIn KeyIn;
struct KeyIn {          /* all 0 at the start */
	enum { KEY_TEXT, KEY_ESC, KEY_SS3, KEY_CSI, KEY_CSI_LINUX } state;
	bool alt;       /* an ESC stands before it */
	bool known;     /* the sequence has nothing we don't know */
	char utf[UTFmax];
	unsigned nutf, narg;
	unsigned arg[8];
};
/* key_input takes one byte; the keys it completes (UTFmax at most) in out, their number returned. An ESC
 * alone waits for what it modifies; bytes of unknown sequences make no key. */
size_t key_input(KeyIn *in, uint8_t c, Key *out);
#endif
