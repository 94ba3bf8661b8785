/*
 * mnt.h - what CORE calls of the mount servant #M beyond its methods: the calls
 * behind fversion, fauth and mount. A link is an open handle, for reading and
 * writing, of a pipe or connection at whose other end a 9P server is.
 */
#ifndef SERVANTS_MNT_H
#define SERVANTS_MNT_H
#include "core/core.h"

/*
 * mnt_version negotiates, once per link: msize 0 and version NULL or "" mean
 * the defaults. The version agreed on goes to out, with a NUL. Its length, or
 * -Enovers, -Eshort (n too small), -Ebadusefd (link not open for both), or the
 * link's error. May block. Later calls give the first one's answer.
 * SOURCE fversion(2).
 */
int mnt_version(Chan *link, uint32_t msize, const char *version, char *out, size_t n) MUST_USE;
/* mnt_auth: *out is an open handle of the authentication file; -Enoauth or the
 * server's error when it wants none. SOURCE fauth(2). */
int mnt_auth(Chan *link, const char *uname, const char *aname, Chan **out) MUST_USE;
/*
 * mnt_attach: *out is a handle of the root of the server's tree aname, for user
 * uname; auth is mnt_auth's handle or NULL. flag is mount's. Negotiates the
 * version when nobody did. The handle holds a reference on link. Of MCACHE's
 * files CORE keeps data (mnt_cache.c).
 * SOURCE mount in bind(2), attach(5).
 */
int mnt_attach(Chan *link, Chan *auth, const char *uname, const char *aname, int flag, Chan **out) MUST_USE;
/* mnt_cache_text: a line about what is kept, for the debug shell; its length. */
int mnt_cache_text(char *text, size_t n);
/* mnt_linkclose frees what link->mux still holds. Its last chan_put calls it. */
void mnt_linkclose(Chan *link);
#endif
