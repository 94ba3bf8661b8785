/*
 * fb.c - a screen's cells on the frame buffer that the loader was given, as under UEFI.
 * The module "screen" tells of it (plain.h); the module "font", if there is one, has the
 * characters that are not built in. Pixels are written, never read.
 * LOCKS   the caller's; the font is opened once, before
 * SEE     target-x86/drv/screen.c, font.c; tests/unit/pc_fb.c
 */
#include "core/core.h"
#include "hvm/hvm.h"
#include "target-x86/drv/font.h"
#include "target-x86/drv/screen.h"

enum { PAGE = 4096, UNDERLINE = 14 };

static struct {
	Plain plain;
	uint8_t *base;
} fb;

static void
fb_show(Screen *s, unsigned x, unsigned y, Cell c)
{
	bool under = c & CELL_CURSOR;
	uint32_t fg = plain_pixel(&fb.plain, under ? cell_bg(c) : cell_fg(c));
	uint32_t bg = plain_pixel(&fb.plain, under ? cell_fg(c) : cell_bg(c));
	uint8_t *to = fb.base + (size_t)y * GLYPH_HEIGHT * fb.plain.pitch + x * GLYPH_WIDTH * PLAIN_PIXEL;
	uint8_t bits[GLYPH_HEIGHT];

	USED(s);
	font_bits(c & CELL_RUNE, c & CELL_RIGHT, bits);
	if (c & CELL_LINE)
		bits[UNDERLINE] = 0xFF;
	for (unsigned i = 0; i < GLYPH_HEIGHT; i++, to += fb.plain.pitch) {
		volatile uint32_t *pixel = (volatile uint32_t *)(void *)to;

		for (unsigned k = 0; k < GLYPH_WIDTH; k++)
			pixel[k] = bits[i] << k & 0x80 ? fg : bg;
	}
}

/* The module of that name. */
static bool
module_find(const char *name, uint64_t *pa, size_t *size, char *words, size_t n)
{
	size_t k = strlen(name);

	for (int i = 0; hvm_bootinfo(i, pa, size, words, n) == 0; i++)
		if (strncmp(words, name, k) == 0 && (words[k] == ' ' || words[k] == '\0'))
			return true;
	return false;
}

static void
font_find(void)
{
	char words[PLAIN_WORDS];
	uint64_t pa;
	size_t size, in;
	void *va;

	if (!module_find("font", &pa, &size, words, sizeof words) || size == 0)
		return;
	in = (size_t)(pa % PAGE);
	if (hvm_map_phys(pa - in, (in + size + PAGE - 1) / PAGE, HVM_MODULE, &va) < 0 || !font_open((uint8_t *)va + in, size))
		klog("screen: module font is no font of 16 pixels in GRUB's format: only the built-in characters are shown\n");
}

int
fb_start(Screen *s)
{
	char words[PLAIN_WORDS];
	uint64_t pa;
	size_t size, in;
	void *va;
	int rc;

	if (!module_find("screen", &pa, &size, words, sizeof words) || !plain_find(&fb.plain, words))
		return -Enonexist;
	in = fb.plain.pa % PAGE;
	rc = hvm_map_phys(fb.plain.pa - in, (in + plain_bytes(&fb.plain) + PAGE - 1) / PAGE, HVM_PIXELS, &va);
	if (rc < 0)
		return rc;
	fb.base = (uint8_t *)va + in;
	font_find();
	s->cols = plain_cols(&fb.plain);
	s->rows = plain_rows(&fb.plain);
	s->slow = true;
	s->show = fb_show;
	return screen_start(s);
}
