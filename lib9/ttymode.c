/*
 * ttymode.c - the modes of a terminal that ESC [ ? numbers h and l change.
 * SEE     tests/unit/key.c; "XTerm Control Sequences"
 */
#include "lib9/lib9.h"
#include "lib9/ttymode.h"

/* The number, whether it is on at the start, and the way back there. */
static const struct {
	unsigned number;
	bool on;
	char reset[9];
} modes[] = {
	{ 25, true, "\033[?25h" },      /* the cursor */
	{ 7, true, "\033[?7h" },        /* wrapping */
	{ 1, false, "\033[?1l" },       /* other arrows */
	{ 1000, false, "\033[?1000l" }, /* the mouse */
	{ 1006, false, "\033[?1006l" },
	{ 2004, false, "\033[?2004l" }, /* pastes in brackets */
	{ 1049, false, "\033[?1049l" }, /* the other screen: the last, it moves the cursor */
};
_Static_assert(nelem(modes) * sizeof modes[0].reset + 3 <= TTYMODE_RESET, "all of them fit");

static void
number_end(TtyMode *m)
{
	for (size_t i = 0; i < nelem(modes); i++)
		if (modes[i].number == m->number)
			m->found |= 1u << i;
	m->number = 0;
}

static void
sequence_end(TtyMode *m, bool on)
{
	number_end(m);
	for (size_t i = 0; i < nelem(modes); i++)
		if (m->found & 1u << i)
			m->changed = on == modes[i].on ? m->changed & ~(1u << i) : m->changed | 1u << i;
}

static void
byte_watch(TtyMode *m, char c)
{
	switch (m->state) {
	case TTYMODE_TEXT:
		m->state = c == '\033' ? TTYMODE_ESC : TTYMODE_TEXT;
		return;
	case TTYMODE_ESC:
		m->state = c == '[' ? TTYMODE_CSI : c == '\033' ? TTYMODE_ESC : TTYMODE_TEXT;
		return;
	case TTYMODE_CSI:
		m->state = c == '?' ? TTYMODE_PRIVATE : TTYMODE_TEXT;
		m->number = m->found = 0;
		return;
	case TTYMODE_PRIVATE:
		break;
	}
	if (c >= '0' && c <= '9') {
		m->number = m->number < 100000 ? m->number * 10 + (unsigned)(c - '0') : m->number;
	} else if (c == ';') {
		number_end(m);
	} else {
		if (c == 'h' || c == 'l')
			sequence_end(m, c == 'h');
		m->state = TTYMODE_TEXT;
	}
}

void
ttymode_watch(TtyMode *m, const char *s, size_t n)
{
	for (const char *end = s + n; s < end; s++) {
		if (m->state == TTYMODE_TEXT && (s = memchr(s, '\033', (size_t)(end - s))) == NULL)
			return;
		byte_watch(m, *s);
	}
}

size_t
ttymode_reset(TtyMode *m, char *text)
{
	size_t n = 0;

	if (m->changed == 0)
		return 0;
	memcpy(text, "\033[m", 3);
	n = 3;
	for (size_t i = 0; i < nelem(modes); i++)
		if (m->changed & 1u << i) {
			size_t k = strnlen(modes[i].reset, sizeof modes[i].reset);

			memcpy(text + n, modes[i].reset, k);
			n += k;
		}
	m->changed = 0;
	return n;
}
