/*
 * cmd/edit/main.c - edit [+line] [file]: a small editor on the whole screen. What is typed
 * is inserted; the last rows of the screen tell the keys:
 *   arrows Home End PgUp PgDn   move; ctrl-arrows: by words; ctrl-Home, ctrl-End (Alt-< Alt->):
 *                               to the beginning, the end
 *   ^S save    ^O save as another file    ^Q quit (asks when something would be lost)
 *   ^F find (text as it stands)   ^N find again    ^R replace, all from here on    ^G go to a line
 *   ^K cuts the line (several in a row: all of them)    ^U puts them back    ^C copies the line
 *   ^Z undo    ^Y redo    ^L draws the screen anew    F1 help
 * A file is written to NAME.new first, which then takes the place of NAME: a full disk does
 * not cost the old text. When the terminal hangs up, what isn't saved goes to NAME.hup. Tabs
 * and newlines are as typed; bytes that are no UTF-8 (<XX>) and control characters (^X)
 * stay as they are, and so does a missing newline at the end.
 * ERRORS  ^S says why it could not save; the text is still there
 * LIMITS  the file is in memory. No two files at the same time.
 */
#include "cmd/edit/edit.h"

static const char usage[] = "[+line] [file]";
enum { CTRL = 0x1f, ASK_MAX = 512, BARS = 2 };

static Pos cur;
static int goal = -1;           /* the column that up and down keep to; -1: the cursor's */
static size_t top;              /* the first line on the screen */
static int left;                /* its first column */
static char message[ASK_MAX + 256];
static char find_text[ASK_MAX];
static char *cut;
static size_t ncut;
static bool cutting;            /* the last key was ^K */
static unsigned group;          /* changes that belong together */
static bool pasting;

static int
rows(void)
{
	return tty_rows > BARS ? tty_rows - BARS : 1;
}

static Str
line(void)
{
	return text_line(cur.line);
}

static Pos
text_end(void)
{
	size_t last = text_lines() - 1;

	return (Pos){ last, text_line(last).n };
}

static void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vseprint(message, message + sizeof message, fmt, ap);
	va_end(ap);
}

/* ---- drawing ---- */

static void
scroll(void)
{
	int column = column_of(line(), cur.at), n = rows();

	if (cur.line < top)
		top = cur.line;
	if (cur.line >= top + (size_t)n)
		top = cur.line - (size_t)n + 1;
	if (column < left)
		left = column < tty_columns / 2 ? 0 : column - tty_columns / 2;
	if (column >= left + tty_columns - 2)
		left = column - tty_columns / 2;
	if (left < 0 || column < tty_columns - 2)
		left = 0;
}

static void
bars_put(void)
{
	char text[1024];
	const char *keys = "\033[7m^S\033[27m save  \033[7m^Q\033[27m quit  \033[7m^F\033[27m find  \033[7m^Z\033[27m undo  "
	    "\033[7m^K\033[27m cut line  \033[7m^U\033[27m put back  \033[7mF1\033[27m all keys";

	snprintf(text, sizeof text, "\033[7m %.*s%s%s  line %zu of %zu, column %d ", tty_columns > 60 ? tty_columns - 50 : 10,
	    file_name == NULL ? "(no name)" : file_name, file_new ? " (new)" : "", text_changed() ? " *" : "", cur.line + 1,
	    text_lines(), column_of(line(), cur.at) + 1);
	tty_put(tty_rows - 2, text);
	if (message[0] != '\0') {
		while (tty_width(message) > tty_columns)
			message[strlen(message) - 1] = '\0';
		tty_put(tty_rows - 1, message);
	} else {
		tty_put(tty_rows - 1, tty_columns >= 75 ? keys : "^S save  ^Q quit  F1 help");
	}
}

static void
draw(void)
{
	scroll();
	for (int i = 0; i < rows(); i++) {
		size_t at = top + (size_t)i;

		tty_put(i, at < text_lines() ? line_draw(text_line(at), left, tty_columns - 1) : "\033[2m~");
	}
	bars_put();
	tty_cursor((int)(cur.line - top), column_of(line(), cur.at) - left);
}

/* ---- asking ---- */

/* A line typed at the bottom, with what buf holds to begin with; false: given up. */
static bool
ask(const char *prompt, char *buf, size_t size)
{
	size_t n = strlen(buf);
	bool fresh = true;      /* the first character typed takes the old text's place */
	char row[2 * ASK_MAX];
	Key k;

	for (;;) {
		const char *shown = buf;
		Rune r;

		while (tty_width(shown) + tty_width(prompt) > tty_columns - 2 && *shown != '\0')
			shown += chartorune(&r, shown);
		snprintf(row, sizeof row, "%s%s", prompt, shown);
		tty_put(tty_rows - 1, row);
		tty_cursor(tty_rows - 1, tty_width(row));
		if (!tty_key(&k) || k.code == ('C' & CTRL) || k.code == ('Q' & CTRL) || ((k.mod & KeyAlt) && k.code < KeyUp))
			return false;
		r = k.code;
		if (r == KeySize) {
			draw();
		} else if (r == '\r' || r == '\n') {
			return true;
		} else if (r == 8 || r == 0x7f) {
			while (n > 0 && (buf[--n] & 0xc0) == 0x80)
				;
			fresh = false;
		} else if (r == ('U' & CTRL)) {
			n = 0;
		} else if ((r >= ' ' || r == '\t') && r < KeyUp) {
			if (fresh)
				n = 0;
			fresh = false;
			if (n + UTFmax < size)
				n += (size_t)runetochar(buf + n, &r);
		} else if (r == KeyEnd || r == KeyRight) {
			fresh = false;
		}
		buf[n] = '\0';
	}
}

/* One of the letters of `answers`; 0: given up. */
static char
ask_letter(const char *question, const char *answers)
{
	Key k;

	for (;;) {
		tty_put(tty_rows - 1, question);
		tty_cursor(tty_rows - 1, tty_width(question));
		if (!tty_key(&k) || k.code == ('C' & CTRL) || k.code == '\033' || (k.mod & KeyAlt))
			return 0;
		if (k.code == KeySize)
			draw();
		else if (k.code < 0x80 && k.code != 0 && strchr(answers, tolower((int)k.code)) != NULL)
			return (char)tolower((int)k.code);
	}
}

/* ---- moving ---- */

static void
move_lines(int64_t n)
{
	int64_t to = (int64_t)cur.line + n, last = (int64_t)text_lines() - 1;

	if (goal < 0)
		goal = column_of(line(), cur.at);
	cur.line = (size_t)(to < 0 ? 0 : to > last ? last : to);
	cur.at = at_column(line(), goal);
}

static void
move_page(int sign)
{
	int n = rows() - 1 > 0 ? rows() - 1 : 1;
	int64_t to = (int64_t)top + sign * n;

	move_lines(sign * n);
	top = to < 0 ? 0 : (size_t)to < text_lines() ? (size_t)to : top;
	if (cur.line < top)
		top = cur.line;
}

static void
move_left(void)
{
	if (cur.at > 0)
		cur.at = char_before(line(), cur.at);
	else if (cur.line > 0)
		cur = (Pos){ cur.line - 1, text_line(cur.line - 1).n };
}

static void
move_right(void)
{
	if (cur.at < line().n)
		cur.at = char_next(line(), cur.at);
	else if (cur.line + 1 < text_lines())
		cur = (Pos){ cur.line + 1, 0 };
}

static bool
in_word(Pos p)
{
	Str l = text_line(p.line);
	Rune r;

	if (p.at >= l.n || !fullrune(l.s + p.at, l.n - p.at))
		return false;
	chartorune(&r, l.s + p.at);
	return r == '_' || r >= 0x80 || isalpharune(r) || isdigitrune(r);
}

static bool
before(Pos p, Pos q)
{
	return p.line < q.line || (p.line == q.line && p.at < q.at);
}

static void
word_right(void)
{
	Pos end = text_end();

	while (in_word(cur) && before(cur, end))
		move_right();
	while (!in_word(cur) && before(cur, end))
		move_right();
}

static void
word_left(void)
{
	Pos start = { 0, 0 }, last = cur;

	do {
		last = cur;
		move_left();
	} while (!in_word(cur) && before(start, cur));
	while (in_word(cur) && before(start, cur)) {
		last = cur;
		move_left();
	}
	if (!in_word(cur) && before(cur, last) && in_word(last))
		cur = last;
}

/* ---- changing ---- */

static void
insert(const char *s, size_t n, unsigned g)
{
	cur = text_change(cur, cur, s, n, g);
	goal = -1;
}

static void
insert_rune(Rune r)
{
	static unsigned typing;
	static Pos end;
	char utf[UTFmax];

	if (pasting)
		typing = group; /* an undo takes all of it back */
	else if (end.line != cur.line || end.at != cur.at || typing == 0 || r == ' ')
		typing = ++group; /* … a word */
	insert(utf, (size_t)runetochar(utf, &r), typing);
	end = cur;
}

static void
delete_to(Pos to)
{
	if (before(to, cur))
		cur = text_change(to, cur, "", 0, ++group);
	else
		text_change(cur, to, "", 0, ++group);
	goal = -1;
}

static void
delete_back(void)
{
	Pos from = cur;

	move_left();
	if (before(cur, from)) {
		Pos to = cur;

		cur = from;
		delete_to(to);
	}
}

static void
delete_here(void)
{
	Pos from = cur, to;

	move_right();
	to = cur;
	cur = from;
	if (before(from, to))
		delete_to(to);
}

/* The line with its newline: [from, to). */
static void
whole_line(Pos *from, Pos *to)
{
	*from = (Pos){ cur.line, 0 };
	*to = cur.line + 1 < text_lines() ? (Pos){ cur.line + 1, 0 } : (Pos){ cur.line, line().n };
}

static void
keep_line(bool more)
{
	Pos from, to;
	size_t n;
	char *s;

	whole_line(&from, &to);
	s = text_get(from, to, &n);
	if (!more)
		ncut = 0;
	cut = cmd_alloc(cut, ncut + n + 2);
	memcpy(cut + ncut, s, n);
	ncut += n;
	if (to.line == from.line)
		cut[ncut++] = '\n'; /* the last line had none */
	free(s);
}

static void
cut_line(void)
{
	Pos from, to;

	whole_line(&from, &to);
	if (from.line == to.line && from.at == to.at)
		return;
	keep_line(cutting);
	cur = from;
	delete_to(to);
}

static void
put_back(void)
{
	if (ncut == 0) {
		say("nothing was cut or copied yet");
		return;
	}
	cur.at = 0;
	insert(cut, ncut, ++group);
}

/* ---- finding ---- */

/* The next place of text behind `from`, around the end of the file when `wrap`. */
static bool
find(Pos from, const char *text, bool wrap, Pos *found)
{
	size_t n = strlen(text), start = from.line;

	for (size_t i = 0; i <= text_lines(); i++) {
		size_t at = i == 0 ? from.at : 0, k = start + i;
		const char *s;
		Str l;

		if (k >= text_lines() && !wrap)
			return false;
		k %= text_lines();
		l = text_line(k);
		s = l.n >= at + n ? memmem(l.s + at, l.n - at, text, n) : NULL;
		if (s != NULL) {
			*found = (Pos){ k, (size_t)(s - l.s) };
			return true;
		}
	}
	return false;
}

static void
find_next(void)
{
	Pos from = cur, found;

	if (find_text[0] == '\0') {
		say("nothing to find yet: ^F");
		return;
	}
	from.at = char_next(line(), from.at) > from.at ? char_next(line(), from.at) : from.at;
	if (from.at == cur.at && from.line + 1 < text_lines())
		from = (Pos){ from.line + 1, 0 };
	if (!find(from, find_text, true, &found)) {
		say("not found: %s", find_text);
		return;
	}
	if (!before(cur, found))
		say("from the beginning again");
	cur = found;
	goal = -1;
	if (cur.line < top || cur.line >= top + (size_t)rows())
		top = cur.line > (size_t)rows() / 2 ? cur.line - (size_t)rows() / 2 : 0;
}

static void
replace_all(void)
{
	static char by[ASK_MAX];
	size_t count = 0;
	Pos at = cur, found;

	if (!ask("replace, from here on: ", find_text, sizeof find_text) || find_text[0] == '\0')
		return;
	if (!ask("by: ", by, sizeof by))
		return;
	group++;
	while (find(at, find_text, false, &found)) {
		Pos end = { found.line, found.at + strlen(find_text) };

		cur = at = text_change(found, end, by, strlen(by), group);
		count++;
	}
	if (count == 0)
		say("not found: %s", find_text);
	else
		say("%zu replaced", count);
}

static void
go_line(void)
{
	char text[32] = "";
	uint64_t n;

	if (!ask("line: ", text, sizeof text) || text[0] == '\0')
		return;
	if (parse_u64(text, strlen(text), &n) < 0) {
		say("%s is no number", text);
		return;
	}
	cur = (Pos){ n < 1 ? 0 : n > text_lines() ? text_lines() - 1 : (size_t)n - 1, 0 };
	goal = -1;
}

/* ---- files ---- */

static bool
save_as(const char *name)
{
	char *why;

	if (file_save(name, &why)) {
		if (file_name != name)
			file_name = cmd_strdup(name);
		say("saved");
		return true;
	}
	say("%s", why == NULL ? "out of memory" : why);
	free(why);
	return false;
}

static bool
save(bool other)
{
	char name[ASK_MAX] = "";
	Dir *d;

	if (file_name != NULL && !other) {
		if (file_changed_outside() && ask_letter("the file has been changed by somebody else: write over it? (y n) ", "yn") != 'y')
			return false;
		return save_as(file_name);
	}
	if (file_name != NULL)
		snprintf(name, sizeof name, "%s", file_name);
	if (!ask("save as: ", name, sizeof name) || name[0] == '\0')
		return false;
	d = dirstat(name);
	if (d != NULL && (file_name == NULL || strcmp(name, file_name) != 0)) {
		free(d);
		if (ask_letter("there is such a file: write over it? (y n) ", "yn") != 'y')
			return false;
	} else {
		free(d);
	}
	return save_as(name);
}

/* true: nothing is lost, or it may be. */
static bool
quit(void)
{
	if (!text_changed())
		return true;
	switch (ask_letter("save the changes? (y: yes, n: no, they are lost, ^C: edit on) ", "yn")) {
	case 'y':
		return save(false);
	case 'n':
		return true;
	}
	return false;
}

static void
help(void)
{
	static const char *const lines[] = {
		"What is typed goes into the text where the cursor is.",
		"",
		"^S  save                            ^F  find",
		"^O  save as another file            ^N  find again",
		"^Q  quit                            ^R  replace all from here on",
		"                                    ^G  go to a line",
		"^Z  undo     ^Y  redo",
		"^K  cut the line (again: more)      ^U  put back what was cut",
		"^C  copy the line",
		"arrows, Home, End, PgUp, PgDn       move",
		"ctrl-left, ctrl-right               by a word",
		"ctrl-Home (Alt-<), ctrl-End (Alt->) the beginning, the end",
		"",
		"^S means: hold the key marked Ctrl, and press s. Any key goes on.",
	};
	Key k;

	for (int i = 0; i < tty_rows; i++)
		tty_put(i, i < (int)nelem(lines) ? lines[i] : "");
	tty_cursor(0, -1);
	tty_key(&k);
}

/* ---- keys ---- */

/* false: the end. */
static bool
control_key(uint32_t code)
{
	switch (code | 0x40) {
	case 'A':
		cur.at = 0;
		break;
	case 'C':
		keep_line(false);
		say("copied: ^U puts it in");
		break;
	case 'D':
		delete_here();
		break;
	case 'E':
		cur.at = line().n;
		break;
	case 'F':
		if (ask("find: ", find_text, sizeof find_text))
			find_next();
		break;
	case 'G':
		go_line();
		break;
	case 'H':
		delete_back();
		break;
	case 'I':
		insert_rune('\t');
		break;
	case 'J':
	case 'M':
		insert("\n", 1, pasting ? group : ++group);
		break;
	case 'K':
		cut_line();
		break;
	case 'N':
		find_next();
		break;
	case 'O':
		save(true);
		break;
	case 'Q':
	case 'X':
		return !quit();
	case 'R':
		replace_all();
		break;
	case 'S':
		save(false);
		break;
	case 'U':
		put_back();
		break;
	case 'Y':
		if (!text_redo(&cur))
			say("nothing to redo");
		break;
	case 'Z':
		if (!text_undo(&cur))
			say("nothing to undo");
		break;
	}
	return true;
}

static void
move_key(const Key *k)
{
	bool far = (k->mod & KeyCtrl) != 0;

	switch (k->code) {
	case KeyUp:
		move_lines(-1);
		return;
	case KeyDown:
		move_lines(1);
		return;
	case KeyPgup:
		move_page(-1);
		return;
	case KeyPgdown:
		move_page(1);
		return;
	case KeyLeft:
		far ? word_left() : move_left();
		break;
	case KeyRight:
		far ? word_right() : move_right();
		break;
	case KeyHome:
		cur = (Pos){ far ? 0 : cur.line, 0 };
		break;
	case KeyEnd:
		cur = far ? text_end() : (Pos){ cur.line, line().n };
		break;
	case KeyDel:
		delete_here();
		break;
	case KeyF1:
		help();
		break;
	case KeyF1 + 2:
		find_next();
		break;
	}
	goal = -1;
}

static bool
key(const Key *k)
{
	bool was_cutting = cutting;

	cutting = was_cutting && k->code == ('K' & CTRL);
	message[0] = '\0';
	if (k->code == KeyPaste || k->code == KeyPasteend) {
		pasting = k->code == KeyPaste;
		group++;
	} else if ((k->mod & KeyAlt) && (k->code == '<' || k->code == '>')) {
		cur = k->code == '<' ? (Pos){ 0, 0 } : text_end();
		goal = -1;
	} else if (k->code == 0x7f) {
		delete_back();
	} else if (k->code < ' ' && (!pasting || k->code == '\r' || k->code == '\n' || k->code == '\t')) {
		bool on = control_key(k->code);

		cutting = k->code == ('K' & CTRL);
		goal = -1;
		return on;
	} else if (k->code >= KeyByte) {
		char byte = (char)(k->code - KeyByte);

		insert(&byte, 1, pasting ? group : ++group);
	} else if (k->code >= KeyUp) {
		move_key(k);
	} else if (!(k->mod & KeyAlt)) {
		insert_rune(k->code);
	}
	return true;
}

static int
note(Ureg *u, const char *text)
{
	USED(u);
	/* the terminal says that it is gone when it is read next */
	return strcmp(text, "hangup") == 0 || strcmp(text, "interrupt") == 0;
}

int
main(int argc, char **argv)
{
	int64_t first = 1;
	Key k;

	ARGBEGIN {
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc > 0 && argv[0][0] == '+' && isdigit((unsigned char)argv[0][1])) {
		first = cmd_number(*argv++ + 1, usage);
		argc--;
	}
	if (argc > 1)
		cmd_usage(usage);
	if (argc == 0)
		text_load(cmd_alloc(NULL, 1), 0);
	else if (!file_load(*argv))
		sysfatal("can't open %s: %r", *argv);
	cur.line = first < 1 ? 0 : (uint64_t)first > text_lines() ? text_lines() - 1 : (size_t)first - 1;
	atnotify(note, true);
	if (tty_start(true) < 0)
		sysfatal("no screen to edit on: %r (ed works on any terminal)");
	for (;;) {
		if (!tty_more())
			draw();
		if (!tty_key(&k)) {
			file_rescue(); /* the terminal is gone */
			tty_stop();
			exits("hangup");
		}
		if (!key(&k))
			break;
	}
	tty_stop();
	cmd_end(NULL);
}
