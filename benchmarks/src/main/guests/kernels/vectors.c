/* Several numbers at a time, in SSE2: bytes searched, counted and compared, pixels blended, matrices of words turned, single-precision filters. */
#include "machine.h"

typedef char bytes __attribute__((vector_size(16)));
typedef u8 octets __attribute__((vector_size(16)));
typedef u16 words __attribute__((vector_size(16)));
typedef short signed_words __attribute__((vector_size(16)));
typedef u32 longs __attribute__((vector_size(16)));
typedef i32 ints __attribute__((vector_size(16)));
typedef i64 pair __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(16)));

enum { BYTES = 64 << 10, VECTORS = BYTES / 16, TIMES = 96 };

static octets *const first = (octets *) arena, *const second = (octets *) (arena + BYTES), *const result = (octets *) (arena + 2 * BYTES);

void vectors_prepare(void) {
    u64 state = 13;
    for (u64 i = 0; i < 2 * BYTES; i += 8) *(u64 *) (arena + i) = next(&state);
}

static u64 find(octets what, u32 from) {
    for (u32 i = from; i < VECTORS; i++) {
        int where = __builtin_ia32_pmovmskb128((bytes) (first[i] == what));
        if (where) return 16 * i + (u32) __builtin_ctz((u32) where);
    }
    return BYTES;
}

static u64 sum_bytes(void) {
    pair sum = {0, 0};
    for (u32 i = 0; i < VECTORS; i++) sum += (pair) __builtin_ia32_psadbw128((bytes) first[i], (bytes) second[i]);
    return (u64) (sum[0] + sum[1]);
}

static octets limits(void) {
    octets low = first[0], high = first[0];
    for (u32 i = 1; i < VECTORS; i++) {
        low = (octets) __builtin_ia32_pminub128((bytes) low, (bytes) (first[i] | 1));
        high = (octets) __builtin_ia32_pmaxub128((bytes) high, (bytes) (second[i] & 0x7F));
    }
    return low + high;
}

/* a picture over another one, a quarter to three quarters of it to be seen */
static void blend(u16 share) {
    words part = (words) {} + share, rest = (words) {} + (u16) (256 - share), low = (words) {} + 255;
    for (u32 i = 0; i < VECTORS; i++) {
        words even = ((words) first[i] & low) * part + ((words) second[i] & low) * rest;
        words odd = ((words) first[i] >> 8) * part + ((words) second[i] >> 8) * rest;
        result[i] = (octets) __builtin_ia32_packuswb128((signed_words) (even >> 8), (signed_words) (odd >> 8));
    }
}

static void turn(void) {
    longs *p = (longs *) result;
    for (u32 i = 0; i + 4 <= VECTORS; i += 4) {
        longs a = __builtin_shuffle(p[i], p[i + 1], (longs) {0, 4, 1, 5}), b = __builtin_shuffle(p[i + 2], p[i + 3], (longs) {0, 4, 1, 5});
        longs c = __builtin_shuffle(p[i], p[i + 1], (longs) {2, 6, 3, 7}), d = __builtin_shuffle(p[i + 2], p[i + 3], (longs) {2, 6, 3, 7});
        p[i] = __builtin_shuffle(a, b, (longs) {0, 1, 4, 5});
        p[i + 1] = __builtin_shuffle(a, b, (longs) {2, 3, 6, 7});
        p[i + 2] = __builtin_shuffle(c, d, (longs) {0, 1, 4, 5}) << 3;
        p[i + 3] = __builtin_shuffle(c, d, (longs) {2, 3, 6, 7}) ^ p[i];
    }
}

static u64 filter(void) {
    floats state = {0, 0, 0, 0}, rising = {0.5f, 0.25f, 0.125f, 0.0625f};
    for (u32 i = 0; i < VECTORS; i++) {
        longs narrow = (longs) result[i] & 0xFFFF;
        state = state * rising + __builtin_convertvector((ints) narrow, floats) * 0x1p-16f;
    }
    return bits((double) state[0] + state[1]) ^ bits((double) state[2] - state[3]);
}

u64 vectors_round(u64 seed) {
    u64 sum = seed;
    for (u32 t = 0; t < TIMES; t++) {
        first[t][seed % 16] ^= (u8) seed;
        for (u32 from = 0, n = 0; from < VECTORS && n < 200; n++) {
            u64 at = find((octets) {} + (u8) (seed + n), from);
            sum = mix(sum, at);
            from = (u32) at / 16 + 1;
        }
        sum = mix(sum, sum_bytes());
        pair l = (pair) limits();
        sum = mix(sum, (u64) (l[0] ^ l[1]));
        blend((u16) (64 + t % 25 * 5));
        turn();
        sum = mix(sum, filter());
    }
    return sum;
}
