/*
 * sim/u9fs/dir.c - stat entries, and directories as lists of them.
 *
 * A directory's names are all read when its first entry is asked for; each entry's
 * status is that of the moment in which the entry is read. So a reader sees each name
 * once, however the directory changes; what is gone by then is left out.
 *
 * QID     path is the inode number, with the file system's number (in the order in
 *         which they were met) in the upper 16 bits; an inode number longer than 48
 *         bits is mixed into 63 bits instead. vers is mixed from the times of
 *         last change and the size.
 * LIMITS  NAMES_MAX bytes of names in all open directories
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>
#include "sim/u9fs/u9fs.h"

enum { NDEV = 0x7FFF, INO_BITS = 48, NAMES_MAX = 64 << 20, NUSER = 64, USER_SIZE = 64 };

struct Udir {
	char *names;            /* each with its NUL */
	size_t size, room;
	size_t *at;             /* where each begins */
	size_t n;
	size_t gone;            /* of those read so far, how many were there no more */
};
static size_t names_size;       /* of all */

/* ---- qids ---- */

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x7FB5D329728EA185u;
	x ^= x >> 27;
	x *= 0x81DADEF4BC2DD44Du;
	return x ^ x >> 33;
}

static uint64_t
qid_path(dev_t dev, ino_t ino)
{
	static dev_t known[NDEV];
	static size_t n;
	size_t i = 0;

	while (i < n && known[i] != dev)
		i++;
	if (i == n && n < NDEV)
		known[n++] = dev;
	if (i < NDEV && (uint64_t)ino >> INO_BITS == 0)
		return (uint64_t)i << INO_BITS | (uint64_t)ino;
	return 1ull << 63 | mix(mix(ino) + dev);
}

Qid
qid_make(const struct stat *st, uint32_t bits)
{
	uint64_t change = mix((uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec);
	uint64_t status = (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec;

	return (Qid){ .path = qid_path(st->st_dev, st->st_ino),
		.vers = (uint32_t)mix(change + mix(status + (uint64_t)st->st_size)),
		.type = (uint8_t)((S_ISDIR(st->st_mode) ? QTDIR : 0) | bits >> 24) };
}

/* ---- names of users and groups, as the host calls them ---- */

typedef struct User User;
struct User {
	uint32_t id;
	char name[USER_SIZE];   /* "": free */
};

static const char *
id_name(User cache[NUSER], uint32_t id, bool group)
{
	User *u = &cache[id % NUSER];
	const char *name = NULL;

	if (u->name[0] != '\0' && u->id == id)
		return u->name;
	if (group) {
		struct group *g = getgrgid((gid_t)id);

		name = g != NULL ? g->gr_name : NULL;
	} else {
		struct passwd *p = getpwuid((uid_t)id);

		name = p != NULL ? p->pw_name : NULL;
	}
	u->id = id;
	if (name == NULL || name[0] == '\0' || strlen(name) >= USER_SIZE || !utf8_valid(str_of(name)))
		snprintf(u->name, sizeof u->name, "%u", (unsigned)id);
	else
		snprintf(u->name, sizeof u->name, "%s", name);
	return u->name;
}

const char *
user_name(uid_t uid)
{
	static User cache[NUSER];

	return id_name(cache, (uint32_t)uid, false);
}

const char *
group_name(gid_t gid)
{
	static User cache[NUSER];

	return id_name(cache, (uint32_t)gid, true);
}

int
group_find(const char *name, gid_t *gid)
{
	struct group *g = getgrnam(name);
	uint64_t number = 0;

	if (g != NULL)
		*gid = g->gr_gid;
	else if (parse_u64(name, strlen(name), &number) < 0 || number >= UINT32_MAX)
		return seterr(Ebadarg, "no group %s on the host", name);
	else
		*gid = (gid_t)number;
	return 0;
}

/* ---- entries ---- */

static uint32_t
seconds(const struct timespec *t)
{
	return t->tv_sec < 0 ? 0 : t->tv_sec > UINT32_MAX - 1 ? UINT32_MAX - 1 : (uint32_t)t->tv_sec;
}

void
dir_make(Dir *d, const struct stat *st, uint32_t bits, const char *name)
{
	static char name9[NAME9_MAX + 1];

	if (*name == '\0')
		strcpy(name9, "/");
	else
		name_to_9p(name9, name);
	*d = (Dir){ .qid = qid_make(st, bits), .mode = bits, .name = name9, .uid = user_name(st->st_uid),
		.gid = group_name(st->st_gid), .muid = user_name(st->st_uid),
		.atime = seconds(&st->st_atim), .mtime = seconds(&st->st_mtim) };
	if (S_ISREG(st->st_mode)) {
		d->mode |= st->st_mode & 0777;
		d->length = (uint64_t)st->st_size;
	} else if (S_ISDIR(st->st_mode)) {
		d->mode |= DMDIR | (st->st_mode & 0777);
	} /* else nobody may do anything with it */
}

static void
udir_clear(Udir *d)
{
	names_size -= d->room;
	free(d->names);
	free(d->at);
	*d = (Udir){ 0 };
}

void
udir_free(Udir *d)
{
	if (d == NULL)
		return;
	udir_clear(d);
	free(d);
}

static int
udir_add(Udir *d, const char *name)
{
	size_t n = strlen(name) + 1;

	if (n > d->room - d->size) {
		size_t room = d->room > 0 ? 2 * d->room : 4096;
		char *names = names_size + (room - d->room) <= NAMES_MAX ? realloc(d->names, room) : NULL;

		if (names == NULL)
			return seterr(Enomem, "directory");
		names_size += room - d->room;
		d->names = names;
		d->room = room;
	}
	if ((d->n & (d->n - 1)) == 0) { /* a power of two: full */
		size_t *at = realloc(d->at, (d->n > 0 ? 2 * d->n : 1) * sizeof *at);

		if (at == NULL)
			return seterr(Enomem, "directory");
		d->at = at;
	}
	d->at[d->n++] = d->size;
	memcpy(d->names + d->size, name, n);
	d->size += n;
	return 0;
}

static int
udir_read(Udir *d, const Ufile *f)
{
	int fd = ufile_open(f, O_RDONLY | O_DIRECTORY), rc = 0;
	struct dirent *e;
	DIR *dir;

	if (fd < 0)
		return fd;
	if ((dir = fdopendir(fd)) == NULL) {
		rc = host_error(errno, NULL);
		close(fd);
		return rc;
	}
	udir_clear(d);
	while (rc == 0 && (errno = 0, e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = udir_add(d, e->d_name);
	if (rc == 0 && errno != 0)
		rc = host_error(errno, NULL);
	closedir(dir);
	return rc;
}

/* The DMAPPEND and DMEXCL of a name in a directory. */
static uint32_t
name_bits(int dirfd, const char *name, const struct stat *st)
{
	uint32_t bits = 0;
	int fd;

	if (!S_ISREG(st->st_mode) || !(st->st_mode & S_ISVTX))
		return 0;
	if ((fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) >= 0) {
		bits = attr_get(fd, st);
		close(fd);
	}
	return bits;
}

int
udir_entry(Ufid *f, size_t i, Dir *d)
{
	Udir *u = f->dir;
	struct stat st;
	int rc = 0, fd;

	if (u == NULL && (u = f->dir = calloc(1, sizeof *u)) == NULL)
		return seterr(Enomem, NULL);
	if (i == 0 && (rc = udir_read(u, f->file)) < 0)
		return rc;
	if (i + u->gone >= u->n)
		return 0;
	if ((fd = ufile_fd(f->file)) < 0)
		return fd;
	for (; i + u->gone < u->n; u->gone++) {
		const char *name = u->names + u->at[i + u->gone];

		rc = ufile_look(f->file, fd, name, &st);
		if (rc == -Enonexist)
			continue;
		if (rc == 0)
			dir_make(d, &st, name_bits(fd, name, &st), name);
		break;
	}
	close(fd);
	return i + u->gone >= u->n ? 0 : rc < 0 ? rc : 1;
}
