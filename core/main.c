/*
 * main.c - CORE starts: threads, servants, the first process.
 * HVM starts this program in space 1; its first thread becomes Mngr.
 */
#include "core/core_impl.h"
#include "core/servant_impl.h"
#include "servants/servants.h"

static Request boot_request;

/* Job, as process 1. */
void
core_boot(void *arg)
{
	Proc *p = arg;
	static const char args[] = "init";
	int rc = proc_exec(p, str_of("/bin/init"), args, sizeof args, 1);

	if (rc < 0)
		panic("core: no first program: %s; is it in the boot module \"root\"?", err_reason());
}

/* The root of the first name space is #R. */
static int
boot_root(Proc *p)
{
	const Servant *s = servant_find('R');
	Chan *c;
	int rc;

	if (!s)
		return seterr(Ebadspec, "#R");
	if ((rc = servant_attach_call(s, "", &c)) < 0)
		return rc;
	if (!(c->path = path_new(str_of("/")))) {
		chan_put(c);
		return seterr(Enomem, NULL);
	}
	p->slash = c;
	p->dot = chan_get(c);
	return 0;
}

static Proc *
boot_proc(void)
{
	Proc *p = proc_new();
	int rc;

	if (!p)
		panic("core: process 1: %s", err_reason());
	p->pgrp = pgrp_new();
	p->fgrp = fgrp_new();
	p->egrp = egrp_new();
	p->rgrp = rgrp_new();
	p->memgrp = memgrp_new();
	p->noteid = p->pid;
	proc_text_set(p->user, sizeof p->user, eve);
	proc_text_set(p->name, sizeof p->name, "init");
	if (!p->pgrp || !p->fgrp || !p->egrp || !p->rgrp)
		panic("core: process 1: no memory");
	if ((rc = boot_root(p)) < 0)
		panic("core: root: %s", err_reason());
	if ((rc = hvm_space_new(&p->sid, &p->tid)) < 0)
		panic("core: space of process 1: %s", err_reason());
	proc_publish(p);
	return p;
}

int
main(int argc, char **argv)
{
	char classes[64];
	uint32_t mask;
	Proc *p;

	USED(argc);
	USED(argv);
	thread_init();
	clock_init();
	mngr_init();
	pool_init();
	if (core_thread("event", event_main, NULL) < 0 || core_thread("alarm", alarm_main, NULL) < 0)
		panic("core: threads: %s", err_reason());
	if (plat_bootarg("trace", classes, sizeof classes) >= 0 &&
	    (trace_classes(classes, &mask) < 0 || trace_all_set(mask, 0) < 0))
		klog("trace: %s", err_reason());
	servants_reset();
	p = boot_proc();
	job_start(&boot_request, p, core_boot, p);
	mngr_run();
}
