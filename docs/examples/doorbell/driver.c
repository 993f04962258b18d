/* A driver with a bug: two processors, of which one stands for a device that puts messages into a ring and rings a doorbell, an interrupt, when the driver
 * sleeps; the other is the driver, which takes them out and sleeps when there are none. Between its look at the ring and its sleep a message can come: nobody
 * rings then, and the driver sleeps for ever. docs/tutorial-race.md finds it. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

enum { COM1 = 0x3F8, LINE_STATUS = COM1 + 5, TRANSMITTER_EMPTY = 0x20, PM1_CONTROL = 0x404, SLEEP_ENABLE = 0x2000 };
enum { MESSAGES = 1000, SLOTS = 16, DOORBELL = 0x40 };

static void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static void out16(u16 port, u16 v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
static u8 in8(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static void pause(void) { __asm__ volatile("pause" : : : "memory"); }

static void apic_write(u32 reg, u32 v) { *(volatile u32 *) (0xFEE00000ul + reg * 16) = v; }

static void send(u32 to, u32 command) {
    apic_write(0x31, to << 24);
    apic_write(0x30, command);
}

static void text(const char *s) {
    for (; *s; s++) {
        while (!(in8(LINE_STATUS) & TRANSMITTER_EMPTY)) { }
        out8(COM1, (u8) *s);
    }
}

/* ---- what driver and device share ------------------------------------------------------------------------------------- */

struct ring {
    volatile u32 head;          /* messages that were put in, by the device */
    volatile u32 tail;          /* messages that were taken out, by the driver */
    volatile u32 sleeping;      /* the driver wants the doorbell */
    volatile u32 message[SLOTS];
};

struct ring ring;
volatile u32 doorbells, started, naps;

/* ---- the device: the second processor ---------------------------------------------------------------------------------- */

void device(void) {
    for (u32 n = 0; n < MESSAGES; n++) {
        while (ring.head - ring.tail == SLOTS) pause();
        for (u32 work = 0; work < 20 + n % 7; work++) pause();
        ring.message[ring.head % SLOTS] = n;
        ring.head++;
        if (ring.sleeping) {
            ring.sleeping = 0;
            send(0, DOORBELL);
        }
    }
    for (;;) __asm__ volatile("cli; hlt");
}

/* ---- the driver: the first processor ------------------------------------------------------------------------------------ */

void doorbell(void) {
    doorbells++;
    apic_write(0xB, 0);
}

static void wait_for_message(void) {
    while (ring.head == ring.tail) {
        naps++;
        /* the bug: a message that has come since the look at the ring rings no bell */
        ring.sleeping = 1;
#ifdef MENDED
        /* the device looks after it has put a message in: either it sees this, or the message is seen here */
        __asm__ volatile("mfence" : : : "memory");
        if (ring.head != ring.tail) {
            ring.sleeping = 0;
            break;
        }
#endif
        __asm__ volatile("sti; hlt; cli" : : : "memory");
    }
}

static u32 receive(void) {
    wait_for_message();
    u32 n = ring.message[ring.tail % SLOTS];
    ring.tail++;
    return n;
}

extern u8 trampoline[], trampoline_end[];
extern u64 idt[];
extern void doorbell_entry(void);

void main(void) {
    u64 at = (u64) doorbell_entry;
    idt[2 * DOORBELL] = (at & 0xFFFF) | 8ul << 16 | 0x8E00ul << 32 | (at >> 16 & 0xFFFF) << 48;
    idt[2 * DOORBELL + 1] = at >> 32;
    for (u32 i = 0; trampoline + i < trampoline_end; i++) ((volatile u8 *) 0x8000)[i] = trampoline[i];
    apic_write(0xF, 0x1FF);
    send(1, 0x4500);                        /* INIT, then the start-up interrupt */
    send(1, 0x4608);
    while (!started) pause();
    text("receiving\r\n");
    started = 2;
    for (u32 n = 0; n < MESSAGES; n++) {
        if (receive() != n) text("wrong message\r\n");
    }
    text("all received\r\n");
    while (!(in8(LINE_STATUS) & TRANSMITTER_EMPTY)) { }
    out16(PM1_CONTROL, SLEEP_ENABLE);
    for (;;) __asm__ volatile("cli; hlt");
}

void other(void) {
    apic_write(0xF, 0x1FF);
    started = 1;
    while (started != 2) pause();
    device();
}
