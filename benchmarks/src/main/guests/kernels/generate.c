/*
 * Runs on the host: writes functions in C, no two alike, and the table of them, to standard output. The same ones every time. They make up
 * the kernel "large": code of a size that no cache of translations holds for nothing, as operating systems and big programs have it.
 */
#include <stdint.h>
#include <stdio.h>

enum { FUNCTIONS = 2000, LEVELS = 4, VARIABLES = 6 };

static uint64_t state = 0x4C41524745ul;

static uint32_t chance(uint32_t n) {
    state = state * 6364136223846793005ul + 1442695040888963407ul;
    return (uint32_t) (state >> 33) % n;
}

static uint32_t variable(void) { return chance(VARIABLES); }

/* A constant that differs in size as those in programs do. */
static uint64_t constant(void) {
    uint64_t c = (uint64_t) chance(1u << 31) << 32 | chance(1u << 31) << 1 | 1;
    return c >> (chance(4) ? 57 : chance(48));
}

static void expression(void) {
    uint32_t a = variable(), b = variable();
    switch (chance(11)) {
        case 0: case 1: printf("v%u + v%u", a, b); break;
        case 2: printf("v%u - v%u", a, b); break;
        case 3: printf("v%u ^ v%u", a, b); break;
        case 4: printf("(v%u & %#lx) | v%u >> %u", a, constant(), b, 1 + chance(40)); break;
        case 5: printf("v%u * %#lx", a, constant()); break;
        case 6: { uint32_t n = 1 + chance(62); printf("(v%u << %u | v%u >> %u)", a, n, a, 64 - n); break; }
        case 7: printf("(u32) v%u + %#lx", a, constant()); break;
        case 8: printf("(u64) (i32) v%u - (u8) v%u", a, b); break;
        case 9: printf("m[v%u %% 512]", a); break;
        case 10: printf("m[%u] + v%u", chance(512), a); break;
    }
}

static void assignment(const char *indent) {
    printf("%sv%u %s= ", indent, variable(), chance(3) ? "" : chance(2) ? "+" : "^");
    expression();
    printf(";\n");
}

static void statement(uint32_t number) {
    switch (chance(12)) {
        case 0: case 1: case 2: case 3: assignment("    "); break;
        case 4: printf("    m[v%u %% 512] %s= v%u;\n", variable(), chance(2) ? "+" : "^", variable()); break;
        case 5: printf("    m[%u] = v%u + m[%u];\n", chance(512), variable(), chance(512)); break;
        case 6:
            printf("    if ((v%u & %#lx) %s v%u) {\n", variable(), constant(), chance(2) ? "<" : ">=", variable());
            assignment("        ");
            printf("    } else {\n");
            assignment("        ");
            assignment("        ");
            printf("    }\n");
            break;
        case 7: printf("    if ((i64) v%u %s (i64) v%u) v%u++;\n", variable(), chance(2) ? ">" : "<=", variable(), variable()); break;
        case 8:
            printf("    for (u32 i = 0; i < %u; i++) v%u = v%u * %lu + m[(v%u + i) %% 512];\n", 2 + chance(4), 0, 0, 3 + constant() % 97, variable());
            break;
        case 9:
            printf("    switch (v%u %% 6) {\n", variable());
            for (int i = 0; i < 6; i++) { printf("        case %d:", i); assignment(" "); printf("            break;\n"); }
            printf("    }\n");
            break;
        case 10: printf("    ((u8 *) m)[v%u %% 4096] = (u8) v%u;\n", variable(), variable()); break;
        case 11:
            if (number % LEVELS) printf("    v%u ^= f%u(v%u, m);\n", variable(), chance(number / LEVELS + 1) * LEVELS + number % LEVELS - 1, variable());
            else assignment("    ");
            break;
    }
}

int main(void) {
    printf("#include \"machine.h\"\n");
    for (uint32_t f = 0; f < FUNCTIONS; f++) {
        printf("__attribute__((noinline, noclone)) static u64 f%u(u64 v0, u64 *m) {\n    u64 v1 = m[%u], v2 = v0 ^ %#lx, v3 = v0 >> %u, v4 = %#lx, v5 = v1 + %u;\n",
                f, chance(512), constant(), 1 + chance(40), constant(), f);
        for (uint32_t n = 3 + chance(7); n; n--) statement(f);
        printf("    return v0 + v1 * 3 ^ v2 + (v3 ^ v4) - v5;\n}\n");
    }
    printf("u64 (*const large_functions[%u])(u64, u64 *) = {\n", FUNCTIONS);
    for (uint32_t f = 0; f < FUNCTIONS; f++) printf("f%u,\n", f);
    printf("};\nconst u32 large_count = %u;\n", FUNCTIONS);
    return 0;
}
