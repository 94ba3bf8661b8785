/*
 * cmd/edit/file.c - loading and saving. What is on the disk is never touched before all
 * of the new text is there: it goes to NAME.new, which then takes the place of NAME. Only
 * where no file can be made beside it (/env, a directory of others) it is written over.
 */
#include "cmd/edit/edit.h"

const char *file_name;
bool file_new;
static Dir *known;              /* what the file was when we last read or wrote it */

static char *
read_all(int fd, size_t *size)
{
	size_t room = 64 << 10;
	char *s = malloc(room);
	int64_t n;

	*size = 0;
	while (s != NULL && (n = read(fd, s + *size, (int64_t)(room - *size))) != 0) {
		if (n < 0) {
			free(s);
			return NULL;
		}
		*size += (size_t)n;
		if (*size == room) {
			char *more = realloc(s, room *= 2);

			if (more == NULL)
				free(s);
			s = more;
		}
	}
	return s;
}

bool
file_load(const char *name)
{
	int fd = open(name, OREAD);
	size_t n;
	char *s;

	file_name = name;
	if (fd == -Enonexist) {
		file_new = true;
		text_load(cmd_alloc(NULL, 1), 0);
		return true;
	}
	if (fd < 0)
		return false;
	known = dirfstat(fd);
	if (known != NULL && (known->mode & DMDIR)) {
		close(fd);
		(void)seterr(Eisdir, NULL);
		return false;
	}
	s = read_all(fd, &n);
	close(fd);
	if (s == NULL)
		return false;
	text_load(s, n);
	return true;
}

bool
file_changed_outside(void)
{
	Dir *d = dirstat(file_name);
	bool changed = known != NULL ? d == NULL || d->length != known->length || d->mtime != known->mtime ||
	    d->qid.path != known->qid.path : d != NULL && file_new;

	free(d);
	return changed;
}

/* All of the text to fd, and closes it. */
static bool
write_all(int fd)
{
	uint64_t size = 0;
	Biobuf b;
	Dir *d;
	bool good;

	if (Binit(&b, fd, OWRITE) < 0) {
		close(fd);
		return false;
	}
	for (size_t i = 0; i < text_lines(); i++) {
		Str l = text_line(i);

		if (i > 0)
			Bputc(&b, '\n');
		Bwrite(&b, l.s, (int64_t)l.n);
		size += l.n + (i > 0);
	}
	good = Bflush(&b) >= 0 && Berror(&b) == 0;
	Bterm(&b);
	d = good ? dirfstat(fd) : NULL;
	if (d != NULL && d->length != size && d->length != 0) {
		(void)seterr(Eio, "%llu of %llu bytes arrived", (unsigned long long)d->length, (unsigned long long)size);
		good = false;
	}
	free(d);
	close(fd);
	return good;
}

static void
remember(const char *name)
{
	free(known);
	known = dirstat(name);
	file_new = false;
	text_saved();
}

/* NAME.new becomes NAME. */
static bool
take_place(const char *fresh, const char *name, bool there, char **why)
{
	Dir d;

	if (there && remove(name) < 0) {
		*why = smprint("%s can't be replaced: %s. It is as it was", name, err_reason());
		return false;
	}
	dir_null(&d);
	d.name = cmd_base(name);
	if (dirwstat(fresh, &d) < 0) {
		*why = smprint("the text is in %s, which can't be renamed: %s", fresh, err_reason());
		return false;
	}
	return true;
}

static bool
overwrite(const char *name, bool there, uint32_t mode, char **why)
{
	int fd = there ? open(name, OWRITE | OTRUNC) : create(name, OWRITE | OEXCL, mode);

	if (fd >= 0 && write_all(fd))
		return true;
	*why = smprint(fd >= 0 ? "%s is not whole: %s. Save it elsewhere (^O)" : "can't write %s: %s", name, err_reason());
	return false;
}

/* No file can be made there, but NAME itself may be written. */
static bool
forbidden(int rc)
{
	return rc == -Eperm || rc == -Enocreate || rc == -Ereadonly || rc == -Ebadname || rc == -Ebadchar || rc == -Etoobig;
}

bool
file_save(const char *name, char **why)
{
	Dir *d = dirstat(name);
	bool there = d != NULL, good = false, made = false;
	uint32_t mode = there ? d->mode & 0777 : 0666;
	bool plain = !there || ((d->mode & (DMDIR | DMAPPEND | DMEXCL)) == 0 && d->type == 'M');
	char *fresh = smprint("%s.new", name);
	int fd = -1;

	*why = NULL;
	if (there && (d->mode & DMDIR)) {
		*why = smprint("%s is a directory", name);
	} else if (there && access(name, AWRITE) < 0) {
		*why = smprint("%s can't be written: %s", name, err_reason());
	} else {
		if (plain && there && fresh != NULL)
			fd = create(fresh, OWRITE | OEXCL, mode);
		made = fd >= 0;
		if (fd == -Eexist)
			*why = smprint("%s is in the way: an earlier save that failed? Look at it, then remove it", fresh);
		else if (!made && plain && there && !forbidden(fd))
			*why = smprint("can't create %s: %s. %s is as it was", fresh, err_reason(), name);
		else if (!made)
			good = overwrite(name, there, mode, why);
		else if (!write_all(fd))
			*why = smprint("can't write: %s. %s is as it was", err_reason(), name);
		else
			good = take_place(fresh, name, there, why);
		if (made && !good && access(name, AEXIST) == 0)
			remove(fresh);
	}
	if (good)
		remember(name);
	free(fresh);
	free(d);
	return good;
}

void
file_rescue(void)
{
	char *name = smprint("%s.hup", file_name == NULL ? "edit" : file_name);
	int fd = !text_changed() || name == NULL ? -1 : create(name, OWRITE, 0600);

	if (fd >= 0)
		write_all(fd);
	free(name);
}
