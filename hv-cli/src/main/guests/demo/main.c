/* The demo guest. Its command line says who it is and what it does: "name=A" fills all memory above 2 MiB with a pattern made from
 * its name, computes, and looks whether the pattern is still whole; "crash" dies after filling; "vmbus" uses the hypervisor's
 * devices, "echo" sends back what such a guest sends over the network, "ide" uses the devices of a PC, "hold" waits for a script. */
#include "machine.h"
#include "vmbus.h"

static const char *find(const char *line, const char *key) {
    for (; *line; line++) {
        int i = 0;
        while (key[i] && line[i] == key[i]) i++;
        if (!key[i]) return line + i;
    }
    return 0;
}

/* Primes below n by trial division: work whose result everybody knows (168 below 1000, 1229 below 10000). */
static u32 primes(u32 n) {
    u32 count = 0;
    for (u32 i = 2; i < n; i++) {
        u32 d = 2;
        while (d * d <= i && i % d) d++;
        if (d * d > i) count++;
    }
    return count;
}

static void isolation(const char *line, u32 mem_upper) {
    u64 hash = name_hash(label);
    u64 *from = (u64 *) 0x200000;
    u64 *to = (u64 *) ((u64) mem_upper * 1024 + 0x100000);

    text("hello from 64-bit mode, filling "); number((u64) (to - from) >> 17); text(" MiB with my pattern\n");
    for (u64 *p = from; p < to; p++) *p = pattern(hash, (u64) p);
    if (find(line, "crash")) {
        text("about to die of a triple fault\n");
        crash();
    }
    for (int round = 1; round <= 3; round++) {
        u32 found = primes(round * 4000);
        number(found); text(" primes below "); number(round * 4000); text("\n");
    }
    u64 wrong = 0;
    for (u64 *p = from; p < to; p++) wrong += *p != pattern(hash, (u64) p);
    if (wrong) { text("ISOLATION BROKEN, words changed: "); number(wrong); text("\n"); }
    else text("my memory is intact\n");
}

static void enlightened(void) {
    vmbus_connect();
    storage_test();
    network_test();
    text("the partition's reference time is "); number(reference_time() / 10000); text(" ms\n");
}

struct multiboot { u32 flags, mem_lower, mem_upper, boot_device, cmdline; };

void main(struct multiboot *info) {
    const char *line = (const char *) (u64) info->cmdline;
    const char *name = find(line, "name=");
    int n = 0;
    while (name && name[n] && name[n] != ' ' && n < LABEL - 1) { label[n] = name[n]; n++; }
    label[n] = 0;
    if (find(line, " vmbus")) enlightened();
    else if (find(line, " echo")) { vmbus_connect(); network_echo(); }
    else if (find(line, " hold")) hold();
    else if (find(line, " ide")) emulated();
    else isolation(line, info->mem_upper);
    power_off();
}
