/* Hypercall page, SynIC and VMBus (TLFS; the public VMBus headers). */
#include "vmbus.h"

enum {
    MSR_OS_ID = 0x40000000, MSR_HYPERCALL = 0x40000001, MSR_REFERENCE = 0x40000020, MSR_SCONTROL = 0x40000080, MSR_SIEFP = 0x40000082,
    MSR_SIMP = 0x40000083, MSR_EOM = 0x40000084, MSR_SINT2 = 0x40000092,
    POST_MESSAGE = 0x5C, SIGNAL_EVENT = 0x1005D,
    SINT = 2, VECTOR = 0x40, AUTO_EOI = 1 << 17,
    CONNECTION = 4, VERSION = 5 << 16 | 3,
    OFFER = 1, REQUEST_OFFERS = 3, ALL_OFFERS = 4, OPEN = 5, OPEN_RESULT = 6, GPADL_HEADER = 8, GPADL_BODY = 9, GPADL_CREATED = 10,
    CONTACT = 14, VERSION_RESPONSE = 15,
    RING_PAGES = 5, MOST_CHANNELS = 16
};

static u8 *hypercall_page, *messages, *flags, *input;
static struct channel channels[MOST_CHANNELS];
static u32 channel_count, next_gpadl = 0x1000;

static u64 hypercall(u64 control, u64 in, u64 out) {
    u64 result;
    register u64 r8 __asm__("r8") = out;
    __asm__ volatile("call *%[page]" : "=a"(result), "+c"(control), "+d"(in), "+r"(r8) : [page] "r"(hypercall_page) : "memory", "cc", "r9", "r10", "r11");
    return result & 0xFFFF;
}

u64 reference_time(void) { return rdmsr(MSR_REFERENCE); }

static void post(const void *message, u32 size) {
    u32 *p = (u32 *) input;
    p[0] = CONNECTION; p[1] = 0; p[2] = 1; p[3] = size;
    copy(p + 4, message, size);
    if (hypercall(POST_MESSAGE, (u64) input, 0)) broken("HvPostMessage");
}

/* The next message of the bus; valid until the one after it. */
static const u32 *message(void) {
    static u32 m[60];
    volatile u32 *slot = (u32 *) (messages + SINT * 256);
    while (!slot[0]) sleep();
    copy(m, (const void *) (slot + 4), 240);
    int more = ((volatile u8 *) slot)[5] & 1;
    slot[0] = 0;
    fence();
    if (more) wrmsr(MSR_EOM, 0);
    return m;
}

static const u32 *expect(u32 type) {
    const u32 *m = message();
    if (m[0] != type) broken("a message of the bus");
    return m;
}

void vmbus_connect(void) {
    u32 a = 0x40000000, b, c, d;
    __asm__("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    if (b != 0x7263694D || c != 0x666F736F || d != 0x76482074) broken("the hypervisor's signature");
    hypercall_page = pages(1); messages = pages(1); flags = pages(1); input = pages(1);
    wrmsr(MSR_OS_ID, 0x8F00000000000001ul);
    wrmsr(MSR_HYPERCALL, (u64) hypercall_page | 1);
    set_interrupt(VECTOR, synic_interrupt);
    wrmsr(MSR_SIMP, (u64) messages | 1);
    wrmsr(MSR_SIEFP, (u64) flags | 1);
    wrmsr(MSR_SINT2, VECTOR | AUTO_EOI);
    wrmsr(MSR_SCONTROL, 1);
    text("hypercall page and SynIC are set up\n");
    u32 contact[10] = {CONTACT, 0, VERSION, 0, SINT, 0, 0, 0, 0, 0};
    post(contact, sizeof contact);
    const u32 *m = expect(VERSION_RESPONSE);
    if (!(m[2] & 0xFF)) broken("the version of the bus");
    u32 request[2] = {REQUEST_OFFERS, 0};
    post(request, sizeof request);
    while ((m = message())[0] == OFFER) {
        if (channel_count == MOST_CHANNELS) continue;
        struct channel *o = &channels[channel_count++];
        copy(o->interface, m + 2, 16);
        o->id = m[46];
        o->connection = m[48];
    }
    if (m[0] != ALL_OFFERS) broken("the offers of the bus");
    text("VMBus 5.3 offers "); number(channel_count); text(" channels\n");
}

struct channel *vmbus_find(const u8 *interface) {
    for (u32 i = 0; i < channel_count; i++) {
        int same = 1;
        for (int k = 0; k < 16; k++) same &= channels[i].interface[k] == interface[k];
        if (same) return &channels[i];
    }
    broken("an offer");
    return 0;
}

u32 vmbus_describe(struct channel *c, void *memory, u32 count) {
    u32 m[60], gpadl = next_gpadl++;
    u64 pfn = (u64) memory / PAGE;
    u32 n = count < 26 ? count : 26;
    m[0] = GPADL_HEADER; m[1] = 0; m[2] = c->id; m[3] = gpadl;
    m[4] = (8 + 8 * count) | 1 << 16;
    m[5] = count * PAGE; m[6] = 0;
    for (u32 i = 0; i < n; i++) { m[7 + 2 * i] = (u32) pfn; m[8 + 2 * i] = 0; pfn++; }
    post(m, 28 + 8 * n);
    for (u32 done = n; done < count; done += n) {
        n = count - done < 28 ? count - done : 28;
        m[0] = GPADL_BODY; m[2] = 0; m[3] = gpadl;
        for (u32 i = 0; i < n; i++) { m[4 + 2 * i] = (u32) pfn; m[5 + 2 * i] = 0; pfn++; }
        post(m, 16 + 8 * n);
    }
    const u32 *r = expect(GPADL_CREATED);
    if (r[3] != gpadl || r[4]) broken("a GPADL");
    return gpadl;
}

void vmbus_open(struct channel *c) {
    u8 *memory = pages(2 * RING_PAGES);
    u32 size = (RING_PAGES - 1) * PAGE;
    c->out = (struct ring) {(u32 *) memory, memory + PAGE, size};
    c->in = (struct ring) {(u32 *) (memory + RING_PAGES * PAGE), memory + (RING_PAGES + 1) * PAGE, size};
    c->out.control[16] = 1;
    c->in.control[16] = 1;
    u32 m[37];
    clear(m, sizeof m);
    m[0] = OPEN; m[2] = c->id; m[3] = c->id;
    m[4] = vmbus_describe(c, memory, 2 * RING_PAGES);
    m[5] = 0; m[6] = RING_PAGES;
    post(m, sizeof m);
    const u32 *r = expect(OPEN_RESULT);
    if (r[2] != c->id || r[4]) broken("opening a channel");
}

static u32 ring_write(struct ring *r, u32 at, const void *from, u32 n) {
    const u8 *b = from;
    u32 first = r->size - at < n ? r->size - at : n;
    copy(r->data + at, b, first);
    copy(r->data, b + first, n - first);
    return (at + n) % r->size;
}

static u32 ring_read(struct ring *r, u32 at, void *to, u32 n) {
    u8 *b = to;
    u32 first = r->size - at < n ? r->size - at : n;
    copy(b, r->data + at, first);
    copy(b + first, r->data, n - first);
    return (at + n) % r->size;
}

void vmbus_send(struct channel *c, int type, u64 transaction, int answer, const void *extra, u32 extra_size, const void *body, u32 size) {
    struct ring *r = &c->out;
    u32 total = (16 + extra_size + size + 7) & ~7u;
    u32 before = r->control[0], used = (before + r->size - r->control[1]) % r->size;
    if (r->size - used <= total + 8) broken("a full ring");
    u64 head[2] = {(u64) type | (u64) ((16 + extra_size) / 8) << 16 | (u64) (total / 8) << 32 | (u64) (answer != 0) << 48, transaction};
    u64 zero = 0, trailer = (u64) before << 32;
    u32 at = ring_write(r, before, head, 16);
    at = ring_write(r, at, extra, extra_size);
    at = ring_write(r, at, body, size);
    at = ring_write(r, at, &zero, total - 16 - extra_size - size);
    at = ring_write(r, at, &trailer, 8);
    fence();
    r->control[0] = at;
    fence();
    /* the host hears of it only when the ring was empty, and it wants to */
    c->due |= !r->control[2] && r->control[1] == before;
    if (!c->held) vmbus_release(c);
}

void vmbus_hold(struct channel *c) { c->held = 1; }

void vmbus_release(struct channel *c) {
    c->held = 0;
    if (c->due && hypercall(SIGNAL_EVENT, c->connection, 0)) broken("HvSignalEvent");
    c->due = 0;
}

void vmbus_receive(struct channel *c, struct packet *p) {
    struct ring *r = &c->in;
    u32 *word = (u32 *) (flags + SINT * 256) + c->id / 32;
    r->control[2] = 1;
    while (r->control[0] == r->control[1]) {
        r->control[2] = 0;
        __asm__ volatile("lock; andl %1, %0" : "+m"(*word) : "r"(~(1u << c->id % 32)) : "memory");
        fence();
        if (r->control[0] == r->control[1]) sleep();
        r->control[2] = 1;
    }
    u64 head[2];
    u32 at = ring_read(r, r->control[1], head, 16);
    u32 total = (u32) (head[0] >> 32 & 0xFFFF) * 8;
    p->type = (u16) head[0];
    p->flags = (u16) (head[0] >> 48);
    p->transaction = head[1];
    p->length = total - 16;
    if (total < 16 || p->length > sizeof p->body) broken("a packet");
    at = ring_read(r, at, p->body, p->length);
    fence();
    r->control[1] = (at + 8) % r->size;
}
