/* What all parts of the demo guest use: console, memory, interrupts, the marks of what is measured, the end. */
#include "machine.h"

enum { COM1 = 0x3F8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20, PM1_CONTROL = 0x404, SLEEP_ENABLE = 0x2000 };

char label[LABEL];
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

void power_off(void) {
    out16(PM1_CONTROL, SLEEP_ENABLE);
    for (;;) __asm__ volatile("cli; hlt");
}

void broken(const char *what) {
    text("BROKEN: "); text(what); text("\n");
    power_off();
}

u64 pattern(u64 hash, u64 address) { return (address ^ hash) * 0x9E3779B97F4A7C15ul; }

u64 name_hash(const char *s) {
    u64 h = 0xCBF29CE484222325ul;
    while (*s && *s != ' ') h = (h ^ (u8) *s++) * 0x100000001B3ul;
    return h;
}
