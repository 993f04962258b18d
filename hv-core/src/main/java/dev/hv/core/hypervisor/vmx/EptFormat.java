package dev.hv.core.hypervisor.vmx;

import dev.hv.core.hypervisor.memory.SlatFormat;
import dev.hv.core.tlfs.HvMapFlags;

/** Extended page-table entries (SDM vol. 3C, 28.3.2). */
public final class EptFormat implements SlatFormat {

    private static final long READ = 1;
    private static final long WRITE = 1 << 1;
    private static final long EXECUTE = 1 << 2;
    private static final long WRITE_BACK = 6 << 3;
    private static final long LARGE = 1 << 7;
    private static final long ACCESSED = 1 << 8;
    private static final long DIRTY = 1 << 9;
    /** Under mode-based execute control, where {@link #EXECUTE} is for supervisor-mode linear addresses; otherwise it means nothing. */
    private static final long EXECUTE_USER = 1 << 10;
    /** A page walk of four levels, structures cached write-back. */
    private static final long POINTER = 3 << 3 | 6;
    private static final long KEEP_FLAGS = 1 << 6;

    /**
     * The EPT pointer of a root table (SDM vol. 3C, 24.6.11).
     *
     * @param flags whether accessed and dirty flags are kept
     */
    static long pointer(long root, boolean flags) {
        return root | POINTER | (flags ? KEEP_FLAGS : 0);
    }

    @Override
    public long table(long address, int level) {
        return address | READ | WRITE | EXECUTE | EXECUTE_USER;
    }

    @Override
    public long leaf(long address, int level, int rights) {
        return address | ((rights & HvMapFlags.NOT_CACHED) != 0 ? 0 : WRITE_BACK) | (level == 2 ? LARGE : 0) | ((rights & HvMapFlags.READABLE) != 0 ? READ : 0)
                | ((rights & HvMapFlags.WRITABLE) != 0 ? WRITE : 0) | ((rights & HvMapFlags.KERNEL_EXECUTABLE) != 0 ? EXECUTE : 0)
                | ((rights & HvMapFlags.USER_EXECUTABLE) != 0 ? EXECUTE_USER : 0);
    }

    @Override
    public boolean present(long entry) {
        return (entry & (READ | WRITE | EXECUTE)) != 0;
    }

    /** {@inheritDoc} Its memory type is uncacheable, 0. */
    @Override
    public boolean device(long entry) {
        return present(entry) && (entry & WRITE_BACK) == 0;
    }

    @Override
    public boolean large(long entry) {
        return (entry & LARGE) != 0;
    }

    @Override
    public long accessedFlag() {
        return ACCESSED;
    }

    @Override
    public long dirtyFlag() {
        return DIRTY;
    }

    @Override
    public int rights(long entry) {
        return ((entry & READ) != 0 ? HvMapFlags.READABLE : 0) | ((entry & WRITE) != 0 ? HvMapFlags.WRITABLE : 0)
                | ((entry & EXECUTE) != 0 ? HvMapFlags.EXECUTABLE : 0);
    }
}
