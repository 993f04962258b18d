/*
 * agent              listens on a Hyper-V socket where the kernel has hv_sock, else on the second serial port
 * agent line TTY     on this port
 * agent unix PATH    as on a port, over a Unix socket of a listener: for tests, without a guest
 * agent stream       serves one request over descriptor 0
 */
#include "agent.h"

static const char PORT_NAME[] = "/dev/ttyS1";
char **environment;

static void ring(int quit_in) {
    struct vsock_address host = {AF_VSOCK, 0, PORT, CID_HOST, {0}};
    u32 hello[3] = {4, HELLO | VERSION << 16, VERSION};
    /* a host that does not listen yet may later */
    for (int tries = 0; tries < 60; tries++) {
        long s = call3(SYS_SOCKET, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (call3(SYS_CONNECT, s, &host, sizeof host) == 0 && call3(SYS_WRITE, s, hello, sizeof hello) == sizeof hello) {
            /* closed by the host when it has read */
            call3(SYS_READ, s, hello, sizeof hello);
            leave();
        }
        call1(SYS_CLOSE, s);
        struct pollfd p = {quit_in, POLLIN, 0};
        if (call3(SYS_POLL, &p, 1, 1000) > 0) leave();
    }
    leave();
}

static void sockets_serve(int listener, int quit_in, int quit_out) {
    if (call0(SYS_FORK) == 0) ring(quit_in);
    for (;;) {
        struct pollfd p[2] = {{listener, POLLIN, 0}, {quit_in, POLLIN, 0}};
        struct vsock_address from;
        u32 size = sizeof from;
        if (call3(SYS_POLL, p, 2, -1) < 0) continue;
        if (p[1].revents) call1(SYS_EXIT, 0);
        long s = call4(SYS_ACCEPT4, listener, &from, &size, SOCK_CLOEXEC);
        if (s < 0) continue;
        /* programs of the guest itself are not served */
        if (from.cid == CID_HOST && call0(SYS_FORK) == 0) {
            call1(SYS_CLOSE, listener);
            serve((int) s, quit_out);
        }
        call1(SYS_CLOSE, s);
    }
}

static long unix_open(const char *path) {
    struct {
        u16 family;
        char path[108];
    } a = {AF_UNIX, {0}};
    append(a.path, a.path + sizeof a.path, path);
    long s = call3(SYS_SOCKET, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), e = call3(SYS_CONNECT, s, &a, sizeof a);
    return e < 0 ? e : s;
}

static int run_agent(long argc, char **argv) {
    int quit[2];
    environment = argv + argc + 1;
    if (call2(SYS_PIPE2, quit, O_CLOEXEC) < 0) return 2;
    if (argc == 2 && equal(argv[1], "stream")) {
        serve(0, quit[1]);
    }
    ignore(SIGCHLD, SIG_IGN);
    const char *port = argc == 3 && equal(argv[1], "line") ? argv[2] : PORT_NAME;
    if (argc == 1 && call2(SYS_ACCESS, "/sys/bus/vmbus/drivers/hv_sock", 0) == 0) {
        struct vsock_address a = {AF_VSOCK, 0, PORT, (u32) CID_ANY, {0}};
        long s = call3(SYS_SOCKET, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (s >= 0 && call3(SYS_BIND, s, &a, sizeof a) == 0 && call2(SYS_LISTEN, s, 64) == 0) sockets_serve((int) s, quit[0], quit[1]);
    }
    int tty = argc == 3 && equal(argv[1], "unix") ? (int) unix_open(argv[2]) : line_open(port);
    if (tty < 0) return 4;
    line_serve(tty, quit[0], quit[1]);
}

__attribute__((used)) void start_agent(long *stack) {
    call1(SYS_EXIT, run_agent(stack[0], (char **) (stack + 1)));
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start_agent\n");
