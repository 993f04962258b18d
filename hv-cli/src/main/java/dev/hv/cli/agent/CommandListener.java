package dev.hv.cli.agent;

/** Hears what a program in a guest does. */
public interface CommandListener {

    /** Bytes of its standard output; the array is the caller's. */
    void output(byte[] bytes, int offset, int length);

    /** Bytes of its standard error. */
    void error(byte[] bytes, int offset, int length);

    /** It has ended: its exit status; 128 and the signal's number when one killed it. */
    void exited(int status);

    /** It could not be started, ran out of time, or its guest or agent is gone: why, in one line. Nothing follows. */
    void failed(String reason);
}
