/*
 * cmd/chmod.c - chmod mode file...: changes who may do what with files. mode is
 * octal, or [ugoa][+-=][rwxalt]: user, group, others or all of them (nothing
 * said: all); a append only, l exclusive use, t temporary.
 * SEE   chmod(1), stat(5)
 */
#include "lib9/cmd.h"

static const char usage[] = "mode file ... (mode: 0777 or [ugoa][-+=][rwxalt])";

typedef struct Change Change;
struct Change {
	uint32_t mask, bits;    /* mode = (mode & ~mask) | bits */
};

static bool
parse_octal(const char *s, Change *c)
{
	char *end;
	unsigned long v = strtoul(s, &end, 8);

	if (*s < '0' || *s > '7' || *end != '\0' || v > 0777)
		return false;
	*c = (Change){ 0777, (uint32_t)v };
	return true;
}

/* Which of the permissions 0777 the letters before the operator are about. */
static const char *
parse_who(const char *s, uint32_t *who)
{
	*who = 0;
	for (; *s != '\0' && strchr("ugoa", *s) != NULL; s++)
		*who |= *s == 'u' ? 0700 : *s == 'g' ? 0070 : *s == 'o' ? 0007 : 0777;
	if (*who == 0)
		*who = 0777;
	return s;
}

static bool
parse_letters(const char *s, Change *c)
{
	static const struct { char letter; uint32_t bits; } table[] = {
		{ 'r', 0444 }, { 'w', 0222 }, { 'x', 0111 },
		{ 'a', DMAPPEND }, { 'l', DMEXCL }, { 't', DMTMP },
	};
	uint32_t who, what = 0, all = DMAPPEND | DMEXCL | DMTMP;
	const char *op = parse_who(s, &who);

	if (*op == '\0' || strchr("+-=", *op) == NULL)
		return false;
	for (const char *p = op + 1; *p != '\0'; p++) {
		size_t i = 0;

		while (i < nelem(table) && table[i].letter != *p)
			i++;
		if (i == nelem(table))
			return false;
		what |= table[i].bits;
	}
	what &= who | all;
	*c = *op == '+' ? (Change){ what, what } : *op == '-' ? (Change){ what, 0 } : (Change){ who, what };
	return true;
}

static void
change(const char *name, const Change *c)
{
	Dir *d = dirstat(name), set;

	if (d == NULL) {
		cmd_error("can't stat %s: %r", name);
		return;
	}
	dir_null(&set);
	set.mode = (d->mode & ~c->mask) | c->bits;
	if (set.mode != d->mode && dirwstat(name, &set) < 0)
		cmd_error("can't change %s: %r", name);
	free(d);
}

int
main(int argc, char **argv)
{
	Change c;

	/* "-w" is a mode: no options */
	argv0 = argv[0];
	if (argc < 3 || (!parse_octal(argv[1], &c) && !parse_letters(argv[1], &c)))
		cmd_usage(usage);
	for (int i = 2; i < argc; i++)
		change(argv[i], &c);
	cmd_end(NULL);
}
