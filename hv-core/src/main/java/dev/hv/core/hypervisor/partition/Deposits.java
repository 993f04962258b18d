package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.PageOwnership;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;

/**
 * Pages that parents deposit for what the hypervisor keeps about their children, and how they come back (TLFS, "Memory management"). A parent that is a guest
 * does not see a page any more while it is deposited, and finds it where it was when it comes back.
 */
public final class Deposits {

    private final SystemMemory memory;
    private final PageOwnership ownership;
    private final long[] mapped = new long[1];

    Deposits(SystemMemory memory, PageOwnership ownership) {
        this.memory = memory;
        this.ownership = ownership;
    }

    /**
     * Adds a page of a caller's to a pool.
     *
     * @return INVALID_PARAMETER for a page that is no memory of the caller's; ACCESS_DENIED for one that is mapped into a child or is the hypervisor's; for a guest
     *     INSUFFICIENT_MEMORY when its own pool has no page for the table that its space needs without that page
     */
    public HvStatus deposit(Caller c, PagePool pool, long gpn) {
        GuestPhysicalSpace space = c.partition().space();
        long page = c.page(gpn, HvMapFlags.READABLE | HvMapFlags.WRITABLE);
        if (space == null) {
            if (!ownership.give(page)) {
                return HvStatus.ACCESS_DENIED;
            }
            pool.deposit(page);
            return HvStatus.SUCCESS;
        }
        return page < 0 ? HvStatus.INVALID_PARAMETER : deposit(space, page, pool, gpn);
    }

    private HvStatus deposit(GuestPhysicalSpace space, long page, PagePool pool, long gpn) {
        if (ownership.mappings(page) != 1 || space.overlays().covers(gpn)) {
            return HvStatus.ACCESS_DENIED;
        }
        HvStatus status = space.unmap(gpn, 1);
        if (status.ok()) {
            ownership.give(page);
            memory.clearPage(page);
            pool.deposit(page, gpn);
        }
        return status;
    }

    /**
     * A page of a pool is to be one that a parent sees, as {@link #withdraw} gives it, but to be given back by {@link #hide}.
     *
     * @return its page number there; INSUFFICIENT_MEMORY when there is none
     */
    public HvResult show(Partition parent, PagePool pool) {
        HvResult gpn = withdraw(parent, pool);
        return gpn.status() == HvStatus.NO_RESOURCES ? HvResult.of(HvStatus.INSUFFICIENT_MEMORY) : gpn;
    }

    /** A page that {@link #show} has given is the pool's again, unless the parent has done something else with it meanwhile: then it is the parent's. */
    public void hide(Partition parent, PagePool pool, long gpn) {
        GuestPhysicalSpace space = parent.space();
        long page = space == null ? -1 : space.translate(gpn << 12, HvMapFlags.READABLE | HvMapFlags.WRITABLE);
        if (page >= 0) {
            deposit(space, page, pool, gpn);
        }
    }

    /** Who may use which page. */
    public PageOwnership ownership() {
        return ownership;
    }

    /**
     * Takes a free page back out of a pool.
     *
     * @param parent whose it is
     * @return its page number there; NO_RESOURCES when all pages are in use or set aside
     */
    public HvResult withdraw(Partition parent, PagePool pool) {
        long page = pool.withdraw();
        if (page < 0) {
            return HvResult.of(HvStatus.NO_RESOURCES);
        }
        ownership.giveBack(page);
        long gpn = pool.takeOrigin(page);
        if (gpn < 0) {
            return HvResult.success(page / SystemMemory.PAGE);
        }
        HvStatus status = parent.space().map(gpn, page / SystemMemory.PAGE, 1, HvMapFlags.ALL, mapped);
        if (!status.ok()) {
            // its tables have gone since, and there is none to be had: it stays where it was
            ownership.give(page);
            pool.deposit(page, gpn);
            return HvResult.of(status);
        }
        return HvResult.success(gpn);
    }

    /** All free pages of a pool go back to a parent whose child is over; those that its space has no room for are its memory without being mapped. */
    void end(Partition parent, PagePool pool) {
        for (long page = pool.withdraw(); page >= 0; page = pool.withdraw()) {
            ownership.giveBack(page);
            long gpn = pool.takeOrigin(page);
            if (gpn >= 0 && parent.space() != null) {
                parent.space().map(gpn, page / SystemMemory.PAGE, 1, HvMapFlags.ALL, mapped);
            }
        }
    }
}
