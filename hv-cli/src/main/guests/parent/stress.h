/* What processors of the parent under stress have in common: with children of their own (stress.c), and with children that all of them ill-treat (hostile.c). */
#pragma once
#include "hv.h"

enum {
    MOST = 8, KIDS = 3, STEPS = 40, TRAMPOLINE = 0x8000,
    MSR_APIC_BASE = 0x1B, MSR_ICR = 0x830, MSR_SVR = 0x80F, MSR_EOI = 0x40000070, MSR_VP_INDEX = 0x40000002, MSR_ASSIST = 0x40000073, MSR_SCONTROL = 0x40000080, MSR_SIMP = 0x40000083, MSR_EOM = 0x40000084,
    MSR_SINT0 = 0x40000090, MSR_TIMER = 0x400000B0, DIRECT = 1 << 12, PERIODIC = 2, ENABLED = 1,
    SEND_IPI = 0x0B, MESSAGE = 0xF3, CALL = 0x61, POKE = 0x62, MEET = 0xE3, TICK = 0x54, LATE = 0xE5, NMI = 2, KID_VECTOR = 0x41,
    /* in units of 100 ns; in parallel, where time is the host's */
    LONG = 2000000, LONG_BESIDE = 300000000,
};

extern char begin_code[], begin_end[], spin_code[], spin_end[], halt_code[], halt_end[], port_code[], port_end[];

enum kind { SPINS, HALTS, SPEAKS };

/* A processor of a child, run by one of the parent's as Linux does it (mshv_run_vp_with_root_scheduler). */
struct kid {
    struct child child;
    enum kind kind;
    int owner, blocked, intercepted, gone;
    volatile u64 kicked, kicks;
    /* of the last intercept that was answered: code that speaks never comes to the same twice in a row */
    u64 rip;
};

/* A processor of the parent. */
struct cpu {
    volatile u64 *in, *out, *irq_in, *irq_out;
    volatile u32 *messages;
    volatile u32 *assist;
    u64 random;
    volatile u64 asked[MOST], answered[MOST], nmis, nmis_sent[MOST], ticks, pokes;
    volatile int started, round, ready, finished;
    /* what it waits for, for who says so */
    const char *volatile doing;
    volatile u64 with;
};

extern struct cpu cpus[MOST];
u64 roll(struct cpu *c, u64 below);
/* A call with pages of the caller's own; its status. */
u32 ask(volatile u64 *in, volatile u64 *out, u64 control, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
/* Says how everything stands, and ends. */
void fail(const char *what, u64 n);
/* What it waits for, for who says so. */
void doing(struct cpu *c, const char *what, u64 with);
void interrupt(int to, u32 vector);

/* hostile.c: at the beginning of a round, for each of whose steps, and at its end. */
void hostile_begin(void);
void hostile_step(struct cpu *c);
void hostile_end(void);
