// From a row of the instruction table to the bytes of an instruction: prefixes, REX or VEX, opcode, ModRM, SIB, displacement, immediate.
#include "oracle.h"
#include <string.h>

static const uint8_t MANDATORY[] = {0, 0x66, 0xF3, 0xF2};
static const uint8_t SEGMENT[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65};

static void put(struct test *t, uint64_t v, int bytes) {
    memcpy(t->code + t->length, &v, bytes);
    t->length += bytes;
}

static bool has_letter(const struct form *f, const char *letters) {
    for (const char *o = f->operands; *o; o = strchr(o, ',') ? strchr(o, ',') + 1 : "") {
        if (strchr(letters, *o)) {
            return true;
        }
    }
    return false;
}

static bool sized(const struct form *f) {
    return strpbrk(f->operands, "vyzX") != NULL || strstr(f->operands, "J") != NULL || f->operands[0] == '-';
}

// The legacy prefixes, in any order, and for AMD's and all other processors alike some that mean nothing here.
static void prefixes(struct test *t, struct encoded *e, const struct form *f, int redundant, bool vex) {
    uint8_t p[12];
    int n = 0;
    if (!vex && f->prefix > 0) {
        p[n++] = MANDATORY[f->prefix];
    }
    if (f->prefix < 0 && sized(f) && chance(f->attributes & IS_N64 ? 8 : 25)) {
        p[n++] = 0x66;
    }
    if (!vex && f->prefix > 1 && strchr(f->operands, 'v') && chance(25)) {
        p[n++] = 0x66;
    }
    if (e->memory && chance(10)) {
        p[n++] = 0x67;
    }
    if (!e->memory && chance(3)) {
        p[n++] = 0x67;
    }
    if (e->memory ? chance(20) : chance(2)) {
        p[n++] = SEGMENT[chance(65) ? 4 + below(2) : below(6)];
    }
    if (f->attributes & IS_LOCK && e->memory && chance(12)) {
        p[n++] = 0xF0;
    }
    if (f->prefix < 0 && (f->opcode >= 0xA4 && f->opcode <= 0xAF && f->opcode != 0xA8 && f->opcode != 0xA9 && f->map == 0) && chance(70)) {
        p[n++] = 0xF2 + below(2);
    }
    static const uint8_t ANY[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3};
    while (n < 11 && chance(redundant)) {
        p[n++] = ANY[below(sizeof ANY)];
    }
    for (int i = n - 1; i > 0; i--) {
        int k = below(i + 1);
        uint8_t x = p[i];
        p[i] = p[k];
        p[k] = x;
    }
    bool size = false;
    e->addr_size = t->mode;
    for (int i = 0; i < n; i++) {
        put(t, p[i], 1);
        size |= p[i] == 0x66;
        if (p[i] == 0x67) {
            e->addr_size = t->mode / 2;
        }
        for (int s = 0; s < 6; s++) {
            if (p[i] == SEGMENT[s] && (t->mode == 32 || s >= FS)) {
                e->override = s;
            }
        }
    }
    e->op_size = size ? 16 : 32;
}

static void vex_prefix(struct test *t, struct encoded *e, const struct form *f) {
    int wide = f->lengths == 3 ? (int) below(2) : f->lengths >> 1;
    int w = f->wides == 3 ? (int) chance(25) : f->wides >> 1;
    int rxb = t->mode == 64 ? (int) below(8) : 0;
    bool used = has_letter(f, "BH");
    int vvvv = used ? (int) below(t->mode == 64 ? 16 : 8) : 0;
    if (!used && chance(2)) {
        vvvv = below(16);
    }
    e->rex = w << 3 | rxb;
    e->vvvv = vvvv & (t->mode == 64 ? 15 : 7);
    e->wide = wide && f->by_length;
    e->op_size = w && t->mode == 64 ? 64 : 32;
    int pp = f->prefix < 0 ? 0 : f->prefix;
    // an unused vvvv stands as 1111b
    int last = (~(used || vvvv ? vvvv : 0) & 15) << 3 | wide << 2 | pp;
    if (f->map == 4 && !w && !(rxb & 3) && chance(70)) {
        put(t, 0xC5, 1);
        put(t, (~rxb & 4) << 5 | last, 1);
    } else {
        put(t, 0xC4, 1);
        put(t, (~rxb & 7) << 5 | (f->map - 3), 1);
        put(t, w << 7 | last, 1);
    }
}

static void rex_prefix(struct test *t, struct encoded *e, const struct form *f) {
    if (t->mode != 64 || !chance(60)) {
        return;
    }
    bool w = sized(f) && f->prefix != 1 ? chance(45) : chance(8);
    e->rex = w << 3 | below(8);
    put(t, 0x40 | e->rex, 1);
    if (w) {
        e->op_size = 64;
    }
}

static void displacement(struct test *t, struct encoded *e, int size) {
    e->disp_size = size;
    e->address_at = t->length;
    e->disp = size == 1 ? (int8_t) random64() : size == 2 ? (int16_t) corner(16) : size == 4 ? (int32_t) corner(32) : 0;
    put(t, e->disp, size);
}

void set_displacement(struct test *t, struct encoded *e, int64_t disp) {
    e->disp = disp;
    memcpy(t->code + e->address_at, &disp, e->disp_size);
}

static void address_16(struct test *t, struct encoded *e, int mod, int rm) {
    static const int BASE[] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX}, INDEX[] = {RSI, RDI, RSI, RDI, NONE, NONE, NONE, NONE};
    bool direct = mod == 0 && rm == 6;
    e->base = direct ? NONE : BASE[rm];
    e->index = INDEX[rm];
    e->seg = e->base == RBP ? SS : DS;
    displacement(t, e, direct ? 2 : mod);
}

static void modrm(struct test *t, struct encoded *e, const struct form *f) {
    bool vector_index = strcmp(f->group, "gather") == 0;
    int mod = e->memory ? (int) below(3) : 3;
    int reg = f->digit >= 0 ? f->digit : (int) below(8);
    int rm = vector_index ? 4 : e->memory && chance(35) ? 4 : e->memory && mod == 0 && chance(15) ? 5 : (int) below(8);
    if (f->modrm) {
        mod = f->modrm >> 6, reg = f->modrm >> 3 & 7, rm = f->modrm & 7;
    }
    if (f->attributes & IS_REG && chance(30)) {
        mod = below(4);
    }
    put(t, mod << 6 | reg << 3 | rm, 1);
    e->reg = reg | (e->rex & 4) << 1;
    e->rm = rm | (e->rex & 1) << 3;
    if (!e->memory) {
        return;
    }
    e->seg = DS;
    if (e->addr_size == 16) {
        address_16(t, e, mod, rm);
        return;
    }
    int size = mod == 1 ? 1 : mod == 2 ? 4 : 0;
    e->base = rm | (e->rex & 1) << 3;
    if (rm == 4) {
        int sib = random64() & 0xFF;
        if (chance(10)) {
            sib = (sib & 0xC7) | 4 << 3;
        }
        put(t, sib, 1);
        e->scale = sib >> 6;
        e->index = (sib >> 3 & 7) | (e->rex & 2) << 2;
        e->index = e->index == 4 && !vector_index ? NONE : e->index;
        e->base = (sib & 7) | (e->rex & 1) << 3;
        if ((sib & 7) == 5 && mod == 0) {
            e->base = NONE;
            size = 4;
        }
    } else if (rm == 5 && mod == 0) {
        e->base = NONE;
        e->rip_relative = t->mode == 64;
        size = 4;
    }
    if (e->base == RSP || e->base == RBP) {
        e->seg = SS;
    }
    displacement(t, e, size);
}

static void immediate(struct test *t, struct encoded *e, const struct form *f) {
    int size = e->op_size;
    int whole = size == 16 ? 2 : 4;
    uint64_t v = corner(size == 64 ? 32 : size);
    switch (f->immediate) {
    case IMM_B: case IMM_BS:
        v = chance(60) ? below(256) : corner(8);
        if (strchr(f->operands, 'L')) {
            e->is4 = v >> 4 & (t->mode == 64 ? 15 : 7);
        }
        put(t, v, 1);
        break;
    case IMM_W: put(t, corner(16), 2); break;
    case IMM_Z: put(t, v, whole); break;
    case IMM_V: put(t, size == 64 ? corner(64) : v, size / 8); break;
    case IMM_JB: v = random64(); put(t, v, 1); break;
    case IMM_JZ:
        if (t->mode == 64 && !(size == 16 && f->attributes & IS_N64)) {
            whole = 4;
        }
        put(t, chance(60) ? (uint64_t) (int64_t) (int16_t) random64() : random64(), whole);
        break;
    case IMM_O: displacement(t, e, e->addr_size / 8); break;
    case IMM_P: put(t, v, whole); put(t, corner(16), 2); break;
    case IMM_WB: put(t, chance(70) ? below(64) : random64(), 2); put(t, chance(70) ? below(8) : random64(), 1); break;
    default: break;
    }
    e->imm = v;
}

bool encode(struct test *t, struct encoded *e, const struct form *f, int redundant) {
    if (f->attributes & (t->mode == 64 ? IS_I64 : IS_O64)) {
        return false;
    }
    memset(e, 0, sizeof *e);
    e->base = e->index = e->override = NONE;
    e->is4 = e->vvvv = NONE;
    t->form = f;
    t->length = 0;
    bool vex = f->map > 3;
    e->memory = f->has_modrm && !f->modrm && (f->kind == 1 || f->kind == 0 && !(f->attributes & IS_REG) && !has_letter(f, "UN") && chance(55)) || f->immediate == IMM_O;
    prefixes(t, e, f, redundant, vex);
    if (vex) {
        vex_prefix(t, e, f);
    } else {
        rex_prefix(t, e, f);
        if (f->map > 0) {
            put(t, 0x0F, 1);
        }
        if (f->map > 1) {
            put(t, f->map == 2 ? 0x38 : 0x3A, 1);
        }
    }
    if (t->mode == 64 && (f->attributes & (IS_F64 | IS_N64) || f->attributes & IS_D64 && e->op_size == 32) && !(f->attributes & IS_N64 && e->op_size == 16)) {
        e->op_size = 64;
    }
    int low = f->span > 1 ? below(8) : 0;
    put(t, f->opcode + low, 1);
    if (f->span > 1) {
        e->rm = low | (e->rex & 1) << 3;
    }
    if (f->has_modrm) {
        modrm(t, e, f);
    } else if (e->memory) {
        e->seg = DS;
    }
    immediate(t, e, f);
    if (e->override != NONE) {
        e->seg = e->override;
    }
    return t->length <= 15;
}

// Makes it so long, with a prefix in front that means nothing, or names the segment that most operands have.
void pad(struct test *t, struct encoded *e, int length) {
    int more = length - t->length;
    if (more > 0) {
        memmove(t->code + more, t->code, t->length);
        memset(t->code, 0x3E, more);
        t->length = length;
        e->address_at += more;
    }
}

static int x87_bytes(const struct form *f) {
    switch (f->opcode << 4 | f->digit) {
    case 0xD94: case 0xD96: return 28;
    case 0xDD4: case 0xDD6: return 108;
    case 0xD95: case 0xD97: case 0xDD7: return 2;
    case 0xDB5: case 0xDB7: case 0xDF4: case 0xDF6: return 10;
    case 0xDF5: case 0xDF7: return 8;
    default: return f->opcode >= 0xDE ? 2 : f->opcode >= 0xDC ? 8 : 4;
    }
}

// Bytes of the operand in memory; a guess where only the semantics knows.
int operand_bytes(const struct form *f, const struct encoded *e) {
    if (f->attributes & IS_X87) {
        return x87_bytes(f);
    }
    int width = f->by_length && e->wide ? 32 : 16;
    for (const char *o = f->operands; *o; o = strchr(o, ',') ? strchr(o, ',') + 1 : "") {
        if (strchr("EMWQO", *o)) {
            switch (o[1]) {
            case 'b': return 1;
            case 'w': return 2;
            case 'q': return o[2] == 'q' ? 32 : 8;
            case 'd': return o[2] == 'q' ? 16 : 4;
            case 'v': return e->op_size / 8;
            case 'y': return e->op_size == 64 ? 8 : 4;
            case 'x': return width;
            case 'h': return width / 2;
            case 'f': return width / 4;
            case 'e': return width / 8;
            default: break;
            }
        }
    }
    return strstr(f->mnemonic, "MXCSR") ? 4 : strcmp(f->mnemonic, "CMPXCHG8B") == 0 && e->op_size < 64 ? 8 : 16;
}
