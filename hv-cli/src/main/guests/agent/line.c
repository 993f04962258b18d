/*
 * Streams that share a serial port. Frame: A5 5A, kind u8, check u8 (all other bytes of the header but the first two, and 55, by exclusive or), stream u16, length u16, payload, CRC-32 u32 (IEEE 802.3, from the kind to the payload's
 * end). What is no frame is passed over byte by byte.
 *   HELLO (version u32) each second until ACKNOWLEDGE; OPEN, CLOSE: a stream; DATA: offset u32, bytes; WINDOW: bytes of a stream that were taken u32, at most WINDOW_SIZE are under way to the guest; RESET: all streams are over
 */
#include "agent.h"

enum { HELLO_FRAME = 1, ACKNOWLEDGE, OPEN, DATA, WINDOW, CLOSE, RESET };
enum { MOST = 1024, FRAME_HEADER = 8, CRC = 4, WINDOW_SIZE = 4096, STREAMS = 8 };

static struct stream {
    int fd;
    u16 number;
    u32 sent, received, taken, waits;
    u8 waiting[WINDOW_SIZE];
} streams[STREAMS];
static int port, acknowledged, quit_pipe_out, quit_pipe_in;

static u32 crc32(const u8 *b, u64 n) {
    u32 c = ~0u;
    while (n--) {
        c ^= *b++;
        for (int i = 0; i < 8; i++) c = c >> 1 ^ (0xEDB88320u & -(c & 1));
    }
    return ~c;
}

static u8 check(const u8 *f) {
    return f[2] ^ f[4] ^ f[5] ^ f[6] ^ f[7] ^ 0x55;
}

static void frame(u8 kind, u16 number, const u8 *payload, u16 n) {
    u8 f[FRAME_HEADER + MOST + CRC];
    f[0] = 0xA5, f[1] = 0x5A, f[2] = kind;
    *(u16 *) (f + 4) = number;
    *(u16 *) (f + 6) = n;
    f[3] = check(f);
    copy(f + FRAME_HEADER, payload, n);
    *(u32 *) (f + FRAME_HEADER + n) = crc32(f + 2, FRAME_HEADER - 2 + n);
    for (u64 done = 0, all = FRAME_HEADER + n + CRC; done < all;) {
        long w = call3(SYS_WRITE, port, f + done, all - done);
        if (w == -EINTR) continue;
        if (w <= 0) call1(SYS_EXIT, 3);
        done += (u64) w;
    }
}

static void drop(struct stream *s, int tell) {
    if (s->fd < 0) return;
    call1(SYS_CLOSE, s->fd);
    s->fd = -1;
    if (tell) frame(CLOSE, s->number, 0, 0);
}

static void open_stream(u16 number) {
    int pair[2];
    struct stream *s = 0;
    for (int i = 0; i < STREAMS; i++) {
        if (streams[i].fd >= 0 && streams[i].number == number) drop(&streams[i], 0);
        if (streams[i].fd < 0) s = &streams[i];
    }
    if (!s || call4(SYS_SOCKETPAIR, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        frame(CLOSE, number, 0, 0);
        return;
    }
    long p = call0(SYS_FORK);
    if (p == 0) {
        /* the other streams' ends are not this process's: their other ends would never see them closed */
        for (int i = 0; i < STREAMS; i++) {
            if (streams[i].fd >= 0) call1(SYS_CLOSE, streams[i].fd);
        }
        call1(SYS_CLOSE, pair[0]);
        call1(SYS_CLOSE, port);
        call1(SYS_CLOSE, quit_pipe_in);
        serve(pair[1], quit_pipe_out);
    }
    call1(SYS_CLOSE, pair[1]);
    if (p < 0) {
        call1(SYS_CLOSE, pair[0]);
        frame(CLOSE, number, 0, 0);
        return;
    }
    call3(SYS_FCNTL, pair[0], F_SETFL, O_NONBLOCK);
    s->fd = pair[0];
    s->number = number;
    s->sent = s->received = s->taken = s->waits = 0;
}

/* Hands on what the host sent, as far as the request takes it. */
static void hand_on(struct stream *s) {
    long w = call3(SYS_WRITE, s->fd, s->waiting, s->waits);
    if (w == -EAGAIN || w == -EINTR) return;
    if (w <= 0) {
        /* it is over; what it said last is still read */
        w = s->waits;
    }
    s->waits -= (u32) w;
    move_down(s->waiting, s->waiting + w, s->waits);
    s->taken += (u32) w;
    frame(WINDOW, s->number, (u8 *) &s->taken, 4);
}

static void on_frame(u8 kind, u16 number, const u8 *payload, u16 n) {
    if (kind == ACKNOWLEDGE) acknowledged = 1;
    if (kind == OPEN) open_stream(number);
    for (int i = 0; i < STREAMS; i++) {
        struct stream *s = &streams[i];
        if (s->fd < 0 || (kind != RESET && s->number != number)) continue;
        if (kind == CLOSE || kind == RESET) {
            drop(s, 0);
        } else if (kind == DATA) {
            if (n < 4 || *(u32 *) payload != s->received || n - 4u > WINDOW_SIZE - s->waits) {
                drop(s, 1);
                continue;
            }
            copy(s->waiting + s->waits, payload + 4, n - 4);
            s->waits += n - 4;
            s->received += n - 4;
            if (s->waits) hand_on(s);
        }
    }
}

/* Takes frames from the front of what was read. */
static void parse(u8 *b, u32 *used) {
    u32 at = 0;
    while (at < *used) {
        u8 *f = b + at;
        u32 left = *used - at;
        if (f[0] != 0xA5 || (left > 1 && f[1] != 0x5A)) {
            at++;
            continue;
        }
        if (left < FRAME_HEADER) break;
        u32 n = *(u16 *) (f + 6);
        if (n > MOST || f[3] != check(f)) {
            at++;
            continue;
        }
        if (left < FRAME_HEADER + n + CRC) break;
        if (*(u32 *) (f + FRAME_HEADER + n) != crc32(f + 2, FRAME_HEADER - 2 + n)) {
            at++;
            continue;
        }
        on_frame(f[2], *(u16 *) (f + 4), f + FRAME_HEADER, (u16) n);
        at += FRAME_HEADER + n + CRC;
    }
    *used -= at;
    move_down(b, b + at, *used);
}

/* Opens a port so that it carries bytes as they are. */
int line_open(const char *path) {
    struct termios t = {0, 0, 0, 0, 0, {0}};
    int fd = (int) call3(SYS_OPEN, path, O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0) return fd;
    /* 115200 baud, 8 bits, receiver on, modem lines ignored; reads wait for a byte */
    t.cflag = 010002 | 060 | 0200 | 04000;
    t.cc[6] = 1;
    long e = call3(SYS_IOCTL, fd, 0x5402, &t);
    return e < 0 ? (int) e : fd;
}

void line_serve(int tty, int quit_in, int quit_out) {
    static u8 in[4 * (FRAME_HEADER + MOST + CRC)];
    u32 used = 0, version = VERSION;
    u64 next = 0;
    port = tty;
    quit_pipe_in = quit_in;
    quit_pipe_out = quit_out;
    for (int i = 0; i < STREAMS; i++) streams[i].fd = -1;
    for (;;) {
        struct pollfd p[STREAMS + 2];
        u8 piece[MOST];
        if (!acknowledged && now() >= next) {
            frame(HELLO_FRAME, 0, (u8 *) &version, 4);
            next = now() + 1000000000;
        }
        for (int i = 0; i < STREAMS; i++) p[i] = (struct pollfd) {streams[i].fd, (short) (POLLIN | (streams[i].waits ? POLLOUT : 0)), 0};
        p[STREAMS] = (struct pollfd) {port, POLLIN, 0};
        p[STREAMS + 1] = (struct pollfd) {quit_in, POLLIN, 0};
        if (call3(SYS_POLL, p, STREAMS + 2, acknowledged ? -1 : 1000) < 0) continue;
        for (int i = 0; i < STREAMS; i++) {
            struct stream *s = &streams[i];
            if (!p[i].revents || s->fd < 0) continue;
            if (p[i].revents & POLLOUT && s->waits) hand_on(s);
            long n = call3(SYS_READ, s->fd, piece + 4, sizeof piece - 4);
            if (n == -EAGAIN || n == -EINTR) continue;
            if (n <= 0) {
                drop(s, 1);
                continue;
            }
            *(u32 *) piece = s->sent;
            frame(DATA, s->number, piece, (u16) (n + 4));
            s->sent += (u32) n;
        }
        if (p[STREAMS].revents) {
            long n = call3(SYS_READ, port, in + used, sizeof in - used);
            if (n <= 0 && n != -EINTR && n != -EAGAIN) call1(SYS_EXIT, 3);
            if (n > 0) {
                used += (u32) n;
                parse(in, &used);
            }
        }
        if (p[STREAMS + 1].revents) call1(SYS_EXIT, 0);
    }
}
