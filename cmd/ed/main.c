/*
 * cmd/ed/main.c - ed [-] [-o] [file]: the editor of lines, as the manual has it: all
 * addresses and commands (a b c d e E f g i j k l m n p P q Q r s t u v w W = !), wq and wQ
 * too. - prints no counts; -o writes what it prints to the standard error, and edits
 * for the output: without a file, /fd/1.
 * In s, an expression sees the line as it was. Counts are of characters.
 * ERRORS  "?", "?name" for a file. A file without newline at its end gets one ("'\n'
 *         appended"); NULs in it are dropped. An interrupt ends a command with "?". When
 *         the terminal hangs up, what isn't written goes to ed.hup.
 * LIMITS  the file is in memory. u restores the last line of the last s, no more.
 */
#include "cmd/ed/ed.h"

static const char usage[] = "[-] [-o] [file]";
Ed ed = { .verbose = true };
Biobuf *ed_out;

static int
note(Ureg *u, const char *text)
{
	USED(u);
	if (strcmp(text, "interrupt") == 0)
		ed.interrupted = true;
	else if (strcmp(text, "hangup") == 0)
		ed.hangup = true;
	else
		return 0;
	return 1;
}

static void
error_print(void)
{
	if (ed.interrupted)
		Bprint(ed_out, "\n");
	Bprint(ed_out, "?%s\n", ed.fail_name == NULL ? "" : ed.fail_name);
	ed.fail_name = NULL;
	ed.print = ed.list = ed.number = false;
	if (!ed.interrupted)
		in_drop();
	in_list(NULL);
	ed.interrupted = false;
}

static void
start(char *file)
{
	char *list = smprint("e %s\n", file);

	if (list == NULL)
		sysfatal("%r");
	in_list(list);
	if (!ed_commands())
		error_print();
	in_list(NULL);
	free(list);
}

int
main(int argc, char **argv)
{
	char fd1[] = "/fd/1", *file = NULL;
	bool to_error = false;
	static Biobuf out;

	argv0 = *argv++;
	for (argc--; argc > 0 && argv[0][0] == '-'; argc--, argv++) {
		if (argv[0][1] == '\0')
			ed.verbose = false;
		else if (strcmp(*argv, "-o") == 0)
			to_error = true;
		else
			cmd_usage(usage);
	}
	if (argc > 1)
		cmd_usage(usage);
	file = argc == 1 ? *argv : to_error ? fd1 : NULL;
	if (Binit(&out, to_error ? 2 : 1, OWRITE) < 0)
		sysfatal("%r");
	ed_out = &out;
	atnotify(note, true);
	in_start();
	if (file == fd1)
		file_name(file);
	else if (file != NULL)
		start(file);
	for (;;) {
		bool good = ed_commands();

		if (ed.hangup) {
			file_rescue();
			exits("hangup");
		}
		if (good && !ed_quit_due())
			break;
		error_print();
	}
	cmd_end(ed_out);
}
