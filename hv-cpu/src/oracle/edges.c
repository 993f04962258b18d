// What lies at the ends of what addresses reach: of 16 and 32 bits, of what a program may map, of all that is canonical; and at code, which can be read
// alone.
#include "oracle.h"

#define END_16 0x10000ull
#define END_32 0x100000000ull
#define END_CANONICAL 0x800000000000ull

// Where an operand of a form of address begins, and which of its two pages are to be there.
uint64_t edge(const struct test *t, const struct encoded *e, int bytes, bool *mapped, bool *both) {
    uint64_t code = t->in.rip & -PAGE;
    int before = (int) below(bytes + 1);
    *mapped = chance(80);
    *both = chance(75);
    if (e->addr_size == 16) {
        return chance(80) ? END_16 - (before ? before : 1) : below(bytes);
    }
    if (e->rip_relative || chance(20) && (e->addr_size == 64 || code < END_32)) {
        // in code, or from what can be written into code; not right before the instruction, where one may be put that nothing is to see
        uint64_t at = chance(50) ? code + below(PAGE - 64) : code - before;
        return at < t->in.rip && at + bytes >= t->in.rip ? t->in.rip : at;
    }
    if (e->addr_size == 32) {
        return chance(85) ? END_32 - (before ? before : 1) : below(2 * bytes);
    }
    if (chance(40)) {
        return LAST_PAGE + PAGE - before;
    }
    if (chance(30)) {
        return END_CANONICAL - before;
    }
    return data_address(t->mode, e->base == NONE && e->index == NONE) + PAGE - before;
}

// A stack across the end of the address space of compatibility mode, of a program's or of a page, in code, or where there is nothing.
uint64_t stack_at_edge(struct test *t) {
    uint64_t end = t->mode == 32 ? END_32 : chance(50) ? data_address(64, false) + PAGE : chance(60) ? LAST_PAGE + PAGE : chance(50) ? END_CANONICAL : 0;
    if (chance(15)) {
        end = t->in.rip & -PAGE;
    }
    uint64_t at = end - 24 + below(48);
    at &= chance(60) ? -(uint64_t) (t->mode / 8) : ~0ull;
    for (int k = 0; k < 2; k++) {
        if (chance(80)) {
            fill_memory(t, k ? end : end - 48, 48, '?');
        }
    }
    return t->mode == 32 ? (uint32_t) at : at;
}

// Strings that run over the end of what their pointers reach, over pages of which some are missing, and over one another.
void strings_at_edge(struct test *t, const struct encoded *e) {
    static const int POINTER[] = {RSI, RDI};
    struct state *s = &t->in;
    uint64_t mask = e->addr_size == 16 ? 0xFFFF : e->addr_size == 32 ? 0xFFFFFFFF : ~0ull;
    uint64_t rest = t->mode == 32 ? 0xFFFFFFFF : ~0ull;
    s->gpr[RCX] = chance(90) ? below(40) : below(600);
    bool over = chance(35);
    uint64_t first = 0;
    for (int k = 0; k < 2; k++) {
        uint64_t end = e->addr_size == 64 || chance(25) ? data_address(t->mode, e->addr_size == 32) + PAGE : mask + 1;
        end = e->addr_size == 16 && chance(80) ? END_16 : e->addr_size == 64 && chance(15) ? LAST_PAGE + PAGE : end;
        uint64_t at = k && over ? first - 24 + below(48) : end - 40 + below(80);
        first = at;
        for (int half = 0; half < 3; half++) {
            // before the end, behind it, and where it goes on
            if (chance(85)) {
                fill_memory(t, half == 0 ? end - 100 : half == 1 ? end : end & mask, 100, "bq"[below(2)]);
            }
        }
        s->gpr[POINTER[k]] = at & mask | random64() & rest & ~mask;
    }
    s->base[0] = s->base[1] = 0;
    s->gpr[RCX] |= random64() & rest & ~mask;
    s->gpr[RAX] = chance(50) ? 0 : s->gpr[RAX];
}
