/*
 * tests/unit/fcall.c - the 9P codec against bytes written down by hand.
 * Goal: a golden message survives unpack + pack byte for byte; each proper
 * prefix, its size field made to agree, is refused, no byte read past the end;
 * so is each message with a byte too many.
 * SEE section 5 of the Plan 9 manual, from which the bytes come.
 */
#include "lib9/fcall.h"
#include "tests/unit.h"

#define BYTES(text) sizeof(text "") - 1, text ""
#define QID "\x80\x01\0\0\0\x02\0\0\0\0\0\0\0" /* type, vers, path */

static const struct {
	size_t n;
	const char *bytes;
	const char *text;
} golden[] = {
	{ BYTES("\x13\0\0\0" "\x64" "\xff\xff" "\0\x20\0\0" "\x06\0" "9P2000"),
	  "Tversion tag 65535 msize 8192 version \"9P2000\"" },
	{ BYTES("\x13\0\0\0" "\x65" "\xff\xff" "\0\x20\0\0" "\x06\0" "9P2000"),
	  "Rversion tag 65535 msize 8192 version \"9P2000\"" },
	{ BYTES("\x13\0\0\0" "\x66" "\x01\0" "\x07\0\0\0" "\x03\0" "bob" "\x01\0" "x"),
	  "Tauth tag 1 afid 7 uname \"bob\" aname \"x\"" },
	{ BYTES("\x14\0\0\0" "\x67" "\x01\0" QID), "Rauth tag 1 aqid (2 1 0x80)" },
	{ BYTES("\x18\0\0\0" "\x68" "\x01\0" "\x05\0\0\0" "\xff\xff\xff\xff" "\x05\0" "glend" "\0\0"),
	  "Tattach tag 1 fid 5 afid -1 uname \"glend\" aname \"\"" },
	{ BYTES("\x14\0\0\0" "\x69" "\x01\0" QID), "Rattach tag 1 qid (2 1 0x80)" },
	{ BYTES("\x0c\0\0\0" "\x6b" "\x01\0" "\x03\0" "bad"), "Rerror tag 1 ename \"bad\"" },
	{ BYTES("\x09\0\0\0" "\x6c" "\x02\0" "\x01\0"), "Tflush tag 2 oldtag 1" },
	{ BYTES("\x07\0\0\0" "\x6d" "\x02\0"), "Rflush tag 2" },
	{ BYTES("\x18\0\0\0" "\x6e" "\x03\0" "\x0c\0\0\0" "\x0d\0\0\0" "\x02\0" "\x01\0" "x" "\x02\0" "yz"),
	  "Twalk tag 3 fid 12 newfid 13 \"x\" \"yz\"" },
	{ BYTES("\x11\0\0\0" "\x6e" "\x03\0" "\x0c\0\0\0" "\x0d\0\0\0" "\0\0"), "Twalk tag 3 fid 12 newfid 13" },
	{ BYTES("\x23\0\0\0" "\x6f" "\x03\0" "\x02\0" QID QID), "Rwalk tag 3 (2 1 0x80) (2 1 0x80)" },
	{ BYTES("\x0c\0\0\0" "\x70" "\x03\0" "\x0d\0\0\0" "\x12"), "Topen tag 3 fid 13 mode 0x12" },
	{ BYTES("\x18\0\0\0" "\x71" "\x03\0" QID "\0\x10\0\0"), "Ropen tag 3 qid (2 1 0x80) iounit 4096" },
	{ BYTES("\x13\0\0\0" "\x72" "\x03\0" "\x0d\0\0\0" "\x01\0" "f" "\xb4\x01\0\0" "\x01"),
	  "Tcreate tag 3 fid 13 name \"f\" perm 0664 mode 0x1" },
	{ BYTES("\x18\0\0\0" "\x73" "\x03\0" QID "\0\0\0\0"), "Rcreate tag 3 qid (2 1 0x80) iounit 0" },
	{ BYTES("\x17\0\0\0" "\x74" "\x03\0" "\x0d\0\0\0" "\0\0\0\0\x01\0\0\0" "\0\x02\0\0"),
	  "Tread tag 3 fid 13 offset 4294967296 count 512" },
	{ BYTES("\x0e\0\0\0" "\x75" "\x03\0" "\x03\0\0\0" "a\n\""), "Rread tag 3 count 3 \"a\\x0a\\\"\"" },
	{ BYTES("\x0b\0\0\0" "\x75" "\x03\0" "\0\0\0\0"), "Rread tag 3 count 0" },
	{ BYTES("\x19\0\0\0" "\x76" "\x03\0" "\x0d\0\0\0" "\x05\0\0\0\0\0\0\0" "\x02\0\0\0" "hi"),
	  "Twrite tag 3 fid 13 offset 5 count 2 \"hi\"" },
	{ BYTES("\x0b\0\0\0" "\x77" "\x03\0" "\x02\0\0\0"), "Rwrite tag 3 count 2" },
	{ BYTES("\x0b\0\0\0" "\x78" "\x03\0" "\x0d\0\0\0"), "Tclunk tag 3 fid 13" },
	{ BYTES("\x07\0\0\0" "\x79" "\x03\0"), "Rclunk tag 3" },
	{ BYTES("\x0b\0\0\0" "\x7a" "\x03\0" "\x0d\0\0\0"), "Tremove tag 3 fid 13" },
	{ BYTES("\x07\0\0\0" "\x7b" "\x03\0"), "Rremove tag 3" },
	{ BYTES("\x0b\0\0\0" "\x7c" "\x03\0" "\x0d\0\0\0"), "Tstat tag 3 fid 13" },
	{ BYTES("\x0d\0\0\0" "\x7d" "\x03\0" "\x04\0" "\x02\0zz"), "Rstat tag 3 stat 4 bytes" },
	{ BYTES("\x11\0\0\0" "\x7e" "\x03\0" "\x0d\0\0\0" "\x04\0" "\x02\0zz"), "Twstat tag 3 fid 13 stat 4 bytes" },
	{ BYTES("\x07\0\0\0" "\x7f" "\x03\0"), "Rwstat tag 3" },
};

START_TEST(golden_survives_round_trip)
{
	const uint8_t *bytes = (const uint8_t *)golden[_i].bytes;
	uint8_t out[64];
	Fcall f;

	ck_assert_int_eq(fcall_unpack(&f, bytes, golden[_i].n), 0);
	ck_assert_int_eq(fcall_pack(&f, out, sizeof out), golden[_i].n);
	ck_assert_mem_eq(out, bytes, golden[_i].n);
}
END_TEST

START_TEST(golden_prints_as_people_write_it)
{
	char text[256], small[12];
	Fcall f;

	ck_assert_int_eq(fcall_unpack(&f, (const uint8_t *)golden[_i].bytes, golden[_i].n), 0);
	ck_assert_str_eq(fcall_str(text, sizeof text, &f), golden[_i].text);
	fcall_str(small, sizeof small, &f);
	ck_assert_int_eq(strncmp(small, golden[_i].text, sizeof small - 1), 0);
	ck_assert_uint_eq(strlen(small), strlen(text) < 11 ? strlen(text) : 11);
}
END_TEST

/* An exact malloc, so that ASan sees a read of byte n + 1. */
static int
unpack_exact(const uint8_t *bytes, size_t n, size_t size_field)
{
	uint8_t *exact = malloc(n);
	Fcall f;
	int rc;

	memcpy(exact, bytes, n);
	for (size_t i = 0; i < 4 && i < n; i++)
		exact[i] = (uint8_t)(size_field >> 8 * i);
	rc = fcall_unpack(&f, exact, n);
	free(exact);
	return rc;
}

START_TEST(prefix_is_refused)
{
	for (size_t n = 1; n < golden[_i].n; n++)
		ck_assert_int_eq(unpack_exact((const uint8_t *)golden[_i].bytes, n, n), -Ebadmsg);
}
END_TEST

START_TEST(leftover_bytes_are_refused)
{
	uint8_t buf[65] = { 0 };
	size_t n = golden[_i].n;

	memcpy(buf, golden[_i].bytes, n);
	ck_assert_int_eq(unpack_exact(buf, n + 1, n + 1), -Ebadmsg);
	ck_assert_int_eq(unpack_exact(buf, n + 1, n), -Ebadmsg);
	ck_assert_int_eq(unpack_exact(buf, n, n + 1), -Ebadmsg);
}
END_TEST

START_TEST(too_small_buffer_is_refused_by_pack)
{
	Fcall f;

	ck_assert_int_eq(fcall_unpack(&f, (const uint8_t *)golden[_i].bytes, golden[_i].n), 0);
	for (size_t n = 0; n < golden[_i].n; n++) {
		uint8_t *exact = malloc(n + (n == 0));

		ck_assert_int_eq(fcall_pack(&f, exact, n), -Eshort);
		free(exact);
	}
}
END_TEST

static const uint8_t strange_types[] = { 0, 99, 106, 128, 255 };

START_TEST(unknown_type_is_refused)
{
	uint8_t buf[7] = { 7, 0, 0, 0, strange_types[_i], 1, 0 };
	Fcall f;

	ck_assert_int_eq(fcall_unpack(&f, buf, 7), -Ebadmsg);
	f = (Fcall){ .type = strange_types[_i] };
	ck_assert_int_eq(fcall_pack(&f, buf, 7), -Ebadmsg);
}
END_TEST

START_TEST(seventeen_names_are_refused)
{
	uint8_t buf[17 + 17 * 2] = { sizeof buf, 0, 0, 0, Twalk, 1, 0, [15] = 17 };
	Fcall f;

	ck_assert_int_eq(fcall_unpack(&f, buf, sizeof buf), -Ebadmsg);
	buf[0] -= 2;
	buf[15] = 16;
	ck_assert_int_eq(fcall_unpack(&f, buf, sizeof buf - 2), 0);
	f.nwname = 17;
	ck_assert_int_eq(fcall_pack(&f, buf, sizeof buf), -Ebadmsg);
}
END_TEST

START_TEST(string_of_64k_is_refused_by_pack)
{
	static char big[65536];
	static uint8_t buf[70000];
	Fcall f = { .type = Rerror, .ename = { big, sizeof big } };

	ck_assert_int_eq(fcall_pack(&f, buf, sizeof buf), -Ebadmsg);
	f.ename.n--;
	ck_assert_int_eq(fcall_pack(&f, buf, sizeof buf), 65535 + 9);
}
END_TEST

START_TEST(header_counts_the_data_behind_it)
{
	uint8_t buf[32], whole[32];
	Fcall f = { .type = Rread, .tag = 9, .data = (const uint8_t *)"abc", .count = 3 };
	int n = fcall_header(&f, buf, sizeof buf);

	ck_assert_int_eq(n, 11);
	memcpy(buf + n, "abc", 3);
	ck_assert_int_eq(fcall_pack(&f, whole, sizeof whole), 14);
	ck_assert_mem_eq(buf, whole, 14);
}
END_TEST

/* What comes from outside can't reach a terminal: names, data, messages that are none. */
static const struct {
	size_t n;
	const char *bytes;
	const char *text;
} hostile[] = {
	{ BYTES("\x15\0\0\0" "\x6e" "\x01\0" "\1\0\0\0" "\2\0\0\0" "\1\0" "\2\0" "\x1b["), "Twalk tag 1 fid 1 newfid 2 \"\\x1b[\"" },
	{ BYTES("\x0e\0\0\0" "\x6b" "\x01\0" "\x05\0" "\xc3\xa4\xff\xc3\x28"), "Rerror tag 1 ename \"ä\\xff\\xc3(\"" },
	{ BYTES("\x0c\0\0\0" "\x6b" "\x01\0" "\x03\0" "\xe2\x80\xae"), "Rerror tag 1 ename \"\\xe2\\x80\\xae\"" }, /* right to left */
	{ BYTES("\x0b\0\0\0" "\x6b" "\x01\0" "\x02\0" "\xc2\x9b"), "Rerror tag 1 ename \"\\xc2\\x9b\"" }, /* C1: CSI */
	{ BYTES("\x0d\0\0\0" "\x6b" "\x01\0" "\x04\0" "a\0\"\\"), "Rerror tag 1 ename \"a\\x00\\\"\\\\\"" },
	/* longer, cut: the first bytes are there */
	{ BYTES("\x17\x10\0\0" "\x76" "\x03\0" "\x0d\0\0\0" "\x05\0\0\0\0\0\0\0" "\0\x10\0\0" "abcdefghijklmnopqrstuvwxyz"),
	  "Twrite tag 3 fid 13 offset 5 count 4096 \"abcdefghijklmnopqrstuvwx\"..." },
	{ BYTES("\x17\x10\0\0" "\x76" "\x03\0" "\x0d\0\0\0" "\x05\0\0\0\0\0\0\0" "\0\x10\0\0" "abc"),
	  "Twrite tag 3 fid 13 offset 5 count 4096" },
	{ BYTES("\xff\0\0\0" "\x66" "\x01\0" "\x07\0\0\0" "\x03\0" "bob" "\xe0\0" "xy"), "Tauth tag 1 afid 7 uname \"bob\" ...(255)" },
	/* no message at all */
	{ BYTES("\x07\0\0\0" "\x6a" "\x01\0"), "malformed size 7 \"\\x07\\x00\\x00\\x00j\\x01\\x00\"" },
	{ BYTES("\x08\0\0\0" "\x6d" "\x01\0" "!"), "malformed Rflush tag 1 size 8 \"\\x08\\x00\\x00\\x00m\\x01\\x00!\"" },
	{ BYTES("\x03"), "malformed size 1 \"\\x03\"" },
	{ BYTES(""), "malformed size 0 \"\"" },
};

START_TEST(hostile_bytes_are_quoted_or_told)
{
	uint8_t *exact = malloc(hostile[_i].n + 1);
	char text[600], small[12];

	memcpy(exact, hostile[_i].bytes, hostile[_i].n);
	ck_assert_str_eq(fcall_text(text, sizeof text, exact, hostile[_i].n), hostile[_i].text);
	fcall_text(small, sizeof small, exact, hostile[_i].n);
	ck_assert_int_eq(strncmp(small, text, sizeof small - 1), 0);
	free(exact);
}
END_TEST

START_TEST(long_name_is_cut_with_its_length)
{
	uint8_t buf[400] = { 0 };
	char text[600], name[300], want[200];
	Fcall f = { .type = Tcreate, .tag = 1, .name = { name, sizeof name } };
	int n;

	memset(name, 'x', sizeof name);
	n = fcall_pack(&f, buf, sizeof buf);
	ck_assert_int_gt(n, 0);
	snprintf(want, sizeof want, "Tcreate tag 1 fid 0 name \"%.96s\"...(300) perm 00 mode 0x0", name);
	ck_assert_str_eq(fcall_text(text, sizeof text, buf, (size_t)n), want);
}
END_TEST

/* Each prefix of each message is shown, and no byte behind it looked at. */
START_TEST(any_prefix_can_be_shown)
{
	char text[600];

	for (size_t n = 0; n <= golden[_i].n; n++) {
		uint8_t *exact = malloc(n + (n == 0));

		memcpy(exact, golden[_i].bytes, n);
		ck_assert(fcall_text(text, sizeof text, exact, n)[0] != '\0');
		free(exact);
	}
	ck_assert_str_eq(text, golden[_i].text);
}
END_TEST

UNIT_SUITE("fcall", LOOP(hostile_bytes_are_quoted_or_told, hostile), CASE(long_name_is_cut_with_its_length),
    LOOP(any_prefix_can_be_shown, golden), LOOP(golden_survives_round_trip, golden), LOOP(golden_prints_as_people_write_it, golden),
    LOOP(prefix_is_refused, golden), LOOP(leftover_bytes_are_refused, golden),
    LOOP(too_small_buffer_is_refused_by_pack, golden), LOOP(unknown_type_is_refused, strange_types),
    CASE(seventeen_names_are_refused), CASE(string_of_64k_is_refused_by_pack),
    CASE(header_counts_the_data_behind_it))
