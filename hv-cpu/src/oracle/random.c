// Numbers that are the same for the same seed, with a preference for those at corners.
#include "oracle.h"
#include <string.h>

static uint64_t state;

void random_seed(uint64_t seed, const char *group) {
    state = seed * 0x9E3779B97F4A7C15ull + 0x1234567;
    for (const char *c = group; *c; c++) {
        state = (state ^ (uint8_t) *c) * 0x100000001B3ull;
    }
}

uint64_t random64(void) {
    uint64_t z = state += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

uint32_t below(uint32_t n) {
    return (uint32_t) ((random64() >> 32) * n >> 32);
}

bool chance(int percent) {
    return (int) below(100) < percent;
}

// An integer of so many bits: around 0, powers of two, sign boundaries, alternating bits, or anything.
uint64_t corner(int bits) {
    uint64_t mask = bits == 64 ? ~0ull : (1ull << bits) - 1;
    uint64_t v;
    switch (below(8)) {
    case 0: v = below(4) - 2; break;
    case 1: v = (1ull << below(bits)) - 1 + below(3) - 1; break;
    case 2: v = (1ull << (bits - 1)) + below(5) - 2; break;
    case 3: v = below(bits + 2); break;
    case 4: v = 0x5555555555555555ull << below(2); break;
    case 5: v = -(1ull << below(bits)); break;
    default: v = random64() >> (chance(50) ? below(64) : 0); break;
    }
    return v & mask;
}

// Exponent and significand around what a format of floating-point numbers distinguishes.
static uint64_t corner_float(int exponent_bits, int fraction_bits) {
    uint64_t max = (1ull << exponent_bits) - 1, bias = max >> 1;
    uint64_t fraction = 0, one = 1ull << fraction_bits, exponent;
    switch (below(6)) {
    case 0: break;
    case 1: fraction = 1ull << below(fraction_bits); break;
    case 2: fraction = one - 1 - (chance(50) ? 0 : 1ull << below(fraction_bits)); break;
    default: fraction = random64() & (one - 1); break;
    }
    switch (below(12)) {
    case 0: exponent = 0; break;
    case 1: exponent = chance(50) ? 1 : 1 + below(fraction_bits); break;
    case 2: exponent = max; break;
    case 3: exponent = max - 1 - below(3); break;
    case 4: exponent = bias + below(70); break;
    case 5: exponent = bias - 1; break;
    case 6: case 7: case 8: exponent = bias - 4 + below(8); break;
    case 9: exponent = bias - fraction_bits + below(2 * fraction_bits); break;
    default: exponent = random64() & max; break;
    }
    if (chance(6)) {
        exponent = 0, fraction = 0;
    }
    if (exponent >= max && chance(40)) {
        fraction = chance(50) ? 0 : one >> 1;
    }
    return (chance(40) ? one << exponent_bits : 0) | exponent << fraction_bits | fraction;
}

// An x87 number, among them pseudo-denormals, unnormals and other invalid ones.
void corner_f80(uint8_t *to) {
    uint64_t f;
    uint32_t e;
    switch (below(5)) {
    case 0: f = 1ull << 63; break;
    case 1: f = 1ull << 63 | 1ull << below(64); break;
    case 2: f = ~0ull << below(63); break;
    default: f = random64() | 1ull << 63; break;
    }
    switch (below(14)) {
    case 0: e = 0; f = chance(40) ? 0 : f; break;
    case 1: e = 0; f &= ~(1ull << 63) >> below(60); break;
    case 2: e = 0x7FFF; f = chance(40) ? 1ull << 63 : f; break;
    case 3: e = 0x7FFE - below(4); break;
    case 4: e = 0x3FFF + below(80); break;
    case 5: e = 0x3FFF + 1020 + below(8); break;
    case 6: e = 0x3FFF - 1075 + below(60); break;
    case 7: e = 0x3FFF + 124 + below(6); break;
    case 8: e = 0x3FFF - 150 + below(30); break;
    case 9: e = random64() & 0x7FFF; break;
    default: e = 0x3FFF - 3 + below(7); break;
    }
    if (chance(4)) {
        f &= ~(1ull << 63);
    }
    e |= chance(40) ? 0x8000 : 0;
    memcpy(to, &f, 8);
    memcpy(to + 8, &e, 2);
}

// Bytes as elements of a type: b w d q integers, h s D floating point of 16, 32, 64 bits, t x87, c packed decimal, ? of any.
void corner_bytes(uint8_t *to, int length, char type) {
    if (type == '?') {
        type = "bwdqsDr"[below(7)];
    }
    int bits = type == 'b' ? 8 : type == 'w' || type == 'h' ? 16 : type == 'd' || type == 's' ? 32 : 64;
    for (int at = 0; at < length;) {
        uint8_t b[16] = {0};
        uint64_t v = random64();
        int n = bits / 8;
        switch (type) {
        case 'b': case 'w': case 'd': case 'q': v = corner(bits); break;
        case 'h': v = corner_float(5, 10); break;
        case 's': v = corner_float(8, 23); break;
        case 'D': v = corner_float(11, 52); break;
        default: break;
        }
        memcpy(b, &v, 8);
        if (type == 't') {
            corner_f80(b);
            n = 10;
        } else if (type == 'c') {
            n = 10;
            for (int i = 0; i < 10; i++) {
                b[i] = chance(97) ? below(10) << 4 | below(10) : below(256);
            }
            b[9] = chance(80) ? below(2) << 7 : below(256);
        }
        for (int i = 0; i < n && at < length; i++) {
            to[at++] = b[i];
        }
    }
}
