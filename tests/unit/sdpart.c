/*
 * tests/unit/sdpart.c - finding partitions.
 * Goal: MBR, logical partitions and bare FAT disks get their names; whatever
 * the sectors say, the scan ends, and each part is inside the disk, not empty
 * and apart from the others.
 */
#include "servants/sdpart.c"
#include "tests/unit.h"

enum { NSECTOR = 1000 };
static uint8_t disk[NSECTOR][512];
static unsigned nread;

static int
disk_read(void *arg, uint64_t sector, uint8_t *buf)
{
	USED(arg);
	ck_assert_uint_lt(sector, NSECTOR);
	ck_assert_uint_lt(++nread, 1000);
	memcpy(buf, disk[sector], 512);
	return 0;
}

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void
entry(unsigned sector, int i, uint8_t type, uint32_t start, uint32_t count)
{
	uint8_t *e = disk[sector] + 446 + 16 * i;

	e[4] = type;
	put32(e + 8, start);
	put32(e + 12, count);
	disk[sector][510] = 0x55;
	disk[sector][511] = 0xAA;
}

static void
fat_boot(unsigned sector)
{
	static const uint8_t bpb[] = { /* jmp, "mkfs.fat", 512-byte sectors, 4 a cluster,
		1 reserved, 2 FATs, 512 roots, 1000 sectors, F8 */
		0xEB, 0x3C, 0x90, 'm', 'k', 'f', 's', '.', 'f', 'a', 't', 0, 2, 4, 1, 0, 2, 0, 2,
		0xE8, 3, 0xF8,
	};

	memcpy(disk[sector], bpb, sizeof bpb);
	disk[sector][510] = 0x55;
	disk[sector][511] = 0xAA;
}

static char *
scan(void)
{
	static char text[4096];
	char *p = text;
	PartList l;

	nread = 0;
	ck_assert_int_eq(part_scan(disk_read, NULL, NSECTOR, 512, &l), 0);
	*p = '\0';
	for (size_t i = 0; i < l.n; i++)
		p += sprintf(p, "%s %u %u\n", l.part[i].name, (unsigned)l.part[i].start, (unsigned)l.part[i].end);
	sprintf(p, "bad %u\n", l.nbad);
	return text;
}

static void
start(void)
{
	memset(disk, 0, sizeof disk);
}

static int
cd_read(void *arg, uint64_t sector, uint8_t *buf)
{
	USED(arg);
	ck_assert_uint_lt(sector, NSECTOR / 4);
	memcpy(buf, disk[sector * 4], 2048);
	return 0;
}

/* what is a CD and a USB stick: its MBR counts 512 bytes, and would reach outside */
START_TEST(hybrid_cd_has_none)
{
	PartList l;

	start();
	entry(0, 0, TYPE_GPT, 1, NSECTOR - 1);
	memcpy(disk[16 * 4] + 1, "CD001", 5);
	ck_assert_int_eq(part_scan(cd_read, NULL, NSECTOR / 4, 2048, &l), 0);
	ck_assert_uint_eq(l.n + l.nbad, 0);
	disk[16 * 4][1] = 'X';
	ck_assert_int_eq(part_scan(cd_read, NULL, NSECTOR / 4, 2048, &l), 0);
	ck_assert_uint_eq(l.nbad, 1);
	ck_assert_int_eq(part_scan(cd_read, NULL, 16, 2048, &l), 0);
}
END_TEST

START_TEST(empty_disk_has_none)
{
	start();
	ck_assert_str_eq(scan(), "bad 0\n");
}
END_TEST

START_TEST(primaries_are_named_by_type)
{
	start();
	entry(0, 0, 0x0C, 10, 90);
	entry(0, 1, 0x83, 100, 100);
	entry(0, 2, 0x82, 200, 50);
	entry(0, 3, 0x39, 300, 700);
	ck_assert_str_eq(scan(), "dos 10 100\nlinux 100 200\nlinuxswap 200 250\nplan9 300 1000\nbad 0\n");
}
END_TEST

START_TEST(equal_types_are_numbered)
{
	start();
	entry(0, 0, 0x06, 10, 10);
	entry(0, 1, 0x0B, 20, 10);
	entry(0, 2, 0x01, 30, 10);
	entry(0, 3, 0x77, 40, 10);
	ck_assert_str_eq(scan(), "dos 10 20\ndos.1 20 30\ndos.2 30 40\ntype77 40 50\nbad 0\n");
}
END_TEST

START_TEST(logical_partitions_are_found)
{
	start();
	entry(0, 0, 0x83, 10, 90);
	entry(0, 1, 0x05, 100, 500);
	entry(100, 0, 0x06, 1, 99);    /* relative to its table */
	entry(100, 1, 0x05, 100, 100); /* relative to the extended partition */
	entry(200, 0, 0x83, 1, 50);
	entry(200, 1, 0x05, 300, 100);
	entry(400, 0, 0x82, 1, 20);
	ck_assert_str_eq(scan(), "linux 10 100\ndos 101 200\nlinux.1 201 251\nlinuxswap 401 421\nbad 0\n");
}
END_TEST

START_TEST(loop_of_logical_partitions_ends)
{
	start();
	entry(0, 0, 0x05, 100, 500);
	entry(100, 0, 0x06, 1, 50);
	entry(100, 1, 0x05, 100, 100);
	entry(200, 0, 0x06, 1, 50);
	entry(200, 1, 0x05, 300, 100);
	entry(400, 1, 0x05, 100, 100); /* back to 200 */
	ck_assert_ptr_nonnull(strstr(scan(), "dos 101 151\ndos.1 201 251\nbad "));
	ck_assert_uint_lt(nread, 100);
}
END_TEST

START_TEST(entries_past_the_end_are_dropped)
{
	start();
	entry(0, 0, 0x06, 10, 10);
	entry(0, 1, 0x06, 990, 11);
	entry(0, 2, 0x06, 5000, 1);
	entry(0, 3, 0x83, 20, 0xFFFFFFFF);
	ck_assert_str_eq(scan(), "dos 10 20\nbad 3\n");
}
END_TEST

START_TEST(overlapping_entries_are_dropped)
{
	start();
	entry(0, 0, 0x06, 10, 100);
	entry(0, 1, 0x83, 109, 10);
	entry(0, 2, 0x83, 110, 10);
	entry(0, 3, 0x83, 1, 500);
	ck_assert_str_eq(scan(), "dos 10 110\nlinux 110 120\nbad 2\n");
}
END_TEST

START_TEST(logical_outside_its_extended_is_dropped)
{
	start();
	entry(0, 0, 0x0F, 100, 100);
	entry(100, 0, 0x83, 1, 150);
	entry(100, 1, 0x05, 300, 50);
	ck_assert_str_eq(scan(), "bad 2\n");
}
END_TEST

START_TEST(bare_fat_disk_is_dos)
{
	start();
	fat_boot(0);
	ck_assert_str_eq(scan(), "dos 0 1000\nbad 0\n");
	disk[0][510] = 0; /* old formatters do not sign it */
	ck_assert_str_eq(scan(), "dos 0 1000\nbad 0\n");
}
END_TEST

START_TEST(boot_program_is_no_table)
{
	start();
	fat_boot(0);
	entry(0, 0, 0x83, 10, 100);
	entry(0, 1, 0xC3, 200, 100);
	disk[0][446 + 16] = 0xC3; /* neither 0 nor 80: code */
	ck_assert_str_eq(scan(), "dos 0 1000\nbad 0\n");
}
END_TEST

START_TEST(entry_from_sector_0_is_no_table)
{
	start();
	fat_boot(0);
	entry(0, 0, 0x0C, 0, 1000); /* as mkfs.fat --mbr writes it */
	ck_assert_str_eq(scan(), "dos 0 1000\nbad 0\n");
}
END_TEST

static int
bad_read(void *arg, uint64_t sector, uint8_t *buf)
{
	USED(arg), USED(sector), USED(buf);
	return -Eio;
}

START_TEST(read_error_is_passed_on)
{
	PartList l;

	ck_assert_int_eq(part_scan(bad_read, NULL, NSECTOR, 512, &l), -Eio);
	ck_assert_uint_eq(l.n, 0);
}
END_TEST

START_TEST(any_sectors_give_sane_parts)
{
	PartList l;
	uint32_t x = (uint32_t)_i * 2654435761u + 1;

	start();
	for (unsigned s = 0; s < NSECTOR; s++)
		for (int i = 0; i < 4; i++) {
			uint32_t r = x = x * 1664525u + 1013904223u;

			entry(s, i, (uint8_t)(r >> 24 & 1 ? 5 : r >> 16), (r >> 8) % 1100, (r >> 4) % 600);
		}
	nread = 0;
	ck_assert_int_eq(part_scan(disk_read, NULL, NSECTOR, 512, &l), 0);
	for (size_t i = 0; i < l.n; i++) {
		ck_assert_uint_lt(l.part[i].start, l.part[i].end);
		ck_assert_uint_le(l.part[i].end, NSECTOR);
		for (size_t k = 0; k < i; k++)
			ck_assert(l.part[k].end <= l.part[i].start || l.part[i].end <= l.part[k].start);
	}
}
END_TEST

static const char many[200];

static void
put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

static void
guid_entry(unsigned sector, size_t type, uint64_t start, uint64_t last)
{
	uint8_t *e = disk[sector];

	put32(e, guid_name[type].a);
	put32(e + 4, (uint32_t)guid_name[type].c << 16 | guid_name[type].b);
	memcpy(e + 8, guid_name[type].d, 8);
	put64(e + 32, start);
	put64(e + 40, last);
}

/* A header for 4 entries of 512 bytes. */
static void
gpt_header(unsigned at, unsigned entries)
{
	uint8_t *h = disk[at];

	memset(h, 0, 512);
	memcpy(h, "EFI PART", 8);
	put32(h + 12, 92);
	put64(h + 24, at);
	put64(h + 40, 40);
	put64(h + 48, 950);
	put64(h + 72, entries);
	put32(h + 80, 4);
	put32(h + 84, 512);
	put32(h + 88, ~crc32_add(~0u, disk[entries], 4 * 512));
	put32(h + 16, ~crc32_add(~0u, h, 92));
}

static void
gpt_disk(void)
{
	start();
	entry(0, 0, 0xEE, 1, NSECTOR - 1);
	guid_entry(2, 0, 40, 99);
	guid_entry(3, 1, 100, 199);   /* basic data: FAT */
	guid_entry(5, 6, 300, 950);
	fat_boot(100);
	memcpy(disk[960], disk[2], 4 * 512);
	gpt_header(1, 2);
	gpt_header(NSECTOR - 1, 960);
}

static const char gpt_parts[] = "esp 40 100\ndos 100 200\nplan9 300 951\nbad 0\n";

START_TEST(gpt_is_read_from_either_end)
{
	ck_assert_uint_eq(~crc32_add(~0u, (const uint8_t *)"123456789", 9), 0xCBF43926); /* the polynomial's check value */
	gpt_disk();
	ck_assert_str_eq(scan(), gpt_parts);
	disk[2][40]++; /* an entry that the checksum does not fit */
	ck_assert_str_eq(scan(), gpt_parts);
	disk[NSECTOR - 1][50]++;
	ck_assert_str_eq(scan(), "gpt 1 1000\nbad 0\n");
}
END_TEST

START_TEST(gpt_entries_stay_inside)
{
	gpt_disk();
	guid_entry(4, 2, 39, 60);      /* before the first sector for partitions */
	guid_entry(5, 6, 900, 951);    /* behind the last */
	gpt_header(1, 2);
	ck_assert_str_eq(scan(), "esp 40 100\ndos 100 200\nbad 2\n");
	guid_entry(4, 2, 150, 160);    /* in another one */
	guid_entry(5, 6, 900, 899);
	gpt_header(1, 2);
	ck_assert_str_eq(scan(), "esp 40 100\ndos 100 200\nbad 2\n");
}
END_TEST

/* Headers whose checksum is right and whose numbers are wild. */
static const struct {
	size_t at;
	uint64_t value;
} wild[] = {
	{ 72, UINT64_MAX }, { 72, NSECTOR }, { 72, NSECTOR - 1 }, { 80, UINT64_MAX }, { 80, 1024 }, { 84, UINT64_MAX }, { 84, 64 }, { 84, 0 },
	{ 48, NSECTOR }, { 24, 7 },
};

START_TEST(wild_gpt_headers_are_refused)
{
	uint8_t *h = disk[1];

	gpt_disk();
	memset(disk[NSECTOR - 1], 0, 512);
	put64(h + wild[_i].at, wild[_i].value);
	put32(h + 16, 0);
	put32(h + 16, ~crc32_add(~0u, h, 92));
	ck_assert_str_eq(scan(), "gpt 1 1000\nbad 0\n");
}
END_TEST

UNIT_SUITE("sdpart", CASE(gpt_is_read_from_either_end), CASE(gpt_entries_stay_inside), LOOP(wild_gpt_headers_are_refused, wild),
    CASE(hybrid_cd_has_none), CASE(empty_disk_has_none), CASE(primaries_are_named_by_type), CASE(equal_types_are_numbered),
    CASE(logical_partitions_are_found), CASE(loop_of_logical_partitions_ends), CASE(entries_past_the_end_are_dropped),
    CASE(overlapping_entries_are_dropped), CASE(logical_outside_its_extended_is_dropped),
    CASE(bare_fat_disk_is_dos), CASE(boot_program_is_no_table), CASE(entry_from_sector_0_is_no_table),
    CASE(read_error_is_passed_on), LOOP(any_sectors_give_sane_parts, many))
