/*
 * mkfont.c - a console font as C: the build's own tool.
 * usage: mkfont <FONT.psfu >font.c     PSF version 1, 8 by 16, with its Unicode table
 * OUTPUT  font_ascii (plain.h), for whoever shows ASCII; font_more (drv/font.h), all the
 *         others by code point, for CORE
 * SEE     the PSF format in kbd's documentation
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "target-x86/plain/plain.h"

enum { HEAD = 4, GLYPH_MAX = 512, RUNE_MAX = 65536, MODE_512 = 1, MODE_TABLE = 2, END = 0xFFFF, SEQUENCE = 0xFFFE };

static uint8_t font[1 << 16];
static int glyph_of[RUNE_MAX];    /* 0: none, else glyph + 1 */

static void
die(const char *why)
{
	fprintf(stderr, "mkfont: %s; give it an 8x16 font in PSF 1 with a Unicode table, unpacked\n", why);
	exit(1);
}

static void
table_read(size_t at, size_t end, int nglyph)
{
	for (int g = 0; g < nglyph; g++)
		for (int more = 1, rune; more != 0; at += 2) {
			if (end - at < 2)
				die("its Unicode table is too short");
			rune = font[at] | font[at + 1] << 8;
			if (rune == SEQUENCE)
				more = 2;
			if (rune == END)
				more = 0;
			else if (more == 1 && glyph_of[rune] == 0)
				glyph_of[rune] = g + 1;
		}
}

static void
glyph_print(int rune)
{
	const uint8_t *bits = font + HEAD + (glyph_of[rune] - 1) * GLYPH_HEIGHT;

	putchar('{');
	for (int i = 0; i < GLYPH_HEIGHT; i++)
		printf(" %d,", bits[i]);
	printf(" }");
}

int
main(void)
{
	size_t n = fread(font, 1, sizeof font, stdin);
	int nglyph;

	if (n < HEAD || font[0] != 0x36 || font[1] != 0x04 || font[3] != GLYPH_HEIGHT || !(font[2] & MODE_TABLE))
		die("this is another format");
	nglyph = font[2] & MODE_512 ? GLYPH_MAX : GLYPH_MAX / 2;
	if (n < HEAD + (size_t)nglyph * GLYPH_HEIGHT)
		die("it is too short");
	table_read(HEAD + (size_t)nglyph * GLYPH_HEIGHT, n, nglyph);
	printf("/* made by target-x86/plain/mkfont.c */\n#include \"target-x86/drv/font.h\"\n\nconst uint8_t font_ascii[][GLYPH_HEIGHT] = {\n");
	for (int rune = FONT_FIRST; rune <= FONT_LAST; rune++) {
		if (glyph_of[rune] == 0)
			die("a character of ASCII is missing");
		glyph_print(rune);
		printf(",\n");
	}
	printf("};\nconst FontGlyph font_more[] = {\n");
	for (int rune = FONT_LAST + 1; rune < RUNE_MAX; rune++)
		if (glyph_of[rune] != 0) {
			printf("{ %d, ", rune);
			glyph_print(rune);
			printf(" },\n");
		}
	printf("};\nconst size_t font_nmore = sizeof font_more / sizeof font_more[0];\n");
	return fflush(stdout) == 0 ? 0 : 1;
}
