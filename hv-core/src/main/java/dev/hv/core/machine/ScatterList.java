package dev.hv.core.machine;

import dev.hv.cpu.memory.Raw;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

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

    /** Whose memory it is, to be let go with this. */
    private final MemorySegment memory = Arena.ofAuto().allocate((long) MOST * VECTOR, VECTOR);
    /** Its address: the first use of a segment's own accessors costs milliseconds. */
    private final long vectors = memory.address();
    private int count;
    private long bytes;
    /** End of the last piece. */
    private long end;

    /** Adds a piece behind all others, as part of the last one if it goes on there; false when there are too many. */
    boolean add(long raw, int length) {
        if (count > 0 && raw == end) {
            long at = vector(count - 1) + LENGTH;
            Raw.put64(at, Raw.get64(at) + length);
        } else if (count == MOST) {
            return false;
        } else {
            Raw.put64(vector(count), raw);
            Raw.put64(vector(count) + LENGTH, length);
            count++;
        }
        end = raw + length;
        bytes += length;
        return true;
    }

    private long vector(int number) {
        return vectors + (long) number * VECTOR;
    }

    /** Has no pieces any more. */
    public void clear() {
        count = 0;
        bytes = 0;
    }

    /** Sets all bytes of the pieces to zero. */
    public void zero() {
        for (int i = 0; i < count; i++) {
            Raw.fill(Raw.get64(vector(i)), Raw.get64(vector(i) + LENGTH), 0);
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

    /** Address of the array of struct iovec, {@link #count} of them; good as long as somebody has this. */
    public long vectors() {
        return vectors;
    }
}
