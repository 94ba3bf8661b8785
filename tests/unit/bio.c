/*
 * tests/unit/bio.c - buffered I/O over a file in memory that gives and takes as
 * few bytes as it likes. lib9/sys/bio.c is compiled here with these calls.
 */
#include "lib9/lib9.h"
#include "tests/unit.h"
#define open file_open
#define create file_create
#define close file_close
#define read file_read
#define write file_write
#define seek file_seek
#define atexit file_atexit
#include "lib9/bio.h"
#include "lib9/sys/bio.c"

enum { MAX = 400000 };
static char file[MAX];
static size_t size, at, step;   /* step: most bytes of one read or write; 0: any */
static int broken;              /* -Exxx: what read and write give */
static void (*at_end)(void);

int
file_open(const char *name, int omode)
{
	USED(name);
	USED(omode);
	at = 0;
	return 7;
}

int
file_create(const char *name, int omode, uint32_t perm)
{
	USED(perm);
	size = 0;
	return file_open(name, omode);
}

int
file_close(int fd)
{
	return fd == 7 ? 0 : -Ebadfd;
}

int64_t
file_read(int fd, void *buf, int64_t n)
{
	size_t k = size - at < (size_t)n ? size - at : (size_t)n;

	USED(fd);
	if (broken < 0)
		return broken;
	if (step > 0 && k > step)
		k = step;
	memcpy(buf, file + at, k);
	at += k;
	return (int64_t)k;
}

int64_t
file_write(int fd, const void *buf, int64_t n)
{
	size_t k = (size_t)n;

	USED(fd);
	if (broken < 0)
		return broken;
	if (step > 0 && k > step)
		k = step;
	ck_assert_uint_le(at + k, MAX);
	memcpy(file + at, buf, k);
	at += k;
	if (at > size)
		size = at;
	return (int64_t)k;
}

int64_t
file_seek(int fd, int64_t off, int type)
{
	USED(fd);
	at = (size_t)(off + (type == 1 ? (int64_t)at : type == 2 ? (int64_t)size : 0));
	return (int64_t)at;
}

int
file_atexit(void (*fn)(void))
{
	at_end = fn;
	return 0;
}

static const size_t steps[] = { 0, 1, 3, 1000, Bsize - 1, Bsize, Bsize + 1 };

/* Lines of lengths around the buffer's, then one without its end. */
static size_t
fill_lines(void)
{
	static const size_t lengths[] = { 0, 1, 5, Bsize - 2, Bsize - 1, Bsize, 3 * Bsize, 0, 7 };
	size_t n = 0;

	for (size_t i = 0; i < nelem(lengths); i++) {
		memset(file + n, (int)('a' + i), lengths[i]);
		n += lengths[i];
		file[n++] = '\n';
	}
	memcpy(file + n, "end", 3);
	size = n + 3;
	return nelem(lengths) + 1;
}

START_TEST(lines_of_any_length_come_whole)
{
	size_t want = fill_lines(), count = 0, off = 0, n;
	Biobuf *b;
	char *s;

	step = steps[_i];
	b = Bopen("f", OREAD);
	while ((s = Bgetline(b, '\n', &n)) != NULL) {
		ck_assert_mem_eq(s, file + off, n);
		ck_assert(s[n - 1] == '\n' || off + n == size);
		off += n;
		ck_assert_int_eq(Boffset(b), (int64_t)off);
		count++;
	}
	ck_assert_uint_eq(count, want);
	ck_assert_uint_eq(off, size);
	ck_assert_int_eq(Berror(b), 0);
	Bterm(b);
}
END_TEST

START_TEST(strings_come_without_their_end)
{
	Biobuf *b;
	char *s;

	step = steps[_i];
	size = 8;
	memcpy(file, "ab\n\ncd\0e", 8);
	b = Bopen("f", OREAD);
	s = Brdstr(b, '\n', true);
	ck_assert_str_eq(s, "ab");
	free(s);
	s = Brdstr(b, '\n', false);
	ck_assert_str_eq(s, "\n");
	free(s);
	s = Brdstr(b, '\n', true);
	ck_assert_mem_eq(s, "cd\0e", 5);
	ck_assert_uint_eq(Blinelen(b), 4);
	free(s);
	ck_assert_ptr_null(Brdstr(b, '\n', true));
	Bterm(b);
}
END_TEST

START_TEST(runes_come_whole_and_go_back)
{
	static const char text[] = "aé日😀\xFF\xE6z";
	static const Rune want[] = { 'a', 0xE9, 0x65E5, 0x1F600, Runeerror, Runeerror, 'z' };
	Biobuf *b;

	step = steps[_i];
	memset(file, 'x', Bsize);
	memcpy(file + Bsize - 4, text, sizeof text - 1); /* the buffer ends inside it */
	size = Bsize - 4 + sizeof text - 1;
	b = Bopen("f", OREAD);
	for (int i = 0; i < Bsize - 4; i++)
		ck_assert_int_eq(Bgetrune(b), 'x');
	for (size_t i = 0; i < nelem(want); i++) {
		ck_assert_int_eq(Bgetrune(b), want[i]);
		ck_assert_int_eq(Bungetrune(b), 0);
		ck_assert_int_eq(Bgetrune(b), want[i]);
	}
	ck_assert_int_eq(Bgetrune(b), Beof);
	Bterm(b);
}
END_TEST

START_TEST(bytes_go_back_over_the_edge_of_the_buffer)
{
	Biobuf *b;

	for (size_t i = 0; i < 2 * Bsize; i++)
		file[i] = (char)(i % 251);
	size = 2 * Bsize;
	b = Bopen("f", OREAD);
	ck_assert_int_eq(Bungetc(b), Beof);
	for (int i = 0; i < 2 * Bsize; i++) {
		ck_assert_int_eq(Bgetc(b), i % 251);
		if (i % 1000 == 0 || i == Bsize) {
			ck_assert_int_eq(Bungetc(b), 0);
			ck_assert_int_eq(Bgetc(b), i % 251);
		}
	}
	ck_assert_int_eq(Bgetc(b), Beof);
	Bterm(b);
}
END_TEST

START_TEST(what_is_written_arrives)
{
	static char want[MAX];
	size_t n = 0;
	Biobuf *b;

	step = steps[_i];
	b = Bopen("f", OWRITE);
	for (int i = 0; i < 3000; i++) {
		ck_assert_int_eq(Bprint(b, "%d %s\n", i, "text"), snprintf(want + n, 20, "%d %s\n", i, "text"));
		n += strlen(want + n);
		ck_assert_int_eq(Bputc(b, 'x'), 0);
		want[n++] = 'x';
		ck_assert_int_eq(Boffset(b), (int64_t)n);
	}
	memset(want + n, 'L', 3 * Bsize);
	ck_assert_int_eq(Bwrite(b, want + n, 3 * Bsize), 3 * Bsize);
	n += 3 * Bsize;
	ck_assert_int_eq(Bputrune(b, 0x65E5), 3);
	memcpy(want + n, "日", 3);
	n += 3;
	ck_assert_int_eq(Bterm(b), 0);
	at_end(); /* b was freed, and is in no list */
	ck_assert_uint_eq(size, n);
	ck_assert_mem_eq(file, want, n);
}
END_TEST

START_TEST(exits_flushes_what_is_left)
{
	Biobuf b;

	at = size = 0;
	ck_assert_int_eq(Binit(&b, 1, OWRITE), 0);
	Bprint(&b, "left");
	ck_assert_uint_eq(size, 0);
	at_end();
	ck_assert_uint_eq(size, 4);
	Bterm(&b);
}
END_TEST

START_TEST(errors_stay)
{
	Biobuf *b = Bopen("f", OWRITE);

	broken = -Enospc;
	Bprint(b, "x");
	ck_assert_int_eq(Bflush(b), Beof);
	ck_assert_int_eq(Berror(b), -Enospc);
	broken = 0;
	ck_assert_int_eq(Bputc(b, 'x'), Beof);
	ck_assert_int_eq(Bterm(b), Beof);
	size = 10;
	b = Bopen("f", OREAD);
	broken = -Ehungup;
	ck_assert_int_eq(Bgetc(b), Beof);
	ck_assert_int_eq(Berror(b), -Ehungup);
	Bterm(b);
	broken = 0;
}
END_TEST

START_TEST(seek_forgets_what_was_read)
{
	Biobuf *b;

	for (size_t i = 0; i < 1000; i++)
		file[i] = (char)(i % 100);
	size = 1000;
	b = Bopen("f", OREAD);
	ck_assert_int_eq(Bgetc(b), 0);
	ck_assert_int_eq(Bseek(b, 49, 1), 50);
	ck_assert_int_eq(Bgetc(b), 50);
	ck_assert_int_eq(Bseek(b, -1, 2), 999);
	ck_assert_int_eq(Bgetc(b), 99);
	ck_assert_int_eq(Bgetc(b), Beof);
	ck_assert_int_eq(Bseek(b, 7, 0), 7);
	ck_assert_int_eq(Bungetc(b), Beof);
	ck_assert_int_eq(Bgetc(b), 7);
	Bterm(b);
}
END_TEST

START_TEST(read_is_short_only_at_the_end)
{
	static char buf[MAX];
	Biobuf *b;

	step = steps[_i];
	for (size_t i = 0; i < 3 * Bsize; i++)
		file[i] = (char)(i % 113);
	size = 3 * Bsize;
	b = Bopen("f", OREAD);
	ck_assert_int_eq(Bread(b, buf, 10), 10);
	ck_assert_int_eq(Bread(b, buf + 10, 2 * Bsize), 2 * Bsize);
	ck_assert_int_eq(Bread(b, buf + 10 + 2 * Bsize, 2 * Bsize), Bsize - 10);
	ck_assert_mem_eq(buf, file, size);
	ck_assert_int_eq(Bread(b, buf, 1), 0);
	Bterm(b);
}
END_TEST

UNIT_SUITE("bio", LOOP(lines_of_any_length_come_whole, steps), LOOP(strings_come_without_their_end, steps),
    LOOP(runes_come_whole_and_go_back, steps), CASE(bytes_go_back_over_the_edge_of_the_buffer),
    LOOP(what_is_written_arrives, steps), CASE(exits_flushes_what_is_left), CASE(errors_stay),
    CASE(seek_forgets_what_was_read), LOOP(read_is_short_only_at_the_end, steps))
