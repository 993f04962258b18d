package dev.hv.core.hypervisor.memory;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvGpaAccess;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.NestedPaging;
import java.util.Arrays;

/**
 * Second-level tables for the guests of a guest: what a hypervisor in a partition maps, carried on through the partition's own mappings. They are filled page
 * by page as guests meet what is missing, and dropped as a whole when either side may have taken something away; then, and when their pages are used up, filling
 * begins anew. At rest they are empty, so that a machine that was restored does what the one that goes on does.
 */
public final class MergedTables {

    /** Pages that one virtual processor's take. An instruction with all its paging structures needs some dozens. */
    public static final int PAGES = 256;

    private static final int VERSION = 1;
    private static final int TOP = 4;
    /** Paging structures of the hypervisor in the partition that are kept apart. */
    private static final int ROOTS = 8;
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int FETCH = 4;
    private static final int ANY_FETCH = FETCH | NestedPaging.USER_FETCH;

    private final SystemMemory memory;
    private final SlatFormat format;
    private final GuestPhysicalSpace space;
    private final PagePool pool;
    private final long[] pages = new long[PAGES];
    private int used;
    private final long[] identities = new long[ROOTS];
    private final long[] tops = new long[ROOTS];
    private int roots;

    /** Empty ones, of pages that the pool has ({@link #PAGES}). */
    public MergedTables(SystemMemory memory, SlatFormat format, GuestPhysicalSpace space, PagePool pool) {
        this.memory = memory;
        this.format = format;
        this.space = space;
        this.pool = pool;
        for (int i = 0; i < PAGES; i++) {
            pages[i] = pool.take();
        }
    }

    /** The top table for a paging structure of the hypervisor in the partition, by whatever number tells it from others. Dropping ends what was given. */
    public long root(long identity) {
        for (int i = 0; i < roots; i++) {
            if (identities[i] == identity) {
                return tops[i];
            }
        }
        if (roots == ROOTS || used == PAGES) {
            drop();
        }
        identities[roots] = identity;
        tops[roots] = page();
        return tops[roots++];
    }

    /** Top tables that are in use, for who drops what processors have cached of them. */
    public long[] tops() {
        return Arrays.copyOf(tops, roots);
    }

    /** Forgets everything mapped. */
    public void drop() {
        used = 0;
        roots = 0;
    }

    private long page() {
        long page = pages[used++];
        memory.clearPage(page);
        return page;
    }

    /**
     * Maps a page of a guest's guest.
     *
     * @param top of {@link #root}
     * @param address guest-physical address in the partition
     * @param permissions what the hypervisor in the partition allows, as {@link NestedPaging#permissions}
     * @param access that is wanted now, {@link Mem#READ}, {@link Mem#WRITE} or {@link Mem#FETCH}
     * @return false when the partition has no such memory or not with the right, or when the page may be executed in one mode only: it is mapped so, and
     *         whether this fetch is of that mode is not known here
     */
    public boolean map(long top, long gpn, long address, int permissions, int access) {
        int rights = rights(address, permissions, access);
        long system = space.translate(address, (rights & HvMapFlags.WRITABLE) != 0 ? HvMapFlags.WRITABLE : rights);
        if (rights == 0 || system < 0) {
            return false;
        }
        long table = top;
        for (int at = TOP; at > 1; at--) {
            long where = SlatTables.slot(table, gpn, at);
            long entry = memory.read(where, 8);
            if (!format.present(entry)) {
                entry = format.table(page(), at);
                memory.write(where, 8, entry);
            }
            table = entry & SlatFormat.ADDRESS;
        }
        memory.write(SlatTables.slot(table, gpn, 1), 8, format.leaf(system & SlatFormat.ADDRESS, 1, rights));
        return access != Mem.FETCH || (rights & HvMapFlags.EXECUTABLE) == HvMapFlags.EXECUTABLE;
    }

    /** Whether there may be too few pages for another {@link #map}: they are to be dropped before. */
    public boolean full() {
        return used + TOP > PAGES;
    }

    /** Rights on both sides; 0 when the access is not among them. Of a page whose first write is to be noticed writing is not, before that. */
    private int rights(long address, int permissions, int access) {
        int wanted = access == Mem.WRITE ? WRITE : access == Mem.FETCH ? ANY_FETCH : READ;
        if ((permissions & wanted) == 0) {
            return 0;
        }
        boolean write = (permissions & WRITE) != 0 && (access == Mem.WRITE || !space.tracked());
        int rights = ((permissions & READ) != 0 ? allowed(address, HvMapFlags.READABLE) : 0) | ((permissions & ANY_FETCH) != 0 ? allowed(address, HvMapFlags.EXECUTABLE) & modes(permissions) : 0)
                | (write ? allowed(address, HvMapFlags.WRITABLE) : 0);
        int needed = access == Mem.WRITE ? HvMapFlags.WRITABLE : access == Mem.FETCH ? HvMapFlags.EXECUTABLE : HvMapFlags.READABLE;
        if (space.tracked()) {
            space.access(address >>> 12, HvGpaAccess.SET_ACCESSED);
        }
        return (rights & needed) != 0 ? rights : 0;
    }

    private static int modes(int permissions) {
        return ((permissions & FETCH) != 0 ? HvMapFlags.KERNEL_EXECUTABLE : 0) | ((permissions & NestedPaging.USER_FETCH) != 0 ? HvMapFlags.USER_EXECUTABLE : 0);
    }

    private int allowed(long address, int right) {
        return space.translate(address, right) >= 0 ? right : 0;
    }

    /** Gives the pages back. */
    public void delete() {
        for (long page : pages) {
            pool.release(page);
        }
    }

    /** Where the pages are: they are empty at rest. */
    public void save(StateWriter out) {
        out.begin("merged-tables", VERSION);
        out.put("pages", pages);
        out.end();
    }

    /** The counterpart of {@link #save}. */
    public void restore(StateReader in) {
        in.begin("merged-tables", VERSION);
        in.take(pages);
        in.end();
        drop();
    }
}
