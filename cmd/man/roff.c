/*
 * cmd/man/roff.c - the part of troff -man that LP49's pages are written in
 * (man/README.md): requests, one to a line that begins with a point, and escapes,
 * which begin with a backslash.
 * ERRORS  what is not of that part is said on fd 2, with file and line, and left out
 */
#include "cmd/man/man.h"

enum { BODY = 7, SUBHEAD = 3, NEST_MAX = 8, ARG_MAX = 64 };

static struct {
	const char *name;
	int line;
	bool filled;            /* not between .nf and .fi */
	bool tag;               /* the next line is .TP's tag */
	int base;               /* where paragraphs begin */
	int hang;               /* how far .TP and .IP go in */
	int nest[NEST_MAX];
	size_t nnest;
	int font, before;       /* \fP goes back to before */
} roff;

static void
complain(const char *what, const char *which)
{
	cmd_error("%s:%d: %s: %s", roff.name, roff.line, what, which);
}

/* ---- escapes ---- */
static void
font_mark(Text *t, int c)
{
	int font = c == 'B' ? FONT_B : c == 'I' ? FONT_I : c == 'P' ? roff.before : c == 'R' ? FONT_R : 0;
	char name[2] = { (char)c, '\0' };

	if (font == 0) {
		complain("unknown font", name);
		return;
	}
	roff.before = roff.font;
	roff.font = font;
	text_put(t, font);
}

static const char *
named(const char *s)
{
	static const struct { char name[3]; const char *text; } table[] = {
		{ "bu", "•" }, { "em", "—" }, { "en", "–" }, { "aq", "'" }, { "dq", "\"" },
		{ "ga", "`" }, { "ha", "^" }, { "ti", "~" }, { "->", "→" }, { "rs", "\\" },
	};

	for (size_t i = 0; i < nelem(table); i++)
		if (strncmp(s, table[i].name, 2) == 0)
			return table[i].text;
	return NULL;
}

/* s with its escapes done, added to t. */
static void
expand(Text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		const char *text;

		if (*s != '\\') {
			text_put(t, *s);
			continue;
		}
		switch (*++s) {
		case 'f':
			if (s[1] != '\0')
				font_mark(t, *++s);
			break;
		case '(':
			if (s[1] == '\0' || s[2] == '\0' || (text = named(s + 1)) == NULL) {
				complain("unknown character", s - 1);
				return;
			}
			text_add(t, text, strlen(text));
			s += 2;
			break;
		case '-': text_put(t, '-'); break;
		case 'e': text_put(t, '\\'); break;
		case ' ': text_put(t, BLANK); break;
		case '&': break;
		case '"': return;       /* a comment, to the end of the line */
		default:
			complain("unknown escape", s - 1);
			return;
		}
	}
}

char *
roff_plain(const char *s)
{
	Text t = { 0 };
	size_t n = 0;

	text_add(&t, "", 0);
	expand(&t, s);
	for (size_t i = 0; i < t.n; i++)
		if (t.s[i] == BLANK || t.s[i] > BLANK || t.s[i] < 0)
			t.s[n++] = t.s[i] == BLANK ? ' ' : t.s[i];
	t.s[n] = '\0';
	return t.s;
}

/* ---- lines of text ---- */
/* A line that is complete: a tag, words, or as it stands. */
static void
line_use(const Text *t)
{
	if (roff.tag) {
		roff.tag = false;
		fill_indent(roff.base);
		fill_words(t->s);
		fill_indent(roff.base + roff.hang);
		fill_pad(roff.base + roff.hang);
	} else if (roff.filled) {
		fill_words(t->s);
	} else {
		fill_line(t->s);
	}
}

static void
text_line(const char *s)
{
	Text t = { 0 };

	if (*s == '\0') {
		fill_space();
		return;
	}
	text_put(&t, roff.font);
	expand(&t, s);
	line_use(&t);
	free(t.s);
}

/* ---- requests ---- */
/* The words of a request, by quotes and blanks, in place. */
static size_t
split(char *s, char **arg)
{
	size_t n = 0;

	while (*(s += strspn(s, " \t")) != '\0' && n < ARG_MAX) {
		bool quoted = *s == '"';
		char *to = s += quoted;

		arg[n++] = to;
		while (*s != '\0' && (quoted || (*s != ' ' && *s != '\t'))) {
			if (quoted && *s == '"' && *++s != '"')
				break;
			if (*s == '\\' && s[1] != '\0')
				*to++ = *s++;
			*to++ = *s++;
		}
		if (*s != '\0' && !quoted)
			s++;
		*to = '\0';
	}
	return n;
}

/* Words in two fonts by turns, without blanks; or in one (both the same), with. */
static void
fonts(char *const arg[], size_t n, const char letter[2])
{
	Text t = { 0 };

	text_add(&t, "", 0);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && letter[0] == letter[1])
			text_put(&t, ' ');
		font_mark(&t, letter[i & 1]);
		expand(&t, arg[i]);
	}
	font_mark(&t, 'R');
	line_use(&t);
	free(t.s);
}

static void
heading(char *const arg[], size_t n, int column)
{
	roff.base = BODY;
	roff.hang = BODY;
	roff.nnest = 0;
	roff.filled = true;
	fill_space();
	fill_indent(column);
	fonts(arg, n, "BB");
	fill_break();
	fill_tight();
	fill_indent(roff.base);
}

static void
paragraph(void)
{
	fill_space();
	fill_indent(roff.base);
	roff.hang = BODY;
}

static void
item(const char *tag, const char *hang)
{
	fill_space();
	if (hang != NULL)
		roff.hang = atoi(hang);
	if (tag != NULL) {
		Text t = { 0 };

		roff.tag = true;
		text_add(&t, "", 0);
		expand(&t, tag);
		line_use(&t);
		free(t.s);
	}
	fill_indent(roff.base + roff.hang);
}

static void
nest(const char *by)
{
	fill_break();
	if (roff.nnest == NEST_MAX) {
		complain("nested too deep", "RS");
		return;
	}
	roff.nest[roff.nnest++] = roff.base;
	roff.base += by != NULL ? atoi(by) : roff.hang;
	roff.hang = BODY;
	fill_indent(roff.base);
}

static void
unnest(void)
{
	fill_break();
	if (roff.nnest == 0) {
		complain("without RS", "RE");
		return;
	}
	roff.base = roff.nest[--roff.nnest];
	fill_indent(roff.base);
}

static void
title(char *const arg[], size_t n)
{
	char *side = smprint("%s(%s)", n > 0 ? arg[0] : "", n > 1 ? arg[1] : "");

	if (side != NULL)
		fill_ends(side, n > 3 ? arg[3] : "LP49");
	free(side);
}

enum { Rtitle, Rhead, Rsub, Rpara, Rtag, Ritem, Rnest, Runnest, Rnofill, Rfill, Rbreak, Rspace, Rfont };

static int
request_find(const char *name)
{
	static const struct { const char *name; int what; } table[] = {
		{ "TH", Rtitle }, { "SH", Rhead }, { "SS", Rsub }, { "PP", Rpara },
		{ "TP", Rtag }, { "IP", Ritem }, { "RS", Rnest }, { "RE", Runnest },
		{ "nf", Rnofill }, { "EX", Rnofill }, { "fi", Rfill }, { "EE", Rfill },
		{ "br", Rbreak }, { "sp", Rspace }, { "B", Rfont }, { "I", Rfont },
		{ "BR", Rfont }, { "RB", Rfont }, { "BI", Rfont }, { "IB", Rfont },
		{ "IR", Rfont }, { "RI", Rfont },
	};

	for (size_t i = 0; i < nelem(table); i++)
		if (strcmp(name, table[i].name) == 0)
			return table[i].what;
	return -1;
}

static void
request(char *s)
{
	char *arg[ARG_MAX], *name;
	size_t n;
	int what;

	if (s[1] == '\\' && s[2] == '"')
		return;
	n = split(s + 1, arg);
	if (n == 0)
		return;
	name = arg[0];
	n--;
	what = request_find(name);
	if ((what == Rfont || what == Rhead || what == Rsub) && n == 0)
		what = -1;      /* it would be for the next line: not of our part */
	switch (what) {
	case Rtitle: title(arg + 1, n); break;
	case Rhead: heading(arg + 1, n, 0); break;
	case Rsub: heading(arg + 1, n, SUBHEAD); break;
	case Rpara: paragraph(); break;
	case Rtag:
		item(NULL, n > 0 ? arg[1] : NULL);
		roff.tag = true;
		break;
	case Ritem: item(n > 0 ? arg[1] : NULL, n > 1 ? arg[2] : NULL); break;
	case Rnest: nest(n > 0 ? arg[1] : NULL); break;
	case Runnest: unnest(); break;
	case Rnofill: fill_break(); roff.filled = false; break;
	case Rfill: fill_break(); roff.filled = true; break;
	case Rbreak: fill_break(); break;
	case Rspace: fill_space(); break;
	case Rfont: fonts(arg + 1, n, (char[2]){ name[0], name[name[1] != '\0'] }); break;
	default: complain("unknown request", name);
	}
}

void
roff_format(Biobuf *in, Biobuf *out, const char *name, int columns, bool ansi)
{
	char *s;

	memset(&roff, 0, sizeof roff);
	roff.name = name;
	roff.filled = true;
	roff.font = roff.before = FONT_R;
	roff.hang = BODY;
	fill_start(out, columns, ansi);
	while ((s = Brdstr(in, '\n', true)) != NULL) {
		roff.line++;
		if (*s == '.')
			request(s);
		else
			text_line(s);
		free(s);
	}
	fill_break();
	if (roff.nnest > 0)
		complain("RE is missing", "end of page");
	if (Berror(in) != 0)
		cmd_error("error reading %s: %r", name);
}
