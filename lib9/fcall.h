/*
 * fcall.h - 9P2000 messages (section 5 of the Plan 9 manual): one table in
 * fcall.c drives pack, unpack and print.
 */
#ifndef LIB9_FCALL_H
#define LIB9_FCALL_H
#include "lib9/lib9.h"

enum {
	Tversion = 100, Rversion, Tauth, Rauth, Tattach, Rattach, Terror, Rerror,
	Tflush, Rflush, Twalk, Rwalk, Topen, Ropen, Tcreate, Rcreate, Tread, Rread,
	Twrite, Rwrite, Tclunk, Rclunk, Tremove, Rremove, Tstat, Rstat, Twstat, Rwstat,
	Tmax
};
#define NOTAG 0xFFFFu
#define NOFID 0xFFFFFFFFu
enum { MAXWELEM = 16, IOHDRSZ = 24, MSIZE_MIN = 256, MSIZE_MAX = (1 << 20) + IOHDRSZ };

typedef struct Fcall Fcall;
struct Fcall {
	uint8_t type;
	uint16_t tag;
	uint32_t fid, newfid, afid, msize, iounit, perm, count;
	uint16_t oldtag, nwname, nwqid;
	uint8_t mode;
	uint64_t offset;
	Qid qid, aqid, wqid[MAXWELEM];
	Str version, uname, aname, name, ename, wname[MAXWELEM]; /* views into the buffer */
	const uint8_t *data;   /* Rread, Twrite: count bytes */
	const uint8_t *stat;   /* Rstat, Twstat: nstat bytes, one dir_unpack()able entry */
	uint16_t nstat;
};

/* fcall_unpack reads exactly n bytes. 0 or -Ebadmsg; never reads past n. */
int fcall_unpack(Fcall *f, const uint8_t *buf, size_t n) MUST_USE;
/* fcall_pack: the size, or -Eshort when buf of n bytes is too small, or -Ebadmsg. */
int fcall_pack(const Fcall *f, uint8_t *buf, size_t n) MUST_USE;
/* fcall_header packs all but the data of Rread/Twrite, which the caller has put
 * behind it at buf + the value returned; size field counts f->count too. */
int fcall_header(const Fcall *f, uint8_t *buf, size_t n) MUST_USE;
/* as people write it: Twalk tag 3 fid 12 newfid 13 "x" "y" */
char *fcall_str(char *buf, size_t n, const Fcall *f);
/* fcall_text writes a message as it is on the wire, of which the first have bytes are
 * kept, in the same way: what was cut is told by its length, nonsense as such. */
char *fcall_text(char *buf, size_t n, const uint8_t *msg, size_t have);
/* fcall_quote: n bytes in quotes, what a terminal should not get escaped; cut where the
 * buffer ends. */
char *fcall_quote(char *buf, size_t size, const char *s, size_t n);
const char *fcall_name(uint8_t type);  /* "Twalk"; NULL: no such message */
uint32_t get32(const uint8_t *p);
#endif
