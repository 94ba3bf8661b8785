/*
 * srv.h - the 9P2000 server library: it owns fids, tags, flush, msize, open
 * modes and permissions; a server supplies its file tree through SrvOps.
 *
 * A server is main() { ...; srv_run(&srv, 0, 1) or srv_post(&srv, "name"); }.
 * Handlers run one after the other in the server's thread. A handler's value
 * is the reply: 0 reply now with r->out; < 0 (-Exxx from seterr) Rerror;
 * SRV_LATER: srv_reply(r, rc) follows, exactly once (asserted). After
 * SRV_LATER r->in's views have moved: take them from r again, keep no copies.
 *
 * What was checked before a handler runs: fids and tags, that the fid is (not)
 * open and in the right mode, file or directory, names (UTF-8, no NUL, no '/',
 * not empty, "." or ".."), mode and perm bits, counts (cut to msize), and with
 * check_perm the uid's permissions. A server checks what only it knows: that a
 * name exists or doesn't, that a directory is empty, that there is room.
 * SEE lib9/srv.c and lib9/srv_*.c; servers/ramfs is the smallest real server.
 */
#ifndef LIB9_SRV_H
#define LIB9_SRV_H
#include "lib9/fcall.h"

typedef struct Srv Srv;
typedef struct SrvOps SrvOps;
typedef struct Fid Fid;
typedef struct Req Req;

enum { SRV_LATER = 1 };

struct Fid {
	uint32_t fid;
	Qid qid;            /* attach, walk1, create set it */
	int omode;          /* -1: not open */
	const char *uid;    /* of the attach */
	void *aux;          /* the server's own */
	/* private to the library */
	Srv *srv;
	Fid *next;
	uint32_t refs;
	uint64_t dir_offset;/* where the next directory read must start */
	size_t dir_index;   /* and which entry that is */
	bool rclose;
	bool linked;        /* in the table, under .fid */
	bool fresh;         /* attach is not answered yet */
	bool opening;       /* open or create is not answered yet */
	bool has_aux;       /* clunk is due */
	uint64_t root;      /* qid.path of the attach */
	Fid *excl;          /* list of open DMEXCL files */
};

struct Req {
	Srv *srv;
	Fid *fid;           /* NULL for Tversion, Tflush */
	Fid *newfid;        /* Twalk */
	Fcall in, out;      /* in's Strs point into the request's buffer, valid until the reply */
	uint8_t *data;      /* Tread: room for in.count bytes, already cut to msize */
	void *aux;
	/* private */
	Req *next;                    /* same tag hash */
	Req *flushers, **flushers_end;/* Tflush requests that wait for this one */
	Req *flush_next;
	uint8_t *buf;                 /* the reply is packed here */
	size_t buf_size;
	const uint8_t *msg;           /* the request; a copy when kept */
	size_t nmsg;
	size_t kept_bytes;
	bool answered, flushed, kept, orphan, in_handler, internal, opens;
};

/* Everything not listed as "must" may be NULL: the default is in brackets. */
struct SrvOps {
	int (*attach)(Req *r);                    /* must: r->fid->qid/aux; in.aname, in.uname */
	int (*walk1)(Fid *f, Str name, Qid *out); /* must: moves f one step and says its qid; ".." too (the
						     library stops it at the attach root, and asks a
						     file's fid for it when check_perm) */
	int (*clone)(Fid *from, Fid *to);         /* copies aux [to->aux = from->aux] */
	int (*open)(Req *r);                      /* [0] in.mode; permission by stat's mode was checked */
	int (*create)(Req *r);                    /* [-Eperm] in.name, in.perm, in.mode; sets fid->qid/aux */
	int (*read)(Req *r);                      /* [-Eperm] fills r->data, sets out.count; out.data elsewhere
						     is copied. Files only unless dirent is NULL */
	int (*dirent)(Fid *f, size_t index, Dir *d); /* entry number index of a directory: 1 filled in,
						     0 no more; the library packs and pages them */
	int (*write)(Req *r);                     /* [-Eperm] in.data; sets out.count */
	int (*remove)(Req *r);                    /* [-Eperm] the fid is clunked in any case */
	int (*stat)(Fid *f, Dir *d);              /* must */
	int (*wstat)(Req *r, const Dir *d);       /* [-Eperm] check all, then act; d as dir_null() where
						     unchanged, valid during the call; all unchanged:
						     write the file to the disk */
	void (*clunk)(Fid *f);                    /* [nothing] the last use of aux */
	void (*flush)(Req *old);                  /* [wait for it] must make srv_reply(old, -Eintr) happen soon */
	void (*end)(Srv *s);                      /* [nothing] the link hung up: all fids are clunked already */
	void (*idle)(Srv *s);                     /* [nothing] no request is waiting: write back caches now.
						     Comes after nearly every request when one client
						     asks one thing at a time */
};

struct Srv {
	const SrvOps *ops;
	const char *name;         /* for traces and errors */
	void *aux;
	uint32_t msize_max;       /* 0: 1 MiB + 24 */
	bool check_perm;          /* the library checks open modes against stat's mode for the uid */
	void (*start)(Srv *s);    /* NULL, or called by srv_run in the serving process, before requests */
	void (*trace)(Srv *s, bool reply, const Fcall *f); /* NULL: off; each message */
	/* private to the library follows; zero it */
	struct SrvPriv *priv;
};

/* srv_run serves one link until it hangs up. 0, or -Exxx for a broken link.
 * fdin may be == fdout. Blocking. */
int srv_run(Srv *s, int fdin, int fdout);
/* srv_msg feeds one whole request message, as srv_run does (fuzzers, tests);
 * replies go to `out`. */
int srv_msg(Srv *s, const uint8_t *msg, size_t n, int (*out)(void *arg, const uint8_t *msg, size_t n), void *arg);
/* srv_serve is srv_run over any two functions: rd returns the count, 0 at the
 * end; wr writes all n. Both return -Exxx. */
typedef int64_t SrvRead(void *arg, void *buf, size_t n);
typedef int64_t SrvWrite(void *arg, const void *buf, size_t n);
int srv_serve(Srv *s, SrvRead *rd, SrvWrite *wr, void *arg);
/* srv_end: the link is gone. Clunks all fids; requests not answered yet stay
 * valid until srv_reply, which then sends nothing. */
void srv_end(Srv *s);
void srv_reply(Req *r, int rc);
/* srv_post makes a pipe, posts one end as /srv/NAME (mode 0600), forks the
 * serving process (unless stay) and serves the other end. Returns in the parent
 * only: 0, or -Exxx; the serving process exits. With stay: when the link ends.
 * srv_run and srv_post are in programs only: lib9/sys/srvpost.c. */
int srv_post(Srv *s, const char *name, bool stay);
/* srv_postmount also mounts the tree on the directory mnt, with mount's flag,
 * before it returns; name and mnt may be NULL. */
int srv_postmount(Srv *s, const char *name, const char *mnt, int flag);
/* srv_check: has s what a server must have? 0, or -Ebadarg. The functions above ask it
 * before they do anything. */
int srv_check(const Srv *s) MUST_USE;
/* srv_time: seconds since 1970, for files' times; a hundredth of a second old at
 * most. CORE is asked no oftener than that: a server reads the clock with each
 * request. For the server's thread alone; programs only. */
int64_t srv_time(void);
#endif
