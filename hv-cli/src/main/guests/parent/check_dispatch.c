/* HvCallDispatchVp: what it answers, slices, signals and their count. */
#include "hv.h"

extern char spin_code[], spin_end[], halt_code[], halt_end[];

#define BECAUSE(state, event) ((u64) (event) << 32 | (state))

/* The next signal names a processor. */
static int named(struct child *c, u32 vp) {
    const volatile u32 *m = 0;
    for (u64 until = now() + 10000; now() < until && !m;) m = signal_message();
    return m && ((volatile u8 *) m)[20] == 1 && *(volatile u64 *) (m + 6) == c->id && m[44] == vp;
}

static u64 signals(struct child *c) { return get_register(c, 0, ROOT_SIGNALS); }

static void slices(void) {
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    expect("of no processor", dispatch(c.id, 0, 0, 0) >> 48, BAD_VP);
    add_processor(&c, 0);
    load(&c, 0, spin_code, spin_end);
    volatile u32 *count = (volatile u32 *) (c.lent[c.lent_count - 1] + 0x800);
    expect("with a flag that is none", dispatch(c.id, 0, 0x80, 0) >> 48, BAD_PARAMETER);
    expect("one that is suspended does not run", dispatch(c.id, 0, 0, 0), BECAUSE(BLOCKED, BY_SUSPENSION));
    expect("nobody signals it yet", signals(&c), 0);
    set_register(&c, 0, EXPLICIT_SUSPEND, 0, 0);
    good("a signal says that it can go on", named(&c, 0));
    expect("which is counted", signals(&c), 1);
    expect("it has not run", *count, 0);
    expect("it runs until its slice is over", dispatch(c.id, 0, 0, 1000), BECAUSE(READY, BY_NOTHING));
    u32 ran = *count;
    good("it has run", ran > 0);
    u64 before = now();
    pause(1000);
    expect("only then", *count, ran);
    dispatch(c.id, 0, 0, 5000);
    u64 took = now() - before;
    good("for as long as it was told to", *count > ran && took >= 6000);
    if (exact) good("and not longer", *count > 3 * ran && *count < 8 * ran && took < 20000);
    expect("without a signal", signals(&c), 1);
    set_register(&c, 0, DISPATCH_SUSPEND, 1, 0);
    ran = *count;
    expect("one that is not to be dispatched does not run", dispatch(c.id, 0, 0, 1000), BECAUSE(BLOCKED, BY_SUSPENSION));
    expect("at all", *count, ran);
    set_register(&c, 0, DISPATCH_SUSPEND, 0, 0);
    good("until it may be, which a signal says", named(&c, 0));
    expect("the second", signals(&c), 2);
    good("it ends", destroy(&c));
}

static void waits(void) {
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    add_processor(&c, 0);
    load(&c, 0, halt_code, halt_end);
    *(volatile u32 *) (lend(&c, 0, ALL) + 0x41 * 4) = 0x1040;
    set_register(&c, 0, EXPLICIT_SUSPEND, 0, 0);
    expect("one that was not looked at needs no signal", signals(&c), 0);
    expect("an intercept ends the call", dispatch(c.id, 0, 0, 0), BECAUSE(READY, BY_INTERCEPT));
    expect("with its message in the page", message_type(&c, 0), PORT_MESSAGE);
    expect("and the processor waits", dispatch(c.id, 0, 0, 0), BECAUSE(READY, BY_INTERCEPT));
    advance(&c, 0);
    expect("when that is answered it goes on, and halts", dispatch(c.id, 0, CLEAR_INTERCEPT, 0), BECAUSE(BLOCKED, BY_NOTHING));
    expect("again there is no reason to go on", dispatch(c.id, 0, 0, 0), BECAUSE(BLOCKED, BY_NOTHING));
    expect("an interrupt is asserted", call4(ASSERT_INTERRUPT, c.id, 0, 0, 0x41), OK);
    good("which is a signal", named(&c, 0));
    expect("counted", signals(&c), 1);
    expect("another one, which is none: it is not blocked any more", call4(ASSERT_INTERRUPT, c.id, 0, 0, 0x42), OK);
    expect("nor counted", signals(&c), 1);
    expect("its handler runs", dispatch(c.id, 0, 0, 0), BECAUSE(READY, BY_INTERCEPT));
    good("it ends in the handler", destroy(&c));
}

/* More signals than a message has room for, while no slot is free. */
static void many(void) {
    enum { MANY = 24 };
    static struct child c[MANY];
    for (int i = 0; i < MANY; i++) {
        create(&c[i], LAPIC);
        initialize(&c[i]);
        add_processor(&c[i], 0);
        load(&c[i], 0, spin_code, spin_end);
        dispatch(c[i].id, 0, 0, 0);
    }
    for (int i = 0; i < MANY; i++) set_register(&c[i], 0, EXPLICIT_SUSPEND, 0, 0);
    int names = 0, twice = 0;
    u8 seen[MANY] = {0};
    for (const volatile u32 *m; (m = signal_message());) {
        for (int k = 0; k < ((volatile u8 *) m)[20]; k++, names++) {
            for (int i = 0; i < MANY; i++) if (*(volatile u64 *) (m + 6 + 2 * k) == c[i].id) twice += seen[i]++;
        }
    }
    expect("each of many is named", names, MANY);
    expect("and none twice", twice, 0);
    u64 counted = 0;
    int ended = 1;
    for (int i = 0; i < MANY; i++) counted += signals(&c[i]);
    for (int i = 0; i < MANY; i++) ended &= destroy(&c[i]);
    expect("as is counted", counted, MANY);
    good("they end", ended);
}

void check_dispatch(void) {
    expect("a processor of no partition is not dispatched", dispatch(0x4711, 0, 0, 0) >> 48, BAD_PARTITION);
    expect("nor one of my own", dispatch(SELF, 0, 0, 0) >> 48, OPERATION_DENIED);
    slices();
    waits();
    many();
}
