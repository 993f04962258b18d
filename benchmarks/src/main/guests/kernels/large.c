/* Large code: thousands of functions, called through a table in an order that looks random. */
#include "machine.h"

/* what generate.c writes */
extern u64 (*const large_functions[])(u64, u64 *);
extern const u32 large_count;

enum { CALLS = 150000, TABLE = 512 };

void large_prepare(void) {
    u64 state = 11, *m = (u64 *) arena;
    for (u32 i = 0; i < TABLE; i++) m[i] = next(&state);
}

u64 large_round(u64 seed) {
    u64 state = seed, sum = seed;
    for (u32 i = 0; i < CALLS; i++) sum = large_functions[(u32) (next(&state) >> 32) % large_count](sum, (u64 *) arena);
    return sum;
}
