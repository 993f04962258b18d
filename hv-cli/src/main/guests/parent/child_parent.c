/* What a child runs that is a parent itself: the whole life of a partition below it, without a word of memory but its own pages. */
#include "hv.h"

static volatile u64 *const input = (volatile u64 *) CHILD_INPUT, *const output = (volatile u64 *) (CHILD_INPUT + PAGE / 2);

static u64 child_call(u64 control) {
    u64 result, rdx = (u64) input;
    register u64 r8 __asm__("r8") = (u64) output;
    __asm__ volatile("call *%[page]" : "=a"(result), "+c"(control), "+d"(rdx), "+r"(r8) : [page] "r"((u64) CHILD_CALLS) : "memory", "cc", "r9", "r10", "r11");
    return result;
}

static u64 child_call4(u64 control, u64 a, u64 b, u64 c, u64 d) {
    input[0] = a; input[1] = b; input[2] = c; input[3] = d; input[4] = input[5] = input[6] = 0;
    return child_call(control);
}

static void child_register(u64 id, u32 name, u64 value, u64 high) {
    input[4] = value; input[5] = high;
    input[0] = id; input[1] = 0; input[2] = name; input[3] = 0;
    child_call(reps(SET_REGISTERS, 1));
}

static void child_resume(u64 id) {
    input[0] = id; input[1] = 0;
    input[2] = INTERCEPT_SUSPEND; input[3] = input[4] = input[5] = 0;
    input[6] = EXPLICIT_SUSPEND; input[7] = input[8] = input[9] = 0;
    child_call(reps(SET_REGISTERS, 2));
}

static u32 child_hears(void) {
    volatile u32 *slot = (volatile u32 *) CHILD_MESSAGES;
    while (!slot[0]) { }
    slot[0] = 0;
    wrmsr(0x40000084, 0);
    return *(volatile u32 *) CHILD_SHOWN;
}

/* Runs the processor itself until it is intercepted; 0 when it does not come to that. */
static u32 child_dispatches(u64 id, u32 flags) {
    for (int tries = 0; tries < 100; tries++, flags = 0) {
        child_register(id, EXPLICIT_SUSPEND, 0, 0);
        if (child_call4(DISPATCH_VP, id, (u64) flags << 32, 500, 0)) return 0;
        if (output[0] >> 32 == BY_INTERCEPT) return *(volatile u32 *) CHILD_SHOWN;
    }
    return 0;
}

void child_parent(volatile u64 *page) {
    volatile u8 *code = (volatile u8 *) CHILD_CODE;
    wrmsr(0x40000000, 0x8F00000000000004ul);
    wrmsr(0x40000001, CHILD_CALLS | 1);
    wrmsr(0x40000083, CHILD_MESSAGES | 1);
    wrmsr(0x40000090, 1 << 16);
    wrmsr(0x40000080, 1);
    u64 *step = (u64 *) page + 8;
    *step++ = child_call4(CREATE_PARTITION, LAPIC, 0, 0, 0);
    u64 id = output[0];
    input[0] = id;
    for (u64 i = 0; i < CHILD_POOL_PAGES; i++) input[1 + i] = CHILD_POOL / PAGE + i;
    *step++ = child_call(reps(DEPOSIT, CHILD_POOL_PAGES)) & 0xFFFF;
    *step++ = child_call4(INITIALIZE, id, 0, 0, 0);
    *step++ = child_call4(reps(MAP, 1), id, 1, ALL, CHILD_CODE / PAGE) & 0xFFFF;
    *step++ = child_call4(CREATE_VP, id, 0, 0, 0);
    *step++ = child_call4(MAP_STATE_PAGE, id, 1ul << 32 | 1ul << 56, CHILD_SHOWN / PAGE, 0);
    /* mov al, '7'; out 0xE9, al; jmp there */
    code[0] = 0xB0; code[1] = '7'; code[2] = 0xE6; code[3] = 0xE9; code[4] = 0xEB; code[5] = 0xFA;
    child_register(id, CS, 0, 0xFFFF | 0x9Bul << 48);
    child_register(id, RFLAGS, 2, 0);
    child_register(id, RIP, 0x1000, 0);
    int schedules_too = page[CHILD_SCHEDULES] != 0;
    if (!schedules_too) child_resume(id);
    page[CHILD_HEARD] = schedules_too ? child_dispatches(id, 0) : child_hears();
    page[CHILD_HEARD + 1] = *(volatile u64 *) (CHILD_SHOWN + AT_RAX) & 0xFF;
    out8(PORT_WAKE, 0);
    child_register(id, RIP, 0x1000, 0);
    if (page[CHILD_SCHEDULES] == WITHOUT_END) {
        /* jmp there: no time slice, and nobody interrupts */
        code[0] = 0xEB; code[1] = 0xFE;
        for (;;) {
            child_call4(DISPATCH_VP, id, (u64) CLEAR_INTERCEPT << 32, 0, 0);
            page[CHILD_HEARD]++;
        }
    }
    if (!schedules_too) child_resume(id);
    page[CHILD_HEARD + 2] = schedules_too ? child_dispatches(id, CLEAR_INTERCEPT) : child_hears();
    *step++ = child_call4(FINALIZE, id, 0, 0, 0);
    u64 withdrawn = child_call4(reps(WITHDRAW, 64), id, 0, 0, 0);
    *step++ = (withdrawn & 0xFFFF) == NO_RESOURCES ? OK : withdrawn & 0xFFFF;
    page[CHILD_HEARD + 3] = withdrawn >> 32 & 0xFFF;
    *step++ = child_call4(DELETE, id, 0, 0, 0);
    *step++ = child_call4(FINALIZE, id, 0, 0, 0) == BAD_PARTITION ? OK : 1;
    out8(PORT_END, 0);
    for (;;) sleep();
}
