/*
 * servants/random.c - random bytes by ChaCha20, whose key is replaced by its
 * own output after every use.
 * SEE     RFC 8439, 2.1 to 2.3; tests/unit/random.c
 */
#include "servants/random.h"

static uint32_t
rotl(uint32_t v, int n)
{
	return v << n | v >> (32 - n);
}

static void
quarter_round(uint32_t *x, int a, int b, int c, int d)
{
	x[a] += x[b], x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d], x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b], x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d], x[b] = rotl(x[b] ^ x[c], 7);
}

void
chacha_block(const uint32_t key[8], uint32_t counter, const uint32_t nonce[3], uint8_t out[64])
{
	uint32_t s[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 }, x[16];

	memcpy(s + 4, key, 32);
	s[12] = counter;
	memcpy(s + 13, nonce, 12);
	memcpy(x, s, sizeof x);
	for (int i = 0; i < 10; i++) {
		for (int k = 0; k < 4; k++)
			quarter_round(x, k, 4 + k, 8 + k, 12 + k);
		for (int k = 0; k < 4; k++)
			quarter_round(x, k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4);
	}
	for (int i = 0; i < 16; i++) {
		uint32_t v = x[i] + s[i];

		for (int k = 0; k < 4; k++)
			out[4 * i + k] = (uint8_t)(v >> 8 * k);
	}
}

/* The next key is a block of the present one; half of it is dropped. */
static void
key_step(Random *r)
{
	static const uint32_t nonce[3] = { 0, 0, 1 };
	uint8_t block[64];

	chacha_block(r->key, 0, nonce, block);
	memcpy(r->key, block, sizeof r->key);
}

void
random_mix(Random *r, const void *seed, size_t n)
{
	const uint8_t *p = seed;

	while (n > 0) {
		uint8_t k[sizeof r->key];
		size_t part = n < sizeof k ? n : sizeof k;

		memcpy(k, r->key, sizeof k);
		for (size_t i = 0; i < part; i++)
			k[i] ^= p[i];
		memcpy(r->key, k, sizeof k);
		key_step(r);
		p += part;
		n -= part;
	}
	r->count = 0;
}

void
random_make(Random *r, void *buf, size_t n)
{
	uint32_t nonce[3] = { 0 }, counter = 0;
	uint8_t block[64], *to = buf;

	r->count += n;
	while (n > 0) {
		size_t part = n < sizeof block ? n : sizeof block;

		chacha_block(r->key, counter++, nonce, block);
		if (counter == 0)
			nonce[0]++;
		memcpy(to, block, part);
		to += part;
		n -= part;
	}
	key_step(r);
}
