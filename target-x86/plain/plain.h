/*
 * plain.h - a screen for those who have nothing but plain text to say: the loader, the
 * kernel's panics, HVM's last line. It is VGA's text memory, or a frame buffer that
 * the multiboot program made (UEFI has no other). Also what CORE's driver shares with
 * them: which screen there is, ASCII's glyphs, the 16 colours.
 * Nothing here needs a library; nothing reads the screen. LOCKS none.
 * SEE     target-x86/README.md, "The screen"; drv/screen.h for CORE's terminal
 */
#ifndef X86_PLAIN_H
#define X86_PLAIN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLAIN_TEXT = 0xB8000, PLAIN_COLS = 80, PLAIN_ROWS = 25, /* VGA text */
	GLYPH_WIDTH = 8, GLYPH_HEIGHT = 16, PLAIN_PIXEL = 4,    /* frame buffer */
	PLAIN_BYTES_MAX = 12 << 20, /* of it that is used: the kernel's window for it */
	PLAIN_WORDS = 96,
};
enum { BLACK, BLUE, GREEN, CYAN, RED, MAGENTA, BROWN, GREY, BRIGHT = 8, WHITE = 15 };

typedef struct Plain Plain;
struct Plain {
	uint32_t pa;
	uint32_t pitch;               /* bytes from a pixel to that below; 0: VGA text */
	uint32_t width, height;       /* pixels; 32 bits each */
	uint32_t red, green, blue;    /* their lowest bits in a pixel; 8 bits each */
};
#define PLAIN_VGA ((Plain){ .pa = PLAIN_TEXT })

/* plain_good: it can show some text and lies in the low 4 GiB. A larger one than
 * PLAIN_BYTES_MAX loses its lower end. */
bool plain_good(Plain *p);
/* The words that the loader hands on: "screen=0xADDRESS,PITCH,WIDTH,HEIGHT,RED,GREEN,BLUE".
 * plain_words writes them; plain_find looks for them among other words, plain_parse
 * takes what is behind the "=". false, and *p is VGA's: none, or not good ones. */
void plain_words(const Plain *p, char text[PLAIN_WORDS]);
bool plain_find(Plain *p, const char *words);
bool plain_parse(Plain *p, const char *value);

uint32_t plain_cols(const Plain *p);
uint32_t plain_rows(const Plain *p);
/* Bytes of memory from pa on that text is in. */
uint32_t plain_bytes(const Plain *p);
/* One character (ASCII) at column x of row y, inside; base is where pa is mapped. */
void plain_put(const Plain *p, void *base, uint32_t x, uint32_t y, char c, unsigned fg, unsigned bg);
/* plain_type: text on the whole screen; *at counts cells, 0 clears it. Full, it starts
 * again at the top. */
void plain_type(const Plain *p, void *base, uint32_t *at, char c);

uint32_t plain_pixel(const Plain *p, unsigned colour);
/* GLYPH_HEIGHT bytes, the left pixel is bit 7. */
const uint8_t *plain_glyph(char c);

/* Made by mkfont.c from a font. Glyphs of ' ' to '~'. */
enum { FONT_FIRST = ' ', FONT_LAST = '~' };
extern const uint8_t font_ascii[FONT_LAST - FONT_FIRST + 1][GLYPH_HEIGHT];
#endif
