// oracle --group NAME [--seed N] [--count N] [--form MNEMONIC] [--list]: vectors of a group, on standard output. See docs/conformance.md.
#include "oracle.h"
#include <stdlib.h>
#include <string.h>

static const char *const EXTRA[] = {"amdbranch", "prefix", "fetch", "memfault", "align", "masked", "edges", "fuzz", "decode"};

static int usage(const char *what) {
    fprintf(stderr, "oracle: %s; usage: oracle --group NAME [--seed N] [--count N] [--form MNEMONIC], or oracle --list for the groups\n", what);
    return 2;
}

static bool known(const char *group) {
    for (int i = 0; i < form_count; i++) {
        if (strcmp(all_forms[i].group, group) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof EXTRA / sizeof *EXTRA; i++) {
        if (strcmp(EXTRA[i], group) == 0) {
            return true;
        }
    }
    return false;
}

static int list(void) {
    for (int i = 0; i < form_count; i++) {
        bool first = true;
        for (int k = 0; k < i; k++) {
            first &= strcmp(all_forms[k].group, all_forms[i].group) != 0;
        }
        if (first) {
            puts(all_forms[i].group);
        }
    }
    for (size_t i = 0; i < sizeof EXTRA / sizeof *EXTRA; i++) {
        puts(EXTRA[i]);
    }
    return 0;
}

// How long the instruction was, where that can be seen: its last byte is not always where the bytes end. What follows may be an operand, too: then
// the shorter one has to run again.
static bool trim(struct test *t) {
    uint64_t n = t->out.rip - t->in.rip;
    bool wide;
    const struct form *f = match(t->code, t->length, t->mode, &wide);
    bool branches = f && (strcmp(f->group, "branch") == 0);
    if (!branches && (t->trap == -1 || t->trap == 3 || t->trap == 4) && n > 0 && n < (uint64_t) t->length) {
        t->length = (int) n;
        t->code_crosses &= (t->in.rip & (PAGE - 1)) + n > PAGE;
        return run(t) && t->out.rip - t->in.rip == n;
    }
    return true;
}

int main(int argc, char **argv) {
    const char *group = NULL;
    uint64_t seed = 1;
    unsigned long count = 1000;
    for (int i = 1; i < argc; i++) {
        char *end = "";
        if (strcmp(argv[i], "--list") == 0) {
            return list();
        }
        if (i + 1 == argc) {
            return usage("an option without a value");
        }
        const char *value = argv[i + 1];
        if (strcmp(argv[i], "--group") == 0) {
            group = value;
        } else if (strcmp(argv[i], "--seed") == 0) {
            seed = strtoull(value, &end, 0);
        } else if (strcmp(argv[i], "--count") == 0) {
            count = strtoul(value, &end, 0);
        } else if (strcmp(argv[i], "--form") == 0) {
            only = value;
        } else {
            return usage(argv[i]);
        }
        if (*end || !*value) {
            return usage(value);
        }
        i++;
    }
    if (!group || !known(group)) {
        return usage(group ? "unknown group" : "no group");
    }
    run_init();
    forbid_system_calls(0x400000000000);
    random_seed(seed, group);
    static struct test t;
    write_header(stdout, seed, group);
    unsigned long done = 0;
    for (unsigned long tries = 0; done < count && tries < 40 * count + 1000; tries++) {
        if (make(&t, group, (uint32_t) tries) && harmless(t.code, t.length, t.mode) && run(&t) && trim(&t)) {
            write_test(stdout, &t, group, (uint32_t) done++);
        }
    }
    return ferror(stdout) ? 5 : 0;
}
