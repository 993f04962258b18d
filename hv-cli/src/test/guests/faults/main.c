/* The guest that looks for faults: does what each key at its console says, once, and prints exactly what it saw. With "echo" on its command line it sends every frame back to where it came from.
 *
 *   r N  reads block N of the SCSI disk; w N writes it      n  sends eight frames to the echo station and collects them for 30 ms
 *   s    interrupts itself through the local APIC           p  has the PIT interrupt through pin 2 of the I/O APIC
 *   c    compares the battery-backed clock with time        g  waits for a gap in its own run
 *   b    looks for messages of the bus for 20 ms            m  says how many NMIs there were */
#include "../../../main/guests/demo/vmbus.c"
#define DEPTH STORAGE_DEPTH
#include "../../../main/guests/demo/storage.c"
#undef DEPTH
#include "../../../main/guests/demo/network.c"

enum { LINE = 0x3FD, DATA_READY = 1, BREAK = 0x10, MILLI = 10000, RESCIND = 2, RELEASED = 13, OWN_VECTOR = 0x50, PIN_VECTOR = 0x51, PIN = 2, BLOCK = 512 };

extern char vector_interrupt[], pin_interrupt[], nmi_interrupt[];
extern volatile u64 vector_interrupts, pin_interrupts, nmis;

static void enable(void) { __asm__ volatile("sti" : : : "memory"); }
static void disable(void) { __asm__ volatile("cli" : : : "memory"); }

static char key(void) {
    for (;;) {
        u8 line = in8(LINE);
        if (line & BREAK) { in8(0x3F8); text("break\n"); }
        else if (line & DATA_READY) return (char) in8(0x3F8);
        __asm__ volatile("pause");
    }
}

static void hexadecimal(u32 n) {
    char digits[] = "00";
    digits[0] = "0123456789ABCDEF"[n >> 4 & 15];
    digits[1] = "0123456789ABCDEF"[n & 15];
    text(digits);
}

/* Enables interrupts until something is so, or so many ms have gone by; whether it is so. */
static int within(u32 ms, int (*so)(void)) {
    u64 end = reference_time() + (u64) ms * MILLI;
    enable();
    /* asking for the time leaves the guest: not every time */
    while (reference_time() < end) for (int i = 0; i < 64; i++) if (so()) goto over; else __asm__ volatile("pause");
over:
    disable();
    return so();
}

static void after(u64 begun) { text(" after "); number((reference_time() - begun) / MILLI); text(" ms"); }

/* ---- disk -------------------------------------------------------------------------------------------------------------- */

static int answered_disk(void) { return disk->in.control[0] != disk->in.control[1]; }

static void disk_connect(void) {
    disk = vmbus_find(SCSI);
    vmbus_open(disk);
    control(BEGIN, 0);
    control(QUERY_VERSION, V6_0);
    control(QUERY_PROPERTIES, 0);
    control(END, 0);
    u8 ready[10] = {0};
    for (int i = 0; i < 3; i++) { command(0, ready, 0, 0, 0); vmbus_receive(disk, &answer); }
}

static void one_block(int read, u32 block, void *data) {
    u8 cdb[10] = {read ? 0x28 : 0x2A, 0, 0, 0, 0, (u8) block, 0, 0, 1, 0};
    volatile u32 *word = (u32 *) (flags + SINT * 256) + disk->id / 32;
    __asm__ volatile("lock; andl %1, %0" : "+m"(*word) : "r"(~(1u << disk->id % 32)) : "memory");
    disk->in.control[2] = 0;
    u64 begun = reference_time(), before = synic_interrupts;
    command(block, cdb, data, BLOCK, read);
    text(read ? "read " : "write "); number(block); text(":");
    if (!within(100, answered_disk)) { text(" no answer\n"); return; }
    /* the interrupt comes with the answer, or not at all */
    u64 came = synic_interrupts - before;
    vmbus_receive(disk, &answer);
    text(" srb "); hexadecimal(answer.body[14]);
    text(" scsi "); hexadecimal(answer.body[15]);
    if (answer.body[14] & 0x80) {
        text(" sense "); hexadecimal(answer.body[30]); text("/"); hexadecimal(answer.body[40]); text("/"); hexadecimal(answer.body[41]);
        text(" block "); number(answer.body[34]);
    }
    after(begun);
    text(came ? "\n" : ", no interrupt\n");
}

/* ---- network ------------------------------------------------------------------------------------------------------------ */

static u64 sent_at;
static u32 back;

/* Takes what there is on the network adapter, and prints the numbers of frames. */
static int frames_taken(void) {
    while (card->in.control[0] != card->in.control[1]) {
        vmbus_receive(card, &packet);
        if (packet.type == COMPLETION) { completed++; continue; }
        if (packet.type != TRANSFER_PAGES) continue;
        u32 ranges = *(u32 *) (packet.body + 4);
        for (u32 i = 0; i < ranges; i++) {
            const u8 *message = receive_buffer + *(u32 *) (packet.body + 12 + 8 * i);
            const u32 *head = (const u32 *) message;
            if (head[0] != 1) continue;
            const u8 *frame = message + 8 + head[2];
            if (station) {
                if (frame[12] == 0x88 && frame[13] == 0xB5) send_back(frame);
                continue;
            }
            u32 bad = 0;
            for (u32 k = 17; k < FRAME; k++) bad += frame[k] != (u8) k;
            text(" "); number(frame[16]);
            if (bad) text("!");
            u64 late = (reference_time() - sent_at) / MILLI;
            if (late > 1) { text("@"); number(late); }
            back++;
        }
        u32 done[NVSP / 4] = {108, 1};
        vmbus_send(card, COMPLETION, packet.transaction, NO_WAIT, 0, 0, done, NVSP);
    }
    return 0;
}

static void frames(void) {
    for (u32 i = 0; i < DEPTH; i++) {
        u8 *frame = frame_in(i);
        copy(frame, ECHO, 6);
        copy(frame + 6, address, 6);
        frame[12] = 0x88; frame[13] = 0xB5;
        for (u32 k = 14; k < FRAME; k++) frame[k] = (u8) k;
        frame[16] = (u8) i;
    }
    text("frames:");
    back = 0;
    sent_at = reference_time();
    for (u32 i = 0; i < DEPTH; i++) send(i, RNDIS_HEADER + FRAME, 0);
    within(30, frames_taken);
    text("; "); number(back); text(" came back\n");
}

static void echo(void) {
    set_up();
    completed = 0;
    station = 1;
    text("echo station\n");
    for (;;) within(1000, frames_taken);
}

/* ---- interrupts, clocks, messages -------------------------------------------------------------------------------------------- */

static u64 own_before, pin_before;
static int own_came(void) { return vector_interrupts != own_before; }
static int pin_came(void) { return pin_interrupts != pin_before; }

static void said(const char *what, int came, u64 begun) {
    text(what);
    if (came) { text(" came"); after(begun); text("\n"); }
    else text(" lost\n");
}

static void io_apic(u32 index, u32 value) {
    *(volatile u32 *) 0xFEC00000ul = index;
    *(volatile u32 *) 0xFEC00010ul = value;
}

static void interrupts_connect(void) {
    set_interrupt(2, nmi_interrupt);
    set_interrupt(OWN_VECTOR, vector_interrupt);
    set_interrupt(PIN_VECTOR, pin_interrupt);
    out8(0x21, 0xFF); out8(0xA1, 0xFF);
    wrmsr(0x1B, rdmsr(0x1B) | 0xC00);
    wrmsr(0x80F, 0x1FF);
    io_apic(0x10 + 2 * PIN + 1, 0);
    io_apic(0x10 + 2 * PIN, PIN_VECTOR);
}

static void own_interrupt(void) {
    own_before = vector_interrupts;
    u64 begun = reference_time();
    wrmsr(0x83F, OWN_VECTOR);
    said("vector 80:", within(35, own_came), begun);
}

static void timer(void) {
    pin_before = pin_interrupts;
    u64 begun = reference_time();
    /* channel 0, mode 0: the output rises at the end of the count, here 0.5 ms */
    out8(0x43, 0x30); out8(0x40, 597 & 0xFF); out8(0x40, 597 >> 8);
    said("irq 2:", within(35, pin_came), begun);
}

static u32 decimal(u8 reg) { out8(0x70, reg); u8 v = in8(0x71); return (u32) (v >> 4) * 10 + (v & 15); }

static void clock(void) {
    static long first;
    static int known;
    long date = (long) (decimal(4) * 3600 + decimal(2) * 60 + decimal(0)) - (long) (reference_time() / 10000000);
    if (!known) { first = date; known = 1; }
    long ahead = date - first;
    text("the clock is "); if (ahead < 0) text("-"); number((u64) (ahead < 0 ? -ahead : ahead)); text(" s ahead\n");
}

static void gap(void) {
    text("running\n");
    for (u64 last = reference_time(), now;; last = now) {
        now = reference_time();
        if (now - last < MILLI) continue;
        text("gap of "); number((now - last) / MILLI); text(" ms\n");
        return;
    }
}

static int message_there(void) { return *(volatile u32 *) (messages + SINT * 256) != 0; }

static void bus(void) {
    text("bus:");
    while (within(20, message_there)) {
        const u32 *m = message();
        u32 type = m[0], id = m[0] == OFFER ? m[46] : m[2], kind = MOST_CHANNELS;
        for (u32 i = 0; i < channel_count; i++) {
            int same = 1;
            for (int k = 0; k < 16; k++) same &= channels[i].interface[k] == ((const u8 *) (m + 2))[k];
            if (type == OFFER ? same : channels[i].id == id) kind = i;
        }
        if (type == RESCIND) {
            text(" rescinded "); number(kind);
            u32 released[3] = {RELEASED, 0, id};
            post(released, sizeof released);
        } else if (type == OFFER) {
            text(" offered "); number(kind);
            channels[kind].id = id;
            channels[kind].connection = m[48];
        } else { text(" message "); number(type); }
    }
    text("\n");
}

struct multiboot { u32 flags, mem_lower, mem_upper, boot_device, cmdline; };

void main(struct multiboot *info) {
    const char *line = (const char *) (u64) info->cmdline;
    int is_echo = 0, has_disk = 0, has_network = 0;
    while (*line && *line != ' ') line++; /* the image's name */
    for (; *line; line++) { is_echo |= *line == 'e'; has_disk |= *line == 'd'; has_network |= *line == 'n'; }
    interrupts_connect();
    vmbus_connect();
    if (is_echo) echo();
    if (has_disk) disk_connect();
    if (has_network) { set_up(); completed = 0; }
    void *data = pages(1);
    text("ready\n");
    for (;;) {
        char c = key();
        if (c == 'r' || c == 'w') one_block(c == 'r', (u32) (key() - '0'), data);
        else if (c == 'n') frames();
        else if (c == 's') own_interrupt();
        else if (c == 'p') timer();
        else if (c == 'c') clock();
        else if (c == 'g') gap();
        else if (c == 'b') bus();
        else if (c == 'm') { text("nmis: "); number(nmis); text("\n"); }
        else { char s[] = "key ?\n"; s[4] = c; text(s); }
    }
}
