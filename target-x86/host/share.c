/*
 * target-x86/host/share.c - the programs behind --share: a u9fs each, that talks to
 * a port of QEMU's virtio console through a socket. One that died stays so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "target-x86/host/qemu.h"

typedef struct Share Share;
struct Share {
	const ShareOption *option;
	int qemu;               /* QEMU's end of the socket */
	pid_t pid;              /* 0: it has ended */
};
static Share share[SHARE_MAX];
static int nshare;

void
shares_start(const Options *o)
{
	for (nshare = 0; nshare < o->nshare; nshare++) {
		Share *s = &share[nshare];
		int fd[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
			die(EXIT_SYSTEM, "socketpair: %s", strerror(errno));
		*s = (Share){ .option = &o->share[nshare], .qemu = fd[0] };
		if ((s->pid = u9fs_start(s->option, fd[1])) < 0)
			die(EXIT_SYSTEM, "fork: no process");
		close(fd[1]);
	}
}

int
share_qemu(int i)
{
	return share[i].qemu;
}

void
shares_close(void)
{
	for (int i = 0; i < nshare; i++)
		close(share[i].qemu);
}

void
shares_reap(void)
{
	int status;

	for (int i = 0; i < nshare; i++)
		if (share[i].pid > 0 && waitpid(share[i].pid, &status, WNOHANG) == share[i].pid) {
			share[i].pid = 0;
			u9fs_ended(share[i].option, i, status);
		}
}
