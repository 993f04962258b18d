/* The demo guest. Its command line says who it is and what it does: "name=A" fills all memory above 2 MiB with a pattern made from
 * its name, computes, and looks whether the pattern is still whole; "crash" dies after filling; "vmbus" uses the hypervisor's
 * devices, "ide" those of a PC. */
#include "machine.h"

enum { COM1 = 0x3F8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20, PM1_CONTROL = 0x404, SLEEP_ENABLE = 0x2000 };

static char label[16];
static u8 *heap = (u8 *) 0x400000;

void put(char c) {
    while (!(in8(LINE_STATUS) & TRANSMITTER_EMPTY)) { }
    out8(COM1, (u8) c);
}

static int column;

/* Every line begins with the guest's name. */
void text(const char *s) {
    for (; *s; s++) {
        if (!column) { for (const char *l = label; *l; l++) put(*l); put(':'); put(' '); }
        put(*s);
        column = *s != '\n';
    }
}

void number(u64 n) {
    char digits[24];
    int i = 23;
    digits[i] = 0;
    do { digits[--i] = (char) ('0' + n % 10); n /= 10; } while (n);
    text(digits + i);
}

void copy(void *to, const void *from, u64 n) { __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory"); }

void clear(void *to, u64 n) { __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0) : "memory"); }

void *pages(u32 n) {
    void *p = heap;
    heap += (u64) n * PAGE;
    clear(p, (u64) n * PAGE);
    return p;
}

static u64 idt[256][2];

void set_interrupt(int vector, void *handler) {
    u64 h = (u64) handler;
    struct { u16 limit; u64 base; } __attribute__((packed)) pointer = {sizeof idt - 1, (u64) idt};
    idt[vector][0] = (h & 0xFFFF) | 8ul << 16 | 0x8E00ul << 32 | (h >> 16 & 0xFFFF) << 48;
    idt[vector][1] = h >> 32;
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

static void mark(const char *s) { while (*s) put(*s++); }

static void mark_number(u64 n) {
    char digits[24];
    int i = 23;
    digits[i] = 0;
    do { digits[--i] = (char) ('0' + n % 10); n /= 10; } while (n);
    mark(digits + i);
}

void begin(const char *what, u32 requests, u32 bytes) {
    mark("@begin "); mark(what); put(' '); mark_number(requests); put(' '); mark_number(bytes); put('\n');
}

void end(void) { mark("@end\n"); }

static void power_off(void) {
    out16(PM1_CONTROL, SLEEP_ENABLE);
    for (;;) __asm__ volatile("cli; hlt");
}

void broken(const char *what) {
    text("BROKEN: "); text(what); text("\n");
    power_off();
}

static const char *find(const char *line, const char *key) {
    for (; *line; line++) {
        int i = 0;
        while (key[i] && line[i] == key[i]) i++;
        if (!key[i]) return line + i;
    }
    return 0;
}

static u64 name_hash(const char *s) {
    u64 h = 0xCBF29CE484222325ul;
    while (*s && *s != ' ') h = (h ^ (u8) *s++) * 0x100000001B3ul;
    return h;
}

u64 pattern(u64 hash, u64 address) { return (address ^ hash) * 0x9E3779B97F4A7C15ul; }

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

struct multiboot { u32 flags, mem_lower, mem_upper, boot_device, cmdline; };

void main(struct multiboot *info) {
    const char *line = (const char *) (u64) info->cmdline;
    const char *name = find(line, "name=");
    int n = 0;
    while (name && name[n] && name[n] != ' ' && n < 15) { label[n] = name[n]; n++; }
    label[n] = 0;
    if (find(line, " vmbus")) enlightened();
    else if (find(line, " ide")) emulated();
    else isolation(line, info->mem_upper);
    power_off();
}
