/*
 * sim/host/net_nouser.c - in place of net_user.c where libslirp is not installed.
 */
#include "sim/host/host.h"

NetLink *
net_user_open(const NetOption *o, uv_loop_t *loop)
{
	(void)o, (void)loop;
	options_bad("--net user: built without libslirp; apt-get install libslirp-dev, then make clean all");
}
