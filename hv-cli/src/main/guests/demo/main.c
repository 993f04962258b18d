/* The demo guest. Its command line says who it is: "name=A rounds=3", or "crash" for the one that dies. It fills all memory
 * above 2 MiB with a pattern made from its name, computes, and looks whether the pattern is still whole. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

extern void crash(void);

static void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static void out16(u16 port, u16 v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
static u8 in8(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }

enum { COM1 = 0x3F8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20, PM1_CONTROL = 0x404, SLEEP_ENABLE = 0x2000 };

static void put(char c) {
    while (!(in8(LINE_STATUS) & TRANSMITTER_EMPTY)) { }
    out8(COM1, (u8) c);
}

static void text(const char *s) { while (*s) put(*s++); }

static void number(u64 n) {
    char digits[24];
    int i = 0;
    do { digits[i++] = (char) ('0' + n % 10); n /= 10; } while (n);
    while (i) put(digits[--i]);
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

static u64 pattern(u64 hash, u64 address) { return (address ^ hash) * 0x9E3779B97F4A7C15ul; }

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

struct multiboot { u32 flags, mem_lower, mem_upper, boot_device, cmdline; };

void main(struct multiboot *info) {
    const char *line = (const char *) (u64) info->cmdline;
    const char *name = find(line, "name=");
    char label[16];
    int n = 0;
    while (name && name[n] && name[n] != ' ' && n < 15) { label[n] = name[n]; n++; }
    label[n] = 0;
    u64 hash = name_hash(label);
    u64 *from = (u64 *) 0x200000;
    u64 *to = (u64 *) ((u64) info->mem_upper * 1024 + 0x100000);

    text(label); text(": hello from 64-bit mode, filling "); number((u64) (to - from) >> 17); text(" MiB with my pattern\n");
    for (u64 *p = from; p < to; p++) *p = pattern(hash, (u64) p);
    if (find(line, "crash")) {
        text(label); text(": about to die of a triple fault\n");
        crash();
    }
    for (int round = 1; round <= 3; round++) {
        u32 found = primes(round * 4000);
        text(label); text(": "); number(found); text(" primes below "); number(round * 4000); text("\n");
    }
    u64 wrong = 0;
    for (u64 *p = from; p < to; p++) wrong += *p != pattern(hash, (u64) p);
    text(label);
    if (wrong) { text(": ISOLATION BROKEN, words changed: "); number(wrong); text("\n"); }
    else text(": my memory is intact\n");
    out16(PM1_CONTROL, SLEEP_ENABLE);
}
