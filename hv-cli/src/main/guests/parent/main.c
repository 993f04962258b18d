/*
 * A guest that is a parent: it makes partitions by hypercalls, without any operating system. Its command line says what it does: "demo" shows children that it serves,
 * "check" holds every call to its contract and says PASS or FAIL, "leave" and "reset" end while children of its run, once and more.
 */
#include "hv.h"

static int is(const char *line, const char *word) {
    for (; *line; line++) {
        int i = 0;
        while (word[i] && line[i] == word[i]) i++;
        if (!word[i]) return 1;
    }
    return 0;
}

struct multiboot { u32 flags, mem_lower, mem_upper, boot_device, cmdline; };

void main(struct multiboot *info) {
    const char *line = (const char *) (u64) info->cmdline;
    label[0] = 'P';
    if (is(line, "demo")) demo();
    else { hypervisor_connect(); check(); }
    power_off();
}
