/*
 * cmd/p.c - p [-number] [file...]: copies files to the output, 22 lines at a time (or
 * so many), and waits for a newline from /dev/cons after each and between files. There,
 * q ends it, and ! runs the rest of the line as a command.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-number] [file ...]";
static int64_t page = 22;
static Biobuf *out, cons;

static void
command_run(const char *command)
{
	int pid = fork();

	if (pid < 0)
		cmd_error("can't make a process: %r");
	if (pid == 0) {
		dup(Bfildes(&cons), 0);
		cmd_shell(command);
	}
	if (pid > 0)
		waitpid();
	fprint(2, "!\n");
}

/* Waits for the user; ends the program when he wants no more. */
static void
pause(void)
{
	char *line;

	Bflush(out);
	for (;;) {
		line = Brdstr(&cons, '\n', true);
		if (line == NULL || *line == 'q')
			cmd_end(out);
		if (*line != '!')
			break;
		command_run(line + 1);
		free(line);
	}
	free(line);
}

static void
show(Biobuf *in, const char *name)
{
	static bool second;
	int64_t row = 0;
	size_t n;
	char *s;

	USED(name);
	if (second)
		pause();
	second = true;
	while (Berror(out) == 0 && (s = Bgetline(in, '\n', &n)) != NULL) {
		bool last = ++row == page; /* its newline is the one that the user types */

		Bwrite(out, s, (int64_t)(last && s[n - 1] == '\n' ? n - 1 : n));
		if (last) {
			pause();
			row = 0;
		}
	}
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])) {
		argv0 = argv[0];
		page = cmd_number(argv[1] + 1, usage);
		argv++;
		argc--;
	}
	ARGBEGIN {
	default:
		cmd_usage(usage);
	} ARGEND
	if (page < 1)
		cmd_usage(usage);
	fd = open("/dev/cons", OREAD);
	if (fd < 0 || Binit(&cons, fd, OREAD) < 0)
		sysfatal("can't open /dev/cons: %r");
	out = cmd_out();
	cmd_lines(argv, show);
	cmd_end(out);
}
