package dev.hv.cli.root.worker;

import dev.hv.core.machine.MemoryRange;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.vid.Vid;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.firmware.FirmwareLayout;
import dev.hv.devices.video.VideoMemory;
import java.util.List;

/**
 * The memory of a screen: pages that the partition has where its guest wants them, in the windows for devices; or some of the guest's own memory, which is how Linux' hyperv_fb has it on a PC without EFI.
 * While it is nowhere, its pages are kept for it.
 */
final class VideoRam implements VideoMemory, Saveable {

    private static final int STATE_VERSION = 1;
    private static final long NOWHERE = -1;

    private final Vid vid;
    private final long partition;
    private final int size;
    private final long highEnd;
    private long base = NOWHERE;
    /** Whether its pages are its own, and no guest's memory. */
    private boolean own;

    /**
     * Memory that is nowhere.
     *
     * @param highEnd where the partition's memory ends, if there is some above 4 GiB
     */
    VideoRam(Vid vid, long partition, int size, long highEnd) {
        this.vid = vid;
        this.partition = partition;
        this.size = size;
        this.highEnd = highEnd;
        vid.reserve(partition, size);
    }

    @Override
    public int size() {
        return size;
    }

    /** Whether the partition has memory in a range that is none of the guest's. */
    boolean has(MemoryRange range) {
        return own && range.overlaps(new MemoryRange(base, size));
    }

    /** Bytes that the partition has by it. */
    long bytes() {
        return own ? size : 0;
    }

    @Override
    public boolean place(long address) {
        if (address == base) {
            return true;
        }
        if (address < 0 || address % Page.SIZE != 0 || address > Long.MAX_VALUE - size) {
            return false;
        }
        var range = new MemoryRange(address, size);
        if (has(range)) {
            return false;
        }
        List<MemoryRange> holes = vid.holes(partition, range, 1);
        if (holes.isEmpty()) {
            // memory of the guest's own
            remove();
            base = address;
            return true;
        }
        boolean low = address >= FirmwareLayout.LOW_MEMORY_END && range.end() <= FirmwareLayout.ARCHITECTURAL;
        return holes.getFirst().equals(range) && (low || address >= highEnd) && move(range);
    }

    private boolean move(MemoryRange to) {
        var before = own ? new MemoryRange(base, size) : null;
        remove();
        if (own(to)) {
            return true;
        }
        if (before != null) {
            own(before);
        }
        return false;
    }

    private boolean own(MemoryRange range) {
        own = vid.addMemory(partition, range, HvMapFlags.ALL).ok();
        if (own) {
            base = range.base();
            vid.reserve(partition, 0);
        }
        return own;
    }

    @Override
    public void remove() {
        if (own) {
            vid.removeMemory(partition, new MemoryRange(base, size));
            vid.reserve(partition, size);
        }
        base = NOWHERE;
        own = false;
    }

    @Override
    public boolean read(long offset, byte[] to, int at, int length) {
        return base != NOWHERE && offset >= 0 && offset + length <= size && vid.memory(partition).read(base + offset, to, at, length);
    }

    /** Its pages are the partition's, whose tables and memory are saved by themselves. */
    @Override
    public void save(StateWriter out) {
        out.begin("video-memory", STATE_VERSION);
        out.put("base", base);
        out.put("own", own);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("video-memory", STATE_VERSION);
        base = in.take();
        own = in.takeBoolean();
        in.end();
        vid.reserve(partition, own ? 0 : size);
    }
}
