/* Partitions of the parent's, and the pages that it gives them. */
#include "hv.h"

static u64 loose[LOOSE];
int loose_count, deposited;

u64 take_page(void) {
    if (!loose_count) {
        /* for the first time: all that there will ever be */
        u8 *all = pages(LOOSE);
        while (loose_count < LOOSE) loose[loose_count] = (u64) all + (u64) (LOOSE - 1 - loose_count) * PAGE, loose_count++;
    }
    u64 page = loose[--loose_count];
    clear((void *) page, PAGE);
    return page;
}

void give_page(u64 page) { loose[loose_count++] = page; }

u32 create(struct child *c, u64 flags) {
    clear(c, sizeof *c);
    for (int i = 0; i < 7; i++) in[i] = 0;
    in[0] = flags;
    u32 status = call(CREATE_PARTITION);
    c->id = out[0];
    return status;
}

u32 deposit(u64 id, int count) {
    in[0] = id;
    for (int i = 0; i < count; i++) in[1 + i] = take_page() / PAGE;
    u32 status = call(reps(DEPOSIT, count));
    for (int i = count; i > (int) completed; i--) give_page(in[i] * PAGE);
    return status;
}

u32 call_with_memory(u64 id, u64 control, u32 quads) {
    u64 input[12];
    for (u32 i = 0; i < quads; i++) input[i] = in[i];
    u32 status;
    while ((status = call(control)) == NO_MEMORY) {
        /* it goes on where it stopped */
        if (control >> 32) control = (control & 0xFFF0FFFFFFFFFFFul) | (u64) completed << 48;
        if ((status = deposit(id, 1))) return status;
        deposited++;
        for (u32 i = 0; i < quads; i++) in[i] = input[i];
    }
    return status;
}

u32 initialize(struct child *c) {
    in[0] = c->id;
    return call_with_memory(c->id, INITIALIZE, 1);
}

u32 add_processor(struct child *c, u32 vp) {
    in[0] = c->id; in[1] = vp; in[2] = in[3] = in[4] = 0;
    u32 status = call_with_memory(c->id, CREATE_VP, 5);
    if (status) return status;
    c->messages[vp] = (volatile u8 *) take_page();
    c->registers[vp] = (volatile u8 *) take_page();
    /* processor, kind of page, the page is named */
    status = call3(MAP_STATE_PAGE, c->id, vp | 1ul << 32 | 1ul << 56, (u64) c->messages[vp] / PAGE);
    return status ? status : call3(MAP_STATE_PAGE, c->id, vp | 1ul << 56, (u64) c->registers[vp] / PAGE);
}

u32 map(struct child *c, u64 gpa, u64 source, int count, u64 rights) {
    u32 status = OK;
    for (int i = 0; i < count && !status; i++) {
        in[0] = c->id; in[1] = gpa / PAGE + i; in[2] = rights; in[3] = source / PAGE + i;
        status = call_with_memory(c->id, reps(MAP, 1), 4);
    }
    return status;
}

u64 lend(struct child *c, u64 gpa, u64 rights) {
    u64 page = take_page();
    c->lent[c->lent_count++] = page;
    if (map(c, gpa, page, 1, rights)) broken("a page is mapped");
    return page;
}

u32 set_register(struct child *c, u32 vp, u32 name, u64 low, u64 high) { return call6(reps(SET_REGISTERS, 1), c->id, vp, name, 0, low, high); }

u64 get_register(struct child *c, u32 vp, u32 name) {
    if (call3(reps(GET_REGISTERS, 1), c->id, vp, name)) broken("a register is read");
    return out[0];
}

void resume(struct child *c, u32 vp) {
    if (schedules) { runnable(c, vp); return; }
    in[0] = c->id; in[1] = vp;
    in[2] = INTERCEPT_SUSPEND; in[3] = in[4] = in[5] = 0;
    in[6] = EXPLICIT_SUSPEND; in[7] = in[8] = in[9] = 0;
    if (call(reps(SET_REGISTERS, 2))) broken("a processor runs");
}

u32 wait_for(struct child *c, u32 vp) {
    const volatile u32 *m;
    while (!(m = message(0))) idle();
    if (m[0] != OPAQUE || *(volatile u64 *) (m + 2) != c->id || m[4] != vp) broken("a message of another processor");
    return message_type(c, vp);
}

u32 soon(struct child *c, u32 vp) {
    for (u64 until = now() + 100000; now() < until && !arrived(0);) pause(1000);
    return arrived(0) ? wait_for(c, vp) : 0;
}

void advance(struct child *c, u32 vp) { set_register(c, vp, RIP, message_quad(c, vp, AT_RIP) + (c->messages[vp][AT_LENGTH] & 15), 0); }

void load(struct child *c, u32 vp, const char *code, const char *end) {
    copy((void *) lend(c, 0x1000, ALL), code, end - code);
    /* base, limit, selector, attributes */
    set_register(c, vp, CS, 0, 0xFFFF | 0x9Bul << 48);
    set_register(c, vp, DS, 0, 0xFFFF | 0x93ul << 48);
    set_register(c, vp, SS, 0, 0xFFFF | 0x93ul << 48);
    set_register(c, vp, RIP, 0x1000, 0);
    set_register(c, vp, RSP, 0x2000, 0);
    set_register(c, vp, RFLAGS, 2, 0);
}

int destroy(struct child *c) {
    forget(c, EVERY);
    if (call1(FINALIZE, c->id)) return 0;
    for (u32 status = OK; status == OK;) {
        status = call2(reps(WITHDRAW, 64), c->id, 0);
        if (status != OK && status != NO_RESOURCES) return 0;
        for (u32 i = 0; i < completed; i++) give_page(out[i] * PAGE);
    }
    if (call1(DELETE, c->id)) return 0;
    for (int i = 0; i < PROCESSORS; i++) if (c->messages[i]) { give_page((u64) c->messages[i]); give_page((u64) c->registers[i]); }
    while (c->lent_count) give_page(c->lent[--c->lent_count]);
    return 1;
}
