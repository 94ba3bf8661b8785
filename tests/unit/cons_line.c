/*
 * tests/unit/cons_line.c - the console's line discipline.
 * Goal: what programs read and what the screen shows after each kind of key;
 * a full queue or held line loses input with a bell, never more.
 */
#include "servants/cons_line.c"
#include "tests/unit.h"

static Line line;
static char shown[1 << 17];
static size_t nshown;
static enum LineEvent last;

static void
show(void *arg, const char *s, size_t n)
{
	USED(arg);
	ck_assert_uint_lt(nshown + n, sizeof shown);
	memcpy(shown + nshown, s, n);
	nshown += n;
	shown[nshown] = '\0';
}

static void
start(void)
{
	memset(&line, 0, sizeof line);
	line.echo = show;
	nshown = 0;
	shown[0] = '\0';
}

static void
type(const char *s)
{
	while (*s != '\0')
		last = line_input(&line, (uint8_t)*s++);
}

static const char *
next(void)
{
	static char text[LINE_SIZE + 1];

	if (!line_readable(&line))
		return NULL;
	text[line_read(&line, text, sizeof text - 1)] = '\0';
	return text;
}

/* keys, what is read (NULL: nothing yet), what the screen got */
static const struct {
	const char *keys, *read, *screen;
} edit[] = {
	{ "ab\n", "ab\n", "ab\n" },
	{ "ab\r", "ab\n", "ab\n" },
	{ "ab", NULL, "ab" },
	{ "ab\bc\n", "ac\n", "ab\b \bc\n" },
	{ "ab\x7f\n", "a\n", "ab\b \b\n" },
	{ "\b\n", "\n", "\n" },
	{ "ab\x15" "c\n", "c\n", "ab\b \b\b \bc\n" },
	{ "a bc  \x17" "d\n", "a d\n", "a bc  \b \b\b \b\b \b\b \bd\n" },
	{ "\x17\x15\x7f\n", "\n", "\n" },
	{ "ab\x04", "ab", "ab" },
	{ "\x04", "", "" },
	{ "\xc3\xa9\b\n", "\n", "\xc3\xa9\b \b\n" },             /* é: one column */
	{ "\xe6\xbc\xa2\b\n", "\n", "\xe6\xbc\xa2\b \b\b \b\n" },   /* 漢: two */
	{ "e\xcc\x81\b\n", "e\n", "e\xcc\x81\n" },               /* combining: none */
	{ "a\xff\bb\n", "ab\n", "a\xff\b \bb\n" },               /* no UTF-8: a byte */
	{ "\xa9\xa9\b\n", "\xa9\n", "\xa9\xa9\b \b\n" },
	{ "\x01\b\n", "\n", "^A\b \b\b \b\n" },
	{ "a\t\b\n", "a\n", "a       \b \b\b \b\b \b\b \b\b \b\b \b\b \b\n" },
	{ "\x16\x03\n", "\x03\n", "^C\n" },
	{ "a\x01\xc3\xa9\x0c" "b\n", "a\x01\xc3\xa9" "b\n", "a^A\xc3\xa9\na^A\xc3\xa9" "b\n" }, /* shown again */
	{ "\x0c\n", "\n", "\n\n" },
	{ "\x16\x0c\n", "\x0c\n", "^L\n" },
};

START_TEST(keys_edit_the_line)
{
	start();
	type(edit[_i].keys);
	ck_assert_str_eq(shown, edit[_i].screen);
	if (edit[_i].read == NULL)
		ck_assert(!line_readable(&line));
	else
		ck_assert_str_eq(next(), edit[_i].read);
	ck_assert(!line_readable(&line));
}
END_TEST

START_TEST(each_read_is_one_line)
{
	char c;

	start();
	type("one\ntwo\n");
	ck_assert_uint_eq(line_read(&line, &c, 1), 1);
	ck_assert_int_eq(c, 'o');
	ck_assert_str_eq(next(), "ne\n");
	ck_assert_str_eq(next(), "two\n");
	ck_assert_ptr_null(next());
}
END_TEST

START_TEST(interrupt_forgets_what_was_typed)
{
	start();
	type("old\nnew\x03");
	ck_assert_int_eq(last, LINE_INTERRUPT);
	ck_assert(!line_readable(&line));
	type("x\n");
	ck_assert_str_eq(next(), "x\n");
}
END_TEST

START_TEST(debug_key_keeps_the_line)
{
	start();
	type("ab\x10");
	ck_assert_int_eq(last, LINE_DEBUG);
	type("c\n");
	ck_assert_str_eq(next(), "abc\n");
}
END_TEST

START_TEST(raw_passes_every_byte)
{
	start();
	type("xy");
	(void)line_mode(&line, LINE_RAW);
	ck_assert_str_eq(next(), "xy");
	nshown = 0;
	shown[0] = '\0';
	type("\x03\r\b\xff");
	ck_assert_str_eq(next(), "\x03\r\b\xff");
	ck_assert_str_eq(shown, "");
	(void)line_mode(&line, LINE_COOKED);
	type("a\bb\n");
	ck_assert_str_eq(next(), "b\n");
}
END_TEST

START_TEST(raw_bytes_join_a_partly_read_record)
{
	char c;

	start();
	(void)line_mode(&line, LINE_RAW);
	type("abc");
	ck_assert_uint_eq(line_read(&line, &c, 1), 1);
	type("d");
	ck_assert_str_eq(next(), "bcd");
}
END_TEST

START_TEST(raw_after_an_end_of_file_is_apart)
{
	start();
	type("\x04");
	(void)line_mode(&line, LINE_RAW);
	type("z");
	ck_assert_str_eq(next(), "");
	ck_assert_str_eq(next(), "z");
}
END_TEST

START_TEST(held_lines_can_be_edited)
{
	start();
	line_hold(&line, true);
	type("one\ntwo\nthr");
	ck_assert(!line_readable(&line));
	line_hold(&line, false);
	ck_assert_str_eq(next(), "one\n");
	ck_assert_str_eq(next(), "two\n");
	ck_assert_ptr_null(next());
	type("ee\n");
	ck_assert_str_eq(next(), "three\n");
}
END_TEST

START_TEST(long_line_comes_whole_in_pieces)
{
	static char all[4 * LINE_SIZE];
	const char *s;
	size_t n = 0;

	start();
	for (int i = 0; i < 3 * LINE_SIZE; i++)
		(void)line_input(&line, (uint8_t)('a' + i % 26));
	type("\b\n");
	while ((s = next()) != NULL)
		n += (size_t)snprintf(all + n, sizeof all - n, "%s", s);
	ck_assert_uint_eq(n, 3 * LINE_SIZE);
	for (size_t i = 0; i < n - 1; i++)
		ck_assert_int_eq(all[i], (char)('a' + i % 26));
	ck_assert_int_eq(all[n - 1], '\n');
}
END_TEST

START_TEST(long_held_line_rings_and_keeps_its_newline)
{
	const char *s;

	start();
	line_hold(&line, true);
	for (int i = 0; i < 2 * LINE_SIZE; i++)
		(void)line_input(&line, 'a');
	ck_assert_int_eq(shown[nshown - 1], '\a');
	(void)line_input(&line, '\n');
	line_hold(&line, false);
	s = next();
	ck_assert_uint_eq(strlen(s), LINE_SIZE);
	ck_assert_int_eq(s[LINE_SIZE - 1], '\n');
}
END_TEST

START_TEST(full_queue_rings_and_loses_only_the_new)
{
	int n = 0;

	start();
	for (int i = 0; i < LINE_QUEUE / 10; i++)
		type("0123456789\n");
	while (line_readable(&line)) {
		if (n < 5000)
			ck_assert_str_eq(next(), "0123456789\n");
		else
			(void)next();
		n++;
	}
	ck_assert_int_eq(n, LINE_QUEUE / 13);
}
END_TEST

START_TEST(full_raw_queue_loses_only_the_new)
{
	static char buf[LINE_QUEUE];
	size_t n = 0;

	start();
	(void)line_mode(&line, LINE_RAW);
	for (int i = 0; i < 2 * LINE_QUEUE; i++)
		(void)line_input(&line, (uint8_t)i);
	while (line_readable(&line))
		n += line_read(&line, buf + n, sizeof buf - n);
	ck_assert_uint_gt(n, LINE_QUEUE - 8);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq((uint8_t)buf[i], (uint8_t)i);
}
END_TEST

START_TEST(edit_reads_end_where_a_line_may)
{
	start();
	(void)line_mode(&line, LINE_EDIT);
	type("\x01" "ab\x7f\rcat\nx\x04" "y");
	ck_assert_str_eq(next(), "\x01" "ab\x7f\r");
	ck_assert_str_eq(next(), "cat\n");
	ck_assert_str_eq(next(), "x\x04");
	ck_assert_str_eq(next(), "y");
	ck_assert_str_eq(shown, "");
	type("\x10");
	ck_assert_int_eq(last, LINE_DEBUG);
	type("a\x03");
	ck_assert_int_eq(last, LINE_INTERRUPT);
	ck_assert(!line_readable(&line));
	ck_assert_str_eq(shown, ""); /* the editor shows it */
	line_mark(&line);
	type("b");
	ck_assert_str_eq(next(), "\x03");
	ck_assert_str_eq(next(), "b");
	line_mark(&line);
	type("c");
	ck_assert_int_eq(line_mode(&line, LINE_COOKED), LINE_NONE); /* no second interrupt */
	ck_assert_str_eq(shown, "c");
	line_mark(&line);
	type("\n");
	ck_assert_str_eq(next(), "c\n");
}
END_TEST

START_TEST(cooked_lines_stay_lines_in_edit_mode)
{
	start();
	type("one\ntwo\nth");
	(void)line_mode(&line, LINE_EDIT);
	type("ree\r");
	ck_assert_str_eq(next(), "one\n");
	nshown = 0;
	(void)line_mode(&line, LINE_COOKED);
	ck_assert_str_eq(shown, "ree\n");
	ck_assert_str_eq(next(), "two\n");
	ck_assert_str_eq(next(), "th");
	ck_assert_str_eq(next(), "ree\n");
	ck_assert_ptr_null(next());
}
END_TEST

START_TEST(unread_raw_bytes_are_typed_again)
{
	char c;

	start();
	(void)line_mode(&line, LINE_RAW);
	type("xab\x7f" "c\rd");
	ck_assert_uint_eq(line_read(&line, &c, 1), 1);
	ck_assert_int_eq(line_mode(&line, LINE_COOKED), LINE_READABLE);
	ck_assert_str_eq(shown, "ab\b \bc\nd");
	ck_assert_str_eq(next(), "ac\n");
	ck_assert_ptr_null(next());
	type("e\n");
	ck_assert_str_eq(next(), "de\n");
	(void)line_mode(&line, LINE_RAW);
	type("a\x03" "b\x10");
	ck_assert_int_eq(line_mode(&line, LINE_COOKED), LINE_INTERRUPT);
	type("\n");
	ck_assert_str_eq(next(), "b\n");
}
END_TEST

/* As long as line_room says so, nothing is lost on the way to cooked lines. */
START_TEST(raw_newlines_have_room_as_lines)
{
	size_t n = 0, got = 0;

	start();
	(void)line_mode(&line, LINE_EDIT);
	for (; line_room(&line) > 3; n++)
		(void)line_input(&line, '\n');
	(void)line_mode(&line, LINE_COOKED);
	for (; line_readable(&line); got++)
		ck_assert_str_eq(next(), "\n");
	ck_assert_uint_eq(got, n);
	ck_assert_uint_gt(n, LINE_QUEUE / 4);
}
END_TEST

UNIT_SUITE("cons_line", LOOP(keys_edit_the_line, edit), CASE(each_read_is_one_line),
    CASE(interrupt_forgets_what_was_typed), CASE(debug_key_keeps_the_line), CASE(raw_passes_every_byte),
    CASE(raw_bytes_join_a_partly_read_record), CASE(raw_after_an_end_of_file_is_apart),
    CASE(held_lines_can_be_edited), CASE(long_line_comes_whole_in_pieces),
    CASE(long_held_line_rings_and_keeps_its_newline),
    CASE(full_queue_rings_and_loses_only_the_new), CASE(full_raw_queue_loses_only_the_new),
    CASE(edit_reads_end_where_a_line_may), CASE(cooked_lines_stay_lines_in_edit_mode),
    CASE(unread_raw_bytes_are_typed_again), CASE(raw_newlines_have_room_as_lines))
