package dev.hv.cli.agent;

import java.util.function.Consumer;

/**
 * The agent in a guest, as its host sees it. Calls are made and answers come on the machine's thread, an answer at the instant of guest time at which its last byte arrived: so what hangs on answers is the same in every
 * run of virtual time. Requests may overlap; each has its own connection.
 */
public interface GuestAgent {

    /**
     * Waits until the agent answers.
     *
     * @param ready called once, as soon as it does; at once when it has already
     * @param failed called instead when the guest is gone before, with the reason in one line
     */
    void whenReady(Runnable ready, Consumer<String> failed);

    /** Runs a program. */
    Request run(GuestCommand command, CommandListener listener);

    /**
     * Writes a file, in place of what was there, with the folders above it.
     *
     * @param path absolute, in the guest
     * @param mode permission bits
     */
    Request put(byte[] content, String path, int mode, Consumer<AgentResult<Void>> done);

    /** Reads a file. */
    Request get(String path, Consumer<AgentResult<byte[]>> done);

    /**
     * Waits until a path exists.
     *
     * @param timeout ns of guest time
     */
    Request await(String path, long timeout, Consumer<AgentResult<Void>> done);

    /** A request under way. */
    interface Request {

        /** Gives up: a program is killed, and nothing more is heard of the request. */
        void cancel();

        /** Sends a signal to the program that it runs. */
        default void signal(int number) {}
    }
}
