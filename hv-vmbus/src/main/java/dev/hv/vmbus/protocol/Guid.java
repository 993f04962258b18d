package dev.hv.vmbus.protocol;

import dev.hv.cpu.memory.LittleEndian;
import java.util.UUID;

/**
 * A GUID as Windows lays it out: the first three groups little-endian, the rest in order.
 *
 * @param first bytes 7:0 as a little-endian number
 * @param second bytes 15:8 as a little-endian number
 */
public record Guid(long first, long second) {

    /** Bytes of a GUID. */
    public static final int SIZE = 16;

    /**
     * A GUID from its text, such as {@code ba6163d9-04a1-4d29-b605-72e2ffb1dc7f}.
     *
     * @throws IllegalArgumentException when the text is no GUID
     */
    public static Guid of(String text) {
        UUID u = UUID.fromString(text);
        long high = u.getMostSignificantBits();
        long first = high >>> 32 | (high >>> 16 & 0xFFFF) << 32 | (high & 0xFFFF) << 48;
        return new Guid(first, Long.reverseBytes(u.getLeastSignificantBits()));
    }

    /** The GUID at a place in memory, {@link #SIZE} bytes. */
    public static Guid at(byte[] from, int at) {
        return new Guid(LittleEndian.u64(from, at), LittleEndian.u64(from, at + 8));
    }

    /** Writes the GUID, {@link #SIZE} bytes. */
    public void put(byte[] to, int at) {
        LittleEndian.put64(to, at, first);
        LittleEndian.put64(to, at + 8, second);
    }

    @Override
    public String toString() {
        long high = (first & 0xFFFF_FFFFL) << 32 | (first >>> 32 & 0xFFFF) << 16 | first >>> 48;
        return new UUID(high, Long.reverseBytes(second)).toString();
    }
}
