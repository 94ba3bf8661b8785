/*
 * font.h - what characters look like on a frame buffer: 8 by 16 pixels, wide ones 16.
 */
#ifndef X86_DRV_FONT_H
#define X86_DRV_FONT_H
#include "target-x86/plain/plain.h"

/* Built in, beside font_ascii; by rune, ascending. Made by plain/mkfont.c. */
typedef struct FontGlyph FontGlyph;
struct FontGlyph {
	uint16_t rune;
	uint8_t bits[GLYPH_HEIGHT];
};
extern const FontGlyph font_more[];
extern const size_t font_nmore;

/* A font in GRUB's format, PF2, of n bytes that stay: for what is not built in. false:
 * it is none of 16 pixels' height; nothing is used of it. */
bool font_open(const uint8_t *bytes, size_t n);
/* The left or right 8 pixels of a character; a question mark for what no font has. */
void font_bits(uint32_t rune, bool right, uint8_t bits[GLYPH_HEIGHT]);
#endif
