/* Runs a program for the host. */
#include "agent.h"

enum { MOST_STRINGS = 8192, PIPE = 64 << 10 };

static int child;
static u8 waiting[INPUT_WINDOW];
static u32 waits;

static void kill_group(void) {
    call2(SYS_KILL, -child, SIGKILL);
}

static void close_fd(int *fd) {
    if (*fd >= 0) call1(SYS_CLOSE, *fd);
    *fd = -1;
}

static const char *variable(char **set, const char *name) {
    u64 n = length(name);
    for (; *set; set++) {
        u64 i = 0;
        while (i < n && (*set)[i] == name[i]) i++;
        if (i == n && (*set)[n] == '=') return *set + n + 1;
    }
    return 0;
}

/* Becomes the program; what comes back is the error. */
static long become(char **argv, char **env) {
    char path[4096];
    for (const char *c = argv[0]; *c; c++) {
        if (*c == '/') return call3(SYS_EXECVE, argv[0], argv, env);
    }
    const char *search = variable(env, "PATH");
    if (!search) search = "/bin:/sbin:/usr/bin:/usr/sbin";
    long result = -ENOENT;
    while (*search) {
        char *at = path, *end = path + sizeof path;
        while (*search && *search != ':' && at + 1 < end) *at++ = *search++;
        while (*search && *search != ':') search++;
        if (*search) search++;
        append(append(at, end, at == path ? "./" : "/"), end, argv[0]);
        long r = call3(SYS_EXECVE, path, argv, env);
        if (r != -ENOENT) result = r;
    }
    return result;
}

/* The variables given, and those of the agent that are not among them. */
static char **merge(char **given, u32 n, char **own) {
    static char *all[MOST_STRINGS + 256];
    u32 count = n;
    for (u32 i = 0; i < n; i++) all[i] = given[i];
    for (u32 i = 0; own[i] && i < 255; i++) {
        char name[256];
        u64 l = 0;
        while (own[i][l] && own[i][l] != '=' && l + 1 < sizeof name) name[l] = own[i][l], l++;
        name[l] = 0;
        if (!variable(given, name)) all[count++] = own[i];
    }
    return all;
}

/* Takes what of standard input the program's pipe has room for. */
static void feed(int *in) {
    long w = call3(SYS_WRITE, *in, waiting, waits);
    if (w == -EAGAIN || w == -EINTR) return;
    if (w < 0) {
        /* it does not read any more: what comes is taken and forgotten */
        close_fd(in);
        w = waits;
    }
    move_down(waiting, waiting + w, waits - (u32) w);
    waits -= (u32) w;
    send_number(TAKEN, (u32) w);
}

/* Passes on what came; 0 when there was nothing. */
static long pass(int *from, u32 type) {
    static u8 piece[PIECE];
    long n = call3(SYS_READ, *from, piece, sizeof piece);
    if (n == -EAGAIN || n == -EINTR) return 0;
    if (n <= 0) {
        close_fd(from);
        return 0;
    }
    send(type, piece, (u64) n);
    return n;
}

static void obey(struct message *m, int *in, int *ended) {
    switch (m->type) {
        case INPUT:
            if (*ended || m->length > INPUT_WINDOW - waits) {
                kill_group();
                fail("more input than may be under way", 0);
            }
            copy(waiting + waits, m->payload, m->length);
            waits += m->length;
            if (*in < 0) {
                send_number(TAKEN, waits);
                waits = 0;
            }
            break;
        case END:
            *ended = 1;
            break;
        case SIGNAL:
            if (m->length == 4) call2(SYS_KILL, -child, *(u32 *) m->payload & 127);
            break;
        default:
            kill_group();
            fail("a message that is no program's", 0);
    }
}

static void start(char **argv, char **env, const char *folder, int in, int out, int err, int error) {
    call0(SYS_SETSID);
    call2(SYS_DUP2, in, 0);
    call2(SYS_DUP2, out, 1);
    call2(SYS_DUP2, err, 2);
    ignore(SIGPIPE, SIG_DFL);
    long e = *folder ? call1(SYS_CHDIR, folder) : 0;
    u8 where = e < 0;
    if (e == 0) e = become(argv, env);
    u32 answer[2] = {(u32) -e, where};
    call3(SYS_WRITE, error, answer, sizeof answer);
    leave();
}

void run(struct message *m, char **own) {
    static u8 request[MOST_PAYLOAD];
    static char *strings[MOST_STRINGS + 2];
    copy(request, m->payload, m->length);
    u32 arguments = *(u32 *) request, variables = *(u32 *) (request + 4);
    u64 timeout = *(u64 *) (request + 8);
    if (m->length < 16 || arguments == 0 || arguments > MOST_STRINGS - 2 || variables > MOST_STRINGS - 2 - arguments) fail("too many arguments", 7);
    /* folder, arguments and a null, variables and a null */
    const char *folder = 0;
    char **to = strings;
    for (u32 at = 16, begin = 16; at < m->length && to < strings + arguments + 1 + variables; at++) {
        if (request[at]) continue;
        if (!folder) folder = (char *) request + begin;
        else *to++ = (char *) request + begin;
        if (to == strings + arguments) to++;
        begin = at + 1;
    }
    if (!folder || to != strings + arguments + 1 + variables) fail("a request that is cut off", 0);
    char **env = merge(strings + arguments + 1, variables, own);
    int in[2], out[2], err[2], error[2];
    if (call2(SYS_PIPE2, in, O_CLOEXEC) < 0 || call2(SYS_PIPE2, out, O_CLOEXEC) < 0 || call2(SYS_PIPE2, err, O_CLOEXEC) < 0 || call2(SYS_PIPE2, error, O_CLOEXEC) < 0)
        fail("no pipes", 24);
    child = (int) call0(SYS_FORK);
    if (child < 0) fail("no process", -child);
    if (child == 0) start(strings, env, folder, in[0], out[1], err[1], error[1]);
    close_fd(&in[0]), close_fd(&out[1]), close_fd(&err[1]), close_fd(&error[1]);
    u32 answer[2];
    if (call3(SYS_READ, error[0], answer, sizeof answer) == sizeof answer) fail(answer[1] ? folder : strings[0], answer[0]);
    close_fd(&error[0]);
    on_loss(kill_group);
    call3(SYS_FCNTL, in[1], F_SETFL, O_NONBLOCK), call3(SYS_FCNTL, out[0], F_SETFL, O_NONBLOCK), call3(SYS_FCNTL, err[0], F_SETFL, O_NONBLOCK);
    send_number(STARTED, (u32) child);
    int process = (int) call2(SYS_PIDFD_OPEN, child, 0);
    if (process < 0) kill_group(), fail("the kernel is older than 5.3", 0);
    u64 end = timeout ? now() + timeout : 0;
    int ended = 0;
    for (;;) {
        while (buffered()) {
            struct message next;
            message(&next, 0);
            obey(&next, &in[1], &ended);
        }
        if (ended && waits == 0) close_fd(&in[1]);
        struct pollfd p[5] = {{stream, POLLIN, 0}, {process, POLLIN, 0}, {waits ? in[1] : -1, POLLOUT, 0}, {out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
        long wait = -1;
        if (end) {
            u64 t = now();
            if (t >= end) {
                kill_group();
                fail("it ran out of time and was killed", 0);
            }
            u64 ms = (end - t + 999999) / 1000000;
            wait = ms > 1000000 ? 1000000 : (long) ms;
        }
        if (call3(SYS_POLL, p, 5, wait) < 0) continue;
        if (p[0].revents) {
            struct message next;
            if (message(&next, 0)) obey(&next, &in[1], &ended);
        }
        if (p[2].revents) feed(&in[1]);
        if (p[3].revents) pass(&out[0], OUTPUT);
        if (p[4].revents) pass(&err[0], ERROR);
        if (p[1].revents) break;
    }
    /* what it had written when it ended; those that it leaves behind may go on writing */
    for (long n = 0, r; out[0] >= 0 && n < PIPE && (r = pass(&out[0], OUTPUT)) > 0;) n += r;
    for (long n = 0, r; err[0] >= 0 && n < PIPE && (r = pass(&err[0], ERROR)) > 0;) n += r;
    int status = 0;
    call4(SYS_WAIT4, child, &status, 0, 0);
    send_number(EXITED, status & 127 ? 128 + (status & 127) : status >> 8 & 255);
}
