/*
 * Several processors of the parent, which run processors of children by HvCallDispatchVp, call, wake and stop each other, and wait for the answers: nobody waits for ever. Each round follows from its number:
 * what is done, and in which order.
 */
#include "stress.h"

extern char stress_message_entry[], stress_call_entry[], stress_poke_entry[], stress_meet_entry[], stress_tick_entry[], stress_nmi_entry[], stress_late_entry[];

struct cpu cpus[MOST];
static struct kid kids[MOST][KIDS];
static int count, assisted, hostile;
static volatile u64 longest, failed, round_number, meeting, met, stopped;

static u32 self(void) { return rdmsr(MSR_VP_INDEX); }

u64 roll(struct cpu *c, u64 below) {
    c->random ^= c->random << 13; c->random ^= c->random >> 7; c->random ^= c->random << 17;
    return (c->random >> 11) % below;
}

static void relax(void) { __asm__ volatile("pause" : : : "memory"); }
static void enable(void) { __asm__ volatile("sti" : : : "memory"); }
static void disable(void) { __asm__ volatile("cli" : : : "memory"); }

static void say(const char *what, u64 n) { text(what); number(n); }

/* Says how everything stands, and ends. */
void fail(const char *what, u64 n) {
    if (__atomic_exchange_n(&failed, 1, __ATOMIC_SEQ_CST)) for (;;) __asm__ volatile("cli; hlt");
    say("FAIL round ", round_number); say(": processor ", self()); text(": "); text(what); say(" ", n); text("\n");
    for (int i = 0; i < count; i++) {
        say("processor ", i); text(": "); text(cpus[i].doing); say(" ", cpus[i].with); say(", ticks ", cpus[i].ticks); say(", pokes ", cpus[i].pokes); say(", finished ", cpus[i].finished);
        for (int k = 0; k < count; k++) { say(k ? " " : ", asked ", cpus[i].asked[k]); say("/", cpus[i].answered[k]); }
        text("\n");
        for (int k = 0; k < KIDS; k++) {
            struct kid *kid = &kids[i][k];
            say("  partition ", kid->child.id); say(" kind ", kid->kind); say(" blocked ", kid->blocked); say(" intercepted ", kid->intercepted); say(" kicked ", kid->kicked); say(" kicks ", kid->kicks);
            say(" gone ", kid->gone); text("\n");
        }
    }
    leave();
}

void doing(struct cpu *c, const char *what, u64 with) { c->doing = what; c->with = with; }

u32 ask(volatile u64 *in, volatile u64 *out, u64 control, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
    in[0] = a; in[1] = b; in[2] = c; in[3] = d; in[4] = e; in[5] = f; in[6] = in[7] = 0;
    return raw(control, (u64) in, (u64) out) & 0xFFFF;
}

static void assert_at(volatile u64 *in, struct kid *kid) {
    u32 status = ask(in, 0, ASSERT_INTERRUPT, kid->child.id, 0, 0, KID_VECTOR, 0, 0);
    if (status && !kid->gone) fail("an interrupt of a child is refused", status);
}

static void put_register(struct cpu *c, struct kid *kid, u32 name, u64 value) {
    u32 status = ask(c->in, c->out, reps(SET_REGISTERS, 1), kid->child.id, 0, name, 0, value, 0);
    if (status && !kid->gone) fail("a register of a child is refused", status);
}

void interrupt(int to, u32 vector) { if (raw(SEND_IPI | FAST, vector, 1ul << to) & 0xFFFF) fail("an interrupt is refused", vector); }

/* Bit 0 of the assist page says that the hypervisor need not be told. */
static void done(struct cpu *c) {
    if (assisted && (__atomic_exchange_n(c->assist, 0, __ATOMIC_SEQ_CST) & 1)) return;
    wrmsr(MSR_EOI, 0);
}

// ---- what interrupts ------------------------------------------------------------------------------------------------

void stress_message(void) {
    struct cpu *c = &cpus[self()];
    volatile u32 *m = c->messages;
    if (m[0] == SIGNALS_MESSAGE) {
        for (int n = 0; n < ((volatile u8 *) m)[20]; n++) {
            for (int i = 0; i < count; i++) {
                for (int k = 0; k < KIDS; k++) {
                    struct kid *kid = &kids[i][k];
                    if (kid->child.id != *(volatile u64 *) (m + 6 + 2 * n)) continue;
                    kid->kicks++;
                    kid->kicked = 1;
                    /* who waits may sleep */
                    if (&cpus[i] != c) interrupt(i, POKE);
                }
            }
        }
    } else if (m[0]) fail("a message that nobody expects", m[0]);
    if (m[0]) {
        m[0] = 0;
        fence();
        if (((volatile u8 *) m)[5] & 1) wrmsr(MSR_EOM, 0);
    }
    done(c);
}

/* Answers all that is asked; now and then it makes a hypercall before. */
void stress_call(void) {
    struct cpu *c = &cpus[self()];
    u64 asked[MOST] = {0};
    done(c);
    for (int i = 0; i < count; i++) asked[i] = c->asked[i];
    struct kid *kid = &kids[(asked[0] + asked[1]) % count][asked[1] % KIDS];
    if (kid->kind == HALTS && !kid->gone) assert_at(c->irq_in, kid);
    for (int i = 0; i < count; i++) c->answered[i] = asked[i];
}

void stress_poke(void) { struct cpu *c = &cpus[self()]; c->pokes++; done(c); }

/* All meet with interrupts disabled, as for a change of code. */
void stress_meet(void) {
    struct cpu *c = &cpus[self()];
    u64 which = meeting;
    __atomic_add_fetch(&met, 1, __ATOMIC_SEQ_CST);
    while (meeting == which && !failed) relax();
    done(c);
}

void stress_tick(void) { struct cpu *c = &cpus[self()]; c->ticks++; done(c); }

void stress_nmi(void) { cpus[self()].nmis++; }

void stress_late(void) { fail("nothing happens any more", now()); }

// ---- what they do ---------------------------------------------------------------------------------------------------

/* A wait that must end. */
struct wait { u64 until; u32 turns; };
static struct wait begin_wait(void) { return (struct wait) {now() + longest, 0}; }
static void go_on(struct wait *w, const char *what, u64 n) {
    relax();
    if (failed) for (;;) __asm__ volatile("cli; hlt");
    if (!(++w->turns & 127) && now() > w->until) fail(what, n);
}

static void call_other(struct cpu *c, int me, int other) {
    u64 number = ++cpus[other].asked[me];
    doing(c, "waits for the answer of", other);
    fence();
    interrupt(other, CALL);
    for (struct wait w = begin_wait(); cpus[other].answered[me] < number;) go_on(&w, "no answer from", other);
}

static void send_nmi(struct cpu *c, int me, int other) {
    (void) me;
    u64 before = cpus[other].nmis;
    doing(c, "waits for the NMI of", other);
    wrmsr(MSR_ICR, (u64) other << 32 | 0x4400);
    for (struct wait w = begin_wait(); cpus[other].nmis == before;) go_on(&w, "no NMI at", other);
}

static volatile int meets;

static void meet(struct cpu *c, int me) {
    if (__atomic_exchange_n(&meets, 1, __ATOMIC_SEQ_CST)) return;
    doing(c, "waits for all", 0);
    met = 0;
    for (int i = 0; i < count; i++) if (i != me) interrupt(i, MEET);
    for (struct wait w = begin_wait(); (int) met < count - 1;) go_on(&w, "not all have come:", met);
    meeting++;
    __atomic_store_n(&meets, 0, __ATOMIC_SEQ_CST);
}

/* Waits until the hypervisor says that a processor can go on; asleep, or not. */
static void wait_kick(struct cpu *c, struct kid *kid) {
    int asleep = roll(c, 2);
    doing(c, asleep ? "sleeps until there is a signal of" : "waits for the signal of", kid->child.id);
    struct wait w = begin_wait();
    while (1) {
        disable();
        if (kid->kicked || kid->gone) break;
        if (asleep) __asm__ volatile("sti; hlt" : : : "memory");
        else enable();
        go_on(&w, "no signal of", kid->child.id);
    }
    enable();
    kid->kicked = 0;
    kid->blocked = 0;
}

static void run_kid(struct cpu *c, struct kid *kid) {
    if (kid->gone) return;
    if (kid->blocked) {
        if (kid->kind == HALTS) assert_at(c->in, kid);
        wait_kick(c, kid);
    }
    if (kid->intercepted) {
        ask(c->in, c->out, reps(SET_REGISTERS, 1), kid->child.id, 0, RIP, 0, message_quad(&kid->child, 0, AT_RIP) + (kid->child.messages[0][AT_LENGTH] & 15), 0);
        kid->rip = message_quad(&kid->child, 0, AT_RIP);
    }
    doing(c, "runs", kid->child.id);
    /* with and without a time slice; where no timer is, somebody must come back from a child that runs without end */
    u64 slice = roll(c, 500) + 1, unlimited = roll(c, 4) && (round_number & 1 || c != cpus);
    c->in[0] = kid->child.id; c->in[1] = (u64) kid->intercepted << 32; c->in[2] = unlimited ? 0 : slice; c->in[3] = 0;
    u32 status = raw(DISPATCH_VP, (u64) c->in, (u64) c->out) & 0xFFFF;
    if (kid->gone) return;
    if (status) fail("a child's processor does not run", status);
    u64 answer = c->out[0];
    kid->intercepted = answer >> 32 == BY_INTERCEPT;
    if ((u32) answer != BLOCKED && ((u32) answer != READY || answer >> 32 == BY_SUSPENSION)) fail("an answer that says nothing", answer);
    if ((u32) answer == BLOCKED) {
        if (answer >> 32 == BY_SUSPENSION) {
            doing(c, "lets go on", kid->child.id);
            put_register(c, kid, EXPLICIT_SUSPEND, 0);
            /* it may have halted, too */
            if (kid->kind == HALTS) assert_at(c->in, kid);
            wait_kick(c, kid);
        } else kid->blocked = 1;
    }
    if (kid->intercepted && kid->kind == SPEAKS && message_quad(&kid->child, 0, AT_RIP) == kid->rip) fail("an intercept that was answered comes again at", kid->rip);
    if (kid->intercepted && message_type(&kid->child, 0) != PORT_MESSAGE) fail("another intercept", message_type(&kid->child, 0));
}

/* Somebody else's processor is stopped for a moment. */
static void stop_another(struct cpu *c) {
    struct kid *kid = &kids[roll(c, count)][roll(c, KIDS)];
    if (kid->gone || kid->kind == SPINS) return;
    u32 name = roll(c, 2) ? DISPATCH_SUSPEND : EXPLICIT_SUSPEND;
    doing(c, "holds", kid->child.id);
    put_register(c, kid, name, 1);
    for (u64 n = roll(c, 300); n; n--) relax();
    put_register(c, kid, name, 0);
}

static void step(struct cpu *c, int me) {
    if (hostile && roll(c, 5)) { hostile_step(c); return; }
    int other = (me + 1 + roll(c, count - 1)) % count;
    switch (roll(c, 12)) {
        case 0: call_other(c, me, other); break;
        case 1: send_nmi(c, me, other); break;
        case 2: meet(c, me); break;
        case 3: stop_another(c); break;
        case 4: {
            struct kid *kid = &kids[other][roll(c, KIDS)];
            if (kid->kind == HALTS) assert_at(c->in, kid);
            break;
        }
        case 5:
            disable();
            for (u64 n = roll(c, 500); n; n--) relax();
            if (roll(c, 2)) ask(c->in, c->out, reps(GET_REGISTERS, 1), kids[me][0].child.id, 0, ROOT_SIGNALS, 0, 0, 0);
            enable();
            break;
        case 6: for (u64 n = roll(c, 200); n; n--) relax(); break;
        default: run_kid(c, &kids[me][roll(c, KIDS)]);
    }
}

/* A processor is done: those that run a child without end are to notice. */
static void finish(struct cpu *c, int me) {
    c->finished = 1;
    doing(c, "is done", 0);
    for (struct wait w = begin_wait(); !stopped;) {
        int all = 1;
        for (int i = 0; i < count; i++) {
            if (cpus[i].finished) continue;
            all = 0;
            if (i != me) interrupt(i, POKE);
        }
        if (all && me == 0) break;
        for (int n = 0; n < 100; n++) go_on(&w, "somebody is not done", me);
    }
}

/* While others still run, one of them may lose a child, which it may be running. */
static void take_kid(struct cpu *c) {
    struct kid *kid = &kids[1 + roll(c, count - 1)][roll(c, KIDS)];
    if (kid->kind != SPINS || kid->gone) return;
    kid->gone = 1;
    doing(c, "ends", kid->child.id);
    disable();
    int all = destroy(&kid->child);
    enable();
    if (!all) fail("a partition does not end that runs", kid->child.id);
    interrupt(kid->owner, POKE);
}

static void do_round(struct cpu *c, int me) {
    u64 seed = round_number;
    c->random = (seed * MOST + me + 1) * 0x9E3779B97F4A7C15ul;
    for (int i = 0; i < 3; i++) roll(c, 2);
    /* what runs without a time slice is to come back */
    if (seed & 1 || hostile) {
        wrmsr(MSR_TIMER + 1, 500 + roll(c, 3000));
        wrmsr(MSR_TIMER, (u64) TICK << 4 | DIRECT | PERIODIC | ENABLED);
    }
    enable();
    for (int n = 0; n < STEPS; n++) {
        step(c, me);
        if (me == 0 && !hostile && roll(c, 30) == 0) take_kid(c);
    }
    finish(c, me);
    disable();
    wrmsr(MSR_TIMER, 0);
}

void stress_processor(u64 me);

static void set_up(int me) {
    struct cpu *c = &cpus[me];
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 0xC00);
    wrmsr(MSR_SVR, 0x1FF);
    if (me || is_root) {
        u64 page = is_root ? rdmsr(MSR_SIMP) & -PAGE : (u64) c->messages;
        c->messages = (volatile u32 *) page;
        wrmsr(MSR_SIMP, page | 1);
    } else c->messages = (volatile u32 *) (rdmsr(MSR_SIMP) & -PAGE);
    if (assisted) {
        u64 page = is_root ? rdmsr(MSR_ASSIST) & -PAGE : (u64) c->assist;
        c->assist = (volatile u32 *) page;
        wrmsr(MSR_ASSIST, page | 1);
    }
    wrmsr(MSR_SINT0, MESSAGE);
    wrmsr(MSR_SCONTROL, 1);
}

void stress_processor(u64 me) {
    struct cpu *c = &cpus[me];
    set_interrupt(NMI, stress_nmi_entry);
    set_up(me);
    c->started = 1;
    for (int done_rounds = 0;;) {
        while (c->round == done_rounds) relax();
        done_rounds = c->round;
        do_round(c, me);
        c->ready = 1;
    }
}

static void start_processors(void) {
    copy((void *) TRAMPOLINE, begin_code, begin_end - begin_code);
    for (int i = 1; i < count; i++) {
        if (is_root && (call2(ADD_LP, i | (u64) i << 32, 0) || call6(CREATE_VP, SELF, i, 0, 0, i, 0))) broken("a processor of mine");
        wrmsr(MSR_ICR, (u64) i << 32 | 0x4500);
        wrmsr(MSR_ICR, (u64) i << 32 | 0x4600 | TRAMPOLINE / PAGE);
        for (u64 until = now() + LONG_BESIDE; !cpus[i].started;) {
            relax();
            if (now() > until) broken("a processor of mine does not start");
        }
    }
}

static void make_kid(struct kid *kid, int owner, enum kind kind) {
    clear(kid, sizeof *kid);
    kid->owner = owner;
    kid->kind = kind;
    create(&kid->child, LAPIC);
    initialize(&kid->child);
    add_processor(&kid->child, 0);
    if (kind == SPINS) load(&kid->child, 0, spin_code, spin_end);
    if (kind == SPEAKS) load(&kid->child, 0, port_code, port_end);
    if (kind == HALTS) {
        load(&kid->child, 0, halt_code, halt_end);
        *(volatile u32 *) (lend(&kid->child, 0, ALL) + KID_VECTOR * 4) = 0x1040;
    }
}

/* As Linux ends a processor: no signal more, and all that were sent have come. */
static void end_kid(struct kid *kid) {
    if (kid->gone) return;
    put_register(&cpus[0], kid, DISPATCH_SUSPEND, 1);
    u64 sent = get_register(&kid->child, 0, ROOT_SIGNALS);
    doing(&cpus[0], "waits for all signals of", kid->child.id);
    enable();
    for (struct wait w = begin_wait(); kid->kicks != sent;) go_on(&w, "signals are missing of", kid->child.id);
    disable();
    kid->gone = 1;
    if (!destroy(&kid->child)) fail("a partition does not end", kid->child.id);
}

static void one_round(u64 n) {
    round_number = n;
    stopped = 0;
    for (int i = 0; i < count; i++) {
        cpus[i].ready = cpus[i].finished = 0;
        for (int k = 0; k < KIDS; k++) make_kid(&kids[i][k], i, (n + i + k) % 3);
    }
    if (hostile) hostile_begin();
    wrmsr(MSR_TIMER + 3, now() + 2 * longest);
    wrmsr(MSR_TIMER + 2, (u64) LATE << 4 | DIRECT | ENABLED);
    for (int i = 1; i < count; i++) cpus[i].round++;
    do_round(&cpus[0], 0);
    stopped = 1;
    for (struct wait w = begin_wait(); ;) {
        int all = 1;
        for (int i = 1; i < count; i++) all &= cpus[i].ready;
        if (all) break;
        go_on(&w, "a processor does not end its round", 0);
    }
    if (hostile) hostile_end();
    wrmsr(MSR_TIMER + 2, 0);
    for (int i = 0; i < count; i++) for (int k = 0; k < KIDS; k++) end_kid(&kids[i][k]);
}

static u64 word(const char **line) {
    u64 n = 0;
    while (**line && (**line < '0' || **line > '9')) (*line)++;
    while (**line >= '0' && **line <= '9') n = n * 10 + *(*line)++ - '0';
    return n;
}

/* Processors, number of the first round, and how many rounds; they run at the same time; they ill-treat children, too. */
void stress(const char *line, int beside, int with_hostility) {
    hostile = with_hostility;
    count = word(&line);
    u64 first = word(&line), rounds = word(&line);
    if (count < 2 || count > MOST) broken("2 to 8 processors");
    hypervisor_connect();
    if (!schedules) broken("the hypervisor runs my children");
    longest = beside ? LONG_BESIDE : LONG;
    assisted = first & 1;
    for (int i = 0; i < count; i++) {
        cpus[i].in = pages(1); cpus[i].out = pages(1); cpus[i].irq_in = pages(1);
        cpus[i].messages = pages(1); cpus[i].assist = pages(1);
        cpus[i].doing = "begins";
    }
    give_page(take_page());
    set_interrupt(MESSAGE, stress_message_entry);
    set_interrupt(CALL, stress_call_entry);
    set_interrupt(POKE, stress_poke_entry);
    set_interrupt(MEET, stress_meet_entry);
    set_interrupt(TICK, stress_tick_entry);
    set_interrupt(LATE, stress_late_entry);
    set_interrupt(NMI, stress_nmi_entry);
    set_up(0);
    start_processors();
    for (u64 n = first; n < first + rounds; n++) {
        one_round(n);
        if ((n - first) % 25 == 24) { say("rounds that ended: ", n - first + 1); text("\n"); }
    }
    good("all pages are there in the end", loose_count == LOOSE);
    say("all rounds ended: ", rounds); text("\n");
}
