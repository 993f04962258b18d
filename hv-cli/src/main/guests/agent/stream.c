/* A request's stream: messages from it and to it. Whatever goes wrong ends this process, and with it the request. */
#include "agent.h"

int stream;
static void (*last)(void);
static u8 received[HEADER + MOST_PAYLOAD];
static u32 used, consumed;

/* The stream is gone, or the request over: nothing more is to be said. */
void leave(void) {
    call1(SYS_EXIT, 0);
    __builtin_unreachable();
}

static void write_all(const u8 *b, u64 n) {
    while (n > 0) {
        long w = call3(SYS_WRITE, stream, b, n);
        if (w == -EINTR) continue;
        if (w <= 0) {
            if (last) last();
            leave();
        }
        b += w;
        n -= (u64) w;
    }
}

void on_loss(void (*action)(void)) {
    last = action;
}

void send(u32 type, const void *payload, u64 n) {
    static u8 out[HEADER + PIECE];
    *(u32 *) out = (u32) n;
    *(u32 *) (out + 4) = type | VERSION << 16;
    copy(out + HEADER, payload, n);
    write_all(out, HEADER + n);
}

void send_number(u32 type, u32 value) {
    send(type, &value, 4);
}

static const char *reason(long e) {
    switch (e) {
        case 1: return "operation not permitted";
        case 2: return "no such file or directory";
        case 5: return "input or output error";
        case 7: return "argument list too long";
        case 8: return "not a program";
        case 11: return "try again";
        case 12: return "out of memory";
        case 13: return "permission denied";
        case 16: return "busy";
        case 17: return "exists already";
        case 20: return "not a directory";
        case 21: return "is a directory";
        case 22: return "invalid argument";
        case 24: return "too many open files";
        case 26: return "text file busy";
        case 27: return "file too large";
        case 28: return "no space left";
        case 30: return "read-only file system";
        case 36: return "name too long";
        case 40: return "too many symbolic links";
        default: return 0;
    }
}

/* Waits until the host has closed the stream: what was sent is not lost then. */
void linger(void) {
    u64 end = now() + 2000000000ul;
    while (now() < end) {
        struct pollfd p = {stream, POLLIN, 0};
        if (call3(SYS_POLL, &p, 1, 2000) <= 0 || call3(SYS_READ, stream, received, sizeof received) <= 0) return;
    }
}

void fail(const char *what, long error) {
    char text[192];
    char *end = text + sizeof text, *at = append(text, end, what);
    if (error) {
        const char *why = reason(error);
        at = append(at, end, ": ");
        at = why ? append(at, end, why) : append_number(append(at, end, "error "), end, (u64) error);
    }
    send(FAILED, text, (u64) (at - text));
    linger();
    leave();
}

/* The next message; 0 when there is none yet and nobody waits for it. */
int message(struct message *m, int wait) {
    if (consumed) {
        move_down(received, received + consumed, used - consumed);
        used -= consumed;
        consumed = 0;
    }
    for (int read = 0;; read = 1) {
        if (used >= HEADER) {
            m->length = *(u32 *) received;
            m->type = *(u16 *) (received + 4);
            m->payload = received + HEADER;
            if (*(u16 *) (received + 6) != VERSION) fail("another version of the protocol is spoken here", 0);
            if (m->length > MOST_PAYLOAD) fail("the message is too long", 0);
            if (used >= HEADER + m->length) {
                consumed = HEADER + m->length;
                return 1;
            }
        }
        if (read && !wait) return 0;
        long n = call3(SYS_READ, stream, received + used, sizeof received - used);
        if (n == -EINTR) continue;
        if (n == -EAGAIN) return 0;
        if (n <= 0) {
            if (last) last();
            leave();
        }
        used += (u32) n;
    }
}

/* Whether a message may be there without reading more. */
int buffered(void) {
    u32 left = used - consumed;
    return left >= HEADER && left - HEADER >= *(u32 *) (received + consumed);
}
