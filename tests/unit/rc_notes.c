/*
 * tests/unit/rc_notes.c - notes (signals on the host) in the middle of scripts.
 * A script prints "ready" where it wants the next note; the answer must come
 * once, from the shell and not from its forks, and the rest go on or not.
 */
#include "tests/unit/rc_help.h"

enum { WAIT_MS = 20000 };

/* The file's text when it has n of these lines, or the time is over. */
static char *
output_wait(const char *file, const char *text, int n)
{
	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		char *all = file_text(file), *p = all;
		int found = 0;

		while ((p = strstr(p, text)) != NULL) {
			found++;
			p += strlen(text);
		}
		if (found >= n)
			return all;
		free(all);
		usleep(10000);
	}
	return file_text(file);
}

static const struct {
	const char *script;
	int notes, sig;
	bool group; /* all of the shell's group gets it, as from a console */
	const char *output;
} scripts[] = {
	{ "echo ready\nsleep 30\necho no\n", 1, SIGINT, true, "ready\nend interrupt\n" },
	{ "fn sigint {echo int}\necho ready\nsleep 30\necho after\n", 1, SIGINT, true,
	    "ready\nint\nafter\nend \n" },
	{ "fn sigint {echo int $#*}\n{echo ready >[1=2]; sleep 30; echo no} | cat\necho after\n", 1, SIGINT, true,
	    "ready\nint 1\nafter\nend \n" },
	{ "fn sigint {echo int}\nfor(i in 1 2 3) {echo ready; sleep 30; echo $i}\n", 3, SIGINT, true,
	    "ready\nint\n1\nready\nint\n2\nready\nint\n3\nend \n" },
	{ "for(i in 1 2 3) {echo ready; sleep 30; echo $i}\n", 1, SIGINT, true, "ready\nend interrupt\n" },
	{ "fn f {echo ready; sleep 30; echo no}\nif(f) echo no\necho no\n", 1, SIGINT, true, "ready\nend interrupt\n" },
	{ "fn sigint {echo int}\n@ {echo ready; sleep 30; echo no}\necho after\n", 1, SIGINT, true,
	    "ready\nint\nafter\nend \n" },
	{ "fn sigint {echo int; exit bad}\necho ready\nsleep 30\necho no\n", 1, SIGINT, true,
	    "ready\nint\nend bad\n" },
	{ "fn sigint {echo int}\nsleep 30 &\nold=$apid\necho ready\nwait\necho after\nkill $old\n", 1, SIGINT, true,
	    "ready\nint\nafter\nend \n" },
	{ "fn sigint {echo int}\nsleep 30 &\nold=$apid\necho ready\nwait $old\necho after\nkill $old\n", 1, SIGINT, true,
	    "ready\nint\nafter\nend \n" },
	{ "fn sighup {echo hup}\necho ready\nx=`{sleep 1; echo a b}\necho $#x\n", 1, SIGHUP, false,
	    "ready\nhup\n2\nend \n" },
	{ "fn sigalrm {echo alarm}\necho ready\n{sleep 2; echo x} | cat\necho after\n", 1, SIGALRM, false,
	    "ready\nalarm\nx\nafter\nend \n" },
	{ "fn sigterm {term=1}\necho ready\nwhile(! ~ $term 1) x=y\necho after\n", 1, SIGTERM, false,
	    "ready\nafter\nend \n" },
	{ "fn sigint {}\necho ready\ncat <<E | cat\nhere\nE\n{sleep 1; echo sub} | cat\n", 1, SIGINT, false,
	    "ready\nhere\nsub\nend |\n" },
	{ "fn sigint {echo int}\nfn sigint\necho ready\nsleep 30\necho no\n", 1, SIGINT, true,
	    "ready\nend interrupt\n" },
	{ "{sleep 1; echo kept >bg} &\necho ready\nsleep 30\n", 1, SIGINT, true, "ready\nend interrupt\n" },
};

/* When this test's process has gone, however, so does the group. Who watches it is in a
 * group of its own: Check kills the test's. */
static void
group_guard(int group, int test_lives[2])
{
	char c;

	if (fork() == 0) {
		setpgid(0, 0);
		close(test_lives[1]);
		while (read(test_lives[0], &c, 1) > 0)
			;
		kill(-group, SIGKILL);
		_exit(0);
	}
	close(test_lives[0]);
}

static int
script_start(const char *out, const char *text)
{
	char name[220];
	FILE *f;
	int pid, test_lives[2]; /* the end to write is this process's alone */

	ck_assert_int_eq(pipe(test_lives), 0);
	snprintf(name, sizeof name, "%s/script", host_dir);
	f = fopen(name, "w");
	fprintf(f, "cd %s\npath=(/bin /usr/bin)\nfn sigexit {echo end $status}\n%s", host_dir, text);
	fclose(f);
	pid = fork();
	if (pid == 0) {
		setsid();
		close(test_lives[0]);
		close(test_lives[1]);
		rc_become(out, NULL, (char *[]){ (char *)"rc", name, (char *)"arg", NULL });
	}
	group_guard(pid, test_lives);
	return pid;
}

START_TEST(a_note_is_answered)
{
	char out[220], *got;
	int pid, st;

	host_make();
	snprintf(out, sizeof out, "%s/out", host_dir);
	close(open(out, O_RDWR | O_CREAT, 0600));
	pid = script_start(out, scripts[_i].script);
	for (int i = 1; i <= scripts[_i].notes; i++) {
		free(output_wait(out, "ready\n", i));
		usleep(50000); /* into the sleep; before it would do as well */
		kill(scripts[_i].group ? -pid : pid, scripts[_i].sig);
	}
	ck_assert_int_eq(waitpid(pid, &st, 0), pid);
	got = file_text(out);
	ck_assert_msg(strcmp(got, scripts[_i].output) == 0, "%s printed\n%s", scripts[_i].script, got);
	free(got);
	if (strstr(scripts[_i].script, ">bg") != NULL) {
		snprintf(out, sizeof out, "%s/bg", host_dir);
		close(open(out, O_RDWR | O_CREAT, 0600));
		got = output_wait(out, "kept\n", 1);
		ck_assert_str_eq(got, "kept\n");
		free(got);
	}
	host_remove();
}
END_TEST

UNIT_SUITE("rc_notes", LOOP(a_note_is_answered, scripts))
