/*
 * core_impl.h - CORE's own structures and the calls between its files. What
 * servants may use is in core.h. The order of locks is in README.md.
 */
#ifndef CORE_CORE_IMPL_H
#define CORE_CORE_IMPL_H
#include "core/core.h"
#include "hvm/hvm.h"
#include "lib9/sysmsg.h"

typedef struct Clerk Clerk;
typedef struct Request Request;
typedef struct Path Path;
typedef struct Mount Mount;
typedef struct Rgrp Rgrp;
typedef struct Rwait Rwait;
typedef struct Waiter Waiter;
typedef struct Waitrec Waitrec;

enum {
	NPROC = 1000,             /* below HVM_NSPACE, which also counts CORE */
	NFD = 4096,               /* file descriptors of one group */
	NNOTE = 5,                /* notes pending for one process: notify(2) */
	NWAITREC = 128,           /* exit records kept for one parent */
	NCLERK_MIN = 4, NCLERK_MAX = 400,
	NCORETHREAD = 480,        /* clerks and drivers; HVM_NCORETHREAD is above */
	NREQUEST = 2 * NPROC,     /* requests that Mngr has taken in */
	LANDING = SYS_IOMAX,      /* size of a buffer for large input */
	NLANDING = 8,
	STACK_CORE = 64 * 1024,   /* of a thread of CORE's */
	NAME_MAX_BYTES = 32 * 1024, /* longest path name of a call */
	ARG_MAX_BYTES = 512 * 1024, /* strings of exec */
	STAT_MAX = 8 * 1024,      /* a stat entry of a servant */
	XFER_US = 1000000,        /* for a string to or from a program */
};

/* ---- threads (thread.c) ---- */
enum Park { PARK_RUN, PARK_WAIT, PARK_WOKEN };

/* One per thread of CORE; never freed, so that a late wake-up is harmless. */
struct Clerk {
	/* immutable while the thread lives */
	L4_ThreadId_t tid;
	const char *name;
	void (*fn)(void *);
	void *arg;
	uint8_t *stack;
	/* lk: a leaf */
	Lock lk;
	enum Park park;
	bool token;               /* woken before it parked */
	/* the thread itself */
	Request *req;             /* the job that it does */
	uint8_t *out;             /* buffer for output data */
	size_t out_size;
	/* pool.lk (mngr.c) */
	Clerk *next_free;
	Request *given;
	bool retire;
	bool used;                /* threads.lk */
};
Clerk *clerk_self(void);
void thread_init(void);           /* makes the calling thread Mngr's */
/* park waits until somebody unparks this thread, or did so since it last woke;
 * may also return early. false: timeout_us (< 0: never) went by. */
bool park(int64_t timeout_us);
void unpark(Clerk *c);            /* an IPC: hold no spin lock */
/* the same in pieces, so that Mngr and clerks join it with another IPC */
bool park_prepare(Clerk *me);     /* false: a wake-up is here already */
bool unpark_claim(Clerk *c);      /* true: the caller must send WAKE to c->tid */
void park_done(Clerk *me);        /* WAKE was received */
enum { LABEL_WAKE = 0x7001, LABEL_POKE = 0x7002 };
Clerk *thread_new(const char *name, void (*fn)(void *), void *arg);
void thread_free(Clerk *c);       /* a parked thread that nobody will wake */
size_t thread_count(void);
void thread_stack_check(const Clerk *c);        /* panics when it overflowed */

/* ---- requests (mngr.c, clerk.c) ---- */
/* A sleeper's record: on its stack, or, of a call that yielded, in the request. */
struct Waiter {
	Waiter *next;
	Clerk *clerk;             /* NULL: req */
	Request *req;
	bool writer;
	atomic_bool done;         /* off the list; the lock is ours */
};
/* A rendezvous that waits for its partner; in its request. */
struct Rwait {
	Rgrp *group;              /* 1 reference; NULL: it has not waited yet */
	Rwait *next;              /* group->lk */
	uint64_t tag, value;      /* group->lk: value is the partner's once met */
	atomic_bool met;          /* off the list */
};
enum Yield { YIELD_NONE, YIELD_LEAVING, YIELD_WAITING, YIELD_WOKEN };

struct Request {
	Request *next;            /* free list, queue, limbo; pool.lk */
	Request *pnext;           /* p->lk: the requests of one process */
	Proc *proc;               /* 1 reference, NULL: a job of CORE's own */
	L4_ThreadId_t from;       /* who gets the reply */
	_Atomic(Clerk *) clerk;   /* who serves it */
	atomic_bool intr;         /* a note came: the next sleep ends with -Eintr */
	void (*job)(void *);      /* instead of a system call */
	void *job_arg;
	unsigned num;             /* SYS_x */
	L4_Word_t arg[SYS_NARG];
	uint8_t *in;              /* input data: inl, small or landing */
	size_t nin;
	uint8_t *big;             /* malloc'd or a landing buffer, NULL: inl */
	bool landing;
	bool own_memory;          /* not of the pool */
	bool first;               /* before others, and by the last clerk */
	int64_t start_ns;
	int64_t slept_ns;         /* of it, in rendez_sleep or parked */
	int64_t end_ns;           /* parked: until then, -1: for ever; 0: never was */
	int64_t parked_ns;        /* since when */
	/* a call that yields: its file, 1 reference, and where it waits */
	Chan *chan;
	Rendez *rendez;
	Waiter waiter;            /* rendez->lk */
	atomic_int yield;
	Rwait rwait;              /* of rendezvous */
	uint32_t trace, flow;     /* trace.c: classes recorded of it; its number there */
	struct {
		uint32_t flow;    /* 0: none */
		uint16_t tag;
		uint8_t type;
	} served;                 /* a message that its caller serves from now on */
	/* output */
	const void *out;
	size_t nout;
	_Alignas(8) uint8_t inl[SYS_INLINE + 1];
};
#define SYS_NOREPLY INT64_MIN     /* result of a call whose caller is gone */
#define SYS_YIELDED (INT64_MIN + 2) /* … that waits on a Rendez; see rendez_yield */
#define SYS_PARKED (INT64_MIN + 1) /* … that was put aside: the request is not the caller's any more */
NORETURN void mngr_run(void);
void mngr_init(void);
/* job_start gives fn(arg) to a clerk, as process p's; r is the caller's own
 * memory, in use until fn returns. */
void job_start(Request *r, Proc *p, void (*fn)(void *), void *arg);
void mngr_poke(void);             /* look at limbo and at notes to deliver; no lock held */
L4_ThreadId_t mngr_tid(void);
uint8_t *landing_take(void);      /* a spare buffer of LANDING bytes, or NULL */
void landing_put(uint8_t *buf);
void request_reply(Request *r, int64_t result);    /* to the caller, never waits for long */
void request_pack(Request *r, int64_t result, L4_Word_t label); /* the reply's registers; nout <= SYS_INLINE */
int64_t request_call(Request *r); /* runs the system call; the calling thread has it as req */
/* pool.c */
void pool_init(void);
Request *pool_request(void);      /* NULL: none left */
void pool_request_free(Request *r);
Clerk *pool_give(Request *r);     /* who must be woken for it, NULL: it is queued */
void pool_shrink(void);           /* the keeper: ends clerks that nobody needs */
int pool_text(char *text, size_t n);
uint8_t *out_buffer(size_t n);    /* the serving clerk's, NULL: no memory (reason set) */

/* parked.c */
void request_park(Request *r, int64_t end_ns);
void parked_interrupt(Proc *p);   /* runs those of p again whose intr is set */
void parked_child(Proc *p);       /* p's await: a child has ended */
void parked_met(void);            /* rendezvous whose partner came */
void parked_released(uint64_t memgrp, uintptr_t addr); /* semacquire of this semaphore */
int64_t parked_due(int64_t end);  /* runs what is due; when the next is, at most end */
void alarm_kick(void);            /* the alarm thread looks again */
bool yield_settle(Request *r);    /* the clerk has left the call: false: run it again */
void yield_end(Request *r);       /* before it is run again */
void request_wake(Request *r);    /* runs a call that yielded again; harmless to any other */
bool intr_take(Request *r);       /* a note or a kill came for this call: told once */

/* the table of calls: sysfile.c sysproc.c sysmem.c */
typedef int64_t SysFn(Request *r);
extern SysFn *const sys_table[SYS_max];
extern const char *const sys_name[SYS_max];
#define X(n) SysFn sys_##n;
SYSCALLS
#undef X
int64_t arg64(const Request *r, int i);        /* words i and i + 1 */
/* in_str takes the next NUL-terminated string of the input; -Ebadarg. */
int in_str(const Request *r, size_t *pos, Str *out) MUST_USE;

/* ---- names (path.c) ---- */
struct Path {
	atomic_uint ref;
	/* immutable when ref > 1 */
	char *s;
	size_t len, cap;
	Chan **mtpt;              /* per element: what was mounted upon, 1 reference, or NULL */
	size_t nelem, mcap;
};
Path *path_new(Str s);
Path *path_get(Path *p);
void path_put(Path *p);
/* path_add appends an element (".." removes the last), making *p the caller's own first. */
int path_add(Path **p, Str elem) MUST_USE;
int path_mark(Path **p, Chan *from) MUST_USE;  /* the last element is a mount point upon from */
Chan *path_unmark(Path *p);                    /* takes the mark off the last element: owned, or NULL */
int path_own(Path **p) MUST_USE;
Str path_last(const Path *p);
int name_check(Str s, bool slash_ok) MUST_USE;
/* name_split cuts at slashes, drops "" and "."; *dir: it ends in "/" or "/.". */
int name_split(Str s, Str **elem, size_t *nelem, bool *dir) MUST_USE;

/* ---- handles (chan.c) ---- */
bool chan_same(const Chan *a, const Chan *b);  /* the same file; versions don't matter */
int chan_walk1(Chan *c, const Str *name, size_t n, Qid *qid, Chan **out, size_t *nqid);
int chan_open(Chan **c, int omode) MUST_USE;   /* CONSUMES *c on success when another stands for it */
int64_t chan_dirread(Chan *c, void *buf, size_t n, uint64_t off) MUST_USE;
void chan_path_set(Chan *c, Path *p);          /* CONSUMES p */
int chan_copy(Chan *c, Chan **out) MUST_USE;   /* chan_clone, with the error's code */
int chan_own(Chan **c) MUST_USE;               /* *c becomes a handle that nobody shares; as it was on errors */
int open_mode(int omode);                      /* OREAD … of an open call, or -Ebadmode */
int chan_dir(Chan *c, Dir *d) MUST_USE;        /* its stat, but for the strings */
int chan_stat(Chan *c, uint8_t *buf, size_t n) MUST_USE; /* with the name it was reached by */
Chan *chan_next(Chan *prev);                   /* the table of all, for debugging: under chan_table_lock */
void chan_table_lock(void), chan_table_unlock(void);

/* ---- name spaces (ns.c) ---- */
struct Mount {
	Mount *next;
	Chan *to;
	int flag;                 /* MCREATE, MCACHE */
	uint64_t id;              /* order of making */
	char *spec;               /* mount's aname; NULL: a bind */
};
struct Mhead {
	atomic_uint ref;
	Chan *from;               /* immutable */
	Mhead *hash;              /* pgrp's ns */
	RWlock lk;
	Mount *mount;             /* lk */
};
enum { NMNTHASH = 32 };
struct Pgrp {
	atomic_uint ref;
	int id;
	atomic_uint denied[4];    /* bit dc: #dc can't be attached to; of M: nor mounted */
	RWlock ns;
	Mhead *hash[NMNTHASH];    /* ns */
};
Pgrp *pgrp_new(void);
Pgrp *pgrp_copy(Pgrp *p);     /* NULL: no memory */
Pgrp *pgrp_get(Pgrp *p);
void pgrp_put(Pgrp *p);
/* ns_find: what is mounted upon the file: *to and *mh owned. false: nothing. */
bool ns_find(Pgrp *pg, const Servant *s, uint32_t dev, const Qid *qid, Chan **to, Mhead **mh);
int ns_mount(Pgrp *pg, Chan *to, Chan *from, int flag, Str spec, bool is_mount) MUST_USE;
int ns_unmount(Pgrp *pg, Chan *from, Chan *to) MUST_USE;
bool ns_has_mounts(Pgrp *pg);
bool mhead_is_union(Mhead *m);
Mhead *mhead_get(Mhead *m);
void mhead_put(Mhead *m);
/* mhead_nth: element i of the union, owned; NULL: no more. */
Chan *mhead_nth(Mhead *m, size_t i);
int mhead_create_dir(Mhead *m, Chan **out) MUST_USE;
bool servant_allowed(Pgrp *pg, int dc);
void pgrp_deny(Pgrp *pg, const char *letters, bool others); /* these, or all others; for good */
int ns_text(Pgrp *pg, char **text);

/* ---- fds (fd.c) ---- */
struct Fgrp {
	atomic_uint ref;
	Lock lk;
	Chan **fd;                /* lk */
	uint8_t *flag;            /* lk: CCEXEC */
	int nfd;                  /* lk: room in fd[] */
};
Fgrp *fgrp_new(void);
Fgrp *fgrp_copy(Fgrp *f);
Fgrp *fgrp_get(Fgrp *f);
void fgrp_put(Fgrp *f);
int fd_new(Fgrp *f, Chan *c, int from, int flag) MUST_USE;  /* CONSUMES c on success */
int fd_put_at(Fgrp *f, Chan *c, int fd) MUST_USE;   /* replaces; CONSUMES c on success */
Chan *fd_get(Fgrp *f, int fd);                   /* owned, NULL: not open */
int fd_close(Fgrp *f, int fd) MUST_USE;
void fd_close_exec(Fgrp *f);

/* ---- processes (proc.c fork.c exec.c wait.c note.c …) ---- */
struct Waitrec {
	Waitrec *next;
	int pid;
	uint32_t time[3];         /* ms */
	char msg[ERRMAX];
};
struct Rgrp {
	atomic_uint ref;
	Lock lk;
	Rwait *head;              /* lk */
};
enum { NAMELEN = 28 };
struct Proc {
	atomic_uint ref;
	/* immutable after it started */
	int pid;
	int sid;
	L4_ThreadId_t tid;        /* main thread */
	uint64_t memgrp;          /* the same for all who share data: semaphores */
	int64_t born_ns;
	char user[NAMELEN];
	bool nowait;              /* RFNOWAIT */
	/* proctab.lk: links of the family */
	Proc *parent, *child, *sibling;
	int slot;
	Waitrec *wait_head, *wait_tail;
	size_t nwait, nchild;
	uint32_t ctime[3];        /* of the children waited for */
	Rendez wait_r;
	/* lk */
	Lock lk;
	Pgrp *pgrp;
	Fgrp *fgrp;
	Egrp *egrp;
	Rgrp *rgrp;
	Chan *slash, *dot, *text;
	char name[NAMELEN];
	char *args;
	size_t nargs;             /* bytes */
	int noteid;
	int pri;
	Request *reqs;
	unsigned nreq;
	Request bye;              /* the job that ends it */
	Waitrec *rec;             /* made ahead, so that its end needs no memory */
	bool killed, ending;      /* will die, at the end of its last request; is dying */
	bool exits;               /* … because it said so itself */
	bool entered;             /* its space runs: it can be told, or ended */
	char status[ERRMAX];
	uintptr_t notify;         /* handler's entry, 0: none */
	char note[NNOTE][NOTEMAX];
	unsigned nnote;
	char last_note[NOTEMAX];
	bool notified;            /* the handler runs */
	bool telling;             /* it was told of a note and will ask for it */
	bool tell;                /* Mngr must tell it */
	bool stopped, hang;
	bool private;             /* nobody reads or writes its memory */
	int64_t alarm_ns;         /* 0: none */
	bool interrupt;           /* proc_interrupt: of the main thread's call that blocks next */
	int64_t call_ns, sys_ns;  /* time in calls, and of it awake */
	Rendez stop_r;
};
extern struct Proctab {
	Lock lk;
	Proc *proc[NPROC];        /* 1 reference each */
	size_t n;                 /* of them */
	Proc *by_sid[HVM_NSPACE];
	int next_pid;
	atomic_int nforking;      /* spaces that run but are not in by_sid yet */
	Rendez fork_r;
	RWlock group;             /* a note to a group sees a fork before it or after it, not half */
} proctab;
Proc *proc_new(void);                          /* pid and slot; NULL: none left (reason set) */
size_t proc_group(int noteid, Proc **out);      /* NPROC at the most */
bool proc_full(void);                          /* no slot is left, now */
void proc_publish(Proc *p);                    /* its space may call now */
void proc_entered(Proc *p);                    /* its space runs: fork.c */
void proc_abort(Proc *p);                      /* a proc_new that never ran */
void fork_end(void);                           /* proctab.nforking falls; wakes who waits */
Proc *proc_by_sid(int sid);                    /* owned */
/* proc_die marks p to end with this status; it ends when its last call has. */
void proc_die(Proc *p, const char *status);
bool proc_request_add(Proc *p, Request *r);    /* false: it is dying */
void proc_request_del(Proc *p, Request *r);    /* may end the process */
void proc_exit(Proc *p);                       /* the last act, in a clerk */
void proc_intr_all(Proc *p);                   /* every call of p ends with -Eintr */
void proc_intr_main(Proc *p);                  /* its main thread's */
void proc_groups_put(Proc *p);
int proc_exec(Proc *p, Str file, const char *args, size_t nargs, size_t argc) MUST_USE;
int image_get(Chan *c, int *image, bool *kept) MUST_USE; /* of an open program file; image_put follows */
void image_put(int image, bool kept);
Chan *proc_slash(Proc *p);
Chan *proc_dot(Proc *p);
Pgrp *proc_pgrp(Proc *p);                      /* owned; NULL: it is dying */
Fgrp *proc_fgrp(Proc *p);
void wait_post(Proc *p);                       /* p ends: record to its parent, orphans */
bool wait_ready(void *proc);                   /* a record is there, or no child */
int64_t wait_take(Proc *p, bool block, char *buf, size_t n);
int note_post(Proc *p, const char *note, bool user);
void note_tell(Proc *p);                        /* its space runs now; notes may have come before */
void note_tell_all(void);                      /* Mngr's */
bool note_waits_locked(const Proc *p);         /* its main thread's next call shall not sleep */
bool note_tell_reply(Request *r);              /* SYSR_NOTE for this reply? */
void note_untell(Proc *p);
void note_after(Proc *p);
void note_reset(Proc *p);
void event_main(void *arg);                    /* thread: faults */
void alarm_main(void *arg);                    /* thread: alarms, and the pool's keeper */
int64_t alarm_set(Proc *p, uint32_t ms);
Rgrp *rgrp_new(void), *rgrp_get(Rgrp *r);
void rgrp_put(Rgrp *r);
void proc_times(Proc *p, uint32_t time[3]);    /* ms: user, system, real */
Request *proc_main_request(Proc *p);           /* of the main thread; p->lk held */
void proc_text_set(char *to, size_t n, const char *from); /* cut at a rune */
bool proc_supervisor(Proc *p);                 /* init, or started by it */
uint64_t memgrp_new(void);
int proc_table_text(char *text, size_t n);
/* trace_call.c: only if TRACING_ANY */
void trace_call(Request *r);                   /* Mngr has taken it */
int64_t trace_run(Request *r, int64_t (*fn)(Request *)); /* fn(r), which is recorded */
void trace_read(Request *r, const Chan *c, const uint8_t *buf, int64_t n); /* pread has got it */
void trace_write(const Request *r, const Chan *c); /* pwrite is going to */
/* trace.c */
void trace_proc_named(Proc *p);
void trace_proc_forked(const Proc *parent, Proc *child);
void trace_proc_ended(const Proc *p);
bool mngr_limbo_waits(void);

void servants_reset(void);
void core_boot(void *arg);                     /* job: process 1 */
void clock_init(void);
void klog_panic(const char *s);
_Static_assert((int)NPROC < (int)HVM_NSPACE, "every process has a space");
_Static_assert((int)NCORETHREAD < (int)HVM_NCORETHREAD, "thread numbers");
#endif
