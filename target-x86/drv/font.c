/*
 * font.c - glyphs: those built in, then those of a font in GRUB's format PF2.
 * Nothing in the font is believed: a glyph that lies outside is not there.
 * FORMAT  sections of a name (4), a length (4), content; all big-endian. CHIX: by code
 *         point, ascending: code point (4), flags (1), offset in the file (4). A glyph:
 *         width, height, x and y offset, advance (2 each), then its pixels, row after row
 *         without gaps. DATA is the last section; its length says nothing.
 * LOCKS   none: opened before the first glyph is drawn
 * SEE     tests/unit/pc_fb.c
 */
#include "lib9/lib9.h"
#include "target-x86/drv/font.h"

enum { SECTION = 8, CHIX_SIZE = 9, GLYPH_HEAD = 10, WIDE = 2 * GLYPH_WIDTH };

static struct {
	const uint8_t *bytes, *index;
	size_t n, nglyph;
	int ascent;
} font;

static uint32_t
be(const uint8_t *p, int n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

bool
font_open(const uint8_t *bytes, size_t n)
{
	size_t at = 0, height = 0;

	memset(&font, 0, sizeof font);
	while (n - at >= SECTION && memcmp(bytes + at, "DATA", 4) != 0) {
		const uint8_t *in = bytes + at + SECTION;
		size_t size = be(bytes + at + 4, 4);

		if (size > n - at - SECTION || (at == 0 && (size != 4 || memcmp(bytes, "FILE\0\0\0\4PFF2", 12) != 0)))
			return false;
		if (size == 2 && memcmp(bytes + at, "MAXH", 4) == 0)
			height = be(in, 2);
		else if (size == 2 && memcmp(bytes + at, "ASCE", 4) == 0)
			font.ascent = (int)be(in, 2);
		else if (memcmp(bytes + at, "CHIX", 4) == 0) {
			font.index = in;
			font.nglyph = size / CHIX_SIZE;
		}
		at += SECTION + size;
	}
	if (height != GLYPH_HEIGHT || font.ascent > GLYPH_HEIGHT)
		font.nglyph = 0;
	font.bytes = bytes;
	font.n = n;
	return font.nglyph > 0;
}

/* The glyph's place in the file; NULL: the font has none. */
static const uint8_t *
glyph_find(uint32_t rune)
{
	size_t low = 0, high = font.nglyph;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const uint8_t *e = font.index + mid * CHIX_SIZE;
		uint32_t r = be(e, 4), at = be(e + 5, 4);

		if (r == rune)
			return at < font.n && font.n - at >= GLYPH_HEAD ? font.bytes + at : NULL;
		if (r < rune)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Its pixels in [left, left + GLYPH_WIDTH); false: it reaches outside font or cell. */
static bool
glyph_draw(const uint8_t *g, unsigned left, uint8_t bits[GLYPH_HEIGHT])
{
	unsigned w = be(g, 2), h = be(g + 2, 2);
	int x0 = (int16_t)be(g + 4, 2), y0 = font.ascent - (int16_t)be(g + 6, 2) - (int)h;
	const uint8_t *pixel = g + GLYPH_HEAD;

	if (w > WIDE || h > GLYPH_HEIGHT || x0 < 0 || x0 + (int)w > WIDE || y0 < 0 || y0 + (int)h > GLYPH_HEIGHT ||
	    (w * h + 7) / 8 > font.n - (size_t)(pixel - font.bytes))
		return false;
	for (unsigned i = 0; i < w * h; i++) {
		unsigned x = (unsigned)x0 + i % w - left;

		if (pixel[i / 8] >> (7 - i % 8) & 1 && x < GLYPH_WIDTH)
			bits[(unsigned)y0 + i / w] |= (uint8_t)(0x80 >> x);
	}
	return true;
}

static const uint8_t *
built_in(uint32_t rune)
{
	size_t low = 0, high = font_nmore;

	if (rune >= FONT_FIRST && rune <= FONT_LAST)
		return font_ascii[rune - FONT_FIRST];
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (font_more[mid].rune == rune)
			return font_more[mid].bits;
		if (font_more[mid].rune < rune)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void
font_bits(uint32_t rune, bool right, uint8_t bits[GLYPH_HEIGHT])
{
	const uint8_t *g = right ? NULL : built_in(rune);

	memset(bits, 0, GLYPH_HEIGHT);
	if (g != NULL)
		memcpy(bits, g, GLYPH_HEIGHT);
	else if ((g = glyph_find(rune)) == NULL || !glyph_draw(g, right ? GLYPH_WIDTH : 0, bits))
		memcpy(bits, font_ascii['?' - FONT_FIRST], GLYPH_HEIGHT);
}
