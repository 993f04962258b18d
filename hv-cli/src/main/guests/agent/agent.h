/*
 * The agent in a guest: runs programs and handles files for its host. Version 1 of the protocol; hv's page of the same is AgentProtocol.java. All numbers are little-endian.
 *
 * Streams. A request has a stream of its own, bytes in order both ways: a connection to this port of AF_VSOCK where the kernel has hv_sock, else one of several on the second serial port (line.c). An agent that listens says so: it
 * connects to the same port of the host and sends HELLO, or sends a frame HELLO each second until one ACKNOWLEDGE comes back.
 *
 * Messages. Header: length of the payload u32 (at most MOST_PAYLOAD), type u16, version u16. The first is the request. Each request ends with one of EXITED, DONE and FAILED (why, in one line). A host that closes the stream before
 * gives up: the program's process group is killed, a file written in part removed.
 *
 *   RUN     arguments u32, variables u32, timeout ns u64 (0: none), strings with a zero behind each: folder, arguments, variables
 *           -> STARTED (process u32), OUTPUT and ERROR (bytes), TAKEN (bytes of INPUT that the program's pipe has taken u32), EXITED (status u32, or 128 and a signal)
 *   INPUT   bytes, at most INPUT_WINDOW that were not taken; END: no more
 *   SIGNAL  number u32, to the process group
 *   PUT     mode u32, reserved u32, size u64, path; INPUT ..., END -> DONE
 *   GET     path -> OUTPUT ..., DONE
 *   AWAIT   timeout ns u64, path -> DONE when it exists
 *   REPORT  -> OUTPUT (version=, release=, uptime= lines), DONE
 *   QUIT    -> DONE; the agent ends when the stream is closed
 */
#include "system.h"

enum { VERSION = 1, PORT = 26742, HEADER = 8, MOST_PAYLOAD = 64 << 10, INPUT_WINDOW = 32 << 10, PIECE = 8 << 10 };
enum { RUN = 1, INPUT, END, SIGNAL, PUT, GET, AWAIT, REPORT, QUIT };
enum { STARTED = 16, OUTPUT, ERROR, EXITED, FAILED, DONE, TAKEN, HELLO };

struct message {
    u32 type, length;
    u8 *payload;
};

/* stream.c: one request's stream, in a process of its own */
extern int stream;
int message(struct message *m, int wait);
void send(u32 type, const void *payload, u64 n);
void send_number(u32 type, u32 value);
void fail(const char *what, long error) __attribute__((noreturn));
void leave(void) __attribute__((noreturn));
void linger(void);

/* request.c */
void serve(int fd, int quit);

/* run.c, file.c */
void run(struct message *m, char **environment);
void put(struct message *m);
void get(struct message *m);
void await(struct message *m);

/* line.c: streams on a serial port */
int line_open(const char *path);
void line_serve(int tty, int quit_in, int quit_out) __attribute__((noreturn));

extern char **environment;
/* Sets what is done before this process ends for a stream that is gone. */
void on_loss(void (*action)(void));
int buffered(void);
