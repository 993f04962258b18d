/* The hypervisor's interface as a parent uses it (TLFS), and what all parts of this guest share. */
#pragma once
#include "../demo/machine.h"

/* Statuses of hypercalls. */
enum {
    OK = 0, BAD_CODE = 2, BAD_INPUT = 3, BAD_ALIGNMENT = 4, BAD_PARAMETER = 5, ACCESS_DENIED = 6, BAD_STATE = 7, OPERATION_DENIED = 8, UNKNOWN_PROPERTY = 9,
    OUT_OF_RANGE = 0xA, NO_MEMORY = 0xB, BAD_PARTITION = 0xD, BAD_VP = 0xE, NOT_FOUND = 0x10, BAD_PORT = 0x11, BAD_CONNECTION = 0x12, NO_BUFFERS = 0x13,
    BAD_SYNIC = 0x18, IN_USE = 0x19, BAD_LP = 0x41, NO_RESOURCES = 0x1D, UNAVAILABLE = 0x1E, BAD_VALUE = 0x50,
};

/* Hypercalls. */
enum {
    LP_RUN_TIME = 0x04, LONG_SPIN_WAIT = 0x08, CREATE_PARTITION = 0x40, INITIALIZE = 0x41, FINALIZE = 0x42, DELETE = 0x43, GET_PROPERTY = 0x44, SET_PROPERTY = 0x45, GET_PARTITION_ID = 0x46,
    DEPOSIT = 0x48, WITHDRAW = 0x49, MAP = 0x4B, UNMAP = 0x4C, INSTALL_INTERCEPT = 0x4D, CREATE_VP = 0x4E, DELETE_VP = 0x4F, GET_REGISTERS = 0x50, SET_REGISTERS = 0x51,
    TRANSLATE = 0x52, CLEAR_INTERRUPT = 0x56, DELETE_PORT = 0x58, DISCONNECT_PORT = 0x5B, POST_MESSAGE = 0x5C, SIGNAL_EVENT = 0x5D, UNMAP_STATS = 0x6D,
    SET_SYSTEM = 0x6F, MAP_STATS_DEPOSITED = 0x6C, ADD_LP = 0x76, GET_SYSTEM = 0x7B, MAP_DEVICE_INTERRUPT = 0x7C, UNMAP_DEVICE_INTERRUPT = 0x7D, ENTER_SLEEP = 0x84, PARTITION_EVENT = 0x87,
    RING_EMPTY = 0x8B, INTERCEPT_RESULT = 0x91, NO_INTERCEPT_RESULT = 0x92, ASSERT_INTERRUPT = 0x94, CREATE_PORT = 0x95, CONNECT_PORT = 0x96, SIGNAL_DIRECT = 0xC0, POST_DIRECT = 0xC1, DISPATCH_VP = 0xC2,
    ACCESS_STATES = 0xC9, MAP_STATE_PAGE = 0xE1, UNMAP_STATE_PAGE = 0xE2, GET_STATE = 0xE3, SET_STATE = 0xE4, CPUID_VALUES = 0xF4, GET_PROPERTY_EX = 0x101, MAP_STATS = 0x131,
    FAST = 1 << 16,
};

#define SELF (~0ul)
/* Kinds of statistics that are the machine's. */
enum { STATS_HYPERVISOR = 1, STATS_LOGICAL = 2 };
#define LAPIC (1ul << 13)
/* Rights of pages. */
enum { READ = 1, WRITE = 2, EXECUTE = 0xC, ALL = 0xF, WITHHELD = 0x10000 };
#define LARGE (1ul << 31)

/* Registers. */
enum {
    EXPLICIT_SUSPEND = 0, INTERCEPT_SUSPEND = 1, DISPATCH_SUSPEND = 3, ROOT_SIGNALS = 0x90014, INTERNAL_ACTIVITY = 4, PENDING_INTERRUPTION = 0x10002, DELIVERABILITY = 0x10006, RAX = 0x20000, RCX = 0x20001, RDX = 0x20002, RBX = 0x20003, RSP = 0x20004, RDI = 0x20007,
    RIP = 0x20010, RFLAGS = 0x20011, CR0 = 0x40000, CR3 = 0x40002, CR4 = 0x40003, ES = 0x60000, CS = 0x60001, SS = 0x60002, DS = 0x60003, FS = 0x60004, GS = 0x60005, IDTR = 0x70000,
    GDTR = 0x70001, EFER = 0x80001,
};

/* Messages. */
enum {
    UNMAPPED_GPA = 0x80000000, GPA_INTERCEPT = 0x80000001, INVALID_REGISTERS = 0x80000020, TRIPLE_FAULT = 0x80000021, OPAQUE = 0x8000003F, HYPERCALL_MESSAGE = 0x80000050, SINT_MESSAGE = 0x80000061, DELIVERABLE_MESSAGE = 0x80000062, SIGNALS_MESSAGE = 0x80000101,
    PORT_MESSAGE = 0x80010000, MSR_MESSAGE = 0x80010001, CPUID_MESSAGE = 0x80010002, EXCEPTION_MESSAGE = 0x80010003, EOI_MESSAGE = 0x80010004, HALT_MESSAGE = 0x80010007,
};

/* Properties. */
enum { PRIVILEGES = 0x10000, OWN_CHILDREN = 0x20005, FEATURES = 0x10001, TIME_FREEZE = 0x30003, REFERENCE_TIME = 0x30005, PER_SOCKET = 0x50003, TRACKING = 0x50005, UNKNOWN_MSRS = 0x50017, VENDOR = 0x60000, FEATURES_OFFERED = 0x90009, CAPABILITIES = 0x90007, INTEGRATED_SCHEDULER = 0x20005 };
/* System properties, and a sleep state. */
enum { SLEEP_STATE = 3, SCHEDULER_TYPE = 15, CRASH_DUMP_AREA = 47, S5 = 5 };
/* Privileges: SynIC, hypercalls, messages and events; of a child's SYNTHETIC_FEATURES all that goes with them. */
#define CHILD_PRIVILEGES (1ul << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1ul << 36 | 1ul << 37 | 1ul << 49)

/* hypercall.c: the parent's own side of the interface. */
extern volatile u64 *in;
extern volatile u64 *out;
/* Repetitions that the last call completed. */
extern u32 completed;
void hypervisor_connect(void);
/* A hypercall with the input in `in`; its status. */
u32 call(u64 control);
/* The same, with the input given: each quadword in turn, up to six. */
u32 call1(u64 control, u64 a);
u32 call2(u64 control, u64 a, u64 b);
u32 call3(u64 control, u64 a, u64 b, u64 c);
u32 call4(u64 control, u64 a, u64 b, u64 c, u64 d);
u32 call6(u64 control, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
/* A call with registers as they are. */
u64 raw(u64 control, u64 rdx, u64 r8);
static inline u64 reps(u64 code, u64 count) { return code | count << 32; }
static inline u64 variable(u64 code, u64 quads) { return code | quads << 17; }
/* A message that has arrived at a source, taken: valid until the next one; null for none. */
const volatile u32 *message(int sint);
/* Whether one is there to be taken. */
int arrived(int sint);
/* Whether an event flag of a source was set; it is clear then. */
int flag(int sint, int number);
void set_source(int sint, u64 value);
/* Switches receiving of messages on and off. */
void listen(int on);
u64 now(void);
/* Runs others for a while, in units of 100 ns. */
void pause(u64 units);

/* Whether this guest is in the root's place, and whether it schedules its children itself. */
extern int is_root, schedules;
/* Turns the machine off, as whoever this guest is does it. */
void leave(void);

/* run.c: who runs the processors of children: the hypervisor, or this guest by HvCallDispatchVp, which has the same said of them then. */
struct child;
/* A processor can go on: for the first time, or after what was heard of it. */
void runnable(struct child *c, u32 vp);
/* Nothing of a partition runs any more, or of one processor. */
enum { EVERY = -1 };
void forget(struct child *c, int vp);
/* Waits for something to happen, or runs children for a while. */
void idle(void);
/* What is heard at source 0 of processors that this guest runs; null for nothing. The message is one that the hypervisor would send. */
const volatile u32 *heard(void);
int heard_anything(void);
/* A message that says which processors can go on: count in byte 20, partitions from quadword 3 on, processors from word 44 on. Null for none. */
const volatile u32 *signal_message(void);
void signalled(const volatile u32 *m);
/* The call itself: state and event, or above them the status. */
u64 dispatch(u64 id, u32 vp, u32 flags, u64 slice);
enum { BLOCKED = 1, READY = 2, BY_NOTHING = 0, BY_SUSPENSION = 1, BY_INTERCEPT = 2, CLEAR_INTERCEPT = 1 };

/* partition.c: partitions, with pages that come and go. */
enum { LOOSE = 1500, PROCESSORS = 4, PAGES = 64 };
struct child {
    u64 id;
    /* of each processor, page of messages and page of registers */
    volatile u8 *messages[PROCESSORS];
    volatile u8 *registers[PROCESSORS];
    /* pages of ours that are mapped there and go back to the loose ones in the end */
    u64 lent[PAGES];
    int lent_count;
    char line[128];
    int column;
};
/* Pages that nobody has. */
extern int loose_count;
u64 take_page(void);
void give_page(u64 page);
u32 create(struct child *c, u64 flags);
u32 deposit(u64 id, int count);
/* Calls until there is memory enough, which is deposited a page at a time; how many pages that took. */
extern int deposited;
u32 call_with_memory(u64 id, u64 control, u32 quads);
u32 initialize(struct child *c);
u32 add_processor(struct child *c, u32 vp);
/* Maps pages of the parent's from an address on. */
u32 map(struct child *c, u64 gpa, u64 source, int count, u64 rights);
/* A loose page, mapped; its address here. */
u64 lend(struct child *c, u64 gpa, u64 rights);
u32 set_register(struct child *c, u32 vp, u32 name, u64 low, u64 high);
u64 get_register(struct child *c, u32 vp, u32 name);
/* Lets a processor run: for the first time, or after a message. */
void resume(struct child *c, u32 vp);
/* Waits for the message of a processor. */
u32 wait_for(struct child *c, u32 vp);
/* The same, but not for ever: 0 when none comes. */
u32 soon(struct child *c, u32 vp);
/* Goes on behind the instruction of the message. */
void advance(struct child *c, u32 vp);
/* Code in real mode in a page of its own at address 0x1000. */
void load(struct child *c, u32 vp, const char *code, const char *end);
/* Ends a partition; whether all its pages came back. */
int destroy(struct child *c);
static inline u32 message_type(struct child *c, u32 vp) { return *(volatile u32 *) c->messages[vp]; }
static inline u64 message_quad(struct child *c, u32 vp, int at) { return *(volatile u64 *) (c->messages[vp] + at); }
static inline u32 message_port(struct child *c, u32 vp) { return message_quad(c, vp, 56) & 0xFFFF; }
enum { AT_LENGTH = 20, AT_ACCESS = 21, AT_RIP = 40, AT_PORT = 56, AT_RAX = 64, AT_GPA = 72 };

/* demo.c */
void demo(void);
/* child.c: what a child runs in 64-bit mode; only its stack and its own pages are writable to it. */
void child_main(u64 which);
void child_caller(volatile u64 *page);
void child_unknown(volatile u64 *page);
void child_receiver(volatile u64 *page);
/* A child that is a parent itself. Its page has from quadword 8 on what its calls answered, then what it heard. */
void child_parent(volatile u64 *page);
enum { CHILD_POOL = 0x40000, CHILD_POOL_PAGES = 40, CHILD_SHOWN = 0x68000, CHILD_CODE = 0x69000, CHILD_STEPS = 12, CHILD_HEARD = 32, CHILD_SCHEDULES = 40, WITHOUT_END = 2 };
#define PARENT_PRIVILEGES (CHILD_PRIVILEGES | 1ul << 32 | 1ul << 34 | 1ul << 38 | 1ul << 39)
void child_woken(void);
enum { CHILD_TABLES = 0x10000, CHILD_IDT = 0x13000, CHILD_STACK = 0x15000, CHILD_CALLS = 0x16000, CHILD_INPUT = 0x17000, CHILD_DATA = 0x18000, CHILD_MESSAGES = 0x19000, CHILD_WITHHELD = 0x20000,
       CHILD_NOWHERE = 0x30000000, PORT_UART = 0x3F8, PORT_NUMBER = 0x500, PORT_WAKE = 0x501, PORT_END = 0x502, CHILD_CONNECTION = 77, CHILD_EVENTS = 78, CHILD_VECTOR = 0x41, CHILD_SINT = 3 };
/* A child in 64-bit mode that sees this image, and is about to run a function with an argument. */
int make_child(struct child *c, void *function, u64 argument, u64 privileges);

/* check*.c */
/* Whether time goes by as instructions do: what takes how long is held to it. */
extern int exact;
void check(void);
void expect(const char *what, u64 got, u64 wanted);
void good(const char *what, int yes);
void verdict(void);
void check_contracts(void);
void check_properties(void);
void check_memory(void);
void check_processors(void);
void check_intercepts(void);
void check_messages(void);
void check_life(void);
void check_tree(void);
/* In the root's place. */
void check_root(void);
/* With the root scheduler. */
void check_dispatch(void);
/* stress.c: processors that run children and wait for each other. */
void stress(const char *line, int beside, int hostile);
/* States in which a partition ends. */
enum state { CREATED, DEPOSITED, INITIALIZED, MAPPED, PROCESSOR, RUNNING, TOLD, UNTOLD, HALTED, WAITING_FOR_MEMORY, SHOWN, TWO_PROCESSORS, STATES };
void reach(struct child *c, enum state state);
