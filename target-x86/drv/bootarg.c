/*
 * bootarg.c - the words key=value after the file's name in the command line of the
 * boot module "core".
 * LOCKS   bootarg_lk guards the reading of it; leaf
 * SEE     doc/boot.md
 */
#include "core/core.h"
#include "hvm/hvm.h"

enum { LINE_MAX = 1024 };

static struct {
	QLock lk;
	bool known;               /* lk */
	char line[LINE_MAX];      /* immutable once known */
} args;

/* The last component of the path that is the line's first word. */
static bool
is_core(const char *line)
{
	size_t n = strcspn(line, " "), at = n;

	while (at > 0 && line[at - 1] != '/')
		at--;
	if (n - at == 4 && strncmp(line + at, "core", 4) == 0)
		return true;
	for (const char *p = line + n; (p = strstr(p, " name=core")) != NULL; p++)
		if (p[10] == '\0' || p[10] == ' ')
			return true;
	return false;
}

static const char *
args_line(void)
{
	uint64_t pa;
	size_t size;

	qlock(&args.lk);
	for (int i = 0; !args.known; i++)
		if (hvm_bootinfo(i, &pa, &size, args.line, sizeof args.line) < 0) {
			args.line[0] = '\0';
			args.known = true;
		} else {
			args.known = is_core(args.line);
		}
	qunlock(&args.lk);
	return args.line;
}

int
plat_bootarg(const char *key, char *value, size_t n)
{
	size_t k = strlen(key), len;
	const char *p = args_line();

	for (p += strcspn(p, " "); *p == ' '; p += strcspn(p, " ")) {
		p++;
		if (strncmp(p, key, k) != 0 || p[k] != '=')
			continue;
		p += k + 1;
		len = strcspn(p, " ");
		snprintf(value, n, "%.*s", (int)len, p);
		return 0;
	}
	return -Enonexist;
}
