/*
 * cmd/tee.c - tee [-ai] [file...]: copies the standard input to the output and
 * to the files; -a: behind what is in them; -i: interrupts don't end it.
 */
#include "lib9/cmd.h"

static const char usage[] = "[-ai] [file ...]";
static char buf[64 << 10];

static int
ignore(Ureg *u, const char *note)
{
	USED(u);
	return strcmp(note, "interrupt") == 0;
}

static int
open_out(const char *name, bool append)
{
	int fd = append ? open(name, OWRITE) : -1;

	if (fd >= 0)
		seek(fd, 0, 2);
	else
		fd = create(name, OWRITE, 0666);
	return fd;
}

int
main(int argc, char **argv)
{
	bool append = false;
	int *fds, nfd = 1;
	int64_t n;

	ARGBEGIN {
	case 'a':
		append = true;
		break;
	case 'i':
		atnotify(ignore, true);
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	fds = cmd_alloc(NULL, (size_t)(argc + 1) * sizeof *fds);
	fds[0] = 1;
	for (; argc > 0; argc--, argv++) {
		int fd = open_out(*argv, append);

		if (fd < 0)
			cmd_error("can't open %s: %r", *argv);
		else
			fds[nfd++] = fd;
	}
	while ((n = read(0, buf, sizeof buf)) > 0 || n == -Eintr)
		for (int i = 0; n > 0 && i < nfd; i++)
			if (fds[i] >= 0 && write(fds[i], buf, n) != n) {
				cmd_error("write error: %r");
				fds[i] = -1;
			}
	if (n < 0)
		cmd_error("read error: %r");
	cmd_end(NULL);
}
