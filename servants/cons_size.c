/*
 * servants/cons_size.c - the terminal's size: the device's, or what a program told
 * ("size"), or what the terminal answered ("asksize": the cursor goes to the far corner,
 * ESC [ 6 n asks where it is). The answer is taken out of what is typed, whoever reads.
 * LOCKS   size.lk; leaf
 * LIMITS  an answer that takes longer than ANSWER_MS is input
 */
#include "servants/cons_impl.h"

enum { DEFAULT_COLS = 80, DEFAULT_ROWS = 24, MOST = 9999, ANSWER_MS = 3000 };

static struct {
	Lock lk;
	unsigned cols, rows;     /* lk: told, until the device knows better; 0: not */
	int64_t asked;           /* lk: when, in ns since the start; 0: no answer is due */
	char answer[SIZE_ANSWER]; /* the input thread's: what may be one */
	size_t nanswer;
} size;

void
size_get(unsigned *cols, unsigned *rows)
{
	lock(&size.lk);
	*cols = size.cols;
	*rows = size.rows;
	unlock(&size.lk);
	if (*cols == 0)
		conio_size(cols, rows);
	if (*cols == 0 || *rows == 0) {
		*cols = DEFAULT_COLS;
		*rows = DEFAULT_ROWS;
	}
}

int
size_set(uint64_t cols, uint64_t rows)
{
	if (cols == 0 || rows == 0 || cols > MOST || rows > MOST)
		return seterr(Ebadarg, "size: want COLUMNS ROWS, 1 to %d each", MOST);
	lock(&size.lk);
	size.cols = (unsigned)cols;
	size.rows = (unsigned)rows;
	unlock(&size.lk);
	return 0;
}

void
size_forget(void)
{
	lock(&size.lk);
	size.cols = size.rows = 0;
	unlock(&size.lk);
}

int
size_ask(void)
{
	static const char question[] = "\0337\033[999;999H\033[6n\0338";
	int64_t rc;

	if (conio_tells_size())
		return 0;
	lock(&size.lk);
	size.asked = up_ns() + 1;
	unlock(&size.lk);
	rc = conio_write(PORT_TERM, question, sizeof question - 1);
	return rc < 0 ? (int)rc : 0;
}

static bool
answer_due(void)
{
	bool due;

	lock(&size.lk);
	due = size.asked != 0 && up_ns() - size.asked < ANSWER_MS * INT64_C(1000000);
	if (!due)
		size.asked = 0;
	unlock(&size.lk);
	return due;
}

/* The whole of "ESC [ ROWS ; COLUMNS R"? Then it is the size; is that another? */
static bool
answer_take(bool *other)
{
	unsigned old_cols, old_rows;
	uint64_t rows = 0, cols = 0;
	char *semicolon;

	size_get(&old_cols, &old_rows);
	size.answer[size.nanswer - 1] = '\0';
	semicolon = strchr(size.answer, ';');
	if (semicolon == NULL || parse_u64(size.answer + 2, (size_t)(semicolon - size.answer - 2), &rows) < 0 ||
	    parse_u64(semicolon + 1, strlen(semicolon + 1), &cols) < 0 || size_set(cols, rows) < 0) {
		size.answer[size.nanswer - 1] = 'R';
		return false;
	}
	lock(&size.lk);
	size.asked = 0;
	unlock(&size.lk);
	*other = cols != old_cols || rows != old_rows;
	return true;
}

size_t
size_input(uint8_t c, char out[SIZE_ANSWER], bool *other)
{
	size_t n = size.nanswer;

	*other = false;
	if ((n == 0 && c != '\033') || (n == 0 && !answer_due())) {
		out[0] = (char)c;
		return 1;
	}
	size.answer[size.nanswer++] = (char)c;
	if (n == 0 || (n == 1 && c == '[') ||
	    (n > 1 && size.nanswer < SIZE_ANSWER - 1 && ((c >= '0' && c <= '9') || c == ';')))
		return 0; /* so far it may be one */
	if (n > 1 && c == 'R' && answer_take(other)) {
		size.nanswer = 0;
		return 0;
	}
	n = size.nanswer;
	memcpy(out, size.answer, n);
	size.nanswer = 0;
	return n;
}
