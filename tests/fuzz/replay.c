/*
 * tests/fuzz/replay.c - main for a fuzz target without a fuzzer: gives it each
 * file that is named, and each file in a directory that is named.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count;

static int
file_run(const char *name)
{
	FILE *f = fopen(name, "rb");
	struct stat st;
	uint8_t *data;
	size_t n;

	if (f == NULL || fstat(fileno(f), &st) < 0) {
		perror(name);
		if (f != NULL)
			fclose(f);
		return 1;
	}
	n = (size_t)st.st_size;
	data = malloc(n > 0 ? n : 1); /* exact: the sanitizer sees a byte too far */
	if (data == NULL || fread(data, 1, n, f) != n) {
		fprintf(stderr, "%s: can't read\n", name);
		fclose(f);
		free(data);
		return 1;
	}
	fclose(f);
	(void)LLVMFuzzerTestOneInput(data, n);
	free(data);
	count++;
	return 0;
}

static int
path_run(const char *name)
{
	DIR *d = opendir(name);
	int bad = 0;

	if (d == NULL)
		return file_run(name);
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		char path[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", name, e->d_name);
		bad |= file_run(path);
	}
	closedir(d);
	return bad;
}

int
main(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad |= path_run(argv[i]);
	printf("%s: %zu inputs\n", argv[0], count);
	return bad || count == 0;
}
