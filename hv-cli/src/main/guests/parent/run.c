/* Who runs the processors of children. With the root scheduler it is this guest: in turns, for a while each, until one is intercepted or waits. */
#include "hv.h"

/* A child's processor that this guest is to run, or of which something is to be heard. */
struct seat { u64 id; u32 vp; u8 there, blocked, intercepted, told, answered; };

enum { SEATS = 32, SLICE = 500 };

static struct seat seats[SEATS];
static int last;

u64 dispatch(u64 id, u32 vp, u32 flags, u64 slice) {
    /* what has come for this processor would end the call at once */
    __asm__ volatile("sti; nop; cli" : : : "memory");
    in[0] = id; in[1] = vp | (u64) flags << 32; in[2] = slice; in[3] = 0;
    u64 status = call(DISPATCH_VP);
    return status ? status << 48 : out[0];
}

static struct seat *seat(u64 id, u32 vp) {
    for (int i = 0; i < SEATS; i++) if (seats[i].there && seats[i].id == id && seats[i].vp == vp) return &seats[i];
    return 0;
}

void runnable(struct child *c, u32 vp) {
    struct seat *s = seat(c->id, vp);
    if (!s) {
        for (s = seats; s->there; s++) if (s == seats + SEATS - 1) broken("a seat");
        *s = (struct seat) {.id = c->id, .vp = vp, .there = 1};
    }
    s->answered = s->intercepted;
    s->intercepted = s->told = 0;
    /* one that was blocked because of that is signalled */
    if (set_register(c, vp, EXPLICIT_SUSPEND, 0, 0)) broken("a processor runs");
}

void forget(struct child *c, int vp) {
    for (int i = 0; i < SEATS; i++) if (seats[i].id == c->id && (vp == EVERY || seats[i].vp == (u32) vp)) seats[i].there = 0;
}

void signalled(const volatile u32 *m) {
    int count = ((volatile u8 *) m)[20];
    for (int i = 0; i < count; i++) {
        struct seat *s = seat(*(volatile u64 *) (m + 6 + 2 * i), m[44 + i]);
        if (s) s->blocked = 0;
    }
}

static void run(struct seat *s) {
    u64 answer = dispatch(s->id, s->vp, s->answered ? CLEAR_INTERCEPT : 0, SLICE);
    if (answer >> 48) { s->there = 0; return; }
    s->answered = 0;
    s->blocked = (u32) answer == BLOCKED;
    s->intercepted = answer >> 32 == BY_INTERCEPT;
}

void idle(void) {
    int ran = 0;
    for (int i = 0; i < SEATS && schedules; i++) {
        if (seats[i].there && !seats[i].blocked && !seats[i].intercepted) { run(&seats[i]); ran++; }
    }
    if (!ran && !arrived(0)) {
        /* without a processor of a child's that runs, somebody else may still have something to say */
        if (schedules) raw(LONG_SPIN_WAIT | FAST, 1, 0);
        else sleep();
    }
}

static int untold(int i) { return seats[i].there && seats[i].intercepted && !seats[i].told; }

int heard_anything(void) {
    for (int i = 0; i < SEATS; i++) if (untold(i)) return 1;
    return 0;
}

const volatile u32 *heard(void) {
    static u32 m[64];
    for (int n = 1; n <= SEATS; n++) {
        int i = (last + n) % SEATS;
        if (!untold(i)) continue;
        last = i;
        seats[i].told = 1;
        m[0] = OPAQUE;
        *(u64 *) (m + 2) = seats[i].id;
        m[4] = seats[i].vp;
        return m;
    }
    return 0;
}
