/* What the hypervisor that is a guest has for both vendors. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

enum { PAGES = 64, PAGE = 4096, GUEST_RIP = 0x1000, GUEST_RSP = 0xF000, TIMER_VECTOR = 0x40 };

/* Memory of the guest: its page i is this one's PAGES - 1 - i. */
extern u8 guest_memory[PAGES][PAGE];
extern volatile u64 ticks;
extern u8 tss[], gdt[];
extern struct __attribute__((packed)) table_pointer { u16 limit; u64 base; } gdt_pointer;
extern struct table_pointer idt_pointer;

static inline u64 rdmsr(u32 msr) { u32 a, d; __asm__ volatile("rdmsr" : "=a"(a), "=d"(d) : "c"(msr)); return (u64) d << 32 | a; }
static inline void wrmsr(u32 msr, u64 v) { __asm__ volatile("wrmsr" : : "c"(msr), "a"((u32) v), "d"((u32) (v >> 32)) : "memory"); }

void text(const char *s);
void number(u64 n);
_Noreturn void fail(const char *what, u64 value);

/* What a guest did. */
enum { EXIT_OUT, EXIT_CPUID, EXIT_INTERRUPT, EXIT_MEMORY, EXIT_OTHER };
struct guest_exit { int kind; u64 reason, address; };

/* One hypervisor: prepares the guest; runs it until an exit, with RAX, RBX, RCX, RDX, RSI and RDI in registers; goes on behind an instruction; maps a page of the guest. */
struct vendor {
    void (*prepare)(void);
    struct guest_exit (*run)(u64 *registers);
    void (*skip)(void);
    void (*map)(u64 page);
};
extern const struct vendor vmx, svm;
