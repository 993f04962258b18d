package dev.hv.devices.storage;

import dev.hv.core.machine.ScatterList;
import java.util.ArrayDeque;

/**
 * Memory of the host that one request after another has its data in. A new one would be cleared each time, which takes as
 * long as copying the data from the host's cache of files does. Any thread may take a buffer and give one back.
 */
final class TransferBuffers {

    /** Buffers kept: as many long requests as a guest that reads ahead has under way. */
    private static final int MOST = 4;
    /** Shorter ones cost nothing. */
    private static final int SHORTEST = 64 << 10;

    private final ArrayDeque<byte[]> kept = new ArrayDeque<>();
    private ScatterList pieces;

    /** A buffer of at least so many bytes; what is in it is left over. */
    byte[] take(int bytes) {
        if (bytes >= SHORTEST) {
            synchronized (kept) {
                byte[] last = kept.pollLast();
                if (last != null && last.length >= bytes) {
                    return last;
                }
            }
        }
        return new byte[bytes];
    }

    /** A list for one request after another, on the machine's thread. */
    ScatterList pieces() {
        if (pieces == null) {
            pieces = new ScatterList();
        }
        pieces.clear();
        return pieces;
    }

    /** Gives back what nobody uses any more. */
    void give(byte[] buffer) {
        if (buffer.length >= SHORTEST) {
            synchronized (kept) {
                if (kept.size() < MOST) {
                    kept.addLast(buffer);
                }
            }
        }
    }
}
