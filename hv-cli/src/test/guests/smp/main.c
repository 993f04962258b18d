/* The multiprocessor guest: what several processors may and may not see of each other's memory accesses (SDM vol. 3A, 8.2), locked
 * instructions, locks, changed code, interprocessor interrupts, page-table flags, rights withdrawn from other processors. Command line: "cpus=N", 2 to 8; with "race" nothing but a race. Every test prints
 * "ok NAME" or "FAILED NAME"; then the machine switches itself off. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

static void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static void out16(u16 port, u16 v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
static u8 in8(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static void pause(void) { __asm__ volatile("pause" : : : "memory"); }
static void barrier(void) { __asm__ volatile("" : : : "memory"); }
static void mfence(void) { __asm__ volatile("mfence" : : : "memory"); }
static u64 rdmsr(u32 msr) { u32 a, d; __asm__ volatile("rdmsr" : "=a"(a), "=d"(d) : "c"(msr)); return (u64) d << 32 | a; }
static void wrmsr(u32 msr, u64 v) { __asm__ volatile("wrmsr" : : "c"(msr), "a"((u32) v), "d"((u32) (v >> 32)) : "memory"); }
static void serialize(void) { u32 a = 0, c = 0; __asm__ volatile("cpuid" : "+a"(a), "+c"(c) : : "ebx", "edx", "memory"); }

enum { COM1 = 0x3F8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20, PM1_CONTROL = 0x404, SLEEP_ENABLE = 0x2000 };
enum { MOST = 8, SIZE = 1024, ROUNDS = 12, COUNTS = 3000, VECTOR = 0x40 };

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

static u32 cpus = 2;
static int failures;

static void verdict(const char *name, u64 bad) {
    text(bad ? "FAILED " : "ok ");
    text(name);
    if (bad) {
        text(" ");
        number(bad);
        failures++;
    }
    text("\r\n");
}

/* ---- all processors do the same function, one after the other ---------------------------------------------------------- */

extern volatile u32 numbers;
static void (*volatile job)(u32 me);
static volatile u32 round_number, finished;

static u32 xadd(volatile u32 *p, u32 v) { __asm__ volatile("lock xaddl %0, %1" : "+r"(v), "+m"(*p) : : "memory"); return v; }

void other(u32 me) {
    u32 seen = 0;
    if (me >= cpus) {
        return;
    }
    for (;;) {
        while (round_number == seen) pause();
        seen++;
        job(me);
        xadd(&finished, 1);
    }
}

static void all(void (*f)(u32 me)) {
    job = f;
    finished = 0;
    barrier();
    round_number++;
    f(0);
    while (finished != cpus - 1) pause();
}

/* ---- litmus tests: arrays of independent locations, gone through without waiting for each other ------------------------- */

static volatile u32 x[SIZE * 16], y[SIZE * 16];
static u32 r1[SIZE], r2[SIZE], r3[SIZE], r4[SIZE];

#define LITMUS(name, n, first, second, third, fourth) \
    static void name(u32 me) { \
        if (me >= n) return; \
        for (u32 k = 0; k < SIZE; k++) { \
            u32 i = k * 16; \
            if (me == 0) { first; } else if (me == 1) { second; } else if (me == 2) { third; } else { fourth; } \
        } \
    }
#define STORE(where) where[i] = 1; barrier()
#define LOAD(into, where) into[k] = where[i]; barrier()
#define XCHG(where) { u32 v = 1; __asm__ volatile("xchgl %0, %1" : "+r"(v), "+m"(where[i]) : : "memory"); }

LITMUS(store_buffering, 2, STORE(x); mfence(); LOAD(r1, y), STORE(y); mfence(); LOAD(r2, x), , )
LITMUS(store_buffering_plain, 2, STORE(x); LOAD(r1, y), STORE(y); LOAD(r2, x), , )
LITMUS(store_buffering_xchg, 2, XCHG(x); LOAD(r1, y), XCHG(y); LOAD(r2, x), , )
LITMUS(message_passing, 2, STORE(x); STORE(y), LOAD(r1, y); LOAD(r2, x), , )
LITMUS(load_buffering, 2, LOAD(r1, x); STORE(y), LOAD(r2, y); STORE(x), , )
LITMUS(coherence, 2, STORE(x), LOAD(r1, x); LOAD(r2, x), , )
LITMUS(iriw, 4, STORE(x), STORE(y), LOAD(r1, x); LOAD(r2, y), LOAD(r3, y); LOAD(r4, x))

static u64 litmus(void (*f)(u32), u32 n, int bad(u32 k)) {
    u64 seen = 0;
    if (cpus < n) return 0;
    for (u32 round = 0; round < ROUNDS; round++) {
        for (u32 i = 0; i < SIZE * 16; i += 16) x[i] = y[i] = 0;
        for (u32 k = 0; k < SIZE; k++) r1[k] = r2[k] = r3[k] = r4[k] = 0;
        all(f);
        for (u32 k = 0; k < SIZE; k++) seen += bad(k) != 0;
    }
    return seen;
}

static int both_zero(u32 k) { return !r1[k] && !r2[k]; }
static int first_without_second(u32 k) { return r1[k] && !r2[k]; }
static int both_one(u32 k) { return r1[k] && r2[k]; }
static int other_order(u32 k) { return r1[k] && !r2[k] && r3[k] && !r4[k]; }

/* ---- counters ------------------------------------------------------------------------------------------------------------ */

static volatile u32 lock_word, tickets, serving, counter32;
static volatile u64 counter64, plain;
static volatile u8 counter8;
static volatile struct { u64 low, high; } __attribute__((aligned(16))) wide;
static u8 area[8192] __attribute__((aligned(4096)));
static u32 offset;

static void with_xadd(u32 me) { (void) me; for (int i = 0; i < COUNTS; i++) xadd(&counter32, 1); }

static void with_inc(u32 me) {
    (void) me;
    for (int i = 0; i < COUNTS; i++) __asm__ volatile("lock incq %0; lock incb %1" : "+m"(counter64), "+m"(counter8) : : "memory", "cc");
}

static void with_carry(u32 me) {
    (void) me;
    for (int i = 0; i < COUNTS; i++) __asm__ volatile("stc; lock adcq $0, %0" : "+m"(counter64) : : "memory", "cc");
}

static void with_cmpxchg(u32 me) {
    (void) me;
    for (int i = 0; i < COUNTS; i++) {
        u64 old = counter64;
        u8 done;
        do {
            __asm__ volatile("lock cmpxchgq %3, %1; sete %2" : "+a"(old), "+m"(counter64), "=q"(done) : "r"(old + 1) : "memory", "cc");
        } while (!done);
    }
}

static void with_cmpxchg8b(u32 me) {
    (void) me;
    for (int i = 0; i < COUNTS; i++) {
        u32 a = (u32) wide.low, d = (u32) (wide.low >> 32);
        u8 done;
        do {
            u64 next = ((u64) d << 32 | a) + 0x80000001ul;
            __asm__ volatile("lock cmpxchg8b %2; sete %3" : "+a"(a), "+d"(d), "+m"(wide.low), "=q"(done) : "b"((u32) next), "c"((u32) (next >> 32)) : "memory", "cc");
        } while (!done);
    }
}

static void with_cmpxchg16b(u32 me) {
    (void) me;
    for (int i = 0; i < COUNTS; i++) {
        u64 a = wide.low, d = wide.high;
        u8 done;
        do {
            __asm__ volatile("lock cmpxchg16b %2; sete %3" : "+a"(a), "+d"(d), "+m"(wide), "=q"(done) : "b"(a + 1), "c"(d + 2) : "memory", "cc");
        } while (!done);
    }
}

static void with_spin_lock(u32 me) {
    (void) me;
    for (int i = 0; i < COUNTS; i++) {
        u32 v = 1;
        for (;;) {
            __asm__ volatile("xchgl %0, %1" : "+r"(v), "+m"(lock_word) : : "memory");
            if (!v) break;
            while (lock_word) pause();
        }
        plain = plain + 1;
        barrier();
        lock_word = 0;
    }
}

static void with_bit_lock(u32 me) {
    (void) me;
    for (int i = 0; i < COUNTS; i++) {
        u8 taken;
        do {
            __asm__ volatile("lock btsl $7, %0; setc %1" : "+m"(lock_word), "=q"(taken) : : "memory", "cc");
            if (taken) pause();
        } while (taken);
        plain = plain + 1;
        __asm__ volatile("lock btrl %1, %0" : "+m"(lock_word) : "r"(7) : "memory", "cc");
    }
}

static void with_ticket_lock(u32 me) {
    (void) me;
    for (int i = 0; i < COUNTS; i++) {
        u32 mine = xadd(&tickets, 1);
        while (serving != mine) pause();
        plain = plain + 1;
        barrier();
        serving = mine + 1;
    }
}

static void with_misaligned(u32 me) {
    (void) me;
    for (int i = 0; i < COUNTS / 10; i++) __asm__ volatile("lock addq %1, %0" : "+m"(*(volatile u64 *) (area + offset)) : "r"(0x100000001ul) : "memory", "cc");
}

/* Locked instructions on sixteen bytes and on their halves. */
static void with_halves(u32 me) {
    for (int i = 0; i < COUNTS; i++) {
        if (me % 3 == 1) {
            __asm__ volatile("lock incq %0" : "+m"(wide.low) : : "memory", "cc");
        } else if (me % 3 == 2) {
            __asm__ volatile("lock addq $2, %0" : "+m"(wide.high) : : "memory", "cc");
        }
    }
    if (me % 3 == 0) with_cmpxchg16b(me);
}

/* A doubleword pair that is split between two words of eight bytes or two pages, and its halves. */
static void with_split_parts(u32 me) {
    for (int i = 0; i < COUNTS / 10; i++) {
        if (me == 0) {
            __asm__ volatile("lock addq %1, %0" : "+m"(*(volatile u64 *) (area + offset)) : "r"(0x100000001ul) : "memory", "cc");
        } else {
            __asm__ volatile("lock incl %0" : "+m"(*(volatile u32 *) (area + offset)) : : "memory", "cc");
            __asm__ volatile("lock incl %0" : "+m"(*(volatile u32 *) (area + offset + 4)) : : "memory", "cc");
        }
    }
}

static volatile u32 torn_wide;

/* Processor 0 replaces both halves at once; the others look at them every way there is. */
static void tearing(u32 me) {
    for (u64 i = 0; me == 0 && i < COUNTS; i++) {
        u64 a = i, d = i;
        __asm__ volatile("lock cmpxchg16b %2" : "+a"(a), "+d"(d), "+m"(wide) : "b"(i + 1), "c"(i + 1) : "memory", "cc");
    }
    while (me != 0 && wide.low != COUNTS) {
        u64 a = wide.low;
        barrier();
        u64 d = wide.high;
        if (d < a) torn_wide |= 1;
        barrier();
        d = wide.high;
        barrier();
        a = wide.low;
        if (a < d) torn_wide |= 2;
        a = d = ~0ul;
        __asm__ volatile("lock cmpxchg16b %2" : "+a"(a), "+d"(d), "+m"(wide) : "b"(0ul), "c"(0ul) : "memory", "cc");
        if (a != d) torn_wide |= 4;
    }
}

static u64 count(void (*f)(u32)) {
    counter32 = 0;
    counter64 = plain = wide.low = wide.high = 0;
    counter8 = 0;
    lock_word = tickets = serving = 0;
    all(f);
    return (u64) COUNTS * cpus;
}

static u64 misaligned(u32 at) {
    offset = at;
    *(volatile u64 *) (area + at) = 0;
    all(with_misaligned);
    return *(volatile u64 *) (area + at) != (u64) (COUNTS / 10) * cpus * 0x100000001ul;
}

static u64 split_parts(u32 at) {
    offset = at;
    *(volatile u64 *) (area + at) = 0;
    all(with_split_parts);
    return *(volatile u64 *) (area + at) != (u64) (COUNTS / 10) * cpus * 0x100000001ul;
}

/* ---- sequence lock: processor 0 writes, the others read ------------------------------------------------------------------ */

static volatile u32 sequence, torn;
static volatile u64 left, right;

static void seqlock(u32 me) {
    for (u32 i = 1; i <= COUNTS; i++) {
        if (me == 0) {
            sequence++;
            barrier();
            left = i;
            right = i * 3ul;
            barrier();
            sequence++;
        } else {
            u32 before;
            u64 l, r;
            do {
                while ((before = sequence) & 1) pause();
                barrier();
                l = left;
                r = right;
                barrier();
            } while (sequence != before);
            if (r != l * 3) torn = 1;
        }
    }
}

/* ---- code changed by another processor (SDM vol. 3A, 8.1.3) -------------------------------------------------------------- */

static u8 code[4096] __attribute__((aligned(4096)));
static volatile u32 published, executed, stale;

static void changed_code(u32 me) {
    u32 (*function)(void) = (u32 (*)(void)) code;
    for (u32 i = 1; i <= 200; i++) {
        if (me == 0) {
            *(volatile u32 *) (code + 1) = i;
            barrier();
            published = i;
            while (executed != i * (cpus - 1)) pause();
        } else {
            while (published != i) pause();
            serialize();
            if (function() != i) stale = i;
            xadd(&executed, 1);
        }
    }
}

/* ---- interprocessor interrupts ------------------------------------------------------------------------------------------- */

extern u64 idt[];
extern void interrupt_entry(void);
static volatile u32 pings, pongs, enough;
static int x2apic;

static u32 apic_read(u32 reg) { return x2apic ? (u32) rdmsr(0x800 + reg) : *(volatile u32 *) (0xFEE00000ul + reg * 16); }

static void apic_write(u32 reg, u32 v) {
    if (x2apic) wrmsr(0x800 + reg, v);
    else *(volatile u32 *) (0xFEE00000ul + reg * 16) = v;
}

static void send(u32 to, u32 command) {
    if (x2apic) {
        wrmsr(0x830, (u64) to << 32 | command);
    } else {
        apic_write(0x31, to << 24);
        apic_write(0x30, command);
    }
}

static u32 me_id(void) { u32 id = apic_read(2); return x2apic ? id : id >> 24; }

void interrupt(void) {
    apic_write(0xB, 0);
    if (me_id() == 0) {
        pongs++;
    } else {
        pings++;
        send(0, VECTOR);
    }
}

static void enable_apic(u32 me) {
    (void) me;
    if (x2apic) wrmsr(0x1B, rdmsr(0x1B) | 0xC00);
    apic_write(0xF, 0x1FF);
}

static void ping_pong(u32 me) {
    if (me == 0) {
        __asm__ volatile("sti");
        for (u32 i = 1; i <= 200; i++) {
            send(1, VECTOR);
            while (pongs != i) pause();
        }
        __asm__ volatile("cli");
        enough = 1;
        send(1, VECTOR);
    } else if (me_id() == 1) {
        while (!enough) __asm__ volatile("sti; hlt; cli" : : : "memory");
    }
}

static u64 interrupts(void) {
    pings = pongs = enough = 0;
    all(enable_apic);
    all(ping_pong);
    __asm__ volatile("sti; nop; cli" : : : "memory");
    return pongs < 200 || pings < 200;
}

/* ---- flags of page-table entries, and translations dropped on another processor ------------------------------------------- */

extern u64 pml4[];
static u64 own_pdpt[512] __attribute__((aligned(4096))), own_pd[512] __attribute__((aligned(4096))), own_pt[512] __attribute__((aligned(4096)));
static u32 pages[2][1024] __attribute__((aligned(4096)));
static volatile u32 mapped, acknowledged, old_page;
static const u64 WINDOW = 0x8000000000ul;

static void flags_in_entries(u32 me) {
    volatile u32 *at = (volatile u32 *) WINDOW;
    for (u32 i = 0; i < COUNTS / 2; i++) {
        if (me == 0) {
            __asm__ volatile("lock addq $0x200, %0" : "+m"(own_pt[0]) : : "memory", "cc");
            if ((own_pt[0] & 0xE00) == 0xE00) __asm__ volatile("lock andq $-0xE01, %0" : "+m"(own_pt[0]) : : "memory", "cc");
        } else if (me == 1) {
            __asm__ volatile("lock andq $-0x61, %0" : "+m"(own_pt[0]) : : "memory", "cc");
            __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
            *at = i;
        }
    }
}

static void remapped(u32 me) {
    volatile u32 *at = (volatile u32 *) WINDOW;
    for (u32 i = 1; i <= 200; i++) {
        if (me == 0) {
            own_pt[0] = (u64) pages[i & 1] | 3;
            barrier();
            mapped = i;
            while (acknowledged != i * (cpus - 1)) pause();
        } else {
            while (mapped != i) pause();
            __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
            if (at[1] != 100 + (i & 1)) old_page = 1;
            xadd(&acknowledged, 1);
        }
    }
}

/* ---- rights withdrawn from other processors by an interrupt to each of them (TLB shootdown) -------------------------------- */

static volatile u32 acks, over, faults, wrong;

/* Vector 0x41: what Linux has other processors do. Both the entry to the handler and its end are serialising. */
void synchronise(void) {
    __asm__ volatile("invlpg (%0)" : : "r"(WINDOW) : "memory");
    apic_write(0xB, 0);
    xadd(&acks, 1);
}

/* A write to the page without the right to: tried again until there is the right. */
void page_fault(void) { xadd(&faults, 1); }

static void synchronise_all(void) {
    acks = 0;
    barrier();
    send(0, 0xC0000 | (VECTOR + 1));
    while (acks != cpus - 1) pause();
}

static u64 written(void) {
    u64 n = 0;
    for (u32 i = 1; i < cpus; i++) n += ((volatile u32 *) pages[0])[16 * i];
    return n;
}

static void write_protection(int on) {
    u64 v;
    __asm__ volatile("mov %%cr0, %0" : "=r"(v));
    __asm__ volatile("mov %0, %%cr0" : : "r"(on ? v | 0x10000 : v & ~0x10000ul) : "memory");
}

static void shootdown(u32 me) {
    write_protection(1);
    for (u32 round = 0; me == 0 && round < 100; round++) {
        u64 before = written();
        while (written() == before) pause();
        __asm__ volatile("lock andq $-3, %0" : "+m"(own_pt[0]) : : "memory", "cc");
        synchronise_all();
        before = written();
        for (u32 n = 0; n < 300; n++) pause();
        if (written() != before) wrong = 1;
        __asm__ volatile("lock orq $2, %0" : "+m"(own_pt[0]) : : "memory", "cc");
    }
    if (me == 0) {
        over = 1;
    } else {
        __asm__ volatile("sti");
        while (!over) ((volatile u32 *) WINDOW)[16 * me]++;
        __asm__ volatile("cli");
    }
    write_protection(0);
}

/* ---- code changed under processors that execute it, with a breakpoint meanwhile as Linux does it -------------------------- */

volatile u32 breakpoints;

static void poked_code(u32 me) {
    u32 (*function)(void) = (u32 (*)(void)) code;
    for (u32 i = 1; me == 0 && i <= 100; i++) {
        u32 before = executed;
        *(volatile u8 *) code = 0xCC;
        synchronise_all();
        *(volatile u32 *) (code + 1) = i;
        synchronise_all();
        *(volatile u8 *) code = 0xB8;
        synchronise_all();
        published = i;
        while (executed == before) pause();
    }
    if (me == 0) {
        over = 1;
    } else {
        __asm__ volatile("sti");
        while (!over) {
            u32 least = published;
            u32 got = function();
            if (got != ~0u && (got < least || got > 100)) wrong = 2;
            xadd(&executed, 1);
        }
        __asm__ volatile("cli");
    }
}

static void gate(int vector, void (*entry)(void)) {
    u64 at = (u64) entry;
    idt[2 * vector] = (at & 0xFFFF) | 8ul << 16 | 0x8E00ul << 32 | (at >> 16 & 0xFFFF) << 48;
    idt[2 * vector + 1] = at >> 32;
}

/* ---- a planted race: a counter that all processors increase without a lock ------------------------------------------------- */

enum { INCREASES = 250, DATA_READY = 1 };
static volatile u32 unlocked;

static void increase(u32 me) {
    (void) me;
    for (u32 i = 0; i < INCREASES; i++) unlocked = unlocked + 1;
}

/* Says "ready", waits for a key, and tells what the processors have counted. */
static void race(void) {
    text("ready\r\n");
    while (!(in8(LINE_STATUS) & DATA_READY)) pause();
    in8(COM1);
    all(increase);
    text("counted ");
    number(unlocked);
    text(" of ");
    number(cpus * INCREASES);
    text("\r\n");
}

/* --------------------------------------------------------------------------------------------------------------------------- */

static const char *find(const char *line, const char *key) {
    for (; *line; line++) {
        int i = 0;
        while (key[i] && line[i] == key[i]) i++;
        if (!key[i]) return line + i;
    }
    return 0;
}

struct multiboot { u32 flags, mem_lower, mem_upper, boot_device, cmdline; };

extern u8 trampoline[], trampoline_end[];
extern void synchronise_entry(void), breakpoint_entry(void), page_fault_entry(void);

void main(struct multiboot *info) {
    const char *given = find((const char *) (u64) info->cmdline, "cpus=");
    if (given) cpus = (u32) (*given - '0');
    for (u32 i = 0; trampoline + i < trampoline_end; i++) ((volatile u8 *) 0x8000)[i] = trampoline[i];
    apic_write(0xF, 0x1FF);
    send(0, 0xC4500);                                           /* INIT to all but this one, then the start-up interrupt twice */
    for (int i = 0; i < 2; i++) {
        send(0, 0xC4608);
        for (u32 n = 0; n < 100000 && numbers < cpus; n++) pause();
    }
    while (numbers < cpus) pause();
    if (find((const char *) (u64) info->cmdline, "race")) {
        race();
        for (;;) pause();
    }
    gate(VECTOR, interrupt_entry);
    gate(VECTOR + 1, synchronise_entry);
    gate(3, breakpoint_entry);
    gate(14, page_fault_entry);
    own_pt[0] = (u64) pages[0] | 3;
    own_pd[0] = (u64) own_pt | 3;
    own_pdpt[0] = (u64) own_pd | 3;
    pml4[1] = (u64) own_pdpt | 3;
    pages[0][1] = 100;
    pages[1][1] = 101;

    verdict("store buffering with MFENCE", litmus(store_buffering, 2, both_zero));
    u64 seen = litmus(store_buffering_plain, 2, both_zero);
    text("store buffering without a fence: seen ");
    number(seen);
    text(" times\r\n");
    verdict("store buffering with XCHG", litmus(store_buffering_xchg, 2, both_zero));
    verdict("message passing", litmus(message_passing, 2, first_without_second));
    verdict("load buffering", litmus(load_buffering, 2, both_one));
    verdict("coherence", litmus(coherence, 2, first_without_second));
    verdict("independent reads of independent writes", litmus(iriw, 4, other_order));
    verdict("LOCK XADD", count(with_xadd) - counter32);
    verdict("LOCK INC", (count(with_inc) - counter64) | (u8) (counter64 - counter8));
    verdict("LOCK ADC", count(with_carry) - counter64);
    verdict("LOCK CMPXCHG", count(with_cmpxchg) - counter64);
    verdict("LOCK CMPXCHG8B", count(with_cmpxchg8b) * 0x80000001ul - wide.low);
    u64 n = count(with_cmpxchg16b);
    verdict("LOCK CMPXCHG16B", (n - wide.low) | (2 * n - wide.high));
    count(with_halves);
    u64 c16 = (u64) COUNTS * ((cpus + 2) / 3), c_low = (u64) COUNTS * ((cpus + 1) / 3), c_high = (u64) COUNTS * (cpus / 3);
    verdict("LOCK CMPXCHG16B beside locked halves", (c16 + c_low - wide.low) | (2 * c16 + 2 * c_high - wide.high));
    wide.low = wide.high = 0;
    all(tearing);
    verdict("LOCK CMPXCHG16B seen whole", torn_wide);
    verdict("spin lock", count(with_spin_lock) - plain);
    verdict("bit lock", count(with_bit_lock) - plain);
    verdict("ticket lock", count(with_ticket_lock) - plain);
    verdict("misaligned LOCK", misaligned(1) | misaligned(5) | misaligned(60) | misaligned(4092));
    verdict("misaligned LOCK beside locked parts", split_parts(4) | split_parts(4092));
    all(seqlock);
    verdict("sequence lock", torn);
    code[0] = 0xB8;
    code[5] = 0xC3;
    all(changed_code);
    verdict("changed code", stale);
    verdict("interrupts by xAPIC", interrupts());
    x2apic = 1;
    verdict("interrupts by x2APIC", interrupts());
    all(flags_in_entries);
    u32 counted = 0;
    for (u32 i = 0; i < COUNTS / 2; i++) counted = counted == 6 ? 0 : counted + 1;
    verdict("flags of page-table entries", (own_pt[0] >> 9 & 7) != counted);
    all(remapped);
    verdict("remapped page", old_page);
    own_pt[0] = (u64) pages[0] | 3;
    all(shootdown);
    verdict("withdrawn right to write", wrong | !faults);
    over = wrong = executed = published = 0;
    *(volatile u32 *) (code + 1) = 0;
    all(poked_code);
    verdict("code changed under a breakpoint", wrong);
    text(failures ? "some failed\r\n" : "all passed\r\n");
    while (!(in8(LINE_STATUS) & TRANSMITTER_EMPTY)) { }
    out16(PM1_CONTROL, SLEEP_ENABLE);
}
