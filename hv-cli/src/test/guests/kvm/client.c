/*
 * A small KVM client, the init of a Linux on hv's bare machine: runs one program of kvm-unit-tests (/test.flat, arguments in /args) in a virtual
 * machine of one processor and powers off. It has the devices that such a program needs beside KVM's own: the serial port, the firmware
 * configuration (processors, memory), the interrupt lines of QEMU's test device, and its exit port.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MEMORY = 192 << 20,
    BASE_MEMORY = 0x9F000,
    MULTIBOOT_INFO = 0x9000,
    MEMORY_MAP = 0x9100,
    COMMAND_LINE = 0x9800,
    COMMAND_LINE_MOST = 0x6800,
    TSS = 0xFFFBD000,
    SERIAL = 0x3F8,
    SERIAL_STATUS = 0x3FD,
    CONFIG_SELECT = 0x510,
    CONFIG_DATA = 0x511,
    CONFIG_MEMORY = 3,
    CONFIG_PROCESSORS = 5,
    TEST_LINES = 0x2000,
    LINES = 24,
    TEST_EXIT = 0xF4,
};

static void end(void)
{
    reboot(RB_POWER_OFF);
    _exit(0);
}

static void fail(const char *what)
{
    printf("CLIENT: %s: %s\n", what, strerror(errno));
    end();
}

static void load_module(const char *file, const char *parameters)
{
    int fd = open(file, O_RDONLY);
    if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
        fail(file);
    close(fd);
}

static void prepare(void)
{
    mkdir("/dev", 0755);
    mount("devtmpfs", "/dev", "devtmpfs", 0, 0);
    int console = open("/dev/console", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(console, fd);
    setvbuf(stdout, 0, _IONBF, 0);
    load_module("/irqbypass.ko", "");
    load_module("/kvm.ko", "");
    unsigned eax, ebx, ecx, edx;
    if (__get_cpuid(0, &eax, &ebx, &ecx, &edx) && ebx == signature_AMD_ebx) {
        load_module("/ccp.ko", "");
        load_module("/kvm-amd.ko", "nested=1");
    } else {
        load_module("/kvm-intel.ko", "nested=1");
    }
}

/* Puts the program, a command line and a memory map where a multiboot loader would; returns its entry. */
static uint32_t load(uint8_t *memory)
{
    int fd = open("/test.flat", O_RDONLY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status))
        fail("/test.flat");
    uint8_t *file = mmap(0, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    Elf32_Ehdr *head = (void *)file;
    Elf32_Phdr *segment = (void *)(file + head->e_phoff);
    for (int i = 0; i < head->e_phnum; i++)
        if (segment[i].p_type == PT_LOAD)
            memcpy(memory + segment[i].p_paddr, file + segment[i].p_offset, segment[i].p_filesz);

    char *line = (char *)memory + COMMAND_LINE;
    strcpy(line, "test.flat ");
    int args = open("/args", O_RDONLY);
    if (args >= 0 && read(args, line + strlen(line), COMMAND_LINE_MOST - 32) < 0)
        fail("/args");
    line[strcspn(line, "\n")] = 0;

    struct __attribute__((packed)) { uint32_t size; uint64_t base, length; uint32_t type; } map[2] = {
        {20, 0, BASE_MEMORY, 1}, {20, 0x100000, MEMORY - 0x100000, 1},
    };
    memcpy(memory + MEMORY_MAP, map, sizeof map);
    uint32_t *info = (uint32_t *)(memory + MULTIBOOT_INFO);
    info[0] = 1 | 1 << 2 | 1 << 6;
    info[1] = BASE_MEMORY >> 10;
    info[2] = (MEMORY >> 10) - 1024;
    info[4] = COMMAND_LINE;
    info[11] = sizeof map;
    info[12] = MEMORY_MAP;
    return head->e_entry;
}

/* The state that the multiboot specification asks for: flat 32-bit protected mode. */
static void start_state(int kvm, int cpu, uint32_t entry)
{
    struct kvm_cpuid2 *cpuid = calloc(1, sizeof *cpuid + 200 * sizeof(struct kvm_cpuid_entry2));
    cpuid->nent = 200;
    if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) || ioctl(cpu, KVM_SET_CPUID2, cpuid))
        fail("CPUID");
    struct kvm_sregs special;
    if (ioctl(cpu, KVM_GET_SREGS, &special))
        fail("KVM_GET_SREGS");
    struct kvm_segment code = {.limit = 0xFFFFFFFF, .selector = 8, .type = 11, .present = 1, .db = 1, .s = 1, .g = 1};
    struct kvm_segment data = code;
    data.type = 3;
    data.selector = 16;
    special.cs = code;
    special.ds = special.es = special.fs = special.gs = special.ss = data;
    special.cr0 = 0x11;
    struct kvm_regs general = {.rax = 0x2BADB002, .rbx = MULTIBOOT_INFO, .rip = entry, .rflags = 2};
    if (ioctl(cpu, KVM_SET_SREGS, &special) || ioctl(cpu, KVM_SET_REGS, &general))
        fail("KVM_SET_REGS");
}

static void out(int vm, int port, const uint8_t *data, unsigned *key, unsigned *at)
{
    if (port == SERIAL) {
        if (write(1, data, 1) != 1)
            end();
    } else if (port == CONFIG_SELECT) {
        *key = data[0] | data[1] << 8;
        *at = 0;
    } else if (port >= TEST_LINES && port < TEST_LINES + LINES) {
        struct kvm_irq_level line = {.irq = port - TEST_LINES, .level = *data};
        if (ioctl(vm, KVM_IRQ_LINE, &line))
            fail("KVM_IRQ_LINE");
    } else if (port == TEST_EXIT) {
        printf("\nCLIENT: exit %d\n", *data << 1 | 1);
        end();
    }
}

static uint8_t in(int port, unsigned key, unsigned *at)
{
    if (port == SERIAL_STATUS)
        return 0x60;
    if (port != CONFIG_DATA)
        return 0xFF;
    unsigned i = (*at)++;
    return key == CONFIG_PROCESSORS ? i == 0 : key == CONFIG_MEMORY && i < 8 ? (uint64_t)MEMORY >> 8 * i : 0;
}

int main(void)
{
    prepare();
    int kvm = open("/dev/kvm", O_RDWR);
    int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
    struct kvm_pit_config pit = {0};
    if (vm < 0 || ioctl(vm, KVM_SET_TSS_ADDR, TSS) || ioctl(vm, KVM_CREATE_IRQCHIP) || ioctl(vm, KVM_CREATE_PIT2, &pit))
        fail("/dev/kvm");
    uint8_t *memory = mmap(0, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct kvm_userspace_memory_region region = {.memory_size = MEMORY, .userspace_addr = (uintptr_t)memory};
    if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
        fail("KVM_SET_USER_MEMORY_REGION");
    uint32_t entry = load(memory);
    int cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    if (cpu < 0)
        fail("KVM_CREATE_VCPU");
    struct kvm_run *run = mmap(0, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
    start_state(kvm, cpu, entry);

    unsigned key = 0, at = 0;
    for (;;) {
        if (ioctl(cpu, KVM_RUN, 0)) {
            if (errno == EINTR || errno == EAGAIN)
                continue;
            fail("KVM_RUN");
        }
        uint8_t *data = (uint8_t *)run + run->io.data_offset;
        switch (run->exit_reason) {
        case KVM_EXIT_IO:
            for (unsigned n = 0; n < run->io.count; n++, data += run->io.size)
                if (run->io.direction == KVM_EXIT_IO_OUT) {
                    out(vm, run->io.port, data, &key, &at);
                } else {
                    memset(data, 0xFF, run->io.size);
                    *data = in(run->io.port, key, &at);
                }
            break;
        case KVM_EXIT_MMIO:
            if (!run->mmio.is_write)
                memset(run->mmio.data, 0xFF, sizeof run->mmio.data);
            break;
        case KVM_EXIT_INTR:
            break;
        default:
            printf("CLIENT: KVM exit %u\n", run->exit_reason);
            end();
        }
    }
}
