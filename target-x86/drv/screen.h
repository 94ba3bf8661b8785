/*
 * screen.h - a PC's screen as a terminal: screen.c knows text, control sequences and
 * the lines to scroll back to; what shows a cell is VGA's text memory (vga.c) or a
 * frame buffer (fb.c).
 */
#ifndef X86_DRV_SCREEN_H
#define X86_DRV_SCREEN_H
#include "lib9/lib9.h"

enum { SCREEN_HISTORY = 400, SCREEN_ARGS = 8 };

/* A character and its colours. A wide one has two cells, the second is RIGHT. */
typedef uint32_t Cell;
enum { CELL_RUNE = 0x1FFFFF, CELL_RIGHT = 1 << 21, CELL_CURSOR = 1 << 22, CELL_LINE = 1 << 23, /* underlined */
	CELL_FG = 24, CELL_BG = 28 };
static inline unsigned cell_fg(Cell c) { return c >> CELL_FG & 15; }
static inline unsigned cell_bg(Cell c) { return c >> CELL_BG & 15; }

typedef struct Screen Screen;
struct Screen {
	/* immutable: the back end's */
	unsigned cols, rows;
	bool slow;                /* to be drawn now and then, not at each write */
	void (*show)(Screen *s, unsigned x, unsigned y, Cell c);
	/* NULL: the cell under it is shown with CELL_CURSOR */
	void (*cursor)(Screen *s, unsigned x, unsigned y, bool on);
	void *aux;
	/* the caller's lock */
	Cell *line;               /* a ring of rows + SCREEN_HISTORY lines */
	Cell *shown;              /* what the back end shows */
	unsigned top, nhistory;   /* line of the first row; how many before it */
	unsigned x, y;            /* x == cols: the line is full, the next one not begun */
	unsigned saved_x, saved_y;
	unsigned back;            /* lines scrolled back */
	unsigned fg, bg;
	bool bold, underline, reverse, hidden;
	Cell *kept;               /* NULL, or the text that a full-screen program covers */
	unsigned kept_x, kept_y;
	char part[4];             /* of a character whose end has not come */
	size_t npart;
	enum { SCREEN_TEXT, SCREEN_ESC, SCREEN_CSI, SCREEN_OSC } state;
	bool private;             /* of a control sequence: ESC [ ? */
	unsigned arg[SCREEN_ARGS], narg;
};

/* The back ends: find their screen and set what is immutable. 0 or -Exxx. */
int vga_start(Screen *s);
int fb_start(Screen *s);

/* screen_start: REQUIRES what is immutable. A cleared screen; 0 or -Enomem. */
int screen_start(Screen *s);
void screen_write(Screen *s, const char *text, size_t n);
/* Shows lines further back (lines > 0) or forward. */
void screen_scroll(Screen *s, int lines);
/* Shows what has changed since it was called last. */
void screen_draw(Screen *s);

/* vga.c: in code page 437; '?' for what it lacks. */
uint8_t vga_glyph(Rune r);
#endif
