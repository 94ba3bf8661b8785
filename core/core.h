/*
 * core.h - LP49-CORE: object handles (Chan), servants, name spaces, processes,
 * system calls. What servants/ may use stands here; core_impl.h is CORE's own.
 */
#ifndef CORE_CORE_H
#define CORE_CORE_H
#include <stdatomic.h>
#include "lib9/lib9.h"
#include "lib9/fcall.h"
#include "lib9/plat.h"
#include "lib9/sys.h"
#include "lib9/trace.h"

typedef struct Chan Chan;
typedef struct Servant Servant;
typedef struct DirEnt DirEnt;
typedef struct Proc Proc;
typedef struct Pgrp Pgrp;
typedef struct Egrp Egrp;
typedef struct Fgrp Fgrp;
typedef struct Mhead Mhead;

/* ---- locks: the order is one list, in core/README.md ---- */
typedef struct Lock Lock;        /* spin; nothing blocks, allocates or does IPC under it */
struct Lock {
	atomic_uint held;
};
#define LOCK_INIT { 0 }
void lock(Lock *l), unlock(Lock *l);

typedef struct QLock QLock;      /* sleeps; servant methods may run under declared ones */
struct QLock {
	Lock lk;
	bool locked;
	struct Waiter *head, *tail;
};
void qlock(QLock *q), qunlock(QLock *q);
bool qlock_try(QLock *q);

typedef struct RWlock RWlock;
struct RWlock {
	Lock lk;
	int readers;
	bool writer;
	struct Waiter *head, *tail;
};
void rlock(RWlock *l), runlock(RWlock *l), wlock(RWlock *l), wunlock(RWlock *l);

typedef struct Rendez Rendez;    /* condition: any number may sleep */
struct Rendez {
	Lock lk;
	struct Waiter *head;
};
/* rendez_sleep waits until ready(arg). 0, or -Eintr: a note came (only when up()
 * is a process's clerk), or -Etimedout when timeout_ms (< 0: never) went by.
 * ready() is called under r->lk: it only looks. */
int rendez_sleep(Rendez *r, bool (*ready)(void *), void *arg, int64_t timeout_ms) MUST_USE;
/*
 * rendez_yield is rendez_sleep without a time limit for the read or write method
 * of c, in a place where nothing has been done yet: it may also give -Eyield.
 * Then the method undoes what it holds and returns that; CORE keeps c and runs
 * the method anew, from its start, when r is woken. No clerk waits meanwhile.
 */
enum { Eyield = Elast };
int rendez_yield(Chan *c, Rendez *r, bool (*ready)(void *), void *arg) MUST_USE;
void rendez_wakeup(Rendez *r);   /* all sleepers look again; any thread may call it */

/* ---- object handles ---- */
enum { COPEN = 1, CCEXEC = 2, CRCLOSE = 4, CFREE = 8, CMSG = 16 /* a server link: #M reads and writes it */,
	CCACHE = 32 /* #M keeps its data: MCACHE */ };
struct Chan {
	/* immutable after it was opened */
	const Servant *servant;
	uint32_t dev;            /* instance of the servant */
	Qid qid;
	int16_t mode;            /* OREAD … once open */
	uint32_t iounit;
	/* atomic */
	atomic_uint ref;
	atomic_uint flag;        /* COPEN … */
	/* lk */
	Lock lk;
	uint64_t offset;
	/* CORE's: name and unions (core/chan.c, core/ns.c) */
	struct Path *path;
	Mhead *umh;              /* union that a directory read walks through */
	Chan *umc;               /* its element being read now */
	size_t uri;              /* elements passed */
	QLock umlk;
	uint64_t dri;            /* servant's own place in a directory read */
	uint64_t devoffset;      /* umlk: where the servant's directory read goes on */
	Chan *all_next, *all_prev; /* list of all handles (core/chan.c) */
	Mhead *mcp;              /* mount point it was reached through */
	/* #M's (servants/mnt.c): proxy of a remote file */
	Chan *mchan;             /* the server link's own handle */
	struct Mnt *mux;
	uint32_t fid;
	Qid mqid;                /* qid of the root that was mounted */
	/* the servant's */
	void *aux;
};
Chan *chan_new(const Servant *s);                 /* 1 reference; aux NULL; NULL: no memory */
Chan *chan_get(Chan *c);
void chan_put(Chan *c);                           /* NULL ok; last one: servant close */
Chan *chan_clone(Chan *c);                        /* same file, not open (servant walk of 0 names) */
/* namec: name -> handle in up()'s name space */
enum Access { Aaccess, Abind, Atodir, Aopen, Amount, Acreate, Aremove };
int chan_namec(Str name, enum Access how, int omode, uint32_t perm, Chan **out) MUST_USE;
int64_t chan_read(Chan *c, void *buf, size_t n, uint64_t off) MUST_USE; /* unions too */
int64_t chan_write(Chan *c, const void *buf, size_t n, uint64_t off) MUST_USE;
Chan *fd_chan(int fd, int mode, int *rc);         /* up()'s; mode -1: any; 1 reference; NULL: *rc */
const char *chan_name(Chan *c);                   /* path as fd2path gives it, valid while c is */
size_t chan_live(void);                           /* handles in existence, for tests and leaks */

/* ---- servants ---- */
struct DirEnt {              /* a static tree: first is ".", children of "dir" follow as "dir/x" */
	const char *name;
	uint32_t qid;
	uint32_t perm;       /* DMDIR too */
};
#define SERVANT_TREE(t) .tree = (t), .ntree = nelem(t)

/*
 * Methods run in the caller's clerk and may block. NULL means the default of
 * core/servant.c: attach, walk, stat and directory reads come from .tree; open
 * checks permissions; create, remove, wstat, write give -Eperm; close nothing.
 */
struct Servant {
	int dc;                  /* letter: #c */
	const char *name;
	const DirEnt *tree;
	size_t ntree;
	int (*reset)(void);      /* once, at start, in servants.def's order */
	void (*shutdown)(void);  /* in reverse order: flush */
	int (*attach)(const char *spec, Chan **out);
	/* walk: nc is a fresh handle for the same file as c (servant, dev, qid copied, aux NULL);
	 * moves it over n names, sets qid[i] for each done. Returns the number walked;
	 * < n: nc is thrown away (close is not called); error only when the first fails.
	 * n may be 0: just clone aux. */
	int64_t (*walk)(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid);
	int64_t (*stat)(Chan *c, uint8_t *buf, size_t n);  /* wire form, its size */
	int (*open)(Chan *c, int omode);                   /* sets c->qid, iounit; caller sets mode, COPEN.
							      may replace nothing else */
	int (*create)(Chan *c, Str name, int omode, uint32_t perm); /* c becomes the new file, open */
	void (*close)(Chan *c);                            /* last reference; aux must be freed */
	int64_t (*read)(Chan *c, void *buf, size_t n, uint64_t off);
	int64_t (*write)(Chan *c, const void *buf, size_t n, uint64_t off);
	int (*remove)(Chan *c);                            /* close follows */
	int (*wstat)(Chan *c, const uint8_t *buf, size_t n);
	/* open of a file that stands for another handle (#s, #d): returns it, 1 reference, in *out */
	int (*openchan)(Chan *c, int omode, Chan **out);
};
const Servant *servant_find(int dc);
int servant_attach(const Servant *s, const char *spec, Chan **out); /* the default attach: qid of "." */
int64_t servant_dirread(Chan *c, void *buf, size_t n, uint64_t off,
    int (*gen)(Chan *c, size_t i, Dir *d, char *strs, size_t nstrs)); /* gen: 1 entry, 0 end, <0 error; NULL: the tree's */
int64_t servant_stat(Chan *c, uint8_t *buf, size_t n, const Dir *d);
int servant_perm(const char *owner, uint32_t perm, int omode);       /* 0 or -Eperm, for up()'s user */
extern const char eve[];      /* the user who owns the machine: "glenda" unless told otherwise */

/* a control line "verb arg …": finds its row, checks the number of arguments */
typedef struct Cmd Cmd;
struct Cmd {
	const char *verb;
	int nargs;           /* -1: any */
	int code;
};
/* buf is copied; argv points into it until cmd_free. code of the row or -Ebadctl. */
typedef struct CmdLine CmdLine;
struct CmdLine {
	char *text;
	char *argv[32];
	size_t argc;
};
int cmd_parse(const Cmd *table, size_t ntable, const void *buf, size_t n, CmdLine *out) MUST_USE;
void cmd_free(CmdLine *l);

/* ---- processes ---- */
Proc *up(void);               /* the process this clerk serves; NULL in CORE's own threads */
const char *up_user(void);
bool up_killed(void);         /* up() dies of a note or kill: it must not wait for a server that may be hung */
/* threads of CORE's own (drivers, clerks): the stack is CORE's */
int core_thread(const char *name, void (*fn)(void *), void *arg);

/* what #p, #c, #d, #e show and do; strings go into text, return the length */
/* proc_next: the first process whose slot is *slot or later, 1 reference, and its
 * slot; NULL: there is none. */
Proc *proc_next(size_t *slot);
Proc *proc_get(int pid);                          /* 1 reference, NULL: no such process */
void proc_put(Proc *p);
int proc_note(Proc *p, const char *note, bool user); /* post; 0 or -Eprocdied */
int proc_notegroup(int noteid, const char *note);
int proc_self(void), proc_parent(void);           /* up()'s pid */

/* One moment's picture of a process, for #p and #c. */
typedef struct ProcInfo ProcInfo;
struct ProcInfo {
	int pid, ppid, noteid, sid;
	char name[28], user[28], state[12];       /* proc(3): "Ready", "Stopped", "Pread", "Await" … */
	uint32_t time[6];                         /* ms: user, system, real; then the waited-for children's */
	int pri, basepri;
};
uint64_t proc_mem_kb(Proc *p);                    /* asks HVM: only where it is shown */
int proc_info(Proc *p, ProcInfo *out);            /* 0 or -Eprocdied */
/* These give a malloc'd text, NUL-terminated: the file of /proc/N of that name. */
int proc_fds(Proc *p, char **text);               /* proc(3) fd: "/cwd\n", then a line per fd */
int fd_text(Proc *p, int fd, char **text);        /* the line of one fd, -Ebadfd */
int proc_args(Proc *p, char **text);              /* quoted for tokenize */
int proc_args_set(Proc *p, const char *text, size_t n);
int pgrp_ns(Proc *p, char **text);                /* commands that rebuild the name space, "cd …" last */
int proc_text(Proc *p, Chan **out);               /* the file it was exec'd from, 1 reference */
int proc_fdmode(Proc *p, int fd);                 /* OREAD OWRITE ORDWR; -Ebadfd; */
int proc_fdmax(Proc *p);                          /* all open fds are below */
int proc_fdclose(Proc *p, int fd);                /* fd -1: all */
int proc_kill(Proc *p), proc_stop(Proc *p), proc_start(Proc *p);
int proc_thread_stop(Proc *p, int thread, bool stop); /* one of its threads; its state stays */
int proc_waitstop(Proc *p);                       /* blocks until it is stopped; -Eprocdied, -Eintr */
int proc_interrupt(Proc *p, bool on);             /* ends its blocking call, or else its next one, with
						    -Eintr, no note; off: it was not meant */
/* proc_chdev: what chdev of cons(3) says about the servants that up()'s name space
 * group may attach to: op "&", "&~" or "~", and letters. 0 or -Ebadarg. */
int proc_chdev(const char *op, const char *mask);
bool proc_mayattach(int dc);
int proc_noteid_set(Proc *p, int noteid);         /* an existing group of the same user */
int proc_pri_set(Proc *p, int pri);               /* 0-19 */
int proc_hang_set(Proc *p, bool on);              /* stop after the next exec */
void proc_private_set(Proc *p);                   /* hides its memory until its next exec */
bool proc_private(Proc *p);
int64_t proc_note_take(Proc *p, char *buf, size_t n); /* oldest pending note, removed; 0: none */
int64_t proc_wait_read(Proc *p, char *buf, size_t n); /* as await(2) for p; blocks */
int core_debug(const char *line, char *out, size_t n); /* CORE's own debug tables: handles, mounts, procs …;
						    the length, -Ebadctl: not a command of CORE's */
void core_shutdown(void);                         /* every servant's shutdown method, in reverse order */
Egrp *up_egrp(void);                              /* up()'s environment, 1 reference; NULL in CORE's own threads */
/* for #c/sysstat: calls since start; processes that compute at this moment */
uint64_t core_nsyscall(void);
unsigned core_nready(void);

/* ---- drivers' help ---- */
void wall_set(int64_t ns);                        /* #c/time written */
int64_t wall_ns(void);
int64_t start_wall_ns(void);                      /* of the start: the same at each call, unless it is set */
int64_t up_ns(void);                              /* since start, monotonic */
/*
 * irq_attach: at each interrupt of line irq, status(arg) takes the device's reason
 * and quiets it (0: it was not this device's); when the line is enabled again,
 * fn(arg, status) runs if there was one. Both in the line's own thread, shared with
 * the line's other devices: they do not sleep for long.
 * name stays. 0 or -Exxx. irq_count: interrupts since start.
 */
int irq_attach(const char *name, int irq, uint32_t (*status)(void *arg),
    void (*fn)(void *arg, uint32_t status), void *arg) MUST_USE;
unsigned irq_count(void);

/* ---- log: kmesg ring and, for ERR, the console ---- */
void klog(const char *fmt, ...) PRINTF(1, 2);
int64_t klog_read(void *buf, size_t n, uint64_t off);
/* set by #c: where panics and log lines go before anything else works */
extern void (*klog_out)(const char *s, size_t n);

/* ---- trace (core/trace.c): what is not on costs a branch, TRACING(9p) ---- */
extern atomic_uint trace_on;      /* classes of CORE's records that somebody wants */
#define TRACING_ANY __builtin_expect(atomic_load_explicit(&trace_on, memory_order_relaxed) != 0, 0)
#define TRACING(class) (atomic_load_explicit(&trace_on, memory_order_relaxed) >> TRACE_##class & 1)
/* For whom a 9P message is sent: up() then; when the reply comes it may be gone. */
typedef struct TraceWho TraceWho;
struct TraceWho {
	int32_t pid;
	char prog[20];       /* as in TraceRec */
	uint32_t flow;
	bool on;             /* its messages are recorded */
};
void trace_who(TraceWho *w);
void trace_msg(const TraceWho *w, uint32_t link, const uint8_t *msg, size_t n);
void trace_sent(const Chan *link, const uint8_t *msg, uint32_t flow); /* before it goes out */
/* Work on up()'s request begins here, and ends; they nest. Only if TRACING(flow). */
void trace_begin(const char *fmt, ...) PRINTF(1, 2);
void trace_end(void);
/* switching: bits of enum TraceClass. 0, or -Enomem */
int trace_all_set(uint32_t on, uint32_t off);
int proc_trace_set(Proc *p, uint32_t mask);
void trace_snap_set(uint32_t bytes);
void trace_mute(Proc *p);         /* it reads the trace: nothing that it does is traced any more */
const TraceShared *trace_shared(void); /* NULL: nothing was ever switched on */

#endif
