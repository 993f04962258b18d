/*
 * Sockets between a guest and its host (AF_VSOCK), without a C library.
 *   vsock connect CID PORT   sends standard input, ends that way, then copies what comes to standard output
 *   vsock echo PORT          takes one connection and sends back what comes
 */
typedef unsigned int u32;
typedef unsigned long u64;

enum { READ = 0, WRITE = 1, SOCKET = 41, CONNECT = 42, ACCEPT = 43, SHUTDOWN = 48, BIND = 49, LISTEN = 50, EXIT = 60 };
enum { AF_VSOCK = 40, SOCK_STREAM = 1, SHUT_WR = 1, ANY_CID = -1 };

struct address {
    unsigned short family, reserved;
    u32 port, cid;
    unsigned char zero[4];
};

static long call(long n, long a, long b, long c) {
    long r;
    __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return r;
}

static u32 number(const char *s) {
    u32 n = 0;
    for (; *s >= '0' && *s <= '9'; s++) n = n * 10 + (u32) (*s - '0');
    return n;
}

static void say(const char *s) {
    long n = 0;
    while (s[n]) n++;
    call(WRITE, 2, (long) s, n);
}

static char buffer[65536];

/* Copies until the end; 0 when that was a good one. */
static int copy(int from, int to) {
    long n;
    while ((n = call(READ, from, (long) buffer, sizeof buffer)) > 0) {
        for (long done = 0, w; done < n; done += w) {
            w = call(WRITE, to, (long) buffer + done, n - done);
            if (w <= 0) return 2;
        }
    }
    return n == 0 ? 0 : 1;
}

static int run(long argc, char **argv) {
    struct address a = {AF_VSOCK, 0, 0, 0, {0}};
    int s = (int) call(SOCKET, AF_VSOCK, SOCK_STREAM, 0);
    if (s < 0) return say("vsock: no sockets\n"), 10;
    if (argc == 4 && argv[1][0] == 'c') {
        a.cid = number(argv[2]);
        a.port = number(argv[3]);
        if (call(CONNECT, s, (long) &a, sizeof a) != 0) return say("vsock: refused\n"), 11;
        int r = copy(0, s);
        call(SHUTDOWN, s, SHUT_WR, 0);
        return r ? r : copy(s, 1);
    }
    if (argc == 3 && argv[1][0] == 'e') {
        a.cid = (u32) ANY_CID;
        a.port = number(argv[2]);
        if (call(BIND, s, (long) &a, sizeof a) != 0 || call(LISTEN, s, 1, 0) != 0) return say("vsock: cannot listen\n"), 12;
        int c = (int) call(ACCEPT, s, 0, 0);
        if (c < 0) return 13;
        int r = copy(c, c);
        call(SHUTDOWN, c, SHUT_WR, 0);
        return r;
    }
    return 14;
}

__attribute__((used)) void start(long *stack) {
    call(EXIT, run(stack[0], (char **) (stack + 1)), 0, 0);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
