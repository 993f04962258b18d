/*
 * A small operating system, for the shape of such work: programs at level 3 with address spaces of their own, system calls by SYSCALL and by
 * INT, switches between programs, memory given at the first touch, copies at the first write, pipes, names looked up, a timer that preempts.
 * What the programs compute does not depend on when they are preempted.
 */
#include "os.h"

enum { FRAMES = 1024, PIPE = 4096, STACK = 4096, TIMER_VECTOR = 32, PAGE_FAULT = 14, TIMER_HZ = 1000, PIT_HZ = 1193182 };
enum { PRESENT = 1, WRITABLE = 2, LEVEL3 = 4, COPY = 1 << 9 };
enum { FAULT_PRESENT = 1, FAULT_WRITE = 2 };
enum { STAR = 0xC0000081, LSTAR, FMASK = 0xC0000084, GS_BASE = 0xC0000101 };

struct frame { u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax, vector, error, rip, cs, rflags, rsp, ss; };

struct pipe { u32 from, to; u8 bytes[PIPE]; };

struct program {
    u64 pml4[512], pdpt[512], directory[512], pages[512], fork[512];
    u8 stack[STACK];
    u64 stopped, result;
    enum { READY, WAITING, OVER } state;
    struct pipe *pipe;
} __attribute__((aligned(PAGE)));

/* os-entry.S knows the first two members */
static struct processor { u64 stack, program_stack; struct program *current; u64 ticks, calls[CALLS], faults, switches; } processor;

static struct program programs[PROGRAMS];
static struct pipe pipes[PROGRAMS / 2];
static u8 memory[FRAMES][PAGE] __attribute__((aligned(PAGE)));
static u32 free_frames[FRAMES], free_count;
static u16 references[FRAMES];
static u64 boot_stack;
static u64 idt[256][2];
static struct { u32 reserved; u64 rsp[3], more[8]; u32 io_map; } __attribute__((packed)) task_state;

extern u64 gdt[], pml4[512], directory[512];
extern char entries[], enter_call[], leave_interrupt[], user_text[];
extern void switch_stacks(u64 *save, u64 load);

/* ---- memory ---- */

static u32 frame_of(u64 entry) { return (u32) (((entry & ~(u64) (PAGE - 1)) - (u64) memory) / PAGE); }

static u32 take_frame(void) {
    if (!free_count) broken("os: no memory left");
    u32 f = free_frames[--free_count];
    references[f] = 1;
    return f;
}

static void release(u64 entry) {
    u32 f = frame_of(entry);
    if (!--references[f]) free_frames[free_count++] = f;
}

static void forget(u64 address) { __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory"); }

static void load_tables(u64 *table) { __asm__ volatile("mov %0, %%cr3" : : "r"(table) : "memory"); }

static void page_fault(u64 error) {
    u64 address;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    struct program *p = processor.current;
    u64 page = (address - USER) / PAGE;
    if (address < USER || page >= USER_PAGES || !p) broken("os: a page fault outside of a program's memory");
    processor.faults++;
    u64 old = p->pages[page];
    if (error & FAULT_PRESENT) {
        if (!(error & FAULT_WRITE) || !(old & COPY)) broken("os: a page fault without a reason");
        if (references[frame_of(old)] == 1) {
            p->pages[page] = (old | WRITABLE) & ~(u64) COPY;
        } else {
            u32 f = take_frame();
            u64 n = PAGE / 8;
            void *to = memory[f], *from = memory[frame_of(old)];
            __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
            release(old);
            p->pages[page] = (u64) memory[f] | PRESENT | WRITABLE | LEVEL3;
        }
        forget(address);
        return;
    }
    u32 f = take_frame();
    u64 n = PAGE / 8;
    void *to = memory[f];
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(0ul) : "memory");
    p->pages[page] = (u64) memory[f] | PRESENT | WRITABLE | LEVEL3;
}

/* ---- programs ---- */

static void schedule(void) {
    struct program *p = processor.current, *q = p;
    do {
        if (++q == programs + PROGRAMS) q = programs;
    } while (q != p && q->state != READY);
    if (q == p && p->state == READY) return;
    processor.switches++;
    if (q->state == READY) {
        processor.current = q;
        processor.stack = task_state.rsp[0] = (u64) (q->stack + STACK);
        load_tables(q->pml4);
        switch_stacks(&p->stopped, q->stopped);
        return;
    }
    for (int i = 0; i < PROGRAMS; i++) if (programs[i].state != OVER) broken("os: all programs wait");
    processor.current = 0;
    load_tables(pml4);
    switch_stacks(&p->stopped, boot_stack);
}

static void wait(struct program *p) {
    p->state = WAITING;
    schedule();
}

/* A program's neighbour at the other end of its pipe. */
static struct program *neighbour(struct program *p) { return programs + ((p - programs) ^ 1); }

static void check_range(u64 address, u64 n) {
    if (address < USER || n > (u64) USER_PAGES * PAGE || address + n > USER + (u64) USER_PAGES * PAGE) broken("os: a system call with a wrong address");
}

static u64 call_identity(struct program *p, struct frame *f) { (void) f; return (u64) (p - programs); }

static u64 call_write(struct program *p, struct frame *f) {
    check_range(f->rdi, f->rsi);
    struct pipe *pipe = p->pipe;
    const u8 *from = (const u8 *) f->rdi;
    for (u64 left = f->rsi; left;) {
        while (pipe->to - pipe->from == PIPE) wait(p);
        u32 at = pipe->to % PIPE, n = PIPE - (pipe->to - pipe->from);
        if (n > PIPE - at) n = PIPE - at;
        if (n > left) n = (u32) left;
        memcpy(pipe->bytes + at, from, n);
        pipe->to += n, from += n, left -= n;
        if (neighbour(p)->state == WAITING) neighbour(p)->state = READY;
    }
    return f->rsi;
}

static u64 call_read(struct program *p, struct frame *f) {
    check_range(f->rdi, f->rsi);
    struct pipe *pipe = p->pipe;
    u8 *to = (u8 *) f->rdi;
    for (u64 left = f->rsi; left;) {
        while (pipe->to == pipe->from) wait(p);
        u32 at = pipe->from % PIPE, n = pipe->to - pipe->from;
        if (n > PIPE - at) n = PIPE - at;
        if (n > left) n = (u32) left;
        memcpy(to, pipe->bytes + at, n);
        pipe->from += n, to += n, left -= n;
        if (neighbour(p)->state == WAITING) neighbour(p)->state = READY;
    }
    return f->rsi;
}

static u64 call_yield(struct program *p, struct frame *f) { (void) p, (void) f; schedule(); return 0; }

static u64 call_unmap(struct program *p, struct frame *f) {
    u64 gone = 0;
    for (u64 page = f->rdi; page < f->rdi + f->rsi && page < DATA_PAGES; page++) {
        if (!(p->pages[page] & PRESENT)) continue;
        release(p->pages[page]);
        p->pages[page] = 0;
        forget(USER + page * PAGE);
        gone++;
    }
    return gone;
}

/* What fork does to memory: a second table shares all pages, and both may only read. The one before is given back. */
static u64 call_fork(struct program *p, struct frame *f) {
    (void) f;
    u64 shared = 0;
    for (u32 i = 0; i < USER_PAGES; i++) {
        if (p->fork[i] & PRESENT) release(p->fork[i]);
        if (p->pages[i] & PRESENT) {
            p->pages[i] = (p->pages[i] & ~(u64) WRITABLE) | COPY;
            references[frame_of(p->pages[i])]++;
            shared++;
        }
        p->fork[i] = p->pages[i];
    }
    load_tables(p->pml4);
    return shared;
}

static struct name { struct name *next; char text[24]; u64 value; } names[NAMES], *buckets[16];

static u32 bucket_of(const char *s) {
    u32 h = 0;
    for (; *s; s++) h = h * 31 + (u8) *s;
    return h % 16;
}

static u64 call_lookup(struct program *p, struct frame *f) {
    (void) p;
    check_range(f->rdi, sizeof names->text);
    char text[sizeof names->text];
    const char *from = (const char *) f->rdi;
    u32 i = 0;
    for (; i < sizeof text - 1 && from[i]; i++) text[i] = from[i];
    text[i] = 0;
    for (const struct name *n = buckets[bucket_of(text)]; n; n = n->next) if (equal(n->text, text)) return n->value;
    return 0;
}

static u64 call_exit(struct program *p, struct frame *f) {
    p->result = f->rdi;
    for (u32 i = 0; i < USER_PAGES; i++) {
        if (p->pages[i] & PRESENT) release(p->pages[i]);
        if (p->fork[i] & PRESENT) release(p->fork[i]);
        p->pages[i] = p->fork[i] = 0;
    }
    p->state = OVER;
    schedule();
    broken("os: a program after its end");
}

static u64 (*const calls[CALLS])(struct program *, struct frame *) = {
    [IDENTITY] = call_identity, [WRITE] = call_write, [READ] = call_read, [YIELD] = call_yield,
    [UNMAP] = call_unmap, [FORK] = call_fork, [LOOKUP] = call_lookup, [EXIT] = call_exit,
};

void system_call(struct frame *f) {
    if (f->rax >= CALLS) broken("os: there is no such system call");
    processor.calls[f->rax]++;
    f->rax = calls[f->rax](processor.current, f);
}

void interrupt(struct frame *f) {
    if (f->vector == PAGE_FAULT) {
        page_fault(f->error);
    } else if (f->vector == SOFT_VECTOR) {
        system_call(f);
    } else if (f->vector == TIMER_VECTOR) {
        processor.ticks++;
        out8(0x20, 0x20);
        if (f->cs & 3) schedule();
    } else {
        broken("os: an exception that nobody expects");
    }
}

/* ---- the beginning ---- */

static void set_gate(int vector, u64 level) {
    u64 h = (u64) entries + 16 * (u64) vector;
    idt[vector][0] = (h & 0xFFFF) | 8ul << 16 | (0x8E00ul | level << 13) << 32 | (h >> 16 & 0xFFFF) << 48;
    idt[vector][1] = h >> 32;
}

void os_prepare(void) {
    struct { u16 limit; u64 base; } __attribute__((packed)) pointer = {sizeof idt - 1, (u64) idt};
    for (int v = 0; v < 256; v++) set_gate(v, v == SOFT_VECTOR ? 3 : 0);
    __asm__ volatile("lidt %0" : : "m"(pointer));
    u64 t = (u64) &task_state;
    task_state.io_map = (u32) sizeof task_state << 16;
    gdt[6] = (sizeof task_state - 1) | (t & 0xFFFFFF) << 16 | 0x89ul << 40 | (t >> 24 & 0xFF) << 56;
    gdt[7] = t >> 32;
    __asm__ volatile("ltr %w0" : : "r"(0x30));
    wrmsr(STAR, 0x0018000800000000ul);
    wrmsr(LSTAR, (u64) enter_call);
    wrmsr(FMASK, 0x40700);                          /* AC, DF, IF, TF */
    wrmsr(GS_BASE, (u64) &processor);               /* SWAPGS changes it for a program's, which is 0 */
    directory[(u64) user_text >> 21] |= LEVEL3;
    load_tables(pml4);
    for (u32 i = 0; i < FRAMES; i++) free_frames[i] = i;
    free_count = FRAMES;
    u64 state = 12;
    for (u32 i = 0; i < NAMES; i++) {
        struct name *n = &names[i];
        memcpy(n->text, "usr/share/name/00", 18);
        n->text[15] = (char) ('0' + i / 10), n->text[16] = (char) ('0' + i % 10);
        n->value = next(&state);
        struct name **b = &buckets[bucket_of(n->text)];
        n->next = *b;
        *b = n;
    }
    /* both interrupt controllers at vectors 32 and 40, all lines but the timer's closed; the timer by rate */
    static const struct { u8 port, value; } setup[] = {
        {0x20, 0x11}, {0x21, TIMER_VECTOR}, {0x21, 4}, {0x21, 1}, {0xA0, 0x11}, {0xA1, TIMER_VECTOR + 8}, {0xA1, 2}, {0xA1, 1}, {0x21, 0xFE}, {0xA1, 0xFF},
        {0x43, 0x34}, {0x40, PIT_HZ / TIMER_HZ & 255}, {0x40, PIT_HZ / TIMER_HZ >> 8},
    };
    for (u32 i = 0; i < sizeof setup / sizeof *setup; i++) out8(setup[i].port, setup[i].value);
}

static void start(struct program *p, u64 seed) {
    u64 i = (u64) (p - programs);
    p->pml4[0] = (u64) p->pdpt | PRESENT | WRITABLE | LEVEL3;
    p->pdpt[0] = (u64) directory | PRESENT | WRITABLE | LEVEL3;
    p->pdpt[USER >> 30] = (u64) p->directory | PRESENT | WRITABLE | LEVEL3;
    p->directory[0] = (u64) p->pages | PRESENT | WRITABLE | LEVEL3;
    p->state = READY;
    p->pipe = &pipes[i / 2];
    p->pipe->from = p->pipe->to = 0;
    struct frame *f = (struct frame *) (p->stack + STACK) - 1;
    *f = (struct frame) {.rdi = i, .rsi = seed, .rip = (u64) user_program, .cs = 0x2B, .rflags = 0x202, .rsp = USER + (u64) USER_PAGES * PAGE - 8, .ss = 0x23};
    u64 *stack = (u64 *) f;
    *--stack = (u64) leave_interrupt;
    p->stopped = (u64) (stack - 6);
}

u64 os_round(u64 seed) {
    for (u32 i = 0; i < PROGRAMS; i++) start(&programs[i], seed + i);
    processor.current = programs;
    processor.stack = task_state.rsp[0] = (u64) (programs->stack + STACK);
    load_tables(programs->pml4);
    switch_stacks(&boot_stack, programs->stopped);
    if (free_count != FRAMES) broken("os: memory is lost");
    u64 sum = seed;
    for (u32 i = 0; i < PROGRAMS; i++) sum = mix(sum, programs[i].result);
    for (u32 i = 0; i < CALLS; i++) sum = mix(sum, processor.calls[i]);
    return mix(sum, processor.faults);
}
