// Runs single instructions on the processor of this machine and records what it did. See docs/conformance.md.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, NONE = -1 };
enum { ES, CS, SS, DS, FS, GS };

#define PAGE 4096ull
#define LAST_PAGE 0x7fffffffe000ull    // of what a program may map
#define MAX_PAGES 8
#define MAX_FILLS 16
#define CF 1u
#define PF 4u
#define AF 0x10u
#define ZF 0x40u
#define SF 0x80u
#define TF 0x100u
#define DF 0x400u
#define OF 0x800u
#define RF 0x10000u
#define AC 0x40000u

// Attributes of a form, as the instruction table names them.
enum {
    IS_LOCK = 1, IS_I64 = 2, IS_O64 = 4, IS_D64 = 8, IS_F64 = 16, IS_N64 = 32, IS_STACK = 64, IS_X87 = 128, IS_MMX = 256, IS_SSE = 512, IS_AVX = 1024,
    IS_ALIGN = 2048, IS_REG = 4096
};

// Kinds of immediates, in the order of the decode tables.
enum { IMM_NONE, IMM_B, IMM_BS, IMM_W, IMM_Z, IMM_V, IMM_JB, IMM_JZ, IMM_O, IMM_P, IMM_WB };

// A feature, and where CPUID has its bit; reg: 0 EAX, 1 EBX, 2 ECX, 3 EDX.
struct feature { const char *name; uint32_t leaf, subleaf; int reg, bit; };

// A row of the instruction table.
struct form {
    const char *mnemonic, *group, *operands;
    int map;            // 0 one byte, 1 0F, 2 0F38, 3 0F3A; under VEX 4, 5, 6
    int opcode, span;   // span: 8 where the opcode names a register
    int prefix;         // -1 any, 0 none, 1 66, 2 F3, 3 F2
    int digit;          // ModRM.reg, -1 for a register
    int kind;           // ModRM names: 0 either, 1 memory, 2 a register
    int modrm;          // the whole ModRM byte, 0 for any
    bool has_modrm;
    int lengths, wides; // masks of the VEX.L and VEX.W that it has
    bool by_length;     // VEX.L is the operand size
    int immediate;
    int attributes;
    uint32_t undefined; // bits of RFLAGS
    int feature, wide_feature;
};

// All registers of a test.
struct state {
    uint64_t gpr[16], rip, rflags, base[2]; // bases of FS and GS
    uint32_t mxcsr;
    uint8_t ymm[16][32];
    uint16_t fcw, fsw;
    uint8_t ftw;        // abridged: a bit is set when the physical register holds something
    uint8_t st[8][10];  // in stack order
};

struct page { uint64_t address; uint8_t *bytes; uint8_t before[PAGE]; };
struct fill { uint64_t address; int length; };

// One instruction, its state before and after.
struct test {
    const struct form *form;
    char name[40];
    int mode;
    uint8_t code[40];
    int length;
    bool code_crosses;  // the page after the one of rip is code, too
    bool edges;         // the first page and the last one of programs may hold data
    struct state in, out;
    int trap, error;    // trap: vector, -1 for none; error: -1 for none
    uint64_t cr2;
    bool has_cr2;
    struct page pages[MAX_PAGES];
    int page_count;
    struct fill fills[MAX_FILLS];
    int fill_count;
    uint32_t undefined;
};

// What an encoded instruction addresses.
struct encoded {
    int op_size, addr_size, seg, override;
    int reg, rm, vvvv, is4;
    bool memory, rip_relative, wide;
    int base, index, scale, address_at; // address_at: where the displacement is in the code
    int disp_size;
    int64_t disp;
    uint64_t imm;
    int rex;
};

// random.c
void random_seed(uint64_t seed, const char *group);
uint64_t random64(void);
uint32_t below(uint32_t n);
bool chance(int percent);
uint64_t corner(int bits);
void corner_bytes(uint8_t *to, int length, char type);
void corner_f80(uint8_t *to);

// encode.c: makes the bytes of an instruction of a form; false when the form is not in the mode.
bool encode(struct test *t, struct encoded *e, const struct form *f, int redundant);
void pad(struct test *t, struct encoded *e, int length);
int operand_bytes(const struct form *f, const struct encoded *e);
void set_displacement(struct test *t, struct encoded *e, int64_t disp);

// operands.c: registers and memory that make sense for it.
// How many operands are to lie across pages and where there is nothing: few, many, or most, with either page missing; or at the ends of addresses.
enum faults { FEW, MANY, MASKED, EDGES };
void place(struct test *t, struct encoded *e, enum faults faults);
void place_at_rdi(struct test *t, const struct encoded *e, int bytes, enum faults faults);
void fill_state(struct test *t, const struct encoded *e);
uint8_t *data_page(struct test *t, uint64_t address);
void fill_memory(struct test *t, uint64_t address, int length, char type);
uint64_t stack_here(struct test *t);
uint64_t next_page(const struct test *t, uint64_t page);
char element_type(const struct form *f);

// guard.c: what must not run, and what says nothing of a processor.
bool harmless(const uint8_t *code, int length, int mode);
const struct form *match(const uint8_t *code, int length, int mode, bool *wide);
bool host_has(const struct form *f, bool wide);
void forbid_system_calls(uint64_t below_address);
extern const struct form *const all_forms;
extern const int form_count;

// run.c: executes it; false when nothing can be said of it.
void run_init(void);
bool run(struct test *t);
uint64_t code_page_64(void), code_page_32(void), data_address(int mode, bool low);
uint8_t *page_bytes(int i);

// edges.c: operands, stacks and strings at the ends of what addresses reach, and at what is there to read alone.
uint64_t edge(const struct test *t, const struct encoded *e, int bytes, bool *mapped, bool *both);
uint64_t stack_at_edge(struct test *t);
void strings_at_edge(struct test *t, const struct encoded *e);

// group.c
extern const char *only;
bool make(struct test *t, const char *group, uint32_t number);

// write.c
void write_header(FILE *out, uint64_t seed, const char *group);
void write_test(FILE *out, const struct test *t, const char *group, uint32_t number);
