/*
 * random.h - the generator behind #c/random. Pure: servants/random.c;
 * tests/unit/random.c.
 */
#ifndef SERVANTS_RANDOM_H
#define SERVANTS_RANDOM_H
#include "lib9/lib9.h"

typedef struct Random Random;
struct Random {
	uint32_t key[8];
	uint64_t count;      /* bytes made since the last mix */
};
/* chacha_block: RFC 8439, 2.3: 64 bytes. */
void chacha_block(const uint32_t key[8], uint32_t counter, const uint32_t nonce[3], uint8_t out[64]);
/* Mixes n bytes of whatever is hard to guess into the key. */
void random_mix(Random *r, const void *seed, size_t n);
/* n bytes; the key changes, so that earlier output can't be found from it. */
void random_make(Random *r, void *buf, size_t n);
#endif
