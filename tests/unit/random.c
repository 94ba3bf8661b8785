/*
 * tests/unit/random.c - the generator behind #c/random.
 * Goal: the block function gives the bytes of RFC 8439, 2.3.2; output never
 * repeats and depends on all that was mixed in.
 */
#include "servants/random.c"
#include "tests/unit.h"

START_TEST(block_is_that_of_rfc_8439)
{
	static const uint8_t want[64] = {
		0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4,
		0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e,
		0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2,
		0xb5, 0x12, 0x9c, 0xd1, 0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
	};
	/* key 00 01 02 … 1f, nonce 00 00 00 09 00 00 00 4a 00 00 00 00, as words */
	static const uint32_t nonce[3] = { 0x09000000, 0x4a000000, 0 };
	uint32_t key[8];
	uint8_t got[64];

	for (uint32_t i = 0; i < 8; i++)
		key[i] = (4 * i) | (4 * i + 1) << 8 | (4 * i + 2) << 16 | (4 * i + 3) << 24;
	chacha_block(key, 1, nonce, got);
	ck_assert_mem_eq(got, want, sizeof want);
}
END_TEST

START_TEST(two_reads_differ)
{
	Random r = { .count = 0 };
	uint8_t a[100], b[100];

	random_mix(&r, "seed", 4);
	random_make(&r, a, sizeof a);
	random_make(&r, b, sizeof b);
	ck_assert_mem_ne(a, b, sizeof a);
}
END_TEST

START_TEST(every_seed_byte_counts)
{
	uint8_t seed[70] = { 0 }, a[32], b[32];

	for (size_t i = 0; i < sizeof seed; i++) {
		Random r = { .count = 0 }, s = { .count = 0 };

		random_mix(&r, seed, sizeof seed);
		seed[i] ^= 1;
		random_mix(&s, seed, sizeof seed);
		seed[i] ^= 1;
		random_make(&r, a, sizeof a);
		random_make(&s, b, sizeof b);
		ck_assert_mem_ne(a, b, sizeof a);
	}
}
END_TEST

UNIT_SUITE("random", CASE(block_is_that_of_rfc_8439), CASE(two_reads_differ), CASE(every_seed_byte_counts))
