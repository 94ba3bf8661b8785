/*
 * hash.h - checksums of bytes that come in pieces: MD5 (RFC 1321), SHA-1 and SHA-2
 * (FIPS 180-4), and CRC-32.
 *
 *	Hash h;
 *	hash_init(&h, HASH_SHA256);
 *	hash_add(&h, bytes, n);         as often as there is more
 *	hash_end(&h, digest);           hash_size(HASH_SHA256) bytes; h is used up
 */
#ifndef LIB9_HASH_H
#define LIB9_HASH_H
#include "lib9/lib9.h"

enum HashKind { HASH_MD5, HASH_SHA1, HASH_SHA224, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
enum { HASH_MAX = 64 };                 /* bytes of the longest digest */

typedef struct Hash Hash;
struct Hash {
	enum HashKind kind;
	uint64_t size;                  /* bytes so far */
	union {
		uint32_t w32[8];
		uint64_t w64[8];
	} state;
	uint8_t block[128];             /* not yet mixed in */
};
void hash_init(Hash *h, enum HashKind kind);
void hash_add(Hash *h, const void *buf, size_t n);
void hash_end(Hash *h, uint8_t *digest);
size_t hash_size(enum HashKind kind);

/* crc32 goes on from crc (0 at first) with n bytes; the polynomial 0xedb88320 without
 * inversion before or after. */
uint32_t crc32(uint32_t crc, const void *buf, size_t n);
#endif
