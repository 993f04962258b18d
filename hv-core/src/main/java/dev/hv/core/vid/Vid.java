package dev.hv.core.vid;

import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvGpaAccess;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.winhv.PageFrames;
import dev.hv.core.winhv.WinHv;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The root partition's driver for the memory of children (virtualization infrastructure driver): gives, maps, reads, writes. */
public final class Vid {

    /** Runs are aligned so that 2 MiB mappings fit. */
    private static final long LARGE = 512;
    /** Pages whose states are asked for at once. */
    private static final int LOG_PAGES = 4096;

    private final WinHv hypervisor;
    private final PageFrames frames;
    private final SystemMemory memory;
    private final Map<Long, ChildMemory> children = new HashMap<>();
    /** Bytes of what is left that are kept for children. */
    private final Map<Long, Long> reserved = new HashMap<>();

    /**
     * A driver.
     *
     * @param frames the root partition's free memory
     * @param memory system memory, of which the root sees its own pages where they are
     */
    public Vid(WinHv hypervisor, PageFrames frames, SystemMemory memory) {
        this.hypervisor = hypervisor;
        this.frames = frames;
        this.memory = memory;
    }

    /**
     * Gives a child zeroed memory at a range of guest-physical addresses, page-aligned at both ends.
     *
     * @param rights {@link dev.hv.core.tlfs.HvMapFlags}
     * @return INSUFFICIENT_MEMORY when the root has not enough left; nothing has changed then
     */
    public HvStatus addMemory(long partition, MemoryRange range, int rights) {
        if ((range.base() & SystemMemory.PAGE - 1) != 0 || (range.length() & SystemMemory.PAGE - 1) != 0) {
            return HvStatus.INVALID_ALIGNMENT;
        }
        ChildMemory child = children.computeIfAbsent(partition, id -> new ChildMemory(memory, hypervisor.view(partition)));
        if (child.overlaps(range)) {
            return HvStatus.INVALID_PARAMETER;
        }
        List<ChildMemory.Block> taken = new ArrayList<>();
        for (long at = range.base(); at < range.end(); ) {
            ChildMemory.Block b = take(at, range.end() - at);
            if (b == null) {
                taken.forEach(this::release);
                return HvStatus.INSUFFICIENT_MEMORY;
            }
            taken.add(b);
            at = b.range().end();
        }
        for (ChildMemory.Block b : taken) {
            HvStatus status = hypervisor.mapGpaPages(partition, b.range().base() >>> 12, b.systemAddress() >>> 12, b.range().length() >>> 12, rights);
            if (!status.ok()) {
                hypervisor.unmapGpaPages(partition, range.base() >>> 12, range.length() >>> 12);
                taken.forEach(this::release);
                return status;
            }
        }
        taken.forEach(child::add);
        return HvStatus.SUCCESS;
    }

    /** The longest run of frames at hand for the start of a hole of {@code bytes}; halves the wish until one fits. */
    private ChildMemory.Block take(long base, long bytes) {
        for (long pages = bytes >>> 12; pages > 0; pages >>>= 1) {
            long first = frames.take(pages, pages >= LARGE ? LARGE : 1);
            if (first >= 0) {
                for (long p = first; p < first + pages; p++) {
                    memory.clearPage(p << 12);
                }
                return new ChildMemory.Block(new MemoryRange(base, pages << 12), first << 12);
            }
        }
        return null;
    }

    /**
     * Takes memory back from a child: an access there is one to no memory from now on. The root has the pages for others, and the host what they held.
     *
     * @param range page-aligned at both ends
     * @return INVALID_PARAMETER when not all of it is the child's memory; nothing has changed then
     */
    public HvStatus removeMemory(long partition, MemoryRange range) {
        if ((range.base() & SystemMemory.PAGE - 1) != 0 || (range.length() & SystemMemory.PAGE - 1) != 0) {
            return HvStatus.INVALID_ALIGNMENT;
        }
        ChildMemory child = memory(partition);
        if (!child.covers(range)) {
            return HvStatus.INVALID_PARAMETER;
        }
        HvStatus status = hypervisor.unmapGpaPages(partition, range.base() >>> 12, range.length() >>> 12);
        if (status.ok()) {
            child.cut(range).forEach(this::giveBack);
        }
        return status;
    }

    /** The parts of a range where a child has no memory, lowest first, at most as many as said. */
    public List<MemoryRange> holes(long partition, MemoryRange range, int most) {
        return memory(partition).holes(range, most);
    }

    /** Bytes that the root has left for children, without those that are kept for some of them. */
    public long available() {
        return Math.max(0, (frames.available() << 12) - reserved.values().stream().mapToLong(Long::longValue).sum());
    }

    /** Keeps so many bytes of what is left for a child, no more than these: {@link #available} is without them. Who asks for them says so again when the machine is restored. */
    public void reserve(long partition, long bytes) {
        reserved.put(partition, bytes);
    }

    private void giveBack(ChildMemory.Block b) {
        memory.discard(b.systemAddress(), b.range().length() >>> 12);
        release(b);
    }

    private void release(ChildMemory.Block b) {
        frames.release(b.systemAddress() >>> 12, b.range().length() >>> 12);
    }

    /** A child's memory. A partition that was given none has an empty one. */
    public ChildMemory memory(long partition) {
        return children.computeIfAbsent(partition, id -> new ChildMemory(memory, hypervisor.view(partition)));
    }

    /** A child's memory as its devices see it: no IOMMU stands between, so all see the same. */
    public DmaBus dma(long partition) {
        ChildMemory all = memory(partition);
        return device -> all;
    }

    /** Begins to keep which pages of a child's memory are written to, by its processors and by its devices. */
    public HvStatus startDirtyLog(long partition) {
        return hypervisor.setPartitionProperty(partition, HvPartitionProperty.GPA_PAGE_ACCESS_TRACKING, 1);
    }

    /** Keeps it no more. */
    public HvStatus stopDirtyLog(long partition) {
        return hypervisor.setPartitionProperty(partition, HvPartitionProperty.GPA_PAGE_ACCESS_TRACKING, 0);
    }

    /**
     * The pages of a range that were written to since the log began or was last asked about them.
     *
     * @param range page-aligned at both ends
     * @param dirty receives the numbers of pages, counted from address 0
     * @return INVALID_PARTITION_STATE without a log
     */
    public HvStatus takeDirtyPages(long partition, MemoryRange range, BitSet dirty) {
        byte[] states = new byte[LOG_PAGES];
        for (long at = range.base(); at < range.end(); at += (long) LOG_PAGES << 12) {
            int count = (int) Math.min(range.end() - at >>> 12, LOG_PAGES);
            HvStatus status = hypervisor.getGpaPagesAccessStates(partition, at >>> 12, count, HvGpaAccess.CLEAR_DIRTY, states);
            if (!status.ok()) {
                return status;
            }
            for (int i = 0; i < count; i++) {
                if ((states[i] & HvGpaAccess.DIRTY) != 0) {
                    dirty.set((int) (at >>> 12) + i);
                }
            }
        }
        return HvStatus.SUCCESS;
    }

    /** Makes all of a child's memory read as zero, as after power-on. */
    public void clearMemory(long partition) {
        ChildMemory child = children.get(partition);
        if (child != null) {
            child.clear();
        }
    }

    /**
     * Takes a child's memory back, after {@link WinHv#deletePartition}; the host has it back, too. Who still holds {@link #memory} reaches nothing
     * any more.
     */
    public void releaseMemory(long partition) {
        ChildMemory child = children.remove(partition);
        reserved.remove(partition);
        if (child != null) {
            child.end().forEach(this::giveBack);
        }
    }
}
