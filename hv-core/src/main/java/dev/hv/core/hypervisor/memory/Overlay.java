package dev.hv.core.hypervisor.memory;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.synic.OverlayPage;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** An overlay page in a page of its partition's pool. */
public final class Overlay implements OverlayPage {

    private static final int VERSION = 2;
    private static final long NOWHERE = -1;

    private final SystemMemory memory;
    private final GuestPhysicalSpace space;
    private final TranslationCaches caches;
    private long page;
    private final int rights;
    private final long limit;
    private long at = NOWHERE;

    /**
     * A page that is nowhere yet.
     *
     * @param page system address
     * @param rights of the guest, {@link dev.hv.core.tlfs.HvMapFlags}
     * @param limit guest pages that its processors can address
     */
    public Overlay(SystemMemory memory, GuestPhysicalSpace space, TranslationCaches caches, long page, int rights, long limit) {
        this.memory = memory;
        this.space = space;
        this.caches = caches;
        this.page = page;
        this.rights = rights;
        this.limit = limit;
    }

    @Override
    public boolean place(long gpn) {
        if (gpn == at) {
            return true;
        }
        if (gpn >= limit || !space.cover(gpn, page, rights)) {
            return false;
        }
        if (at != NOWHERE) {
            space.uncover(at, page, rights);
        }
        at = gpn;
        caches.invalidate(space);
        return true;
    }

    @Override
    public void remove() {
        if (at != NOWHERE) {
            space.uncover(at, page, rights);
            at = NOWHERE;
            caches.invalidate(space);
        }
    }

    /** Takes it away for ever; its page goes back to the pool. */
    public void delete(PagePool pool) {
        remove();
        pool.release(page);
    }

    @Override
    public long read(int offset, int size) {
        return memory.read(page + offset, size);
    }

    @Override
    public void write(int offset, int size, long value) {
        memory.write(page + offset, size, value);
    }

    @Override
    public boolean setBit(int bit) {
        return change(bit, true);
    }

    @Override
    public boolean clearBit(int bit) {
        return change(bit, false);
    }

    private boolean change(int bit, boolean to) {
        long where = page + (bit >>> 6) * 8;
        while (true) {
            long word = memory.read(where, 8);
            if ((word >>> bit & 1) != 0 == to) {
                return false;
            }
            if (memory.compareAndSet(where, 8, word, word ^ 1L << bit)) {
                return true;
            }
        }
    }

    @Override
    public void clear() {
        memory.clearPage(page);
    }

    /** Where the page lies; contents and paging structures are in memory, which is saved by itself. */
    @Override
    public void save(StateWriter out) {
        out.begin("overlay", VERSION);
        out.put("page", page);
        out.put("at", at);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("overlay", VERSION);
        page = in.take();
        at = in.take();
        in.end();
    }
}
