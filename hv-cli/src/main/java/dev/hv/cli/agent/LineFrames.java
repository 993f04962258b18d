package dev.hv.cli.agent;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.zip.CRC32;

/**
 * Frames on the second serial port, which several streams share: A5 5A, kind u8, check of the header u8 (all of its other bytes but the first two, and 55, by exclusive or), stream u16, length of the payload u16
 * (at most {@value #MOST_PAYLOAD}), payload, CRC-32 u32 (IEEE 802.3, from the kind to the payload's end). Whoever reads looks for the next frame byte by byte: what others write to the line meanwhile, cut off frames and
 * noise are passed over.
 *
 * <ul>
 *   <li>HELLO, to the host: version u32. The agent listens; every stream is over. It is sent each second until ACKNOWLEDGE comes.
 *   <li>OPEN, to the guest: a stream is wanted, with a number that is not in use.
 *   <li>DATA: offset of the first byte in its stream u32, and then the bytes. Bytes that are missing end the stream.
 *   <li>WINDOW, to the host: how many bytes of a stream have been taken, u32. Not more than {@value #WINDOW} may be under way to the guest. To the host everything is taken as it comes.
 *   <li>CLOSE: the stream is over.
 *   <li>RESET, to the guest: all streams are over.
 * </ul>
 */
final class LineFrames {

    static final int HELLO = 1;
    static final int ACKNOWLEDGE = 2;
    static final int OPEN = 3;
    static final int DATA = 4;
    static final int WINDOW_OPENS = 5;
    static final int CLOSE = 6;
    static final int RESET = 7;

    /** Most bytes of a payload. */
    static final int MOST_PAYLOAD = 1024;
    /** Most bytes of a stream that its guest has not taken yet. */
    static final int WINDOW = 4096;

    private static final int FIRST = 0xA5;
    private static final int SECOND = 0x5A;
    private static final int HEADER = 8;
    private static final int CRC = 4;

    /** Takes frames. */
    @FunctionalInterface
    interface Receiver {
        /** A frame; the array is the caller's. */
        void frame(int kind, int stream, byte[] payload, int offset, int length);
    }

    private final Receiver receiver;
    private final byte[] buffer = new byte[HEADER + MOST_PAYLOAD + CRC];
    private int used;

    LineFrames(Receiver receiver) {
        this.receiver = receiver;
    }

    /** Forgets what is no whole frame yet. */
    void reset() {
        used = 0;
    }

    void save(StateWriter out) {
        out.put("partial", buffer, 0, used);
    }

    void restore(StateReader in) {
        byte[] partial = in.takeBytes();
        if (partial.length > buffer.length) {
            throw new StateFormatException("a frame of " + partial.length + " bytes");
        }
        used = partial.length;
        System.arraycopy(partial, 0, buffer, 0, used);
    }

    /** Takes a byte from the line. */
    void take(int value) {
        buffer[used++] = (byte) value;
        while (parse()) {
            // another may have come to the front
        }
    }

    /** Looks at what is at the front; whether something was taken from there. */
    private boolean parse() {
        if (used >= 1 && (buffer[0] & 0xFF) != FIRST || used >= 2 && (buffer[1] & 0xFF) != SECOND) {
            return drop(1);
        }
        if (used < HEADER) {
            return false;
        }
        int length = LittleEndian.u16(buffer, 6);
        if (length > MOST_PAYLOAD || (buffer[3] & 0xFF) != check(buffer)) {
            return drop(1);
        }
        int end = HEADER + length;
        if (used < end + CRC) {
            return false;
        }
        if (LittleEndian.u32(buffer, end) != crc(buffer, end)) {
            return drop(1);
        }
        receiver.frame(buffer[2] & 0xFF, LittleEndian.u16(buffer, 4), buffer, HEADER, length);
        return drop(end + CRC);
    }

    private boolean drop(int n) {
        used = Math.max(0, used - n);
        System.arraycopy(buffer, n, buffer, 0, used);
        return used > 0;
    }

    private static int check(byte[] b) {
        return (b[2] ^ b[4] ^ b[5] ^ b[6] ^ b[7] ^ 0x55) & 0xFF;
    }

    private static int crc(byte[] frame, int end) {
        var crc = new CRC32();
        crc.update(frame, 2, end - 2);
        return (int) crc.getValue();
    }

    /** A frame. */
    static byte[] frame(int kind, int stream, byte[] payload, int offset, int length) {
        byte[] f = new byte[HEADER + length + CRC];
        f[0] = (byte) FIRST;
        f[1] = (byte) SECOND;
        f[2] = (byte) kind;
        LittleEndian.put16(f, 4, stream);
        LittleEndian.put16(f, 6, length);
        f[3] = (byte) check(f);
        System.arraycopy(payload, offset, f, HEADER, length);
        LittleEndian.put32(f, HEADER + length, crc(f, HEADER + length));
        return f;
    }
}
