/*
 * sim/host/mkroot.c - makes the root archive (lib9/rootar.h).
 * USAGE   mkroot ARCHIVE /path/in/archive=FILE ...
 * Folders that a path needs are made. ELF files lose their debug sections
 * (objcopy), and begin at a page each; other files lie one behind the other.
 * The archive's time is that of the newest file, so that the same
 * files give the same bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib9/rootar.h"

enum { PAGE = 4096, WORD = 8, MAXENT = 4096 };

static RootEnt ent[MAXENT];
static const char *source[MAXENT]; /* NULL: a folder */
static uint32_t nent;

static void
die(const char *what)
{
	fprintf(stderr, "mkroot: %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool
path_known(const char *path)
{
	for (uint32_t i = 0; i < nent; i++)
		if (strcmp(ent[i].path, path) == 0)
			return true;
	return false;
}

static void
ent_add(const char *path, uint32_t mode, const char *from)
{
	if (nent == MAXENT || strlen(path) >= sizeof ent[0].path) {
		errno = ENAMETOOLONG;
		die(path);
	}
	source[nent] = from;
	ent[nent].mode = mode;
	strcpy(ent[nent++].path, path);
}

static void
parents_add(const char *path)
{
	char dir[sizeof ent[0].path];

	for (const char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		snprintf(dir, sizeof dir, "%.*s", (int)(p - path), path);
		if (!path_known(dir))
			ent_add(dir, 0x80000000u | 0755, NULL);
	}
}

static bool
file_is_elf(const char *file)
{
	char magic[4] = "";
	int fd = open(file, O_RDONLY);

	if (fd < 0 || read(fd, magic, 4) != 4)
		magic[0] = '\0';
	if (fd >= 0)
		close(fd);
	return memcmp(magic, "\177ELF", 4) == 0;
}

/* The bytes of one file, without debug sections if it is a program. */
static char *
file_bytes(const char *file, size_t *size, bool elf)
{
	char tmp[] = "/tmp/mkrootXXXXXX";
	struct stat st;
	const char *from = file;
	char *data;
	int fd, status = 1;

	if (elf) {
		if ((fd = mkstemp(tmp)) < 0)
			die(tmp);
		close(fd);
		pid_t pid = fork();
		if (pid == 0) {
			execlp("objcopy", "objcopy", "--strip-all", file, tmp,
			    (char *)NULL);
			_exit(127);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
			die("objcopy");
		from = tmp;
	}
	if ((fd = open(from, O_RDONLY)) < 0 || fstat(fd, &st) < 0)
		die(file);
	*size = (size_t)st.st_size;
	data = malloc(*size + 1);
	if (data == NULL || read(fd, data, *size) != (ssize_t)*size)
		die(file);
	close(fd);
	if (elf)
		unlink(tmp);
	return data;
}

/* Zeros from off to the next multiple of align, which is given back. */
static uint64_t
pad_to(FILE *out, uint64_t off, uint64_t align)
{
	static const char zero[PAGE];
	size_t n = -off & (align - 1);

	fwrite(zero, 1, n, out);
	return off + n;
}

int
main(int argc, char **argv)
{
	RootHead head = { .magic = "LP49ROOT" };
	uint64_t off;
	FILE *out;

	if (argc < 2) {
		fprintf(stderr, "usage: mkroot ARCHIVE /path=FILE ...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		char *eq = strchr(argv[i], '=');
		struct stat st;

		if (argv[i][0] != '/' || eq == NULL) {
			fprintf(stderr, "mkroot: want /path=FILE: %s\n", argv[i]);
			return 2;
		}
		*eq = '\0';
		parents_add(argv[i]);
		if (path_known(argv[i])) {
			fprintf(stderr, "mkroot: %s twice\n", argv[i]);
			return 1;
		}
		if (stat(eq + 1, &st) < 0)
			die(eq + 1);
		if ((uint32_t)st.st_mtime > head.mtime)
			head.mtime = (uint32_t)st.st_mtime;
		ent_add(argv[i], st.st_mode & 0111 || strstr(eq + 1, ".rc") != NULL ? 0555 : 0444,
		    eq + 1);
	}
	head.count = nent;
	off = (sizeof head + nent * sizeof ent[0] + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	if ((out = fopen(argv[1], "wb")) == NULL)
		die(argv[1]);
	fseek(out, (long)off, SEEK_SET);
	for (uint32_t i = 0; i < nent; i++) {
		size_t size;
		char *data;
		bool elf;

		if (source[i] == NULL)
			continue;
		elf = file_is_elf(source[i]);
		data = file_bytes(source[i], &size, elf);
		off = pad_to(out, off, elf ? PAGE : WORD);
		ent[i].offset = off;
		ent[i].size = size;
		fwrite(data, 1, size, out);
		off += size;
		free(data);
	}
	head.size = pad_to(out, off, PAGE);
	fseek(out, 0, SEEK_SET);
	fwrite(&head, sizeof head, 1, out);
	fwrite(ent, sizeof ent[0], nent, out);
	if (ferror(out) || fclose(out) != 0)
		die(argv[1]);
	return 0;
}
