/*
 * mshv-check: has a Linux with /dev/mshv make partitions, without any VMM between: partitions come and go, code runs in them, what it does reaches this program,
 * and what this program does reaches the code. Says PASS or FAIL of each, and ends with status 0 when nothing failed.
 */
#include "../../../test/guests/kvm-client/system.h"
#include "mshv.h"

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

int main(void)
{
    mshv = must("/dev/mshv", open_file("/dev/mshv", O_RDWR));
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
