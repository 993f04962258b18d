package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.PageOwnership;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * Pages that parents deposit for what the hypervisor keeps about their children, and how they come back (TLFS, "Memory management"). A parent that is a guest
 * does not see a page any more while it is deposited, nor do its own parents, and finds it where it was when it comes back.
 */
public final class Deposits {

    private final SystemMemory memory;
    private final PageOwnership ownership;

    Deposits(SystemMemory memory, PageOwnership ownership) {
        this.memory = memory;
        this.ownership = ownership;
    }

    /**
     * Adds a page of a caller's to a pool. It is not mapped any more in the caller's space, nor in that of who gave it the page.
     *
     * @return INVALID_PARAMETER for a page that is no memory of the caller's; ACCESS_DENIED for one that is mapped elsewhere too or is the hypervisor's; for a guest
     *     INSUFFICIENT_MEMORY when a pool of it, or of a parent of its, has no page for the table that the space needs without that page
     */
    public HvStatus deposit(Caller c, PagePool pool, long gpn) {
        long page = c.page(gpn, HvMapFlags.READABLE | HvMapFlags.WRITABLE);
        if (c.partition().space() == null) {
            if (!ownership.give(page)) {
                return HvStatus.ACCESS_DENIED;
            }
            pool.deposit(page);
            return HvStatus.SUCCESS;
        }
        return page < 0 ? HvStatus.INVALID_PARAMETER : deposit(c.partition(), page, pool, gpn);
    }

    private HvStatus deposit(Partition from, long page, PagePool pool, long gpn) {
        List<GuestPhysicalSpace> spaces = spaces(from);
        long[] gpns = new long[spaces.size()];
        for (int i = 0; i < gpns.length; i++) {
            gpns[i] = i == 0 ? gpn : spaces.get(i).find(page);
            if (gpns[i] < 0 || spaces.get(i).overlays().covers(gpns[i])) {
                return HvStatus.ACCESS_DENIED;
            }
        }
        // once in each: whoever else has it could change what the hypervisor keeps there
        if (ownership.mappings(page) != gpns.length) {
            return HvStatus.ACCESS_DENIED;
        }
        HvStatus status = takeAway(spaces, gpns, gpns.length - 1, page);
        if (status.ok()) {
            ownership.give(page);
            memory.clearPage(page);
            pool.deposit(page, gpns);
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
            deposit(parent, page, pool, gpn);
        }
    }

    /** Who may use which page. */
    public PageOwnership ownership() {
        return ownership;
    }

    /** A guest's space, its parent's, and so on. */
    private static List<GuestPhysicalSpace> spaces(Partition p) {
        List<GuestPhysicalSpace> all = new ArrayList<>();
        for (Partition at = p; at.space() != null; at = at.owner()) {
            all.add(at.space());
        }
        return all;
    }

    /** From the outermost on; all of them or none. */
    private static HvStatus takeAway(List<GuestPhysicalSpace> spaces, long[] gpns, int from, long page) {
        if (from < 0) {
            return HvStatus.SUCCESS;
        }
        HvStatus status = spaces.get(from).takeAway(gpns[from], page);
        if (status.ok()) {
            status = takeAway(spaces, gpns, from - 1, page);
            if (!status.ok()) {
                spaces.get(from).bringBack(gpns[from], page);
            }
        }
        return status;
    }

    /**
     * The same backwards. Where something else has been done to the page's place meanwhile, it does not come back, nor to who had it from there.
     *
     * @return INSUFFICIENT_MEMORY when a pool has no page for a table: nothing is done then
     */
    private static HvStatus bringBack(List<GuestPhysicalSpace> spaces, long[] gpns, int from, long page) {
        if (from < 0) {
            return HvStatus.SUCCESS;
        }
        HvStatus status = spaces.get(from).bringBack(gpns[from], page);
        if (status == HvStatus.NOT_FOUND) {
            return HvStatus.SUCCESS;
        }
        if (status.ok()) {
            status = bringBack(spaces, gpns, from - 1, page);
            if (!status.ok()) {
                spaces.get(from).takeAway(gpns[from], page);
            }
        }
        return status;
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
        long[] gpns = pool.takeOrigin(page);
        if (gpns == null) {
            return HvResult.success(page / SystemMemory.PAGE);
        }
        HvStatus status = bringBack(spaces(parent), gpns, gpns.length - 1, page);
        if (!status.ok()) {
            // its tables have gone since, and there is none to be had: it stays where it was
            ownership.give(page);
            pool.deposit(page, gpns);
            return HvResult.of(status);
        }
        return HvResult.success(gpns[0]);
    }

    /** All free pages of a pool go back to a parent whose child is over; those that its space has no room for are its memory without being mapped. */
    void end(Partition parent, PagePool pool) {
        List<GuestPhysicalSpace> spaces = spaces(parent);
        for (long page = pool.withdraw(); page >= 0; page = pool.withdraw()) {
            ownership.giveBack(page);
            long[] gpns = pool.takeOrigin(page);
            if (gpns != null && gpns.length == spaces.size()) {
                bringBack(spaces, gpns, gpns.length - 1, page);
            }
        }
    }
}
