/*
 * cmd/join.c - join [-a n] [-v n] [-e s] [-1 m] [-2 m] [-j m] [-o list] [-t c] file1 file2:
 * a line for each pair of lines of two files with the same field: that field, the rest
 * of the line of file1, the rest of that of file2. Both must be sorted by the field,
 * by their bytes; the file - is the standard input.
 *   -a n  also lines of file n (1 or 2) without a partner    -v n  only those
 *   -1 m, -2 m  the field of file1, file2 (1); -j m: of both; -j1 m, -j2 m as -1, -2
 *   -o  the fields to print: n.m, or 0 for the joined one, with commas or blanks between,
 *       or as operands of their own    -e s  stands for fields that are empty
 *   -t c  fields end with the character c, each of them; else blanks separate, any number
 * LIMITS  lines of file2 that have the same field are kept in memory
 */
#include "lib9/cmd.h"

static const char usage[] = "[-a n] [-v n] [-e s] [-1 m] [-2 m] [-j m] [-o list] [-t c] file1 file2";

typedef struct Line Line;
struct Line {
	char *text;
	Str *field;
	size_t nfield;
};
typedef struct File File;
struct File {
	const char *name;
	Biobuf in;
	size_t key;             /* which field, from 0 */
	bool alone;             /* its lines without a partner are printed */
	Line next;              /* text NULL: no more */
	Line *group;            /* lines of the same key */
	size_t ngroup, maxgroup;
};
typedef struct Pick Pick;
struct Pick {
	int file;               /* 1, 2; 0: the key */
	size_t field;
};

static File files[3];           /* [1] and [2] */
static Pick *picks;
static size_t npick;
static const char *empty = "";
static Rune separator;
static bool paired = true;
static Biobuf *out;

static void
field_add(Line *l, const char *s, const char *end)
{
	if ((l->nfield & (l->nfield + 1)) == 0)
		l->field = cmd_alloc(l->field, 2 * (l->nfield + 1) * sizeof *l->field);
	l->field[l->nfield++] = (Str){ s, (size_t)(end - s) };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void
line_split(Line *l, size_t n)
{
	char sep[UTFmax + 1] = "";
	const char *s = l->text, *end = s + n, *at;

	if (n == 0)
		return; /* an empty line has no field */
	if (separator != 0) {
		size_t nsep = (size_t)runetochar(sep, &separator);

		for (; (at = memmem(s, (size_t)(end - s), sep, nsep)) != NULL; s = at + nsep)
			field_add(l, s, at);
		field_add(l, s, end);
		return;
	}
	for (;;) {
		while (s < end && is_blank(*s))
			s++;
		if (s == end)
			return;
		for (at = s; s < end && !is_blank(*s); s++)
			;
		field_add(l, at, s);
	}
}

static void
line_free(Line *l)
{
	free(l->text);
	free(l->field);
	*l = (Line){ NULL, NULL, 0 };
}

static Str
field_at(const Line *l, size_t i)
{
	return i < l->nfield ? l->field[i] : (Str){ "", 0 };
}

static void
file_next(File *f)
{
	f->next = (Line){ Brdstr(&f->in, '\n', true), NULL, 0 };
	if (f->next.text != NULL)
		line_split(&f->next, Blinelen(&f->in));
	else if (Berror(&f->in) != 0)
		sysfatal("error reading %s: %r", f->name);
}

static int
str_compare(Str a, Str b)
{
	int c = memcmp(a.s, b.s, a.n < b.n ? a.n : b.n);

	return c != 0 ? c : a.n < b.n ? -1 : a.n > b.n;
}

/* < 0: the next line of file 1 comes first. */
static int
compare(void)
{
	const Line *a = &files[1].next, *b = &files[2].next;

	if (a->text == NULL || b->text == NULL)
		return a->text == NULL ? 1 : -1;
	return str_compare(field_at(a, files[1].key), field_at(b, files[2].key));
}

static void
show_field(Str s, bool first)
{
	if (!first)
		Bputrune(out, separator != 0 ? separator : ' ');
	if (s.n == 0)
		s = str_of(empty);
	Bwrite(out, s.s, (int64_t)s.n);
}

/* a or b NULL: a line without a partner. */
static void
show(const Line *a, const Line *b)
{
	const Line *lines[3] = { NULL, a, b };
	Str key = a != NULL ? field_at(a, files[1].key) : field_at(b, files[2].key);

	for (size_t i = 0; i < npick; i++) {
		const Line *l = lines[picks[i].file];

		show_field(picks[i].file == 0 ? key : l == NULL ? (Str){ "", 0 } : field_at(l, picks[i].field), i == 0);
	}
	if (npick == 0)
		show_field(key, true);
	for (int k = 1; k <= 2 && npick == 0; k++)
		for (size_t i = 0; lines[k] != NULL && i < lines[k]->nfield; i++)
			if (i != files[k].key)
				show_field(lines[k]->field[i], false);
	Bputc(out, '\n');
}

/* All lines of the file with its next key. */
static void
group_take(File *f)
{
	Str key = field_at(&f->next, f->key);

	do {
		if (f->ngroup == f->maxgroup)
			f->group = cmd_alloc(f->group, (f->maxgroup = 2 * f->maxgroup + 8) * sizeof *f->group);
		f->group[f->ngroup++] = f->next;
		file_next(f);
	} while (f->next.text != NULL && str_compare(field_at(&f->next, f->key), key) == 0);
}

static void
show_pairs(void)
{
	File *a = &files[1], *b = &files[2];
	Line last = { NULL, NULL, 0 };

	group_take(b);
	do {
		for (size_t i = 0; i < b->ngroup && paired; i++)
			show(&a->next, &b->group[i]);
		line_free(&last);
		last = a->next;
		file_next(a);
	} while (a->next.text != NULL &&
	    str_compare(field_at(&a->next, a->key), field_at(&b->group[0], b->key)) == 0 && Berror(out) == 0);
	line_free(&last);
	while (b->ngroup > 0)
		line_free(&b->group[--b->ngroup]);
}

static void
show_alone(int which)
{
	File *f = &files[which];

	if (f->alone)
		show(which == 1 ? &f->next : NULL, which == 2 ? &f->next : NULL);
	line_free(&f->next);
	file_next(f);
}

static int
file_number(const char *s)
{
	if (strcmp(s, "1") != 0 && strcmp(s, "2") != 0)
		cmd_usage(usage);
	return *s - '0';
}

static size_t
field_number(const char *s)
{
	int64_t n = cmd_number(s, usage);

	if (n < 1 || n > INT_MAX)
		cmd_usage(usage);
	return (size_t)n - 1;
}

/* n.m or 0, with commas or blanks between several; false: something else. */
static bool
picks_add(const char *list)
{
	char *copy = cmd_strdup(list), *words[256];
	size_t n = getfields(copy, words, nelem(words), true, ", \t");
	bool ok = n > 0;

	for (size_t i = 0; i < n && ok; i++) {
		const char *s = words[i];
		bool key = strcmp(s, "0") == 0;

		ok = key || ((*s == '1' || *s == '2') && s[1] == '.' && s[2] >= '1' && s[2] <= '9' &&
		    s[2 + strspn(s + 2, "0123456789")] == '\0');
		if (!ok)
			break;
		picks = cmd_alloc(picks, (npick + 1) * sizeof *picks);
		picks[npick++] = key ? (Pick){ 0, 0 } : (Pick){ *s - '0', field_number(s + 2) };
	}
	free(copy);
	return ok;
}

static void
file_open(File *f, const char *name)
{
	f->name = cmd_input(&f->in, name);
	file_next(f);
}

int
main(int argc, char **argv)
{
	const char *s;

	ARGBEGIN {
	case 'a':
	case 'v':
		paired = paired && ARGC() == 'a';
		files[file_number(EARGF(cmd_usage(usage)))].alone = true;
		break;
	case 'e':
		empty = EARGF(cmd_usage(usage));
		break;
	case '1':
	case '2':
		files[ARGC() - '0'].key = field_number(EARGF(cmd_usage(usage)));
		break;
	case 'j':
		if (strcmp(args_, "1") == 0 || strcmp(args_, "2") == 0) { /* -j1 m */
			int which = file_number(ARGF());

			files[which].key = field_number(EARGF(cmd_usage(usage)));
		} else {
			files[1].key = files[2].key = field_number(EARGF(cmd_usage(usage)));
		}
		break;
	case 'o':
		s = EARGF(cmd_usage(usage));
		if (!picks_add(s))
			cmd_usage(usage);
		while (argc > 3 && picks_add(argv[1])) {
			argc--;
			argv++;
		}
		break;
	case 't':
		s = EARGF(cmd_usage(usage));
		if (s[chartorune(&separator, s)] != '\0')
			cmd_usage(usage);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc != 2)
		cmd_usage(usage);
	file_open(&files[1], argv[0]);
	file_open(&files[2], argv[1]);
	out = cmd_out();
	while ((files[1].next.text != NULL || files[2].next.text != NULL) && Berror(out) == 0) {
		int c = compare();

		if (c == 0)
			show_pairs();
		else
			show_alone(c < 0 ? 1 : 2);
	}
	cmd_end(out);
}
