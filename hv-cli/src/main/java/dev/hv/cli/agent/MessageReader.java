package dev.hv.cli.agent;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** Takes messages of the agent from a stream, whatever that holds. It keeps one message at most, and of that not more than has come. */
final class MessageReader {

    private static final int FIRST = 256;

    /** Takes messages. */
    @FunctionalInterface
    interface Receiver {

        /**
         * A message; the array is the caller's.
         *
         * @return whether more are wanted
         */
        boolean message(int type, byte[] payload, int offset, int length);
    }

    private final Receiver receiver;
    private byte[] buffer = new byte[FIRST];
    private int used;

    MessageReader(Receiver receiver) {
        this.receiver = receiver;
    }

    /**
     * Takes bytes that came.
     *
     * @return what is wrong with them, in words that go on from "the agent sent "; null when nothing is
     */
    String take(byte[] bytes, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            int wanted = wanted();
            int n = Math.min(wanted - used, end - at);
            if (used + n > buffer.length) {
                buffer = Arrays.copyOf(buffer, Math.min(Math.max(2 * buffer.length, used + n), AgentProtocol.HEADER + AgentProtocol.MOST_PAYLOAD));
            }
            System.arraycopy(bytes, at, buffer, used, n);
            used += n;
            at += n;
            if (used == AgentProtocol.HEADER) {
                String wrong = wrongHeader();
                if (wrong != null) {
                    return wrong;
                }
            }
            if (used >= AgentProtocol.HEADER && used == wanted()) {
                used = 0;
                if (!receiver.message(LittleEndian.u16(buffer, 4), buffer, AgentProtocol.HEADER, LittleEndian.u32(buffer, 0))) {
                    return null;
                }
            }
        }
        return null;
    }

    void save(StateWriter out) {
        out.put("partial", buffer, 0, used);
    }

    void restore(StateReader in) {
        byte[] partial = in.takeBytes();
        used = partial.length;
        buffer = Arrays.copyOf(partial, Math.max(FIRST, used));
    }

    private int wanted() {
        return used < AgentProtocol.HEADER ? AgentProtocol.HEADER : AgentProtocol.HEADER + LittleEndian.u32(buffer, 0);
    }

    private String wrongHeader() {
        int length = LittleEndian.u32(buffer, 0);
        int version = LittleEndian.u16(buffer, 6);
        if (version != AgentProtocol.VERSION) {
            return "a message of version " + version + ", and not of " + AgentProtocol.VERSION;
        }
        return length < 0 || length > AgentProtocol.MOST_PAYLOAD ? "a message of " + Integer.toUnsignedString(length) + " bytes" : null;
    }

    /** A message. */
    static byte[] message(int type, byte[] payload, int offset, int length) {
        byte[] m = new byte[AgentProtocol.HEADER + length];
        LittleEndian.put32(m, 0, length);
        LittleEndian.put16(m, 4, type);
        LittleEndian.put16(m, 6, AgentProtocol.VERSION);
        System.arraycopy(payload, offset, m, AgentProtocol.HEADER, length);
        return m;
    }

    /** A message with all of a payload. */
    static byte[] message(int type, byte[] payload) {
        return message(type, payload, 0, payload.length);
    }
}
