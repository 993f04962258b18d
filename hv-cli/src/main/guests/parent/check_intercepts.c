/* What processors leave to their parent, and what it may ask for. */
#include "hv.h"

extern char port_code[], port_end[], fault_code[], fault_end[], cpuid_code[], cpuid_end[], msr_code[], msr_end[];

static void begin_code(struct child *c, const char *code, const char *end) {
    create(c, LAPIC);
    initialize(c);
    add_processor(c, 0);
    load(c, 0, code, end);
}

static void ports(void) {
    struct child c;
    begin_code(&c, port_code, port_end);
    resume(&c, 0);
    expect("OUT is a message", wait_for(&c, 0), PORT_MESSAGE);
    expect("with its port", message_port(&c, 0), 0x3F8);
    expect("its size", message_quad(&c, 0, AT_PORT) >> 16 & 7, 1);
    expect("its value", message_quad(&c, 0, AT_RAX) & 0xFF, '4');
    expect("and that it writes", c.messages[0][AT_ACCESS], 1);
    expect("the processor waits", get_register(&c, 0, INTERCEPT_SUSPEND), 1);
    advance(&c, 0);
    resume(&c, 0);
    expect("IN is one", wait_for(&c, 0) == PORT_MESSAGE ? c.messages[0][AT_ACCESS] : 9, 0);
    set_register(&c, 0, RAX, 0x21, 0);
    advance(&c, 0);
    resume(&c, 0);
    expect("the code has what it was given", wait_for(&c, 0) == PORT_MESSAGE ? message_quad(&c, 0, AT_RAX) & 0xFF : 0, 0x22);
    good("it ends in the middle", destroy(&c));
}

static void cpuid(void) {
    struct child c;
    begin_code(&c, cpuid_code, cpuid_end);
    /* processor any, kind CPUID; leaf, subleaf; not specific; EAX and its mask, the others nothing */
    in[0] = c.id; in[1] = 0xFFFFFFFF | 2ul << 32; in[2] = 0x4000ABCD; in[3] = 0x1234ul << 32; in[4] = 0xFFFF; in[5] = in[6] = in[7] = in[8] = 0;
    expect("a result of CPUID is registered", call(INTERCEPT_RESULT), OK);
    in[1] = 5 | 2ul << 32;
    expect("of a processor that is none", call(INTERCEPT_RESULT), BAD_VP);
    in[1] = 7ul << 32;
    expect("of a kind that has none", call(INTERCEPT_RESULT), BAD_PARAMETER);
    in[0] = c.id; in[1] = in[2] = 0; in[3] = 0x4000ABCD; in[4] = in[5] = 0;
    expect("it is what would be answered", call(reps(CPUID_VALUES, 1)) ? 0 : (u32) out[0], 0x1234);
    u64 any = 0xFFFFFFFF | 2ul << 32;
    expect("a result of one subleaf is none of these", call4(NO_INTERCEPT_RESULT, c.id, any, 0x4000ABCD, 1), NOT_FOUND);
    expect("it is taken back", call4(NO_INTERCEPT_RESULT, c.id, any, 0x4000ABCD, 0), OK);
    expect("once", call4(NO_INTERCEPT_RESULT, c.id, any, 0x4000ABCD, 0), NOT_FOUND);
    in[0] = c.id; in[1] = in[2] = 0; in[3] = 0x4000ABCD; in[4] = in[5] = 0;
    expect("and is not answered", call(reps(CPUID_VALUES, 1)) ? 1 : (u32) out[0], 0);
    in[0] = c.id; in[1] = any; in[2] = 0x4000ABCD; in[3] = 0x1234ul << 32; in[4] = 0xFFFF; in[5] = in[6] = in[7] = in[8] = 0;
    expect("it is registered again", call(INTERCEPT_RESULT), OK);
    expect("an intercept of CPUID with an access that it has not", call3(INSTALL_INTERCEPT, c.id, 1 | 2ul << 32, 0), BAD_PARAMETER);
    expect("leaf 0 is asked for", call3(INSTALL_INTERCEPT, c.id, 4 | 2ul << 32, 0), OK);
    expect("a kind that is none", call3(INSTALL_INTERCEPT, c.id, 4 | 30ul << 32, 0), BAD_PARAMETER);
    resume(&c, 0);
    expect("the code has the result", wait_for(&c, 0) == PORT_MESSAGE ? (u32) message_quad(&c, 0, AT_RAX) : 0, 0x1234);
    advance(&c, 0);
    resume(&c, 0);
    expect("leaf 0 is a message", wait_for(&c, 0), CPUID_MESSAGE);
    good("that says what would be answered", (u32) message_quad(&c, 0, 56 + 32) >= 1);
    set_register(&c, 0, RAX, 99, 0);
    advance(&c, 0);
    resume(&c, 0);
    expect("the code has its parent's answer", wait_for(&c, 0) == PORT_MESSAGE ? (u32) message_quad(&c, 0, AT_RAX) : 0, 99);
    good("it ends", destroy(&c));
}

static void msrs(void) {
    struct child c;
    begin_code(&c, msr_code, msr_end);
    expect("MSRs that nobody has are asked for", call3(INSTALL_INTERCEPT, c.id, 3 | 1ul << 32, 0), OK);
    resume(&c, 0);
    expect("a write is a message", wait_for(&c, 0) == MSR_MESSAGE ? message_quad(&c, 0, 56) & 0xFFFFFFFF : 0, 0x4711);
    expect("with its value", message_quad(&c, 0, 72), 0x55);
    advance(&c, 0);
    resume(&c, 0);
    expect("a read is one", wait_for(&c, 0) == MSR_MESSAGE ? c.messages[0][AT_ACCESS] : 9, 0);
    set_register(&c, 0, RAX, 0x66, 0);
    advance(&c, 0);
    resume(&c, 0);
    expect("the code has what it was given", wait_for(&c, 0) == PORT_MESSAGE ? message_quad(&c, 0, AT_RAX) & 0xFF : 0, 0x66);
    good("it ends", destroy(&c));
    begin_code(&c, msr_code, msr_end);
    expect("unknown MSRs are ignored", call3(SET_PROPERTY, c.id, UNKNOWN_MSRS, 1), OK);
    resume(&c, 0);
    expect("the code reads 0", wait_for(&c, 0) == PORT_MESSAGE ? message_quad(&c, 0, AT_RAX) & 0xFF : 1, 0);
    good("it ends", destroy(&c));
    begin_code(&c, msr_code, msr_end);
    /* processor any, kind MSR; number and access; action */
    expect("a result of an MSR: writes are ignored", call4(INTERCEPT_RESULT, c.id, 0xFFFFFFFF | 1ul << 32, 0x4711 | 1ul << 32, 1), OK);
    expect("reads, too", call4(INTERCEPT_RESULT, c.id, 0xFFFFFFFF | 1ul << 32, 0x4711, 1), OK);
    expect("an access that is none", call4(INTERCEPT_RESULT, c.id, 0xFFFFFFFF | 1ul << 32, 0x4711 | 2ul << 32, 1), BAD_PARAMETER);
    resume(&c, 0);
    expect("the code reads 0 there", wait_for(&c, 0) == PORT_MESSAGE ? message_quad(&c, 0, AT_RAX) & 0xFF : 1, 0);
    good("it ends", destroy(&c));
    begin_code(&c, msr_code, msr_end);
    expect("one of an MSR", call4(INTERCEPT_RESULT, c.id, 0xFFFFFFFF | 1ul << 32, 0x4711 | 1ul << 32, 1), OK);
    expect("is not one of a read", call3(NO_INTERCEPT_RESULT, c.id, 0xFFFFFFFF | 1ul << 32, 0x4711), NOT_FOUND);
    expect("it is taken back", call3(NO_INTERCEPT_RESULT, c.id, 0xFFFFFFFF | 1ul << 32, 0x4711 | 1ul << 32), OK);
    expect("and #GP asked for", call3(INSTALL_INTERCEPT, c.id, 4 | 3ul << 32, 13), OK);
    resume(&c, 0);
    expect("which comes, as without it", wait_for(&c, 0), EXCEPTION_MESSAGE);
    good("it ends", destroy(&c));
    begin_code(&c, msr_code, msr_end);
    expect("all are ignored", call3(SET_PROPERTY, c.id, UNKNOWN_MSRS, 1), OK);
    expect("but for one", call4(INTERCEPT_RESULT, c.id, 0xFFFFFFFF | 1ul << 32, 0x4711 | 1ul << 32, 0), OK);
    expect("#GP is asked for, too", call3(INSTALL_INTERCEPT, c.id, 4 | 3ul << 32, 13), OK);
    resume(&c, 0);
    expect("which raises it", wait_for(&c, 0), EXCEPTION_MESSAGE);
    good("it ends", destroy(&c));
    begin_code(&c, msr_code, msr_end);
    expect("#GP is asked for", call3(INSTALL_INTERCEPT, c.id, 4 | 3ul << 32, 13), OK);
    resume(&c, 0);
    expect("without any of that it is a message", wait_for(&c, 0) == EXCEPTION_MESSAGE ? message_quad(&c, 0, 56) & 0xFFFF : 0, 13);
    good("it ends", destroy(&c));
}

static void faults(void) {
    struct child c;
    begin_code(&c, fault_code, fault_end);
    resume(&c, 0);
    expect("a triple fault is a message", wait_for(&c, 0), TRIPLE_FAULT);
    set_register(&c, 0, RIP, 0x1000, 0);
    resume(&c, 0);
    expect("it may be tried again", wait_for(&c, 0), TRIPLE_FAULT);
    good("it ends", destroy(&c));
}

/* Whether the processor is one of Intel's. */
static int has_vtx(void) {
    u32 a = 0, b, c, d;
    __asm__("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    return b == 0x756E6547;
}

/* Registers that no processor can hold: the processor cannot go on until they are others, and its parent hears of it. */
static void impossible(void) {
    struct child c;
    begin_code(&c, port_code, port_end);
    u64 cr4 = get_register(&c, 0, CR4);
    expect("CR4 may be set to anything", set_register(&c, 0, CR4, cr4 | 1ul << 63, 0), OK);
    resume(&c, 0);
    expect("with what no processor has it is a message", soon(&c, 0), INVALID_REGISTERS);
    expect("of a processor", message_quad(&c, 0, 16), 0);
    expect("which waits", get_register(&c, 0, INTERCEPT_SUSPEND), 1);
    resume(&c, 0);
    expect("tried again it is one again", soon(&c, 0), INVALID_REGISTERS);
    /* an interrupt on its way: it is there when the processor goes on */
    *(volatile u32 *) (lend(&c, 0, ALL) + 0x41 * 4) = 0x1000;
    set_register(&c, 0, RFLAGS, 0x202, 0);
    expect("with an event to deliver, too", set_register(&c, 0, PENDING_INTERRUPTION, 1 | 0x41 << 16, 0), OK);
    resume(&c, 0);
    expect("it is a message", soon(&c, 0), INVALID_REGISTERS);
    expect("and the event still there", get_register(&c, 0, PENDING_INTERRUPTION), 1 | 0x41 << 16);
    set_register(&c, 0, CR4, cr4, 0);
    set_register(&c, 0, RIP, 0x1004, 0);
    resume(&c, 0);
    expect("with other registers it goes on", soon(&c, 0), PORT_MESSAGE);
    expect("at the event's handler", message_quad(&c, 0, AT_RIP), 0x1005);
    good("it ends", destroy(&c));
    if (has_vtx()) {
        begin_code(&c, port_code, port_end);
        expect("an error code may be given in real mode, which has none", set_register(&c, 0, PENDING_INTERRUPTION, 1 | 3 << 1 | 1 << 4 | 13 << 16, 0), OK);
        resume(&c, 0);
        expect("it is a message on VT-x", soon(&c, 0), INVALID_REGISTERS);
        good("and the event is still there", get_register(&c, 0, PENDING_INTERRUPTION) == (1 | 3 << 1 | 1 << 4 | 13 << 16));
        set_register(&c, 0, PENDING_INTERRUPTION, 0, 0);
        resume(&c, 0);
        expect("without it the processor goes on", soon(&c, 0), PORT_MESSAGE);
        good("it ends", destroy(&c));
    }
    begin_code(&c, port_code, port_end);
    set_register(&c, 0, CR4, 1ul << 63, 0);
    resume(&c, 0);
    good("one that cannot go on ends as any other", soon(&c, 0) == INVALID_REGISTERS && destroy(&c));
}

void check_intercepts(void) {
    ports();
    cpuid();
    msrs();
    faults();
    impossible();
}
