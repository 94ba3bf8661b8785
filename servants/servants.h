/*
 * servants.h - what CORE calls of single servants, beyond the method table.
 * The list of servants, in start order, is servants.def.
 */
#ifndef SERVANTS_SERVANTS_H
#define SERVANTS_SERVANTS_H
#include "core/core.h"

#define X(n) extern const Servant servant_##n;
#include "servants/servants.def"
#undef X
/* more.c: those of make SERVANTS=..., in its place one that the Makefile writes. NULL
 * behind the last. */
extern const Servant *const servants_more[];

/* root.c: where a file of #R lies in memory, page-aligned, so that HVM maps a
 * program from there. 0, or -Ebadusefd when c is not such a file. */
int root_phys(Chan *c, uint64_t *pa, size_t *size);

/*
 * env.c: environment groups. CORE only counts and copies them (rfork); the
 * content is #e's. egrp_new and egrp_copy: 1 reference, NULL: no memory.
 */
Egrp *egrp_new(void);
Egrp *egrp_copy(Egrp *e);
Egrp *egrp_get(Egrp *e);
void egrp_put(Egrp *e);                            /* NULL ok */

/* srv.c: the name under which a handle is posted in #s; false: it isn't. May
 * sleep, calls no servant. */
enum { SRVNAME_MAX = 64 };
bool srv_name(const Chan *posted, char *name, size_t n);

#endif
