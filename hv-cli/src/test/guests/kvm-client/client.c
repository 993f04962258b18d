/*
 * A small KVM client, the init of a Linux on hv: makes virtual machines of one processor that run code in real, protected and long mode with
 * port and memory-mapped I/O, a dirty-page log and interrupts, says PASS or FAIL of each, and powers off.
 */
#include "system.h"

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/kvm.h>

enum {
    PAGE = 4096,
    LOW = 0xA0000,
    HIGH = 0x100000,
    HIGH_SIZE = 4 << 20,
    TSS = 0xFFFBD000,
    REAL = 0x1000, PROTECTED = 0x2000, TEXT = 0x3000, LONG = 0x4000, DATA = 0x5000, GDT = 0x6000, IDT = 0x7000, HANDLER = 0x8000,
    TABLES = 0x10000,
    STACK = 0x9F000,
    DIRTIED = 300,
    FIRST_DIRTIED = 0x200000,
    VECTOR = 0x41,
    POSTED = 200,
    FLUSHES = 1000,
    CPUID_ENTRIES = 256,
};

#define PRESENT_WRITABLE 3
#define LARGE (1 << 7)

extern char real_code[], protected_code[], long_code[], dirty_code[], interrupt_code[], interrupt_handler[], flush_code[], code_end[];

static int kvm, vm, cpu;
static struct kvm_run *run;
static char *low, *high;
static int passed, failed;
static char thread_stack[16384] __attribute__((aligned(16)));

static void check(const char *what, int good)
{
    say(good ? "PASS " : "FAIL ");
    say(what);
    say("\n");
    if (good)
        passed++;
    else
        failed++;
}

static void must(const char *what, long result)
{
    if (result >= 0)
        return;
    say("FAIL ");
    say(what);
    say(" gives error ");
    say_number(-result);
    say("\n");
    end();
}

static void load_modules(void)
{
    static char name[] = "/modules/0.ko";
    for (char i = '0'; i <= '9'; i++) {
        name[9] = i;
        int fd = open_file(name, O_RDONLY);
        if (fd >= 0)
            call(__NR_finit_module, fd, (word)"", 0, 0, 0, 0);
    }
}

static void prepare(void)
{
    call(__NR_mkdir, (word)"/dev", 0755, 0, 0, 0, 0);
    call(__NR_mkdir, (word)"/sys", 0755, 0, 0, 0, 0);
    call(__NR_mount, (word)"devtmpfs", (word)"/dev", (word)"devtmpfs", 0, 0, 0);
    call(__NR_mount, (word)"sysfs", (word)"/sys", (word)"sysfs", 0, 0, 0);
    int console = open_file("/dev/console", O_RDWR);
    call(__NR_dup2, console, 1, 0, 0, 0, 0);
    load_modules();
}

/* What of hardware virtualisation the kernel uses. */
static void parameters(void)
{
    static const char *names[] = {
        "kvm_intel/parameters/enable_apicv", "kvm_intel/parameters/pml", "kvm_intel/parameters/ept", "kvm_intel/parameters/eptad",
        "kvm_intel/parameters/vpid", "kvm_intel/parameters/unrestricted_guest", "kvm_intel/parameters/flexpriority",
        "kvm_intel/parameters/preemption_timer", "kvm_intel/parameters/nested", "kvm_intel/parameters/enable_shadow_vmcs",
        "kvm_intel/parameters/ple_gap", "kvm_amd/parameters/npt", "kvm_amd/parameters/avic", "kvm_amd/parameters/vgif", "kvm_amd/parameters/nested",
    };
    static char path[80] = "/sys/module/", value[32];
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        int at = 0;
        do
            path[12 + at] = names[i][at];
        while (names[i][at++]);
        read_line(path, value, sizeof value);
        if (!*value)
            continue;
        say(names[i]);
        say(" ");
        say(value);
        say("\n");
    }
}

static void slot(int number, word at, char *memory, word bytes, int flags)
{
    struct kvm_userspace_memory_region region = {number, flags, at, bytes, (word)memory};
    must("memory", io(vm, KVM_SET_USER_MEMORY_REGION, &region));
}

static void clear(char *p, word bytes)
{
    for (word i = 0; i < bytes; i += 8)
        *(volatile uint64_t *)(p + i) = 0;
}

static void create(int interrupts)
{
    static struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[CPUID_ENTRIES]; } cpuid;
    vm = io_number(kvm, KVM_CREATE_VM, 0);
    must("KVM_CREATE_VM", vm);
    io_number(vm, KVM_SET_TSS_ADDR, TSS);
    if (interrupts)
        must("KVM_CREATE_IRQCHIP", io(vm, KVM_CREATE_IRQCHIP, 0));
    clear(low, LOW);
    clear(high, HIGH_SIZE);
    slot(0, 0, low, LOW, 0);
    slot(1, HIGH, high, HIGH_SIZE, KVM_MEM_LOG_DIRTY_PAGES);
    cpu = io_number(vm, KVM_CREATE_VCPU, 0);
    must("KVM_CREATE_VCPU", cpu);
    long size = io(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    run = map_memory(size, cpu);
    cpuid.head.nent = CPUID_ENTRIES;
    must("KVM_GET_SUPPORTED_CPUID", io(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid));
    must("KVM_SET_CPUID2", io(cpu, KVM_SET_CPUID2, &cpuid));
}

static void destroy(void)
{
    call(__NR_close, cpu, 0, 0, 0, 0, 0);
    call(__NR_close, vm, 0, 0, 0, 0, 0);
}

static struct kvm_segment flat(int selector, int type, int wide)
{
    struct kvm_segment s = {.limit = 0xFFFFFFFF, .selector = selector, .type = type, .present = 1, .s = 1, .g = 1, .db = !wide, .l = wide};
    return s;
}

static void start(word rip)
{
    struct kvm_regs regs = {.rip = rip, .rsp = STACK, .rflags = 2};
    must("KVM_SET_REGS", io(cpu, KVM_SET_REGS, &regs));
}

/* Segments of a mode: 16, 32 or 64 bits. */
static void mode(int bits)
{
    struct kvm_sregs s;
    must("KVM_GET_SREGS", io(cpu, KVM_GET_SREGS, &s));
    if (bits == 16) {
        s.cs.base = s.cs.selector = 0;
    } else {
        s.cr0 |= 1;
        s.cs = flat(8, 11, bits == 64);
        s.ds = s.es = s.fs = s.gs = s.ss = flat(16, 3, 0);
    }
    if (bits == 64) {
        uint64_t *t = (uint64_t *)(low + TABLES);
        t[0] = (TABLES + PAGE) | PRESENT_WRITABLE;
        t[512] = (TABLES + 2 * PAGE) | PRESENT_WRITABLE;
        t[512 + 3] = (TABLES + 3 * PAGE) | PRESENT_WRITABLE;
        for (word i = 0; i < 512; i++) {
            t[1024 + i] = i << 21 | PRESENT_WRITABLE | LARGE;
            t[1536 + i] = 3UL << 30 | i << 21 | PRESENT_WRITABLE | LARGE;
        }
        uint64_t *g = (uint64_t *)(low + GDT);
        g[1] = 0x00AF9B000000FFFF;
        g[2] = 0x00CF93000000FFFF;
        s.gdt.base = GDT;
        s.gdt.limit = 23;
        s.idt.base = IDT;
        s.idt.limit = PAGE - 1;
        s.cr3 = TABLES;
        s.cr4 |= 1 << 5;
        s.cr0 |= 1UL << 31;
        s.efer |= 1 << 8 | 1 << 10;
    }
    must("KVM_SET_SREGS", io(cpu, KVM_SET_SREGS, &s));
}

static int runs(unsigned reason)
{
    must("KVM_RUN", io(cpu, KVM_RUN, 0));
    if (run->exit_reason == reason)
        return 1;
    say("exit reason ");
    say_number(run->exit_reason);
    say(" instead of ");
    say_number(reason);
    say("\n");
    return 0;
}

static char *port_data(void)
{
    return (char *)run + run->io.data_offset;
}

static int out(int port, int size, int count, const void *data)
{
    return runs(KVM_EXIT_IO) && run->io.direction == KVM_EXIT_IO_OUT && run->io.port == port && run->io.size == size
        && (int)run->io.count == count && same(port_data(), data, size * count);
}

static int in(int port, int value)
{
    int good = runs(KVM_EXIT_IO) && run->io.direction == KVM_EXIT_IO_IN && run->io.port == port && run->io.size == 1;
    *port_data() = value;
    return good;
}

static int memory(word at, int write, unsigned bytes, word value)
{
    int good = runs(KVM_EXIT_MMIO) && run->mmio.phys_addr == at && run->mmio.is_write == write && run->mmio.len == bytes;
    if (!write)
        copy(run->mmio.data, &value, bytes);
    return good && same(run->mmio.data, &value, bytes);
}

static struct kvm_regs registers(void)
{
    struct kvm_regs r;
    must("KVM_GET_REGS", io(cpu, KVM_GET_REGS, &r));
    return r;
}

static void real_mode(void)
{
    create(0);
    copy(low + REAL, real_code, protected_code - real_code);
    mode(16);
    start(REAL);
    check("real mode: OUT", out(0x60, 2, 1, "\x34\x12"));
    check("real mode: IN", in(0x61, 0x5A));
    check("real mode: memory-mapped write", memory(0xA0010, 1, 1, 0x5B));
    check("real mode: memory-mapped read", memory(0xA0020, 0, 1, 0x77));
    check("real mode: HLT", runs(KVM_EXIT_HLT));
    struct kvm_regs r = registers();
    check("real mode: registers", (r.rax & 0xFFFF) == 0x5B && (r.rcx & 0xFF) == 0x77);
    destroy();
}

static void protected_mode(void)
{
    create(0);
    copy(low + PROTECTED, protected_code, long_code - protected_code);
    copy(low + TEXT, "abc", 3);
    mode(32);
    start(PROTECTED);
    check("protected mode: memory-mapped write", memory(0xE0000000, 1, 4, 0xCAFEBABE));
    check("protected mode: memory-mapped read", memory(0xE0000004, 0, 4, 0x11223344));
    int good = 1;
    for (int i = 0; i < 3;) {
        if (!(good = good && runs(KVM_EXIT_IO)))
            break;
        good = run->io.size == 1 && run->io.count >= 1 && same(port_data(), low + TEXT + i, run->io.count);
        i += run->io.count;
    }
    check("protected mode: REP OUTSB", good);
    check("protected mode: HLT", runs(KVM_EXIT_HLT));
    struct kvm_regs r = registers();
    check("protected mode: registers", (uint32_t)r.rbx == 0x11223344 && (uint32_t)r.rbp == 0x11223344);
    destroy();
}

static void long_mode(void)
{
    create(0);
    copy(low + LONG, long_code, dirty_code - long_code);
    mode(64);
    start(LONG);
    check("long mode: memory-mapped write", memory(0xE0000008, 1, 8, 0x123456789ABCDEF0));
    check("long mode: memory-mapped read", memory(0xE0000010, 0, 8, 0x1111111111111111));
    check("long mode: HLT", runs(KVM_EXIT_HLT));
    uint64_t *data = (uint64_t *)(low + DATA);
    check("long mode: memory", data[0] == 0x123456789ABCDEF0 && data[1] == 0x23456789ABCDF001);
    destroy();
}

static void dirty_log(void)
{
    static uint64_t bitmap[HIGH_SIZE / PAGE / 64];
    struct kvm_dirty_log log = {.slot = 1, .dirty_bitmap = bitmap};
    create(0);
    copy(low + LONG, dirty_code, interrupt_code - dirty_code);
    mode(64);
    for (int round = 0; round < 3; round++) {
        start(LONG);
        int good = runs(KVM_EXIT_HLT);
        must("KVM_GET_DIRTY_LOG", io(vm, KVM_GET_DIRTY_LOG, &log));
        for (word page = 0; page < HIGH_SIZE / PAGE; page++) {
            word at = HIGH + page * PAGE;
            int written = at >= FIRST_DIRTIED && at < FIRST_DIRTIED + DIRTIED * PAGE;
            good = good && (int)(bitmap[page / 64] >> page % 64 & 1) == written;
        }
        check("dirty log: just the pages written", good);
    }
    must("KVM_GET_DIRTY_LOG", io(vm, KVM_GET_DIRTY_LOG, &log));
    check("dirty log: none without writes", same(bitmap, (uint64_t[HIGH_SIZE / PAGE / 64]){0}, sizeof bitmap));
    destroy();
}

/* Interrupts from another thread, one when the one before has been taken. */
static void post(void)
{
    volatile uint64_t *data = (uint64_t *)(low + DATA);
    struct kvm_msi msi = {.address_lo = 0xFEE00000, .data = VECTOR};
    for (word i = 0; i < POSTED; i++) {
        io(vm, KVM_SIGNAL_MSI, &msi);
        while (data[2] < 4 + i)
            asm volatile("pause");
    }
    for (;;)
        call(__NR_exit, 0, 0, 0, 0, 0, 0);
}

static void interrupts(void)
{
    create(1);
    copy(low + LONG, interrupt_code, interrupt_handler - interrupt_code);
    copy(low + HANDLER, interrupt_handler, flush_code - interrupt_handler);
    uint64_t *gate = (uint64_t *)(low + IDT + 16 * VECTOR);
    gate[0] = HANDLER | 8L << 16 | 0x8E00L << 32;
    mode(64);
    volatile uint64_t *data = (uint64_t *)(low + DATA);
    data[3] = 3 + POSTED;
    start(LONG);
    check("interrupts: self-IPIs and the timer", runs(KVM_EXIT_IO) && data[2] == 3);
    thread(post, thread_stack + sizeof thread_stack);
    check("interrupts: posted while the machine runs", runs(KVM_EXIT_IO) && data[2] == 3 + POSTED);
    destroy();
}

/*
 * Where KVM runs on Hyper-V and may leave its guest's flushes to it (direct virtual flush): hypercalls that flush the machine's translations, which KVM answers with an error, for it is told of no
 * hypercalls of its machine's.
 */
static void flushes(void)
{
    create(1);
    struct kvm_enable_cap direct = {.cap = KVM_CAP_HYPERV_DIRECT_TLBFLUSH};
    if (io(cpu, KVM_ENABLE_CAP, &direct) < 0) {
        say("direct flush N\n");
    } else {
        say("direct flush Y\n");
        /* KVM tells Hyper-V when it makes the VMCS current the next time: another one has to be current before */
        int other = io_number(vm, KVM_CREATE_VCPU, 1);
        must("KVM_CREATE_VCPU", other);
        copy(low + LONG, flush_code, code_end - flush_code);
        mode(64);
        uint64_t *data = (uint64_t *)(low + DATA);
        data[0] = 0;
        data[1] = 3;
        data[2] = 1;
        data[4] = FLUSHES;
        start(LONG);
        check("direct flush: flushes", runs(KVM_EXIT_IO) && data[4] == 0);
        check("direct flush: none failed", data[5] == 0);
        call(__NR_close, other, 0, 0, 0, 0, 0);
    }
    destroy();
}

int main(void)
{
    prepare();
    parameters();
    kvm = open_file("/dev/kvm", O_RDWR);
    must("/dev/kvm", kvm);
    check("API version", io(kvm, KVM_GET_API_VERSION, 0) == KVM_API_VERSION);
    low = map_memory(LOW, -1);
    high = map_memory(HIGH_SIZE, -1);
    real_mode();
    protected_mode();
    long_mode();
    dirty_log();
    interrupts();
    flushes();
    say("KVM-CLIENT passed ");
    say_number(passed);
    say(" failed ");
    say_number(failed);
    say("\n");
    end();
}
