/*
 * cmd/ed/in.c - what is typed: by the user, or in the list of a global command.
 */
#include "cmd/ed/ed.h"

static Biobuf in;
static const char *list;        /* of a global command; NULL: none */
static int pushed, last;        /* pushed: 0 is none */

void
in_start(void)
{
	if (Binit(&in, 0, OREAD) < 0)
		sysfatal("%r");
}

static int
list_get(void)
{
	Rune r;
	int n;

	if (*list == '\0')
		return IN_END;
	n = chartorune(&r, list);
	if (r == Runeerror && n == 1)
		return IN_BYTE | (unsigned char)*list++;
	list += n;
	return (int)r;
}

static int
typed_get(void)
{
	int64_t r;

	if (Bbuffered(&in) == 0)
		Bflush(ed_out);
	r = Bgetrune(&in);
	if (ed.interrupted || ed.hangup || r < 0) {
		bool note = ed.interrupted || ed.hangup;

		in.error = 0; /* a read that a note broke off, or an end that was typed */
		in.eof = false;
		return note ? IN_NOTE : IN_END;
	}
	if (r == Runeerror && Blinelen(&in) == 1) {
		Bungetrune(&in);
		return IN_BYTE | Bgetc(&in);
	}
	return (int)r;
}

int
in_get(void)
{
	int c = pushed;

	pushed = 0;
	if (c == 0)
		c = list != NULL ? list_get() : typed_get();
	last = c;
	return c;
}

void
in_unget(int c)
{
	pushed = c;
}

int
in_peek(void)
{
	int c = in_get();

	in_unget(c);
	return c;
}

void
in_list(const char *s)
{
	list = s;
	pushed = 0;
}

bool
in_global(void)
{
	return list != NULL;
}

void
in_drop(void)
{
	pushed = 0;
	if (list != NULL) { /* the line that it came from has been read */
		list = NULL;
		return;
	}
	while (last != '\n' && last >= 0)
		in_get();
	pushed = 0;
}

void
text_bytes(Chars *t, const char *s, size_t n)
{
	if (n == 0)
		return;
	if (t->n + n + 1 > t->room)
		t->s = cmd_alloc(t->s, t->room = 2 * (t->n + n) + 64);
	memcpy(t->s + t->n, s, n);
	t->n += n;
}

void
text_add(Chars *t, int c)
{
	char utf[UTFmax];
	Rune r = (Rune)c;

	if (c & IN_BYTE) {
		utf[0] = (char)c;
		text_bytes(t, utf, 1);
	} else {
		text_bytes(t, utf, (size_t)runetochar(utf, &r));
	}
}

char *
text_end(Chars *t)
{
	if (t->s == NULL)
		t->s = cmd_alloc(NULL, t->room = 64);
	t->s[t->n] = '\0';
	t->n = 0;
	return t->s;
}
