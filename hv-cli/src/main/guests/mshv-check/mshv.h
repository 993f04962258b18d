/*
 * The interface of /dev/mshv that this program uses, and the layouts of the hypervisor behind it. Written down from the public description of the interface;
 * kernels whose headers have it are newer than the compilers that build this.
 */
#include <stdint.h>

#define MSHV_IOW(number, type) (1u << 30 | (unsigned)sizeof(type) << 16 | 0xB8 << 8 | (number))
#define MSHV_IOR(number, type) (2u << 30 | (unsigned)sizeof(type) << 16 | 0xB8 << 8 | (number))
#define MSHV_IOWR(number, type) (3u << 30 | (unsigned)sizeof(type) << 16 | 0xB8 << 8 | (number))

enum { PT_LAPIC = 1, PT_X2APIC = 2, PT_SUPER_PAGES = 4 };
enum { MEMORY_WRITABLE = 1, MEMORY_EXECUTABLE = 2, MEMORY_UNMAP = 4 };
enum { DATAMATCH = 1, DEASSIGN = 4 };
enum { ACCESSED = 0, DIRTY = 1, OP_NONE = 0, OP_CLEAR = 1, OP_SET = 2 };
enum { REGISTERS_PAGE = 0, MESSAGE_PAGE = 1 };

struct create_partition { uint64_t flags, isolation; };
struct create_vp { uint32_t index; };
struct memory_region { uint64_t size, first_page, user_address; uint8_t flags, reserved[7]; };
struct user_irqfd { int32_t fd, resample_fd; uint32_t gsi, flags; };
struct user_ioeventfd { uint64_t match, address; uint32_t length; int32_t fd; uint32_t flags; uint8_t reserved[4]; };
struct irq_entry { uint32_t gsi, address_low, address_high, data; };
struct irq_table { uint32_t count, reserved; struct irq_entry entries[1]; };
struct access_bitmap { uint8_t type, operation, reserved[6]; uint64_t pages, first, bits; };
struct hypercall { uint16_t code, reps, input_size, output_size, status; uint8_t reserved[6]; uint64_t input, output; };
struct run_vp { uint8_t message[256]; };
struct vp_state { uint8_t type, reserved[3]; uint32_t size; uint64_t buffer; };

#define CREATE_PARTITION MSHV_IOW(0, struct create_partition)
#define INITIALIZE_PARTITION (0xB8 << 8)
#define CREATE_VP MSHV_IOW(1, struct create_vp)
#define SET_GUEST_MEMORY MSHV_IOW(2, struct memory_region)
#define IRQFD MSHV_IOW(3, struct user_irqfd)
#define IOEVENTFD MSHV_IOW(4, struct user_ioeventfd)
/* The table's entries do not count. */
#define SET_MSI_ROUTING (1u << 30 | 8u << 16 | 0xB8 << 8 | 5)
#define GET_ACCESS_BITMAP MSHV_IOWR(6, struct access_bitmap)
#define HYPERCALL MSHV_IOWR(7, struct hypercall)
#define RUN_VP MSHV_IOR(0, struct run_vp)
#define GET_VP_STATE MSHV_IOWR(1, struct vp_state)
#define SET_VP_STATE MSHV_IOWR(2, struct vp_state)

enum {
    CALL_GET_PROPERTY = 0x44, CALL_SET_PROPERTY = 0x45, CALL_INSTALL_INTERCEPT = 0x4D, CALL_GET_REGISTERS = 0x50, CALL_SET_REGISTERS = 0x51,
    CALL_TRANSLATE = 0x52, CALL_CPUID_RESULT = 0x91, CALL_ASSERT_INTERRUPT = 0x94, CALL_CPUID_VALUES = 0xF4,
};

enum {
    MESSAGE_UNMAPPED = 0x80000000, MESSAGE_GPA = 0x80000001, MESSAGE_INVALID_REGISTERS = 0x80000020, MESSAGE_UNRECOVERABLE = 0x80000021, MESSAGE_IO = 0x80010000, MESSAGE_CPUID = 0x80010002,
};

enum { REGISTER_RAX = 0x20000, REGISTER_RBX = 0x20003, REGISTER_RIP = 0x20010, REGISTER_RFLAGS = 0x20011, REGISTER_CR0 = 0x40000, REGISTER_CR4 = 0x40003, REGISTER_CS = 0x60001 };

/* A register by name, as HvCallSetVpRegisters takes it. */
struct register_value { uint32_t name, reserved; uint64_t reserved2, low, high; };
