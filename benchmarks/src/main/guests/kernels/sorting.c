/* Sorting: quicksort, heapsort, and a shell sort that compares through a function pointer. */
#include "machine.h"

enum { COUNT = 112 << 10, FEW = 28 << 10, SMALL = 12 };

static void insertion(u32 *a, i64 low, i64 high) {
    for (i64 i = low + 1; i <= high; i++) {
        u32 v = a[i];
        i64 j = i - 1;
        for (; j >= low && a[j] > v; j--) a[j + 1] = a[j];
        a[j + 1] = v;
    }
}

static void quicksort(u32 *a, i64 low, i64 high) {
    while (high - low > SMALL) {
        u32 pivot = a[low + (high - low) / 2];
        i64 i = low - 1, j = high + 1;
        for (;;) {
            do i++; while (a[i] < pivot);
            do j--; while (a[j] > pivot);
            if (i >= j) break;
            u32 t = a[i];
            a[i] = a[j];
            a[j] = t;
        }
        quicksort(a, low, j);
        low = j + 1;
    }
    insertion(a, low, high);
}

static void sift(u32 *a, u32 root, u32 n) {
    u32 v = a[root];
    for (u32 child = 2 * root + 1; child < n; child = 2 * root + 1) {
        if (child + 1 < n && a[child] < a[child + 1]) child++;
        if (v >= a[child]) break;
        a[root] = a[child];
        root = child;
    }
    a[root] = v;
}

static void heapsort(u32 *a, u32 n) {
    for (u32 i = n / 2; i-- > 0;) sift(a, i, n);
    for (u32 i = n; i-- > 1;) {
        u32 t = a[0];
        a[0] = a[i];
        a[i] = t;
        sift(a, 0, i);
    }
}

struct item { u32 key, order; };

static int by_key(const struct item *a, const struct item *b) { return a->key < b->key ? -1 : a->key > b->key; }
static int by_order(const struct item *a, const struct item *b) { return a->order < b->order ? -1 : a->order > b->order; }

static void shellsort(struct item *a, u32 n, int (*compare)(const struct item *, const struct item *)) {
    for (u32 gap = n / 2; gap; gap = gap == 2 ? 1 : (u32) ((u64) gap * 5 / 11)) {
        for (u32 i = gap; i < n; i++) {
            struct item v = a[i];
            u32 j = i;
            for (; j >= gap && compare(&a[j - gap], &v) > 0; j -= gap) a[j] = a[j - gap];
            a[j] = v;
        }
    }
}

static u64 check(const u32 *a, u32 n) {
    u64 sum = 0;
    for (u32 i = 0; i < n; i++) {
        if (i && a[i - 1] > a[i]) broken("sorting: not sorted");
        sum = mix(sum, a[i]);
    }
    return sum;
}

u64 sorting_round(u64 seed) {
    u32 *a = (u32 *) arena, *b = a + COUNT;
    struct item *items = (struct item *) (b + COUNT);
    u64 state = seed, sum = seed;
    for (u32 i = 0; i < COUNT; i++) a[i] = b[i] = (u32) (next(&state) >> 32);
    for (u32 i = 0; i < FEW; i++) items[i].key = a[i], items[i].order = i;
    quicksort(a, 0, COUNT - 1);
    heapsort(b, COUNT);
    u64 one = check(a, COUNT);
    if (one != check(b, COUNT)) broken("sorting: two results");
    shellsort(items, FEW, by_key);
    for (u32 i = 0; i < FEW; i++) sum = mix(sum, items[i].order);
    shellsort(items, FEW, by_order);
    for (u32 i = 0; i < FEW; i++) if (items[i].order != i) broken("sorting: out of order");
    return mix(sum, one);
}
