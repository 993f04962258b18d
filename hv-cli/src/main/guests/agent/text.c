#include "system.h"

void copy(void *to, const void *from, u64 n) {
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

/* The compiler calls these by itself. */
void *memcpy(void *to, const void *from, u64 n) {
    copy(to, from, n);
    return to;
}

void *memset(void *to, int value, u64 n) {
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(value) : "memory");
    return to;
}

/* Regions that overlap, the first before the second. */
void move_down(u8 *to, const u8 *from, u64 n) {
    copy(to, from, n);
}

u64 length(const char *s) {
    u64 n = 0;
    while (s[n]) n++;
    return n;
}

int equal(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

/* Adds a string, as far as there is room, and a zero. */
char *append(char *to, const char *end, const char *s) {
    while (*s && to + 1 < end) *to++ = *s++;
    *to = 0;
    return to;
}

char *append_number(char *to, const char *end, u64 n) {
    char digits[21];
    int i = 20;
    digits[i] = 0;
    do {
        digits[--i] = (char) ('0' + n % 10);
        n /= 10;
    } while (n);
    return append(to, end, digits + i);
}

/* ns since the guest's boot, or some other instant that stays. */
u64 now(void) {
    struct timespec t;
    call2(SYS_CLOCK_GETTIME, 1, &t);
    return (u64) t.seconds * 1000000000 + (u64) t.nanos;
}

void ignore(int signal, int handler) {
    struct sigaction a = {(u64) handler, 0, 0, 0};
    call4(SYS_SIGACTION, signal, &a, 0, 8);
}
