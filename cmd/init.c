/*
 * cmd/init.c - process 1: makes the name space and the environment, starts the
 * file servers, runs rc, and ends the system when rc ends.
 *
 * FILES   #c/bootargs  key=value lines, doc/boot.md: mode node disks shares quiet term
 *         /boot/cmd    batch: the command of -c
 *         /boot/script batch: a script for rc; /boot/args its arguments, each
 *                      with its NUL
 * STATUS  "halt 1" when rc's status in batch mode isn't empty (its text goes to
 *         standard error), else "halt 0", is written to #c/reboot
 * LIMITS  servers have END_MS to write what they keep when rc has ended
 */
#include "lib9/plat.h"
#include "lib9/sys.h"

enum { END_MS = 5000, POLL_MS = 5, SHARE_MS = 5000, TEXT_MAX = 16 << 20 };

static struct {
	bool batch, quiet;
	int disks, shares;
	char node[64];
	char term[32];
} boot = { .node = "lp49", .term = "ansi" };

static void
warn(const char *what)
{
	fprint(2, "init: %s: %r\n", what);
}

/* ---- small files ---- */
/* The whole file, NUL-terminated, malloc'd; NULL: there is none. */
static char *
file_read(const char *name, size_t *size)
{
	size_t n = 0, room = 4096;
	int fd = open(name, OREAD);
	char *s = fd < 0 ? NULL : malloc(room + 1);
	int64_t r = 0;

	while (s != NULL && (r = read(fd, s + n, (int64_t)(room - n))) > 0) {
		n += (size_t)r;
		if (n == room) {
			char *more = room < TEXT_MAX ? realloc(s, room * 2 + 1) : NULL;

			if (more == NULL) {
				r = -1;
				break;
			}
			s = more;
			room *= 2;
		}
	}
	if (fd >= 0)
		close(fd);
	if (s == NULL || r < 0) {
		free(s);
		return NULL;
	}
	s[n] = '\0';
	*size = n;
	return s;
}

static int
file_write(const char *name, const char *data, size_t n)
{
	int fd = open(name, OWRITE), rc;

	if (fd < 0)
		return fd;
	rc = (int)write(fd, data, (int64_t)n);
	close(fd);
	return rc < 0 ? rc : 0;
}

/* ---- the name space, the environment ---- */
static void
args_read(void)
{
	size_t n;
	char *text = file_read("#c/bootargs", &n), *line[64], *value;

	if (text == NULL)
		return;
	for (size_t i = 0, nl = getfields(text, line, nelem(line), true, "\n"); i < nl; i++) {
		if ((value = strchr(line[i], '=')) == NULL)
			continue;
		*value++ = '\0';
		if (strcmp(line[i], "mode") == 0)
			boot.batch = strcmp(value, "batch") == 0;
		else if (strcmp(line[i], "quiet") == 0)
			boot.quiet = strcmp(value, "1") == 0;
		else if (strcmp(line[i], "node") == 0)
			snprintf(boot.node, sizeof boot.node, "%s", value);
		else if (strcmp(line[i], "term") == 0)
			snprintf(boot.term, sizeof boot.term, "%s", value);
		else if (strcmp(line[i], "disks") == 0)
			boot.disks = atoi(value);
		else if (strcmp(line[i], "shares") == 0)
			boot.shares = atoi(value);
	}
	free(text);
}

/* init starts with no open files: the first three opens give 0, 1 and 2. */
static void
fds_open(void)
{
	static const char *const batch[] = { "#c/stdin", "#c/stdout", "#c/stderr" };

	for (int i = 0; i < 3; i++) {
		int fd = open(boot.batch ? batch[i] : "#c/cons", i == 0 ? OREAD : OWRITE);

		if (fd >= 0 && fd != i) {
			dup(fd, i);
			close(fd);
		}
	}
}

static void
space_make(void)
{
	static const struct { const char *name, *old; int flag; } table[] = {
		{ "#c", "/dev", MREPL }, { "#S", "/dev", MAFTER }, { "#f", "/dev", MAFTER },
		{ "#$", "/dev", MAFTER }, { "#T", "/dev", MAFTER },
		{ "#e", "/env", MREPL | MCREATE }, { "#s", "/srv", MREPL | MCREATE },
		{ "#d", "/fd", MREPL }, { "#p", "/proc", MREPL },
	};

	for (size_t i = 0; i < nelem(table); i++)
		if (bind(table[i].name, table[i].old, table[i].flag) < 0)
			fprint(2, "init: bind %s %s: %r\n", table[i].name, table[i].old);
}

/* A machine without a network card has no #l0; the others follow one another. */
static void
net_bind(void)
{
	char name[16];
	int rc = 0;

	for (int i = 0; rc >= 0; i++) {
		snprintf(name, sizeof name, "#l%d", i);
		rc = bind(name, "/net", MAFTER);
	}
	if (rc != -Ebadspec)
		warn(name);
}

/* Words end in a NUL each, as rc writes them; n counts the last one's too. */
static void
env_put(const char *name, const char *value, size_t n)
{
	char file[64];
	int fd;

	snprintf(file, sizeof file, "#e/%s", name);
	fd = create(file, OWRITE, 0666);
	if (fd < 0 || write(fd, value, (int64_t)n) < 0)
		warn(file);
	if (fd >= 0)
		close(fd);
}

static void
env_text(const char *name, const char *value)
{
	env_put(name, value, strlen(value) + 1);
}

/* node's name, % and a blank; a tab for the rest of a command */
static void
env_make(void)
{
	static const char path[] = ".\0/bin";
	char prompt[80];
	size_t n;
	char *user = file_read("#c/user", &n);
	int len = snprintf(prompt, sizeof prompt, "%s%% %c\t", boot.node, 0);

	env_put("path", path, sizeof path);
	env_put("prompt", prompt, (size_t)len + 1);
	env_text("home", "/usr/glenda");
	env_text("user", user != NULL && n > 0 ? user : "glenda");
	env_text("sysname", boot.node);
	env_text("cputype", plat_cputype);
	env_text("objtype", plat_cputype);
	if (!boot.batch)
		env_text("TERM", boot.term);
	free(user);
}

/* ---- servers ---- */
/* They get a name space of their own: one that held the mount of its own tree
 * would never see its link hang up. */
static int
server_start(char *const argv[], const int link[2])
{
	int pid = rfork(RFPROC | RFFDG | RFREND | RFNAMEG | RFENVG | RFNOTEG);

	if (pid != 0)
		return pid;
	if (link != NULL) {
		dup(link[1], 0);
		dup(link[1], 1);
		close(link[0]);
		close(link[1]);
	}
	exec(argv[0], argv);
	warn(argv[0]);
	_exits("exec");
}

/* /srv/NAME is the link fd; with ORCLOSE as long as the descriptor returned is open
 * somewhere: the server inherits it. */
static int
srv_post(const char *name, int fd, int mode)
{
	char file[64], text[16];
	int sfd;

	snprintf(file, sizeof file, "#s/%s", name);
	snprintf(text, sizeof text, "%d", fd);
	sfd = create(file, OWRITE | mode, 0600);
	if (sfd < 0 || write(sfd, text, (int64_t)strlen(text)) < 0)
		warn(file);
	return sfd;
}

/* /tmp is a file tree in memory, at the other end of a pipe of ours, which is
 * posted so that what ns prints can mount it again. */
static void
tmp_mount(void)
{
	static char *const argv[] = { (char *)"/bin/ramfs", (char *)"-i", NULL };
	int fd[2], pid, sfd;

	if (pipe(fd) < 0) {
		warn("pipe");
		return;
	}
	sfd = srv_post("tmp", fd[0], ORCLOSE);
	pid = server_start(argv, fd);
	close(fd[1]);
	if (pid < 0 || mount(fd[0], -1, "/tmp", MREPL | MCREATE, "") < 0)
		warn("mount /tmp");
	close(fd[0]);
	if (sfd >= 0)
		close(sfd);
}

/* Directories of the host: /n/host, /n/host1 ..., at the other ends of links that are
 * posted too, and stay so. */
static void
share_mount(int i)
{
	char name[16] = "host", link[32], place[32];
	int fd, sfd;

	if (i > 0)
		snprintf(name, sizeof name, "host%d", i);
	snprintf(link, sizeof link, "#h/%s", name);
	snprintf(place, sizeof place, "/n/%s", name);
	if ((fd = open(link, ORDWR)) < 0) {
		warn(link);
		return;
	}
	if ((sfd = srv_post(name, fd, 0)) >= 0)
		close(sfd);
	if (mount(fd, -1, place, MREPL | MCREATE, "") < 0)
		warn(place);
	close(fd);
}

/* A process of its own mounts them, in init's name space: a host whose disk does not
 * answer holds up nobody, and its directory appears when it does. */
static void
shares_mount(void)
{
	int pid = boot.shares == 0 ? -1 : rfork(RFPROC | RFFDG);
	Waitmsg *w;

	if (pid == 0) {
		for (int i = 0; i < boot.shares; i++)
			share_mount(i);
		_exits("");
	}
	if (pid < 0)
		return;
	alarm(SHARE_MS);
	w = wait();
	alarm(0);
	if (w == NULL)
		fprint(2, "init: /n/host: the host does not answer yet\n");
	free(w);
}

/* Takes ends of children until pid's; its status, malloc'd. */
static char *
child_wait(int pid)
{
	for (;;) {
		Waitmsg *w = wait();
		char *text;

		if (w == NULL && err_code(err_reason()) == Eintr)
			continue;
		if (w != NULL && w->pid != pid) {
			free(w);
			continue;
		}
		text = w != NULL ? strdup(w->msg) : NULL;
		free(w);
		return text;
	}
}

/* dosfs posts /srv/dos, then its first process ends; the one that serves goes on. */
static int
dos_start(void)
{
	static char *const argv[] = { (char *)"/bin/dosfs", NULL };

	if (boot.disks == 0)
		return -1;
	return server_start(argv, NULL);
}

/* ---- rc ---- */
/* rc's arguments: flags, then what /boot/args holds. */
static char **
rc_argv(void)
{
	size_t n = 0, argc = 0, count = 5, ncmd;
	char *args = file_read("/boot/args", &n), *cmd;
	char **argv;

	for (size_t i = 0; i < n; i++)
		count += args[i] == '\0';
	argv = calloc(count + 1, sizeof *argv);
	if (argv == NULL)
		return NULL;
	argv[argc++] = (char *)"rc";
	if (!boot.batch) {
		argv[argc++] = (char *)"-li";
	} else if ((cmd = file_read("/boot/cmd", &ncmd)) != NULL) {
		argv[argc++] = (char *)"-c";
		argv[argc++] = cmd;
	} else {
		argv[argc++] = (char *)"/boot/script";
	}
	for (size_t i = 0; boot.batch && i < n; i += strlen(args + i) + 1)
		argv[argc++] = args + i;
	return argv;
}

/* ^C is for the note group that opened standard input last: rc's, not ours. */
static void
stdin_reopen(void)
{
	int fd = open("#c/stdin", OREAD);

	if (fd > 0) {
		dup(fd, 0);
		close(fd);
	}
}

static int
rc_start(void)
{
	char **argv;
	int pid = rfork(RFPROC | RFFDG | RFREND | RFNOTEG);

	if (pid != 0)
		return pid;
	argv = rc_argv();
	if (argv == NULL)
		_exits("out of memory");
	if (!boot.batch && !boot.quiet)
		print("LP49: help tells how to begin, man all the rest\n");
	if (!boot.batch)
		chdir("/usr/glenda");
	else
		stdin_reopen();
	exec("/bin/rc", argv);
	warn("/bin/rc");
	_exits("exec");
}

/* ---- the end ---- */
/* "rc 7: false 6: text", as wait records nest, -> "text". */
static const char *
status_text(const char *s)
{
	for (;;) {
		const char *p = s + strcspn(s, " :");

		if (*p++ != ' ' || *p < '0' || *p > '9')
			return s;
		p += strspn(p, "0123456789");
		if (strncmp(p, ": ", 2) != 0)
			return s;
		s = p + 2;
	}
}

/* Programs that keep what was written, and write it when their links hang up. */
static bool
keeps_data(const char *name)
{
	return strcmp(name, "dosfs") == 0;
}

/* How many of them there are; the other processes but init and ramfs get note. */
static int
processes(const char *note)
{
	Dir *d = NULL;
	char file[64], *text;
	int fd = open("#p", OREAD), keepers = 0;
	int64_t n = fd < 0 ? 0 : dirreadall(fd, &d);
	size_t size;

	if (fd >= 0)
		close(fd);
	for (int64_t i = 0; i < n; i++) {
		snprintf(file, sizeof file, "#p/%.20s/status", d[i].name);
		text = file_read(file, &size);
		if (text == NULL)
			continue;
		text[strcspn(text, " \t\n")] = '\0';
		if (keeps_data(text)) {
			keepers++;
		} else if (note != NULL && strcmp(text, "ramfs") != 0 && atoi(d[i].name) != getpid()) {
			snprintf(file, sizeof file, "#p/%.20s/note", d[i].name);
			file_write(file, note, strlen(note));
		}
		free(text);
	}
	if (n > 0)
		free(d);
	return keepers;
}

/* Ends the other processes, gives up the mounts and the posted links: then
 * servers see that nobody is left, write what they keep, and end. */
static void
servers_end(void)
{
	if (processes(NULL) == 0)
		return;
	processes("kill");
	rfork(RFCNAMEG);
	remove("#s/dos");
	for (int ms = 0; ms < END_MS && processes(NULL) > 0; ms += POLL_MS)
		sleep(POLL_MS);
}

/* An interrupt that comes before rc runs is nobody's. */
static void
note_ignore(Ureg *regs, const char *note)
{
	USED(regs);
	USED(note);
	noted(NCONT);
}

int main(void);

int
main(void)
{
	char *status = NULL;
	const char *text;
	bool failed;
	int dos, rc;

	if (getpid() != 1) {
		fprint(2, "usage: init (process 1: CORE starts it)\n");
		exits("usage");
	}
	notify(note_ignore);
	args_read();
	fds_open();
	space_make();
	net_bind();
	env_make();
	shares_mount();
	dos = dos_start();
	tmp_mount();
	if (dos > 0) {
		char *end = child_wait(dos);

		if (end == NULL || *end != '\0')
			fprint(2, "init: dosfs: %s\n", end != NULL ? end : "no status");
		free(end);
	}
	rc = rc_start();
	if (rc > 0)
		status = child_wait(rc);
	text = rc < 0 ? "can't start rc" : status == NULL ? "no status of rc" : status_text(status);
	failed = boot.batch && *text != '\0';
	if (failed)
		fprint(2, "%s\n", text);
	if (boot.disks > 0)
		servers_end();
	if (file_write("#c/reboot", failed ? "halt 1" : "halt 0", 6) < 0)
		warn("#c/reboot");
	free(status);
	return 0;
}
