package dev.hv.core.machine;

import dev.hv.cpu.memory.Raw;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where bytes of the machine's memory are in the host's, piece by piece in their order: an array of the C library's struct iovec, for system calls that fill
 * scattered memory at once (readv(2)). Whoever has it may write to these pieces and nothing else of that memory. Used by one thread.
 */
public final class ScatterList {

    /** Pieces at most: as many as a system call takes (IOV_MAX of Linux). */
    public static final int MOST = 1024;
    /** A struct iovec: an address and a length of eight bytes each. */
    private static final int VECTOR = 16;
    private static final int LENGTH = 8;

    private final MemorySegment vectors = Arena.ofAuto().allocate((long) MOST * VECTOR, VECTOR);
    private int count;
    private long bytes;
    /** End of the last piece. */
    private long end;

    /** Adds a piece behind all others, as part of the last one if it goes on there; false when there are too many. */
    boolean add(long raw, int length) {
        if (count > 0 && raw == end) {
            long at = (count - 1L) * VECTOR + LENGTH;
            vectors.set(ValueLayout.JAVA_LONG, at, vectors.get(ValueLayout.JAVA_LONG, at) + length);
        } else if (count == MOST) {
            return false;
        } else {
            vectors.set(ValueLayout.JAVA_LONG, (long) count * VECTOR, raw);
            vectors.set(ValueLayout.JAVA_LONG, (long) count * VECTOR + LENGTH, length);
            count++;
        }
        end = raw + length;
        bytes += length;
        return true;
    }

    /** Has no pieces any more. */
    public void clear() {
        count = 0;
        bytes = 0;
    }

    /** Sets all bytes of the pieces to zero. */
    public void zero() {
        for (int i = 0; i < count; i++) {
            Raw.fill(vectors.get(ValueLayout.JAVA_LONG, (long) i * VECTOR), vectors.get(ValueLayout.JAVA_LONG, (long) i * VECTOR + LENGTH), 0);
        }
    }

    /** How many pieces there are. */
    public int count() {
        return count;
    }

    /** Bytes of all pieces together. */
    public long bytes() {
        return bytes;
    }

    /** The array of struct iovec, {@link #count} of them. */
    public MemorySegment vectors() {
        return vectors;
    }
}
