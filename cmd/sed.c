/*
 * cmd/sed.c - sed [-gnu] [-e script] [-f file] [script] [file...]: the stream
 * editor. -n prints only what is asked for; -g substitutes everywhere in a line;
 * -u writes each line's output before the next is read.
 *
 * l prints the pattern space so that each character can be told, as ed does.
 *
 * A script is compiled into Cmds; { holds the number of the command behind its },
 * b and t that behind their label. The input is one stream of lines, of which one
 * more than needed is read, so that $ is known.
 * LIMITS   braces nest 50 deep; 120 files are written
 * SEE      sed(1); lib9/regex.h for the expressions
 */
#include "lib9/cmd.h"
#include "lib9/regex.h"

enum { MAXDEPTH = 50, MAXFILE = 120 };
static const char usage[] = "[-gnu] [-e script] [-f script-file] [script] [file ...]";

typedef struct Text Text;
struct Text {                   /* bytes that grow */
	char *s;
	size_t n, max;
};
enum AddrKind { ANONE, ALINE, ALAST, ARE };
typedef struct Addr Addr;
struct Addr {
	enum AddrKind kind;
	uint64_t line;
	Regex *re;              /* ARE; NULL: the last one used */
};
typedef struct Out Out;
struct Out {
	const char *name;
	Biobuf *b;
};
typedef struct Cmd Cmd;
struct Cmd {
	Addr a[2];
	bool negated;
	int fn;
	enum { IDLE, ACTIVE, ENDING } range; /* ENDING: this was the last line of it */
	Regex *re;              /* s; NULL: the last one used */
	char *text;             /* a c i: text; b t : label; r: file; s: replacement */
	Rune *map[2];           /* y */
	size_t nmap;
	bool global, print;     /* s */
	Out *out;               /* w, s///w */
	size_t target;          /* b t {: where to go on */
};

static Cmd *cmds;
static size_t ncmd, maxcmd;
static Out outs[MAXFILE];
static size_t nout;
static bool no_print, all_global, unbuffered;
static Biobuf *out;

/* ---- bytes ---- */

static void
text_add(Text *t, const char *s, size_t n)
{
	if (t->n + n + 1 > t->max)
		t->s = cmd_alloc(t->s, t->max = 2 * (t->n + n) + 256);
	memmove(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

static void
text_set(Text *t, const char *s, size_t n)
{
	t->n = 0;
	text_add(t, s, n);
}

static void
text_swap(Text *a, Text *b)
{
	Text t = *a;

	*a = *b;
	*b = t;
}

/* ---- the script ---- */

static const char *script, *script_at; /* for messages: where this command begins */

static NORETURN void
bad(const char *what)
{
	sysfatal("%s: %.*s", what, (int)strcspn(script_at, "\n"), script_at);
}

static void
skip_blanks(void)
{
	while (*script == ' ' || *script == '\t')
		script++;
}

/*
 * The text up to the delimiter, malloc'd; script is left behind it. A backslash
 * stays with what it protects, but for keep = false before the delimiter.
 */
static char *
delimited(Rune delim, bool keep)
{
	Text t = { NULL, 0, 0 };
	Rune r;
	int len;

	text_add(&t, "", 0);
	for (;; script += len) {
		len = chartorune(&r, script);
		if (*script == '\0' || (*script == '\n' && keep))
			bad("command not ended");
		if (r == delim)
			break;
		if (r == '\\' && script[1] != '\0') {
			int next = chartorune(&r, script + 1);

			if (keep || r != delim)
				text_add(&t, script, 1);
			text_add(&t, script + 1, (size_t)next);
			len = 1 + next;
		} else {
			text_add(&t, script, (size_t)len);
		}
	}
	script += len;
	return t.s;
}

/* An expression behind its first delimiter; NULL: empty, the last one used. */
static Regex *
expression(Rune delim)
{
	char *s = delimited(delim, true);
	Regex *re = NULL;

	if (*s != '\0' && (re = regex_new(s, 0)) == NULL)
		bad(err_reason());
	free(s);
	return re;
}

static Addr
address(void)
{
	Addr a = { ANONE, 0, NULL };
	Rune delim = '/';
	char *end;

	if (isdigit((unsigned char)*script)) {
		a.kind = ALINE;
		a.line = strtoull(script, &end, 10);
		script = end;
	} else if (*script == '$') {
		a.kind = ALAST;
		script++;
	} else if (*script == '/' || (*script == '\\' && script[1] != '\0' && script[1] != '\n')) {
		script += *script == '\\';
		script += chartorune(&delim, script);
		a.kind = ARE;
		a.re = expression(delim);
	}
	return a;
}

/* Text of a, c, i: lines of which all but the last end in \ . Backslashes go;
 * blanks at the beginnings of lines too, unless one protects them. */
static char *
text_lines(void)
{
	Text t = { NULL, 0, 0 };

	text_add(&t, "", 0);
	if (*script == '\\')
		script++;
	skip_blanks();
	if (*script == '\n')
		script++;
	skip_blanks();
	for (; *script != '\0' && *script != '\n'; script++) {
		if (*script == '\\' && script[1] != '\0')
			script++;
		text_add(&t, script, 1);
		if (*script == '\n') {
			script++;
			skip_blanks();
			script--;
		}
	}
	text_add(&t, "\n", 1);
	return t.s;
}

static char *
word_until(const char *stops)
{
	size_t n = strcspn(script, stops);
	char *s = cmd_alloc(NULL, n + 1);

	memcpy(s, script, n);
	s[n] = '\0';
	script += n;
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		s[--n] = '\0';
	return s;
}

static Out *
out_file(void)
{
	char *name;

	skip_blanks();
	name = word_until("\n");
	if (*name == '\0')
		bad("file name expected");
	for (size_t i = 0; i < nout; i++)
		if (strcmp(outs[i].name, name) == 0)
			return &outs[i];
	if (nout == MAXFILE)
		bad("too many files");
	outs[nout].name = name;
	outs[nout].b = Bopen(name, OWRITE);
	if (outs[nout].b == NULL)
		sysfatal("can't create %s: %r", name);
	return &outs[nout++];
}

static Rune
delimiter(void)
{
	Rune r;

	if (*script == '\0' || *script == '\n' || *script == '\\')
		bad("delimiter expected");
	script += chartorune(&r, script);
	return r;
}

static void
parse_substitute(Cmd *c)
{
	Rune delim = delimiter();

	c->re = expression(delim);
	c->text = delimited(delim, false);
	c->global = all_global;
	for (;; script++) {
		if (*script == 'g') {
			c->global = true;
		} else if (*script == 'p') {
			c->print = true;
		} else if (*script == 'w') {
			script++;
			c->out = out_file();
			return;
		} else {
			return;
		}
	}
}

static size_t
runes_of(char *s, Rune **out_runes)
{
	Rune *r = cmd_alloc(NULL, (strlen(s) + 1) * sizeof *r);
	size_t n = 0;

	for (char *p = s; *p != '\0'; n++) {
		bool escaped = p[0] == '\\' && p[1] != '\0';

		p += escaped;
		p += chartorune(&r[n], p);
		if (escaped && r[n] == 'n')
			r[n] = '\n';
	}
	free(s);
	*out_runes = r;
	return n;
}

static void
parse_map(Cmd *c)
{
	Rune delim = delimiter();

	c->nmap = runes_of(delimited(delim, true), &c->map[0]);
	if (runes_of(delimited(delim, true), &c->map[1]) != c->nmap)
		bad("y: strings of different lengths");
}

static size_t blocks[MAXDEPTH], nblock;

static void
parse_function(Cmd *c)
{
	switch (c->fn) {
	case '{':
		if (nblock == MAXDEPTH)
			bad("too many {");
		blocks[nblock++] = ncmd;
		break;
	case '}':
		if (nblock == 0)
			bad("too many }");
		if (c->a[0].kind != ANONE)
			bad("} takes no address");
		cmds[blocks[--nblock]].target = ncmd + 1;
		break;
	case ':':
		if (c->a[0].kind != ANONE)
			bad(": takes no address");
		skip_blanks();
		c->text = word_until("\n;");
		if (*c->text == '\0')
			bad("label expected");
		break;
	case 'b':
	case 't':
		skip_blanks();
		c->text = word_until("\n;}");
		break;
	case 'a':
	case 'c':
	case 'i':
		c->text = text_lines();
		break;
	case 'r':
		skip_blanks();
		c->text = word_until("\n");
		if (*c->text == '\0')
			bad("file name expected");
		break;
	case 'w':
		c->out = out_file();
		break;
	case 's':
		parse_substitute(c);
		break;
	case 'y':
		parse_map(c);
		break;
	default:
		if (c->fn == '\0' || strchr("dDgGhHlnNpPqx=", c->fn) == NULL)
			bad("unknown command");
	}
}

static void
parse_command(void)
{
	Cmd c = { .fn = 0 };

	c.a[0] = address();
	skip_blanks();
	if (c.a[0].kind != ANONE && *script == ',') {
		script++;
		skip_blanks();
		c.a[1] = address();
		if (c.a[1].kind == ANONE)
			bad("address expected behind ,");
		skip_blanks();
	}
	for (; *script == '!' || *script == ' ' || *script == '\t'; script++)
		c.negated |= *script == '!';
	c.fn = (unsigned char)*script;
	script += *script != '\0';
	if (ncmd == maxcmd)
		cmds = cmd_alloc(cmds, (maxcmd = 2 * maxcmd + 32) * sizeof *cmds);
	parse_function(&c);
	cmds[ncmd++] = c;
	skip_blanks();
	if (*script != '\0' && *script != '\n' && *script != ';' && *script != '}' && *script != '#' && c.fn != '{')
		bad("text behind a command");
}

static void
parse(const char *text)
{
	for (script = text; *script != '\0'; ) {
		if (*script == ' ' || *script == '\t' || *script == '\n' || *script == ';') {
			script++;
		} else if (*script == '#') {
			script += strcspn(script, "\n");
		} else {
			script_at = script;
			parse_command();
		}
	}
}

static void
resolve_labels(void)
{
	script_at = "";
	if (nblock > 0)
		bad("too many {");
	for (size_t i = 0; i < ncmd; i++) {
		Cmd *c = &cmds[i];

		if (c->fn != 'b' && c->fn != 't')
			continue;
		c->target = *c->text == '\0' ? ncmd : SIZE_MAX;
		for (size_t k = 0; k < ncmd && c->target == SIZE_MAX; k++)
			if (cmds[k].fn == ':' && strcmp(cmds[k].text, c->text) == 0)
				c->target = k + 1;
		if (c->target == SIZE_MAX)
			sysfatal("no label %s", c->text);
	}
}

/* ---- the input ---- */

static char **files;            /* still to be read */
static Biobuf in;
static bool in_open;
static Text ahead;
static bool have_ahead;
static uint64_t line_number;

static bool
open_next(void)
{
	int fd;

	for (; *files != NULL; files++) {
		fd = strcmp(*files, "-") == 0 ? 0 : open(*files, OREAD);
		if (fd >= 0) {
			files++;
			if (Binit(&in, fd, OREAD) < 0)
				sysfatal("%r");
			return in_open = true;
		}
		cmd_error("can't open %s: %r", *files);
	}
	return false;
}

static void
read_ahead(void)
{
	have_ahead = false;
	while (in_open || open_next()) {
		size_t n;
		char *s = Bgetline(&in, '\n', &n);

		if (s != NULL) {
			text_set(&ahead, s, n - (s[n - 1] == '\n'));
			have_ahead = true;
			return;
		}
		if (Berror(&in))
			cmd_error("read error: %r");
		if (Bfildes(&in) != 0)
			close(Bfildes(&in));
		Bterm(&in);
		in_open = false;
	}
}

/* ---- running ---- */

static Text space, hold;        /* pattern space, hold space */
static Cmd **queue;             /* a and r commands of this cycle */
static size_t nqueue, maxqueue;
static bool substituted;        /* since the last line or t */
static Regex *last_re;

static void
put_line(Biobuf *b, const char *s, size_t n)
{
	if (Bwrite(b, s, (int64_t)n) < 0 || Bputc(b, '\n') < 0)
		sysfatal("write error: %r");
}

static void
put_list(void)
{
	int column = 0;

	cmd_list(out, space.s, space.n, &column);
	put_line(out, NULL, 0);
}

static void
put_queue(void)
{
	static char buf[8192];
	int64_t n;
	int fd;

	for (size_t i = 0; i < nqueue; i++) {
		if (queue[i]->fn == 'a') {
			Bwrite(out, queue[i]->text, (int64_t)strlen(queue[i]->text));
			continue;
		}
		fd = open(queue[i]->text, OREAD);
		if (fd < 0)
			continue; /* sed(1): as if it were empty */
		while ((n = read(fd, buf, sizeof buf)) > 0)
			Bwrite(out, buf, n);
		close(fd);
	}
	nqueue = 0;
}

/* The next line into the pattern space, or behind it; false: there is none. */
static bool
next_line(bool append)
{
	put_queue();
	if (unbuffered)
		Bflush(out);
	if (!have_ahead)
		return false;
	if (append) {
		text_add(&space, "\n", 1);
		text_add(&space, ahead.s, ahead.n);
	} else {
		text_swap(&space, &ahead);
	}
	line_number++;
	read_ahead();
	return true;
}

static bool
matches(Regex *re, size_t from, Span *spans, size_t nspan)
{
	if (re != NULL)
		last_re = re;
	if (last_re == NULL)
		sysfatal("no previous regular expression");
	if (nspan == 0)
		return regex_test(last_re, space.s, space.n);
	return regex_match(last_re, space.s, space.n, from, spans, nspan);
}

static bool
at_address(const Addr *a)
{
	switch (a->kind) {
	case ALINE:
		return a->line == line_number;
	case ALAST:
		return !have_ahead;
	case ARE:
		return matches(a->re, 0, NULL, 0);
	default:
		return true;
	}
}

static bool
selected(Cmd *c)
{
	if (c->a[1].kind == ANONE)
		return at_address(&c->a[0]) != c->negated;
	if (c->range == ENDING)
		c->range = IDLE;
	if (c->range == IDLE) {
		if (!at_address(&c->a[0]))
			return c->negated;
		c->range = ACTIVE;
		if (c->a[1].kind == ALINE && c->a[1].line <= line_number)
			c->range = ENDING;
	} else if (c->a[1].kind == ALINE && line_number > c->a[1].line) {
		c->range = IDLE; /* n and N went past it */
		return c->negated;
	} else if (at_address(&c->a[1])) {
		c->range = ENDING;
	}
	return !c->negated;
}

static void
add_replacement(Text *t, const char *r, const Span *spans)
{
	for (; *r != '\0'; r++) {
		const Span *s = NULL;

		if (*r == '&') {
			s = &spans[0];
		} else if (*r == '\\' && r[1] != '\0') {
			r++;
			if (isdigit((unsigned char)*r))
				s = &spans[*r - '0'];
			else
				text_add(t, *r == 'n' ? "\n" : r, 1);
		} else {
			text_add(t, r, 1);
		}
		if (s != NULL && s->s != NULL)
			text_add(t, s->s, (size_t)(s->e - s->s));
	}
}

static bool
substitute(const Cmd *c)
{
	static Text result;
	Span spans[REGEX_NSUB];
	size_t at = 0, from = 0; /* copied up to at, look from there */
	bool done = false;

	text_set(&result, "", 0);
	while (from <= space.n && matches(c->re, from, spans, nelem(spans))) {
		size_t s = (size_t)(spans[0].s - space.s), e = (size_t)(spans[0].e - space.s);

		if (s == e && done && s == at && from == at) { /* empty, right behind the last one */
			Rune r;

			from += s < space.n && fullrune(space.s + s, space.n - s) ? (size_t)chartorune(&r, space.s + s) : 1;
			continue;
		}
		text_add(&result, space.s + at, s - at);
		add_replacement(&result, c->text, spans);
		done = true;
		at = from = e;
		if (!c->global)
			break;
	}
	if (!done)
		return false;
	if (at < space.n)
		text_add(&result, space.s + at, space.n - at);
	text_swap(&space, &result);
	return true;
}

static void
translate(const Cmd *c)
{
	static Text result;
	size_t len;

	text_set(&result, "", 0);
	for (size_t i = 0; i < space.n; i += len) {
		char utf[UTFmax];
		const char *s = space.s + i;
		Rune r = (unsigned char)*s;
		size_t k;

		len = r < 0x80 || !fullrune(s, space.n - i) ? 1 : (size_t)chartorune(&r, s);
		for (k = 0; k < c->nmap && c->map[0][k] != r; k++)
			;
		if (k < c->nmap)
			text_add(&result, utf, (size_t)runetochar(utf, &c->map[1][k]));
		else
			text_add(&result, s, len);
	}
	text_swap(&space, &result);
}

/* What becomes of the cycle after a command. */
enum Next { GO_ON, JUMP, DELETE, RESTART, QUIT };

static enum Next
execute(Cmd *c)
{
	char *nl;

	switch (c->fn) {
	case 'a':
	case 'r':
		if (nqueue == maxqueue)
			queue = cmd_alloc(queue, (maxqueue = 2 * maxqueue + 16) * sizeof *queue);
		queue[nqueue++] = c;
		return GO_ON;
	case 'b':
		return JUMP;
	case 'c':
		if (c->a[1].kind == ANONE || c->negated || c->range == ENDING)
			Bprint(out, "%s", c->text);
		return DELETE;
	case 'd':
		return DELETE;
	case 'D':
		nl = memchr(space.s, '\n', space.n);
		if (nl == NULL)
			return DELETE;
		space.n -= (size_t)(nl + 1 - space.s);
		memmove(space.s, nl + 1, space.n + 1);
		return RESTART;
	case 'g':
		text_set(&space, hold.s, hold.n);
		return GO_ON;
	case 'G':
		text_add(&space, "\n", 1);
		text_add(&space, hold.s, hold.n);
		return GO_ON;
	case 'h':
		text_set(&hold, space.s, space.n);
		return GO_ON;
	case 'H':
		text_add(&hold, "\n", 1);
		text_add(&hold, space.s, space.n);
		return GO_ON;
	case 'i':
		Bprint(out, "%s", c->text);
		return GO_ON;
	case 'n':
		if (!no_print)
			put_line(out, space.s, space.n);
		return next_line(false) ? GO_ON : DELETE;
	case 'N':
		return next_line(true) ? GO_ON : DELETE;
	case 'p':
		put_line(out, space.s, space.n);
		return GO_ON;
	case 'P':
		nl = memchr(space.s, '\n', space.n);
		put_line(out, space.s, nl == NULL ? space.n : (size_t)(nl - space.s));
		return GO_ON;
	case 'l':
		put_list();
		return GO_ON;
	case 'q':
		return QUIT;
	case 's':
		if (!substitute(c))
			return GO_ON;
		substituted = true;
		if (c->print)
			put_line(out, space.s, space.n);
		if (c->out != NULL)
			put_line(c->out->b, space.s, space.n);
		return GO_ON;
	case 't':
		if (!substituted)
			return GO_ON;
		substituted = false;
		return JUMP;
	case 'w':
		put_line(c->out->b, space.s, space.n);
		return GO_ON;
	case 'x':
		text_swap(&space, &hold);
		return GO_ON;
	case 'y':
		translate(c);
		return GO_ON;
	case '=':
		Bprint(out, "%llu\n", (unsigned long long)line_number);
		return GO_ON;
	default: /* { } : */
		return GO_ON;
	}
}

static enum Next
cycle(void)
{
	enum Next next = GO_ON;

	for (size_t i = 0; i < ncmd; ) {
		Cmd *c = &cmds[i];

		if (!selected(c)) {
			i = c->fn == '{' ? c->target : i + 1;
			continue;
		}
		next = execute(c);
		if (next != GO_ON && next != JUMP)
			break;
		i = next == JUMP ? c->target : i + 1;
	}
	if (next != DELETE && next != RESTART && !no_print)
		put_line(out, space.s, space.n);
	put_queue();
	return next;
}

static void
run(void)
{
	enum Next last = GO_ON;

	text_set(&space, "", 0);
	text_set(&hold, "", 0);
	text_set(&ahead, "", 0);
	read_ahead();
	while (last == RESTART || next_line(false)) {
		if (last != RESTART)
			substituted = false;
		last = cycle();
		if (last == QUIT)
			break;
	}
}

static char *
read_script(const char *name)
{
	int fd = open(name, OREAD);
	Text t = { NULL, 0, 0 };
	char buf[4096];
	int64_t n;

	if (fd < 0)
		sysfatal("can't open %s: %r", name);
	text_set(&t, "", 0);
	while ((n = read(fd, buf, sizeof buf)) > 0)
		text_add(&t, buf, (size_t)n);
	if (n < 0)
		sysfatal("error reading %s: %r", name);
	close(fd);
	return t.s;
}

int
main(int argc, char **argv)
{
	static char stdin_name[] = "-", *only_stdin[] = { stdin_name, NULL };
	Text whole = { NULL, 0, 0 };
	const char *piece;

	text_set(&whole, "", 0);
	ARGBEGIN {
	case 'n':
		no_print = true;
		break;
	case 'g':
		all_global = true;
		break;
	case 'u':
		unbuffered = true;
		break;
	case 'e':
	case 'f':
		piece = ARGC() == 'e' ? EARGF(cmd_usage(usage)) : read_script(EARGF(cmd_usage(usage)));
		text_add(&whole, piece, strlen(piece));
		text_add(&whole, "\n", 1);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	out = cmd_out();
	if (whole.n == 0) {
		if (argc == 0)
			cmd_usage(usage);
		text_add(&whole, *argv, strlen(*argv));
		argc--;
		argv++;
	}
	parse(whole.s);
	resolve_labels();
	files = argc > 0 ? argv : only_stdin;
	run();
	for (size_t i = 0; i < nout; i++)
		if (Bflush(outs[i].b) < 0)
			cmd_error("error writing %s: %r", outs[i].name);
	cmd_end(out);
}
