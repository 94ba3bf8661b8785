/*
 * cmd/man/fill.c - words to lines, and lines to the output. A line is kept until
 * it is full or broken; marks in it become bold and underlined text, or nothing.
 */
#include "cmd/man/man.h"

static struct {
	Biobuf *out;
	int columns;
	bool ansi;
	int indent;
	Text line;
	bool open;              /* line holds something */
	bool joined;            /* the next word follows without a blank */
	int column;             /* where line ends */
	int font;               /* of what was put last */
	bool space, top;        /* an empty line is due; but none here, below a heading */
} fill;

void
text_add(Text *t, const char *s, size_t n)
{
	if (t->n + n + 1 > t->max)
		t->s = cmd_alloc(t->s, t->max = 2 * (t->n + n) + 64);
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

void
text_put(Text *t, int c)
{
	char b = (char)c;

	text_add(t, &b, 1);
}

/* How many columns the n bytes take. */
static int
width(const char *s, size_t n)
{
	int w = 0;
	Rune r;

	for (const char *end = s + n; s < end;) {
		s += chartorune(&r, s);
		w += r == BLANK ? 1 : r < BLANK ? 0 : rune_width(r);
	}
	return w;
}

static void
font_set(int font)
{
	static const char *const code[] = { [FONT_R] = "", [FONT_B] = "\033[1m", [FONT_I] = "\033[4m" };

	if (fill.ansi && font != fill.font)
		Bprint(fill.out, "%s%s", fill.font != FONT_R ? "\033[0m" : "", code[font]);
	fill.font = font;
}

/* Blanks are never underlined. */
static void
marked_put(const char *s)
{
	int font = FONT_R;

	for (; *s != '\0'; s++)
		if (*s >= FONT_R && *s <= FONT_I) {
			font = *s;
		} else if (*s == BLANK || *s == ' ') {
			font_set(FONT_R);
			Bputc(fill.out, ' ');
		} else {
			font_set(font);
			Bputc(fill.out, *s);
		}
	font_set(FONT_R);
}

static void
line_put(int indent, const char *s)
{
	if (fill.space && !fill.top)
		Bputc(fill.out, '\n');
	fill.space = fill.top = false;
	Bprint(fill.out, "%*s", indent, "");
	marked_put(s);
	Bputc(fill.out, '\n');
}

void
fill_start(Biobuf *out, int columns, bool ansi)
{
	fill.out = out;
	fill.columns = columns;
	fill.ansi = ansi;
	fill.indent = 0;
	fill.font = FONT_R;
	fill.open = fill.space = false;
	fill.top = true;
}

void
fill_indent(int column)
{
	fill.indent = column;
}

void
fill_break(void)
{
	if (!fill.open)
		return;
	fill.open = false;
	Bprint(fill.out, "%s", fill.space && !fill.top ? "\n" : "");
	fill.space = fill.top = false;
	marked_put(fill.line.s);
	Bputc(fill.out, '\n');
}

static void
blanks(int n)
{
	while (n-- > 0)
		text_put(&fill.line, ' ');
}

static void
word_add(const char *s, size_t n, int font)
{
	int w = width(s, n);

	if (fill.open && !fill.joined && fill.column + 1 + w > fill.columns)
		fill_break();
	if (!fill.open) {
		fill.line.n = 0;
		text_add(&fill.line, "", 0);
		blanks(fill.indent);
		fill.column = fill.indent;
		fill.open = true;
	} else if (!fill.joined) {
		blanks(1);
		fill.column++;
	}
	fill.joined = false;
	text_put(&fill.line, font);
	text_add(&fill.line, s, n);
	fill.column += w;
}

void
fill_words(const char *s)
{
	int font = FONT_R;

	for (;;) {
		size_t n;
		int before;

		s += strspn(s, " \t");
		if (*s == '\0')
			return;
		n = strcspn(s, " \t");
		before = font;
		for (size_t i = 0; i < n; i++)
			if (s[i] >= FONT_R && s[i] <= FONT_I)
				font = s[i];
		if (width(s, n) > 0)
			word_add(s, n, before);
		s += n;
	}
}

void
fill_pad(int column)
{
	if (fill.open && fill.column < column) {
		text_put(&fill.line, FONT_R);
		blanks(column - fill.column);
		fill.column = column;
		fill.joined = true;
	} else {
		fill_break();
	}
}

void
fill_line(const char *s)
{
	fill_break();
	line_put(fill.indent, s);
}

void
fill_space(void)
{
	fill_break();
	fill.space = true;
}

void
fill_tight(void)
{
	fill.top = true;
}

void
fill_ends(const char *left, const char *middle)
{
	int side = width(left, strlen(left)), gap = fill.columns - 2 * side - width(middle, strlen(middle));

	if (gap < 2)
		gap = 2;
	Bprint(fill.out, "%s%*s%s%*s%s\n", left, gap / 2, "", middle, gap - gap / 2, "", left);
	fill.space = true;
	fill.top = false;
}
