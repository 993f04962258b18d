// What must not run here: instructions that enter the kernel, wait, or change what the program rests on; and those of which the kernel, the
// hypervisor or the machine itself decides the outcome.
#define _GNU_SOURCE
#include "oracle.h"
#include <cpuid.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "forms.h"

const struct form *const all_forms = forms;
const int form_count = sizeof forms / sizeof *forms;

// The opcode behind the prefixes.
struct opcode { int map, opcode, prefix, modrm; bool wide, size, vex; int vex_w; };

static bool locate(const uint8_t *code, int length, int mode, struct opcode *o) {
    memset(o, 0, sizeof *o);
    int i = 0;
    for (; i < length; i++) {
        uint8_t b = code[i];
        if (b == 0x66) {
            o->size = true;
        } else if (b == 0xF2 || b == 0xF3) {
            o->prefix = b == 0xF3 ? 2 : 3;
        } else if (!(b == 0x26 || b == 0x2E || b == 0x36 || b == 0x3E || b == 0x64 || b == 0x65 || b == 0x67 || b == 0xF0 || mode == 64 && b >> 4 == 4)) {
            break;
        }
    }
    if (i >= length) {
        return false;
    }
    if (!o->prefix && o->size) {
        o->prefix = 1;
    }
    uint8_t b = code[i++], next = i < length ? code[i] : 0;
    if ((b == 0xC4 || b == 0xC5) && (mode == 64 || next >= 0xC0)) {
        int last = b == 0xC5 ? next & 0x7F : i + 1 < length ? code[i + 1] : 0;
        o->vex = true;
        o->map = 3 + (b == 0xC5 ? 1 : next & 31);
        o->wide = last & 4;
        o->vex_w = last >> 7;
        o->prefix = last & 3;
        i += b == 0xC5 ? 1 : 2;
        b = i < length ? code[i++] : 0;
    } else if (b == 0x0F) {
        o->map = 1;
        b = next;
        i++;
        if (b == 0x38 || b == 0x3A) {
            o->map = b == 0x38 ? 2 : 3;
            b = i < length ? code[i] : 0;
            i++;
        }
    }
    o->opcode = b;
    o->modrm = i < length ? code[i] : 0;
    return true;
}

// Instructions that no model has and a processor may: EVEX, transactions, and ENQCMD, which CPUID under a hypervisor hides.
static bool beyond_the_models(const struct opcode *o, int mode) {
    if (o->map == 0 && o->opcode == 0x62) {
        return (mode == 64 || o->modrm >= 0xC0) && __builtin_cpu_supports("avx512f");
    }
    bool transaction = o->map == 0 && (o->opcode == 0xC6 || o->opcode == 0xC7) && o->modrm == 0xF8 || o->map == 1 && o->opcode == 0x01 && (o->modrm == 0xD5 || o->modrm == 0xD6);
    return transaction || o->map == 2 && o->opcode == 0xF8 && o->prefix >= 2;
}

bool harmless(const uint8_t *code, int length, int mode) {
    struct opcode o;
    if (!locate(code, length, mode, &o)) {
        return true;
    }
    if (beyond_the_models(&o, mode)) {
        return false;
    }
    int digit = o.modrm >> 3 & 7;
    bool reg = o.modrm >= 0xC0;
    if (o.map == 0) {
        switch (o.opcode) {
        case 0xCD: case 0xF1:                                   // INT n, INT1
        case 0x07: case 0x17: case 0x1F: case 0x8E:             // loads of segment registers
        case 0xCA: case 0xCB: case 0xCF: case 0x9A: case 0xEA:  // far transfers
            return false;
        case 0xC4: case 0xC5: return reg;                       // LES, LDS
        case 0xFF: return reg || digit != 3 && digit != 5;
        default: return true;
        }
    }
    if (o.map == 1) {
        switch (o.opcode) {
        case 0x00: return digit == 2 || digit == 3;             // SLDT and STR are the kernel's under UMIP
        case 0x01: return !reg && (digit == 2 || digit == 3 || digit == 7);
        case 0x02: case 0x03: case 0x05: case 0x34: case 0xA2: case 0x31: case 0x33: return false;
        case 0xA1: case 0xA9: case 0xB2: case 0xB4: case 0xB5: return false;
        case 0xAE: return reg || digit == 2 || digit == 3 || digit == 7 || o.prefix != 0 && digit == 6;
        case 0xC7: return digit == 1 || digit == 0 || digit == 2 || reg && digit < 6;
        default: return true;
        }
    }
    return true;
}

static bool feature(int i) {
    if (i < 0) {
        return true;
    }
    static signed char known[sizeof features / sizeof *features];
    if (!known[i]) {
        unsigned r[4] = {0};
        known[i] = __get_cpuid_count(features[i].leaf, features[i].subleaf, r, r + 1, r + 2, r + 3) && r[features[i].reg] >> features[i].bit & 1 ? 1 : -1;
    }
    return known[i] > 0;
}

bool host_has(const struct form *f, bool wide) {
    return feature(f->feature) && (!wide || feature(f->wide_feature));
}

// The row of an instruction, NULL for none; -1 prefixes count when no row claims the prefix itself.
const struct form *match(const uint8_t *code, int length, int mode, bool *wide) {
    struct opcode o;
    if (!locate(code, length, mode, &o)) {
        return NULL;
    }
    *wide = o.wide;
    const struct form *loose = NULL;
    for (int i = 0; i < form_count; i++) {
        const struct form *f = &forms[i];
        bool reg = o.modrm >= 0xC0;
        if (f->map != o.map || o.opcode < f->opcode || o.opcode >= f->opcode + f->span || f->digit >= 0 && f->digit != (o.modrm >> 3 & 7)
                || f->modrm && f->modrm != o.modrm || f->kind && (f->kind == 2) != reg || o.vex && (!(f->lengths >> o.wide & 1) || !(f->wides >> o.vex_w & 1))
                || f->attributes & (mode == 64 ? IS_I64 : IS_O64)) {
            continue;
        }
        if (f->prefix == o.prefix) {
            return f;
        }
        loose = f->prefix < 0 ? f : loose;
    }
    return loose;
}

// The last resort: a system call from where tests run becomes a signal.
void forbid_system_calls(uint64_t below_address) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t) (below_address >> 32), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("oracle: seccomp");
        exit(5);
    }
}
