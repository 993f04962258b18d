package dev.hv.cli.agent;

/**
 * What hv and the agent in a guest say to each other, version {@value #VERSION}. The agent's own page of this is agent.h beside its source; both say the same. All numbers are little-endian.
 *
 * <p><b>Streams.</b> Each request has a stream of its own: bytes in order, both ways. Where the guest's kernel has Hyper-V sockets (AF_VSOCK over hv_sock), a stream is a connection of the host to port {@value #PORT} of the
 * guest. Else streams share the second serial port ({@link LineFrames}). When the agent begins to listen it says so: it connects to port {@value #PORT} of the host and sends {@link #HELLO}, or sends a frame of that meaning over
 * the serial port every second until it is answered.
 *
 * <p><b>Messages.</b> A header of {@value #HEADER} bytes: length of the payload u32 (at most {@value #MOST_PAYLOAD}), type u16, version u16; then the payload. The first message of the host is a request. The agent ends every
 * request with exactly one of EXITED, DONE and FAILED. A host that closes the stream before gives up the request: its program is killed with its whole process group, a file that was only in part written is removed.
 *
 * <ul>
 *   <li>RUN: number of arguments u32, number of variables u32, timeout in ns u64 (0: none), then strings with a zero behind each: folder ("" for the agent's own), arguments, variables as {@code NAME=VALUE}. Answers: STARTED (process
 *       u32) and then, in any order, OUTPUT and ERROR (bytes of standard output and standard error), TAKEN; at last EXITED (status u32: the program's own, 0 … 255, or 128 and the signal that killed it), or FAILED. The program is
 *       the leader of a session and a process group. What it leaves in the background goes on.
 *   <li>INPUT: bytes of its standard input, END: the end of it. Not more than {@value #INPUT_WINDOW} bytes may be under way: TAKEN (u32) says how many of them the program's pipe has taken.
 *   <li>SIGNAL: number u32, to the whole process group.
 *   <li>PUT: permission bits u32, reserved u32, size u64, path; then INPUT with that many bytes together, and END. Folders above are made; the file appears under its name when it is whole. Answer: DONE.
 *   <li>GET: path. Answers: OUTPUT with the contents, DONE.
 *   <li>AWAIT: timeout in ns u64, path. Answer: DONE as soon as it exists.
 *   <li>REPORT: no payload. Answers: OUTPUT with lines {@code version=}, {@code release=} (of the kernel) and {@code uptime=} (ns), DONE.
 *   <li>QUIT: no payload. Answer: DONE; the agent ends when the host has closed the stream.
 *   <li>FAILED: why, in one line.
 * </ul>
 */
final class AgentProtocol {

    /** Version of all of this. */
    static final int VERSION = 1;
    /** AF_VSOCK port of the agent in the guest, and of the host for its HELLO. */
    static final int PORT = 26_742;

    /** Bytes of a message's header. */
    static final int HEADER = 8;
    /** Most bytes behind a header. */
    static final int MOST_PAYLOAD = 64 << 10;
    /** Most bytes of standard input that the agent has not taken yet. */
    static final int INPUT_WINDOW = 32 << 10;
    /** Most bytes of content that the host puts into one message: a socket's packet with its header takes as many. */
    static final int PIECE = 8 << 10;

    static final int RUN = 1;
    static final int INPUT = 2;
    static final int END = 3;
    static final int SIGNAL = 4;
    static final int PUT = 5;
    static final int GET = 6;
    static final int AWAIT = 7;
    static final int REPORT = 8;
    static final int QUIT = 9;

    static final int STARTED = 16;
    static final int OUTPUT = 17;
    static final int ERROR = 18;
    static final int EXITED = 19;
    static final int FAILED = 20;
    static final int DONE = 21;
    static final int TAKEN = 22;
    /** Version u32. */
    static final int HELLO = 23;

    private AgentProtocol() {}
}
