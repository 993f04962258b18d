package dev.hv.core.machine.iommu;

import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import java.util.ArrayList;
import java.util.List;

/** A unit before 4 MiB of memory, and a device at slot 1 of bus 0. */
public abstract class IommuRig {

    public static final int SIZE = 4 << 20;
    public static final int DEVICE = 1 << 3;
    public static final long TABLES = 0x10000;

    public final FlatMemory memory = new FlatMemory(SIZE);
    public final SeenInterrupts seen = new SeenInterrupts();
    public final List<String> told = new ArrayList<>();
    /** What a watch is told, once {@link #watched} has begun. */
    public final List<String> watchedLines = new ArrayList<>();
    private long nextTable = TABLES;

    protected abstract Iommu unit();

    /** Has what the unit tells a watch noted. */
    public final void watched() {
        unit().watch(new IommuWatch() {
            @Override
            public void refused(int requester, DeviceRequest wanted, long address, String why) {
                watchedLines.add("%x %s %x %s".formatted(requester, wanted.text(), address, why));
            }

            @Override
            public void command(String text) {
                watchedLines.add(text);
            }
        });
    }

    /** A page for a table. */
    public final long table() {
        nextTable += 0x1000;
        return nextTable;
    }

    /** An entry of a vendor's tables that leads to another table, of a level. */
    protected abstract long directory(long table, int level);

    /** Maps a page, with any bits. */
    public final void map(long root, int levels, long address, int leafLevel, long leaf) {
        long at = root;
        for (int level = levels; level > leafLevel; level--) {
            long slot = at + (address >>> 12 + 9 * (level - 1) & 0x1FF) * 8;
            if ((memory.get(slot) & 3) == 0) {
                memory.put(slot, directory(table(), level - 1));
            }
            at = memory.get(slot) & 0xF_FFFF_FFFF_F000L;
        }
        memory.put(at + (address >>> 12 + 9 * (leafLevel - 1) & 0x1FF) * 8, leaf);
    }

    public final DmaView view(int requester) {
        return unit().view(DmaRequester.pci(requester >> 8, requester >> 3 & 31, requester & 7));
    }

    public final long read(int requester, long address) {
        return unit().translate(requester, address, false);
    }

    public final long write(int requester, long address) {
        return unit().translate(requester, address, true);
    }
}
