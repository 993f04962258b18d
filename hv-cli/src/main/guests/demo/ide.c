/* A small IDE driver for the child that knows nothing of the hypervisor: the same work by programmed I/O and by bus-master DMA. */
#include "machine.h"

enum {
    COMMAND_BLOCK = 0x1F0, CONTROL = 0x3F6, COUNT = 2, LBA = 3, DEVICE = 6, COMMAND = 7,
    BUSY = 0x80, DATA_REQUEST = 8, ERROR = 1, LBA_MODE = 0xE0,
    READ = 0x20, WRITE = 0x30, READ_DMA = 0xC8, WRITE_DMA = 0xCA, IDENTIFY = 0xEC,
    PIC_MASTER = 0x20, PIC_SLAVE = 0xA0, PIT = 0x40, TIMER_VECTOR = 0x20, DISK_VECTOR = 0x2E, SECTORS = REQUEST / 512,
    PCI_ADDRESS = 0xCF8, PCI_DATA = 0xCFC, PCI_SLOTS = 8, PIIX4_IDE = 0x71118086, BAR4 = 0x20, PCI_COMMAND = 4
};

static u64 seen;
static u16 master;
static u32 *table;

static u32 pci(u32 slot, u32 offset) {
    out32(PCI_ADDRESS, 0x80000000 | slot << 11 | offset);
    return in32(PCI_DATA);
}

/* Waits for the disk's interrupt; its status, which is not an error. */
static u8 finished(void) {
    while (disk_interrupts == seen) sleep();
    seen++;
    u8 status = in8(COMMAND_BLOCK + COMMAND);
    if (status & (ERROR | BUSY)) broken("an ATA command");
    return status;
}

static void command(u32 request, u8 code) {
    u32 lba = request * SECTORS;
    out8(COMMAND_BLOCK + DEVICE, (u8) (LBA_MODE | lba >> 24));
    out8(COMMAND_BLOCK + COUNT, SECTORS);
    for (int i = 0; i < 3; i++) out8((u16) (COMMAND_BLOCK + LBA + i), (u8) (lba >> 8 * i));
    out8(COMMAND_BLOCK + COMMAND, code);
}

static void pio(u32 request, u16 *data, int read) {
    command(request, read ? READ : WRITE);
    for (int s = 0; s < SECTORS; s++, data += 256) {
        if (read) {
            finished();
            void *to = data;
            u64 words = 256;
            __asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(COMMAND_BLOCK) : "memory");
        } else {
            const void *from = data;
            u64 words = 256;
            __asm__ volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(COMMAND_BLOCK) : "memory");
            finished();
        }
    }
}

static void dma(u32 request, void *data, int read) {
    table[0] = (u32) (u64) data;
    table[1] = 0x80000000 | REQUEST;
    out32((u16) (master + 4), (u32) (u64) table);
    out8(master, (u8) (read ? 8 : 0));
    out8((u16) (master + 2), 6);
    command(request, read ? READ_DMA : WRITE_DMA);
    out8(master, (u8) (read ? 9 : 1));
    finished();
    if ((in8((u16) (master + 2)) & 3) != 0) broken("a transfer of the bus master");
    out8(master, 0);
}

static void write_and_read(u8 *data, int by_dma) {
    for (int read = 0; read < 2; read++) {
        if (read) clear(data, REQUESTS * REQUEST);
        for (u32 r = 0; r < REQUESTS; r++) {
            if (by_dma) dma(r, data + r * REQUEST, read);
            else pio(r, (u16 *) (data + r * REQUEST), read);
        }
    }
}

static void test(const char *what, u8 *data, int by_dma) {
    for (u32 i = 0; i < REQUESTS * REQUEST / 8; i++) ((u64 *) data)[i] = pattern(DISK_SEED, i * 8ul);
    for (u32 round = 1; round < (by_dma ? ROUNDS : 2); round++) write_and_read(data, by_dma);
    begin(what, 2 * REQUESTS, REQUEST);
    write_and_read(data, by_dma);
    end();
    for (u32 i = 0; i < REQUESTS * REQUEST / 8; i++) {
        if (((u64 *) data)[i] != pattern(DISK_SEED, i * 8ul)) broken("what was read from the disk");
    }
    text("disk: "); number(2 * REQUESTS); text(" requests by "); text(what); text(", every byte right\n");
}

/* Both interrupt controllers, interrupts 0, 2 (the cascade) and 14 unmasked; the timer at 100 Hz. */
static void interrupts(void) {
    static const u8 words[2][4] = {{0x11, TIMER_VECTOR, 4, 1}, {0x11, TIMER_VECTOR + 8, 2, 1}};
    for (int i = 0; i < 4; i++) {
        out8((u16) (PIC_MASTER + (i != 0)), words[0][i]);
        out8((u16) (PIC_SLAVE + (i != 0)), words[1][i]);
    }
    out8(PIC_MASTER + 1, 0xFA);
    out8(PIC_SLAVE + 1, 0xBF);
    set_interrupt(TIMER_VECTOR, timer_interrupt);
    set_interrupt(DISK_VECTOR, disk_interrupt);
    out8(PIT + 3, 0x34);
    out8(PIT, 11932 & 0xFF);
    out8(PIT, 11932 >> 8);
}

void ide_transfer(u32 request, void *data, int read) { dma(request, data, read); }

void ide_connect(void) {
    interrupts();
    u32 slot = 0;
    while (slot < PCI_SLOTS && pci(slot, 0) != PIIX4_IDE) slot++;
    if (slot == PCI_SLOTS) broken("the IDE controller");
    master = (u16) (pci(slot, BAR4) & ~15u);
    u32 enable = pci(slot, PCI_COMMAND);
    out32(PCI_DATA, enable | 5);
    table = pages(1);
    u16 *identity = pages(1);
    out8(CONTROL, 0);
    out8(COMMAND_BLOCK + DEVICE, LBA_MODE);
    out8(COMMAND_BLOCK + COMMAND, IDENTIFY);
    finished();
    for (int i = 0; i < 256; i++) identity[i] = in16(COMMAND_BLOCK);
    text("IDE disk of "); number((identity[60] | (u32) identity[61] << 16) / 2048); text(" MiB\n");
}

void emulated(void) {
    ide_connect();
    u8 *data = pages(REQUESTS);
    test("ide-pio", data, 0);
    test("ide-dma", data, 1);
    text("the 8254 ticked "); text(timer_interrupts ? "meanwhile\n" : "never\n");
    if (!timer_interrupts) broken("the timer");
}
