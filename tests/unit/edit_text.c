/*
 * tests/unit/edit_text.c - the editor's text against a plain string: random changes, undone
 * and done again, are the same bytes at each step. The seed is printed when it fails.
 */
#include "cmd/edit/text.c"
#include "tests/unit.h"

void *
cmd_alloc(void *p, size_t n)
{
	return realloc(p, n == 0 ? 1 : n);
}

static char *
all(size_t *n)
{
	Pos start = { 0, 0 }, end = { text_lines() - 1, text_line(text_lines() - 1).n };

	return text_get(start, end, n);
}

static Pos
pos_of(const char *s, size_t at)
{
	Pos p = { 0, 0 };

	for (size_t i = 0; i < at; i++)
		p = s[i] == '\n' ? (Pos){ p.line + 1, 0 } : (Pos){ p.line, p.at + 1 };
	return p;
}

static void
same(const char *want, size_t n, unsigned seed, const char *when)
{
	size_t got_size;
	char *got = all(&got_size);

	ck_assert_msg(got_size == n && memcmp(got, want, n) == 0, "seed %u: other text %s", seed, when);
	free(got);
}

enum { STEPS = 60, SIZE = 4096 };

START_TEST(undo_is_the_way_back)
{
	static char history[STEPS + 1][SIZE];
	static size_t sizes[STEPS + 1];
	unsigned seed = (unsigned)_i + 1;
	Pos where;

	srand(seed);
	strcpy(history[0], "one\ntwo\n\nlast");
	sizes[0] = strlen(history[0]);
	text_load(strdup(history[0]), sizes[0]);
	ck_assert(!text_changed());
	for (int k = 0; k < STEPS; k++) {
		static const char *const pieces[] = { "", "x", "\n", "ab\ncd\n", "\n\n", "word", "\377" };
		const char *s = pieces[rand() % (int)nelem(pieces)];
		size_t n = sizes[k], from = (size_t)rand() % (n + 1), to = from + (size_t)rand() % (n - from + 1) % 7, ns = strlen(s);
		char *new = history[k + 1];

		where = text_change(pos_of(history[k], from), pos_of(history[k], to), s, ns, 0);
		memcpy(new, history[k], from);
		memcpy(new + from, s, ns);
		memcpy(new + from + ns, history[k] + to, n - to);
		sizes[k + 1] = n - (to - from) + ns;
		same(new, sizes[k + 1], seed, "after a change");
		ck_assert_uint_eq(where.line, pos_of(new, from + ns).line);
		ck_assert_uint_eq(where.at, pos_of(new, from + ns).at);
		if (k == STEPS / 2)
			text_saved();
	}
	for (int k = STEPS; k-- > 0; ) {
		ck_assert_int_eq(text_changed(), k + 1 != STEPS / 2 + 1);
		ck_assert(text_undo(&where));
		same(history[k], sizes[k], seed, "after undo");
	}
	ck_assert(!text_undo(&where));
	for (int k = 1; k <= STEPS; k++) {
		ck_assert(text_redo(&where));
		same(history[k], sizes[k], seed, "after redo");
	}
	ck_assert(!text_redo(&where));
}
END_TEST

START_TEST(typing_is_undone_by_the_group)
{
	Pos p = { 0, 0 }, where;

	text_load(strdup(""), 0);
	for (const char *s = "hello"; *s != '\0'; s++)
		p = text_change(p, p, s, 1, 1);
	p = text_change(p, p, "\n", 1, 2);
	same("hello\n", 6, 0, "typed");
	ck_assert(text_undo(&where));
	same("hello", 5, 0, "newline undone");
	ck_assert(text_undo(&where));
	same("", 0, 0, "word undone");
	ck_assert(!text_changed());
}
END_TEST

START_TEST(another_text_of_as_many_changes_is_not_the_saved_one)
{
	Pos start = { 0, 0 }, where;

	text_load(strdup(""), 0);
	text_change(start, start, "a", 1, 0);
	text_saved();
	ck_assert(text_undo(&where));
	ck_assert(text_changed());
	text_change(start, start, "b", 1, 0);
	ck_assert(text_changed());
}
END_TEST

static const int seeds[40];

UNIT_SUITE("edit_text", LOOP(undo_is_the_way_back, seeds), CASE(typing_is_undone_by_the_group),
    CASE(another_text_of_as_many_changes_is_not_the_saved_one))
