/* SHA-256 (FIPS 180-4); CRC-32 by table and a 64-bit hash of multiplications and rotations. */
#include "machine.h"

static inline u32 right(u32 x, int n) { return x >> n | x << (32 - n); }
static inline u64 left(u64 x, int n) { return x << n | x >> (64 - n); }

static void fill(u64 seed, u32 bytes) {
    for (u64 i = 0; i < bytes; i += 8) *(u64 *) (arena + i) = next(&seed);
}

/* ---- SHA-256 ---- */

enum { SHA_BYTES = 64 << 10, SHA_TIMES = 60 };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes (4.2.2), found by search. */
static u32 constants[64], initial[8];

/* floor(root(p) * 2^32) for a square or cube root, without its integer part. */
static u32 root_fraction(u32 p, int cube) {
    u64 low = 0, high = 32ul << 32;
    while (high - low > 1) {
        u64 middle = (low + high) / 2;
        unsigned __int128 square = (unsigned __int128) middle * middle;
        int above = cube ? square * middle > (unsigned __int128) p << 96 : square > (unsigned __int128) p << 64;
        if (above) high = middle; else low = middle;
    }
    return (u32) low;
}

static void compress_block(u32 *state, const u8 *block) {
    u32 w[64];
    for (int i = 0; i < 16; i++) w[i] = __builtin_bswap32(*(const u32 *) (block + 4 * i));
    for (int i = 16; i < 64; i++) {
        u32 s0 = right(w[i - 15], 7) ^ right(w[i - 15], 18) ^ w[i - 15] >> 3;
        u32 s1 = right(w[i - 2], 17) ^ right(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    u32 a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i++) {
        u32 t1 = h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i];
        u32 t2 = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256_prepare(void) {
    int found = 0;
    for (u32 n = 2; found < 64; n++) {
        int prime = 1;
        for (u32 d = 2; d * d <= n; d++) if (n % d == 0) prime = 0;
        if (!prime) continue;
        if (found < 8) initial[found] = root_fraction(n, 0);
        constants[found++] = root_fraction(n, 1);
    }
    /* the standard's own example */
    u8 block[64] = {'a', 'b', 'c', 0x80, [63] = 24};
    u32 state[8];
    memcpy(state, initial, sizeof state);
    compress_block(state, block);
    if (state[0] != 0xBA7816BF || state[7] != 0xF20015AD) broken("SHA-256 of abc");
    fill(1, SHA_BYTES);
}

u64 sha256_round(u64 seed) {
    u32 state[8];
    memcpy(state, initial, sizeof state);
    *(u64 *) arena = seed;
    for (int t = 0; t < SHA_TIMES; t++) {
        for (u32 at = 0; at < SHA_BYTES; at += 64) compress_block(state, arena + at);
    }
    u64 sum = seed;
    for (int i = 0; i < 8; i++) sum = mix(sum, state[i]);
    return sum;
}

/* ---- CRC-32 and a fast hash ---- */

enum { CHECKED_BYTES = 128 << 10, CRC_TIMES = 80, FAST_TIMES = 300 };

static u32 crc_table[256];

static u32 crc32(const u8 *data, u32 n) {
    u32 crc = ~0u;
    for (u32 i = 0; i < n; i++) crc = crc_table[(crc ^ data[i]) & 255] ^ crc >> 8;
    return ~crc;
}

static const u64 M1 = 0x9E3779B185EBCA87ul, M2 = 0xC2B2AE3D27D4EB4Ful;

static u64 fast_hash(const u8 *data, u32 n, u64 seed) {
    u64 a = seed + M1, b = seed ^ M2, c = seed, d = seed - M1;
    const u64 *p = (const u64 *) data;
    for (u32 i = 0; i < n / 8; i += 4) {
        a = left(a + p[i] * M2, 31) * M1;
        b = left(b + p[i + 1] * M2, 31) * M1;
        c = left(c + p[i + 2] * M2, 31) * M1;
        d = left(d + p[i + 3] * M2, 31) * M1;
    }
    u64 h = left(a, 1) + left(b, 7) + left(c, 12) + left(d, 18);
    h = (h ^ h >> 33) * M2;
    return h ^ h >> 29;
}

void checksums_prepare(void) {
    for (u32 i = 0; i < 256; i++) {
        u32 c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xEDB88320 : c >> 1;
        crc_table[i] = c;
    }
    if (crc32((const u8 *) "123456789", 9) != 0xCBF43926) broken("CRC-32 of 123456789");
    fill(2, CHECKED_BYTES);
}

u64 checksums_round(u64 seed) {
    u64 sum = seed;
    for (int t = 0; t < CRC_TIMES; t++) {
        arena[t] += (u8) seed;
        sum = mix(sum, crc32(arena, CHECKED_BYTES));
    }
    for (int t = 0; t < FAST_TIMES; t++) sum = fast_hash(arena, CHECKED_BYTES, sum);
    return sum;
}
