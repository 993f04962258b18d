/* Files for the host. */
#include "agent.h"

enum { FORMAT = 0170000, REGULAR = 0100000, CHARACTERS = 0020000, BLOCKS = 0060000 };

static char path[4096 + 16];
static char part[4096 + 64];

static void take_path(struct message *m, u32 at) {
    if (m->length <= at || m->length - at > 4096 || m->payload[m->length - 1] || m->payload[at] != '/') fail("a path that is none", 0);
    copy(path, m->payload + at, m->length - at);
}

static void unlink_part(void) {
    if (part[0]) call1(SYS_UNLINK, part);
}

static void lost(long error) {
    unlink_part();
    fail(path, error);
}

static void parents(void) {
    for (char *c = path + 1; *c; c++) {
        if (*c == '/') {
            *c = 0;
            call2(SYS_MKDIR, path, 0755);
            *c = '/';
        }
    }
}

void put(struct message *m) {
    if (m->length < 16) fail("a request that is cut off", 0);
    u32 mode = *(u32 *) m->payload & 07777;
    u64 size = *(u64 *) (m->payload + 8), have = 0;
    struct stat s;
    take_path(m, 16);
    parents();
    char *end = part + sizeof part;
    append_number(append(append(part, end, path), end, ".hv-"), end, (u64) call0(SYS_GETPID));
    long file = call3(SYS_OPEN, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        /* no new files where the kernel's own are: /proc, /sys */
        part[0] = 0;
        if (call2(SYS_STAT, path, &s) < 0) fail(path, -file);
        file = call3(SYS_OPEN, path, O_WRONLY | O_TRUNC | O_CLOEXEC, 0);
        if (file < 0) fail(path, -file);
    }
    on_loss(unlink_part);
    for (message(m, 1); m->type == INPUT; message(m, 1)) {
        have += m->length;
        if (have > size) break;
        for (u32 done = 0; done < m->length;) {
            long w = call3(SYS_WRITE, file, m->payload + done, m->length - done);
            if (w == -EINTR) continue;
            if (w <= 0) lost(-w);
            done += (u32) w;
        }
    }
    if (m->type != END || have != size) {
        unlink_part();
        fail("another number of bytes than was said", 0);
    }
    if (part[0]) {
        long e = call2(SYS_FCHMOD, file, mode);
        if (e == 0) e = call2(SYS_RENAME, part, path);
        if (e < 0) lost(-e);
    }
    call1(SYS_CLOSE, file);
}

void get(struct message *m) {
    static u8 piece[PIECE];
    struct stat s;
    take_path(m, 0);
    long file = call3(SYS_OPEN, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0), n;
    if (file < 0) fail(path, -file);
    call2(SYS_FSTAT, file, &s);
    u32 format = s.mode & FORMAT;
    if (format == 0040000) fail(path, EISDIR);
    if (format != REGULAR && format != CHARACTERS && format != BLOCKS) fail("not a file", 0);
    while ((n = call3(SYS_READ, file, piece, sizeof piece)) > 0) send(OUTPUT, piece, (u64) n);
    if (n < 0 && n != -EAGAIN) fail(path, -n);
}

void await(struct message *m) {
    struct stat s;
    if (m->length < 8) fail("a request that is cut off", 0);
    u64 timeout = *(u64 *) m->payload, begin = now();
    long pause = 1;
    take_path(m, 8);
    while (call2(SYS_STAT, path, &s) < 0) {
        if (now() - begin >= timeout) fail("it did not come to be in time", 0);
        struct pollfd p = {stream, POLLIN, 0};
        /* the host has nothing to say but that it gives up */
        if (call3(SYS_POLL, &p, 1, pause) > 0) leave();
        if (pause < 20) pause++;
    }
}
