/*
 * tests/unit/complete.c - what Tab completes, over files of Linux.
 * Goal: each word before the cursor, in each place of a command, becomes what rc reads
 * as that name, or as its begin with the quote still open.
 */
#include "cmd/rc/edit.h"
#include "tests/unit.h"

int mkdir(const char *name, unsigned mode), chdir(const char *name);
char *mkdtemp(char *template), *getcwd(char *buf, size_t n);
char *secure_getenv(const char *name); /* the host's; getenv is /env's */

static const char *const files[] = { "my file", "it's", "日本語", "日本人", "plain.c", "plan", "a#b", "sub/inner one", "x=y",
	"bin/progone", "bin/progtwo", "bin/sub/deep" };

static void
files_make(void)
{
	const char *tmp = secure_getenv("TMPDIR");
	char dir[200], name[64];
	List *path = NULL, **tail = list_add(&path, "bin");

	list_add(tail, ".");
	snprintf(dir, sizeof dir, "%s/lp49.tab.XXXXXX", tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	mkdir("sub", 0700);
	mkdir("bin", 0700);
	mkdir("bin/sub", 0700);
	mkdir("empty dir", 0700);
	for (size_t i = 0; i < nelem(files); i++) {
		FILE *f = fopen(files[i], "w");

		ck_assert_ptr_nonnull(f);
		fclose(f);
		if (strncmp(files[i], "bin/", 4) == 0) {
			snprintf(name, sizeof name, "chmod 700 %s", files[i]);
			ck_assert_int_eq(system(name), 0);
		}
	}
	var_set("path", path);
	var_set_str("home", "sub");
	var_set_str("homework", "x");
}

static void
files_remove(void)
{
	char dir[256];

	ck_assert_ptr_nonnull(getcwd(dir, sizeof dir));
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_ptr_nonnull(strstr(dir, "/lp49.tab."));
	char cmd[300];

	snprintf(cmd, sizeof cmd, "rm -r %s", dir);
	ck_assert_int_eq(system(cmd), 0);
}

/* The line before the cursor, and after Tab; NULL: nothing fits. */
static const struct {
	const char *line, *after;
} rows[] = {
	{ "cat my", "cat 'my file' " },
	{ "cat 'my", "cat 'my file' " },
	{ "cat 'my f'", "cat 'my file' " },
	{ "cat it", "cat 'it''s' " },
	{ "cat 'it''", "cat 'it''s' " },
	{ "cat 日", "cat 日本" },
	{ "cat 日本語", "cat 日本語 " },
	{ "cat pla", "cat pla" },
	{ "cat plai", "cat plain.c " },
	{ "cat a", "cat 'a#b' " },
	{ "cat e", "cat 'empty dir/" },
	{ "cat x", "cat 'x=y' " },
	{ "cat s", "cat sub/" },
	{ "cat sub/", "cat 'sub/inner one' " },
	{ "cat $home/in", "cat $home'/inner one' " },
	{ "cat $ho", "cat $home" },
	{ "cat $homew", "cat $homework" },
	{ "cat $#homew", "cat $#homework" },
	{ "cat none", NULL },
	{ "cat pl*", NULL },
	{ "cat # s", NULL },
	{ "cat <s", "cat <sub/" },
	{ "cat >[2]s", "cat >[2]sub/" },
	{ "y=s", "y=sub/" },
	{ "prog", "prog" },
	{ "progo", "progone " },
	{ "sub/d", "sub/deep " },
	{ "what", "whatis " },
	{ "echo what", NULL },
	{ "echo a; progo", "echo a; progone " },
	{ "echo a|progo", "echo a|progone " },
	{ "{progo", "{progone " },
	{ "echo `{progo", "echo `{progone " },
	{ "if(progo", "if(progone " },
	{ "if(x) progo", "if(x) progone " },
	{ "if not progo", "if not progone " },
	{ "for(i in plai", "for(i in plain.c " },
	{ "for(i in a) progo", "for(i in a) progone " },
	{ "z=(plai", "z=(plain.c " },
	{ "echo (a b) plai", "echo (a b) plain.c " },
	{ "echo 'a; b' plai", "echo 'a; b' plain.c " },
	{ "echo a\nprogo", "echo a\nprogone " },
	{ "! progo", "! progone " },
	{ "./pl", NULL },          /* not to be run */
	{ "./s", "./sub/" },
};

START_TEST(words_become_names)
{
	const char *line = rows[_i].line;
	Completion c = { 0 };
	char text[200] = "";

	files_make();
	complete_word(line, strlen(line), &c);
	if (c.text != NULL)
		snprintf(text, sizeof text, "%.*s%s", (int)c.from, line, c.text);
	if (rows[_i].after == NULL)
		ck_assert_msg(c.text == NULL || strcmp(text, line) == 0, "\"%s\"", text);
	else
		ck_assert_str_eq(text, rows[_i].after);
	completion_free(&c);
	files_remove();
}
END_TEST

START_TEST(a_list_names_each_once)
{
	Completion c = { 0 };

	files_make();
	complete_word("cat bin/pr", 10, &c);
	ck_assert_uint_eq(c.n, 2);
	ck_assert_str_eq(c.name[0], "progone");
	ck_assert_str_eq(c.name[1], "progtwo");
	completion_free(&c);
	complete_word("cat my x", 6, &c); /* a blank is there */
	ck_assert_str_eq(c.text, "'my file'");
	completion_free(&c);
	files_remove();
}
END_TEST

/* Any text, at any place: no crash, and what is replaced lies before the cursor. */
START_TEST(any_text_is_harmless)
{
	static const char some[] = "a'' $#\"(){};&|<>^=`\n*日/#s~!";
	uint32_t seed = 1;

	files_make();
	for (int run = 0; run < 3000; run++) {
		char text[24];
		size_t n = 0;
		Completion c = { 0 };

		for (; n + 1 < sizeof text; n++) {
			seed = seed * 1664525 + 1013904223;
			text[n] = some[(seed >> 16) % (sizeof some - 1)];
		}
		text[n] = '\0';
		complete_word(text, (seed >> 8) % n, &c);
		ck_assert_uint_le(c.from, n);
		completion_free(&c);
	}
	files_remove();
}
END_TEST

UNIT_SUITE("complete", LOOP(words_become_names, rows), CASE(a_list_names_each_once), CASE(any_text_is_harmless))
