/* Sieve; queens by recursion; records, calls and strings as programs have them; lists, trees and indirect calls. */
#include "machine.h"

enum { SIEVE = 1 << 20 };

u64 sieve_round(u64 seed) {
    u64 sum = seed;
    for (int t = 0; t < 8; t++) {
        for (u32 i = 0; i < SIEVE; i++) arena[i] = 1;
        u32 count = 0;
        for (u32 i = 2; i < SIEVE; i++) {
            if (!arena[i]) continue;
            count++;
            for (u32 k = 2 * i; k < SIEVE; k += i) arena[k] = 0;
        }
        if (count != 82025) broken("sieve: a wrong number of primes");
        sum = mix(sum, count);
    }
    return sum;
}

enum { BOARD = 10 };

static u8 columns[BOARD], rising[2 * BOARD], falling[2 * BOARD];

static u32 place(int row) {
    if (row == BOARD) return 1;
    u32 found = 0;
    for (int c = 0; c < BOARD; c++) {
        if (columns[c] | rising[row + c] | falling[row - c + BOARD]) continue;
        columns[c] = rising[row + c] = falling[row - c + BOARD] = 1;
        found += place(row + 1);
        columns[c] = rising[row + c] = falling[row - c + BOARD] = 0;
    }
    return found;
}

static u32 place_bits(u32 all, u32 columns_taken, u32 left, u32 right) {
    if (columns_taken == all) return 1;
    u32 found = 0;
    for (u32 free = all & ~(columns_taken | left | right); free;) {
        u32 bit = free & -free;
        free ^= bit;
        found += place_bits(all, columns_taken | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return found;
}

u64 queens_round(u64 seed) {
    for (int t = 0; t < 8; t++) {
        if (place(0) != 724) broken("queens: a wrong number");
        if (place_bits((1u << 11) - 1, 0, 0, 0) != 2680) broken("queens: a wrong number by bits");
    }
    return mix(seed, 724 + 2680);
}

/* ---- records: what an ordinary program does: fields, enumerations, short strings, calls with pointers, decisions ---- */

enum kind { BOOK, LETTER, MAP, PLAN, KINDS };
enum { RECORDS = 64, NAME = 28, TIMES = 35000 };

struct record { struct record *other; enum kind kind; u32 pages; i64 price; char name[NAME]; u8 seen; u16 shelf; };

static struct record records[RECORDS];
static i64 total;
static char last_name[NAME];

static int same(const char *p, const char *q) {
    while (*p && *p == *q) p++, q++;
    return *p == *q;
}

static void name_it(struct record *r, const char *name, u32 number) {
    u32 i = 0;
    for (; name[i]; i++) r->name[i] = name[i];
    r->name[i++] = ' ';
    r->name[i++] = (char) ('A' + number % 26);
    r->name[i] = 0;
}

__attribute__((noinline)) static enum kind after(enum kind k, u32 pages) {
    switch (k) {
        case BOOK: return pages > 100 ? BOOK : LETTER;
        case LETTER: return MAP;
        case MAP: return pages & 1 ? PLAN : BOOK;
        default: return BOOK;
    }
}

__attribute__((noinline)) static i64 price_of(const struct record *r, i64 base, u32 *counted) {
    ++*counted;
    return r->kind == BOOK ? base + r->pages * 3 : r->kind == MAP ? base * 2 - r->shelf : base + 7;
}

__attribute__((noinline)) static void exchange(struct record *p, struct record *q) {
    struct record t = *p;
    p->pages = q->pages + 1;
    p->kind = after(q->kind, q->pages);
    p->shelf = (u16) (p->shelf + q->seen);
    q->price = t.price + q->price / 3;
    q->seen = (u8) (t.seen + 1);
    if (p->kind == q->kind) *q = t, q->other = p; else p->other = q;
}

__attribute__((noinline)) static int visit(struct record *r, u32 *counted) {
    struct record *o = r->other;
    i64 price = price_of(r, o->price & 0xFFFF, counted);
    total += price % 1000;
    if (same(r->name, o->name)) o->name[0] ^= 1;
    if (r->pages > 400) r->pages -= 400;
    exchange(r, o);
    if (*counted % 16 == 0) for (int i = 0; i < NAME; i++) last_name[i] = r->name[i];
    return price > 500;
}

void records_prepare(void) {
    u64 state = 9;
    for (u32 i = 0; i < RECORDS; i++) {
        struct record *r = &records[i];
        r->other = &records[next(&state) % RECORDS];
        r->kind = (enum kind) (next(&state) % KINDS);
        r->pages = (u32) (next(&state) % 500);
        r->price = (i64) (next(&state) % 10000);
        r->shelf = (u16) i;
        name_it(r, i & 1 ? "a shelf mark of a record" : "of some length", i);
    }
}

u64 records_round(u64 seed) {
    u32 counted = 0, dear = 0;
    for (u32 t = 0; t < TIMES; t++) for (u32 i = 0; i < 16; i++) dear += (u32) visit(&records[(t * 7 + i * 5) % RECORDS], &counted);
    u64 sum = mix(mix(mix(seed, dear), (u64) total), counted);
    for (u32 i = 0; i < RECORDS; i++) sum = mix(sum, (u64) records[i].price + records[i].pages);
    return mix(sum, (u8) last_name[NAME - 3]);
}

/* ---- pointers: a list in random order through 4 MiB, a search tree, objects with methods ---- */

enum { NODES = 64 << 10, KEYS = 8 << 10, SHAPES = 512 };

struct node { struct node *next; u64 value, unused[6]; };
struct tree { struct tree *left, *right; u32 key, count; };
struct shape { u64 (*measure)(struct shape *, u64); struct shape *next; u64 a, b; };

static struct tree trees[KEYS], *root;
static struct shape shapes[SHAPES];

static u64 square(struct shape *s, u64 v) { return s->a * s->a + v; }
static u64 oblong(struct shape *s, u64 v) { return s->a * s->b ^ v; }
static u64 ring(struct shape *s, u64 v) { return s->a++ - (s->b >> 3) + v; }
static u64 group(struct shape *s, u64 v) { return s->next->b & 1 ? v + 1 : square(s->next, v) + oblong(s, v); }
static u64 blank(struct shape *s, u64 v) { s->b ^= v; return v >> 1; }

void pointers_prepare(void) {
    struct node *nodes = (struct node *) arena;
    u32 *order = (u32 *) (arena + NODES * sizeof *nodes);
    u64 state = 10;
    for (u32 i = 0; i < NODES; i++) order[i] = i;
    for (u32 i = NODES; i-- > 1;) {
        u32 k = (u32) (next(&state) % (i + 1)), t = order[i];
        order[i] = order[k];
        order[k] = t;
    }
    for (u32 i = 0; i < NODES; i++) nodes[order[i]].next = &nodes[order[(i + 1) % NODES]], nodes[i].value = next(&state);
    u64 (*const methods[])(struct shape *, u64) = {square, oblong, ring, group, blank};
    for (u32 i = 0; i < SHAPES; i++) {
        shapes[i].measure = methods[next(&state) % 5];
        shapes[i].next = &shapes[next(&state) % SHAPES];
        shapes[i].a = next(&state) % 1000, shapes[i].b = next(&state);
    }
}

static u32 height(const struct tree *t) {
    if (!t) return 0;
    u32 l = height(t->left), r = height(t->right);
    return 1 + (l > r ? l : r);
}

u64 pointers_round(u64 seed) {
    u64 sum = seed;
    const struct node *n = (struct node *) arena;
    for (u32 i = 0; i < 4 * NODES; i++, n = n->next) sum = sum * 5 + n->value;
    u64 state = seed;
    u32 used = 0;
    root = 0;
    for (u32 i = 0; i < 2 * KEYS; i++) {
        u32 key = (u32) (next(&state) >> 50);
        struct tree **at = &root;
        while (*at && (*at)->key != key) at = key < (*at)->key ? &(*at)->left : &(*at)->right;
        if (*at) (*at)->count++;
        else if (used < KEYS) *at = &trees[used++], **at = (struct tree) {0, 0, key, 1};
    }
    sum = mix(sum, used);
    for (int t = 0; t < 4; t++) sum = mix(sum, height(root));
    for (int t = 0; t < 400; t++) for (u32 i = 0; i < SHAPES; i++) sum = shapes[i].measure(&shapes[i], sum);
    return sum;
}
