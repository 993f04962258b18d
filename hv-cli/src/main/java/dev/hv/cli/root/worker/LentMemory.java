package dev.hv.cli.root.worker;

import dev.hv.core.machine.MemoryRange;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.vid.Vid;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.memory.AssignedMemory;
import java.util.ArrayList;
import java.util.List;

/** The memory of a virtual machine with dynamic memory: what it started with, what was added, and the pages of those that it has now, which the VID knows. */
final class LentMemory implements AssignedMemory, Saveable {

    private static final int STATE_VERSION = 1;
    /** Memory is added from here on: below are devices. */
    private static final long HIGH = 1L << 32;
    /** Pages of page tables, for so many of memory, that the hypervisor asks for when they are mapped. */
    private static final int TABLE_SHARE = 256;
    private static final int TABLES = 16;
    private static final int MOST_RANGES = 4096;

    private final Vid vid;
    private final long partition;
    private final List<MemoryRange> startup;
    private final VideoRam video;
    private final List<MemoryRange> added = new ArrayList<>();

    /**
     * Memory that is all there.
     *
     * @param startup what the machine starts with
     * @param video the memory of its screen, which is none of this; null without
     */
    LentMemory(Vid vid, long partition, List<MemoryRange> startup, VideoRam video) {
        this.video = video;
        this.vid = vid;
        this.partition = partition;
        this.startup = startup;
    }

    @Override
    public long pages() {
        return (vid.memory(partition).bytes() - (video == null ? 0 : video.bytes())) / Page.SIZE;
    }

    /** Pages that can still be given to somebody, with the page tables that they want. */
    private long left() {
        long pages = vid.available() / Page.SIZE;
        return Math.max(0, pages - pages / TABLE_SHARE - TABLES);
    }

    @Override
    public boolean take(long first, long count) {
        return (video == null || !video.has(range(first, count))) && vid.removeMemory(partition, range(first, count)).ok();
    }

    private static MemoryRange range(long first, long count) {
        return new MemoryRange(first * Page.SIZE, count * Page.SIZE);
    }

    @Override
    public List<MemoryRange> giveBack(long most, int ranges) {
        long pages = Math.min(most, left());
        List<MemoryRange> given = new ArrayList<>();
        for (MemoryRange all : all()) {
            for (MemoryRange hole : vid.holes(partition, all, ranges - given.size())) {
                long length = Math.min(hole.length(), pages * Page.SIZE);
                if (length == 0 || given.size() == ranges) {
                    return given;
                }
                var back = new MemoryRange(hole.base(), length);
                if (!vid.addMemory(partition, back, HvMapFlags.ALL).ok()) {
                    return given;
                }
                given.add(back);
                pages -= length / Page.SIZE;
            }
        }
        return given;
    }

    private List<MemoryRange> all() {
        List<MemoryRange> all = new ArrayList<>(startup);
        all.addAll(added);
        return all;
    }

    @Override
    public long add(long pages, long alignment) {
        if (pages > left()) {
            return -1;
        }
        long end = HIGH;
        for (MemoryRange r : all()) {
            end = Math.max(end, r.end());
        }
        long bytes = alignment * Page.SIZE;
        var range = new MemoryRange((end + bytes - 1) / bytes * bytes, pages * Page.SIZE);
        if (!vid.addMemory(partition, range, HvMapFlags.ALL).ok()) {
            return -1;
        }
        added.add(range);
        return range.base() / Page.SIZE;
    }

    @Override
    public void withdraw(long first, long count) {
        MemoryRange last = added.removeLast();
        MemoryRange unused = range(first, count);
        if (last.base() < unused.base()) {
            added.add(new MemoryRange(last.base(), unused.base() - last.base()));
        }
        take(first, count);
    }

    @Override
    public void restore() {
        for (MemoryRange r : added) {
            List<MemoryRange> there = new ArrayList<>(vid.memory(partition).ranges());
            there.removeIf(t -> !t.overlaps(r));
            for (MemoryRange t : there) {
                long from = Math.max(t.base(), r.base());
                vid.removeMemory(partition, new MemoryRange(from, Math.min(t.end(), r.end()) - from));
            }
        }
        added.clear();
        settle();
    }

    @Override
    public void settle() {
        while (!giveBack(Long.MAX_VALUE / Page.SIZE, MOST_RANGES).isEmpty()) {
            // the next ones
        }
    }

    /** Whether the machine has all that it starts with. */
    boolean whole() {
        return startup.stream().allMatch(r -> vid.holes(partition, r, 1).isEmpty());
    }

    @Override
    public void save(StateWriter out) {
        out.begin("lent-memory", STATE_VERSION);
        out.put("added-count", added.size());
        for (MemoryRange r : added) {
            out.put("base", r.base());
            out.put("length", r.length());
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("lent-memory", STATE_VERSION);
        added.clear();
        for (long n = in.take(); n > 0; n--) {
            added.add(new MemoryRange(in.take(), in.take()));
        }
        in.end();
    }
}
