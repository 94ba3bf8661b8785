/*
 * cmd/xargs.c - xargs [-n lines] [-p processes] command [arg...]: runs the command with
 * its args and the next 10 lines of the standard input (-n: so many) as more args,
 * again and again until there are no lines; the command reads /dev/null. -p: so many
 * at the same time.
 * ERRORS  a command that ends badly is no reason to stop: the status tells, at the end
 */
#include "lib9/cmd.h"

static const char usage[] = "[-n lines] [-p processes] command [arg ...]";
static bool bad;

static void
wait_one(void)
{
	Waitmsg *w = wait();

	if (w == NULL)
		sysfatal("wait: %r");
	bad = bad || w->msg[0] != '\0';
	free(w);
}

static void
start(char **argv)
{
	int pid = fork(), null;

	if (pid < 0)
		sysfatal("can't make a process: %r");
	if (pid > 0)
		return;
	null = open("/dev/null", OREAD);
	if (null > 0) {
		dup(null, 0);
		close(null);
	}
	cmd_exec(argv);
}

int
main(int argc, char **argv)
{
	int64_t lines = 10, max = 1, running = 0;
	char **args;
	Biobuf in;
	int64_t n;

	ARGBEGIN {
	case 'n':
		lines = cmd_number(EARGF(cmd_usage(usage)), usage);
		break;
	case 'p':
		max = cmd_number(EARGF(cmd_usage(usage)), usage);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc < 1 || lines < 1 || lines > 1 << 20 || max < 1)
		cmd_usage(usage);
	if (Binit(&in, 0, OREAD) < 0)
		sysfatal("%r");
	args = cmd_alloc(NULL, ((size_t)argc + (size_t)lines + 1) * sizeof *args);
	memcpy(args, argv, (size_t)argc * sizeof *args);
	do {
		for (n = 0; n < lines && (args[argc + n] = Brdstr(&in, '\n', true)) != NULL; n++)
			;
		args[argc + n] = NULL;
		if (n == 0)
			break;
		if (running == max) {
			wait_one();
			running--;
		}
		start(args);
		running++;
		for (int64_t i = 0; i < n; i++)
			free(args[argc + i]);
	} while (n == lines);
	for (; running > 0; running--)
		wait_one();
	if (Berror(&in) != 0)
		cmd_error("error reading <stdin>: %r");
	if (bad)
		exits("errors");
	cmd_end(NULL);
}
