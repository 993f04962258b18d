/* The hypervisor's AMD-V (APM vol. 2, chapter 15). */
#include "nested.h"

static u8 vmcb[PAGE] __attribute__((aligned(4096))), save_area[PAGE] __attribute__((aligned(4096))), ports[3 * PAGE] __attribute__((aligned(4096)));
static u64 npt[4][512] __attribute__((aligned(4096)));

void svm_enter(u64 *registers, u64 vmcb);

static u64 *field(int at) { return (u64 *) (vmcb + at); }

static void segment(int at, u16 attributes) {
    *(u16 *) (vmcb + at + 2) = attributes;
    *(u32 *) (vmcb + at + 4) = 0xFFFF;
}

static void prepare(void) {
    wrmsr(0xC0000080, rdmsr(0xC0000080) | 1 << 12);
    wrmsr(0xC0010117, (u64) save_area);
    for (u64 i = 0; i < sizeof ports; i++) ports[i] = 0xFF;
    npt[0][0] = (u64) npt[1] | 7;
    npt[1][0] = (u64) npt[2] | 7;
    npt[2][0] = (u64) npt[3] | 7;
    *(u32 *) (vmcb + 0x0C) = 1u << 0 | 1u << 18 | 1u << 24 | 1u << 27 | 1u << 31; /* INTR, CPUID, HLT, IOIO, SHUTDOWN */
    *(u32 *) (vmcb + 0x10) = 1;                                 /* VMRUN */
    *field(0x40) = (u64) ports;
    *(u32 *) (vmcb + 0x58) = 1;                                 /* ASID */
    *field(0x60) = 1 << 24;                                     /* V_INTR_MASKING */
    *field(0x90) = 1;                                           /* nested paging */
    *field(0xB0) = (u64) npt[0];
    for (int i = 0; i < 4; i++) segment(0x400 + 16 * i, i == 1 ? 0x9B : 0x93);
    segment(0x460, 0);                                          /* GDTR */
    segment(0x480, 0);                                          /* IDTR */
    *field(0x4D0) = 1 << 12;                                    /* EFER.SVME */
    *field(0x558) = 0x30;                                       /* CR0: real-address mode */
    *field(0x560) = 0x400;
    *field(0x568) = 0xFFFF0FF0;
    *field(0x570) = 2;
    *field(0x578) = GUEST_RIP;
    *field(0x5D8) = GUEST_RSP;
    *field(0x668) = 0x0007040600070406;                         /* G_PAT */
}

static struct guest_exit run(u64 *registers) {
    *field(0x5F8) = registers[0];
    *(u32 *) (vmcb + 0x5C) = 0;
    svm_enter(registers, (u64) vmcb);
    registers[0] = *field(0x5F8);
    u64 reason = *field(0x70);
    int kind = reason == 0x7B ? EXIT_OUT : reason == 0x72 ? EXIT_CPUID : reason == 0x60 ? EXIT_INTERRUPT : reason == 0x400 ? EXIT_MEMORY : EXIT_OTHER;
    return (struct guest_exit) { kind, reason, *field(0x80) };
}

static void skip(void) { *field(0x578) = *field(0xC8); }

static void map(u64 page) { npt[3][page] = (u64) guest_memory[PAGES - 1 - page] | 7; }

const struct vendor svm = { prepare, run, skip, map };
