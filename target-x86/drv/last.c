/*
 * last.c - HVM's last line, when the system can't go on: on COM1, and in the last
 * rows of the text screen, whatever is there. HVM is the only one to use it: the
 * screen's page comes from its pager, sigma0, where it lies.
 */
#include "target-x86/drv/io.h"

enum { SCREEN = 0xB8000, COLS = 80, ROWS = 25, LAST_ROWS = 2, WHITE_ON_RED = 0x4F00 };

void
plat_last_words(const char *line)
{
	volatile uint16_t *cell = (volatile uint16_t *)SCREEN + (ROWS - LAST_ROWS) * COLS;

	plat_debug_puts(line);
	for (int i = 0; i < LAST_ROWS * COLS; i++) {
		char c = *line != '\0' && *line != '\n' ? *line++ : ' ';

		cell[i] = (uint16_t)(WHITE_ON_RED | (uint8_t)c);
	}
}
