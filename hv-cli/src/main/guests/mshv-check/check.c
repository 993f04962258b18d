/*
 * mshv-check: has a Linux with /dev/mshv make partitions, without any VMM between: partitions come and go, code runs in them, what it does reaches this program,
 * and what this program does reaches the code. Says PASS or FAIL of each, and ends with status 0 when nothing failed.
 */
#include "../../../test/guests/kvm-client/system.h"
#include "mshv.h"

#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

enum { PAGE = 4096, MEMORY = 4 << 20, CODE_AT = 0x1000, MMIO = 0xE0000000, TIMES = 20 };

extern char io_code[], io_end[], dirty_code[], dirty_end[], wait_code[], wait_end[], bell_code[], bell_end[];

static int mshv, partition, processor;
static char *memory;
static struct run_vp run;
static int passed, failed;

static void check(const char *what, int good)
{
    say(good ? "PASS " : "FAIL ");
    say(what);
    say("\n");
    *(good ? &passed : &failed) += 1;
}

static void leave(int status)
{
    call(__NR_exit_group, status, 0, 0, 0, 0, 0);
}

static long must(const char *what, long result)
{
    if (result < 0) {
        say("FAIL ");
        say(what);
        say(" gives error ");
        say_number(-result);
        say("\n");
        leave(1);
    }
    return result;
}

static uint32_t u32(int at)
{
    return *(uint32_t *)(run.message + at);
}

static uint64_t u64(int at)
{
    return *(uint64_t *)(run.message + at);
}

/* A hypercall about the partition or the processor: its status. The kernel puts in whose it is. */
static int hypercall(int of, int code, int reps, void *input, int input_size, void *output, int output_size)
{
    struct hypercall h = {code, reps, input_size, output_size, 0, {0}, (word)input, (word)output};
    long result = io(of, HYPERCALL, &h);
    return h.status ? h.status : result < 0 ? -1 : 0;
}

static int set_property(uint32_t code, uint64_t value)
{
    uint64_t input[3] = {0, code, value};
    return hypercall(partition, CALL_SET_PROPERTY, 0, input, sizeof input, 0, 0);
}

static int get_property(uint32_t code, uint64_t *value)
{
    uint64_t input[2] = {0, code};
    return hypercall(partition, CALL_GET_PROPERTY, 0, input, sizeof input, value, 8);
}

static int set_register(uint32_t name, uint64_t low, uint64_t high)
{
    struct { uint64_t partition; uint32_t vp, vtl; struct register_value value; } input = {0, 0, 0, {name, 0, 0, low, high}};
    return hypercall(processor, CALL_SET_REGISTERS, 1, &input, sizeof input, 0, 0);
}

static int get_register(uint32_t name, uint64_t *value)
{
    struct { uint64_t partition; uint32_t vp, vtl; uint32_t name; } __attribute__((packed)) input = {0, 0, 0, name};
    return hypercall(processor, CALL_GET_REGISTERS, 1, &input, sizeof input, value, 16);
}

static void create(void)
{
    struct create_partition how = {PT_LAPIC | PT_X2APIC, 0};
    partition = must("MSHV_CREATE_PARTITION", io(mshv, CREATE_PARTITION, &how));
    must("synthetic features", -set_property(0x10001, 0x06400FFB));
    must("MSHV_INITIALIZE_PARTITION", io_number(partition, INITIALIZE_PARTITION, 0));
    struct memory_region region = {MEMORY, 0, (word)memory, MEMORY_WRITABLE | MEMORY_EXECUTABLE, {0}};
    must("MSHV_SET_GUEST_MEMORY", io(partition, SET_GUEST_MEMORY, &region));
    struct create_vp vp = {0};
    processor = must("MSHV_CREATE_VP", io(partition, CREATE_VP, &vp));
}

static void destroy(void)
{
    call(__NR_close, processor, 0, 0, 0, 0, 0);
    call(__NR_close, partition, 0, 0, 0, 0, 0);
}

/* Code in real mode at CODE_AT. */
static void load(const char *code, const char *end)
{
    copy(memory + CODE_AT, code, end - code);
    /* base, limit, selector, attributes */
    must("CS", -set_register(REGISTER_CS, 0, 0xFFFFull | (uint64_t)0x9B << 48));
    must("RIP", -set_register(REGISTER_RIP, CODE_AT, 0));
    must("RFLAGS", -set_register(REGISTER_RFLAGS, 2, 0));
}

/* Runs until a message; its type. */
static uint32_t go(void)
{
    must("MSHV_RUN_VP", io(processor, RUN_VP, &run));
    return u32(0);
}

/* The processor goes on behind the instruction of the message. */
static void advance(void)
{
    must("RIP", -set_register(REGISTER_RIP, u64(16 + 24) + (run.message[16 + 4] & 15), 0));
}

static void properties(void)
{
    uint64_t value = 0;
    check("a property that was set is read", !set_property(0x50017, 1) && !get_property(0x50017, &value) && value == 1);
    check("privileges do not change once a partition is initialized", set_property(0x10000, 0) == 7);
    check("a property that does not exist", get_property(0x12345, &value) == 9);
    check("there are features of processors", !get_property(0x6000A, &value) && value & 1);
    check("a processor begins at its reset vector", !get_register(REGISTER_RIP, (uint64_t[2]){0}));
}

static void ports(void)
{
    load(io_code, io_end);
    check("OUT is a message", go() == MESSAGE_IO);
    check("it has port, size and value", *(uint16_t *)(run.message + 56) == 0x3F8 && (run.message[58] & 7) == 1 && (u64(64) & 0xFF) == '4');
    advance();
    check("IN is a message", go() == MESSAGE_IO && !run.message[16 + 5]);
    must("RAX", -set_register(REGISTER_RAX, 0x21, 0));
    advance();
    check("the code has what IN gave", go() == MESSAGE_IO && (u64(64) & 0xFF) == 0x22);
    advance();
    check("a write to no memory is a message", go() == MESSAGE_UNMAPPED && run.message[16 + 5] == 1);
    check("it has the address", u64(16 + 40 + 16) == MMIO);
}

static void logs(void)
{
    static uint8_t bits[MEMORY / PAGE / 8];
    struct access_bitmap b = {DIRTY, OP_CLEAR, {0}, MEMORY / PAGE, 0, (word)bits};
    must("tracking", -set_property(0x50005, 1));
    must("MSHV_GET_GPAP_ACCESS_BITMAP", io(partition, GET_ACCESS_BITMAP, &b));
    load(dirty_code, dirty_end);
    check("code that writes to pages ends", go() == MESSAGE_IO);
    must("MSHV_GET_GPAP_ACCESS_BITMAP", io(partition, GET_ACCESS_BITMAP, &b));
    int right = 1;
    for (int page = 0; page < MEMORY / PAGE; page++)
        right &= (bits[page / 8] >> page % 8 & 1) == (page >= 0x20 && page < 0x30);
    check("the log has these pages and no others", right);
    b.operation = OP_SET;
    io(partition, GET_ACCESS_BITMAP, &b);
    must("tracking", -set_property(0x50005, 0));
}

static void interrupts(void)
{
    /* the handler of vector 0x41 is at the end of the code */
    load(wait_code, wait_end);
    *(uint32_t *)(memory + 0x41 * 4) = CODE_AT + 0x40;
    must("RSP", -set_register(0x20004, 0x8000, 0));
    check("code says that it waits", go() == MESSAGE_IO);
    advance();
    struct { uint64_t partition; uint64_t control, destination; uint32_t vector; uint8_t vtl, reserved[3]; } input = {0, 0, 0, 0x41, 0, {0}};
    check("an interrupt is asserted", !hypercall(partition, CALL_ASSERT_INTERRUPT, 0, &input, sizeof input, 0, 0));
    check("it reaches its handler", go() == MESSAGE_IO && *(uint16_t *)(run.message + 56) == 0xE9);
}

/* A doorbell takes the writes it listens for; others are messages. */
static void doorbells(void)
{
    int event = must("eventfd", call(__NR_eventfd2, 0, 04000, 0, 0, 0, 0));
    struct user_ioeventfd bell = {7, MMIO, 4, event, DATAMATCH, {0}};
    must("MSHV_IOEVENTFD", io(partition, IOEVENTFD, &bell));
    load(bell_code, bell_end);
    check("a write of another value is a message", go() == MESSAGE_UNMAPPED && u64(16 + 40 + 16) == MMIO);
    uint64_t count = 0;
    long tries = 0;
    while (call(__NR_read, event, (word)&count, 8, 0, 0, 0) != 8 && tries++ < 1000000)
        ;
    check("the doorbell was heard", count >= 1 && count <= 2);
    bell.flags |= DEASSIGN;
    check("it is taken down", !io(partition, IOEVENTFD, &bell));
    call(__NR_close, event, 0, 0, 0, 0, 0);
}

/* What registers do not have, and CPUID. */
static void states(void)
{
    static uint8_t page[PAGE] __attribute__((aligned(PAGE))), again[PAGE] __attribute__((aligned(PAGE)));
    static const uint8_t types[] = {0, 1, 2, 3};
    int same_each = 1;
    for (unsigned i = 0; i < sizeof types; i++) {
        struct vp_state state = {types[i], {0}, PAGE, (word)page};
        same_each &= !io(processor, GET_VP_STATE, &state);
        /* the kernel says there how much it is */
        state.size = PAGE;
        same_each &= !io(processor, SET_VP_STATE, &state);
        state.size = PAGE;
        state.buffer = (word)again;
        same_each &= !io(processor, GET_VP_STATE, &state);
        same_each &= same(page, again, i == 0 ? 176 : 1024);
    }
    check("APIC, XSAVE area and SynIC pages are read and written", same_each);
    struct vp_state state = {4, {0}, PAGE, (word)page};
    check("timers are read", !io(processor, GET_VP_STATE, &state));
    struct { uint64_t partition; uint32_t vp, type, leaf, subleaf; uint8_t specific, always; uint16_t pad; uint32_t values[8]; } __attribute__((packed)) result
        = {0, 0, 2, 0x40000123, 0, 0, 0, 0, {0x1234, 0xFFFF, 0, 0, 0, 0, 0, 0}};
    check("a result of CPUID is registered", !hypercall(processor, CALL_CPUID_RESULT, 0, &result, sizeof result, 0, 0));
    struct { uint64_t partition; uint32_t vp, flags; uint64_t reserved; uint32_t leaf, subleaf; uint64_t xfem, xss; } __attribute__((packed)) asked = {0, 0, 0, 0, 0x40000123, 0, 0, 0};
    uint32_t answer[4] = {0};
    check("it is what CPUID answers", !hypercall(processor, CALL_CPUID_VALUES, 1, &asked, sizeof asked, answer, sizeof answer) && answer[0] == 0x1234);
    uint64_t value[2];
    check("registers of the x87 and of synthetic MSRs are there", !get_register(0x30018, value) && !get_register(0xA0010, value) && !get_register(0x41000, value) && !set_register(0x41000, value[0], 0));
    check("a register that does not exist", get_register(0x7FFFF, value) == 5);
}

/* Registers that no processor can hold: RUN_VP comes back, and the processor goes on when it has others. */
static void impossible(void)
{
    load(io_code, io_end);
    uint64_t cr4[2];
    must("CR4", -get_register(REGISTER_CR4, cr4));
    must("CR4", -set_register(REGISTER_CR4, cr4[0] | 1ull << 63, 0));
    check("registers that no processor can hold are a message", go() == MESSAGE_INVALID_REGISTERS);
    must("CR4", -set_register(REGISTER_CR4, cr4[0], 0));
    check("with others it goes on", go() == MESSAGE_IO);
    must("CR4", -set_register(REGISTER_CR4, cr4[0] | 1ull << 63, 0));
    check("without them it stops again", go() == MESSAGE_INVALID_REGISTERS);
}

int main(void)
{
    mshv = open_file("/dev/mshv", O_RDWR);
    if (mshv == -ENOENT) {
        say("FAIL there is no /dev/mshv: this kernel lacks CONFIG_MSHV_ROOT, or hv run was not told --parent l1vh or --parent root\n");
        leave(1);
    }
    must("/dev/mshv", mshv);
    memory = map_memory(MEMORY, -1);
    create();
    properties();
    ports();
    destroy();
    create();
    logs();
    destroy();
    create();
    interrupts();
    destroy();
    create();
    states();
    doorbells();
    destroy();
    create();
    impossible();
    destroy();
    for (int i = 0; i < TIMES; i++) {
        create();
        load(io_code, io_end);
        go();
        destroy();
    }
    check("partitions come and go", 1);
    say("mshv-check: ");
    say_number(passed);
    say(" passed, ");
    say_number(failed);
    say(" failed\n");
    leave(failed != 0);
    return 0;
}
