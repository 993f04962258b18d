/* What children run in 64-bit mode, and how one is made: it sees this image, of which it can write nothing, and has a stack and a few pages. */
#include "hv.h"

extern u64 gdt[];
extern char _start[];

/* ---- the parent's side ------------------------------------------------------------------------------------------------------ */

enum { IMAGE_PAGES = 32, PRESENT = 3, BIG = 0x83, GATE = 0x8E };

static void segment(struct child *c, u32 name, u32 selector, u64 attributes) { set_register(c, 0, name, 0, 0xFFFFFFFF | (u64) selector << 32 | attributes << 48); }

int make_child(struct child *c, void *function, u64 argument, u64 privileges) {
    u32 status = create(c, LAPIC);
    if (!status) status = call3(SET_PROPERTY, c->id, PRIVILEGES, privileges);
    if (!status) status = initialize(c);
    if (!status) status = add_processor(c, 0);
    if (status) return 0;
    /* identity page tables of 1 GiB in 2 MiB pages */
    u64 *top = (u64 *) lend(c, CHILD_TABLES, ALL), *second = (u64 *) lend(c, CHILD_TABLES + PAGE, ALL), *third = (u64 *) lend(c, CHILD_TABLES + 2 * PAGE, ALL);
    top[0] = CHILD_TABLES + PAGE + PRESENT;
    second[0] = CHILD_TABLES + 2 * PAGE + PRESENT;
    for (u64 i = 0; i < 512; i++) third[i] = i << 21 | BIG;
    u64 *idt = (u64 *) lend(c, CHILD_IDT, ALL);
    u64 handler = (u64) child_woken;
    idt[2 * CHILD_VECTOR] = (handler & 0xFFFF) | 8ul << 16 | (u64) GATE << 40 | (handler >> 16 & 0xFFFF) << 48;
    lend(c, CHILD_STACK - PAGE, ALL);
    lend(c, CHILD_INPUT, ALL);
    lend(c, CHILD_DATA, ALL);
    if (map(c, (u64) _start & -PAGE, (u64) _start & -PAGE, IMAGE_PAGES, READ | EXECUTE)) return 0;
    segment(c, CS, 8, 0xA09B);
    segment(c, SS, 16, 0xC093);
    segment(c, DS, 16, 0xC093);
    segment(c, ES, 16, 0xC093);
    set_register(c, 0, GDTR, (u64) 23 << 48, (u64) gdt);
    set_register(c, 0, IDTR, (u64) 0xFFF << 48, CHILD_IDT);
    set_register(c, 0, CR3, CHILD_TABLES, 0);
    set_register(c, 0, CR4, 0x620, 0);
    set_register(c, 0, EFER, 0x500, 0);
    set_register(c, 0, CR0, 0x80010031, 0);
    set_register(c, 0, RIP, (u64) function, 0);
    set_register(c, 0, RSP, CHILD_STACK - 8, 0);
    set_register(c, 0, RDI, argument, 0);
    return set_register(c, 0, RFLAGS, 2, 0) == OK;
}

/* ---- the child's ------------------------------------------------------------------------------------------------------------ */

static void say(const char *s) { while (*s) out8(PORT_UART, *s++); }

static void say_number(u64 n) {
    char digits[24];
    int i = 23;
    digits[i] = 0;
    do { digits[--i] = (char) ('0' + n % 10); n /= 10; } while (n);
    say(digits + i);
}

static u32 primes(u32 n) {
    u32 count = 0;
    for (u32 i = 2; i < n; i++) {
        u32 d = 2;
        while (d * d <= i && i % d) d++;
        if (d * d > i) count++;
    }
    return count;
}

static u64 child_call(u64 control, u64 rdx, u64 r8_value) {
    u64 result;
    register u64 r8 __asm__("r8") = r8_value;
    __asm__ volatile("call *%[page]" : "=a"(result), "+c"(control), "+d"(rdx), "+r"(r8) : [page] "r"((u64) CHILD_CALLS) : "memory", "cc", "r9", "r10", "r11");
    return result;
}

static void connect(void) {
    wrmsr(0x40000000, 0x8F00000000000003ul);
    wrmsr(0x40000001, CHILD_CALLS | 1);
}

/* Ends an interrupt in service: the APIC is in the mode that MSRs reach. */
static void end_of_interrupt(void) { wrmsr(0x80B, 0); }

/* A handler without a frame of C's: it counts in the child's own page. */
__asm__(".intel_syntax noprefix\n"
        ".globl child_woken\n"
        "child_woken: inc qword ptr [0x18000]\n"
        "iretq\n"
        ".att_syntax\n");

static void x2apic_on(void) {
    wrmsr(0x1B, rdmsr(0x1B) | 0xC00);
    wrmsr(0x80F, 0x1FF);
}

/* The child that works, "1", and the one that dies, "2". */
void child_main(u64 which) {
    volatile u64 *woken = (volatile u64 *) CHILD_DATA;
    say("hello from a partition of a partition\n");
    for (u32 round = 1; round <= 3; round++) {
        u32 n = round * 1000;
        say_number(primes(n)); say(" primes below "); say_number(n); say("\n");
        if (which == 2 && round == 2) {
            say("about to die of a triple fault\n");
            wrmsr(0xC0000080, 0x500);
            __asm__ volatile("lidt (%0)" : : "r"(CHILD_DATA + 64));
            __asm__ volatile("int3");
        }
    }
    say("the number that my parent gives me is "); say_number(in32(PORT_NUMBER)); say("\n");
    *(volatile u64 *) CHILD_WITHHELD = 7;
    say("a page was mapped when I touched it\n");
    connect();
    volatile u32 *post = (volatile u32 *) CHILD_INPUT;
    post[0] = CHILD_CONNECTION; post[1] = 0; post[2] = 1; post[3] = 16;
    const char *greeting = "a child's words";
    for (int i = 0; i < 16; i++) ((volatile u8 *) post)[16 + i] = greeting[i];
    if (child_call(POST_MESSAGE, CHILD_INPUT, 0) & 0xFFFF) say("BROKEN: a message\n");
    if (child_call(SIGNAL_EVENT | FAST, CHILD_EVENTS | 5ul << 32, 0) & 0xFFFF) say("BROKEN: an event\n");
    if ((child_call(CREATE_PARTITION, CHILD_INPUT, CHILD_INPUT + 64) & 0xFFFF) == ACCESS_DENIED) say("I may not make partitions myself\n");
    x2apic_on();
    out8(PORT_WAKE, 0);
    while (!*woken) sleep();
    end_of_interrupt();
    say("an interrupt of my parent's woke me\n");
    out8(PORT_END, 0);
    for (;;) sleep();
}

/* A child without the privileges of a parent: what hypercalls say to it, into its page. */
void child_caller(volatile u64 *page) {
    static const u16 codes[] = {CREATE_PARTITION, INITIALIZE, MAP, CREATE_VP, SET_PROPERTY, DEPOSIT, INSTALL_INTERCEPT, TRANSLATE, ASSERT_INTERRUPT, CREATE_PORT, CONNECT_PORT, MAP_STATE_PAGE, GET_STATE,
        CPUID_VALUES, GET_PROPERTY_EX, MAP_STATS, POST_DIRECT, GET_REGISTERS};
    static const u8 repeated[] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1};
    connect();
    for (u64 i = 0; i < sizeof codes / sizeof codes[0]; i++) page[8 + i] = child_call(reps(codes[i], repeated[i]), CHILD_INPUT, CHILD_INPUT + 2048) & 0xFFFF;
    page[1] = sizeof codes / sizeof codes[0];
    out8(PORT_END, 0);
    for (;;) sleep();
}

/* Calls that the hypervisor does not have, and messages and events over no connection: what is answered to each, into its page. */
void child_unknown(volatile u64 *page) {
    connect();
    page[8] = child_call(0x1FE, 1, 2);
    page[9] = child_call(0x8001, CHILD_INPUT, CHILD_INPUT + 2048);
    volatile u32 *post = (volatile u32 *) CHILD_INPUT;
    post[0] = CHILD_CONNECTION; post[1] = 0; post[2] = 1; post[3] = 8;
    page[10] = child_call(POST_MESSAGE, CHILD_INPUT, 0);
    page[11] = child_call(SIGNAL_EVENT | FAST, CHILD_EVENTS, 0);
    out8(PORT_END, 0);
    for (;;) sleep();
}

/* Takes three messages of source 4 by polling, frees their slots, and says EOM when it is asked to. */
void child_receiver(volatile u64 *page) {
    connect();
    wrmsr(0x40000083, CHILD_MESSAGES | 1);
    wrmsr(0x40000094, 1 << 16);
    wrmsr(0x40000080, 1);
    out8(PORT_WAKE, 0);
    volatile u8 *slot = (volatile u8 *) (CHILD_MESSAGES + 4 * 256);
    for (int i = 0; i < 3; i++) {
        while (!*(volatile u32 *) slot) { }
        page[8 + i] = *(volatile u32 *) (slot + 16);
        int more = slot[5] & 1;
        *(volatile u32 *) slot = 0;
        fence();
        if (more) wrmsr(0x40000084, 0);
    }
    out8(PORT_END, 0);
    for (;;) sleep();
}
