/*
 * pipe.c - commands that run beside the shell with a pipe in between:
 * a | b, `{a}, <{a} and >{a}.
 */
#include "cmd/rc/rc.h"

enum { STAGES = 200 };

static int
pipe_open(int fd[2])
{
	if (pipe(fd) < 0) {
		rc_error("can't make a pipe: %r");
		return -1;
	}
	return 0;
}

/* One stage but the last; its pid. *in is the pipe from the one before. */
static int
stage_start(Node *n, int *in, int in_to, int fl)
{
	int fd[2], pid;

	if (pipe_open(fd) < 0)
		return -1;
	pid = rc_fork();
	if (pid == 0) {
		close(fd[0]);
		if (*in >= 0)
			redir_push(ROPEN, *in, in_to);
		redir_push(ROPEN, fd[1], n->fd0);
		child_run(n->kid, fl | TAIL);
	}
	close(fd[1]);
	if (*in >= 0)
		close(*in);
	*in = fd[0];
	return pid;
}

/* The last stage runs in the shell itself. $status has one part per stage. */
int
pipe_run(Node *n, int fl)
{
	int pids[STAGES], in = -1, in_to = 0, rc = Xok;
	size_t np = 0;
	Node *k;
	Redir *mark = redirs;
	Buf status = { 0 };
	char *last;

	for (k = n->kid; k->next != NULL; k = k->next) {
		if (np == STAGES) {
			rc = rc_error("too many commands in a pipeline");
			break;
		}
		pids[np] = stage_start(k, &in, in_to, fl);
		if (pids[np] < 0) {
			rc = Xabort;
			break;
		}
		np++;
		in_to = k->fd1;
	}
	if (rc == Xok) {
		redir_push(ROPEN, in, in_to);
		rc = cmd_run(k, fl & ~TAIL);
	} else if (in >= 0) {
		close(in);
	}
	redir_pop(mark);
	last = rc_strdup(status_get());
	for (size_t i = 0; i < np; i++) {
		char *s;

		child_wait(pids[i], &s);
		buf_str(&status, s != NULL ? s : "");
		buf_str(&status, "|");
		free(s);
	}
	buf_str(&status, last);
	free(last);
	if (rc == Xok)
		status_set(status.s);
	buf_free(&status);
	return rc == Xok ? notes_run() : rc;
}

/* ---- `{} ---- */
/* A note that is not the end of it breaks off no reading. */
static int
read_all(int fd, Buf *b)
{
	char chunk[8192];
	int64_t n;
	int r = Xok;

	for (;;) {
		n = read(fd, chunk, sizeof chunk);
		if (n > 0)
			buf_add(b, chunk, (size_t)n);
		else if (n == 0 || !notes_pending() || (r = notes_run()) != Xok)
			return r;
	}
}

static bool
is_separator(const char *seps, const char *s, int *width)
{
	Rune r, want;

	*width = chartorune(&r, s);
	while (*seps != '\0') {
		int n = chartorune(&want, seps);

		if (n == *width && memcmp(seps, s, (size_t)n) == 0)
			return true;
		seps += n;
	}
	return false;
}

static List **
split_words(const Buf *b, const char *seps, List **tail)
{
	size_t start = 0, i = 0;
	Buf word = { 0 };

	while (i <= b->n) {
		int w = 1;

		if (i == b->n || b->s[i] == '\0' || is_separator(seps, b->s + i, &w)) {
			if (i > start) {
				char *marked;

				word.n = 0;
				buf_add(&word, b->s + start, i - start);
				marked = glob_mark(word.s);
				tail = list_add(tail, marked);
				free(marked);
			}
			start = i + (size_t)w;
		}
		i += (size_t)w;
	}
	buf_free(&word);
	return tail;
}

static int
separators(Node *n, char **seps)
{
	List *l = NULL;
	int rc = Xok;

	if (n == NULL) {
		*seps = list_join(var_value("ifs"), "");
		return Xok;
	}
	rc = word_eval(n, &l);
	if (rc == Xok)
		*seps = list_join(word_unmark(l), "");
	list_free(l);
	return rc;
}

int
backq_eval(Node *n, List ***tail)
{
	int fd[2], pid, rc;
	char *seps = NULL;
	Buf out = { 0 };

	rc = separators(n->b, &seps);
	if (rc != Xok)
		return rc;
	if (pipe_open(fd) < 0) {
		free(seps);
		return Xabort;
	}
	pid = rc_fork();
	if (pid == 0) {
		close(fd[0]);
		redir_push(ROPEN, fd[1], 1);
		child_run(n->a, TAIL);
	}
	close(fd[1]);
	if (pid > 0) {
		buf_str(&out, "");
		rc = read_all(fd[0], &out);
		*tail = split_words(&out, seps, *tail);
		buf_free(&out);
		if (rc == Xok)
			rc = child_status(pid);
	}
	close(fd[0]);
	free(seps);
	return pid > 0 ? rc : Xabort;
}

/* The word is the name of the pipe's end, open in the command it is for. */
int
pipefd_eval(Node *n, List ***tail)
{
	int fd[2], pid, mine = n->op == Rwrite || n->op == Rappend ? 1 : 0;
	char name[32];

	if (pipe_open(fd) < 0)
		return Xabort;
	pid = rc_fork();
	if (pid == 0) {
		close(fd[mine]);
		redir_push(ROPEN, fd[1 - mine], 1 - mine);
		child_run(n->a, TAIL | EOK);
	}
	close(fd[1 - mine]);
	if (pid < 0) {
		close(fd[mine]);
		return Xabort;
	}
	redir_push(ROPEN, fd[mine], fd[mine]);
	snprintf(name, sizeof name, "/fd/%d", fd[mine]);
	*tail = list_add(*tail, name);
	return Xok;
}
