/*
 * pc_cons.h - the parts of a PC's terminal, as pc_cons.c joins them.
 */
#ifndef X86_DRV_PC_CONS_H
#define X86_DRV_PC_CONS_H
#include "core/core.h"
#include "target-x86/drv/io.h"
#include "target-x86/drv/screen.h"

/* pc_cons.c: what was typed, from interrupt threads; never sleeps. Full: lost. */
void cons_typed(const void *s, size_t n);
/* pc_cons.c: scrolls the screen back (pages > 0) or forward. */
void cons_scroll(int pages);

/* uart.c: COM1. 0 or -Enonexist. The caller of uart_write serializes; false: the
 * port takes no output, the rest is lost. */
int uart_start(void);
bool uart_write(const char *s, size_t n);

/* kbd.c: the keyboard controller. 0 or -Enonexist. */
int kbd_start(void);

/* ---- ps2.c: scan codes to characters (pure) ---- */
enum { KEY_TEXT_MAX = 12 };  /* a sequence and its NUL */
typedef struct Keys Keys;
struct Keys {                     /* all 0: nothing pressed */
	bool extended;            /* after an E0 */
	uint8_t skip;             /* codes of a sequence to ignore */
	bool shift[2], ctrl[2], alt[2], caps;
};
enum KeyScroll { SCROLL_NONE, SCROLL_BACK, SCROLL_FORWARD };
/* One code of set 1. The bytes of the key in text, their number returned (0: none). */
size_t keys_code(Keys *k, uint8_t code, char text[KEY_TEXT_MAX], enum KeyScroll *scroll);
#endif
