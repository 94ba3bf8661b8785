/*
 * tests/unit/hash.c - digests against the examples of RFC 1321 and FIPS 180, in one
 * piece and byte by byte, at the lengths where a block ends.
 */
#include "lib9/hash.h"
#include "tests/unit.h"

static const struct {
	enum HashKind kind;
	const char *text, *digest;
} table[] = {
	{ HASH_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ HASH_MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	{ HASH_MD5, "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
	    "57edf4a22be3c955ac49da2e2107b67a" },
	{ HASH_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ HASH_SHA1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ HASH_SHA224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
	{ HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ HASH_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ HASH_SHA384, "abc", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
	{ HASH_SHA512, "abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

static void
hex_of(char *text, enum HashKind kind, const char *s, size_t n, size_t step)
{
	uint8_t digest[HASH_MAX];
	Hash h;

	hash_init(&h, kind);
	for (size_t at = 0; at < n; at += step)
		hash_add(&h, s + at, n - at < step ? n - at : step);
	hash_end(&h, digest);
	for (size_t i = 0; i < hash_size(kind); i++)
		snprintf(text + 2 * i, 3, "%.2x", digest[i]);
}

START_TEST(a_digest_is_that_of_the_standard)
{
	char text[2 * HASH_MAX + 1];

	hex_of(text, table[_i].kind, table[_i].text, strlen(table[_i].text), 1000);
	ck_assert_str_eq(text, table[_i].digest);
}
END_TEST

START_TEST(pieces_make_no_difference)
{
	static char zeros[300];
	char whole[2 * HASH_MAX + 1], parts[2 * HASH_MAX + 1];

	for (size_t n = 0; n < sizeof zeros; n++)
		for (size_t step = 1; step < 140; step += 23) {
			hex_of(whole, (enum HashKind)_i, zeros, n, sizeof zeros);
			hex_of(parts, (enum HashKind)_i, zeros, n, step);
			ck_assert_str_eq(whole, parts);
		}
}
END_TEST

static const int kinds[] = { HASH_MD5, HASH_SHA1, HASH_SHA224, HASH_SHA256, HASH_SHA384, HASH_SHA512 };

START_TEST(crc_is_that_of_zip_without_inversion)
{
	/* "123456789" has 0xcbf43926 with both inversions */
	ck_assert_uint_eq(~crc32(0xffffffff, "123456789", 9), 0xcbf43926);
	ck_assert_uint_eq(crc32(0, "", 0), 0);
}
END_TEST

UNIT_SUITE("hash", LOOP(a_digest_is_that_of_the_standard, table), LOOP(pieces_make_no_difference, kinds),
    CASE(crc_is_that_of_zip_without_inversion))
