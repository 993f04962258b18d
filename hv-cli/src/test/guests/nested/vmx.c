/* The hypervisor's VT-x (SDM vol. 3C). */
#include "nested.h"

static u8 vmxon_region[PAGE] __attribute__((aligned(4096))), vmcs[PAGE] __attribute__((aligned(4096)));
static u64 ept[4][512] __attribute__((aligned(4096)));
static u64 launched;

u64 vmx_enter(u64 *registers, u64 resume);
void vmx_exit(void);

static void write(u64 field, u64 value) {
    u8 bad;
    __asm__ volatile("vmwrite %2, %1; setna %0" : "=q"(bad) : "r"(field), "r"(value) : "cc");
    if (bad) fail("vmwrite", field);
}

static u64 read(u64 field) {
    u64 value;
    __asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc");
    return value;
}

static u64 controls(u32 msr, u32 wanted) {
    u64 allowed = rdmsr(msr);
    return ((u32) allowed | wanted) & (allowed >> 32);
}

static u16 selector_es(void) { u16 s; __asm__ volatile("mov %%es, %0" : "=r"(s)); return s; }

static void prepare(void) {
    if (!(rdmsr(0x3A) & 1)) wrmsr(0x3A, 5);
    u64 cr4, cr0, cr3, region = (u64) vmxon_region;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | 1 << 13));
    cr4 |= 1 << 13;
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    u32 revision = (u32) rdmsr(0x480) & 0x7FFFFFFF;
    *(u32 *) vmxon_region = revision;
    *(u32 *) vmcs = revision;
    u8 bad;
    __asm__ volatile("vmxon %1; setna %0" : "=q"(bad) : "m"(region) : "cc");
    if (bad) fail("vmxon", 0);
    region = (u64) vmcs;
    __asm__ volatile("vmclear %1; setna %0" : "=q"(bad) : "m"(region) : "cc");
    if (bad) fail("vmclear", 0);
    __asm__ volatile("vmptrld %1; setna %0" : "=q"(bad) : "m"(region) : "cc");
    if (bad) fail("vmptrld", 0);

    ept[0][0] = (u64) ept[1] | 7;
    ept[1][0] = (u64) ept[2] | 7;
    ept[2][0] = (u64) ept[3] | 7;
    write(0x4000, controls(0x48D, 1));                          /* pin: external interrupts exit */
    write(0x4002, controls(0x48E, 1u << 24 | 1u << 7 | 1u << 31)); /* primary: I/O, HLT, secondary controls */
    write(0x401E, controls(0x48B, 1 << 1 | 1 << 7 | 1 << 5));   /* secondary: EPT, unrestricted guest, VPID */
    write(0x400C, controls(0x48F, 1 << 9 | 1 << 20 | 1 << 21)); /* exits: 64-bit host, EFER */
    write(0x4012, controls(0x490, 1 << 15));                    /* entries: EFER */
    write(0x0000, 1);
    write(0x201A, (u64) ept[0] | 3 << 3 | 6);
    write(0x2800, -1UL);

    write(0x6C00, cr0);
    write(0x6C02, cr3);
    write(0x6C04, cr4);
    write(0x2C02, rdmsr(0xC0000080));
    for (u64 field = 0x0C00; field <= 0x0C0A; field += 2) write(field, selector_es());
    write(0x0C02, 8);
    write(0x0C0C, 24);
    write(0x6C0A, (u64) tss);
    write(0x6C0C, gdt_pointer.base);
    write(0x6C0E, idt_pointer.base);
    write(0x6C16, (u64) vmx_exit);

    write(0x6800, 0x30);                                        /* CR0: real-address mode */
    write(0x6804, 1 << 13);
    for (int i = 0; i < 8; i++) {
        write(0x0800 + 2 * i, 0);
        write(0x6806 + 2 * i, 0);
        write(0x4800 + 2 * i, 0xFFFF);
        write(0x4814 + 2 * i, i == 1 ? 0x9B : i == 6 ? 0x82 : i == 7 ? 0x8B : 0x93);
    }
    write(0x4810, 0xFFFF);
    write(0x4812, 0xFFFF);
    write(0x681A, 0x400);
    write(0x681C, GUEST_RSP);
    write(0x681E, GUEST_RIP);
    write(0x6820, 2);
}

static struct guest_exit run(u64 *registers) {
    if (vmx_enter(registers, launched)) fail("entry", read(0x4400));
    launched = 1;
    u64 reason = read(0x4402);
    int kind = reason == 30 ? EXIT_OUT : reason == 10 ? EXIT_CPUID : reason == 1 ? EXIT_INTERRUPT : reason == 48 ? EXIT_MEMORY : EXIT_OTHER;
    return (struct guest_exit) { kind, reason, read(0x2400) };
}

static void skip(void) { write(0x681E, read(0x681E) + read(0x440C)); }

static void map(u64 page) { ept[3][page] = (u64) guest_memory[PAGES - 1 - page] | 6 << 3 | 7; }

const struct vendor vmx = { prepare, run, skip, map };
