package dev.hv.core.hypervisor;

import dev.hv.core.machine.SystemMemory;
import java.util.Arrays;

/** Pages of system memory that a partition's root has deposited for what the hypervisor keeps about that partition. */
final class PagePool {

    private final SystemMemory memory;
    private long[] free = new long[16];
    private int count;
    private long used;

    PagePool(SystemMemory memory) {
        this.memory = memory;
    }

    /** Adds a page. */
    void deposit(long page) {
        if (count == free.length) {
            free = Arrays.copyOf(free, 2 * count);
        }
        free[count++] = page;
    }

    /** Takes a page, zeroed; -1 when the pool is empty. */
    long take() {
        if (count == 0) {
            return -1;
        }
        used++;
        long page = free[--count];
        memory.clearPage(page);
        return page;
    }

    /** Gives back a page taken. */
    void release(long page) {
        used--;
        deposit(page);
    }

    /** Removes a free page from the pool; -1 when there is none. Its contents are wiped. */
    long withdraw() {
        if (count == 0) {
            return -1;
        }
        long page = free[--count];
        memory.clearPage(page);
        return page;
    }

    /** Pages free. */
    int available() {
        return count;
    }

    /** Pages in use. */
    long used() {
        return used;
    }
}
