/*
 * How long an exit to a VMM in user space and the way back take: code in a virtual machine writes to a port again and again, and this program takes each write and has the code go on. With /dev/mshv
 * where that is, as QEMU and Cloud Hypervisor use it (the instruction pointer goes on by the register page), else with /dev/kvm. As the first program of a Linux it loads /modules/0.ko and those
 * after it, and powers off at the end.
 */
#include "system.h"
#include "mshv.h"

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/kvm.h>
#include <linux/time.h>

enum { PAGE = 4096, MEMORY = 1 << 20, CODE_AT = 0x1000, WARM = 20000, COUNT = 200000 };
enum { PAGE_DIRTY = 4, PAGE_RIP = 0x88, DIRTY_RIP = 2 };

/* out %al, $0xE9; jmp back to it */
static const char code[] = {0xE6, 0xE9, 0xEB, 0xFC};

static char *memory;
static int processor;

static void leave(const char *why)
{
    if (why) {
        say("exits: failed: ");
        say(why);
        say("\n");
    }
    if (call(__NR_getpid, 0, 0, 0, 0, 0, 0) == 1)
        end();
    call(__NR_exit_group, why != 0, 0, 0, 0, 0, 0);
}

static long must(const char *what, long result)
{
    if (result < 0)
        leave(what);
    return result;
}

static void say_decimal(uint64_t value)
{
    char text[24];
    int at = sizeof text - 1;
    text[at] = 0;
    do
        text[--at] = '0' + value % 10;
    while (value /= 10);
    say(text + at);
}

static uint64_t now(void)
{
    struct { int64_t seconds, nanoseconds; } t;
    call(__NR_clock_gettime, CLOCK_MONOTONIC, (word)&t, 0, 0, 0, 0);
    return t.seconds * 1000000000ull + t.nanoseconds;
}

/* Registers of the partition's processor, by a hypercall. */
static void set_register(uint32_t name, uint64_t low, uint64_t high)
{
    struct { uint64_t partition; uint32_t vp, vtl; struct register_value value; } input = {0, 0, 0, {name, 0, 0, low, high}};
    struct hypercall h = {CALL_SET_REGISTERS, 1, sizeof input, 0, 0, {0}, (word)&input, 0};
    must("HvCallSetVpRegisters", io(processor, HYPERCALL, &h));
}

static struct run_vp message;
static volatile char *page;

static void mshv_once(void)
{
    must("MSHV_RUN_VP", io(processor, RUN_VP, &message));
    if (*(uint32_t *)message.message != MESSAGE_IO)
        leave("another message");
    *(volatile uint64_t *)(page + PAGE_RIP) = CODE_AT;
    *(volatile uint32_t *)(page + PAGE_DIRTY) |= DIRTY_RIP;
}

static void mshv(int device)
{
    struct create_partition how = {PT_LAPIC, 0};
    int partition = must("MSHV_CREATE_PARTITION", io(device, CREATE_PARTITION, &how));
    must("MSHV_INITIALIZE_PARTITION", io_number(partition, INITIALIZE_PARTITION, 0));
    struct memory_region region = {MEMORY, 0, (word)memory, MEMORY_WRITABLE | MEMORY_EXECUTABLE, {0}};
    must("MSHV_SET_GUEST_MEMORY", io(partition, SET_GUEST_MEMORY, &region));
    struct create_vp vp = {0};
    processor = must("MSHV_CREATE_VP", io(partition, CREATE_VP, &vp));
    page = map_memory(PAGE, processor);
    if (!page)
        leave("the register page");
    /* base, limit, selector, attributes */
    set_register(REGISTER_CS, 0, 0xFFFFull | (uint64_t)0x9B << 48);
    set_register(REGISTER_RIP, CODE_AT, 0);
    set_register(REGISTER_RFLAGS, 2, 0);
}

static struct kvm_run *run;

static void kvm_once(void)
{
    must("KVM_RUN", io_number(processor, KVM_RUN, 0));
    if (run->exit_reason != KVM_EXIT_IO)
        leave("another exit");
}

static void kvm(int device)
{
    static struct kvm_sregs sregs;
    struct kvm_regs regs = {.rip = CODE_AT, .rflags = 2};
    int vm = must("KVM_CREATE_VM", io_number(device, KVM_CREATE_VM, 0));
    struct kvm_userspace_memory_region region = {0, 0, 0, MEMORY, (word)memory};
    must("memory", io(vm, KVM_SET_USER_MEMORY_REGION, &region));
    processor = must("KVM_CREATE_VCPU", io_number(vm, KVM_CREATE_VCPU, 0));
    run = map_memory(must("size", io_number(device, KVM_GET_VCPU_MMAP_SIZE, 0)), processor);
    must("KVM_GET_SREGS", io(processor, KVM_GET_SREGS, &sregs));
    sregs.cs.base = 0;
    sregs.cs.selector = 0;
    must("KVM_SET_SREGS", io(processor, KVM_SET_SREGS, &sregs));
    must("KVM_SET_REGS", io(processor, KVM_SET_REGS, &regs));
}

static void first(void)
{
    call(__NR_mkdir, (word)"/dev", 0755, 0, 0, 0, 0);
    call(__NR_mount, (word)"devtmpfs", (word)"/dev", (word)"devtmpfs", 0, 0, 0);
    call(__NR_dup2, open_file("/dev/console", O_RDWR), 1, 0, 0, 0, 0);
    static char name[] = "/modules/0.ko";
    for (char i = '0'; i <= '9'; i++) {
        name[9] = i;
        int file = open_file(name, O_RDONLY);
        if (file >= 0)
            call(__NR_finit_module, file, (word)"", 0, 0, 0, 0);
    }
}

int main(void)
{
    if (call(__NR_getpid, 0, 0, 0, 0, 0, 0) == 1)
        first();
    memory = map_memory(MEMORY, -1);
    copy(memory + CODE_AT, code, sizeof code);
    int device = open_file("/dev/mshv", O_RDWR);
    void (*once)(void) = device >= 0 ? mshv_once : kvm_once;
    if (device >= 0)
        mshv(device);
    else
        kvm(must("neither /dev/mshv nor /dev/kvm", open_file("/dev/kvm", O_RDWR)));
    for (int i = 0; i < WARM; i++)
        once();
    uint64_t from = now();
    for (int i = 0; i < COUNT; i++)
        once();
    uint64_t taken = now() - from;
    say(device >= 0 ? "exits: /dev/mshv " : "exits: /dev/kvm ");
    say_decimal(taken / COUNT);
    say(" ns\n");
    leave(0);
    return 0;
}
