package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.network.Checksums;
import dev.hv.devices.network.FrameHeaders;

/** What the last context descriptor said (datasheet, 7.2.6): where check sums begin, stand and end, and how large segments are. */
final class OffloadContext implements Saveable {

    private static final int IP_START = 0;
    private static final int TRANSPORT_START = 4;
    private static final int COMMAND = 8;
    private static final int SEGMENT_SIZE = 14;

    private final byte[] fields = new byte[DESCRIPTOR];

    void clear() {
        java.util.Arrays.fill(fields, (byte) 0);
    }

    void load(byte[] descriptor) {
        System.arraycopy(descriptor, 0, fields, 0, DESCRIPTOR);
    }

    /** Bytes of data of a segment. */
    int segment() {
        return LittleEndian.u16(fields, SEGMENT_SIZE);
    }

    /** Inserts the check sums that a packet's options ask for. */
    void complete(byte[] packet, int length, int options) {
        if ((options & INSERT_IP_CHECKSUM) != 0) {
            insert(packet, length, IP_START, false);
        }
        if ((options & INSERT_TRANSPORT_CHECKSUM) != 0) {
            insert(packet, length, TRANSPORT_START, (LittleEndian.u32(fields, COMMAND) & TCP_CONTEXT) == 0);
        }
    }

    private void insert(byte[] packet, int length, int at, boolean zeroMeansNone) {
        insert(packet, length, fields[at] & 0xFF, fields[at + 1] & 0xFF, LittleEndian.u16(fields, at + 2), zeroMeansNone);
    }

    /**
     * Inserts a check sum; nothing when it would stand outside the packet.
     *
     * @param end its last byte; 0 for the packet's
     * @param zeroMeansNone whether 0 says that there is none, so that the other zero is needed
     */
    static void insert(byte[] packet, int length, int start, int at, int end, boolean zeroMeansNone) {
        int to = end == 0 ? length : Math.min(end + 1, length);
        if (start < to && at + 2 <= length) {
            int sum = ~Checksums.fold(Checksums.add(0, packet, start, to)) & 0xFFFF;
            FrameHeaders.put16(packet, at, sum == 0 && zeroMeansNone ? 0xFFFF : sum);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.put("context", fields, 0, fields.length);
    }

    @Override
    public void restore(StateReader in) {
        load(in.takeBytes());
    }
}
