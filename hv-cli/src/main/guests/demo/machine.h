/* What all parts of the demo guest share: types, port I/O, model-specific registers, the console, interrupts. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

static inline void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static inline void out16(u16 port, u16 v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
static inline void out32(u16 port, u32 v) { __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port)); }
static inline u8 in8(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u16 in16(u16 port) { u16 v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u32 in32(u16 port) { u32 v; __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u64 rdmsr(u32 msr) { u32 a, d; __asm__ volatile("rdmsr" : "=a"(a), "=d"(d) : "c"(msr)); return a | (u64) d << 32; }
static inline void wrmsr(u32 msr, u64 v) { __asm__ volatile("wrmsr" : : "c"(msr), "a"((u32) v), "d"((u32) (v >> 32)) : "memory"); }
static inline void fence(void) { __asm__ volatile("mfence" : : : "memory"); }
/* Sleeps until an interrupt; interrupts are disabled before and after. */
static inline void sleep(void) { __asm__ volatile("sti; hlt; cli" : : : "memory"); }

enum { PAGE = 4096 };

/* start.S: interrupt handlers, and how often each ran */
extern char timer_interrupt[], disk_interrupt[], synic_interrupt[];
extern volatile u64 timer_interrupts, disk_interrupts, synic_interrupts;
extern void crash(void);

/* support.c */
enum { LABEL = 16 };
/* The guest's name, in front of its lines. */
extern char label[LABEL];
void put(char c);
void text(const char *s);
void number(u64 n);
void copy(void *to, const void *from, u64 n);
void clear(void *to, u64 n);
/* Memory in whole pages, zeroed; nothing is given back. */
void *pages(u32 n);
void set_interrupt(int vector, void *handler);
/* A line for the host that starts measuring: what, how many requests, bytes in each. */
void begin(const char *what, u32 requests, u32 bytes);
/* The end of what is measured. */
void end(void);
void power_off(void);
/* Ends the guest: something is not as it must be. */
void broken(const char *what);
/* What a test writes to a place of a disk or a frame. */
u64 pattern(u64 hash, u64 address);
/* A number made of a text that ends with a space, or ends. */
u64 name_hash(const char *s);

/* The work: the same for both ways to a disk. */
/* ROUNDS: how often the work is done; the last time is measured, when the host has translated the code of its path */
enum { ROUNDS = 10, REQUESTS = 256, REQUEST = 4096, FRAMES = 256, FRAME = 1024, DISK_SEED = 0x6469736B };

/* ide.c: the disk of a PC. */
void emulated(void);
/* Finds the controller and asks the disk who it is; interrupts come from then on. */
void ide_connect(void);
/* Moves REQUEST bytes to or from a place on the disk, counted in requests. */
void ide_transfer(u32 request, void *data, int read);

/* hold.c: a guest that is held until somebody says what it is to do. */
void hold(void);
