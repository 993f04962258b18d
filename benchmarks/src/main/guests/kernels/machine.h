/* What all kernels share: types, ports, the console, the end, numbers that look random. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long u64;
typedef long i64;

static inline void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static inline void out16(u16 port, u16 v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
static inline u8 in8(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline void wrmsr(u32 msr, u64 v) { __asm__ volatile("wrmsr" : : "c"(msr), "a"((u32) v), "d"((u32) (v >> 32)) : "memory"); }

/* xorshift64*: the next number of a sequence; the state is never 0. */
static inline u64 next(u64 *state) {
    u64 x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545F4914F6CDD1Dul;
}

/* Takes a value into a checksum. */
static inline u64 mix(u64 sum, u64 value) {
    sum = (sum ^ value) * 0x9E3779B97F4A7C15ul;
    return sum ^ sum >> 29;
}

/* The bits of a floating-point number. */
static inline u64 bits(double d) {
    union { double d; u64 u; } v = {.d = d};
    return v.u;
}

/* support.c */
void text(const char *s);
void hex(u64 n);
int equal(const char *a, const char *b);
void power_off(void) __attribute__((noreturn));
/* Ends the machine: something is not as it must be. */
void broken(const char *what) __attribute__((noreturn));
void *memcpy(void *to, const void *from, u64 n);
void *memmove(void *to, const void *from, u64 n);
void *memset(void *to, int value, u64 n);
int memcmp(const void *a, const void *b, u64 n);

/* 8 MiB that a kernel may use as it likes. */
enum { ARENA = 8 << 20 };
extern u8 arena[ARENA];

#define KERNEL(name, prepare, round) void prepare(void); u64 round(u64 seed);
#include "kernels.def"
#undef KERNEL
