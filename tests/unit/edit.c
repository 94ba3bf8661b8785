/*
 * tests/unit/edit.c - the shell's line editor, at a small terminal of the test's own.
 * Goal: after each key the terminal shows prompt and text, wrapped at its width, and
 * the cursor in its place, whatever was shown before; and it shows the same as if all
 * had been drawn anew.
 */
#include "cmd/rc/edit.h"
#include "tests/unit.h"

/* ---- a terminal: as VT100 wraps, UTF-8, wide runes; what scrolls out is gone ---- */
enum { COLS_MAX = 120, ROWS_MAX = 60 };
typedef struct Cell Cell;
struct Cell {
	char s[24];              /* "" right half of a wide rune */
};
static struct {
	unsigned cols, rows, x, y;
	bool pending;
	Cell cell[ROWS_MAX][COLS_MAX];
	char esc[64];
	size_t nesc;
	char part[UTFmax + 1];
	size_t npart;
	unsigned bells;
} tty;

static void
tty_blank(unsigned y, unsigned from)
{
	for (unsigned x = from; x < COLS_MAX; x++)
		strcpy(tty.cell[y][x].s, " ");
}

static void
tty_init(unsigned cols, unsigned rows)
{
	memset(&tty, 0, sizeof tty);
	tty.cols = cols;
	tty.rows = rows;
	for (unsigned y = 0; y < ROWS_MAX; y++)
		tty_blank(y, 0);
}

static void
tty_down(void)
{
	tty.x = 0; /* the host's tty, and LP49's screens, return at a newline */
	tty.pending = false;
	if (++tty.y < tty.rows)
		return;
	tty.y--;
	memmove(tty.cell[0], tty.cell[1], (tty.rows - 1) * sizeof tty.cell[0]);
	tty_blank(tty.y, 0);
}

static void
tty_rune(Rune r, const char *s)
{
	unsigned w = (unsigned)rune_width(r);
	Cell *c;

	ck_assert(r >= 0x20 && r != 0x7F && !(r >= 0x80 && r < 0xA0));
	if (w == 0) {
		c = &tty.cell[tty.y][tty.pending ? tty.x : tty.x > 0 ? tty.x - 1 : 0];
		if (c->s[0] == '\0' && c > tty.cell[tty.y])
			c--;
		if (strlen(c->s) + strlen(s) < sizeof c->s)
			strcat(c->s, s);
		return;
	}
	if (tty.pending || tty.x + w > tty.cols)
		tty_down();
	/* half of a wide rune that is written over is no rune any more */
	if (tty.cell[tty.y][tty.x].s[0] == '\0' && tty.x > 0)
		strcpy(tty.cell[tty.y][tty.x - 1].s, "#");
	if (tty.x + w < tty.cols && tty.cell[tty.y][tty.x + w].s[0] == '\0')
		strcpy(tty.cell[tty.y][tty.x + w].s, "#");
	strcpy(tty.cell[tty.y][tty.x].s, s);
	if (w == 2)
		tty.cell[tty.y][tty.x + 1].s[0] = '\0';
	tty.x += w;
	if ((tty.pending = tty.x == tty.cols))
		tty.x--;
}

static void
tty_escape(void)
{
	char last = tty.esc[tty.nesc - 1];
	unsigned n = (unsigned)atoi(tty.esc + 2);
	unsigned k = n > 0 ? n : 1;

	if (tty.esc[1] != '[' || tty.esc[2] == '?' || last == 'm' || last == 'n')
		return;
	tty.pending = false;
	switch (last) {
	case 'A': tty.y -= k < tty.y ? k : tty.y; break;
	case 'C': tty.x = tty.x + k < tty.cols ? tty.x + k : tty.cols - 1; break;
	case 'H':
		if (n == 0)
			tty.x = tty.y = 0;
		break;
	case 'K':
	case 'J':
		tty_blank(tty.y, n == 2 ? 0 : tty.x);
		for (unsigned y = n == 2 ? 0 : tty.y + 1; last == 'J' && y < tty.rows; y++)
			tty_blank(y, 0);
		break;
	default: ck_abort_msg("the editor sends %s", tty.esc + 1);
	}
}

static void
tty_byte(char c)
{
	Rune r;

	if (tty.nesc > 0) {
		tty.esc[tty.nesc++] = c;
		ck_assert_uint_lt(tty.nesc, sizeof tty.esc - 1);
		tty.esc[tty.nesc] = '\0';
		if (tty.nesc == 2 ? c != '[' && c != ']' : tty.esc[1] == '[' ? c >= 0x40 && c < 0x7F : c == '\a') {
			tty_escape();
			tty.nesc = 0;
		}
		return;
	}
	switch (c) {
	case '\033': tty.esc[tty.nesc++] = c; return;
	case '\r': tty.x = 0; tty.pending = false; return;
	case '\n': tty_down(); return;
	case '\b': tty.x -= tty.x > 0; tty.pending = false; return;
	case '\a': tty.bells++; return;
	}
	tty.part[tty.npart++] = c;
	tty.part[tty.npart] = '\0';
	if (!fullrune(tty.part, tty.npart))
		return;
	(void)chartorune(&r, tty.part);
	tty_rune(r, tty.part);
	tty.npart = 0;
}

/* All rows, without blanks at their ends, '|' between, the cursor as '_' before a cell. */
static const char *
tty_text(void)
{
	static char text[ROWS_MAX * COLS_MAX * 24];
	char *p = text;
	unsigned last = tty.rows;

	while (last > tty.y + 1) {
		bool empty = true;

		for (unsigned x = 0; x < tty.cols; x++)
			empty = empty && strcmp(tty.cell[last - 1][x].s, " ") == 0;
		if (!empty)
			break;
		last--;
	}
	for (unsigned y = 0; y < last; y++) {
		char *row = p;

		for (unsigned x = 0; x < tty.cols; x++) {
			if (y == tty.y && x == tty.x)
				*p++ = '_';
			p += sprintf(p, "%s", tty.cell[y][x].s);
		}
		while (p > row && p[-1] == ' ')
			p--;
		*p++ = '|';
	}
	p[-(p > text)] = '\0';
	return text;
}

/* ---- the editor at it ---- */
static Edit edit;
static History history;
static enum EditEvent event;

static void
flush(void)
{
	for (size_t i = 0; i < edit.screen.out.n; i++)
		tty_byte(edit.screen.out.s[i]);
	edit.screen.out.n = 0;
}

static void
start(unsigned cols, unsigned rows, const char *prompt)
{
	tty_init(cols, rows);
	memset(&edit, 0, sizeof edit);
	memset(&history, 0, sizeof history);
	edit.history = &history;
	edit.screen.cols = cols;
	edit.screen.rows = rows;
	edit_start(&edit, prompt, false);
	edit_draw(&edit);
	flush();
}

/* A line more, on an empty terminal. */
static void
again(const char *prompt)
{
	tty_init(tty.cols, tty.rows);
	edit_start(&edit, prompt, false);
	edit_draw(&edit);
	flush();
}

static void
keys(const char *s, size_t n)
{
	for (size_t i = 0; i < n && event == EDIT_MORE; i++)
		event = edit_input(&edit, (uint8_t)s[i]);
	edit_draw(&edit);
	flush();
}

static void
type(const char *s)
{
	event = EDIT_MORE;
	keys(s, strlen(s));
}

static void
end(void)
{
	edit_free(&edit);
	history_free(&history);
}

#define UP "\033[A"
#define DOWN "\033[B"
#define RIGHT "\033[C"
#define LEFT "\033[D"
#define HOME "\033[H"
#define END "\033[F"
#define PASTE "\033[200~"
#define PASTED "\033[201~"

/* keys; the text; what a terminal of 10 columns and 6 rows shows */
static const struct {
	const char *keys, *text, *shown;
} table[] = {
	{ "", "", "% _" },
	{ "abc", "abc", "% abc_" },
	{ "abc" LEFT LEFT "x", "axbc", "% ax_bc" },
	{ "abc" LEFT LEFT RIGHT "x", "abxc", "% abx_c" },
	{ "bc" HOME "a" END "d", "abcd", "% abcd_" },
	{ "bc\001a\005d", "abcd", "% abcd_" },
	{ "abc\002\002\006x", "abxc", "% abx_c" },
	{ "abc\177\010d", "ad", "% ad_" },
	{ "\177\010" LEFT RIGHT UP DOWN "\033[3~", "", "% _" },
	{ "abcd" LEFT LEFT "\033[3~", "abd", "% ab_d" },
	{ "abcd" LEFT LEFT "\004", "abd", "% ab_d" },
	{ "ab cd" LEFT LEFT "\013", "ab ", "% ab _" },
	{ "ab cd" LEFT LEFT "\013\001\031 ", "cd ab ", "% cd _ab" },
	{ "ab cd" LEFT LEFT "\025", "cd", "% _cd" },
	{ "ab  c-d  \027", "ab  ", "% ab  _" },
	{ "ab cd\027\027\031", "ab cd", "% ab cd_" },       /* kills in a row are one */
	{ "ab c-d\033\177", "ab c-", "% ab c-_" },
	{ "ab-cd" HOME "\033d\033d", "", "% _" },
	{ "ab-cd" HOME "\033d\031\031", "abab-cd", "% abab_-cd" },
	{ "ab-cd\033b\033bx", "xab-cd", "% x_ab-cd" },
	{ "ab-cd" HOME "\033fx", "abx-cd", "% abx_-cd" },
	{ "ab cd\033[1;5Dx" HOME "\033[1;5C\033[1;3Cy", "ab xcdy", "% ab xcdy_" },
	{ "ab\024", "ba", "% ba_" },
	{ "abc" LEFT LEFT "\024\024", "bca", "% bca_" },
	{ "a\026\001\177b", "ab", "% ab_" },                 /* ^V */
	{ "a\026\001", "a\001", "% a^A_" },
	{ "a\026\tb", "a\tb", "% a     b_" },
	{ "a\032\034\017\007\030b", "ab", "% ab_" },         /* no meaning */
	{ "a\033[99~\033[?1;2cb\033xc", "abc", "% abc_" },
	/* wrapping */
	{ "abcdefg", "abcdefg", "% abcdefg_" },
	{ "abcdefgh", "abcdefgh", "% abcdefgh|_" },
	{ "abcdefghi", "abcdefghi", "% abcdefgh|i_" },
	{ "abcdefgh" HOME, "abcdefgh", "% _abcdefgh" },
	{ "abcdefgh" HOME "X" END, "Xabcdefgh", "% Xabcdefg|h_" },
	{ "abcdefghijklmnopqrs" HOME "XY", "XYabcdefghijklmnopqrs", "% XY_abcdef|ghijklmnop|qrs" },
	{ "abcdefghijk" HOME "\033[3~\033[3~\033[3~", "defghijk", "% _defghijk" },
	{ "abcdefghij\177\177\177\177", "abcdef", "% abcdef_" },
	/* wide, combining, bad */
	{ "日本", "日本", "% 日本_" },
	{ "日本" LEFT "x", "日x本", "% 日x_本" },
	{ "日本\177", "日", "% 日_" },
	{ "abcdefg日", "abcdefg日", "% abcdefg|日_" },
	{ "日本語日本語", "日本語日本語", "% 日本語日|本語_" },
	{ "a日本語日本語" HOME "\033[3~", "日本語日本語", "% _日本語日|本語" },
	{ "e\xcc\x81x" LEFT LEFT "a", "ae\xcc\x81x", "% a_e\xcc\x81x" },
	{ "e\xcc\x81x" LEFT "\177", "x", "% _x" },
	{ "abcdefge\xcc\x81", "abcdefge\xcc\x81", "% abcdefge\xcc\x81|_" },
	{ "a\xff" "b" LEFT LEFT "\033[3~", "ab", "% a_b" },
	{ "\xe3\x81" "b", "\xe3\x81" "b", "% \xef\xbf\xbd\xef\xbf\xbd" "b_" },
	/* pastes */
	{ PASTE "a\rb\tc\n" PASTED "d", "a\nb\tc\nd", "% a|b       c|d_" },
	{ "x" PASTE "ab\r" PASTED UP HOME "y", "yxab\n", "% y_xab" },
	{ PASTE "abc\rde" PASTED UP "x" DOWN DOWN, "abxc\nde", "% abxc|de_" },
	{ PASTE "ab\rcd" PASTED "\025\177\025", "", "% _" },
	{ PASTE "ab\rcd" PASTED UP "\005\013", "abcd", "% ab_cd" },
	/* more than fits */
	{ PASTE "1\r2\r3\r4\r5\r6\r7\r8" PASTED, "1\n2\n3\n4\n5\n6\n7\n8", "3|4|5|6|7|8_" },
	{ PASTE "1\r2\r3\r4\r5\r6\r7" PASTED UP UP UP UP UP UP "x", "1x\n2\n3\n4\n5\n6\n7", "% 1x_|2|3|4|5|6" },
	{ PASTE "1\r2\r3\r4\r5\r6\r7" PASTED UP UP UP UP UP UP DOWN DOWN DOWN DOWN DOWN DOWN "\177", "1\n2\n3\n4\n5\n6\n",
	    "2|3|4|5|6|_" },
};

START_TEST(keys_edit_the_line)
{
	start(10, 6, "% ");
	type(table[_i].keys);
	ck_assert_str_eq(edit.text.s, table[_i].text);
	ck_assert_str_eq(tty_text(), table[_i].shown);
	end();
}
END_TEST

/* The same, drawn after each byte and at other widths; then as if drawn anew. */
START_TEST(what_is_shown_is_what_would_be_drawn_anew)
{
	const char *s = table[_i].keys;
	char *shown;

	for (unsigned cols = 2; cols < 25; cols += 3) {
		start(cols, 40, "% ");
		for (event = EDIT_MORE; *s != '\0'; s++)
			keys(s, 1);
		shown = strdup(tty_text());
		tty_init(cols, 40);
		screen_fresh(&edit.screen);
		edit_draw(&edit);
		flush();
		ck_assert_str_eq(shown, tty_text());
		free(shown);
		end();
		s = table[_i].keys;
	}
}
END_TEST

START_TEST(lines_end)
{
	start(10, 6, "% ");
	type("ab" LEFT "\r");
	ck_assert_int_eq(event, EDIT_DONE);
	edit_end(&edit, "");
	flush();
	ck_assert_str_eq(tty_text(), "% ab|_");
	edit_start(&edit, "> ", true);
	edit_draw(&edit);
	flush();
	type("\003");
	ck_assert_int_eq(event, EDIT_CANCEL);
	type("\tx\004");
	ck_assert_int_eq(event, EDIT_MORE);
	ck_assert_str_eq(edit.text.s, "\tx");
	edit_end(&edit, "^C");
	edit_start(&edit, "% ", false);
	edit_draw(&edit);
	flush();
	ck_assert_str_eq(tty_text(), "% ab|>       x^|C|% _");
	type("\004");
	ck_assert_int_eq(event, EDIT_EOF);
	end();
}
END_TEST

START_TEST(prompts_may_have_colours_and_lines)
{
	start(10, 6, "one\n\033[1;32m%\033[0m ");
	type("abcdefghi" HOME "x");
	ck_assert_str_eq(tty_text(), "one|% x_abcdefg|hi");
	type("\014");
	ck_assert_str_eq(tty_text(), "one|% x_abcdefg|hi");
	end();
	start(10, 6, "a long prompt% ");
	type("abc");
	ck_assert_str_eq(tty_text(), "a long pro|mpt% abc_");
	end();
	start(10, 6, "\t");
	type("abc" HOME "x");
	ck_assert_str_eq(tty_text(), "        x_a|bc");
	end();
}
END_TEST

/* ---- sizes ---- */
START_TEST(a_new_size_draws_anew)
{
	start(20, 6, "% ");
	type("abcdefghijklmnop");
	/* a terminal that wraps what was one line anew */
	tty_init(10, 6);
	for (const char *s = "% abcdefghijklmnop"; *s != '\0'; s++)
		tty_byte(*s);
	type("\033[48;6;10;0;0t");
	ck_assert_str_eq(tty_text(), "% abcdefgh|ijklmnop_");
	tty_init(20, 6);
	for (const char *s = "% abcdefghijklmnop"; *s != '\0'; s++)
		tty_byte(*s);
	type("\033[48;6;20;0;0tq");
	ck_assert_str_eq(tty_text(), "% abcdefghijklmnopq_");
	tty_down(); /* something was written */
	type("\033[48;6;20;0;0tr");
	ck_assert_str_eq(tty_text(), "% abcdefghijklmnopq|% abcdefghijklmnopqr|_");
	end();
}
END_TEST

/* ---- history ---- */
START_TEST(older_lines_come_back)
{
	start(30, 6, "% ");
	ck_assert(history_add(&history, "one"));
	ck_assert(!history_add(&history, "one"));
	ck_assert(!history_add(&history, " blank"));
	ck_assert(!history_add(&history, ""));
	ck_assert(history_add(&history, "two\nlines"));
	again("% ");
	type("new" UP);
	ck_assert_str_eq(edit.text.s, "two\nlines");
	type(UP UP UP UP);
	ck_assert_str_eq(edit.text.s, "one");
	ck_assert_uint_gt(tty.bells, 0);
	type(DOWN);
	ck_assert_str_eq(edit.text.s, "two\nlines");
	type("\016\016");
	ck_assert_str_eq(edit.text.s, "new");
	end();
}
END_TEST

START_TEST(search_finds_older_lines)
{
	static const char *const lines[] = { "echo one", "ls", "echo two", "日本", "ls" };

	start(40, 6, "% ");
	for (size_t i = 0; i < nelem(lines); i++)
		(void)history_add(&history, lines[i]);
	again("% ");
	type("typed\022ec");
	ck_assert_str_eq(tty_text(), "search 'ec': _echo two");
	type("\022");
	ck_assert_str_eq(tty_text(), "search 'ec': _echo one");
	type("\022");
	ck_assert_str_eq(tty_text(), "not found 'ec': _echo one");
	type("\007");
	ck_assert_str_eq(tty_text(), "% typed_");
	type("\022two\177\177");
	ck_assert_str_eq(tty_text(), "search 't': echo _two");
	type(END "x");
	ck_assert_str_eq(tty_text(), "% echo twox_");
	type(UP);
	ck_assert_str_eq(edit.text.s, "ls");
	type("\022\xe6\x9c\xac");
	ck_assert_str_eq(tty_text(), "search '本': 日_本");
	type("\r");
	ck_assert_int_eq(event, EDIT_DONE);
	ck_assert_str_eq(edit.text.s, "日本");
	end();
}
END_TEST

START_TEST(history_survives_a_file)
{
	History h = { 0 };
	char all[100] = "", *s;
	static const char *const lines[] = { "a\\n\nb", "c\\", "d" };

	for (size_t i = 0; i < nelem(lines); i++) {
		s = history_pack(lines[i]);
		strcat(all, s);
		free(s);
	}
	ck_assert_str_eq(all, "a\\\\n\\nb\nc\\\\\nd\n");
	strcat(all, "half a li");
	history_unpack(&h, all);
	ck_assert_uint_eq(h.n, nelem(lines));
	for (size_t i = 0; i < nelem(lines); i++)
		ck_assert_str_eq(h.line[i], lines[i]);
	for (int i = 0; i < 3 * HISTORY_MAX; i++) {
		snprintf(all, sizeof all, "line %d", i);
		ck_assert(history_add(&h, all));
	}
	ck_assert_uint_le(h.n, HISTORY_MAX);
	ck_assert_uint_gt(h.n, HISTORY_MAX / 2);
	ck_assert_str_eq(h.line[h.n - 1], all);
	history_free(&h);
}
END_TEST

/* ---- Tab ---- */
static size_t ncandidate;

/* "fi" -> file1, file2, … */
static void
candidates(const char *text, size_t at, Completion *c)
{
	char name[32];

	c->from = at;
	while (c->from > 0 && text[c->from - 1] != ' ')
		c->from--;
	if (at - c->from > 4 || ncandidate == 0)
		return;
	c->text = strdup(ncandidate == 1 ? "file1 " : "file");
	c->name = calloc(ncandidate, sizeof *c->name);
	for (; c->n < ncandidate; c->n++) {
		snprintf(name, sizeof name, "file%zu", c->n + 1);
		c->name[c->n] = strdup(c->n == 1 ? "fi\033le" : name);
	}
}

START_TEST(tab_completes)
{
	start(20, 6, "% ");
	edit.complete = candidates;
	ncandidate = 1;
	type("ls fi x" LEFT LEFT "\t");
	ck_assert_str_eq(tty_text(), "% ls file1 _ x");
	ncandidate = 3;
	type("fi\t");
	ck_assert_str_eq(tty_text(), "% ls file1 file_ x");
	ck_assert_uint_eq(tty.bells, 0);
	type("\t");
	ck_assert_uint_eq(tty.bells, 1);
	type("\t");
	ck_assert_str_eq(tty_text(), "% ls file1 file x|file1  fi?le  file3|% ls file1 file_ x");
	ncandidate = 0;
	type("\t");
	ck_assert_uint_eq(tty.bells, 2);
	end();
}
END_TEST

START_TEST(many_that_fit_are_counted_first)
{
	start(20, 6, "% ");
	edit.complete = candidates;
	ncandidate = 100;
	type("file\t\t");
	ck_assert_str_eq(tty_text(), "% file|show all 100? (y/n)_");
	type("n");
	ck_assert_str_eq(tty_text(), "% file|show all 100? (y/n)|% file_");
	type("\t\t");
	type("y");
	ck_assert_str_eq(tty_text(), "file46   file96|file47   file97|file48   file98|file49   file99|file50   file100|% file_");
	type("\t\t");
	edit_end(&edit, "^C");
	flush();
	ck_assert(strstr(tty_text(), "show all 100? (y/n)|% file^C|_") != NULL);
	end();
}
END_TEST

/* ---- random keys: nothing breaks, and the screen is as if drawn anew ---- */
static const char *const pieces[] = { LEFT, RIGHT, UP, DOWN, HOME, END, PASTE "a\rb\t日" PASTED, "\001", "\005", "\013",
	"\025", "\027", "\031", "\024", "\177", "\004x", "\033b", "\033f", "\033d", "\022", "\022ec", "日本", "e\xcc\x81",
	"abcdef ", "x", "\t", "\026\001", "\xff", "\xe3", "\033[1;5C", "\007", "y", "hello world ", "\014", "\033" };

START_TEST(random_keys_keep_the_screen_right)
{
	uint32_t seed = (uint32_t)_i + 1;
	char *shown;

	for (int run = 0; run < 25; run++) {
		unsigned cols = 2 + (seed >> 8) % 30, rows = 3 + (seed >> 16) % 12;

		start(cols, rows, run % 3 == 0 ? "\033[7m%\033[m " : "prompt日% ");
		edit.complete = candidates;
		(void)history_add(&history, "echo one two three four five six seven eight");
		(void)history_add(&history, "日本語\nmore\n");
		again(run % 3 == 0 ? "\033[7m%\033[m " : "prompt日% ");
		edit.rest = run % 2 == 0;
		for (int i = 0; i < 60; i++) {
			seed = seed * 1664525 + 1013904223;
			ncandidate = (seed >> 12) % 40;
			type(pieces[(seed >> 16) % nelem(pieces)]);
			if (edit.asking || edit.pasting || tty.npart > 0)
				continue;
			ck_assert_uint_le(edit.at, edit.text.n);
			/* the last rows are ours, and as many are as when drawn anew */
			shown = strdup(tty_text());
			Screen fresh = { .cols = cols, .rows = rows };
			unsigned y = tty.y, x = tty.x, top = tty.y - (unsigned)edit.screen.y;
			Cell cell[ROWS_MAX][COLS_MAX];

			memcpy(cell, tty.cell, sizeof cell);
			screen_fresh(&fresh);
			screen_show(&fresh, edit.searching ? search_prompt(&edit) : edit.prompt.s, edit.text.s, edit.text.n, edit.at);
			if (fresh.now.top == edit.screen.now.top) {
				tty_init(cols, rows);
				tty.y = top;
				for (size_t k = 0; k < fresh.out.n; k++)
					tty_byte(fresh.out.s[k]);
				ck_assert_uint_eq(tty.y, y);
				ck_assert_uint_eq(tty.x, x);
				for (unsigned r = top; r < rows; r++)
					for (unsigned k = 0; k < cols; k++)
						ck_assert_msg(strcmp(tty.cell[r][k].s, cell[r][k].s) == 0,
						    "run %d key %d: row %u column %u is '%s', not '%s'\n%s\n%s", run, i, r, k, cell[r][k].s,
						    tty.cell[r][k].s, shown, tty_text());
				memcpy(tty.cell, cell, sizeof cell);
				tty.y = y;
				tty.x = x;
			}
			screen_free(&fresh);
			free(shown);
		}
		end();
	}
}
END_TEST

UNIT_SUITE("edit", LOOP(keys_edit_the_line, table), LOOP(what_is_shown_is_what_would_be_drawn_anew, table),
    CASE(lines_end), CASE(prompts_may_have_colours_and_lines), CASE(a_new_size_draws_anew),
    CASE(older_lines_come_back), CASE(search_finds_older_lines),
    CASE(history_survives_a_file), CASE(tab_completes), CASE(many_that_fit_are_counted_first),
    { random_keys_keep_the_screen_right, 8 })
