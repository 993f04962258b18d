/* The parent's own side of the interface: hypercall page, SynIC, time. */
#include "hv.h"

enum {
    MSR_OS_ID = 0x40000000, MSR_HYPERCALL = 0x40000001, MSR_REFERENCE = 0x40000020, MSR_SCONTROL = 0x40000080, MSR_SIEFP = 0x40000082, MSR_SIMP = 0x40000083, MSR_EOM = 0x40000084,
    MSR_SINT0 = 0x40000090, VECTOR = 0x40, AUTO_EOI = 1 << 17, CPU_PRIVILEGES = 0x40000003, CREATE_PARTITIONS = 1, CPU_MANAGEMENT = 1 << 12, OWN_SCHEDULER = 1 << 6,
};

volatile u64 *in, *out;
u32 completed;
int is_root, schedules;
static u8 *hypercall_page;
static volatile u8 *messages, *flags;

u64 raw(u64 control, u64 rdx, u64 r8_value) {
    u64 result;
    register u64 r8 __asm__("r8") = r8_value;
    __asm__ volatile("call *%[page]" : "=a"(result), "+c"(control), "+d"(rdx), "+r"(r8) : [page] "r"(hypercall_page) : "memory", "cc", "r9", "r10", "r11");
    return result;
}

u32 call(u64 control) {
    u64 result = raw(control, (u64) in, (u64) out);
    completed = result >> 32 & 0xFFF;
    return result & 0xFFFF;
}

u32 call1(u64 control, u64 a) { in[0] = a; in[1] = in[2] = 0; return call(control); }
u32 call2(u64 control, u64 a, u64 b) { in[0] = a; in[1] = b; in[2] = in[3] = 0; return call(control); }
u32 call3(u64 control, u64 a, u64 b, u64 c) { in[0] = a; in[1] = b; in[2] = c; in[3] = in[4] = in[5] = in[6] = 0; return call(control); }
u32 call4(u64 control, u64 a, u64 b, u64 c, u64 d) { in[0] = a; in[1] = b; in[2] = c; in[3] = d; in[4] = in[5] = in[6] = in[7] = 0; return call(control); }
u32 call6(u64 control, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) { in[0] = a; in[1] = b; in[2] = c; in[3] = d; in[4] = e; in[5] = f; in[6] = in[7] = in[8] = 0; return call(control); }

void set_source(int sint, u64 value) { wrmsr(MSR_SINT0 + sint, value); }

void listen(int on) { wrmsr(MSR_SCONTROL, on); }

u64 now(void) { return rdmsr(MSR_REFERENCE); }

void pause(u64 units) {
    u64 until = now() + units;
    while (now() < until) {
        if (schedules) idle();
        else raw(LONG_SPIN_WAIT | FAST, 1, 0);
    }
}

/* A page of the interface: where this guest puts it, or where the hypervisor has put a root's. */
static volatile u8 *place(u32 msr) {
    u64 page = is_root ? rdmsr(msr) & -PAGE : (u64) pages(1);
    wrmsr(msr, page | 1);
    return (volatile u8 *) page;
}

void hypervisor_connect(void) {
    u32 a = CPU_PRIVILEGES, b, c, d;
    __asm__("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    if (!(b & CREATE_PARTITIONS)) broken("I may not make partitions");
    is_root = (b & CPU_MANAGEMENT) != 0;
    in = pages(1); out = pages(1);
    wrmsr(MSR_OS_ID, 0x8F00000000000002ul);
    hypercall_page = (u8 *) place(MSR_HYPERCALL);
    set_interrupt(VECTOR, synic_interrupt);
    messages = place(MSR_SIMP);
    flags = place(MSR_SIEFP);
    set_source(0, VECTOR | AUTO_EOI);
    set_source(CHILD_SINT, VECTOR | AUTO_EOI);
    listen(1);
    schedules = call2(GET_PROPERTY_EX, SELF, CAPABILITIES) == OK && (out[1] & OWN_SCHEDULER);
}

void leave(void) {
    if (is_root) {
        /* what S5 is here: the type that goes into PM1 */
        call2(SET_SYSTEM, SLEEP_STATE, S5);
        call1(ENTER_SLEEP, S5);
    }
    power_off();
}

static const volatile u32 *slot(int sint) {
    static u32 m[64];
    volatile u32 *slot = (volatile u32 *) (messages + sint * 256);
    if (!slot[0]) return 0;
    for (int i = 0; i < 64; i++) m[i] = slot[i];
    int more = ((volatile u8 *) slot)[5] & 1;
    slot[0] = 0;
    fence();
    if (more) wrmsr(MSR_EOM, 0);
    return m;
}

const volatile u32 *signal_message(void) { return *(volatile u32 *) messages == SIGNALS_MESSAGE ? slot(0) : 0; }

/* Takes what is only said of who can go on. */
static void take_signals(void) {
    for (const volatile u32 *m; (m = signal_message());) signalled(m);
}

int arrived(int sint) {
    if (sint == 0) take_signals();
    return *(volatile u32 *) (messages + sint * 256) != 0 || (sint == 0 && heard_anything());
}

const volatile u32 *message(int sint) {
    if (sint == 0) take_signals();
    const volatile u32 *m = slot(sint);
    return m || sint ? m : heard();
}

int flag(int sint, int number) {
    volatile u8 *byte = flags + sint * 256 + number / 8;
    int set = *byte >> number % 8 & 1;
    *byte &= ~(1 << number % 8);
    return set;
}
