package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.DiskStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** What is done with whole disks: copies, compaction, merges. */
public final class DiskTools {

    private static final int PIECE = 256 << 10;

    private DiskTools() {}

    /**
     * Copies what is not zero.
     *
     * @param to as long as {@code from} or longer, and all zero
     */
    public static void copy(VirtualDisk from, VirtualDisk to) throws DiskException, IOException {
        // outside the heap: what comes from a file goes to the other without being copied in between
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        for (long at = 0; at < from.size(); ) {
            VirtualDisk.Extent extent = from.extent(at);
            if (extent.source() == VirtualDisk.Source.ZERO) {
                at += extent.length();
                continue;
            }
            long end = Math.min(at + extent.length(), from.size());
            while (at < end) {
                int n = (int) Math.min(end - at, PIECE);
                done(from, from.read(at, piece.clear().limit(n)));
                writeData(to, at, piece.flip());
                at += n;
            }
        }
        done(to, to.flush());
    }

    private static final int GRAIN = 64 << 10;

    /** Writes runs of grains that are not zero. */
    private static void writeData(VirtualDisk to, long at, ByteBuffer b) throws DiskException {
        int length = b.limit();
        for (int i = 0; i < length; ) {
            int first = i;
            while (i < length && !BlockImage.zeroes(grain(b, i))) {
                i += grain(b, i).remaining();
            }
            if (i > first) {
                done(to, to.write(at + first, b.slice(first, i - first)));
            }
            if (i < length) {
                // ended by one that is zero
                i += grain(b, i).remaining();
            }
        }
    }

    private static ByteBuffer grain(ByteBuffer b, int at) {
        return b.slice(at, Math.min(GRAIN, b.limit() - at));
    }

    private static void done(VirtualDisk disk, DiskStatus status) throws DiskException {
        if (status != DiskStatus.OK) {
            throw new DiskException("disk " + disk.name() + ": " + switch (status) {
                case NO_SPACE -> "the host has no room for it";
                case READ_ONLY -> "cannot be written";
                default -> "cannot be read or written";
            });
        }
    }

    /** Lets go of blocks that are all zero; how many bytes of blocks. */
    public static long compact(VirtualDisk disk) throws DiskException, IOException {
        byte[] piece = new byte[(int) Math.min(disk.blockSize(), PIECE)];
        long freed = 0;
        if (disk.kind() == VirtualDisk.Kind.DIFFERENCING) {
            // what reads as zero may hide what the parent has
            return 0;
        }
        for (long block = 0; block * disk.blockSize() < disk.size(); block++) {
            long at = block * disk.blockSize();
            long end = Math.min(at + disk.blockSize(), disk.size());
            if (disk.extent(at).source() == VirtualDisk.Source.ZERO && at + disk.extent(at).length() >= end && disk.format() != VirtualDisk.Format.RAW && !inFile(disk, at)) {
                continue;
            }
            boolean zero = true;
            for (long i = at; i < end && zero; i += piece.length) {
                int n = (int) Math.min(piece.length, end - i);
                done(disk, disk.read(i, piece, 0, n));
                zero = BlockImage.zeroes(piece, 0, n);
            }
            if (zero && disk.release(block)) {
                freed += end - at;
            }
        }
        done(disk, disk.flush());
        return freed;
    }

    private static boolean inFile(VirtualDisk disk, long at) throws IOException {
        BlockImage.State state = ((BlockImage) disk).state(at / disk.blockSize());
        return state == BlockImage.State.PRESENT || state == BlockImage.State.PARTIAL;
    }

    /**
     * Writes what a child has into its parent, so that the parent reads as the child does. The child stays.
     *
     * @param child opened with its parents
     * @param parent the child's parent, opened for writing with its own parents
     */
    public static void merge(VirtualDisk child, VirtualDisk parent) throws DiskException, IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        if (parent.size() < child.size()) {
            parent.resize(child.size());
        }
        for (long at = 0; at < child.size(); ) {
            VirtualDisk.Extent extent = child.extent(at);
            long end = Math.min(at + extent.length(), child.size());
            switch (extent.source()) {
                case PARENT -> { }
                case ZERO -> done(parent, parent.zero(at, end - at));
                case FILE -> {
                    for (long i = at; i < end; i += PIECE) {
                        int n = (int) Math.min(end - i, PIECE);
                        done(child, child.read(i, piece.clear().limit(n)));
                        done(parent, parent.write(i, piece.flip()));
                    }
                }
            }
            at = end;
        }
        done(parent, parent.flush());
    }

    /** The names of a chain's files, the topmost first. */
    public static List<String> names(VirtualDisk top) {
        return DiskChain.chain(top).stream().map(VirtualDisk::name).toList();
    }
}
