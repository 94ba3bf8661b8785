/*
 * redir.c - redirections.
 *
 * The shell's own fds stay where they are. A stack says where each fd of a
 * command leads: files that the shell opened for it (ROPEN), copies (RDUP) and
 * closed ones. Builtins ask redir_fd; a child does it all with redir_apply
 * before it executes a program.
 */
#include "cmd/rc/rc.h"

Redir *redirs;

void
redir_push(int type, int from, int to)
{
	Redir *r = rc_alloc(sizeof *r);

	r->type = type;
	r->from = from;
	r->to = to;
	r->next = redirs;
	redirs = r;
}

void
redir_pop(Redir *mark)
{
	while (redirs != mark) {
		Redir *r = redirs;

		redirs = r->next;
		if (r->type == ROPEN)
			close(r->from);
		free(r);
	}
}

int
redir_fd(int fd)
{
	for (Redir *r = redirs; r != NULL; r = r->next) {
		if (r->to != fd)
			continue;
		if (r->type == RCLOSE)
			return -1;
		fd = r->from;
		if (r->type == ROPEN)
			return fd;
	}
	return fd;
}

/* A file that a later entry needs may lie where this one's copy goes. */
static void
redir_clear(Redir **v, size_t from, size_t n, int fd)
{
	int moved = -1;

	for (size_t i = from; i < n; i++) {
		if (v[i]->type != ROPEN || v[i]->from != fd || v[i]->to == fd)
			continue;
		if (moved < 0)
			moved = dup(fd, -1);
		v[i]->from = moved;
	}
}

void
redir_apply(void)
{
	size_t n = 0, i;
	Redir **v;

	for (Redir *r = redirs; r != NULL; r = r->next)
		n++;
	v = rc_alloc(n * sizeof *v);
	i = n;
	for (Redir *r = redirs; r != NULL; r = r->next)
		v[--i] = r;
	for (i = 0; i < n; i++) {
		redir_clear(v, i + 1, n, v[i]->to);
		if (v[i]->type == RCLOSE)
			close(v[i]->to);
		else if (v[i]->from != v[i]->to)
			dup(v[i]->from, v[i]->to);
		if (v[i]->type == ROPEN && v[i]->from != v[i]->to)
			close(v[i]->from);
	}
	free(v);
	redirs = NULL;
}

static int
file_open(Node *n, int *fd)
{
	List *l = NULL;
	int rc = words_glob(n->a, &l);

	if (rc != Xok)
		return rc;
	if (l == NULL || l->next != NULL) {
		list_free(l);
		return rc_error("redirection requires one file");
	}
	switch (n->op) {
	case Rread:
		*fd = open(l->s, OREAD);
		break;
	case Rrdwr:
		*fd = open(l->s, ORDWR);
		break;
	case Rwrite:
		*fd = create(l->s, OWRITE, 0666);
		break;
	case Rappend:
		*fd = open(l->s, OWRITE);
		if (*fd < 0)
			*fd = create(l->s, OWRITE, 0666);
		else
			seek(*fd, 0, 2);
		break;
	}
	if (*fd < 0) {
		rc = rc_error("can't open %s: %r", l->s);
	}
	list_free(l);
	return rc;
}

int
redir_nodes(Node *list)
{
	for (Node *n = list; n != NULL; n = n->next) {
		int fd = -1, rc = Xok;

		switch (n->op) {
		case Rdup:
			redir_push(RDUP, n->fd1, n->fd0);
			continue;
		case Rclose:
			redir_push(RCLOSE, -1, n->fd0);
			continue;
		case Rhere:
			fd = here_open(n);
			if (fd < 0)
				return Xabort;
			break;
		default:
			rc = file_open(n, &fd);
			if (rc != Xok)
				return rc;
		}
		redir_push(ROPEN, fd, n->fd0);
	}
	return Xok;
}
