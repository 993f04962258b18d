/* Ports, connections, doorbells; what reaches others' sources directly; what a child may not. */
#include "hv.h"

extern char bell_code[], bell_end[];

static u32 port(u64 owner, u32 id, u64 from, u32 type, u64 where, u64 flags) { return call6(CREATE_PORT, owner, id, from, type, where, flags); }

static u32 connect(u64 from, u32 connection, u64 owner, u32 id, u32 type, u64 gpa, u64 value, u64 flags) {
    in[0] = from; in[1] = connection; in[2] = owner; in[3] = id; in[4] = type; in[5] = gpa; in[6] = value; in[7] = flags; in[8] = 0;
    return call(CONNECT_PORT);
}

/* To my own port, over a connection of my own. */
static void own(void) {
    expect("a port of mine", port(SELF, 40, SELF, 1, CHILD_SINT, 0), OK);
    expect("once", port(SELF, 40, SELF, 1, CHILD_SINT, 0), BAD_PORT);
    expect("a connection of another kind", connect(SELF, 41, SELF, 40, 2, 0, 0, 0), BAD_PARAMETER);
    expect("my connection", connect(SELF, 41, SELF, 40, 1, 0, 0, 0), OK);
    expect("once, too", connect(SELF, 41, SELF, 40, 1, 0, 0, 0), IN_USE);
    for (int i = 0; i < 3; i++) {
        in[0] = 41; in[1] = (5 + i) | 8ul << 32; in[2] = 1000 + i;
        expect("a message is posted", call(POST_MESSAGE), OK);
    }
    u32 order = 0;
    for (int i = 0; i < 3; i++) {
        const volatile u32 *m = message(CHILD_SINT);
        order += m && m[0] == 5u + i && m[4] == 1000u + i && m[2] == 40;
    }
    expect("they come in their order", order, 3);
    listen(0);
    in[0] = 41; in[1] = 5 | 8ul << 32;
    u32 deaf = call(POST_MESSAGE);
    listen(1);
    good("none to who does not listen", deaf == OK || deaf == BAD_SYNIC);
    while (message(CHILD_SINT)) { }
    u32 status = OK;
    int posted = 0;
    for (; posted < 1000 && !status; posted++) {
        in[0] = 41; in[1] = 5 | 8ul << 32;
        status = call(POST_MESSAGE);
    }
    expect("a queue has an end", status, NO_BUFFERS);
    int taken = 0;
    while (message(CHILD_SINT)) taken++;
    expect("what was taken into it is there", taken, posted - 1);
    expect("the port is deleted", call2(DELETE_PORT, SELF, 40), OK);
    in[0] = 41; in[1] = 5 | 8ul << 32;
    expect("nothing comes over the connection", call(POST_MESSAGE), BAD_PORT);
    expect("which is taken down", call2(DISCONNECT_PORT, SELF, 41), OK);
    expect("an event port of no flags", port(SELF, 42, SELF, 2, CHILD_SINT, 0), BAD_PARAMETER);
    expect("one with some", port(SELF, 42, SELF, 2, CHILD_SINT, 8 | 4ul << 16), OK);
    expect("its connection", connect(SELF, 43, SELF, 42, 2, 0, 0, 0), OK);
    expect("a flag that it has not", call1(SIGNAL_EVENT, 43 | 4ul << 32), BAD_PARAMETER);
    expect("one that it has", call1(SIGNAL_EVENT, 43 | 2ul << 32), OK);
    good("is set", flag(CHILD_SINT, 10));
    expect("and the others are not", flag(CHILD_SINT, 8) | flag(CHILD_SINT, 9) | flag(CHILD_SINT, 11), 0);
    call2(DELETE_PORT, SELF, 42);
    call2(DISCONNECT_PORT, SELF, 43);
}

/* The next message of the child; how often my source 5 was told of meanwhile. */
static u32 until_child(struct child *c, int *rang) {
    for (;;) {
        const volatile u32 *m;
        while (!(m = message(0))) idle();
        if (m[0] == OPAQUE) return message_type(c, 0);
        if (m[0] == SINT_MESSAGE && m[4] == 5) ++*rang;
    }
}

static void doorbells(void) {
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    add_processor(&c, 0);
    load(&c, 0, bell_code, bell_end);
    u64 ring = take_page();
    wrmsr(0x40000085, ring | 1);
    /* as_intercept */
    set_source(5, 0x40 | 1 << 17 | 1 << 19);
    expect("a doorbell", port(SELF, 50, c.id, 4, 5 | 0xFFFFFFFFul << 32, 0), OK);
    expect("of four bytes, for the value 7", connect(c.id, 50, SELF, 50, 4, 0x5000, 7, 3), OK);
    expect("once at a place", connect(c.id, 50, SELF, 50, 4, 0x5000, 7, 3), IN_USE);
    expect("with a flag that is none", connect(c.id, 51, SELF, 50, 4, 0x6000, 7, 1ul << 20), BAD_PARAMETER);
    resume(&c, 0);
    int rang = 0;
    expect("a write of another value is a message", until_child(&c, &rang), UNMAPPED_GPA);
    good("that of 8", get_register(&c, 0, RAX) == 8);
    volatile u32 *five = (volatile u32 *) (ring + 5 * 256);
    expect("what rang is in the ring", five[1], 50);
    expect("my source has said so", rang, 1);
    five[1] = 0;
    /* behind the instruction that wrote, of four bytes in real mode with a prefix */
    set_register(&c, 0, RIP, message_quad(&c, 0, AT_RIP) + 4, 0);
    resume(&c, 0);
    expect("the code goes on", until_child(&c, &rang), PORT_MESSAGE);
    expect("the next 7 rings again", five[1] | five[2], 50);
    expect("which is said", rang, 2);
    expect("there is room in the ring", call1(RING_EMPTY, 5), OK);
    expect("of a source that is none", call1(RING_EMPTY, 16), BAD_PARAMETER);
    good("it ends with its doorbells", destroy(&c));
    expect("which are ports of mine still", call2(DELETE_PORT, SELF, 50), OK);
    wrmsr(0x40000085, 0);
    set_source(5, 1 << 16);
    give_page(ring);
    while (message(0)) { }
}

/* A child that has the interface itself. */
static void callers(void) {
    struct child c;
    good("a child that makes hypercalls", make_child(&c, child_caller, CHILD_DATA, CHILD_PRIVILEGES));
    volatile u64 *page = (volatile u64 *) c.lent[c.lent_count - 1];
    resume(&c, 0);
    expect("it is done", wait_for(&c, 0) == PORT_MESSAGE ? message_port(&c, 0) : 0, PORT_END);
    u64 denied = 0;
    for (u64 i = 0; i < page[1]; i++) denied += page[8 + i] == ACCESS_DENIED;
    /* registers it may read: its own, not those of partition 0 */
    expect("all that parents do is denied to it", denied, page[1] - 1);
    expect("its registers are its own", page[8 + page[1] - 1], BAD_PARTITION);
    expect("a message to its source while it does not listen", call6(POST_DIRECT, c.id, 0, 2, 1, 0, 0) != OK, 1);
    expect("to a source that is none", call3(POST_DIRECT, c.id, 0, 99), BAD_PARAMETER);
    expect("an event of no processor", call2(SIGNAL_DIRECT, c.id, 9), BAD_VP);
    good("it ends", destroy(&c));
}

/* What the hypervisor does not know is its parent's, if it asks for that. */
static void unknown(void) {
    static const u16 codes[] = {0x1FE, 0x8001, POST_MESSAGE, SIGNAL_EVENT};
    struct child c;
    good("a child that calls what is not there", make_child(&c, child_unknown, CHILD_DATA, CHILD_PRIVILEGES));
    volatile u64 *page = (volatile u64 *) c.lent[c.lent_count - 1];
    expect("hypercalls are asked for", call3(INSTALL_INTERCEPT, c.id, 4 | 8ul << 32, 0), OK);
    expect("and connections that are not there", call3(INSTALL_INTERCEPT, c.id, 4 | 0xDul << 32, 0), OK);
    resume(&c, 0);
    for (int i = 0; i < 4; i++) {
        expect("a call is a message", wait_for(&c, 0), HYPERCALL_MESSAGE);
        /* RAX, RBX, RCX */
        expect("with its control word", message_quad(&c, 0, 56 + 16) & 0xFFFF, codes[i]);
        set_register(&c, 0, RAX, 0x100 + i, 0);
        advance(&c, 0);
        resume(&c, 0);
    }
    expect("the code goes on", wait_for(&c, 0), PORT_MESSAGE);
    good("with its parent's answers", page[8] == 0x100 && page[9] == 0x101 && page[10] == 0x102 && page[11] == 0x103);
    good("it ends", destroy(&c));
    good("and again", make_child(&c, child_unknown, CHILD_DATA, CHILD_PRIVILEGES));
    page = (volatile u64 *) c.lent[c.lent_count - 1];
    resume(&c, 0);
    expect("for which nobody asked", wait_for(&c, 0), PORT_MESSAGE);
    good("it is no call, and there is no connection", page[8] == BAD_CODE && page[10] == BAD_CONNECTION && page[11] == BAD_CONNECTION);
    good("it ends", destroy(&c));
}

static u32 post(struct child *c, u32 what) {
    for (int i = 0; i < 40; i++) in[i] = 0;
    /* processor 0, source 4; then the message: type, bytes, payload */
    in[0] = c->id; in[2] = 4 | 1ul << 32;
    ((volatile u8 *) in)[24] = 8;
    ((volatile u32 *) in)[9] = what;
    return call(POST_DIRECT);
}

/* A parent hears when a child's source takes a message. */
static void deliverable(void) {
    struct child c;
    u64 four = 1ul << (48 + 4);
    good("a child that takes messages", make_child(&c, child_receiver, CHILD_DATA, CHILD_PRIVILEGES));
    volatile u64 *page = (volatile u64 *) c.lent[c.lent_count - 1];
    expect("NMIs are not the parent's to deliver", set_register(&c, 0, DELIVERABILITY, 1, 0), BAD_PARAMETER);
    expect("nothing is waited for", set_register(&c, 0, DELIVERABILITY, 0, 0) ? ~0ul : get_register(&c, 0, DELIVERABILITY), 0);
    resume(&c, 0);
    expect("it listens", wait_for(&c, 0) == PORT_MESSAGE ? message_port(&c, 0) : 0, PORT_WAKE);
    advance(&c, 0);
    expect("a message is posted", post(&c, 11), OK);
    expect("another, behind it", post(&c, 12), OK);
    expect("when its source takes one at once is asked for", set_register(&c, 0, DELIVERABILITY, four, 0), OK);
    expect("which is kept", get_register(&c, 0, DELIVERABILITY), four);
    resume(&c, 0);
    expect("when both are taken, it is said", wait_for(&c, 0), DELIVERABLE_MESSAGE);
    expect("of which source", message_quad(&c, 0, 56), 1 << 4);
    expect("once", get_register(&c, 0, DELIVERABILITY), 0);
    good("both were", page[8] == 11 && page[9] == 12);
    expect("asked while the source is free", set_register(&c, 0, DELIVERABILITY, four, 0), OK);
    resume(&c, 0);
    expect("it is said at once", wait_for(&c, 0), DELIVERABLE_MESSAGE);
    expect("the last message", post(&c, 13), OK);
    resume(&c, 0);
    expect("is taken, too", wait_for(&c, 0) == PORT_MESSAGE ? page[10] : 0, 13);
    good("it ends", destroy(&c));
}

void check_messages(void) {
    unknown();
    deliverable();
    own();
    doorbells();
    callers();
}
