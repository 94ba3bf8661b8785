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

	tty_page(lines, nelem(lines));
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
		cur.at = line_here().n;
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
		insert("\n", 1, pasting ? change_group : ++change_group);
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
		cur = far ? text_end() : (Pos){ cur.line, line_here().n };
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
	say("%s", "");
	if (k->code == KeyPaste || k->code == KeyPasteend) {
		pasting = k->code == KeyPaste;
		change_group++;
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

		insert(&byte, 1, pasting ? change_group : ++change_group);
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
			screen_draw();
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
