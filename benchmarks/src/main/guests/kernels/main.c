/*
 * Compute kernels for measurements. Command line: "kernel=NAME warm=N rounds=N". The kernel's work is done N times as warm-up, then N times
 * as measured work; without end when rounds is 0. Three lines on the first serial port, each when it is so: "begin NAME", "warm NAME CHECKSUM",
 * "done NAME CHECKSUM". Then the machine switches itself off. The checksum depends on all results and on nothing else.
 */
#include "machine.h"

static const struct kernel { const char *name; void (*prepare)(void); u64 (*round)(u64 seed); } kernels[] = {
#define KERNEL(name, prepare, round) {#name, prepare, round},
#include "kernels.def"
#undef KERNEL
};

enum { VALUE = 32, BUFFER = 256, COMMAND_LINE = 1 << 2 };

/* The value of "key=value" in the command line; false when there is none. */
static int value_of(const char *line, const char *key, char *value) {
    for (const char *at = line; *at; at++) {
        if (at != line && at[-1] != ' ') continue;
        const char *k = key, *p = at;
        while (*k && *p == *k) k++, p++;
        if (*k || *p++ != '=') continue;
        int i = 0;
        while (*p && *p != ' ' && i < VALUE - 1) value[i++] = *p++;
        value[i] = 0;
        return 1;
    }
    return 0;
}

static u64 number_of(const char *line, const char *key, u64 otherwise) {
    char value[VALUE];
    if (!value_of(line, key, value)) return otherwise;
    u64 n = 0;
    for (const char *p = value; *p; p++) {
        if (*p < '0' || *p > '9') broken("a number is no number");
        n = 10 * n + (u64) (*p - '0');
    }
    return n;
}

static void mark(const char *what, const char *name) { text(what); text(" "); text(name); }

static void mark_sum(const char *what, const char *name, u64 sum) { mark(what, name); text(" "); hex(sum); text("\n"); }

void main(const u32 *information) {
    /* the boot information may lie where a kernel works */
    char line[BUFFER] = "", name[VALUE];
    if (information[0] & COMMAND_LINE) {
        const char *given = (const char *) (u64) information[4];
        for (int i = 0; i < BUFFER - 1 && given[i]; i++) line[i] = given[i], line[i + 1] = 0;
    }
    u64 warm = number_of(line, "warm", 1), rounds = number_of(line, "rounds", 1);
    if (!value_of(line, "kernel", name)) broken("no kernel=NAME in the command line");
    const struct kernel *k = kernels;
    while (!equal(k->name, name)) if (++k == kernels + sizeof kernels / sizeof *kernels) broken("there is no such kernel");
    k->prepare();
    mark("begin", name); text("\n");
    u64 sum = 1, round = 0;
    for (; round < warm; round++) sum = mix(sum, k->round(round + 1));
    mark_sum("warm", name, sum);
    for (; !rounds || round < warm + rounds; round++) sum = mix(sum, k->round(round + 1));
    mark_sum("done", name, sum);
    power_off();
}
