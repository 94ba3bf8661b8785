/*
 * srv_impl.h - what the files of the 9P server library share (lib9/srv*.c).
 */
#ifndef LIB9_SRV_IMPL_H
#define LIB9_SRV_IMPL_H
#include "lib9/srv.h"

enum {
	MSGHDR = 4 + 1 + 2,         /* size, type, tag */
	TAGHASH = 256,
	FIDMAX = 1 << 20,           /* fids of one link */
	KEEPMAX = 4096,             /* requests answered later, at one time */
	KEEPBYTES = 64 << 20,       /* and the bytes that they hold */
	MSIZE_FIRST = 8192,         /* longest message before Tversion */
	REPLYMIN = 512,             /* holds every reply but Rread and Rstat */
};

typedef int SrvOut(void *arg, const uint8_t *msg, size_t n);

struct SrvPriv {
	Fid **fids;                 /* hash by number, chained by Fid.next */
	size_t nbucket, nfid;       /* nbucket: power of two */
	Req *tags[TAGHASH];         /* kept requests */
	size_t nkept, kept_bytes;
	Req *spare;                 /* a free Req and its buffer */
	Fid *excl;                  /* open DMEXCL files */
	uint32_t msize;
	bool session;               /* Tversion was answered with 9P2000 */
	bool ended;                 /* srv_end ran: freed with the last kept Req */
	SrvOut *out;
	void *out_arg;
};

/* srv_fid.c */
Fid *fid_new(Srv *s, uint32_t number);          /* 1 reference, not in the table; NULL: no memory */
int fid_insert(Fid *f) MUST_USE;                /* the table's own reference; -Efidused, -Enomem */
void fid_unlink(Fid *f);                        /* and the table's reference; may free f */
Fid *fid_find(Srv *s, uint32_t number);         /* borrowed, NULL: none */
Fid *fid_get(Fid *f);
void fid_put(Fid *f);                           /* NULL ok; last: ORCLOSE, clunk, free */
Fid *fid_clone(Fid *from, uint32_t number, int *rc); /* same file, not open; NULL: *rc */
int fid_uid(Fid *f, Str uname) MUST_USE;        /* sets f->uid, shared by its clones */
void fid_clunk_all(Srv *s);
void fid_exclude(Fid *f);                       /* f holds its DMEXCL file */
bool fid_excluded(Srv *s, uint64_t path);

/* srv_perm.c: rules that need no request */
int srv_name_check(Str name) MUST_USE;              /* of a file that is to exist; -Ebadname, -Ebadchar */
int fid_stat(Fid *f, Dir *d) MUST_USE;          /* the server's stat; no string is NULL */
int perm_check(Fid *f, int want) MUST_USE;      /* AREAD | AWRITE | AEXEC */
int perm_parent(Fid *f) MUST_USE;               /* may f be removed, renamed? */
int mode_access(uint8_t mode);                  /* open mode -> AREAD …, or -Ebadmode */
int wstat_check(Req *r, const Dir *now, Dir *d) MUST_USE; /* and makes unchanged fields null */

/* srv_op.c: one row per request. start checks and calls the handler; done is
 * run when the answer is known, before the reply is packed. */
typedef struct SrvOp SrvOp;
struct SrvOp {
	int (*start)(Req *r);
	void (*done)(Req *r, int rc);   /* NULL: nothing to do */
	bool fid;                   /* in.fid must be known: r->fid */
};
const SrvOp *srv_op_find(uint8_t type);             /* NULL: not a request */

/* srv.c */
int srv_start(Srv *s);                          /* s->priv exists */
int srv_refuse(Srv *s, const uint8_t *head, SrvOut *out, void *arg); /* too long; head: MSGHDR bytes */
int req_room(Req *r, size_t n) MUST_USE;        /* r->buf holds n bytes */
Req *req_new(Srv *s);                           /* NULL: no memory */
void req_settle(Req *r, int rc);                /* its handler returned rc: reply or keep */
void req_orphan_all(Srv *s);                    /* kept requests: no reply goes out, end soon */
Req *req_find(Srv *s, uint16_t tag);
#endif
