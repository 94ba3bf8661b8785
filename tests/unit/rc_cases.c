/*
 * tests/unit/rc_cases.c - the cases of tests/rc/X.cases over Linux (format and
 * the same on LP49: tests/rc/cases.pl), and those of tests/rc/linux/X.cases,
 * which name Linux's programs or print a status, which is different there.
 * LP49_RC_WRITE=1 writes the files anew: read them before you believe.
 */
#include "tests/unit/rc_help.h"

typedef struct Case Case;
struct Case {
	char *script, *out, *err; /* each with its lines, malloc'd */
	bool failed;
	int line;
};

static const char *const files[] = {
	"tests/rc/commands.cases", "tests/rc/errors.cases", "tests/rc/fn.cases", "tests/rc/here.cases",
	"tests/rc/redir.cases", "tests/rc/words.cases", "tests/rc/linux/language.cases",
};

static char *
text_add(char *text, const char *line)
{
	size_t n = text == NULL ? 0 : strlen(text);

	text = realloc(text, n + strlen(line) + 1);
	strcpy(text + n, line);
	return text;
}

static void
case_clear(Case *c)
{
	free(c->script);
	free(c->out);
	free(c->err);
	*c = (Case){ .line = c->line };
}

/* The next case of the file; false: there is none. */
static bool
case_read(FILE *f, Case *c)
{
	char line[4096], **part = NULL;

	case_clear(c);
	c->script = text_add(NULL, "");
	c->out = text_add(NULL, "");
	c->err = text_add(NULL, "");
	while (fgets(line, sizeof line, f) != NULL) {
		c->line++;
		if (strcmp(line, "%%\n") == 0) {
			part = &c->script;
		} else if (strcmp(line, "%=\n") == 0) {
			part = &c->out;
		} else if (strcmp(line, "%!\n") == 0) {
			part = &c->err;
		} else if (strncmp(line, "%. ", 3) == 0) {
			c->failed = strcmp(line, "%. failed\n") == 0;
			return true;
		} else if (part != NULL) {
			*part = text_add(*part, line);
		}
	}
	return false;
}

/* Newlines at the end don't count. */
static char *
trimmed(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	return text;
}

static void
case_write(FILE *f, const char *script, const Case *got)
{
	fprintf(f, "%%%%\n%s%%=\n%s%s", script, got->out, *got->out != '\0' ? "\n" : "");
	if (*got->err != '\0')
		fprintf(f, "%%!\n%s\n", got->err);
	fprintf(f, "%%. %s\n", got->failed ? "failed" : "ok");
}

static void
env_set(const char *name, const char *value, size_t n)
{
	char file[300];
	FILE *f;

	snprintf(file, sizeof file, "%s/env/%s", host_dir, name);
	f = fopen(file, "w");
	fwrite(value, 1, n, f);
	fclose(f);
}

/* What the script does, in an empty folder of its own. */
static void
case_run(const char *script, Case *got)
{
	static const char path[] = "/bin\0/usr/bin";
	char dir[220], out[220], err[220], top[400];
	FILE *f;
	int pid, st;

	host_make();
	env_set("path", path, sizeof path);
	env_set("home", "/", 2);
	snprintf(dir, sizeof dir, "%s/w", host_dir);
	snprintf(out, sizeof out, "%s/out", host_dir);
	snprintf(err, sizeof err, "%s/err", host_dir);
	ck_assert_ptr_nonnull(getcwd(top, sizeof top));
	ck_assert(mkdir(dir, 0700) == 0 && chdir(dir) == 0);
	f = fopen("s.rc", "w");
	fputs(script, f);
	fclose(f);
	pid = rc_start(out, err, (char *[]){ (char *)"rc", (char *)"./s.rc", (char *)"a1",
	    (char *)"a 2", (char *)"a3", NULL });
	ck_assert_int_eq(waitpid(pid, &st, 0), pid);
	ck_assert_int_eq(chdir(top), 0);
	case_clear(got);
	got->out = trimmed(file_text(out));
	got->err = trimmed(file_text(err));
	got->failed = st != 0;
	host_remove();
}

static void
cases_check(const char *name)
{
	Case want = { 0 }, got = { 0 };
	FILE *f = fopen(name, "r"), *new = NULL;
	int n = 0;

	ck_assert_ptr_nonnull(f);
	if (getenv("LP49_RC_WRITE") != NULL)
		new = tmpfile();
	for (; case_read(f, &want); n++) {
		case_run(want.script, &got);
		if (new != NULL) {
			case_write(new, want.script, &got);
			continue;
		}
		ck_assert_msg(strcmp(trimmed(want.out), got.out) == 0 && strcmp(trimmed(want.err), got.err) == 0 &&
		    want.failed == got.failed, "%s:%d: %sprinted\n%s\n%%!\n%s\n%%. %s", name, want.line,
		    want.script, got.out, got.err, got.failed ? "failed" : "ok");
	}
	fclose(f);
	if (new != NULL) {
		f = fopen(name, "w");
		rewind(new);
		for (int c; (c = getc(new)) != EOF;)
			putc(c, f);
		fclose(f);
		fclose(new);
	}
	ck_assert_int_gt(n, 0);
	case_clear(&want);
	case_clear(&got);
}

START_TEST(cases_end_as_written_down)
{
	const char *top = getenv("TOP"); /* tests/run.sh says it */

	if (top != NULL)
		ck_assert_int_eq(chdir(top), 0);
	cases_check(files[_i]);
}
END_TEST

UNIT_SUITE("rc_cases", LOOP(cases_end_as_written_down, files))
