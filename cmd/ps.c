/*
 * cmd/ps.c - ps [-aprn]: the processes: user, pid, user and system time (min:s),
 * memory, state, program. -a: arguments instead of the program's name; -p:
 * priorities, base and now; -r: time since its start; -n: note group.
 * SEE   proc(3)
 */
#include "lib9/cmd.h"

static const char usage[] = "[-aprn]";
static bool with_args, with_pri, with_real, with_group;
static Biobuf *out;

enum { TEXT, USER, STATE, TIMES, MEMORY = 9, BASEPRI, PRI, NFIELD };

/* A file of /proc/pid into buf, NUL-terminated; false: not there any more. */
static bool
read_file(int pid, const char *name, char *buf, size_t n)
{
	char path[64];
	int64_t k;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	fd = open(path, OREAD);
	if (fd < 0)
		return false;
	k = readn(fd, buf, (int64_t)n - 1);
	close(fd);
	if (k <= 0)
		return false;
	buf[k] = '\0';
	return true;
}

static void
show(int pid)
{
	char status[1024], args[512], *field[NFIELD + 1];
	unsigned long utime, stime, rtime;

	if (!read_file(pid, "status", status, sizeof status) || tokenize(status, field, nelem(field)) < NFIELD)
		return; /* it has just ended */
	utime = strtoul(field[TIMES], NULL, 10) / 1000;
	stime = strtoul(field[TIMES + 1], NULL, 10) / 1000;
	rtime = strtoul(field[TIMES + 2], NULL, 10) / 1000;
	Bprint(out, "%-10s %8d", field[USER], pid);
	if (with_group)
		Bprint(out, " %7d", read_file(pid, "noteid", args, sizeof args) ? atoi(args) : 0);
	if (with_real)
		Bprint(out, " %3lu:%.2lu:%.2lu", rtime / 3600, rtime / 60 % 60, rtime % 60);
	Bprint(out, " %4lu:%.2lu %3lu:%.2lu ", utime / 60, utime % 60, stime / 60, stime % 60);
	if (with_pri)
		Bprint(out, " %2d %2d", atoi(field[BASEPRI]), atoi(field[PRI]));
	Bprint(out, " %7luK %-8.8s ", strtoul(field[MEMORY], NULL, 10), field[STATE]);
	if (!with_args || !read_file(pid, "args", args, sizeof args))
		snprintf(args, sizeof args, "%s", field[TEXT]);
	for (char *p = args; *p != '\0'; p++)
		if (*p == '\n')
			*p = p[1] == '\0' ? '\0' : ' ';
	Bprint(out, "%s\n", args);
}

static int
by_pid(const void *a, const void *b)
{
	int x = atoi(((const Dir *)a)->name), y = atoi(((const Dir *)b)->name);

	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	int64_t n, shown = 0;
	Dir *d;
	int fd;

	ARGBEGIN {
	case 'a':
		with_args = true;
		break;
	case 'p':
		with_pri = true;
		break;
	case 'r':
		with_real = true;
		break;
	case 'n':
		with_group = true;
		break;
	default:
		cmd_usage(usage);
	} ARGEND
	if (argc != 0)
		cmd_usage(usage);
	fd = open("/proc", OREAD);
	if (fd < 0)
		sysfatal("can't open /proc: %r");
	n = dirreadall(fd, &d);
	if (n < 0)
		sysfatal("error reading /proc: %r");
	out = cmd_out();
	qsort(d, (size_t)n, sizeof *d, by_pid);
	for (int64_t i = 0; i < n; i++)
		if (isdigit((unsigned char)d[i].name[0])) {
			show(atoi(d[i].name));
			shown++;
		}
	if (shown == 0)
		sysfatal("no process in /proc: is #p bound to it?");
	cmd_end(out);
}
