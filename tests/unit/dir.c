/*
 * tests/unit/dir.c - stat(5) entries, against bytes written down by hand.
 * Goal: nothing but an exact entry is taken, and no byte past it is read.
 */
#include "lib9/lib9.h"
#include "tests/unit.h"

static const uint8_t golden[] = {
	0x3B, 0,                                /* size: 59 follow */
	0x4D, 0,                                /* type 'M' */
	1, 2, 3, 4,                             /* dev */
	0x80, 7, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, /* qid: type, vers, path */
	0xED, 1, 0, 0x80,                       /* mode: DMDIR 0755 */
	0x10, 0, 0, 0, 0x20, 0, 0, 0,           /* atime, mtime */
	5, 0, 0, 0, 1, 0, 0, 0,                 /* length */
	3, 0, 'b', 'i', 'n',
	3, 0, 's', 'y', 's',
	4, 0, 'w', 'o', 'r', 'k',
	2, 0, 'm', 'e',
};

START_TEST(golden_bytes_unpack_and_pack)
{
	char strs[sizeof golden];
	uint8_t back[sizeof golden];
	Dir d;

	ck_assert_int_eq(dir_unpack(&d, golden, sizeof golden, strs), sizeof golden);
	ck_assert_uint_eq(d.type, 'M');
	ck_assert_uint_eq(d.dev, 0x04030201);
	ck_assert_uint_eq(d.qid.type, QTDIR);
	ck_assert_uint_eq(d.qid.vers, 7);
	ck_assert_uint_eq(d.qid.path, 0x0100000000000009);
	ck_assert_uint_eq(d.mode, DMDIR | 0755);
	ck_assert_uint_eq(d.atime, 0x10);
	ck_assert_uint_eq(d.mtime, 0x20);
	ck_assert_uint_eq(d.length, 0x100000005);
	ck_assert_str_eq(d.name, "bin");
	ck_assert_str_eq(d.uid, "sys");
	ck_assert_str_eq(d.gid, "work");
	ck_assert_str_eq(d.muid, "me");
	ck_assert_uint_eq(dir_size(&d), sizeof golden);
	ck_assert_int_eq(dir_pack(&d, back, sizeof back), sizeof golden);
	ck_assert_mem_eq(back, golden, sizeof golden);
}
END_TEST

static int
unpack_exact(const uint8_t *bytes, size_t n)
{
	uint8_t *exact = malloc(n + (n == 0)); /* ASan sees byte n + 1 */
	char *strs = malloc(n + 1);
	Dir d;
	int rc;

	memcpy(exact, bytes, n);
	rc = dir_unpack(&d, exact, n, strs);
	free(exact);
	free(strs);
	return rc;
}

START_TEST(each_truncation_is_refused)
{
	for (size_t n = 0; n < sizeof golden; n++) {
		uint8_t bytes[sizeof golden];

		ck_assert_int_eq(unpack_exact(golden, n), -Ebadstat);
		if (n < 2)
			continue;
		memcpy(bytes, golden, n);
		bytes[0] = (uint8_t)(n - 2); /* the size field agrees */
		ck_assert_int_eq(unpack_exact(bytes, n), -Ebadstat);
	}
}
END_TEST

START_TEST(size_must_be_that_of_the_strings)
{
	uint8_t bytes[sizeof golden + 1];

	memcpy(bytes, golden, sizeof golden);
	bytes[sizeof golden] = 0;
	ck_assert_int_eq(unpack_exact(bytes, sizeof bytes), sizeof golden); /* more may follow */
	bytes[0]++;
	ck_assert_int_eq(unpack_exact(bytes, sizeof bytes), -Ebadstat);
	bytes[0] -= 2;
	ck_assert_int_eq(unpack_exact(bytes, sizeof golden), -Ebadstat);
}
END_TEST

START_TEST(nul_in_a_string_is_refused)
{
	uint8_t bytes[sizeof golden];

	memcpy(bytes, golden, sizeof golden);
	bytes[sizeof golden - 1] = 0;
	ck_assert_int_eq(unpack_exact(bytes, sizeof bytes), -Ebadstat);
}
END_TEST

START_TEST(random_bytes_read_nothing_outside)
{
	uint64_t seed = 9;

	for (int i = 0; i < 200000; i++) {
		uint8_t bytes[sizeof golden];

		memcpy(bytes, golden, sizeof golden);
		for (int k = 0; k < 3; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			bytes[(seed >> 40) % sizeof golden] = (uint8_t)(seed >> 33);
		}
		int rc = unpack_exact(bytes, sizeof bytes);
		ck_assert(rc == -Ebadstat || (rc > 0 && rc <= (int)sizeof bytes));
	}
}
END_TEST

START_TEST(pack_refuses_a_small_buffer)
{
	Dir d = { .name = "bin", .uid = "sys", .gid = "work", .muid = "me" };

	for (size_t n = 0; n < sizeof golden; n++) {
		uint8_t *exact = malloc(n + (n == 0));

		ck_assert_int_eq(dir_pack(&d, exact, n), -Eshort);
		free(exact);
	}
}
END_TEST

START_TEST(pack_refuses_what_the_size_field_cannot_say)
{
	char *name = malloc(70000);
	uint8_t *buf = malloc(80000);
	Dir d;

	memset(name, 'n', 69999);
	name[69999] = '\0';
	dir_null(&d);
	d.name = name;
	ck_assert_int_eq(dir_pack(&d, buf, 80000), -Eshort);
	free(name);
	free(buf);
}
END_TEST

START_TEST(null_entry_survives)
{
	uint8_t buf[64];
	char strs[64];
	Dir d, e;

	dir_null(&d);
	ck_assert_int_eq(dir_pack(&d, buf, sizeof buf), 49);
	for (int i = 2; i < 41; i++)
		ck_assert_uint_eq(buf[i], 0xFF);
	ck_assert_int_eq(dir_unpack(&e, buf, 49, strs), 49);
	ck_assert_uint_eq(e.length, UINT64_MAX);
	ck_assert_str_eq(e.name, "");
}
END_TEST

UNIT_SUITE("dir", CASE(golden_bytes_unpack_and_pack), CASE(each_truncation_is_refused), CASE(size_must_be_that_of_the_strings),
    CASE(nul_in_a_string_is_refused), CASE(random_bytes_read_nothing_outside), CASE(pack_refuses_a_small_buffer),
    CASE(pack_refuses_what_the_size_field_cannot_say), CASE(null_entry_survives))
