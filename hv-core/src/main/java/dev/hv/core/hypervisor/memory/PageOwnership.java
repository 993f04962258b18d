package dev.hv.core.hypervisor.memory;

import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;
import java.util.List;

/**
 * Who may use which page of system memory. A page belongs to the root partition until it is given to the hypervisor
 * (deposited); a page mapped into a child cannot be given: the child could write the hypervisor's tables.
 */
public final class PageOwnership implements Saveable {

    private static final int VERSION = 1;
    private static final byte HYPERVISOR = -1;
    private static final byte MOST_MAPPINGS = 127;

    private final SystemMemory memory;
    private final List<MemoryRange> ranges;
    /** By RAM page, ascending: {@link #HYPERVISOR}, or how often the root's page is mapped into children. */
    private final byte[] pages;

    public PageOwnership(SystemMemory memory) {
        this.memory = memory;
        ranges = memory.ranges();
        pages = new byte[(int) (memory.size() / SystemMemory.PAGE)];
    }

    private int index(long page) {
        long before = 0;
        for (MemoryRange r : ranges) {
            if (r.contains(page)) {
                return (int) ((before + page - r.base()) / SystemMemory.PAGE);
            }
            before += r.length();
        }
        throw new IllegalArgumentException("no RAM at 0x%x".formatted(page));
    }

    /** Whether the root owns a page of RAM. */
    public boolean root(long page) {
        return memory.isRam(page) && pages[index(page)] != HYPERVISOR;
    }

    /** Gives a page of the root's to the hypervisor; false when it is not the root's or is mapped. */
    public boolean give(long page) {
        if (!memory.isRam(page) || pages[index(page)] != 0) {
            return false;
        }
        pages[index(page)] = HYPERVISOR;
        return true;
    }

    /** How often a page of the root's is mapped; negative for a page that is the hypervisor's, or no memory. */
    public int mappings(long page) {
        return memory.isRam(page) ? pages[index(page)] : -1;
    }

    /** Gives a page of the hypervisor's back to the root. */
    public void giveBack(long page) {
        pages[index(page)] = 0;
    }

    /** Notes that a page of the root's is mapped once more; false when it is not the root's, or mapped too often. */
    public boolean map(long page) {
        return map(page, 1);
    }

    /** Notes that pages in a row are mapped once more; false, and nothing is noted, when one is not the root's, or mapped too often. */
    public boolean map(long page, int count) {
        if (!memory.isRam(page, (long) count * SystemMemory.PAGE)) {
            return false;
        }
        int first = index(page);
        for (int i = first; i < first + count; i++) {
            if (pages[i] == HYPERVISOR || pages[i] == MOST_MAPPINGS) {
                return false;
            }
        }
        for (int i = first; i < first + count; i++) {
            pages[i]++;
        }
        return true;
    }

    /** Notes that a mapping has ended. */
    public void unmap(long page) {
        unmap(page, 1);
    }

    /** Notes that mappings of pages in a row have ended. */
    public void unmap(long page, int count) {
        int first = index(page);
        for (int i = first; i < first + count; i++) {
            pages[i]--;
        }
    }

    /** Runs of pages of the same kind: most of memory is one or two. */
    @Override
    public void save(StateWriter out) {
        out.begin("page-ownership", VERSION);
        out.put("pages-count", pages.length);
        for (int i = 0; i < pages.length; ) {
            int end = i;
            while (end < pages.length && pages[end] == pages[i]) {
                end++;
            }
            out.put("pages", pages[i]);
            out.put("count", end - i);
            i = end;
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("page-ownership", VERSION);
        if (in.take() != pages.length) {
            throw new StateFormatException("owners of other pages than the " + pages.length + " of this machine");
        }
        for (int i = 0; i < pages.length; ) {
            byte kind = (byte) in.take();
            int end = i + (int) in.take();
            Arrays.fill(pages, i, end, kind);
            i = end;
        }
        in.end();
    }
}
