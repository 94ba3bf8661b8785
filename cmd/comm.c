/*
 * cmd/comm.c - comm [-123] file1 file2: three columns of lines of two sorted files:
 * those only in the first, only in the second, and in both. -1, -2, -3: without
 * that column. The file - is the standard input. Lines compare by their bytes.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-123] file1 file2";

typedef struct Input Input;
struct Input {
	const char *name;
	Biobuf in;
	char *s;                /* the next line, without newline; NULL: no more */
	size_t n;
};
static bool hidden[4];
static Biobuf *out;

static void
next(Input *f)
{
	f->s = Bgetline(&f->in, '\n', &f->n);
	if (f->s != NULL && f->s[f->n - 1] == '\n')
		f->n--;
	if (f->s == NULL && Berror(&f->in) != 0)
		cmd_error("error reading %s: %r", f->name);
}

static void
input_open(Input *f, const char *name)
{
	f->name = cmd_input(&f->in, name);
	next(f);
}

static void
show(int column, Input *f)
{
	if (hidden[column])
		return;
	for (int i = 1; i < column; i++)
		if (!hidden[i])
			Bputc(out, '\t');
	Bwrite(out, f->s, (int64_t)f->n);
	Bputc(out, '\n');
}

/* < 0: the line of a comes first. */
static int
compare(const Input *a, const Input *b)
{
	int c;

	if (a->s == NULL || b->s == NULL)
		return a->s == NULL ? 1 : -1;
	c = memcmp(a->s, b->s, a->n < b->n ? a->n : b->n);
	return c != 0 ? c : a->n < b->n ? -1 : a->n > b->n;
}

int
main(int argc, char **argv)
{
	static Input a, b;

	ARGBEGIN {
	case '1':
	case '2':
	case '3':
		hidden[ARGC() - '0'] = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc != 2)
		cmd_usage(usage);
	input_open(&a, argv[0]);
	input_open(&b, argv[1]);
	out = cmd_out();
	while ((a.s != NULL || b.s != NULL) && Berror(out) == 0) {
		int c = compare(&a, &b);

		show(c < 0 ? 1 : c > 0 ? 2 : 3, c > 0 ? &b : &a);
		if (c <= 0)
			next(&a);
		if (c >= 0)
			next(&b);
	}
	cmd_end(out);
}
