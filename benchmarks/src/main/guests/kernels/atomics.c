/* What programs with threads do on the way: locks, counters, flags, lists without locks, fences; here by one processor. */
#include "machine.h"

enum { NODES = 1024, SLOTS = 64, TIMES = 400000 };

struct node { struct node *next; u64 value; };
struct head { struct node *first; u64 changes; } __attribute__((aligned(16)));

static struct node nodes[NODES];
static struct head free_nodes, used_nodes;
static u64 counters[SLOTS], flags[SLOTS / 8];
static u32 lock, tickets, serving;

/* CMPXCHG16B: pointer and number of changes at once. */
static int exchange_head(struct head *h, struct head *expected, struct node *first) {
    u8 done;
    __asm__ volatile("lock cmpxchg16b %1; sete %0" : "=q"(done), "+m"(*h), "+a"(expected->first), "+d"(expected->changes)
        : "b"(first), "c"(expected->changes + 1) : "memory", "cc");
    return done;
}

static void push(struct head *h, struct node *n) {
    struct head old = *h;
    do n->next = old.first; while (!exchange_head(h, &old, n));
}

static struct node *pop(struct head *h) {
    struct head old = *h;
    while (old.first && !exchange_head(h, &old, old.first->next)) { }
    return old.first;
}

void atomics_prepare(void) {
    for (u32 i = 0; i < NODES; i++) push(&free_nodes, &nodes[i]);
}

u64 atomics_round(u64 seed) {
    u64 state = seed, sum = seed;
    for (u32 t = 0; t < TIMES; t++) {
        u64 r = next(&state);
        u32 slot = (u32) (r % SLOTS);
        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) __builtin_ia32_pause();
        counters[slot] += r >> 40;
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
        u32 mine = __atomic_fetch_add(&tickets, 1, __ATOMIC_RELAXED);
        while (__atomic_load_n(&serving, __ATOMIC_ACQUIRE) != mine) __builtin_ia32_pause();
        sum = mix(sum, __atomic_fetch_add(&counters[slot ^ 1], r & 255, __ATOMIC_SEQ_CST));
        __atomic_store_n(&serving, mine + 1, __ATOMIC_RELEASE);
        u8 was;
        __asm__ volatile("lock btsq %2, %1; setc %0" : "=q"(was), "+m"(flags[slot / 8]) : "r"(r >> 8 & 63) : "cc");
        if (was) __atomic_fetch_and(&flags[slot / 8], ~(r >> 3), __ATOMIC_SEQ_CST);
        u64 seen = counters[slot], wanted;
        do wanted = seen * 3 + 1; while (!__atomic_compare_exchange_n(&counters[slot], &seen, wanted, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
        if (r & 1 << 20) {
            struct node *n = pop(&free_nodes);
            if (n) n->value = r, push(&used_nodes, n);
        } else {
            struct node *n = pop(&used_nodes);
            if (n) sum = mix(sum, n->value), push(&free_nodes, n);
        }
        if (!(r & 7)) __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    for (u32 i = 0; i < SLOTS; i++) sum = mix(sum, counters[i] ^ flags[i / 8]);
    return sum;
}
