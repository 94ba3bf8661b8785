/*
 * cmd/less/main.c - less [-i] [+line] [file...]: shows files, or the standard input, a
 * screen at a time. When its output is no terminal it copies, as cat does.
 *   space f PgDn  a screen on         b PgUp    a screen back
 *   Enter j Down  a row on            k Up      a row back
 *   d u           half a screen on, back
 *   g Home, G End the beginning, the end; with a number before: that line
 *   /text ?text   looks for an expression (regexp(6)) on, back   n N  again, the other way
 *   :n :p         the next file, the one before     =  where this is
 *   h             these keys           q Q ^C     ends
 * -i: case doesn't count in searches. Lines that are longer than the screen is wide go on
 * in the next row; the size of the screen may change. Colours and such (ESC [ ... m) pass.
 * While it waits for a pipe, ^C makes it go on with what there is.
 * LIMITS  what has been read is kept in memory
 */
#include "cmd/less/less.h"

static const char usage[] = "[-i] [+line] [file ...]";
enum { CTRL = 0x1f, SEARCH_MAX = 256 };

/* Where the screen begins: a line, and a row in it. */
typedef struct Place Place;
struct Place {
	size_t line, at;
};
static Place top;
static char **files;
static int nfile, file;
static const char *name;
static Regex *re;
static bool fold, searched_back;
static char message[SEARCH_MAX + 64]; /* instead of the status, once */
static uint64_t count;          /* typed before a command */

static int
rows(void)
{
	return tty_rows > 1 ? tty_rows - 1 : 1;
}

/* One row on; false: there is none. */
static bool
next_row(Place *p)
{
	Str line;
	size_t end;

	if (!text_line(p->line, &line))
		return false;
	end = row_end(line, p->at, tty_columns);
	if (end < line.n) {
		p->at = end;
		return true;
	}
	if (!text_line(p->line + 1, &line))
		return false;
	*p = (Place){ p->line + 1, 0 };
	return true;
}

static bool
row_back(Place *p)
{
	Str line;

	if (p->at == 0 && p->line == 0)
		return false;
	if (p->at == 0) {
		text_line(--p->line, &line);
		p->at = line.n;
		if (line.n == 0)
			return true;
	} else {
		text_line(p->line, &line);
	}
	p->at = row_before(line, p->at, tty_columns);
	return true;
}

/* Is the last row of the text on the screen? */
static bool
at_end(void)
{
	Place p = top;

	for (int i = 1; i < rows(); i++)
		if (!next_row(&p))
			return true;
	return !next_row(&p);
}

static void
forward(int n)
{
	for (; n > 0 && !at_end(); n--)
		next_row(&top);
}

static void
backward(int n)
{
	while (n-- > 0 && row_back(&top))
		;
}

static void
go_to(size_t line)
{
	Str s;

	if (line == 0 || text_line(line, &s))
		top = (Place){ line, 0 };
	else
		top = (Place){ text_known() > 0 ? text_known() - 1 : 0, 0 };
}

static void
go_end(void)
{
	Str s;

	text_all();
	if (text_known() == 0)
		return;
	top.line = text_known() - 1;
	text_line(top.line, &s);
	top.at = s.n == 0 ? 0 : row_before(s, s.n, tty_columns);
	backward(rows() - 1);
}

/* ---- drawing ---- */

static void
status_put(Place bottom)
{
	char text[1024], *p = text, *end = text + sizeof text;

	p = seprint(p, end, "\033[7m ");
	if (message[0] != '\0')
		seprint(p, end, "%.*s ", tty_columns > 2 ? tty_columns - 2 : 0, message);
	else {
		p = seprint(p, end, "%.*s", tty_columns > 45 ? tty_columns - 42 : 3, name);
		p = seprint(p, end, "  line %zu", text_known() == 0 ? 0 : bottom.line + 1);
		if (text_ended())
			p = seprint(p, end, " of %zu", text_known());
		seprint(p, end, "%s%s ", at_end() ? " (end)" : "", tty_columns > 60 ? "  h: help  q: quit" : "");
	}
	message[0] = '\0';
	tty_put(tty_rows - 1, text);
}

static void
draw(void)
{
	Place p = top, bottom = top;
	bool there = true;
	Str line;

	for (int i = 0; i < rows(); i++) {
		if (there && text_line(p.line, &line)) {
			tty_put(i, row_draw(line, p.at, row_end(line, p.at, tty_columns), re));
			bottom = p;
			there = next_row(&p);
		} else {
			tty_put(i, "~");
			there = false;
		}
	}
	status_put(bottom);
	tty_cursor(0, -1);
	text_interrupted = false;
}

/* A line typed on the last row; false: given up. */
static bool
ask(const char *prompt, char *buf, size_t size)
{
	size_t n = 0;
	Key k;

	buf[0] = '\0';
	for (;;) {
		char row[SEARCH_MAX + 64];
		int width = tty_width(buf), skip = 0;
		Rune r;

		while (width > tty_columns - 2 - (int)strlen(prompt) && buf[skip] != '\0') {
			skip += chartorune(&r, buf + skip);
			width = tty_width(buf + skip);
		}
		snprintf(row, sizeof row, "%s%s", prompt, buf + skip);
		tty_put(tty_rows - 1, row);
		tty_cursor(tty_rows - 1, tty_width(row));
		if (!tty_key(&k) || k.code == ('C' & CTRL) || k.code == ('G' & CTRL) || (k.mod & KeyAlt))
			return false;
		r = k.code;
		if (r == '\r' || r == '\n')
			return true;
		if (r == 8 || r == 0x7f) {
			if (n == 0)
				return false;
			do
				n--;
			while (n > 0 && (buf[n] & 0xc0) == 0x80);
		} else if (r == ('U' & CTRL)) {
			n = 0;
		} else if (r >= ' ' && r < KeyUp && n + UTFmax < size) {
			n += (size_t)runetochar(buf + n, &r);
		}
		buf[n] = '\0';
	}
}

/* ---- searching ---- */

static bool
line_matches(size_t i)
{
	Str line;

	if (!text_line(i, &line))
		return false;
	line = row_plain(line, NULL);
	return regex_test(re, line.s, line.n);
}

static void
search(bool back)
{
	Str line;

	if (re == NULL) {
		snprintf(message, sizeof message, "there is nothing to look for yet: /text or ?text");
		return;
	}
	if (back) {
		for (size_t i = top.line; i-- > 0; )
			if (line_matches(i)) {
				top = (Place){ i, 0 };
				return;
			}
	} else {
		for (size_t i = top.line + 1; text_line(i, &line); i++)
			if (line_matches(i)) {
				top = (Place){ i, 0 };
				return;
			}
	}
	snprintf(message, sizeof message, text_interrupted ? "interrupted" : "not found");
}

static void
search_ask(bool back)
{
	char text[SEARCH_MAX];
	Regex *new;

	if (!ask(back ? "?" : "/", text, sizeof text))
		return;
	searched_back = back;
	if (*text != '\0') {
		new = regex_new(text, fold ? REGEX_ICASE : 0);
		if (new == NULL) {
			snprintf(message, sizeof message, "%s", err_reason());
			return;
		}
		regex_free(re);
		re = new;
	}
	/* what is on the first line counts too, when looking forward the first time */
	if (!back && *text != '\0' && top.at == 0 && line_matches(top.line))
		return;
	search(back);
}

/* ---- commands ---- */

static void
help(void)
{
	static const char *const lines[] = {
		"space f PgDn     a screen on             b PgUp     a screen back",
		"Enter j Down     a row on                k Up       a row back",
		"d                half a screen on        u          half a screen back",
		"g Home           the beginning           G End      the end",
		"20g              line 20",
		"/text            looks for text, on      ?text      back",
		"n                again                   N          again, the other way",
		":n               the next file           :p         the one before",
		"=                where this is           q ^C       ends",
		"",
		"text is a regular expression; any key goes on",
	};

	tty_page(lines, nelem(lines));
}

static bool
file_show(int i)
{
	bool std = nfile == 0;

	if (!text_open(std ? NULL : files[i], std ? 0 : -1)) {
		snprintf(message, sizeof message, "can't open %s: %s", files[i], err_reason());
		return false;
	}
	file = i;
	name = std ? "standard input" : files[i];
	top = (Place){ 0, 0 };
	return true;
}

static void
file_step(int step)
{
	int i = file + step, old = file;

	if (i < 0 || i >= nfile) {
		snprintf(message, sizeof message, step > 0 ? "there is no next file" : "there is no file before");
		return;
	}
	text_close();
	if (!file_show(i)) {
		char text[sizeof message];

		strcpy(text, message);
		if (!file_show(old)) {
			tty_stop();
			sysfatal("%s", text);
		}
		strcpy(message, text);
	}
}

static void
tell(void)
{
	text_all();
	snprintf(message, sizeof message, "%s: line %zu of %zu%s", name, top.line + 1, text_known(), text_ended() ? "" : " so far");
}

static void
colon(void)
{
	Key k;

	tty_put(tty_rows - 1, ":");
	tty_cursor(tty_rows - 1, 1);
	if (!tty_key(&k))
		return;
	if (k.code == 'n' || k.code == 'p')
		file_step(k.code == 'n' ? 1 : -1);
	else if (k.code == 'q') {
		tty_stop();
		cmd_end(NULL);
	}
}

/* false: the end. */
static bool
command(const Key *k)
{
	int n = count > 0 && count < 100000 ? (int)count : 1;

	switch (k->code) {
	case 'q':
	case 'Q':
	case 'C' & CTRL:
		return false;
	case ' ':
	case 'f':
	case 'F' & CTRL:
	case 'V' & CTRL:
	case KeyPgdown:
		forward(rows() * n);
		break;
	case 'b':
	case 'B' & CTRL:
	case KeyPgup:
		backward(rows() * n);
		break;
	case '\r':
	case '\n':
	case 'j':
	case 'e':
	case 'N' & CTRL:
	case 'E' & CTRL:
	case KeyDown:
		forward(n);
		break;
	case 'k':
	case 'y':
	case 'P' & CTRL:
	case 'Y' & CTRL:
	case KeyUp:
		backward(n);
		break;
	case 'd':
	case 'D' & CTRL:
		forward((rows() + 1) / 2);
		break;
	case 'u':
	case 'U' & CTRL:
		backward((rows() + 1) / 2);
		break;
	case 'g':
	case '<':
	case KeyHome:
		go_to(count > 0 ? (size_t)count - 1 : 0);
		break;
	case 'G':
	case '>':
	case KeyEnd:
		if (count > 0)
			go_to((size_t)count - 1);
		else
			go_end();
		break;
	case '/':
	case '?':
		search_ask(k->code == '?');
		break;
	case 'n':
	case 'N':
		search(searched_back == (k->code == 'n'));
		break;
	case ':':
		colon();
		break;
	case '=':
	case 'G' & CTRL:
		tell();
		break;
	case 'h':
	case 'H':
	case KeyF1:
		help();
		break;
	case KeySize: { /* rows begin elsewhere now */
		Str line;
		size_t at = 0, next;

		while (text_line(top.line, &line) && (next = row_end(line, at, tty_columns)) <= top.at && next > at && next < line.n)
			at = next;
		top.at = at;
		break;
	}
	}
	return true;
}

static void
show(void)
{
	Key k;

	for (;;) {
		if (!tty_more())
			draw();
		if (!tty_key(&k))
			break;
		if (k.code >= '0' && k.code <= '9' && k.mod == 0) {
			count = (count < 100000000 ? count * 10 : count) + (k.code - '0');
			snprintf(message, sizeof message, ":%llu", (unsigned long long)count);
			continue;
		}
		if (!command(&k))
			break;
		count = 0;
	}
}

static int
note(Ureg *u, const char *text)
{
	USED(u);
	text_interrupted = text_interrupted || strcmp(text, "interrupt") == 0;
	return strcmp(text, "interrupt") == 0;
}

static void
copy(int fd, const char *from)
{
	static char buf[64 << 10];
	int64_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0)
		if (write(1, buf, n) != n)
			sysfatal("write error: %r");
	if (n < 0)
		cmd_error("error reading %s: %r", from);
}

int
main(int argc, char **argv)
{
	size_t first = 0;

	ARGBEGIN {
	case 'i':
		fold = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc > 0 && argv[0][0] == '+' && isdigit((unsigned char)argv[0][1])) {
		first = (size_t)cmd_number(*argv++ + 1, usage);
		argc--;
	}
	if (!tty_is(1)) {
		cmd_each(argv, copy);
		cmd_end(NULL);
	}
	files = argv;
	nfile = argc;
	if (nfile == 0 && tty_is(0))
		cmd_usage(usage);
	for (int i = 0; !file_show(i); i++) {
		cmd_error("%s", message);
		if (i + 1 >= nfile)
			cmd_end(NULL);
	}
	message[0] = '\0';
	atnotify(note, true);
	if (tty_start(false) < 0) {
		fprint(2, "less: no screen to page on: %r\n");
		cmd_each(files, copy);
		cmd_end(NULL);
	}
	if (first > 0)
		go_to(first - 1);
	show();
	tty_stop();
	cmd_end(NULL);
}
