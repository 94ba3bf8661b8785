/*
 * last.c - HVM's last line, when the system can't go on: on COM1, and in the last
 * rows of the screen, whatever is there. HVM is the only one to use it.
 */
#include "hvm/hvm.h"
#include "lib9/plat.h"
#include "target-x86/plain/plain.h"

enum { LAST_ROWS = 2, PAGE = 4096 };

/* The screen's memory. HVM gets each page where CORE has made it take it, or at the
 * next free place: one behind the other. NULL: there is none. */
static void *
memory_map(const Plain *p)
{
	uint32_t in = p->pa % PAGE, npage = (in + plain_bytes(p) + PAGE - 1) / PAGE;
	char *base = NULL;
	void *va;

	for (uint32_t i = 0; i < npage; i++) {
		if (hvm_map_phys(p->pa - in + i * PAGE, 1, HVM_PIXELS, &va) < 0)
			return NULL;
		if (i == 0)
			base = va;
		if (va != base + i * PAGE)
			return NULL;
	}
	return base + in;
}

void
plat_last_words(const char *line)
{
	char words[PLAIN_WORDS];
	Plain p = PLAIN_VGA;
	uint64_t pa;
	size_t size;
	uint32_t cols, row;
	void *base;

	plat_debug_puts(line);
	for (int i = 0; p.pitch == 0 && hvm_bootinfo(i, &pa, &size, words, sizeof words) == 0; i++)
		plain_find(&p, words);
	if ((base = memory_map(&p)) == NULL)
		return;
	cols = plain_cols(&p);
	row = plain_rows(&p) - LAST_ROWS;
	for (uint32_t i = 0; i < LAST_ROWS * cols; i++) {
		char c = *line != '\0' && *line != '\n' ? *line++ : ' ';

		plain_put(&p, base, i % cols, row + i / cols, c, WHITE, RED);
	}
}
