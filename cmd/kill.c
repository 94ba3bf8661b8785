/*
 * cmd/kill.c - kill program...: prints the commands that end the user's
 * processes of these programs, for "kill ls | rc".
 * kill [-n note] pid...: posts the note, "kill" by default, to the processes.
 */
#include "lib9/cmd.h"

static const char usage[] = "program ... | kill [-n note] pid ...";

static Biobuf *out;

static bool
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* Program and user of a process; false: not there any more. */
static bool
status_of(const char *pid, char *program, char *user, size_t n)
{
	char path[64], status[1024], *field[2];
	int64_t k;
	int fd;

	snprintf(path, sizeof path, "/proc/%s/status", pid);
	fd = open(path, OREAD);
	if (fd < 0)
		return false;
	k = readn(fd, status, sizeof status - 1);
	close(fd);
	status[k < 0 ? 0 : k] = '\0';
	if (tokenize(status, field, 2) != 2)
		return false;
	seprint(program, program + n, "%s", field[0]);
	seprint(user, user + n, "%s", field[1]);
	return true;
}

static void
print_commands(const char *program, const Dir *d, int64_t n, const char *me)
{
	char text[64], user[64];

	for (int64_t i = 0; i < n; i++)
		if (is_number(d[i].name) && status_of(d[i].name, text, user, sizeof text) && strcmp(text, program) == 0 &&
		    strcmp(user, me) == 0)
			Bprint(out, "echo kill>/proc/%s/note # %s\n", d[i].name, text);
}

int
main(int argc, char **argv)
{
	const char *note = "kill";
	char me[64], self[64], pid[16];
	int64_t n = 0;
	Dir *d = NULL;
	int fd;

	ARGBEGIN {
	case 'n':
		note = EARGF(cmd_usage(usage));
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc == 0)
		cmd_usage(usage);
	out = cmd_out();
	snprintf(pid, sizeof pid, "%d", getpid());
	for (; argc > 0; argc--, argv++) {
		if (is_number(*argv)) {
			if (postnote(PNPROC, atoi(*argv), note) < 0)
				cmd_error("%s: %r", *argv);
			continue;
		}
		if (d == NULL) {
			fd = open("/proc", OREAD);
			if (fd < 0 || (n = dirreadall(fd, &d)) < 0 || !status_of(pid, self, me, sizeof me))
				sysfatal("%r (is #p bound to /proc?)");
		}
		print_commands(*argv, d, n, me);
	}
	cmd_end(out);
}
