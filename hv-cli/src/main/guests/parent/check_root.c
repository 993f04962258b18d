/* What only a guest in the root's place may do: logical processors and its own virtual ones, interrupts of devices, the system's properties, pages that it has deposited for itself. */
#include "hv.h"

enum { IO_APIC_DEVICE = 2, FUNCTION_DEVICE = 1, VECTOR = 0x51, TRAMPOLINE = 0x8000, AP_COUNT = TRAMPOLINE + 0x40, AP_STOP = TRAMPOLINE + 0x44, MSR_APIC_BASE = 0x1B, MSR_ICR = 0x830 };

/* Adds 1 to the double word at 0x40 until there is something at 0x44. */
static const u8 trampoline[] = {
    0x2E, 0x66, 0xFF, 0x06, 0x40, 0x00, /* inc dword ptr cs:[0x40] */
    0xF3, 0x90,                         /* pause */
    0x2E, 0x80, 0x3E, 0x44, 0x00, 0x00, /* cmp byte ptr cs:[0x44], 0 */
    0x74, 0xF0,                         /* je to the beginning */
    0xFA, 0xF4, 0xEB, 0xFC,             /* cli; hlt; jmp there */
};

static void system_properties(void) {
    expect("my id is told", call(GET_PARTITION_ID) ? 0 : out[0] > 1, 1);
    u64 self = out[0];
    expect("and is mine", call2(GET_PROPERTY, self, PRIVILEGES), OK);
    expect("who schedules is told", call1(GET_SYSTEM, SCHEDULER_TYPE), OK);
    expect("as children are run", out[0], schedules ? 4 : 3);
    expect("no crash dump is kept", call1(GET_SYSTEM, CRASH_DUMP_AREA) ? 1 : out[0], 0);
    expect("a system property that is none", call1(GET_SYSTEM, 0x99), UNKNOWN_PROPERTY);
    expect("nor one to be set", call2(SET_SYSTEM, 0x99, 0), UNKNOWN_PROPERTY);
    expect("a sleep state that it has not", call2(SET_SYSTEM, SLEEP_STATE, 3), OUT_OF_RANGE);
    expect("nobody sleeps before it is said how", call1(ENTER_SLEEP, S5), BAD_STATE);
    expect("nor otherwise", call1(ENTER_SLEEP, 3), BAD_PARAMETER);
    expect("an event of this partition", call1(PARTITION_EVENT, 4), OK);
    expect("one that is none", call1(PARTITION_EVENT, 9), BAD_PARAMETER);
}

static void processors(void) {
    expect("the first logical processor runs", call1(LP_RUN_TIME, 0), OK);
    expect("the second does not", call1(LP_RUN_TIME, 1), BAD_LP);
    expect("my processor is there", call6(CREATE_VP, SELF, 0, 0, 0, 1, 0), BAD_VP);
    expect("a logical processor with an absurd number", call2(ADD_LP, 0x1000 | 0x1000ul << 32, 0), BAD_LP);
    u32 status = call2(ADD_LP, 1 | 1ul << 32, 0);
    if (status == BAD_LP) { text("there is one processor\n"); return; }
    expect("a logical processor is started", status, OK);
    expect("once", call2(ADD_LP, 1 | 1ul << 32, 0), IN_USE);
    expect("it runs", call1(LP_RUN_TIME, 1), OK);
    expect("my processor on it is made", call6(CREATE_VP, SELF, 1, 0, 0, 1, 0), OK);
    expect("once, too", call6(CREATE_VP, SELF, 1, 0, 0, 1, 0), BAD_VP);
    copy((void *) TRAMPOLINE, trampoline, sizeof trampoline);
    *(volatile u32 *) AP_COUNT = *(volatile u32 *) AP_STOP = 0;
    pause(100);
    expect("and waits", *(volatile u32 *) AP_COUNT, 0);
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 0xC00);
    /* INIT, then start-up at the trampoline */
    wrmsr(MSR_ICR, 1ul << 32 | 0x4500);
    wrmsr(MSR_ICR, 1ul << 32 | 0x4600 | TRAMPOLINE / PAGE);
    for (u64 until = now() + 10000000; now() < until && *(volatile u32 *) AP_COUNT < 100;) pause(100);
    good("until it is started", *(volatile u32 *) AP_COUNT >= 100);
}

/* Of vector 0x51, in the mode given, to processors of a set of one bank. */
static u32 map_interrupt(u64 device, u64 trigger, u64 vector, u64 set) {
    for (int i = 0; i < 12; i++) in[i] = 0;
    in[0] = SELF; in[1] = device; in[5] = trigger << 32; in[6] = 1; in[7] = vector; in[8] = set;
    return call(MAP_DEVICE_INTERRUPT);
}

static void interrupts(void) {
    u64 pin = (u64) IO_APIC_DEVICE << 62 | 1, function = (u64) FUNCTION_DEVICE << 62 | 0xF8;
    expect("an interrupt of the I/O APIC is mapped", map_interrupt(pin, 1, VECTOR, 1), OK);
    good("to an entry for it", out[0] == 2 && (out[1] & 0x80FF) == (0x8000 | VECTOR));
    expect("one of a function of PCI", map_interrupt(function, 0, VECTOR, 1), OK);
    good("to a message", out[0] == 1 && out[1] >> 32 == VECTOR && (u32) out[1] == 0xFEE00000);
    u64 entry = out[1];
    expect("to nobody", map_interrupt(function, 0, VECTOR, 0), BAD_PARAMETER);
    expect("of a vector of exceptions", map_interrupt(function, 0, 5, 1), BAD_PARAMETER);
    expect("in no way of triggering", map_interrupt(function, 2, VECTOR, 1), BAD_PARAMETER);
    expect("it is taken back", call4(UNMAP_DEVICE_INTERRUPT, SELF, function, 1, entry), OK);
    expect("once", call4(UNMAP_DEVICE_INTERRUPT, SELF, function, 1, entry), NOT_FOUND);
}

/* Counters of the hypervisor and of logical processors, in the page that was deposited. */
static void machine_counters(u64 page) {
    const volatile u64 *counter = (const volatile u64 *) page;
    expect("the hypervisor's counters are shown", call3(MAP_STATS_DEPOSITED, STATS_HYPERVISOR, 0, 0) ? 0 : out[0], page / PAGE);
    good("logical processors, partitions, pages and virtual processors", counter[1] > 0 && counter[1] <= 64 && counter[2] >= 2 && counter[3] > 0 && counter[4] > 0);
    u64 partitions = counter[2], processors = counter[4];
    struct child c;
    create(&c, LAPIC);
    initialize(&c);
    in[0] = c.id; in[1] = in[2] = in[3] = in[4] = 0;
    call_with_memory(c.id, CREATE_VP, 5);
    pause(20000);
    call1(GET_PROPERTY, 0);
    good("which become more", counter[2] == partitions + 1 && counter[4] == processors + 1);
    good("the partition ends", destroy(&c));
    expect("a logical processor's have no page", call3(MAP_STATS_DEPOSITED, STATS_LOGICAL, 0, 0), NO_MEMORY);
    expect("the others are taken back", call3(UNMAP_STATS, STATS_HYPERVISOR, 0, 0), OK);
    expect("once", call3(UNMAP_STATS, STATS_HYPERVISOR, 0, 0), NOT_FOUND);
    expect("of no logical processor", call3(MAP_STATS_DEPOSITED, STATS_LOGICAL, 0x1000, 0), BAD_LP);
    expect("of no area", call3(MAP_STATS_DEPOSITED, STATS_LOGICAL, 0, 2ul << 56), BAD_PARAMETER);
    expect("a logical processor's are shown", call3(MAP_STATS_DEPOSITED, STATS_LOGICAL, 0, 0) ? 0 : out[0], page / PAGE);
    u64 time = counter[1], ran = counter[2], halts = counter[10];
    pause(20000);
    call1(GET_PROPERTY, 0);
    good("its time goes by", counter[1] > time && counter[2] > ran && counter[2] <= counter[1] && counter[10] >= halts);
    expect("it is taken back", call3(UNMAP_STATS, STATS_LOGICAL, 0, 0), OK);
}

/* Statistics of processors and state of children in pages that were deposited. */
static void own_pages(void) {
    struct child c;
    expect("statistics need a page", call3(MAP_STATS_DEPOSITED, 0x10002, SELF, 0), NO_MEMORY);
    u64 page = take_page();
    expect("which I deposit for myself", call2(reps(DEPOSIT, 1), SELF, page / PAGE), OK);
    expect("it is shown", call3(MAP_STATS_DEPOSITED, 0x10002, SELF, 0) ? 0 : out[0], page / PAGE);
    good("where it was, with what I have used up", ((volatile u64 *) page)[1] > 0);
    expect("once", call3(MAP_STATS_DEPOSITED, 0x10002, SELF, 0), IN_USE);
    expect("it is taken back", call3(UNMAP_STATS, 0x10002, SELF, 0), OK);
    machine_counters(page);
    create(&c, LAPIC);
    initialize(&c);
    in[0] = c.id; in[1] = in[2] = in[3] = in[4] = 0;
    call_with_memory(c.id, CREATE_VP, 5);
    in[0] = c.id; in[1] = 0; in[2] = 0;
    expect("state of a child's processor in a page of its pool", call_with_memory(c.id, MAP_STATE_PAGE, 3), OK);
    good("which I see", *(volatile u16 *) (out[0] * PAGE) == 1);
    expect("it is taken back", call2(UNMAP_STATE_PAGE, c.id, 0), OK);
    good("the partition ends", destroy(&c));
}

void check_root(void) {
    system_properties();
    processors();
    interrupts();
    own_pages();
}
