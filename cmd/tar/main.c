/*
 * cmd/tar/main.c - tar key [file...]: keeps file trees in one archive. The key is one of
 *   c creates an archive of the files     r adds them to one
 *   t lists what is in it                 x extracts (names: only those, with all below)
 * and any of these letters (a - before the key is not needed):
 *   f archive  a file instead of the standard input (t, x) or output (c, r)
 *   v   tells the names (t: mode, size and time too)
 *   k   keeps files that are there already      T   restores time and owner too
 *   R   takes absolute names as they are: without it, all go below the current directory
 *   u number, g number  the owner's and group's numbers in the archive (0)
 *   P   writes no ustar, as tar did before it   i   ignores errors of reading
 *   s   looks for the next good header when one is bad
 *   m, p  change nothing: time is not restored, ustar is written
 * Written are ustar archives, with a pax header where a name, an owner or a size needs
 * it; read too are those of GNU tar (long names, big sizes) and of the time before
 * ustar. A hard link is extracted as a copy; symbolic links, special and sparse files
 * are left out, and told.
 * ERRORS  a name with ".." in it is not extracted; a damaged or cut archive ends it:
 *         what came before is there
 * LIMITS  no compression
 */
#include "cmd/tar/tar.h"

static const char usage[] = "[-crtx] [-ikmpPRsTv] [-f archive] [-g gid] [-u uid] [file ...]";
Options opt;
static char verb;
static Archive archive = { .fd = -1 };

static void
letter(Rune r, char *(*next)(void))
{
	char *s;

	switch (r) {
	case 'c':
	case 'r':
	case 't':
	case 'x':
		if (verb != '\0')
			cmd_usage(usage);
		verb = (char)r;
		break;
	case 'f':
	case 'g':
	case 'u':
		if ((s = next()) == NULL)
			cmd_usage(usage);
		if (r == 'f')
			archive.name = s;
		else
			*(r == 'u' ? &opt.uid : &opt.gid) = (uint32_t)cmd_number(s, usage) & 07777777;
		break;
	case 'i':
		opt.ignore = true;
		break;
	case 'k':
		opt.keep = true;
		break;
	case 'm':
	case 'p':
		break;
	case 'P':
		opt.v7 = true;
		break;
	case 'R':
		opt.root = true;
		break;
	case 's':
		opt.resync = true;
		break;
	case 'T':
		opt.restore = true;
		break;
	case 'v':
		opt.verbose = true;
		break;
	default:
		cmd_usage(usage);
	}
}

static char **args;             /* the word behind the key's */

static char *
next_word(void)
{
	return *args == NULL ? NULL : *args++;
}

static char *rest;              /* of a word that begins with - */

static char *
rest_or_word(void)
{
	char *s = rest;

	rest = s + strlen(s);
	return *s != '\0' ? s : next_word();
}

static void
options(char **argv)
{
	Rune r;

	args = argv + 1;
	if (*args != NULL && **args != '-')
		for (char *p = next_word(); *p != '\0'; ) {
			p += chartorune(&r, p);
			letter(r, next_word);
		}
	while (*args != NULL && **args == '-' && (*args)[1] != '\0') {
		rest = next_word() + 1;
		if (strcmp(rest, "-") == 0)
			break;
		while (*rest != '\0') {
			rest += chartorune(&r, rest);
			letter(r, rest_or_word);
		}
	}
}

static void
archive_open(Archive *a)
{
	bool writes = verb == 'c' || verb == 'r';
	Dir *d;

	if (a->name == NULL) {
		a->name = writes ? "<stdout>" : "<stdin>";
		a->fd = writes;
	} else {
		a->fd = verb == 'c' ? create(a->name, OWRITE, 0666) : open(a->name, verb == 'r' ? ORDWR : OREAD);
		if (a->fd < 0)
			sysfatal("can't %s %s: %r", verb == 'c' ? "create" : "open", a->name);
	}
	d = verb == 'c' ? NULL : dirfstat(a->fd);
	if (d != NULL && d->length > 0 && (d->mode & DMDIR) == 0) {
		a->seeks = seek(a->fd, 0, 1) == 0;
		a->size = d->length;
	}
	free(d);
}

int
main(int argc, char **argv)
{
	argv0 = argv[0];
	USED(argc);
	options(argv);
	if (verb == '\0' || ((verb == 'c' || verb == 'r') && *args == NULL))
		cmd_usage(usage);
	archive_open(&archive);
	switch (verb) {
	case 'c':
		tar_create(&archive, args);
		break;
	case 'r':
		tar_append(&archive, args);
		break;
	case 't':
		tar_list(&archive, args);
		break;
	default:
		tar_extract(&archive, args);
		break;
	}
	cmd_end(NULL);
}
