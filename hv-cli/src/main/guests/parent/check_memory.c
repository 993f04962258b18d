/* Pages: deposited, mapped, withheld, logged, and back. */
#include "hv.h"

extern char touch_code[], touch_end[], dirty_code[], dirty_end[];

static u32 map_one(struct child *c, u64 gpn, u64 rights, u64 source) { return call4(reps(MAP, 1), c->id, gpn, rights, source); }

static void pools(void) {
    struct child c;
    create(&c, LAPIC);
    u64 page = take_page();
    *(u64 *) page = 0x1122334455667788;
    expect("a page is deposited", call2(reps(DEPOSIT, 1), c.id, page / PAGE), OK);
    expect("not twice: it is not here any more", call2(reps(DEPOSIT, 1), c.id, page / PAGE), BAD_PARAMETER);
    expect("none beyond memory", call2(reps(DEPOSIT, 1), c.id, 0x7000), BAD_PARAMETER);
    expect("none with an absurd number", call2(reps(DEPOSIT, 1), c.id, ~0ul >> 12), BAD_PARAMETER);
    expect("not the hypercall page, which nobody writes to", call2(reps(DEPOSIT, 1), c.id, rdmsr(0x40000001) >> 12), BAD_PARAMETER);
    expect("not the page of messages, which is the hypervisor's", call2(reps(DEPOSIT, 1), c.id, rdmsr(0x40000083) >> 12), ACCESS_DENIED);
    in[0] = c.id; in[1] = take_page() / PAGE; in[2] = 0x7000; in[3] = in[1];
    u64 second = in[1] * PAGE;
    expect("three, of which the second is none", call(reps(DEPOSIT, 3)), BAD_PARAMETER);
    expect("one was taken", completed, 1);
    expect("they are withdrawn", call2(reps(WITHDRAW, 5), c.id, 0), NO_RESOURCES);
    expect("as many as there were", completed, 2);
    good("under their own numbers", (out[0] == page / PAGE && out[1] == second / PAGE) || (out[1] == page / PAGE && out[0] == second / PAGE));
    expect("empty", *(u64 *) page, 0);
    give_page(page);
    give_page(second);
    good("nothing else is left", destroy(&c));
}

static void maps(void) {
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    u64 source = take_page();
    u32 status = map_one(&c, 5, ALL, source / PAGE);
    expect("tables take pages", status, NO_MEMORY);
    expect("with them a page is mapped", map(&c, 5 * PAGE, source, 1, ALL), OK);
    expect("again, with fewer rights", map_one(&c, 5, READ, source / PAGE), OK);
    expect("without any: withheld", map_one(&c, 5, WITHHELD, 0), OK);
    expect("withheld and readable makes no sense", map_one(&c, 5, WITHHELD | READ, 0), BAD_PARAMETER);
    expect("nor writable alone", map_one(&c, 5, WRITE, source / PAGE), BAD_PARAMETER);
    expect("nor a right that is none", map_one(&c, 5, ALL | 1 << 20, source / PAGE), BAD_PARAMETER);
    expect("a page that is no memory", map_one(&c, 5, ALL, 0x7000), BAD_PARAMETER);
    expect("a place that is none", map_one(&c, 1ul << 40, ALL, source / PAGE), BAD_PARAMETER);
    expect("a run that begins anywhere", map_one(&c, 5, ALL | LARGE, 0x200), BAD_PARAMETER);
    expect("mapped pages are not deposited", map_one(&c, 5, ALL, source / PAGE) ? 0 : call2(reps(DEPOSIT, 1), c.id, source / PAGE), ACCESS_DENIED);
    expect("a run of 2 MiB without access", map(&c, 4ul << 21, 0, 1, WITHHELD | LARGE), OK);
    expect("a page of it", map(&c, (4ul << 21) + 7 * PAGE, source, 1, ALL), OK);
    expect("a run is taken back", call3(reps(UNMAP, 1), c.id, 4ul << 9, LARGE), OK);
    expect("pages that are not there are taken back", call3(reps(UNMAP, 3), c.id, 0x9000, 0), OK);
    expect("the log of who is not tracked", call3(reps(ACCESS_STATES, 1), c.id, 0, 5), BAD_STATE);
    good("mappings go with the partition", destroy(&c));
    expect("the page is deposited again", create(&c, LAPIC) ? ~0u : call2(reps(DEPOSIT, 1), c.id, source / PAGE), OK);
    good("and comes back", destroy(&c));
}

/* A processor meets pages that it has not, or not so. */
static void accesses(void) {
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    add_processor(&c, 0);
    load(&c, 0, touch_code, touch_end);
    resume(&c, 0);
    expect("memory that is nowhere is a message", wait_for(&c, 0), UNMAPPED_GPA);
    expect("of its address", message_quad(&c, 0, AT_GPA), 0x5000);
    expect("and of a read", c.messages[0][AT_ACCESS], 0);
    u64 page = lend(&c, 0x5000, READ);
    *(volatile u8 *) page = 42;
    resume(&c, 0);
    expect("mapped for reading, it is read: writing is a message", wait_for(&c, 0), GPA_INTERCEPT);
    expect("of its address, too", message_quad(&c, 0, AT_GPA), 0x5001);
    expect("and of a write", c.messages[0][AT_ACCESS], 1);
    expect("the code has what was read", get_register(&c, 0, RAX) & 0xFF, 42);
    map_one(&c, 5, READ | WRITE, page / PAGE);
    resume(&c, 0);
    expect("writable, it is written", wait_for(&c, 0), PORT_MESSAGE);
    expect("which its owner sees", *(volatile u8 *) (page + 1), 7);
    advance(&c, 0);
    resume(&c, 0);
    expect("not executable, it is not executed", wait_for(&c, 0), GPA_INTERCEPT);
    expect("what was wanted is said", c.messages[0][AT_ACCESS], 2);
    expect("its address is translated", call4(TRANSLATE, c.id, 0, 1, 5), OK);
    good("to itself", (u32) out[0] == 0 && out[1] == 5);
    expect("it is, for writing, where it is read only", map_one(&c, 5, READ, page / PAGE) ? ~0u : call4(TRANSLATE, c.id, 0, 2, 5) ? ~0u : (u32) out[0], 0);
    expect("and where there is no memory, as at a device", call4(TRANSLATE, c.id, 0, 3, 6) ? ~0u : (u32) out[0] ? ~0u : out[1], 6);
    expect("by no processor", call4(TRANSLATE, c.id, 1, 1, 5), BAD_VP);
    good("it ends in the middle of that", destroy(&c));
}

static void logs(void) {
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    in[0] = c.id; in[1] = TRACKING; in[2] = 1;
    expect("accesses are tracked", call_with_memory(c.id, SET_PROPERTY, 3), OK);
    add_processor(&c, 0);
    for (int i = 0x1E; i < 0x32; i++) lend(&c, i * PAGE, ALL);
    load(&c, 0, dirty_code, dirty_end);
    expect("flags are cleared", call3(reps(ACCESS_STATES, 0x32 - 0x1E), c.id, 5, 0x1E), OK);
    resume(&c, 0);
    expect("code writes to sixteen pages", wait_for(&c, 0), PORT_MESSAGE);
    expect("the log is read", call3(reps(ACCESS_STATES, 0x32 - 0x1E), c.id, 4, 0x1E), OK);
    u64 right = 0;
    for (int i = 0; i < 0x32 - 0x1E; i++) right += (((volatile u8 *) out)[i] >> 1 & 1) == (i >= 2 && i < 18);
    expect("it has these and no others", right, 0x32 - 0x1E);
    expect("and clears them", call3(reps(ACCESS_STATES, 1), c.id, 0, 0x20) ? 0 : ((volatile u8 *) out)[0] & 2, 0);
    good("it ends while it is tracked", destroy(&c));
}

void check_memory(void) {
    pools();
    maps();
    accesses();
    logs();
}
