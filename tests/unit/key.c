/*
 * tests/unit/key.c - terminals' bytes as keys; modes that are switched on and undone.
 * Goal: each sequence makes the key it stands for, alone and behind half a character;
 * unknown ones vanish whole; any bytes end in a state from which text is read again.
 */
#include "lib9/key.h"
#include "lib9/ttymode.h"
#include "tests/unit.h"

/* bytes, and the keys as text: runes, <U up …, s a c before for modifiers, =hex bytes */
static const struct {
	const char *bytes, *keys;
} table[] = {
	{ "aé日", "aé日" },
	{ "\033[A\033OB\033[C\033[D", "<A><B><C><D>" },
	{ "\033[H\033[F\033[1~\033[4~\033[7~\033[8~\033OH\033OF", "<H><E><H><E><H><E><H><E>" },
	{ "\033[3~\033[5~\033[6~\033[2~", "<X><P><N><I>" },
	{ "\033[1;5C\033[1;2D\033[1;3A\033[3;5~\033Od\033Oc\033[c", "c<C>s<D>a<A>c<X>c<D>c<C>s<C>" },
	{ "\033b\033f\033\177\033é", "abafa\177aé" },
	{ "\033\033[D", "a<D>" },
	{ "\033OP\033[11~\033[15~\033[24~\033[[B\033[1;2P", "<F1><F1><F5><F12><F2>s<F1>" },
	{ "\033[200~x\033[201~", "<{>x<}>" },
	{ "\033[48;24;80;0;0t\033[24;80R\033[1;5R", "<S24,80><@24,80>c<F3>" },
	{ "\033[?25hx\033[>0;1cx\033[1;2 qx\033[99~x\033Ozx\033[[Zx", "xxxxxx" },
	{ "\033[1;2;3;4;5;6;7;8;9;10Cx\033[4294967297~x", "xx" },
	{ "\xE3\x81x\xFF\xE3\033[A\xC3\xC3\xA9", "=E3=81x=FF=E3<A>=C3é" },
	{ "\033[12\033[Ax\033[1\rx", "<A>x\rx" },
	{ "\x01\x7f\t\r\n", "\x01\x7f\t\r\n" },
	{ "\033[Z", "<T>" },
};

static char *
key_text(char *p, char *end, const Key *k)
{
	static const char *const name[] = { "A", "B", "D", "C", "H", "E", "P", "N", "I", "X", "T" };
	Rune r = k->code;

	if (k->mod != 0)
		p = seprint(p, end, "%s%s%s", k->mod & KeyShift ? "s" : "", k->mod & KeyAlt ? "a" : "",
		    k->mod & KeyCtrl ? "c" : "");
	if (r >= KeyByte)
		return seprint(p, end, "=%02X", r - KeyByte);
	if (r >= KeyF1 && r <= KeyF12)
		return seprint(p, end, "<F%d>", r - KeyF1 + 1);
	if (r == KeyPaste || r == KeyPasteend)
		return seprint(p, end, r == KeyPaste ? "<{>" : "<}>");
	if (r == KeySize || r == KeyCursor)
		return seprint(p, end, "<%s%d,%d>", r == KeySize ? "S" : "@", k->arg[0], k->arg[1]);
	if (r >= KeyUp)
		return seprint(p, end, "<%s>", name[r - KeyUp]);
	return seprint(p, end, "%C", r);
}

START_TEST(sequences_are_keys)
{
	char text[512] = "", *p = text;
	KeyIn in = { .alt = false };
	Key k[UTFmax];

	for (const char *s = table[_i].bytes; *s != '\0'; s++)
		for (size_t i = 0, n = key_input(&in, (uint8_t)*s, k); i < n; i++)
			p = key_text(p, text + sizeof text, &k[i]);
	ck_assert_str_eq(text, table[_i].keys);
}
END_TEST

START_TEST(any_bytes_end_in_text)
{
	uint32_t seed = 1;

	for (int run = 0; run < 20000; run++) {
		KeyIn in = { .alt = false };
		Key k[UTFmax];
		size_t n;

		for (int i = 0; i < 30; i++) {
			seed = seed * 1664525 + 1013904223;
			n = key_input(&in, seed >> 24 > 100 ? (uint8_t)(seed >> 16) : (uint8_t)"\033[O;1~A"[seed >> 16 & 7], k);
			ck_assert_uint_le(n, UTFmax);
			for (size_t j = 0; j < n; j++)
				ck_assert_uint_lt(k[j].code, KeyByte + 256);
		}
		for (int i = 0; i < 2; i++) /* ends whatever sequence it was in */
			(void)key_input(&in, '\r', k);
		n = key_input(&in, 'q', k);
		ck_assert_uint_eq(n, 1);
		ck_assert_uint_eq(k[0].code, 'q');
		ck_assert_uint_eq(k[0].mod, 0);
	}
}
END_TEST

/* written; what undoes it */
static const struct {
	const char *written, *reset;
} mode[] = {
	{ "text \033[1mbold\033[m\033[2J", "" },
	{ "\033[?25l", "\033[m\033[?25h" },
	{ "\033[?25l\033[?25h", "" },
	{ "\033[?1049h\033[?1;25l\033[?2004h", "\033[m\033[?25h\033[?2004l\033[?1049l" },
	{ "\033[?1049;25l\033\033[?7l", "\033[m\033[?25h\033[?7h" },
	{ "\033[?99999999999h\033[?25x\033[?25", "" },
};

START_TEST(modes_are_undone)
{
	TtyMode m = { .number = 0 };
	char text[TTYMODE_RESET + 1];

	for (const char *s = mode[_i].written; *s != '\0'; s++)
		ttymode_watch(&m, s, 1);
	text[ttymode_reset(&m, text)] = '\0';
	ck_assert_str_eq(text, mode[_i].reset);
	ck_assert_uint_eq(ttymode_reset(&m, text), 0);
	memset(&m, 0, sizeof m);
	ttymode_watch(&m, mode[_i].written, strlen(mode[_i].written));
	text[ttymode_reset(&m, text)] = '\0';
	ck_assert_str_eq(text, mode[_i].reset);
}
END_TEST

UNIT_SUITE("key", LOOP(modes_are_undone, mode), LOOP(sequences_are_keys, table), CASE(any_bytes_end_in_text))
