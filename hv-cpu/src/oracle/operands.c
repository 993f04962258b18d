// Registers, flags and memory for an encoded instruction: operands at corners, addresses that reach mapped pages, and sometimes those that do not.
#include "oracle.h"
#include <string.h>

static const uint64_t DATA_64[] = {0x20001000, 0x10000000, 0x80200000, 0x1234567000, 0x21000000000, 0x3ffffffff000, 0x12340000000};
static const uint64_t DATA_32[] = {0x20001000, 0x10000000, 0x80200000, 0x7ffff000, 0xbfff0000, 0x12345000};
static const uint64_t CODE_64[] = {0x401000, 0x7ffe000, 0x2000000000, 0x3f5500001000, 0x12345678000};
static const uint64_t CODE_32[] = {0x401000, 0x7ffe000, 0xc0100000, 0x8049000};
#define PICK(a) (a)[below(sizeof (a) / sizeof *(a))]

uint64_t code_page_64(void) {
    return PICK(CODE_64);
}

uint64_t code_page_32(void) {
    return PICK(CODE_32);
}

uint64_t data_address(int mode, bool low) {
    return mode == 32 ? PICK(DATA_32) : low ? DATA_64[below(3)] : PICK(DATA_64);
}

// The page behind a page: in compatibility mode the first one follows the last one.
uint64_t next_page(const struct test *t, uint64_t page) {
    return t->mode == 32 ? (uint32_t) (page + PAGE) : page + PAGE;
}

// The contents of a page of data before the test; mapped now if it was not. NULL where it cannot be.
uint8_t *data_page(struct test *t, uint64_t address) {
    address &= -PAGE;
    uint64_t code = t->in.rip & -PAGE;
    bool edge = t->edges && (address == 0 || address == LAST_PAGE);
    if (!edge && (address < PAGE || address >> 46) || address == code || address == next_page(t, code)) {
        return NULL;
    }
    for (int i = 0; i < t->page_count; i++) {
        if (t->pages[i].address == address) {
            return t->pages[i].before;
        }
    }
    if (t->page_count == MAX_PAGES) {
        return NULL;
    }
    struct page *p = &t->pages[t->page_count];
    p->address = address;
    p->bytes = page_bytes(t->page_count++);
    memset(p->before, 0, PAGE);
    return p->before;
}

static void note(struct test *t, uint64_t address, int length) {
    if (t->fill_count < MAX_FILLS) {
        t->fills[t->fill_count++] = (struct fill) {address, length};
    }
}

// Maps what is not and fills it; the part on a page that cannot be mapped stays unmapped.
void fill_memory(struct test *t, uint64_t address, int length, char type) {
    uint8_t bytes[512];
    length = length > (int) sizeof bytes ? (int) sizeof bytes : length;
    corner_bytes(bytes, length, type);
    for (int done = 0; done < length;) {
        uint64_t at = t->mode == 32 ? (uint32_t) (address + done) : address + done;
        int n = PAGE - (at & (PAGE - 1));
        n = n > length - done ? length - done : n;
        uint8_t *page = data_page(t, at);
        if (page) {
            memcpy(page + (at & (PAGE - 1)), bytes + done, n);
            note(t, at, n);
        }
        done += n;
    }
}

// The type of what a form calculates with.
char element_type(const struct form *f) {
    const char *m = f->mnemonic;
    size_t n = strlen(m);
    if (f->attributes & IS_X87) {
        switch (operand_bytes(f, NULL)) {
        case 10: return f->opcode == 0xDB ? 't' : 'c';
        case 2: return 'w';
        case 8: return f->opcode == 0xDF || f->digit == 1 && f->opcode == 0xDD ? 'q' : 'D';
        case 4: return f->opcode == 0xDA || f->opcode == 0xDB ? 'd' : 's';
        default: return 'b';
        }
    }
    if (strncmp(m, "VCVTPH", 6) == 0) {
        return 'h';
    }
    const char *from = strstr(m, "CVT");
    if (from) {
        from += from[3] == 'T' ? 4 : 3;
        return from[1] == 'S' ? 's' : from[0] == 'D' || from[0] == 'P' && from[1] == 'I' ? 'd' : from[0] == 'S' && from[1] == 'I' ? '?' : 'D';
    }
    if (strcmp(f->group, "ssefp") == 0 || strcmp(f->group, "avxfp") == 0 || strcmp(f->group, "fma") == 0 || strcmp(f->group, "approx") == 0) {
        return n > 1 && m[n - 1] == 'S' ? 's' : m[n - 1] == 'D' ? 'D' : chance(50) ? 's' : 'D';
    }
    return '?';
}

static void flags(struct test *t) {
    static const uint32_t BITS[] = {CF, PF, AF, ZF, SF, OF};
    uint32_t v = 0x202;
    for (int i = 0; i < 6; i++) {
        v |= chance(50) ? BITS[i] : 0;
    }
    bool string = strcmp(t->form ? t->form->group : "", "string") == 0;
    t->in.rflags = v | (chance(string ? 50 : 4) ? DF : 0);
}

static void x87_state(struct test *t) {
    struct state *s = &t->in;
    bool mmx = t->form && t->form->attributes & IS_MMX;
    s->fcw = 0x40 | (chance(82) ? 0x3F : below(64)) | (chance(60) ? 3 : below(4)) << 8 | (chance(40) ? 0 : below(4)) << 10 | (chance(10) ? 0x1000 : 0);
    int flags = chance(75) ? 0 : below(128);
    s->fsw = (chance(30) ? 0 : below(8)) << 11 | flags | (chance(80) ? 0 : below(8) << 8 | below(2) << 14);
    if (!chance(8)) {
        // not pending
        s->fsw &= ~(~s->fcw & 0x3F);
    }
    if (s->fsw & ~s->fcw & 0x3F) {
        s->fsw |= 0x8080;
    }
    s->ftw = chance(50) ? 0xFF : chance(30) ? 0 : random64();
    int top = s->fsw >> 11;
    for (int i = 0; i < 8; i++) {
        if (s->ftw >> ((top + i) & 7) & 1 || mmx) {
            corner_f80(s->st[i]);
            if (mmx) {
                corner_bytes(s->st[i], 8, '?');
                memset(s->st[i] + 8, 0xFF, chance(70) ? 2 : 0);
            }
        }
    }
}

static void vectors(struct test *t, const struct encoded *e) {
    struct state *s = &t->in;
    char type = t->form ? element_type(t->form) : '?';
    int regs = t->mode == 64 ? 16 : 8;
    for (int i = 0; i < regs; i++) {
        bool used = !e || i == e->reg || i == e->rm || i == e->vvvv || i == e->is4 || i == 0 || i == e->index;
        if (used) {
            corner_bytes(s->ymm[i], 32, type);
            if (chance(30)) {
                memset(s->ymm[i] + 16, 0x5A, 16);
            }
        }
    }
    s->mxcsr = (chance(85) ? 0x1F80 : below(64) << 7) | (chance(50) ? 0 : below(4) << 13) | (chance(75) ? 0 : 0x40) | (chance(80) ? 0 : 0x8000) | (chance(80) ? 0 : below(64));
}

// All registers, those that the instruction names at corners.
void fill_state(struct test *t, const struct encoded *e) {
    struct state *s = &t->in;
    uint64_t rip = s->rip;
    memset(s, 0, sizeof *s);
    s->rip = rip;
    s->mxcsr = 0x1F80;
    s->fcw = 0x37F;
    flags(t);
    int regs = t->mode == 64 ? 16 : 8;
    bool rest = chance(25);
    for (int i = 0; i < regs; i++) {
        bool used = !e || i < RSP || i == e->reg || i == e->rm || i == e->vvvv || i == e->base || i == e->index;
        s->gpr[i] = used ? corner(64) : rest ? 0x1111111111111111ull * i : 0;
        if (t->mode == 32) {
            s->gpr[i] = (uint32_t) s->gpr[i];
        }
    }
    int attributes = t->form ? t->form->attributes : 0;
    if (attributes & (IS_X87 | IS_MMX) || t->form && t->form->opcode == 0x9B) {
        x87_state(t);
    }
    if (attributes & (IS_SSE | IS_AVX)) {
        vectors(t, e);
        if (t->form && strpbrk(t->form->operands, "PQN") || t->form && strstr(t->form->mnemonic, "PI")) {
            x87_state(t);
        }
    }
}

// A stack: mostly in the middle of a page, sometimes at an edge, sometimes nowhere.
uint64_t stack_here(struct test *t) {
    if (t->edges && chance(60)) {
        return stack_at_edge(t);
    }
    uint64_t page = data_address(t->mode, false);
    uint64_t at = page + 256 + below(3400);
    int where = below(100);
    if (where < 6) {
        at = page + below(24);
    } else if (where < 12) {
        at = page + PAGE - below(24);
    } else if (where < 14 && t->mode == 64) {
        return 0x800000000000ull - 8 + below(24);
    }
    if (chance(80)) {
        at &= -8ull;
    }
    data_page(t, page);
    uint64_t from = at - 40 < page ? page : at - 40;
    fill_memory(t, from, (int) (page + PAGE - from > 80 ? 80 : page + PAGE - from), '?');
    return at;
}

static uint64_t linear(const struct test *t, const struct encoded *e) {
    const struct state *s = &t->in;
    uint64_t a = e->disp;
    a += e->base != NONE ? s->gpr[e->base] : 0;
    a += e->index != NONE && strcmp(t->form->group, "gather") ? s->gpr[e->index] << e->scale : 0;
    a += e->rip_relative ? s->rip + t->length : 0;
    a = e->addr_size == 16 ? (uint16_t) a : e->addr_size == 32 ? (uint32_t) a : a;
    a += e->seg >= FS ? s->base[e->seg - FS] : 0;
    return t->mode == 32 ? (uint32_t) a : a;
}

// Where an operand is to be, and whether the page it begins in and the next one are there.
static uint64_t target(struct test *t, const struct encoded *e, int bytes, enum faults faults, bool *mapped, bool *both) {
    bool low = e->addr_size == 32 || e->base == NONE && e->index == NONE && e->disp_size < 8;
    uint64_t page = data_address(t->mode, low);
    if (e->rip_relative) {
        page = (t->in.rip & -PAGE) + PAGE * (2 + below(6));
    }
    if (e->addr_size == 16) {
        page = 0x3000 + PAGE * below(8);
    }
    *mapped = *both = true;
    if (faults == EDGES && chance(80)) {
        return edge(t, e, bytes, mapped, both);
    }
    uint64_t offset = 128 + below(PAGE - 512);
    offset &= chance(t->form->attributes & IS_ALIGN ? 88 : 50) ? -(uint64_t) (bytes & -bytes) : ~0ull;
    if (faults == MASKED && chance(85)) {
        offset = PAGE - below(bytes + 1);
        *mapped = chance(60);
        *both = chance(60);
    } else if (chance(faults ? 55 : 4)) {
        offset = PAGE - below(bytes + 1);
        *both = chance(faults ? 25 : 50);
    } else if (chance(faults ? 20 : 2)) {
        *mapped = false;
    } else if (t->mode == 64 && !low && !e->rip_relative && chance(faults ? 40 : 1)) {
        static const uint64_t EDGES[] = {0x7ffffffff000, 0x800000000000, 0xffff7ffffffff000, 0xffff800000000000, 0xfffffffffffff000, 0x123456789abcd000};
        *mapped = false;
        return PICK(EDGES) + (chance(50) ? PAGE - below(bytes + 1) : below(PAGE));
    } else if (t->mode == 32 && chance(faults ? 10 : 1)) {
        page = 0xfffff000;
        offset = PAGE - below(2 * bytes);
    }
    return page + offset;
}

// Maps and fills an operand, or what there is to be of it.
static void fill_operand(struct test *t, uint64_t at, int bytes, bool mapped, bool both, char type) {
    int here = PAGE - (at & (PAGE - 1)) < (uint64_t) bytes ? (int) (PAGE - (at & (PAGE - 1))) : bytes;
    if (mapped) {
        fill_memory(t, at, both ? bytes : here ? here : 1, type);
    } else if (both && here < bytes) {
        fill_memory(t, at + here, bytes - here, type);
    }
}

// The operand at rDI of an instruction that has no other address.
void place_at_rdi(struct test *t, const struct encoded *e, int bytes, enum faults faults) {
    bool mapped, both;
    struct encoded at_rdi = *e;
    at_rdi.base = RDI;
    uint64_t at = target(t, &at_rdi, bytes, faults, &mapped, &both);
    if (e->override >= FS) {
        t->in.base[e->override - FS] = 0;
    }
    t->in.gpr[RDI] = t->mode == 32 ? (uint32_t) at : at;
    at = e->addr_size == 16 ? (uint16_t) at : e->addr_size == 32 ? (uint32_t) at : at;
    fill_operand(t, at, bytes, mapped, both, 'b');
}

// Gives base, index and displacement values that lead to mapped memory, and fills it.
void place(struct test *t, struct encoded *e, enum faults faults) {
    struct state *s = &t->in;
    const struct form *f = t->form;
    int bytes = operand_bytes(f, e);
    bool gather = strcmp(f->group, "gather") == 0 && e->addr_size > 16;
    bool mapped, both;
    uint64_t want = target(t, e, bytes, faults, &mapped, &both);
    if (e->seg >= FS) {
        static const uint64_t BASES[] = {0, 0x1000, 0x7000000, 0x1000000000, 0x2000, 0xffffffffffffe000, 0xffff800000000000, 0x7ffffffff000};
        uint64_t base = t->mode == 32 ? corner(32) : e->addr_size < 64 ? want - below(0x10000) : PICK(BASES);
        if (e->rip_relative || e->base == NONE && e->index == NONE) {
            base = want - below(0x1000000);
        }
        base = t->mode == 32 ? (uint32_t) base : (uint64_t) ((int64_t) (base << 16) >> 16);
        s->base[e->seg - FS] = base;
        want -= base;
    }
    uint64_t rest = want - e->disp;
    if (e->rip_relative) {
        set_displacement(t, e, (int32_t) (want - s->rip - t->length));
    } else if (gather) {
        s->gpr[e->base == NONE ? 0 : e->base] = rest;
        if (e->base == NONE) {
            set_displacement(t, e, (int32_t) want);
        }
        for (int i = 0; i < 32; i += 4) {
            int64_t v = (int) below(0x400) - 0x200;
            v = chance(4) ? (int64_t) random64() : v >> e->scale;
            bool quad = f->opcode & 1;
            if (!quad || i % 8 == 0) {
                memcpy(s->ymm[e->index] + i, &v, quad ? 8 : 4);
            }
        }
    } else if (e->base == NONE && e->index == NONE) {
        int64_t disp = e->disp_size == 8 ? (int64_t) want : e->disp_size == 4 ? (int32_t) want : (int16_t) want;
        set_displacement(t, e, disp);
    } else if (e->base == NONE) {
        uint64_t value = (int64_t) rest >> e->scale;
        set_displacement(t, e, (int32_t) (e->disp + (rest & ((1 << e->scale) - 1))));
        s->gpr[e->index] = value;
    } else if (e->base == e->index) {
        s->gpr[e->base] = rest / (1 + (1 << e->scale));
    } else {
        s->gpr[e->base] = rest - (e->index == NONE ? 0 : s->gpr[e->index] << e->scale);
    }
    if (e->addr_size == 32 && t->mode == 64 && e->base != NONE) {
        s->gpr[e->base] = (uint32_t) s->gpr[e->base] | random64() << 32;
    }
    if (e->addr_size == 16 && e->base != NONE) {
        s->gpr[e->base] = (uint16_t) s->gpr[e->base] | (random64() & 0xFFFF0000);
    }
    for (int i = 0; i < 8 && t->mode == 32; i++) {
        s->gpr[i] = (uint32_t) s->gpr[i];
    }
    uint64_t at = linear(t, e);
    if (mapped && gather) {
        fill_memory(t, at - 256, 512, 'b');
    } else {
        fill_operand(t, at, bytes, mapped, both && (mapped || faults >= MASKED), element_type(f));
    }
}
