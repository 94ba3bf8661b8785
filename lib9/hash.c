/*
 * hash.c - MD5, SHA-1, SHA-2: the same frame, of blocks with the length in the last,
 * around a function that mixes one block into the state.
 * SEE     RFC 1321; FIPS 180-4; tests/unit/hash.c
 */
#include "lib9/hash.h"

/* the fractions of the cube roots of the first 80 primes; SHA-256 takes the high half
 * of the first 64 */
static const uint64_t roots[80] = {
	0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
	0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
	0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
	0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
	0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
	0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
	0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
	0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
	0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
	0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
	0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
	0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
	0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
	0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
	0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
	0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
	0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
	0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
	0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
	0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};
/* floor(2^32 |sin(i + 1)|) */
static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

typedef struct Kind Kind;
struct Kind {
	size_t size, block;             /* of the digest; of what is mixed at once */
	bool little;                    /* the words' byte order */
	void (*mix)(Hash *h, const uint8_t *p);
	uint64_t start[8];
};

static uint32_t
rol(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static uint32_t
ror(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static uint64_t
ror64(uint64_t x, int n)
{
	return x >> n | x << (64 - n);
}

static uint64_t
word_get(const uint8_t *p, size_t n, bool little)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << 8 * (little ? i : n - 1 - i);
	return x;
}

static void
word_put(uint8_t *p, uint64_t x, size_t n, bool little)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(x >> 8 * (little ? i : n - 1 - i));
}

static void
md5_mix(Hash *h, const uint8_t *p)
{
	static const uint8_t turns[4][4] = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } };
	uint32_t *s = h->state.w32, a = s[0], b = s[1], c = s[2], d = s[3], f;

	for (unsigned i = 0; i < 64; i++) {
		unsigned k;

		switch (i / 16) {
		case 0:
			f = (b & c) | (~b & d);
			k = i;
			break;
		case 1:
			f = (b & d) | (c & ~d);
			k = (5 * i + 1) % 16;
			break;
		case 2:
			f = b ^ c ^ d;
			k = (3 * i + 5) % 16;
			break;
		default:
			f = c ^ (b | ~d);
			k = 7 * i % 16;
			break;
		}
		f += a + sines[i] + (uint32_t)word_get(p + 4 * k, 4, true);
		a = d;
		d = c;
		c = b;
		b += rol(f, turns[i / 16][i % 4]);
	}
	s[0] += a;
	s[1] += b;
	s[2] += c;
	s[3] += d;
}

static void
sha1_mix(Hash *h, const uint8_t *p)
{
	uint32_t *s = h->state.w32, v[5], w[80], f, k;

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)word_get(p + 4 * i, 4, false);
	for (int i = 16; i < 80; i++)
		w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	memcpy(v, s, sizeof v);
	for (int i = 0; i < 80; i++) {
		if (i < 20)
			f = (v[1] & v[2]) | (~v[1] & v[3]), k = 0x5a827999;
		else if (i < 40)
			f = v[1] ^ v[2] ^ v[3], k = 0x6ed9eba1;
		else if (i < 60)
			f = (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]), k = 0x8f1bbcdc;
		else
			f = v[1] ^ v[2] ^ v[3], k = 0xca62c1d6;
		f += rol(v[0], 5) + v[4] + k + w[i];
		memmove(v + 1, v, 4 * sizeof *v);
		v[0] = f;
		v[2] = rol(v[2], 30);
	}
	for (int i = 0; i < 5; i++)
		s[i] += v[i];
}

static void
sha256_mix(Hash *h, const uint8_t *p)
{
	uint32_t *s = h->state.w32, v[8], w[64], a, b;

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)word_get(p + 4 * i, 4, false);
	for (int i = 16; i < 64; i++) {
		a = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
		b = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;
		w[i] = w[i - 16] + a + w[i - 7] + b;
	}
	memcpy(v, s, sizeof v);
	for (int i = 0; i < 64; i++) {
		a = v[7] + (ror(v[4], 6) ^ ror(v[4], 11) ^ ror(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) +
		    (uint32_t)(roots[i] >> 32) + w[i];
		b = (ror(v[0], 2) ^ ror(v[0], 13) ^ ror(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof *v);
		v[0] = a + b;
		v[4] += a;
	}
	for (int i = 0; i < 8; i++)
		s[i] += v[i];
}

static void
sha512_mix(Hash *h, const uint8_t *p)
{
	uint64_t *s = h->state.w64, v[8], w[80], a, b;

	for (int i = 0; i < 16; i++)
		w[i] = word_get(p + 8 * i, 8, false);
	for (int i = 16; i < 80; i++) {
		a = ror64(w[i - 15], 1) ^ ror64(w[i - 15], 8) ^ w[i - 15] >> 7;
		b = ror64(w[i - 2], 19) ^ ror64(w[i - 2], 61) ^ w[i - 2] >> 6;
		w[i] = w[i - 16] + a + w[i - 7] + b;
	}
	memcpy(v, s, sizeof v);
	for (int i = 0; i < 80; i++) {
		a = v[7] + (ror64(v[4], 14) ^ ror64(v[4], 18) ^ ror64(v[4], 41)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + roots[i] + w[i];
		b = (ror64(v[0], 28) ^ ror64(v[0], 34) ^ ror64(v[0], 39)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof *v);
		v[0] = a + b;
		v[4] += a;
	}
	for (int i = 0; i < 8; i++)
		s[i] += v[i];
}

static const Kind kinds[] = {
	[HASH_MD5] = { 16, 64, true, md5_mix, { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 } },
	[HASH_SHA1] = { 20, 64, false, sha1_mix, { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } },
	[HASH_SHA224] = { 28, 64, false, sha256_mix, {
		0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939,
		0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
	} },
	[HASH_SHA256] = { 32, 64, false, sha256_mix, {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	} },
	[HASH_SHA384] = { 48, 128, false, sha512_mix, {
		0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
		0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
	} },
	[HASH_SHA512] = { 64, 128, false, sha512_mix, {
		0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
		0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
	} },
};

static bool
is_wide(const Hash *h)
{
	return kinds[h->kind].mix == sha512_mix;
}

void
hash_init(Hash *h, enum HashKind kind)
{
	*h = (Hash){ .kind = kind };
	for (int i = 0; i < 8; i++)
		if (is_wide(h))
			h->state.w64[i] = kinds[kind].start[i];
		else
			h->state.w32[i] = (uint32_t)kinds[kind].start[i];
}

void
hash_add(Hash *h, const void *buf, size_t n)
{
	const Kind *k = &kinds[h->kind];
	const uint8_t *p = buf;
	size_t have = h->size % k->block, part;

	h->size += n;
	for (; n > 0; p += part, n -= part, have = 0) {
		part = k->block - have < n ? k->block - have : n;
		if (part == k->block) {
			k->mix(h, p);
			continue;
		}
		memcpy(h->block + have, p, part);
		if (have + part == k->block)
			k->mix(h, h->block);
	}
}

void
hash_end(Hash *h, uint8_t *digest)
{
	static const uint8_t pad[128] = { 0x80 };
	const Kind *k = &kinds[h->kind];
	size_t tail = k->block / 8, have = h->size % k->block, word = is_wide(h) ? 8 : 4;
	uint64_t bits = 8 * h->size;
	uint8_t length[16] = { 0 };

	hash_add(h, pad, (have < k->block - tail ? k->block : 2 * k->block) - tail - have);
	word_put(k->little ? length : length + tail - 8, bits, 8, k->little);
	hash_add(h, length, tail);
	for (size_t i = 0; i < k->size; i += word)
		word_put(digest + i, word == 8 ? h->state.w64[i / 8] : h->state.w32[i / 4], word, k->little);
}

size_t
hash_size(enum HashKind kind)
{
	return kinds[kind].size;
}

uint32_t
crc32(uint32_t crc, const void *buf, size_t n)
{
	static uint32_t table[256];
	const uint8_t *p = buf;

	if (table[1] == 0)
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;

			for (int k = 0; k < 8; k++)
				c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
			table[i] = c;
		}
	for (; n > 0; n--)
		crc = table[(crc ^ *p++) & 0xff] ^ crc >> 8;
	return crc;
}
