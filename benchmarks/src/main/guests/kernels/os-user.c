/* The programs of the small operating system, at level 3. Nothing of the kernel's text or data can be used here. */
#include "os.h"

enum { TURNS = 256, MESSAGE = 1500, BUFFER = 8, TABLE = 64 };

static inline u64 call(u64 number, u64 a, u64 b) {
    u64 result;
    __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
    return result;
}

static inline u64 soft_call(u64 number) {
    u64 result;
    __asm__ volatile("int $0x80" : "=a"(result) : "0"(number) : "memory");
    return result;
}

static inline u8 *page(u64 n) { return (u8 *) (USER + n * PAGE); }

static u64 compute(u64 seed) {
    u64 *t = (u64 *) page(TABLE), state = seed, sum = seed;
    for (u32 i = 0; i < 60; i++) {
        u64 n = next(&state);
        t[n % (16 * PAGE / 8)] += n;
        sum = mix(sum, t[n >> 32 & 511]);
    }
    return sum;
}

static u64 name_value(u64 n) {
    char *name = (char *) page(0);
    const u64 first = 0x6168732F727375;            /* "usr/sha" */
    *(u64 *) name = first | (u64) 'r' << 56;
    *(u64 *) (name + 8) = 0x2F656D616E2F65;        /* "e/name/" */
    name[15] = (char) ('0' + n / 10), name[16] = (char) ('0' + n % 10), name[17] = 0;
    return call(LOOKUP, (u64) name, 0);
}

void user_program(u64 identity, u64 seed) {
    u64 state = seed * 2 + 1, sum = identity;
    u8 *buffer = page(BUFFER);
    for (u32 turn = 0; turn < TURNS; turn++) {
        sum = compute(sum);
        for (u32 i = 0; i < 12; i++) sum += call(IDENTITY, 0, 0) + i;
        for (u32 i = 0; i < 3; i++) sum += soft_call(IDENTITY);
        for (u32 i = 0; i < 4; i++) sum = mix(sum, name_value(next(&state) % NAMES));
        u64 n = 200 + (turn * 321) % (MESSAGE - 200);
        if (identity & 1) {
            call(READ, (u64) buffer, n);
            for (u64 i = 0; i < n; i += 8) sum = mix(sum, buffer[i]);
        } else {
            for (u64 i = 0; i < n; i += 8) *(u64 *) (buffer + i) = sum + i * turn;
            call(WRITE, (u64) buffer, n);
        }
        /* memory that comes at the first touch, and goes again */
        u64 first = 128 + next(&state) % 200;
        for (u64 i = 0; i < 12; i++) page(first + i)[i * 8] = (u8) i, sum += page(first + i)[4000];
        if (turn % 2) sum += call(UNMAP, 128, 256);
        /* pages that are shared until somebody writes */
        if (turn % 6 == 5) {
            sum += call(FORK, 0, 0);
            for (u64 i = 0; i < 16; i++) page(TABLE + i)[i]++;
        }
        if (turn % 2 == 0) call(YIELD, 0, 0);
    }
    call(EXIT, sum, 0);
    for (;;) { }
}
