/* Console, end of the machine, and the functions that a C compiler takes for granted. */
#include "machine.h"

enum { COM1 = 0x3F8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20, SLEEP_ENABLE = 0x2000 };
/* PM1 control of hv's chipset, and of QEMU's as its firmware leaves it. Sleep type 0 is off in both. */
enum { PM1_CONTROL = 0x404, PM1_CONTROL_QEMU = 0x604 };

u8 arena[ARENA] __attribute__((aligned(4096)));

static void put(char c) {
    while (!(in8(LINE_STATUS) & TRANSMITTER_EMPTY)) { }
    out8(COM1, (u8) c);
}

void text(const char *s) { while (*s) put(*s++); }

void hex(u64 n) {
    for (int shift = 60; shift >= 0; shift -= 4) put("0123456789abcdef"[n >> shift & 15]);
}

int equal(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

void power_off(void) {
    out16(PM1_CONTROL, SLEEP_ENABLE);
    out16(PM1_CONTROL_QEMU, SLEEP_ENABLE);
    for (;;) __asm__ volatile("cli; hlt");
}

void broken(const char *what) {
    text("BROKEN: "); text(what); text("\n");
    power_off();
}

void none(void) { }

void *memcpy(void *to, const void *from, u64 n) {
    void *start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
    return start;
}

void *memmove(void *to, const void *from, u64 n) {
    u8 *t = to;
    const u8 *f = from;
    if (t <= f || t >= f + n) return memcpy(to, from, n);
    while (n--) t[n] = f[n];
    return to;
}

void *memset(void *to, int value, u64 n) {
    void *start = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
    return start;
}

int memcmp(const void *a, const void *b, u64 n) {
    const u8 *x = a, *y = b;
    for (; n; n--, x++, y++) if (*x != *y) return *x - *y;
    return 0;
}
