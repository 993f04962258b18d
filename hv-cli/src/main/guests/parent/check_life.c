/* Partitions end in every state, and every page of theirs comes back; pools run dry in the middle of calls. */
#include "hv.h"

extern char spin_code[], spin_end[], halt_code[], halt_end[], port_code[], port_end[], touch_code[], touch_end[];

static const char *const names[STATES] = {
    "created", "with pages deposited", "initialized", "with memory", "with a processor", "running", "in an intercept that I have heard of", "in one that I have not", "halted",
    "at memory that is not there", "with statistics and interrupts", "with two processors, one of them running",
};

void reach(struct child *c, enum state state) {
    create(c, LAPIC);
    if (state == CREATED) return;
    deposit(c->id, 40);
    if (state == DEPOSITED) return;
    initialize(c);
    if (state == INITIALIZED) return;
    for (int i = 0x20; i < 0x28; i++) lend(c, i * PAGE, ALL);
    map(c, 8ul << 21, 0, 1, WITHHELD | LARGE);
    if (state == MAPPED) return;
    add_processor(c, 0);
    if (state == PROCESSOR) return;
    if (state == RUNNING || state == TWO_PROCESSORS) load(c, 0, spin_code, spin_end);
    else if (state == HALTED) load(c, 0, halt_code, halt_end);
    else if (state == WAITING_FOR_MEMORY) load(c, 0, touch_code, touch_end);
    else load(c, 0, port_code, port_end);
    if (state == TWO_PROCESSORS) add_processor(c, 1);
    resume(c, 0);
    switch (state) {
        case RUNNING: case TWO_PROCESSORS: pause(3000); break;
        case TOLD: case WAITING_FOR_MEMORY: wait_for(c, 0); break;
        case HALTED: wait_for(c, 0); advance(c, 0); resume(c, 0); pause(3000); break;
        case SHOWN:
            wait_for(c, 0);
            call4(MAP_STATS, 0x10002, c->id, 0, (u64) c->lent[0] / PAGE);
            call4(MAP_STATS, 0x10001, c->id, 0, (u64) c->lent[1] / PAGE);
            call4(ASSERT_INTERRUPT, c->id, 1ul << 32, 0, 0x41);
            break;
        case UNTOLD: while (!arrived(0)) idle(); break;
        default: break;
    }
}

/* A pool that is dry at every step: each call says so, goes on after a page, and loses nothing. */
static void dry(void) {
    struct child c;
    create(&c, LAPIC);
    call3(SET_PROPERTY, c.id, PRIVILEGES, CHILD_PRIVILEGES);
    deposited = 0;
    initialize(&c);
    expect("a dry pool: initialized with as many pages as it takes", deposited, 1);
    deposited = 0;
    u64 source[8];
    for (int i = 0; i < 8; i++) source[i] = take_page();
    /* eight pages, each of which needs tables of its own */
    in[0] = c.id; in[1] = 0; in[2] = ALL;
    for (int i = 0; i < 8; i++) {
        in[0] = c.id; in[1] = (u64) (i + 1) << 27; in[2] = ALL; in[3] = source[i] / PAGE;
        if (call_with_memory(c.id, reps(MAP, 1), 4)) broken("a page in a pool that was dry");
    }
    good("each table was asked for", deposited >= 16);
    /* sixteen in one call, over the edge of a table: what was done stays done */
    u64 run[16];
    for (int i = 0; i < 16; i++) run[i] = take_page();
    in[0] = c.id; in[1] = (1ul << 20) + 512 - 8; in[2] = ALL;
    for (int i = 0; i < 16; i++) in[3 + i] = run[i] / PAGE;
    u32 first = call(reps(MAP, 16)), done = completed;
    expect("in the middle of a run it is dry", first, NO_MEMORY);
    int times = 0;
    while (first == NO_MEMORY && times++ < 8) {
        deposit(c.id, 1);
        in[0] = c.id; in[1] = (1ul << 20) + 512 - 8; in[2] = ALL;
        for (int i = 0; i < 16; i++) in[3 + i] = run[i] / PAGE;
        u32 before = done;
        first = call(reps(MAP, 16) | (u64) done << 48);
        done = completed;
        if (done < before) broken("a repetition that was done twice");
    }
    expect("it goes on from there", first, OK);
    expect("to the end", done, 16);
    deposited = 0;
    expect("a processor with its pages, one by one", add_processor(&c, 0), OK);
    good("asked for", deposited > 2);
    good("all of that comes back", destroy(&c));
    for (int i = 0; i < 8; i++) give_page(source[i]);
    for (int i = 0; i < 16; i++) give_page(run[i]);
}

void check_life(void) {
    struct child c;
    for (int state = 0; state < STATES; state++) {
        int before = loose_count;
        reach(&c, state);
        text(names[state]); text("\n");
        good("  a partition ends", destroy(&c));
        expect("  and its pages are back", loose_count, before);
        /* what was in the slot when it ended stays mine */
        expect("  and nothing more is heard of it", message(0) != 0, state == UNTOLD && !schedules);
        expect("  nor is it there", call1(FINALIZE, c.id), BAD_PARTITION);
    }
    reach(&c, RUNNING);
    expect("a processor is deleted while it runs", call2(DELETE_VP, c.id, 0), OK);
    forget(&c, 0);
    give_page((u64) c.messages[0]);
    give_page((u64) c.registers[0]);
    good("another one in its place", !add_processor(&c, 0));
    expect("the partition is finalized while it runs", call1(FINALIZE, c.id), OK);
    forget(&c, EVERY);
    expect("once", call1(FINALIZE, c.id), BAD_STATE);
    expect("no processor then", call6(CREATE_VP, c.id, 0, 0, 0, 0, 0), BAD_STATE);
    expect("nor deletion with pages in its pool", call1(DELETE, c.id), BAD_STATE);
    for (u32 status = OK; status == OK;) {
        status = call2(reps(WITHDRAW, 64), c.id, 0);
        for (u32 i = 0; i < completed; i++) give_page(out[i] * PAGE);
    }
    expect("without any it is deleted", call1(DELETE, c.id), OK);
    give_page((u64) c.messages[0]);
    give_page((u64) c.registers[0]);
    while (c.lent_count) give_page(c.lent[--c.lent_count]);
    dry();
    static struct child many[24];
    int made = 0;
    while (made < 24 && !create(&many[made], LAPIC) && !initialize(&many[made])) made++;
    expect("two dozen beside each other", made, 24);
    int ended = 0;
    for (int i = 0; i < made; i++) ended += destroy(&many[(i * 7) % 24]);
    expect("which end in another order", ended, 24);
}
