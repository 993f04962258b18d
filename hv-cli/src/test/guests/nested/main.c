/* A hypervisor that is a guest: it runs a guest of its own with the processor's VT-x or AMD-V, maps its pages as it asks for them, takes its port accesses and
 * CPUIDs, and its own timer's interrupts, which make the guest exit. The guest tells sums of what it wrote to its memory; each is checked. */
#include "nested.h"

enum { COM1 = 0x3F8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20, PM1_CONTROL = 0x404, SLEEP_ENABLE = 0x2000 };
enum { SUMS = 300, WORDS = 400 };

u8 guest_memory[PAGES][PAGE] __attribute__((aligned(4096)));
volatile u64 ticks;
static u64 idt[256][2];
struct table_pointer idt_pointer = { sizeof idt - 1, (u64) idt };

extern u8 guest_code[], guest_end[];
void timer_entry(void);

static void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static u8 in8(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }

static void put(char c) {
    while (!(in8(LINE_STATUS) & TRANSMITTER_EMPTY)) { }
    out8(COM1, (u8) c);
}

void text(const char *s) { while (*s) put(*s++); }

void number(u64 n) {
    char digits[24];
    int i = 0;
    do { digits[i++] = (char) ('0' + n % 10); n /= 10; } while (n);
    while (i) put(digits[--i]);
}

static _Noreturn void off(void) {
    __asm__ volatile("outw %0, %1" : : "a"((u16) SLEEP_ENABLE), "Nd"((u16) PM1_CONTROL));
    for (;;) __asm__ volatile("cli; hlt");
}

_Noreturn void fail(const char *what, u64 value) {
    text("FAILED ");
    text(what);
    text(" ");
    number(value);
    text("\r\n");
    off();
}

static void set_up(void) {
    u64 t = (u64) tss;
    u64 *entry = (u64 *) (gdt + 24);
    entry[0] = 0x00008B0000000067 | (t & 0xFFFFFF) << 16 | (t >> 24 & 0xFF) << 56;
    entry[1] = t >> 32;
    entry[0] &= ~(0x2UL << 40);                 /* available: LTR makes it busy */
    __asm__ volatile("ltr %w0" : : "r"(24));
    u64 h = (u64) timer_entry;
    idt[TIMER_VECTOR][0] = (h & 0xFFFF) | 8UL << 16 | 0x8EUL << 40 | (h >> 16 & 0xFFFF) << 48;
    idt[TIMER_VECTOR][1] = h >> 32;
    __asm__ volatile("lidt %0" : : "m"(idt_pointer));
    volatile u32 *apic = (volatile u32 *) 0xFEE00000UL;
    apic[0xF0 / 4] = 0x1FF;
    apic[0x3E0 / 4] = 0xB;
    apic[0x320 / 4] = TIMER_VECTOR | 1 << 17;   /* periodic */
    apic[0x380 / 4] = 50000;
}

static int intel(void) {
    u32 a = 0, b, c, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    return b == 0x756E6547;
}

void main(void) {
    set_up();
    const struct vendor *v = intel() ? &vmx : &svm;
    for (u64 i = 0; guest_code + i < guest_end; i++) {
        guest_memory[PAGES - 1 - GUEST_RIP / PAGE][i] = guest_code[i];
    }
    v->prepare();
    text("guest of a guest begins\r\n");
    u64 registers[6] = {0};
    u32 sum = 0;
    u16 word = 1;
    u64 sums = 0, interrupts = 0, cpuids = 0, pages = 0;
    while (sums < SUMS) {
        struct guest_exit e = v->run(registers);
        switch (e.kind) {
            case EXIT_OUT:
                for (int i = 0; i < WORDS; i++) {
                    sum += word++;
                }
                if ((u32) registers[0] != sum) fail("sum", registers[0]);
                if (++sums % 50 == 0) {
                    number(sums);
                    text(" sums\r\n");
                }
                v->skip();
                break;
            case EXIT_CPUID:
                if ((u32) registers[0] != 0x12345) fail("cpuid leaf", registers[0]);
                cpuids++;
                v->skip();
                break;
            case EXIT_INTERRUPT:
                interrupts++;
                __asm__ volatile("sti; nop; nop; cli");
                break;
            case EXIT_MEMORY:
                if (e.address >= (u64) PAGES * PAGE) fail("address", e.address);
                v->map(e.address / PAGE);
                pages++;
                break;
            default:
                fail("exit", e.reason);
        }
    }
    text(interrupts && ticks >= interrupts && cpuids && pages > 10 ? "all passed\r\n" : "FAILED counts\r\n");
    off();
}
