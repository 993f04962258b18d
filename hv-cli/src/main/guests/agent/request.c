/* What a request asks for, and its end. */
#include "agent.h"

static void report(void) {
    struct utsname u;
    char text[256];
    char *end = text + sizeof text;
    call1(SYS_UNAME, &u);
    char *at = append_number(append(text, end, "version="), end, VERSION);
    at = append(append(at, end, "\nrelease="), end, u.release);
    struct timespec t;
    call2(SYS_CLOCK_GETTIME, 7, &t);
    at = append_number(append(at, end, "\nuptime="), end, (u64) t.seconds * 1000000000 + (u64) t.nanos);
    at = append(at, end, "\n");
    send(OUTPUT, text, (u64) (at - text));
}

/* Serves one request; ends with it. */
void serve(int fd, int quit) {
    struct message m;
    stream = fd;
    ignore(SIGCHLD, SIG_DFL);
    ignore(SIGPIPE, SIG_IGN);
    message(&m, 1);
    switch (m.type) {
        case RUN: run(&m, environment); break;
        case PUT: put(&m); break;
        case GET: get(&m); break;
        case AWAIT: await(&m); break;
        case REPORT: report(); break;
        case QUIT: break;
        default: fail("an unknown request", 0);
    }
    if (m.type != RUN) send(DONE, "", 0);
    linger();
    if (m.type == QUIT) call3(SYS_WRITE, quit, "q", 1);
    leave();
}
