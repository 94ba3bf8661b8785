/*
 * plain.c - plain text on VGA's text memory or a frame buffer. Linked into loader,
 * kernel, HVM and CORE: no library, no static data that changes.
 * SEE     plain.h; tests/unit/pc_fb.c
 */
#include "target-x86/plain/plain.h"

enum { NWORD = 7, COLS_MIN = 40, ROWS_MIN = 10, PIXELS_MAX = 1 << 14 };
static const char KEY[] = " screen=";

bool
plain_good(Plain *p)
{
	if (p->width < COLS_MIN * GLYPH_WIDTH || p->height < ROWS_MIN * GLYPH_HEIGHT || p->width > PIXELS_MAX || p->height > PIXELS_MAX)
		return false;
	if (p->pitch % PLAIN_PIXEL != 0 || p->pa % PLAIN_PIXEL != 0 || p->pitch < p->width * PLAIN_PIXEL || p->pitch > 2 * PIXELS_MAX * PLAIN_PIXEL)
		return false;
	if (p->red > 24 || p->green > 24 || p->blue > 24)
		return false;
	if (p->height > PLAIN_BYTES_MAX / p->pitch)
		p->height = PLAIN_BYTES_MAX / p->pitch;
	return p->pa > 0 && p->pitch * p->height - 1 <= UINT32_MAX - p->pa;
}

/* ---- words ---- */
static char *
number_put(char *to, uint32_t v, uint32_t base)
{
	uint32_t unit = 1;

	while (v / unit >= base)
		unit *= base;
	for (; unit > 0; unit /= base)
		*to++ = "0123456789abcdef"[v / unit % base];
	return to;
}

void
plain_words(const Plain *p, char text[PLAIN_WORDS])
{
	const uint32_t v[NWORD - 1] = { p->pitch, p->width, p->height, p->red, p->green, p->blue };
	char *to = text;

	for (const char *k = KEY + 1; *k != '\0'; k++)
		*to++ = *k;
	*to++ = '0';
	*to++ = 'x';
	to = number_put(to, p->pa, 16);
	for (int i = 0; i < NWORD - 1; i++) {
		*to++ = ',';
		to = number_put(to, v[i], 10);
	}
	*to = '\0';
}

/* A number and the comma behind it, if there is one. */
static const char *
number_get(const char *s, uint32_t *v)
{
	uint32_t base = 10, digit;

	if (s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	for (*v = 0;; s++) {
		digit = *s >= '0' && *s <= '9' ? (uint32_t)(*s - '0') : *s >= 'a' && *s <= 'f' ? (uint32_t)(*s - 'a') + 10 : base;
		if (digit >= base)
			break;
		*v = *v * base + digit;
	}
	return *s == ',' ? s + 1 : s;
}

bool
plain_parse(Plain *p, const char *value)
{
	uint32_t v[NWORD];

	for (int i = 0; i < NWORD; i++)
		value = number_get(value, &v[i]);
	*p = (Plain){ v[0], v[1], v[2], v[3], v[4], v[5], v[6] };
	if (plain_good(p))
		return true;
	*p = PLAIN_VGA;
	return false;
}

bool
plain_find(Plain *p, const char *words)
{
	*p = PLAIN_VGA;
	for (; *words != '\0'; words++) {
		size_t n = 0;

		while (KEY[n] != '\0' && words[n] == KEY[n])
			n++;
		if (KEY[n] == '\0')
			return plain_parse(p, words + n);
	}
	return false;
}

/* ---- text ---- */
uint32_t
plain_cols(const Plain *p)
{
	return p->pitch == 0 ? PLAIN_COLS : p->width / GLYPH_WIDTH;
}

uint32_t
plain_rows(const Plain *p)
{
	return p->pitch == 0 ? PLAIN_ROWS : p->height / GLYPH_HEIGHT;
}

uint32_t
plain_bytes(const Plain *p)
{
	return p->pitch == 0 ? PLAIN_COLS * PLAIN_ROWS * 2 : plain_rows(p) * GLYPH_HEIGHT * p->pitch;
}

const uint8_t *
plain_glyph(char c)
{
	return font_ascii[c >= FONT_FIRST && c <= FONT_LAST ? c - FONT_FIRST : '?' - FONT_FIRST];
}

uint32_t
plain_pixel(const Plain *p, unsigned colour)
{
	uint32_t more = colour & BRIGHT ? 0x55 : 0;
	uint32_t r = (colour & RED ? 0xAA : 0) + more, g = (colour & GREEN ? 0xAA : 0) + more;
	uint32_t b = (colour & BLUE ? 0xAA : 0) + more;

	if (colour == BROWN)
		g = 0x55;
	return r << p->red | g << p->green | b << p->blue;
}

void
plain_put(const Plain *p, void *base, uint32_t x, uint32_t y, char c, unsigned fg, unsigned bg)
{
	const uint8_t *glyph = plain_glyph(c);
	uint32_t pixel[2] = { plain_pixel(p, bg), plain_pixel(p, fg) };

	if (p->pitch == 0) {
		((volatile uint16_t *)base)[y * PLAIN_COLS + x] = (uint16_t)(bg << 12 | fg << 8 | (uint8_t)c);
		return;
	}
	for (uint32_t i = 0; i < GLYPH_HEIGHT; i++) {
		volatile uint32_t *to = (volatile uint32_t *)((char *)base + (y * GLYPH_HEIGHT + i) * p->pitch) + x * GLYPH_WIDTH;

		for (int k = 0; k < GLYPH_WIDTH; k++)
			to[k] = pixel[glyph[i] >> (GLYPH_WIDTH - 1 - k) & 1];
	}
}

static void
clear(const Plain *p, void *base)
{
	for (uint32_t y = 0; y < plain_rows(p); y++)
		for (uint32_t x = 0; x < plain_cols(p); x++)
			plain_put(p, base, x, y, ' ', GREY, BLACK);
}

void
plain_type(const Plain *p, void *base, uint32_t *at, char c)
{
	uint32_t cols = plain_cols(p);

	if (*at >= cols * plain_rows(p))
		*at = 0;
	if (*at == 0)
		clear(p, base);
	if (c == '\n')
		*at += cols - *at % cols;
	else if ((uint8_t)c >= ' ')
		plain_put(p, base, *at % cols, *at / cols, c, GREY, BLACK), ++*at;
}
