/* A small storvsc: writes and reads a disk on the synthetic SCSI controller, eight requests under way. */
#include "vmbus.h"

enum { EXECUTE = 3, BEGIN = 7, END = 8, QUERY_VERSION = 9, QUERY_PROPERTIES = 10, V6_0 = 0x600, SIZE = 64, DEPTH = 8, SRB_OK = 1 };

static const u8 SCSI[16] = {0xD9, 0x63, 0x61, 0xBA, 0xA1, 0x04, 0x29, 0x4D, 0xB6, 0x05, 0x72, 0xE2, 0xFF, 0xB1, 0xDC, 0x7F};

static struct channel *disk;
static struct packet answer;

static void control(u32 operation, u16 value) {
    u8 m[SIZE];
    clear(m, SIZE);
    *(u32 *) m = operation;
    *(u32 *) (m + 4) = 1;
    *(u16 *) (m + 12) = value;
    vmbus_send(disk, IN_BAND, 0x100 + operation, 1, 0, 0, m, SIZE);
    vmbus_receive(disk, &answer);
    if (answer.type != COMPLETION || *(u32 *) (answer.body + 8)) broken("setting the SCSI controller up");
}

static void command(u64 transaction, const u8 *cdb, void *data, u32 length, int read) {
    u8 m[SIZE];
    clear(m, SIZE);
    *(u32 *) m = EXECUTE;
    *(u32 *) (m + 4) = 1;
    *(u16 *) (m + 12) = 52;
    m[20] = 10;
    m[21] = 20;
    m[22] = (u8) (length ? read : 2);
    *(u32 *) (m + 24) = length;
    copy(m + 28, cdb, 10);
    if (length) {
        u64 range[3] = {1ul << 32, length, (u64) data / PAGE};
        vmbus_send(disk, GPA_DIRECT, transaction, 1, range, sizeof range, m, SIZE);
    } else {
        vmbus_send(disk, IN_BAND, transaction, 1, 0, 0, m, SIZE);
    }
}

static void move(u32 request, void *data, int read) {
    u32 lba = request * (REQUEST / 512);
    u8 cdb[10] = {read ? 0x28 : 0x2A, 0, (u8) (lba >> 24), (u8) (lba >> 16), (u8) (lba >> 8), (u8) lba, 0, 0, REQUEST / 512, 0};
    command(request, cdb, data, REQUEST, read);
}

/* Waits for a request; its number. */
static u32 finished(void) {
    vmbus_receive(disk, &answer);
    if (answer.type != COMPLETION || (answer.body[14] & 0x3F) != SRB_OK || answer.body[15]) broken("a SCSI command");
    return (u32) answer.transaction;
}

static u64 wrong_words(const u64 *data, u32 request) {
    u64 wrong = 0;
    for (u32 i = 0; i < REQUEST / 8; i++) wrong += data[i] != pattern(DISK_SEED, (u64) request * REQUEST + i * 8);
    return wrong;
}

/* All requests twice, several under way at a time. */
static void write_and_read(u8 *data) {
    for (int read = 0; read < 2; read++) {
        if (read) clear(data, REQUESTS * REQUEST);
        for (u32 r = 0; r < REQUESTS; r += DEPTH) {
            vmbus_hold(disk);
            for (u32 i = 0; i < DEPTH; i++) move(r + i, data + (r + i) * REQUEST, read);
            vmbus_release(disk);
            for (u32 i = 0; i < DEPTH; i++) finished();
        }
    }
}

void storage_test(void) {
    disk = vmbus_find(SCSI);
    vmbus_open(disk);
    control(BEGIN, 0);
    control(QUERY_VERSION, V6_0);
    control(QUERY_PROPERTIES, 0);
    control(END, 0);
    u8 *data = pages(REQUESTS);
    /* a disk that has just been plugged in says so first */
    u8 ready[10] = {0};
    for (int i = 0; i < 3; i++) { command(0, ready, 0, 0, 0); vmbus_receive(disk, &answer); }
    for (u32 i = 0; i < REQUESTS * REQUEST / 8; i++) ((u64 *) data)[i] = pattern(DISK_SEED, i * 8ul);
    for (u32 round = 1; round < ROUNDS; round++) write_and_read(data);
    begin("storvsc", 2 * REQUESTS, REQUEST);
    write_and_read(data);
    end();
    u64 wrong = 0;
    for (u32 r = 0; r < REQUESTS; r++) wrong += wrong_words((u64 *) (data + r * REQUEST), r);
    if (wrong) broken("what was read from the disk");
    text("disk: "); number(2 * REQUESTS); text(" requests over storvsc, every byte right\n");
}
