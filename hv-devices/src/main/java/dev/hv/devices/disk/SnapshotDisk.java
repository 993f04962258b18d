package dev.hv.devices.disk;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A disk as it was, and what has been written since: blocks are copied into a layer when they change first, and the disk below is never
 * written. Both belong to this.
 */
public final class SnapshotDisk implements Disk {

    /** What the layer holds is known by blocks of this size: host file systems give room in them. */
    public static final int BLOCK = 4096;
    /** Blocks of a part of the map: parts that nothing was written to take no room. */
    private static final long PART = 1 << 20;

    private final Disk base;
    private final Disk layer;
    private final long size;
    /** Blocks that are in the layer, by their part of the disk. */
    private final Map<Long, BitSet> changed = new HashMap<>();
    private final byte[] block = new byte[BLOCK];
    private long blocks;

    /**
     * A snapshot without changes.
     *
     * @param base as it stays, of at least one sector
     * @param layer takes what is written: as long as the base, with its sector size, and all zero
     */
    public SnapshotDisk(Disk base, Disk layer) {
        this.base = base;
        this.layer = layer;
        size = base.size();
        if (layer.size() != size || layer.sectorSize() != base.sectorSize()) {
            throw new IllegalArgumentException("a layer of %d bytes over a disk of %d".formatted(layer.size(), size));
        }
    }

    /**
     * A snapshot whose layer has been filled before.
     *
     * @param layer holds the changed blocks at their places; read only
     * @param blocks numbers of those blocks, of {@link #BLOCK} bytes each
     */
    public SnapshotDisk(Disk base, Disk layer, Iterable<Long> blocks) {
        this(base, layer);
        for (long b : blocks) {
            note(b);
        }
    }

    /** Takes the numbers of changed blocks. */
    @FunctionalInterface
    public interface BlockSink {
        /** A block that differs from what is below all snapshots. */
        void block(long number) throws IOException;
    }

    /**
     * Gives out every block that this or a snapshot below it has changed, in ascending order. Nothing may be written meanwhile.
     *
     * @throws IOException what the sink throws
     */
    public void forEachChanged(BlockSink sink) throws IOException {
        SortedMap<Long, BitSet> all = new TreeMap<>();
        collect(all);
        for (Map.Entry<Long, BitSet> part : all.entrySet()) {
            for (int i = part.getValue().nextSetBit(0); i >= 0; i = part.getValue().nextSetBit(i + 1)) {
                sink.block(part.getKey() * PART + i);
            }
        }
    }

    private void collect(SortedMap<Long, BitSet> all) {
        if (base instanceof SnapshotDisk below) {
            below.collect(all);
        }
        changed.forEach((part, bits) -> all.computeIfAbsent(part, _ -> new BitSet()).or(bits));
    }

    /** Lets go of the disk below all snapshots: only blocks that were changed can be read from then on. */
    public void closeBelow() {
        if (base instanceof SnapshotDisk below) {
            below.closeBelow();
        } else {
            base.close();
        }
    }

    /** Bytes that were changed since it was made, in whole blocks of the layer. */
    public long changedBytes() {
        return blocks * BLOCK;
    }

    /** As long as the base was when this was made: a base that grows does not change what is kept over it. */
    @Override
    public long size() {
        return size;
    }

    @Override
    public int sectorSize() {
        return base.sectorSize();
    }

    @Override
    public int physicalSectorSize() {
        return Math.max(BLOCK, base.physicalSectorSize());
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public boolean discards() {
        return layer.discards();
    }

    @Override
    public DiskStatus read(long offset, byte[] to, int at, int length) {
        for (int done = 0; done < length; ) {
            long from = offset + done;
            int n = (int) run(from, length - done);
            DiskStatus status = holder(from).read(from, to, at + done, n);
            if (status != DiskStatus.OK) {
                return status;
            }
            done += n;
        }
        return DiskStatus.OK;
    }

    @Override
    public FilePart part(long offset, long length) {
        return holder(offset).part(offset, run(offset, length));
    }

    /** Where a byte is read. */
    private Disk holder(long offset) {
        return has(offset / BLOCK) ? layer : base;
    }

    /** How many bytes from one on are read where this one is. */
    private long run(long from, long length) {
        boolean in = has(from / BLOCK);
        long end = from / BLOCK + 1;
        while (end * BLOCK < from + length && has(end) == in) {
            end++;
        }
        return Math.min(end * BLOCK - from, length);
    }

    @Override
    public DiskStatus write(long offset, byte[] from, int at, int length) {
        DiskStatus status = copyEdges(offset, length);
        return status != DiskStatus.OK ? status : changed(offset, length, layer.write(offset, from, at, length));
    }

    @Override
    public DiskStatus zero(long offset, long length) {
        DiskStatus status = copyEdges(offset, length);
        return status != DiskStatus.OK ? status : changed(offset, length, layer.zero(offset, length));
    }

    @Override
    public DiskStatus discard(long offset, long length) {
        return discards() ? zero(offset, length) : DiskStatus.OK;
    }

    /** Nothing here outlives the run, which is all that durable would mean. */
    @Override
    public DiskStatus flush() {
        return DiskStatus.OK;
    }

    @Override
    public void close() {
        layer.close();
        base.close();
    }

    /** Copies the blocks into the layer that are about to change in part. */
    private DiskStatus copyEdges(long offset, long length) {
        long end = offset + length;
        DiskStatus status = offset % BLOCK == 0 ? DiskStatus.OK : copy(offset / BLOCK);
        // the last block of a disk may be a short one, all of which changes
        return status != DiskStatus.OK || end % BLOCK == 0 || end == size ? status : copy(end / BLOCK);
    }

    private DiskStatus copy(long number) {
        if (has(number)) {
            return DiskStatus.OK;
        }
        int n = (int) Math.min(BLOCK, size - number * BLOCK);
        DiskStatus status = base.read(number * BLOCK, block, 0, n);
        return status != DiskStatus.OK ? status : changed(number * BLOCK, n, layer.write(number * BLOCK, block, 0, n));
    }

    /** Notes what is in the layer from now on. */
    private DiskStatus changed(long offset, long length, DiskStatus status) {
        if (status == DiskStatus.OK) {
            for (long b = offset / BLOCK; b * BLOCK < offset + length; b++) {
                note(b);
            }
        }
        return status;
    }

    private void note(long number) {
        BitSet part = changed.computeIfAbsent(number / PART, _ -> new BitSet());
        if (!part.get((int) (number % PART))) {
            part.set((int) (number % PART));
            blocks++;
        }
    }

    private boolean has(long number) {
        BitSet part = changed.get(number / PART);
        return part != null && part.get((int) (number % PART));
    }
}
