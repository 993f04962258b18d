/*
 * Children that all processors of the parent ill-treat at the same time, without regard for each other: they run the same processor, suspend and delete it while it runs, give it registers that no processor can
 * hold, take its memory away. Each call ends, with a status; whatever was done, the children can be run afterwards, or ended, and all their pages come back.
 */
#include "stress.h"

enum { VICTIMS = 3, VPS = 2, COUNTER = 0x800, CODE_AT = 0x1000, BAD_CR4 = 63 };

static struct victim {
    struct child child;
    /* page of the code, which counts in it */
    u64 code, cr4;
} victims[VICTIMS];

/* Pages that come and go are counted by one at a time. */
static volatile int managed;

static int manage(void) { return !__atomic_exchange_n(&managed, 1, __ATOMIC_SEQ_CST); }
static void managed_no_more(void) { __atomic_store_n(&managed, 0, __ATOMIC_SEQ_CST); }

static void prepare(struct victim *v, u32 vp) {
    copy((void *) v->code, spin_code, spin_end - spin_code);
    set_register(&v->child, vp, CS, 0, 0xFFFF | 0x9Bul << 48);
    set_register(&v->child, vp, DS, 0, 0xFFFF | 0x93ul << 48);
    set_register(&v->child, vp, SS, 0, 0xFFFF | 0x93ul << 48);
    set_register(&v->child, vp, CR4, v->cr4, 0);
    set_register(&v->child, vp, PENDING_INTERRUPTION, 0, 0);
    set_register(&v->child, vp, RFLAGS, 2, 0);
    set_register(&v->child, vp, RIP, CODE_AT, 0);
    set_register(&v->child, vp, INTERNAL_ACTIVITY, 0, 0);
    for (u32 name = EXPLICIT_SUSPEND; name <= DISPATCH_SUSPEND; name++) if (name != 2) set_register(&v->child, vp, name, 0, 0);
}

/* Nobody knows of it before it is whole. */
static void make(struct victim *v) {
    static struct victim made;
    create(&made.child, LAPIC);
    initialize(&made.child);
    made.code = lend(&made.child, CODE_AT, ALL);
    for (u32 vp = 0; vp < VPS; vp++) {
        if (add_processor(&made.child, vp)) fail("no processor for", made.child.id);
        made.cr4 = get_register(&made.child, vp, CR4);
        prepare(&made, vp);
    }
    copy(v, &made, sizeof made);
}

/* Others may have finalized it, or have its processors deleted. */
static void unmake(struct victim *v) {
    struct child *c = &v->child;
    call1(FINALIZE, c->id);
    for (u32 status = OK; status == OK;) {
        status = call2(reps(WITHDRAW, 64), c->id, 0);
        if (status != OK && status != NO_RESOURCES) fail("memory is not withdrawn", status);
        for (u32 i = 0; i < completed; i++) give_page(out[i] * PAGE);
    }
    u32 status = call1(DELETE, c->id);
    if (status) fail("a partition is not deleted", status);
    for (int i = 0; i < VPS; i++) { give_page((u64) c->messages[i]); give_page((u64) c->registers[i]); }
    while (c->lent_count) give_page(c->lent[--c->lent_count]);
}

void hostile_begin(void) { for (int i = 0; i < VICTIMS; i++) make(&victims[i]); }

static void run_victim(struct cpu *c, u64 id, u32 vp) {
    doing(c, "runs what others run", id);
    u32 status = ask(c->in, c->out, DISPATCH_VP, id, vp | roll(c, 2) << 32, roll(c, 4) ? roll(c, 800) : 0, 0, 0, 0);
    if (status) return;
    u64 answer = c->out[0];
    if (answer >> 32 == BY_INTERCEPT ? (u32) answer != READY : answer >> 32 == BY_SUSPENSION ? (u32) answer != BLOCKED : answer != READY && answer != BLOCKED) fail("an answer that is none", answer);
}

static u32 set_one(struct cpu *c, u64 id, u32 vp, u32 name, u64 value) {
    return ask(c->in, c->out, reps(SET_REGISTERS, 1), id, vp, name, 0, value, 0);
}

/* What changes which pages are whose, by one at a time. */
static void manage_one(struct cpu *c, struct victim *v) {
    if (!manage()) return;
    doing(c, "manages", v->child.id);
    switch (roll(c, 4)) {
        case 0:
            unmake(v);
            make(v);
            break;
        case 1: {
            /* what it does not use at the moment; it has it again */
            u32 status = call2(reps(WITHDRAW, 8), v->child.id, 0);
            u64 pages[8];
            u32 n = completed;
            for (u32 i = 0; i < n; i++) pages[i] = out[i];
            for (u32 i = 0; i < n; i++) if (call2(reps(DEPOSIT, 1), v->child.id, pages[i])) give_page(pages[i] * PAGE);
            (void) status;
            break;
        }
        case 2:
            call3(reps(UNMAP, 1), v->child.id, CODE_AT / PAGE, 0);
            break;
        default:
            in[0] = v->child.id; in[1] = CODE_AT / PAGE; in[2] = roll(c, 3) ? ALL : READ; in[3] = v->code / PAGE;
            call(reps(MAP, 1));
    }
    managed_no_more();
}

void hostile_step(struct cpu *c) {
    struct victim *v = &victims[roll(c, VICTIMS)];
    u64 id = v->child.id;
    u32 vp = roll(c, VPS), status = OK;
    doing(c, "ill-treats", id);
    switch (roll(c, 20)) {
        case 0: status = set_one(c, id, vp, EXPLICIT_SUSPEND, roll(c, 2)); break;
        case 1: status = set_one(c, id, vp, INTERCEPT_SUSPEND, roll(c, 2)); break;
        case 2: status = set_one(c, id, vp, DISPATCH_SUSPEND, roll(c, 2)); break;
        case 3: status = set_one(c, id, vp, CR4, roll(c, 2) ? v->cr4 | 1ul << BAD_CR4 : v->cr4); break;
        case 4: status = set_one(c, id, vp, RIP, roll(c, 3) ? CODE_AT : roll(c, 1ul << 40)); break;
        case 5: status = set_one(c, id, vp, PENDING_INTERRUPTION, roll(c, 1 << 24)); break;
        case 6: status = ask(c->in, c->out, ASSERT_INTERRUPT, id, 0, vp, 0x30 + roll(c, 0x20), 0, 0); break;
        case 7: status = ask(c->in, c->out, reps(GET_REGISTERS, 1), id, vp, roll(c, 2) ? ROOT_SIGNALS : RIP, 0, 0, 0); break;
        case 8: if (!roll(c, 3)) status = ask(c->in, c->out, DELETE_VP, id, vp, 0, 0, 0, 0); break;
        case 9: status = ask(c->in, c->out, CREATE_VP, id, vp, 0, 0, 0, 0); break;
        case 10: status = ask(c->in, c->out, SET_PROPERTY, roll(c, 2) ? id : SELF, OWN_CHILDREN, roll(c, 2), 0, 0, 0); break;
        case 11: status = ask(c->in, c->out, SET_PROPERTY, id, TIME_FREEZE, roll(c, 2), 0, 0, 0); break;
        case 12: status = set_one(c, id, vp, DELIVERABILITY, roll(c, 1 << 17)); break;
        case 13: if (!roll(c, 8)) status = ask(c->in, c->out, FINALIZE, id, 0, 0, 0, 0, 0); break;
        case 14: manage_one(c, v); break;
        default: run_victim(c, id, vp);
    }
    if (status > BAD_VALUE) fail("a status that is none", status);
}

/* Nobody ill-treats it any more: its processor runs again, or a new one. */
static void revive(struct victim *v) {
    struct child *c = &v->child;
    for (u32 vp = 0; vp < VPS; vp++) {
        if (call3(reps(GET_REGISTERS, 1), c->id, vp, RIP)) {
            in[0] = c->id; in[1] = vp; in[2] = in[3] = in[4] = 0;
            u32 status = call_with_memory(c->id, CREATE_VP, 5);
            if (status == BAD_STATE || status == BAD_PARTITION) return;
            if (status) fail("no processor in the place of one that was deleted", status);
        }
        if (map(c, CODE_AT, v->code, 1, ALL)) return;
        call3(SET_PROPERTY, c->id, TIME_FREEZE, 0);
        prepare(v, vp);
        volatile u32 *counter = (volatile u32 *) (v->code + COUNTER);
        u32 before = *counter;
        u64 answer = 0;
        /* interrupts of this processor's end the call, and what had come before is an intercept */
        for (int tries = 0; tries < 50 && *counter == before; tries++) answer = dispatch(c->id, vp, CLEAR_INTERCEPT, 1000);
        if (*counter == before) {
            for (u32 name = EXPLICIT_SUSPEND; name <= INTERNAL_ACTIVITY; name++) if (name != 2) { text(" "); number(get_register(c, vp, name)); }
            text(", processor "); number(vp); text(", message "); number(message_type(c, vp)); text("\n");
            fail("it does not run any more, its call says", answer);
        }
    }
}

void hostile_end(void) {
    for (int i = 0; i < VICTIMS; i++) {
        revive(&victims[i]);
        unmake(&victims[i]);
    }
}
