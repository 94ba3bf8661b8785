/*
 * cmd/cleanname.c - cleanname [-d pwd] name...: the shortest name of the same file,
 * found by the text alone; -d: names that don't begin at a root stand in pwd.
 * SEE   cleanname(2)
 */
#include "lib9/cmd.h"

static const char usage[] = "[-d pwd] name ...";

int
main(int argc, char **argv)
{
	const char *pwd = NULL;
	Biobuf *out;

	ARGBEGIN {
	case 'd':
		pwd = EARGF(cmd_usage(usage));
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc < 1)
		cmd_usage(usage);
	out = cmd_out();
	for (; argc > 0; argc--, argv++) {
		bool rooted = **argv == '/' || **argv == '#';
		char *s = pwd == NULL || rooted ? cmd_strdup(**argv == '\0' ? "." : *argv) : cmd_join(pwd, *argv);

		Bprint(out, "%s\n", cleanname(s));
		free(s);
	}
	cmd_end(out);
}
