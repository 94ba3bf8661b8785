/*
 * servant_impl.h - a servant's methods as CORE calls them: the servant's own,
 * or the default of core/servant.c. Arguments and results as in struct Servant.
 */
#ifndef CORE_SERVANT_IMPL_H
#define CORE_SERVANT_IMPL_H
#include "core/core.h"

int servant_attach_call(const Servant *s, const char *spec, Chan **out);
int64_t servant_walk(Chan *c, Chan *nc, const Str *name, size_t n, Qid *qid);
int64_t servant_stat_call(Chan *c, uint8_t *buf, size_t n);
int servant_open(Chan *c, int omode);
int servant_create(Chan *c, Str name, int omode, uint32_t perm);
int64_t servant_read(Chan *c, void *buf, size_t n, uint64_t off);
int64_t servant_write(Chan *c, const void *buf, size_t n, uint64_t off);
int servant_remove(Chan *c);
int servant_wstat(Chan *c, const uint8_t *buf, size_t n);
#endif
