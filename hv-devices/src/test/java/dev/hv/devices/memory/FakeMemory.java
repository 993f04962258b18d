package dev.hv.devices.memory;

import dev.hv.core.machine.MemoryRange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Memory of which only is known which pages the guest has. */
final class FakeMemory implements AssignedMemory {

    final BitSet there = new BitSet();
    final int startup;
    /** What the host has beside. */
    long left;
    /** Behind the last page that there ever was. */
    int end;
    boolean settled;

    FakeMemory(int startup, long left) {
        this.startup = startup;
        this.left = left;
        end = startup;
        there.set(0, startup);
    }

    @Override
    public long pages() {
        return there.cardinality();
    }

    @Override
    public boolean take(long first, long count) {
        if (first < 0 || first + count > end || there.get((int) first, (int) (first + count)).cardinality() != count) {
            return false;
        }
        there.clear((int) first, (int) (first + count));
        left += count;
        return true;
    }

    @Override
    public List<MemoryRange> giveBack(long most, int ranges) {
        List<MemoryRange> back = new ArrayList<>();
        long pages = Math.min(most, left);
        for (int from = there.nextClearBit(0); from < end && pages > 0 && back.size() < ranges; from = there.nextClearBit(from)) {
            int set = there.nextSetBit(from);
            int count = (int) Math.min(pages, (set < 0 ? end : Math.min(set, end)) - from);
            there.set(from, from + count);
            back.add(new MemoryRange((long) from << 12, (long) count << 12));
            pages -= count;
            left -= count;
        }
        return back;
    }

    @Override
    public long add(long pages, long alignment) {
        if (pages > left) {
            return -1;
        }
        int first = (int) ((end + alignment - 1) / alignment * alignment);
        there.set(first, (int) (first + pages));
        end = (int) (first + pages);
        left -= pages;
        return first;
    }

    @Override
    public void withdraw(long first, long count) {
        take(first, count);
        end = (int) first;
    }

    @Override
    public void restore() {
        there.clear();
        there.set(0, startup);
        end = startup;
    }

    @Override
    public void settle() {
        settled = true;
    }
}
