/* The demonstration: two children beside each other, served by this guest. One works, one dies; in the end all pages are back. */
#include "hv.h"

enum { NUMBER = 4711, MESSAGES = 90, EVENTS = 91 };

static struct child children[2];
static int over;

static void answered(const char *what, u32 status) {
    if (status) broken(what);
}

/* A port of ours, and the child's connection to it. */
static void connect_child(struct child *c, u32 connection, u32 port, u32 type) {
    /* type, source and any processor, flags */
    in[0] = SELF; in[1] = port; in[2] = c->id; in[3] = type; in[4] = CHILD_SINT | 0xFFFFFFFFul << 32; in[5] = type == 2 ? 16ul << 16 : 0; in[6] = 0;
    answered("a port", call(CREATE_PORT));
    in[0] = c->id; in[1] = connection; in[2] = SELF; in[3] = port; in[4] = type; in[5] = in[6] = in[7] = in[8] = 0;
    answered("a connection", call(CONNECT_PORT));
}

static void print(struct child *c, char what) {
    c->line[c->column++] = what;
    if (what != '\n' && c->column < (int) sizeof c->line - 1) return;
    c->line[c->column] = 0;
    put('C'); put(c == children ? '1' : '2'); put(':'); put(' ');
    for (char *s = c->line; *s; s++) put(*s);
    c->column = 0;
}

static void ended(struct child *c, const char *how) {
    text("partition "); number(c->id); text(how);
    if (!destroy(c)) broken("a partition is deleted");
    text("; its pages are mine again\n");
    over++;
}

static void port(struct child *c) {
    switch (message_port(c, 0)) {
        case PORT_UART: print(c, (char) message_quad(c, 0, AT_RAX)); break;
        case PORT_NUMBER: set_register(c, 0, RAX, NUMBER, 0); break;
        case PORT_WAKE: break;
        case PORT_END: ended(c, " is done"); return;
        default: broken("a port");
    }
    int wake = message_port(c, 0) == PORT_WAKE;
    advance(c, 0);
    resume(c, 0);
    /* of the type fixed, edge-triggered, for the processor with APIC id 0 */
    if (wake) answered("an interrupt", call4(ASSERT_INTERRUPT, c->id, 0, 0, CHILD_VECTOR));
}

static void serve(struct child *c) {
    switch (message_type(c, 0)) {
        case PORT_MESSAGE: port(c); break;
        case GPA_INTERCEPT:
            if (message_quad(c, 0, AT_GPA) != CHILD_WITHHELD) broken("memory without access");
            text("partition "); number(c->id); text(" touches a page that it has not: I map it\n");
            lend(c, CHILD_WITHHELD, ALL);
            resume(c, 0);
            break;
        case TRIPLE_FAULT: ended(c, " has died"); break;
        default: broken("a message");
    }
}

void demo(void) {
    hypervisor_connect();
    give_page(take_page());
    int before = loose_count;
    text("I am a child partition, and may make partitions of my own\n");
    for (u64 i = 0; i < 2; i++) {
        struct child *c = &children[i];
        deposited = 0;
        if (!make_child(c, child_main, i + 1, CHILD_PRIVILEGES)) broken("a child");
        answered("a page without access", map(c, CHILD_WITHHELD, 0, 1, WITHHELD));
        connect_child(c, CHILD_CONNECTION, MESSAGES + 2 * i, 1);
        connect_child(c, CHILD_EVENTS, EVENTS + 2 * i, 2);
        text("partition "); number(c->id); text(": one processor; the hypervisor asked for "); number(deposited); text(" pages of mine\n");
    }
    for (int i = 0; i < 2; i++) resume(&children[i], 0);
    while (over < 2) {
        const volatile u32 *m = message(0);
        if (m) {
            u64 from = *(volatile u64 *) (m + 2);
            serve(&children[from == children[0].id ? 0 : 1]);
            continue;
        }
        m = message(CHILD_SINT);
        if (m) { text("a message of a child's: "); text((const char *) (m + 4)); text("\n"); }
        if (flag(CHILD_SINT, 5)) text("an event of a child's\n");
        if (!m) idle();
    }
    text("all pages are back: "); number(loose_count); text(" of "); number(before); text("\n");
    if (loose_count != before) broken("the pages");
}
