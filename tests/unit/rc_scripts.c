/*
 * tests/unit/rc_scripts.c - rc over Linux (tests/host/sys_posix.c).
 * Goal: each tests/rc/X.rc prints tests/rc/X.out, both outputs together, its
 * end ("[status]") on the last line; hostile nesting is an error and no crash;
 * rc -c ends with its command's status; a signal ends a loop of builtins.
 * LP49_RC_WRITE=1 writes the .out files instead: read them before you believe.
 */
#include <dirent.h>
#include "tests/unit/rc_help.h"

/* What it printed, then "[exit code]\n"; malloc'd. */
static char *
rc_output(char **argv)
{
	char out[220], *text = calloc(1, OUTMAX + 32);
	int st, fd, pid;
	ssize_t n;

	snprintf(out, sizeof out, "%s/out", host_dir);
	pid = rc_start(out, NULL, argv);
	waitpid(pid, &st, 0);
	fd = open(out, O_RDONLY);
	n = read(fd, text, OUTMAX);
	close(fd);
	if (WIFEXITED(st))
		sprintf(text + (n > 0 ? n : 0), "[%d]\n", WEXITSTATUS(st));
	else
		sprintf(text + (n > 0 ? n : 0), "[signal %d]\n", WTERMSIG(st));
	return text;
}

START_TEST(scripts_print_what_is_written_down)
{
	const char *top = getenv("TOP"); /* tests/run.sh says it */
	DIR *dir;
	struct dirent *e;
	int n = 0;

	if (top != NULL)
		ck_assert_int_eq(chdir(top), 0);
	dir = opendir("tests/rc");
	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)) != NULL) {
		char script[300], out[300], *got, *want;
		size_t len = strlen(e->d_name);

		if (len < 4 || strcmp(e->d_name + len - 3, ".rc") != 0)
			continue;
		host_make();
		snprintf(script, sizeof script, "tests/rc/%s", e->d_name);
		snprintf(out, sizeof out, "tests/rc/%.*s.out", (int)len - 3, e->d_name);
		got = rc_output((char *[]){ (char *)"rc", script, NULL });
		host_remove();
		if (getenv("LP49_RC_WRITE") != NULL) {
			FILE *f = fopen(out, "w");

			fputs(got, f);
			fclose(f);
		}
		want = file_text(out);
		ck_assert_msg(strcmp(got, want) == 0, "%s printed\n%s", script, got);
		free(got);
		free(want);
		n++;
	}
	closedir(dir);
	ck_assert_int_gt(n, 0);
}
END_TEST

static const struct { const char *open, *close; } nests[] = {
	{ "{", "}" }, { "echo (", ")" }, { "(", ")" }, { "echo `{", "}" },
	{ "! ", "true" }, { "@ ", "true" }, { "x=1 ", "true" }, { "if(", ")" },
	{ "if(true) ", "true" }, { "for(i) ", "true" }, { "while(", ")" }, { "switch(`{", "}){}" },
	{ "fn f {", "}" }, { "echo $x(", ")" }, { "cat <{", "}" }, { ">a ! ", "true" },
	{ "true | ! ", "true" }, { "`", "{}" }, { "$", "" }, { "$x(", ")" },
};

START_TEST(hostile_nesting_is_an_error)
{
	enum { DEEP = 20000 };
	size_t n = strlen(nests[_i].open), m = strlen(nests[_i].close);
	char *text = calloc(1, DEEP * (n + m) + 1), *p = text, *got;

	for (int i = 0; i < DEEP; i++)
		p = stpcpy(p, nests[_i].open);
	for (int i = 0; i < DEEP; i++)
		p = stpcpy(p, nests[_i].close);
	host_make();
	char file[220];
	snprintf(file, sizeof file, "%s/script", host_dir);
	FILE *f = fopen(file, "w");
	fputs(text, f);
	fclose(f);
	got = rc_output((char *[]){ (char *)"rc", (char *)"-n", file, NULL });
	host_remove();
	ck_assert_msg(strstr(got, "nested too deeply") != NULL, "%.400s", got);
	ck_assert_msg(strstr(got, "[1]\n") != NULL, "%.400s", got);
	free(got);
	free(text);
}
END_TEST

static const struct { const char *command, *output; } commands[] = {
	{ "true", "[0]\n" }, { "false", "[1]\n" }, { "", "[0]\n" },
	{ "exit", "[0]\n" }, { "exit ''", "[0]\n" }, { "exit x", "[1]\n" },
	{ "~ a b", "[1]\n" }, { "true | false", "[1]\n" }, { "true | true", "[0]\n" },
	{ "false; echo a", "a\n[0]\n" }, { "echo a\nfalse\n\n", "a\n[1]\n" },
	{ "x=1; echo $x$#*", "10\n[0]\n" }, { "nosuch", "rc: nosuch: file does not exist\n[1]\n" },
	{ "exec echo a b", "a b\n[0]\n" }, { "exec >[2=1] echo x", "x\n[0]\n" },
	{ "cat </dev/null >/dev/null", "[0]\n" }, { "@ false", "[1]\n" },
	{ "{exit y} | true", "[1]\n" }, { "fn f {false}; f", "[1]\n" },
	{ "fn sigexit {echo bye}; false", "bye\n[1]\n" },
	{ "x=a echo $x", "a\n[0]\n" }, { "echo $cflag", "echo $cflag\n[0]\n" },
};

START_TEST(a_command_gives_its_status)
{
	char *got;

	host_make();
	got = rc_output((char *[]){ (char *)"rc", (char *)"-c", (char *)commands[_i].command, NULL });
	host_remove();
	ck_assert_str_eq(got, commands[_i].output);
	free(got);
}
END_TEST

START_TEST(an_interrupt_ends_a_loop)
{
	char out[220];
	int st, pid;

	host_make();
	snprintf(out, sizeof out, "%s/out", host_dir);
	pid = rc_start(out, NULL, (char *[]){ (char *)"rc", (char *)"-c", (char *)"while() x=1", NULL });
	usleep(300000);
	kill(pid, SIGINT);
	ck_assert_int_eq(waitpid(pid, &st, 0), pid);
	host_remove();
	ck_assert(WIFEXITED(st));
	ck_assert_int_eq(WEXITSTATUS(st), 1);
}
END_TEST

START_TEST(an_interrupt_gives_the_prompt_back)
{
	static const char first[] = "echo a\nsleep 20; echo no\n";
	static const char second[] = "echo $status\nfor(i in b c) {\necho $i\n}\n";
	char out[220], *text;
	int in[2], pid;

	host_make();
	snprintf(out, sizeof out, "%s/out", host_dir);
	ck_assert_int_eq(pipe(in), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(out, O_RDWR | O_CREAT | O_TRUNC, 0600);

		setsid();
		dup2(in[0], 0);
		dup2(fd, 1);
		dup2(fd, 2);
		close(in[0]);
		close(in[1]);
		close(fd);
		_exit(rc_main(2, (char *[]){ (char *)"rc", (char *)"-i", NULL }));
	}
	close(in[0]);
	ck_assert_int_eq(write(in[1], first, strlen(first)), (ssize_t)strlen(first));
	usleep(500000);
	kill(-pid, SIGINT);
	usleep(300000);
	ck_assert_int_eq(write(in[1], second, strlen(second)), (ssize_t)strlen(second));
	close(in[1]);
	waitpid(pid, NULL, 0);
	text = file_text(out);
	host_remove();
	ck_assert_msg(strncmp(text, "% a\n", 4) == 0, "%s", text);
	ck_assert_msg(strstr(text, "interrupt\nb\nc\n") != NULL, "%s", text);
	ck_assert_msg(strstr(text, "no\n") == NULL, "%s", text);
	free(text);
}
END_TEST

UNIT_SUITE("rc_scripts", CASE(scripts_print_what_is_written_down),
    LOOP(hostile_nesting_is_an_error, nests), LOOP(a_command_gives_its_status, commands),
    CASE(an_interrupt_ends_a_loop), CASE(an_interrupt_gives_the_prompt_back))
