/* A small netvsc: sends frames to an echo station on the virtual switch and checks what comes back. */
#include "vmbus.h"

enum {
    NVSP_VERSION = 0x60000, NVSP = 40, BUFFER_PAGES = 64, SECTION = 6144, DEPTH = 8,
    RNDIS_HEADER = 44, RECEIVE_ID = 0xCAFE, SEND_ID = 0, NO_WAIT = 0, WAIT = 1
};

static const u8 NETWORK[16] = {0x63, 0x51, 0x61, 0xF8, 0x3E, 0xDF, 0xC5, 0x46, 0x91, 0x3F, 0xF2, 0xD2, 0xF9, 0x65, 0xED, 0x0E};
static const u8 ECHO[6] = {0x02, 0, 0, 0, 0, 0x01};

static struct channel *card;
static struct packet packet;
static u8 *receive_buffer, *send_buffer;
static u8 address[6];
static u32 completed, echoed, answered, returned;
/* Whether frames are sent back to where they came from, as the echo station does. */
static int station;
static u32 reply[64];

static void send(u32 section, u32 bytes, u32 kind) {
    u32 m[NVSP / 4] = {107, kind, section, bytes};
    vmbus_send(card, IN_BAND, section + 1, 1, 0, 0, m, NVSP);
}

/* Puts the head of an RNDIS packet with one frame into a section of the send buffer; where the frame goes. */
static u8 *frame_in(u32 section) {
    u32 *m = (u32 *) (send_buffer + section * SECTION);
    clear(m, RNDIS_HEADER);
    m[0] = 1; m[1] = RNDIS_HEADER + FRAME; m[2] = RNDIS_HEADER - 8; m[3] = FRAME;
    return (u8 *) m + RNDIS_HEADER;
}

/* Whether a frame for this guest is as its sender made it. */
static int whole(const u8 *frame, u32 length) {
    int right = length == FRAME;
    for (int k = 0; k < 6; k++) right &= frame[k] == address[k] && (station || frame[6 + k] == ECHO[k]);
    u64 which = *(const u64 *) (frame + 16);
    for (u32 k = 24; right && k < FRAME; k += 8) right = *(const u64 *) (frame + k) == pattern(which, k);
    return right;
}

/* Sends a frame back to who sent it. Nobody has more of them under way than there are sections. */
static void send_back(const u8 *frame) {
    if (returned - completed >= DEPTH) broken("more frames under way than anybody sends");
    u32 section = returned++ % DEPTH;
    u8 *copied = frame_in(section);
    copy(copied, frame + 6, 6);
    copy(copied + 6, address, 6);
    copy(copied + 12, frame + 12, FRAME - 12);
    send(section, RNDIS_HEADER + FRAME, 0);
}

/* Takes one packet: a completion of ours, or data, which is acknowledged. */
static void take(void) {
    vmbus_receive(card, &packet);
    if (packet.type == COMPLETION) {
        completed++;
        return;
    }
    if (packet.type != TRANSFER_PAGES) return;
    u32 ranges = *(u32 *) (packet.body + 4);
    for (u32 i = 0; i < ranges; i++) {
        u32 length = *(u32 *) (packet.body + 8 + 8 * i), offset = *(u32 *) (packet.body + 12 + 8 * i);
        if (offset + length > BUFFER_PAGES * PAGE) broken("a range of the receive buffer");
        const u8 *message = receive_buffer + offset;
        const u32 *rndis = (const u32 *) message;
        if (rndis[0] != 1) {
            copy(reply, rndis, length < sizeof reply ? length : sizeof reply);
            answered += rndis[0] >> 31;
            continue;
        }
        const u8 *frame = message + 8 + rndis[2];
        int right = whole(frame, rndis[3]);
        if (station && !right) broken("a frame from another guest");
        if (station) send_back(frame);
        else if (right) echoed++;
    }
    u32 done[NVSP / 4] = {108, 1};
    vmbus_send(card, COMPLETION, packet.transaction, NO_WAIT, 0, 0, done, NVSP);
}

/* Sends an NVSP message; with an answer wanted, the answer is in the packet. */
static const u32 *nvsp(const u32 *m, int wait) {
    vmbus_send(card, IN_BAND, 1, wait, 0, 0, m, NVSP);
    if (!wait) return 0;
    vmbus_receive(card, &packet);
    if (packet.type != COMPLETION) broken("an answer of the network adapter");
    return (const u32 *) packet.body;
}

/* An RNDIS request; its answer is in reply. */
static void rndis(const u32 *m, u32 bytes) {
    copy(send_buffer, m, bytes);
    u32 before = answered, sent = completed;
    send(0, bytes, 1);
    while (answered == before || completed == sent) take();
    if (reply[3]) broken("an RNDIS request");
}

static void set_up(void) {
    card = vmbus_find(NETWORK);
    vmbus_open(card);
    u32 init[NVSP / 4] = {1, NVSP_VERSION, NVSP_VERSION};
    if (nvsp(init, WAIT)[3] != 1) broken("the version of the network adapter");
    u32 config[NVSP / 4] = {125, 1500};
    nvsp(config, NO_WAIT);
    u32 ndis[NVSP / 4] = {100, 6, 30};
    nvsp(ndis, NO_WAIT);
    receive_buffer = pages(BUFFER_PAGES);
    send_buffer = pages(BUFFER_PAGES);
    u32 receive[NVSP / 4] = {101, vmbus_describe(card, receive_buffer, BUFFER_PAGES), RECEIVE_ID};
    if (nvsp(receive, WAIT)[1] != 1) broken("the receive buffer");
    u32 sending[NVSP / 4] = {104, vmbus_describe(card, send_buffer, BUFFER_PAGES), SEND_ID};
    const u32 *a = nvsp(sending, WAIT);
    if (a[1] != 1 || a[2] != SECTION) broken("the send buffer");
    u32 initialise[6] = {2, 24, 1, 1, 0, 0x4000};
    rndis(initialise, sizeof initialise);
    u32 query[7] = {4, 28, 2, 0x01010101, 0, 0, 0};
    rndis(query, sizeof query);
    copy(address, (u8 *) reply + 8 + reply[5], 6);
    u32 filter[8] = {5, 32, 3, 0x0001010E, 4, 20, 0, 0xB};
    rndis(filter, sizeof filter);
}

void network_echo(void) {
    set_up();
    completed = 0;
    station = 1;
    text("echo station\n");
    while (returned < FRAMES || completed < FRAMES) take();
    text("network: "); number(returned); text(" frames were sent back, every byte right\n");
}

void network_test(void) {
    set_up();
    for (u32 i = 0; i < DEPTH; i++) {
        u8 *frame = frame_in(i);
        copy(frame, ECHO, 6);
        copy(frame + 6, address, 6);
        frame[12] = 0x88; frame[13] = 0xB5;
    }
    completed = 0;
    begin("netvsc", 2 * FRAMES, FRAME);
    for (u32 f = 0; f < FRAMES; f += DEPTH) {
        vmbus_hold(card);
        for (u32 i = 0; i < DEPTH; i++) {
            u8 *frame = send_buffer + i * SECTION + RNDIS_HEADER;
            *(u64 *) (frame + 16) = f + i;
            for (u32 k = 24; k < FRAME; k += 8) *(u64 *) (frame + k) = pattern(f + i, k);
            send(i, RNDIS_HEADER + FRAME, 0);
        }
        vmbus_release(card);
        while (completed < f + DEPTH || echoed < f + DEPTH) take();
    }
    end();
    text("network: "); number(echoed); text(" frames over netvsc came back, every byte right\n");
}
