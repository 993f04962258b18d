/* Whole numbers: products of matrices of 32 and 64 bits; numbers of 4096 bits multiplied, added and divided by a word. */
#include "machine.h"

enum { N32 = 128, N64 = 64 };

static u32 a32[N32][N32], b32[N32][N32], c32[N32][N32];
static u64 a64[N64][N64], b64[N64][N64], c64[N64][N64];

void integers_prepare(void) {
    u64 state = 3;
    for (int i = 0; i < N32; i++) for (int j = 0; j < N32; j++) a32[i][j] = (u32) next(&state), b32[i][j] = (u32) next(&state);
    for (int i = 0; i < N64; i++) for (int j = 0; j < N64; j++) a64[i][j] = next(&state), b64[i][j] = next(&state);
}

/* Rows times columns, as one writes it down. */
static void multiply32(void) {
    for (int i = 0; i < N32; i++) {
        for (int j = 0; j < N32; j++) {
            u32 sum = 0;
            for (int k = 0; k < N32; k++) sum += a32[i][k] * b32[k][j];
            c32[i][j] = sum;
        }
    }
}

/* Row by row, which a compiler may do several numbers at a time. */
static void multiply32_by_rows(void) {
    for (int i = 0; i < N32; i++) {
        for (int j = 0; j < N32; j++) c32[i][j] = 0;
        for (int k = 0; k < N32; k++) {
            u32 f = a32[i][k];
            for (int j = 0; j < N32; j++) c32[i][j] += f * b32[k][j];
        }
    }
}

static void multiply64(void) {
    for (int i = 0; i < N64; i++) {
        for (int j = 0; j < N64; j++) {
            u64 sum = 0;
            for (int k = 0; k < N64; k++) sum += a64[i][k] * b64[k][j];
            c64[i][j] = sum;
        }
    }
}

static u64 sum32(void) {
    u64 sum = 0;
    for (int i = 0; i < N32; i++) for (int j = 0; j < N32; j++) sum = mix(sum, c32[i][j]);
    return sum;
}

u64 integers_round(u64 seed) {
    u64 sum = seed;
    for (int t = 0; t < 3; t++) {
        a32[t][t] ^= (u32) seed;
        a64[t][t] += seed;
        multiply32();
        u64 one = sum32();
        multiply32_by_rows();
        if (one != sum32()) broken("matrices: two results");
        multiply64();
        for (int i = 0; i < N64; i++) sum = mix(sum, c64[i][i ^ t]);
        sum = mix(sum, one);
    }
    return sum;
}

enum { WORDS = 64 };

static u64 x[WORDS], y[WORDS], product[2 * WORDS];

void bignum_prepare(void) {
    u64 state = 4;
    for (int i = 0; i < WORDS; i++) x[i] = next(&state), y[i] = next(&state);
}

static void multiply(u64 *r, const u64 *a, const u64 *b) {
    for (int i = 0; i < 2 * WORDS; i++) r[i] = 0;
    for (int i = 0; i < WORDS; i++) {
        u64 carry = 0;
        for (int j = 0; j < WORDS; j++) {
            unsigned __int128 t = (unsigned __int128) a[i] * b[j] + r[i + j] + carry;
            r[i + j] = (u64) t;
            carry = (u64) (t >> 64);
        }
        r[i + WORDS] = carry;
    }
}

static u64 add(u64 *r, const u64 *a) {
    u64 carry = 0;
    for (int i = 0; i < WORDS; i++) {
        unsigned __int128 t = (unsigned __int128) r[i] + a[i] + carry;
        r[i] = (u64) t;
        carry = (u64) (t >> 64);
    }
    return carry;
}

/* DIV of 128 bits by 64: the remainder is below the divisor, so the quotient fits. */
static u64 divide(u64 *r, int words, u64 by) {
    u64 rest = 0;
    for (int i = words; i-- > 0;) __asm__("divq %4" : "=a"(r[i]), "=d"(rest) : "0"(r[i]), "1"(rest), "r"(by) : "cc");
    return rest;
}

static u64 greatest_common_divisor(u64 a, u64 b) {
    while (b) {
        u64 t = a % b;
        a = b;
        b = t;
    }
    return a;
}

u64 bignum_round(u64 seed) {
    u64 sum = seed;
    for (int t = 0; t < 800; t++) {
        multiply(product, x, y);
        sum += add(x, product);
        u64 by = next(&sum) | 1;
        u64 before = product[0], rest = divide(product, 2 * WORDS, by);
        if (product[0] * by + rest != before) broken("large numbers: not divided");
        x[t % WORDS] ^= product[t % WORDS];
        for (int i = 0; i < 40; i++) sum = mix(sum, greatest_common_divisor(x[i], y[i]));
        for (int i = 0; i < 64; i++) sum += (u64) ((i32) x[i] / (i32) (y[i] >> 40 | 1)) + x[i] / 10 + (u64) __builtin_ctzl(y[i]);
    }
    return sum;
}
