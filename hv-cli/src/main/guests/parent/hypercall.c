/* The parent's own side of the interface: hypercall page, SynIC, time. */
#include "hv.h"

enum {
    MSR_OS_ID = 0x40000000, MSR_HYPERCALL = 0x40000001, MSR_REFERENCE = 0x40000020, MSR_SCONTROL = 0x40000080, MSR_SIEFP = 0x40000082, MSR_SIMP = 0x40000083, MSR_EOM = 0x40000084,
    MSR_SINT0 = 0x40000090, VECTOR = 0x40, AUTO_EOI = 1 << 17, CPU_PRIVILEGES = 0x40000003, CREATE_PARTITIONS = 1,
};

volatile u64 *in, *out;
u32 completed;
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
    while (now() < until) raw(LONG_SPIN_WAIT | FAST, 1, 0);
}

void hypervisor_connect(void) {
    u32 a = CPU_PRIVILEGES, b, c, d;
    __asm__("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    if (!(b & CREATE_PARTITIONS)) broken("I may not make partitions");
    hypercall_page = pages(1); in = pages(1); out = pages(1); messages = pages(1); flags = pages(1);
    wrmsr(MSR_OS_ID, 0x8F00000000000002ul);
    wrmsr(MSR_HYPERCALL, (u64) hypercall_page | 1);
    set_interrupt(VECTOR, synic_interrupt);
    wrmsr(MSR_SIMP, (u64) messages | 1);
    wrmsr(MSR_SIEFP, (u64) flags | 1);
    set_source(0, VECTOR | AUTO_EOI);
    set_source(CHILD_SINT, VECTOR | AUTO_EOI);
    listen(1);
}

int arrived(int sint) { return *(volatile u32 *) (messages + sint * 256) != 0; }

const volatile u32 *message(int sint) {
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

int flag(int sint, int number) {
    volatile u8 *byte = flags + sint * 256 + number / 8;
    int set = *byte >> number % 8 & 1;
    *byte &= ~(1 << number % 8);
    return set;
}
