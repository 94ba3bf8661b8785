/*
 * cmd/srv.c - srv -e [-abcCmq] [-s seconds] command [name [dir]]: runs the command with rc;
 * the 9P that it speaks on its standard input and output becomes /srv/name (without name:
 * the command's first word). -m: mounts it too, on dir or /n/name, with the flags of mount.
 *   -q  doesn't mind when /srv/name is there already    -s  waits before it posts
 * Without -e the first operand is a network address to dial: when there is a network.
 * The command ends when nothing is mounted any more and /srv/name is removed.
 */
#include "lib9/cmd.h"

static const char usage[] = "-e [-abcCmq] [-s seconds] command [name [dir]]";

/* Starts the command with fd as its input and output. */
static void
command_start(const char *command, int fd, int other)
{
	int pid = rfork(RFPROC | RFFDG | RFREND | RFNOWAIT | RFNOTEG);

	if (pid < 0)
		sysfatal("can't make a process: %r");
	if (pid > 0)
		return;
	close(other);
	dup(fd, 0);
	dup(fd, 1);
	close(fd);
	cmd_shell(command);
}

static void
post(const char *file, int fd)
{
	int sfd = create(file, OWRITE | OEXCL, 0600);

	if (sfd < 0)
		sysfatal("can't create %s: %r", file);
	if (fprint(sfd, "%d", fd) < 0) {
		remove(file);
		sysfatal("can't post %s: %r", file);
	}
	close(sfd);
}

/* The first word's last element: "/bin/ramfs -i" is ramfs. */
static char *
first_word(const char *command)
{
	const char *s = command + strspn(command, " \t");
	char *word = cmd_strdup(s);

	word[strcspn(word, " \t")] = '\0';
	return cmd_strdup(cmd_base(word));
}

int
main(int argc, char **argv)
{
	bool execute = false, mounts = false, quiet = false;
	char *name, *file, *dir;
	int64_t seconds = 0;
	int flag = 0, p[2];

	ARGBEGIN {
	case 'e':
		execute = true;
		break;
	case 'm':
		mounts = true;
		break;
	case 'q':
		quiet = true;
		break;
	case 's':
		seconds = cmd_number(EARGF(cmd_usage(usage)), usage);
		break;
	case 'C':
		flag |= MCACHE;
		break;
	default:
		flag |= cmd_bindflag(ARGC(), usage);
	} ARGEND
	if (argc < 1 || argc > 3)
		cmd_usage(usage);
	if (!execute)
		sysfatal("can't dial %s: no network; -e runs a command that speaks 9P", argv[0]);
	name = argc > 1 ? argv[1] : first_word(argv[0]);
	file = cmd_join("/srv", name);
	if (access(file, AEXIST) < 0) {
		if (pipe(p) < 0)
			sysfatal("can't make a pipe: %r");
		command_start(argv[0], p[0], p[1]);
		close(p[0]);
		if (seconds > 0)
			sleep(1000 * seconds);
		post(file, p[1]);
		close(p[1]);
	} else if (!quiet) {
		sysfatal("%s exists already", file);
	}
	if (mounts) {
		int fd = open(file, ORDWR);

		dir = argc > 2 ? argv[2] : cmd_join("/n", name);
		if (fd < 0)
			sysfatal("can't open %s: %r", file);
		if (mount(fd, -1, dir, flag, "") < 0)
			sysfatal("can't mount %s on %s: %r", file, dir);
	}
	exits(NULL);
}
