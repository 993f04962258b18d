/* Processors: registers, pages of them, suspension, interrupts, statistics. */
#include "hv.h"

extern char spin_code[], spin_end[], halt_code[], halt_end[], port_code[], port_end[];

static void registers(struct child *c) {
    expect("a processor that is none", call3(reps(GET_REGISTERS, 1), c->id, 7, RAX), BAD_VP);
    expect("a register that is none", call3(reps(GET_REGISTERS, 1), c->id, 0, 0x7FFFF), BAD_PARAMETER);
    expect("a trust level that is none", call3(reps(GET_REGISTERS, 1), c->id, 5ul << 32, RAX), BAD_PARAMETER);
    expect("one that is set is read", set_register(c, 0, RBX, 0x123456789ABCDEF0, 0) ? 0 : get_register(c, 0, RBX), 0x123456789ABCDEF0);
    expect("a control register with bits that it has not", set_register(c, 0, EFER, 1ul << 40, 0), BAD_VALUE);
    in[0] = c->id; in[1] = 0;
    in[2] = RCX; in[3] = 0; in[4] = 1; in[5] = 0;
    in[6] = 0x7FFFF; in[7] = in[8] = in[9] = 0;
    expect("two, of which the second is none", call(reps(SET_REGISTERS, 2)), BAD_PARAMETER);
    expect("the first was set", completed, 1);
    expect("a new processor is suspended", get_register(c, 0, EXPLICIT_SUSPEND), 1);
    expect("by no intercept", get_register(c, 0, INTERCEPT_SUSPEND), 0);
    good("its page of registers is valid", c->registers[0][2] == 1 && *(volatile u64 *) (c->registers[0] + 8 + 3 * 8) == 0x123456789ABCDEF0);
    *(volatile u64 *) (c->registers[0] + 8 + 3 * 8) = 77;
    *(volatile u32 *) (c->registers[0] + 4) = 1;
    expect("what is changed there counts", get_register(c, 0, RBX), 77);
    expect("once", *(volatile u32 *) (c->registers[0] + 4), 0);
    expect("the page is mapped once", call3(MAP_STATE_PAGE, c->id, 1ul << 56, (u64) c->registers[0] / PAGE), IN_USE);
    expect("and is not deposited meanwhile", call2(reps(DEPOSIT, 1), c->id, (u64) c->registers[0] / PAGE), ACCESS_DENIED);
    expect("a page of a kind that is none", call3(MAP_STATE_PAGE, c->id, 9ul << 32 | 1ul << 56, (u64) c->registers[0] / PAGE), BAD_PARAMETER);
    expect("it is taken back", call2(UNMAP_STATE_PAGE, c->id, 0), OK);
    expect("once, too", call2(UNMAP_STATE_PAGE, c->id, 0), NOT_FOUND);
    expect("and mapped again", call3(MAP_STATE_PAGE, c->id, 1ul << 56, (u64) c->registers[0] / PAGE), OK);
    u64 page = take_page();
    /* kind 0 of states, in a page of ours */
    in[0] = c->id; in[1] = 0; in[2] = 1ul << 31; in[3] = in[4] = 0; in[5] = page / PAGE;
    expect("the APIC's state", call(variable(GET_STATE, 1)), OK);
    expect("begins with its id", *(u32 *) page, 0);
    in[2] = 99;
    expect("a state that is none", call(variable(GET_STATE, 1)), BAD_PARAMETER);
    expect("my own processor's are shown there", call4(MAP_STATS, 0x10002, SELF, 0, page / PAGE), OK);
    u64 calls = ((volatile u64 *) page)[7], time = ((volatile u64 *) page)[1];
    pause(20000);
    for (int i = 0; i < 50; i++) call1(GET_PROPERTY, 0);
    pause(20000);
    call1(GET_PROPERTY, 0);
    good("they go on while I look", ((volatile u64 *) page)[1] > time && ((volatile u64 *) page)[7] >= calls + 50);
    call3(UNMAP_STATS, 0x10002, SELF, 0);
    calls = ((volatile u64 *) page)[7];
    pause(20000);
    call1(GET_PROPERTY, 0);
    expect("until they are taken back", ((volatile u64 *) page)[7], calls);
    give_page(page);
}

/* Waits, but not for ever. */
enum { LONGEST = 50000000 };

static int more(volatile u32 *count, u32 than) {
    u64 until = now() + LONGEST;
    while (*count == than && now() < until) pause(100);
    return *count > than;
}

static int halts(struct child *c) {
    u64 until = now() + LONGEST;
    while (get_register(c, 0, INTERNAL_ACTIVITY) != 2 && now() < until) pause(100);
    return get_register(c, 0, INTERNAL_ACTIVITY) == 2;
}

static void suspension(struct child *c) {
    load(c, 0, spin_code, spin_end);
    volatile u32 *count = (volatile u32 *) (c->lent[c->lent_count - 1] + 0x800);
    resume(c, 0);
    good("it runs beside its parent", more(count, 0));
    expect("it is suspended", set_register(c, 0, EXPLICIT_SUSPEND, 1, 0), OK);
    u32 ran = *count;
    pause(20000);
    expect("and stands still at once", *count, ran);
    expect("without any message", message(0) != 0, 0);
    resume(c, 0);
    good("it goes on", more(count, ran));
    set_register(c, 0, EXPLICIT_SUSPEND, 1, 0);
    u64 page = take_page();
    expect("its counters are shown", call4(MAP_STATS, 0x10002, c->id, 0, page / PAGE), OK);
    good("it has run", ((volatile u64 *) page)[1] > 0);
    expect("in one page", call4(MAP_STATS, 0x10002, c->id, 0, page / PAGE), IN_USE);
    expect("of a kind that is none", call4(MAP_STATS, 5, c->id, 0, page / PAGE), BAD_PARAMETER);
    expect("of no processor", call4(MAP_STATS, 0x10002, c->id, 9, page / PAGE), BAD_VP);
    expect("of no area", call4(MAP_STATS, 0x10002, c->id, 2ul << 56, page / PAGE), BAD_PARAMETER);
    if (!is_root) expect("of the machine, which is not mine", call4(MAP_STATS, STATS_HYPERVISOR, 0, 0, page / PAGE), ACCESS_DENIED);
    if (!is_root) expect("nor a processor of its", call4(MAP_STATS, STATS_LOGICAL, 0, 0, page / PAGE), ACCESS_DENIED);
    expect("not deposited meanwhile", call2(reps(DEPOSIT, 1), c->id, page / PAGE), ACCESS_DENIED);
    expect("it is taken back", call3(UNMAP_STATS, 0x10002, c->id, 0), OK);
    give_page(page);
}

static void interrupts(void) {
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    add_processor(&c, 0);
    load(&c, 0, halt_code, halt_end);
    *(volatile u32 *) (lend(&c, 0, ALL) + 0x41 * 4) = 0x1040;
    expect("a type that is none", call4(ASSERT_INTERRUPT, c.id, 10, 0, 0x41), BAD_PARAMETER);
    expect("a vector that is none", call4(ASSERT_INTERRUPT, c.id, 0, 0, 0x141), BAD_PARAMETER);
    resume(&c, 0);
    expect("code says that it waits", wait_for(&c, 0) == PORT_MESSAGE ? message_port(&c, 0) : 0, 0xE8);
    advance(&c, 0);
    resume(&c, 0);
    good("it halts, as its activity says", halts(&c));
    expect("without a message", message(0) != 0, 0);
    expect("an interrupt is asserted", call4(ASSERT_INTERRUPT, c.id, 0, 0, 0x41), OK);
    expect("its handler runs", wait_for(&c, 0) == PORT_MESSAGE ? message_port(&c, 0) : 0, 0xE9);
    advance(&c, 0);
    resume(&c, 0);
    good("it halts again", halts(&c));
    /* level-triggered: its end is told */
    expect("a level-triggered one is asserted", call4(ASSERT_INTERRUPT, c.id, 1ul << 32, 0, 0x41), OK);
    expect("its handler runs, too", wait_for(&c, 0) == PORT_MESSAGE ? message_port(&c, 0) : 0, 0xE9);
    advance(&c, 0);
    resume(&c, 0);
    expect("its end is a message", wait_for(&c, 0), EOI_MESSAGE);
    expect("of the vector", message_quad(&c, 0, 16) >> 32, 0x41);
    resume(&c, 0);
    good("it halts once more", halts(&c));
    expect("its parent says that it does not", set_register(&c, 0, INTERNAL_ACTIVITY, 0, 0), OK);
    expect("behind the instruction it goes on, and halts", halts(&c), 1);
    set_register(&c, 0, EXPLICIT_SUSPEND, 1, 0);
    set_register(&c, 0, RIP, 0x1040, 0);
    set_register(&c, 0, INTERNAL_ACTIVITY, 0, 0);
    resume(&c, 0);
    expect("elsewhere, too", soon(&c, 0) == PORT_MESSAGE ? message_port(&c, 0) : 0, 0xE9);
    set_register(&c, 0, RIP, 0x1040, 0);
    expect("or that it does", set_register(&c, 0, INTERNAL_ACTIVITY, 2, 0), OK);
    expect("which it says itself", get_register(&c, 0, INTERNAL_ACTIVITY), 2);
    resume(&c, 0);
    pause(5000);
    good("then it waits", !arrived(0));
    good("it ends while it halts", destroy(&c));
}

/* Another one than the first waits for a start-up interrupt, unless its parent says that it does not. */
static void activity(void) {
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    add_processor(&c, 0);
    add_processor(&c, 1);
    load(&c, 1, port_code, port_end);
    expect("the second processor is to be started", get_register(&c, 1, INTERNAL_ACTIVITY), 1);
    resume(&c, 1);
    pause(5000);
    good("it does not run before", !arrived(0));
    expect("its parent starts it", set_register(&c, 1, INTERNAL_ACTIVITY, 0, 0), OK);
    good("it runs", soon(&c, 1) && message_type(&c, 1) == PORT_MESSAGE);
    good("it ends", destroy(&c));
}

/* Several at once: all run, all are heard, in any order. */
static void many(void) {
    struct child c[3];
    u32 heard[3][2] = {{0}};
    for (int i = 0; i < 3; i++) {
        create(&c[i], LAPIC);
        initialize(&c[i]);
        add_processor(&c[i], 0);
        load(&c[i], 0, port_code, port_end);
    }
    for (int i = 0; i < 3; i++) resume(&c[i], 0);
    u32 n = 0;
    /* a time slice is many messages long */
    while (n < 50000 && (heard[0][0] < 9 || heard[1][0] < 9 || heard[2][0] < 9)) {
        n++;
        const volatile u32 *m;
        while (!(m = message(0))) idle();
        u64 from = *(volatile u64 *) (m + 2);
        for (int i = 0; i < 3; i++) {
            if (c[i].id != from) continue;
            int read = c[i].messages[0][AT_ACCESS] == 0;
            heard[i][read]++;
            if (read) set_register(&c[i], 0, RAX, 0x20, 0);
            advance(&c[i], 0);
            resume(&c[i], 0);
        }
    }
    good("three partitions have turns", n < 50000);
    expect("and every access was one", heard[0][0] + heard[0][1] + heard[1][0] + heard[1][1] + heard[2][0] + heard[2][1], n);
    good("they end", destroy(&c[1]) && destroy(&c[0]) && destroy(&c[2]));
    while (message(0)) { }
}

void check_processors(void) {
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    expect("a processor takes pages", call6(CREATE_VP, c.id, 0, 0, 0, 0, 0), NO_MEMORY);
    expect("with them it is made", add_processor(&c, 0), OK);
    expect("once", call6(CREATE_VP, c.id, 0, 0, 0, 0, 0), BAD_VP);
    expect("none with an absurd index", call6(CREATE_VP, c.id, 0xFFFF, 0, 0, 0, 0), BAD_VP);
    registers(&c);
    suspension(&c);
    expect("it is deleted", call2(DELETE_VP, c.id, 0), OK);
    expect("once, too", call2(DELETE_VP, c.id, 0), BAD_VP);
    good("the partition ends", destroy(&c));
    interrupts();
    activity();
    many();
}
