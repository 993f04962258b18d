package dev.hv.cli.debug;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Takes packets out of a byte stream (GDB manual, E.1, "Overview"): {@code $data#sum}, with {@code }} before an escaped byte. What is no packet is passed
 * over, one with a wrong sum or more than {@link #MOST} bytes is refused; nothing that a stream holds makes it keep more.
 */
final class PacketReader {

    /** Bytes of a packet at most. */
    static final int MOST = 0x8000;

    /** Something that came. */
    sealed interface Item {}

    /** A packet's data, a byte a character. */
    record Packet(String data) implements Item {}

    /** A packet that is to be sent again. */
    record Refused() implements Item {}

    /** The byte 3: the debugger wants the machine to stop. */
    record Interrupt() implements Item {}

    /** The stream has ended. */
    record End() implements Item {}

    private final InputStream in;
    private final byte[] data = new byte[MOST];

    PacketReader(InputStream in) {
        this.in = in;
    }

    /** Waits for what comes next. */
    Item next() {
        try {
            while (true) {
                int b = in.read();
                if (b < 0) {
                    return new End();
                }
                if (b == 3) {
                    return new Interrupt();
                }
                if (b == '$') {
                    return packet();
                }
            }
        } catch (IOException e) {
            return new End();
        }
    }

    private Item packet() throws IOException {
        int n = 0;
        int sum = 0;
        boolean escaped = false;
        boolean tooLong = false;
        while (true) {
            int b = in.read();
            if (b < 0) {
                return new End();
            }
            if (b == '#') {
                break;
            }
            if (b == '$') {
                n = 0;
                sum = 0;
                escaped = false;
                tooLong = false;
                continue;
            }
            sum += b;
            if (b == '}' && !escaped) {
                escaped = true;
                continue;
            }
            tooLong |= n == MOST;
            if (!tooLong) {
                data[n++] = (byte) (escaped ? b ^ 0x20 : b);
            }
            escaped = false;
        }
        int high = Character.digit(in.read(), 16);
        int low = Character.digit(in.read(), 16);
        boolean good = high >= 0 && low >= 0 && (high << 4 | low) == (sum & 0xFF) && !tooLong;
        return good ? new Packet(new String(data, 0, n, StandardCharsets.ISO_8859_1)) : new Refused();
    }
}
