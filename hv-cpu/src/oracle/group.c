// Makes the tests of a group: those of a family of instructions, or those that try one thing on all of them.
#include "oracle.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

// Instructions with masks: of bytes at rDI, and of elements.
#define AT_RDI "MASKMOVQ MASKMOVDQU VMASKMOVDQU"
#define BY_VVVV "VMASKMOVPS VMASKMOVPD VPMASKMOVD VPMASKMOVQ"

// The mnemonic that all tests are to have, NULL for any.
const char *only;

static void name(struct test *t, const char *mnemonic) {
    int i = 0;
    for (; mnemonic[i] && i < 30; i++) {
        t->name[i] = tolower((unsigned char) mnemonic[i]);
    }
    t->name[i] = 0;
}

static bool is(const struct form *f, const char *list) {
    size_t n = strlen(f->mnemonic);
    for (const char *p = strstr(list, f->mnemonic); p; p = strstr(p + 1, f->mnemonic)) {
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == 0)) {
            return true;
        }
    }
    return false;
}

// Bits of RFLAGS that the manuals leave open for just these operands.
static uint32_t undefined(const struct test *t, const struct encoded *e) {
    const struct form *f = t->form;
    uint32_t u = f->undefined;
    if (strcmp(f->group, "shift") == 0) {
        int count = strstr(f->operands, "CL") ? (int) t->in.gpr[RCX] : strchr(f->operands, 'I') ? (int) e->imm : 1;
        count &= e->op_size == 64 && strchr(f->operands, 'v') ? 63 : 31;
        bool wide = is(f, "SHLD SHRD");
        int bits = strstr(f->operands, "Eb") ? 8 : e->op_size;
        if (count == 0) {
            return 0;
        }
        u &= count == 1 ? ~OF : ~0u;
        if (wide && count > bits) {
            return OF | SF | ZF | AF | PF | CF;
        }
        u |= is(f, "SHL SHR") && count >= bits ? CF : 0;
    }
    return u;
}

static void strings(struct test *t, const struct encoded *e) {
    struct state *s = &t->in;
    bool low = e->addr_size == 32;
    int size = t->form->opcode & 1 ? e->op_size / 8 : 1;
    s->gpr[RCX] = chance(90) ? below(12) : below(600);
    static const int POINTER[] = {RSI, RDI};
    uint64_t value = corner(64);
    bool same = chance(60);
    for (int k = 0; k < 2; k++) {
        uint64_t page = e->addr_size == 16 ? 0x4000 + PAGE * below(4) : data_address(t->mode, low);
        uint64_t at = page + 160 + below(3600);
        at = chance(12) ? page + (chance(50) ? below(40) : PAGE - below(40)) : chance(60) ? at & -8ull : at;
        uint64_t from = at - 64 < page ? page : at - 64;
        int n = (int) (page + PAGE - from > 160 ? 160 : page + PAGE - from);
        fill_memory(t, from, n, '?');
        uint8_t *bytes = data_page(t, page);
        if (same && bytes) {
            for (int i = 0; i < n; i++) {
                bytes[(from & (PAGE - 1)) + i] = (uint8_t) (value >> 8 * ((from + i - at) % size));
            }
            bytes[(at & (PAGE - 1)) + below(40) < PAGE ? (at & (PAGE - 1)) : 0] ^= chance(15);
        }
        if (chance(3)) {
            at += 0x5000000;
        }
        s->gpr[POINTER[k]] = e->addr_size == 16 ? (uint16_t) at | (random64() & 0xFFFF0000) : at | (e->addr_size == 32 && t->mode == 64 ? random64() << 32 : 0);
        if (k == 0 && e->seg >= FS) {
            s->base[e->seg - FS] = t->mode == 32 ? 0x1000 : low ? 0x1000 : 0x1000000;
            s->gpr[RSI] -= s->base[e->seg - FS];
        }
    }
    if (same && chance(80)) {
        s->gpr[RAX] = value;
    }
    if (e->addr_size == 32 && t->mode == 64) {
        s->gpr[RCX] |= random64() << 32;
    }
    if (e->addr_size == 16) {
        s->gpr[RCX] |= random64() & 0xFFFF0000;
    }
}

static void branch(struct test *t, const struct encoded *e) {
    static const uint64_t TARGETS[] = {0x401000, 0x12345678, 0x3f5500001000, 0x7fffffffe000, 0x7fffffffffff};
    static const uint64_t WRONG[] = {0x800000000000, 0x8000000000000000, 0x1234567890abcdef, 0xffff7fffffffffff, 0xffff800000000000, 0xfffffffffffff000};
    bool wrong = strcmp(t->name, "noncanon") == 0 || chance(3);
    uint64_t to = wrong ? WRONG[below(6)] : TARGETS[below(5)] + below(64);
    if (e->memory || strchr(t->form->operands, 'E') == NULL) {
        for (int i = 0; i < t->fill_count; i++) {
            uint8_t *page = data_page(t, t->fills[i].address);
            for (int k = 0; page && k < t->fills[i].length; k++) {
                page[(t->fills[i].address & (PAGE - 1)) + k] = (uint8_t) (to >> 8 * ((t->fills[i].address + k - t->in.gpr[RSP]) & 7));
            }
        }
    } else if (e->rm != RSP) {
        t->in.gpr[e->rm] = t->mode == 32 ? (uint32_t) to : to;
    }
}

static void tune(struct test *t, const struct encoded *e) {
    const struct form *f = t->form;
    struct state *s = &t->in;
    uint64_t limit = t->mode == 32 ? 0xFFFFFFFFull : ~0ull;
    if (is(f, "DIV IDIV") && chance(80)) {
        s->gpr[RDX] = chance(60) ? 0 : (uint64_t) ((int64_t) s->gpr[RAX] >> 63);
        s->gpr[RAX] = strstr(f->operands, "Eb") ? s->gpr[RAX] & 0xFFF : s->gpr[RAX];
    }
    if (is(f, "BT BTS BTR BTC") && strchr(f->operands, 'G') && e->reg != e->base && e->reg != e->index && chance(80)) {
        s->gpr[e->reg] = (uint64_t) ((int64_t) below(0x4000) - 0x2000);
    }
    if (strcmp(f->group, "shift") == 0 && strstr(f->operands, "CL") && chance(60) && e->base != RCX && e->index != RCX) {
        s->gpr[RCX] = (s->gpr[RCX] & ~0xFFull) | below(70);
    }
    if (is(f, "CMPXCHG CMPXCHG8B") && chance(55)) {
        uint8_t *page = t->fill_count ? data_page(t, t->fills[0].address) : NULL;
        int at = t->fill_count ? (int) (t->fills[0].address & (PAGE - 1)) : 0, n = t->fill_count ? t->fills[0].length : 0;
        int half = operand_bytes(f, e) / 2;
        for (int i = 0; page && i < n; i++) {
            page[at + i] = (uint8_t) (f->modrm || strcmp(f->mnemonic, "CMPXCHG") == 0 ? s->gpr[RAX] >> 8 * (i & 7) : s->gpr[i < half ? RAX : RDX] >> 8 * (i % half));
        }
        if (!e->memory && e->rm != RSP) {
            s->gpr[e->rm] = s->gpr[RAX];
        }
    }
    if (strstr(f->mnemonic, "LDMXCSR") && chance(80)) {
        uint8_t *page = t->fill_count ? data_page(t, t->fills[0].address) : NULL;
        if (page && t->fills[0].length == 4) {
            memset(page + (t->fills[0].address & (PAGE - 1)) + 2, 0, 2);
        }
    }
    if (is(f, "XLAT " AT_RDI)) {
        uint64_t page = e->addr_size == 16 ? 0x5000 : data_address(t->mode, e->addr_size == 32);
        uint64_t at = page + 300 + below(3000);
        fill_memory(t, at, f->opcode == 0xD7 ? 256 : 16, 'b');
        s->gpr[f->opcode == 0xD7 ? RBX : RDI] = at;
        if (e->override >= FS) {
            s->base[e->override - FS] = 0;
        }
    }
    bool stack = f->attributes & IS_STACK || is(f, "POP PUSH PUSHF POPF CALL LEAVE ENTER PUSHA POPA RET");
    if (stack && e->base != RSP) {
        s->gpr[RSP] = stack_here(t);
        if (is(f, "ENTER LEAVE") && chance(90)) {
            s->gpr[RBP] = stack_here(t);
        }
    } else if (strcmp(f->group, "branch") == 0 && e->base != RSP) {
        s->gpr[RSP] = data_address(t->mode, false) + 800;
    }
    if (is(f, "JMP CALL RET") && strcmp(f->group, "branch") == 0) {
        branch(t, e);
    }
    if (is(f, "LOOP LOOPE LOOPNE JCXZ")) {
        s->gpr[RCX] = chance(70) ? below(3) | (chance(30) ? random64() << (chance(50) ? 32 : 16) : 0) : s->gpr[RCX];
    }
    if (strcmp(f->group, "string") == 0 && t->edges) {
        strings_at_edge(t, e);
    } else if (strcmp(f->group, "string") == 0) {
        strings(t, e);
    }
    for (int i = 0; i < 8; i++) {
        s->gpr[i] &= limit;
    }
}

static void begin(struct test *t, int mode) {
    t->mode = mode;
    t->page_count = t->fill_count = 0;
    t->code_crosses = t->edges = false;
    t->in.rip = (mode == 64 ? code_page_64() : code_page_32()) + below(4000);
}

// Operands of which a mask chooses parts, across pages of which either may be missing, with masks of all kinds.
static void masked(struct test *t, const struct encoded *e) {
    bool mmx = t->form->attributes & IS_MMX;
    uint8_t *mask = is(t->form, BY_VVVV) ? t->in.ymm[e->vvvv] : mmx ? t->in.st[e->rm - (t->in.fsw >> 11) & 7] : t->in.ymm[e->rm];
    int length = mmx ? 8 : 32;
    uint64_t bits = random64() & (chance(50) ? random64() : ~0ull) & (chance(30) ? random64() : ~0ull);
    if (chance(20)) {
        bits = chance(30) ? 0 : chance(50) ? ~0ull : 1ull << below(32);
    }
    int step = is(t->form, "VMASKMOVPS VPMASKMOVD") ? 4 : is(t->form, BY_VVVV) ? 8 : 1;
    for (int i = step - 1, k = 0; i < length; i += step, k++) {
        mask[i] = (mask[i] & 0x7F) | (bits >> k & 1) << 7;
    }
    if (is(t->form, AT_RDI)) {
        place_at_rdi(t, e, mmx ? 8 : 16, MASKED);
    }
    t->in.rflags |= chance(15) ? AC : 0;
}

// A test of a form, of 15 bytes or one more where it is to be long.
static bool build(struct test *t, const struct form *f, int redundant, int length, enum faults faults) {
    struct encoded e;
    if (!encode(t, &e, f, redundant)) {
        return false;
    }
    if (f->attributes & IS_N64 && t->mode == 64 && strcmp(t->name, "66") && e.op_size == 16) {
        return false;
    }
    pad(t, &e, length);
    fill_state(t, &e);
    if (e.memory && e.seg >= 0) {
        place(t, &e, faults);
    }
    if (faults == MASKED) {
        masked(t, &e);
    } else {
        tune(t, &e);
    }
    t->undefined = undefined(t, &e);
    return true;
}

static bool belongs(const struct form *f, const char *group) {
    if (only && strcasecmp(f->mnemonic, only) != 0) {
        return false;
    }
    return !group || (strcmp(group, "masked") == 0 ? is(f, AT_RDI " " BY_VVVV) : strcmp(f->group, group) == 0);
}

// A form of a group, of any for NULL; which one depends on the number, so that all have their turn.
static const struct form *choose(const char *group, uint32_t number) {
    int n = 0;
    for (int i = 0; i < form_count; i++) {
        n += belongs(&all_forms[i], group);
    }
    int k = n ? (int) ((chance(80) ? number : below(1u << 24)) % n) : 0;
    for (int i = 0; n && i < form_count; i++) {
        if (belongs(&all_forms[i], group) && k-- == 0) {
            return &all_forms[i];
        }
    }
    return NULL;
}

static void rip_at_end(struct test *t, bool crosses) {
    uint64_t page = t->in.rip & -PAGE;
    int before = crosses ? 1 + (int) below(t->length) : t->length;
    t->in.rip = page + PAGE - before;
    t->code_crosses = before < t->length;
    if (t->code_crosses && chance(50)) {
        // the rest is not there
        t->length = before;
        t->code_crosses = false;
    }
}

static void fuzz_bytes(struct test *t) {
    static const uint8_t PREFIX[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3};
    uint8_t *p = t->code;
    int n = 0;
    int prefixes = chance(4) ? 8 + (int) below(8) : chance(30) ? 0 : (int) below(4);
    for (int i = 0; i < prefixes; i++) {
        p[n++] = t->mode == 64 && chance(25) ? 0x40 | below(16) : PREFIX[below(sizeof PREFIX)];
    }
    if (t->mode == 64 && chance(25)) {
        p[n++] = 0x40 | below(16);
    }
    int kind = below(20);
    if (kind >= 9 && kind < 16) {
        p[n++] = 0x0F;
    } else if (kind == 16 || kind == 17) {
        p[n++] = 0x0F;
        p[n++] = chance(50) ? 0x38 : 0x3A;
    } else if (kind >= 18) {
        p[n++] = chance(40) ? 0xC5 : chance(90) ? 0xC4 : 0x62;
        p[n++] = chance(70) ? (random64() & 0xE0) | (1 + below(3)) : random64();
        if (p[n - 2] == 0xC4) {
            p[n++] = chance(70) ? random64() | 0x78 : random64();
        }
    }
    p[n++] = random64();
    p[n++] = random64();
    int style = below(3);
    for (t->length = n; t->length < 15;) {
        p[t->length++] = style == 0 ? 0 : style == 1 ? random64() : chance(40) ? 0 : chance(50) ? 0xFF : random64();
    }
}

// Any opcode of any map at the end of a page, with more or fewer bytes behind it than it asks for: how far is it read before it is found invalid?
static void decode_bytes(struct test *t, uint32_t number) {
    static const uint8_t PREFIX[] = {0x66, 0xF2, 0xF3, 0xF0, 0x48, 0x41, 0x2E};
    uint8_t *p = t->code;
    int n = 0;
    while (n < 3 && chance(30)) {
        p[n++] = PREFIX[below(t->mode == 64 ? 7 : 4)];
    }
    int map = number / 256 % 8, opcode = number & 0xFF;
    if (map >= 4) {
        bool two = map == 4 && chance(50);
        p[n++] = two ? 0xC5 : 0xC4;
        if (!two) {
            p[n++] = 0xE0 | (map == 7 ? below(32) : (uint32_t) map - 3);
        }
        p[n++] = (two ? 0x80 : below(2) << 7) | (chance(70) ? 0x78 : below(16) << 3) | below(8);
    } else if (map > 0) {
        p[n++] = 0x0F;
        if (map > 1) {
            p[n++] = map == 2 ? 0x38 : 0x3A;
        }
    }
    p[n++] = opcode;
    p[n++] = random64();
    t->length = n - 1 + below(7);
    while (n < t->length) {
        p[n++] = random64();
    }
}

static bool fuzz(struct test *t, bool decode, uint32_t number) {
    static const uint64_t SMALL[] = {0, 1, 2, 3, 5, 8, 16, 31, 128, 0x7fffffff, ~0ull};
    struct encoded e;
    if (decode) {
        decode_bytes(t, number);
    } else if (chance(25)) {
        const struct form *f = choose(NULL, 0);
        if (!encode(t, &e, f, 25)) {
            return false;
        }
        t->code[below(t->length)] ^= (uint8_t) (chance(60) ? 1u << below(8) : random64());
    } else {
        fuzz_bytes(t);
    }
    bool wide;
    t->form = match(t->code, t->length, t->mode, &wide);
    if (t->form && !host_has(t->form, wide)) {
        return false;
    }
    name(t, t->form ? t->form->mnemonic : "ud");
    fill_state(t, NULL);
    bool low = t->mode == 32 || memchr(t->code, 0x67, t->length) != NULL;
    uint64_t page = low ? 0x50000000 : chance(90) ? 0x12340000000 : 0x7ffffffff000;
    static const uint64_t OFFSETS[] = {0x200, 0x800, 0x808, 0xe00, 0xff8};
    for (int i = 0; i < (t->mode == 64 ? 16 : 8); i++) {
        uint64_t v = chance(60) ? page + OFFSETS[below(5)] : chance(85) ? SMALL[below(11)] : corner(64);
        t->in.gpr[i] = t->mode == 32 ? (uint32_t) v : v;
    }
    if (chance(90)) {
        t->in.gpr[RSP] = page + OFFSETS[below(5)];
    }
    t->in.gpr[RCX] = chance(90) ? below(40) : t->in.gpr[RCX];
    if (chance(30)) {
        t->in.base[0] = chance(50) ? 0x1000 : t->mode == 64 ? 0xffff800000000000 : 0xfffff000;
        t->in.base[1] = 0x2000;
    }
    for (int i = 0; i < 3; i++) {
        fill_memory(t, page + OFFSETS[i + (i > 1)], 32, '?');
    }
    fill_memory(t, page + PAGE, 8, '?');
    bool shifts = t->form && strcmp(t->form->group, "shift") == 0;
    t->undefined = t->form ? t->form->undefined | (shifts ? CF : 0) | (shifts && is(t->form, "SHLD SHRD") ? OF | SF | ZF | AF | PF : 0) : 0;
    if (decode || chance(20)) {
        rip_at_end(t, !decode && chance(70));
    }
    return true;
}

bool make(struct test *t, const char *group, uint32_t number) {
    t->name[0] = 0;
    t->form = NULL;
    begin(t, chance(20) ? 32 : 64);
    bool decode = strcmp(group, "decode") == 0;
    if (decode || strcmp(group, "fuzz") == 0) {
        return fuzz(t, decode, number);
    }
    bool checked = strcmp(group, "align") == 0;
    bool prefix = strcmp(group, "prefix") == 0, fetch = strcmp(group, "fetch") == 0, edges = strcmp(group, "edges") == 0;
    bool all = checked || prefix || fetch || edges || strcmp(group, "memfault") == 0;
    bool amd = strcmp(group, "amdbranch") == 0;
    const struct form *f = choose(all ? NULL : amd ? "branch" : group, number);
    if (!f || !host_has(f, true)) {
        return false;
    }
    if (amd || f->attributes & (IS_I64 | IS_O64)) {
        begin(t, f->attributes & IS_I64 ? 32 : 64);
    }
    if (amd) {
        strcpy(t->name, chance(60) ? "66" : "noncanon");
    }
    enum faults faults = strcmp(group, "masked") == 0 ? MASKED : edges ? EDGES : strcmp(group, "memfault") == 0 ? MANY : FEW;
    t->edges = edges;
    if (edges) {
        t->in.rip = (t->in.rip & -PAGE) + 0x200 + below(0xC00);
    }
    if (edges && t->mode == 32 && chance(15)) {
        // what is behind it begins at 0 again
        t->in.rip = 0xfffff000;
        fetch = true;
    }
    int length = (prefix || fetch) && chance(20) ? 15 + below(2) : 0;
    bool ok = build(t, f, prefix ? 40 : 1, length, faults);
    if (strcmp(group, "memfault") == 0 && t->page_count == 0 && chance(80)) {
        return false;
    }
    if (checked) {
        if (t->page_count == 0) {
            return false;
        }
        t->in.rflags |= AC;
    }
    t->in.rflags |= edges && chance(20) ? AC : 0;
    if (ok && fetch) {
        rip_at_end(t, chance(85));
    }
    name(t, f->mnemonic);
    return ok;
}
