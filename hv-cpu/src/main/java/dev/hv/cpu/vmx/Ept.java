package dev.hv.cpu.vmx;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.NestedCache;
import dev.hv.cpu.state.NestedPaging;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.VmExitSignal;

/**
 * Extended page tables (SDM vol. 3C, 28.3): four levels or five, 4 KiB, 2 MiB and 1 GiB pages, execute-only pages, execution by mode, accessed and
 * dirty flags, the log of pages that get dirty. The APIC-access page (29.4) is recognised here too, since every guest access passes.
 */
final class Ept implements NestedPaging {

    private static final int R = 1;
    private static final int W = 2;
    private static final int X = 4;
    private static final int RWX = 7;
    /** Fetches from user-mode linear addresses, under mode-based execute control; then {@link #X} is for supervisor-mode ones. */
    private static final int XU = 1 << 10;
    private static final int XU_AS_X = 8;
    private static final int RIGHTS = RWX | XU;
    private static final int LARGE = 1 << 7;
    private static final int ACCESSED = 1 << 8;
    private static final int DIRTY = 1 << 9;
    private static final long PAGE = ~0xFFFL;
    private static final long ADDRESS = 0x000FFFFFFFFFF000L;

    // EPT pointer (24.6.11)
    private static final long POINTER_ACCESSED_DIRTY = 1 << 6;
    private static final int POINTER_LEVELS_SHIFT = 3;
    private static final long POINTER_IDENTITY = ADDRESS | POINTER_ACCESSED_DIRTY | 7 << POINTER_LEVELS_SHIFT;

    // Exit qualification of EPT violations (table 27-7)
    private static final int VIOLATION_READ = 1;
    private static final int VIOLATION_WRITE = 1 << 1;
    private static final int VIOLATION_FETCH = 1 << 2;
    private static final int VIOLATION_LINEAR_VALID = 1 << 7;
    private static final int VIOLATION_USER_EXECUTABLE = 1 << 6;
    private static final int VIOLATION_FINAL = 1 << 8;

    // Access types of APIC-access exits (table 27-6)
    private static final int APIC_LINEAR_READ = 0;
    private static final int APIC_LINEAR_WRITE = 1;
    private static final int APIC_LINEAR_FETCH = 2;
    private static final int APIC_LINEAR_EVENT = 3;
    private static final int APIC_PHYSICAL_EVENT = 10;
    private static final int APIC_PHYSICAL = 15;

    /** Entries of a page-modification log. */
    private static final int LOG_ENTRIES = 512;
    /** In {@link #cache}'s identity of a structure: it was walked under mode-based execute control. */
    private static final long IDENTITY_MODES = 1;

    /** No page has this address: APIC accesses are not virtualised. */
    private static final long NO_PAGE = -1;

    private final VmxUnit unit;
    /** Host page with the rights R, W (and dirty already, where flags are kept), X and XU in its low bits. */
    private final NestedCache cache;

    private long table;
    private boolean enabled;
    private int levels;
    private boolean accessedDirty;
    private boolean logging;
    /** Rights of fetches depend on the mode of the linear address. */
    private boolean modes;
    private int lastRights;
    private boolean suppressesException;
    private long apicPage = NO_PAGE;

    Ept(VmxUnit unit) {
        this.unit = unit;
        cache = new NestedCache(unit.c);
    }

    /**
     * Makes an EPT pointer current, under the controls of a guest.
     *
     * @return number of the paging structure for {@link dev.hv.cpu.state.Tlb#key}
     */
    int select(long pointer, int secondary) {
        enabled = true;
        logging = (secondary & VmxControls.ENABLE_PML) != 0;
        modes = (secondary & VmxControls.MODE_BASED_EXECUTE) != 0;
        table = pointer & ADDRESS;
        levels = (int) (pointer >>> POINTER_LEVELS_SHIFT & 7) + 1;
        accessedDirty = (pointer & POINTER_ACCESSED_DIRTY) != 0;
        return cache.select(pointer & POINTER_IDENTITY | (modes ? IDENTITY_MODES : 0));
    }

    /** Turns second-level translation off: guest-physical addresses are host addresses. */
    void selectNone() {
        enabled = false;
    }

    @Override
    public Tables tables() {
        return enabled ? new Tables(table, levels, true) : null;
    }

    /** Sets the APIC-access page. */
    void virtualizeApic(long accessPage) {
        apicPage = accessPage;
    }

    /** APIC accesses are not virtualised. */
    void plainApic() {
        apicPage = NO_PAGE;
    }

    /** Single-context INVEPT: what was cached of this EPT pointer gets out of reach, since it gets a new number when next used. */
    void invalidate(long pointer) {
        cache.invalidate(ADDRESS, pointer);
    }

    /** Forgets everything cached and every number given, as after power-on. The TLB must forget its contexts too. */
    void reset() {
        cache.reset();
    }

    /** All-context INVEPT. */
    void invalidateAll() {
        cache.invalidateAll();
    }

    @Override
    public int rights() {
        return (lastRights & W) != 0 ? Mem.WRITE : 0;
    }

    @Override
    public int permissions() {
        return lastRights & RWX | ((lastRights & XU) != 0 ? USER_FETCH : 0);
    }

    @Override
    public long translate(Cpu c, long guestPhysical, int access, long guestLinear) {
        int need = need(access);
        long p = cache.find(guestPhysical);
        if (enabled && (p & need) == need) {
            lastRights = (int) p & RIGHTS;
            return p & PAGE | guestPhysical & 0xFFF;
        }
        return walk(c, guestPhysical, access, need, guestLinear);
    }

    /** Rights an access needs. Accesses to the guest's paging structures count as writes where flags are kept (28.3.5). */
    private int need(int access) {
        if (accessedDirty && (access & WALK) != 0) {
            return R | W;
        }
        return switch (access & 3) {
            case Mem.READ -> R;
            case Mem.WRITE -> W;
            default -> modes && (access & USER_PAGE) != 0 ? XU : X;
        };
    }

    private long walk(Cpu c, long guestPhysical, int access, int need, long guestLinear) {
        long page;
        int rights;
        if (enabled) {
            page = walkTables(c, guestPhysical, access, need, guestLinear);
            rights = (int) page & RIGHTS;
            page &= PAGE;
        } else {
            page = guestPhysical & PAGE;
            rights = RIGHTS;
        }
        lastRights = rights;
        if (page == apicPage) {
            lastRights = 0;
            c.tlb.walkedUncached = true;
            return apicAccess(c, (int) guestPhysical & 0xFFF, access, guestLinear);
        }
        if (enabled) {
            // hypervisors that log clear dirty flags and trust that combined translations alone remember them
            cache.put(guestPhysical, page | (logging ? rights & ~W : rights));
        }
        return page | guestPhysical & 0xFFF;
    }

    /** Walks; returns the host page with rights in its low bits (W only when a write would set no flag). */
    private long walkTables(Cpu c, long guestPhysical, int access, int need, long guestLinear) {
        long at = table;
        int rights = RIGHTS;
        int present = modes ? RIGHTS : RWX;
        long tooWide = ~c.model.physicalMask() & ADDRESS;
        for (int level = levels; ; level--) {
            int shift = 12 + 9 * (level - 1);
            long entryAddress = at | (guestPhysical >>> shift & 0x1FF) << 3;
            long entry = PhysicalAccess.read64(c, entryAddress);
            if ((entry & present) == 0) {
                suppressesException = entry < 0;
                throw c.exit(VmExitSignal.Kind.NESTED_VIOLATION, access, 0, guestPhysical, guestLinear);
            }
            boolean leaf = level == 1 || level < 4 && (entry & LARGE) != 0;
            if (misconfigured(entry, level, leaf, shift, tooWide)) {
                throw c.exit(VmExitSignal.Kind.NESTED_MISCONFIGURATION, access, 0, guestPhysical, guestLinear);
            }
            rights &= modes ? (int) entry : (int) entry & RWX | ((int) entry & X) << XU_AS_X;
            if (leaf) {
                if ((rights & need) != need) {
                    suppressesException = entry < 0;
                    throw c.exit(VmExitSignal.Kind.NESTED_VIOLATION, access, rights, guestPhysical, guestLinear);
                }
                if (accessedDirty) {
                    int flags = ACCESSED | ((need & W) != 0 ? DIRTY : 0);
                    boolean logged = logging && (flags & ~(int) entry & DIRTY) != 0;
                    if (logged && unit.vmcs.get32(VmcsField.PML_INDEX) >= LOG_ENTRIES) {
                        throw c.exit(VmExitSignal.Kind.NESTED_LOG_FULL, access, rights, guestPhysical, guestLinear);
                    }
                    if (!setFlags(c, entryAddress, entry, flags) || !markPath(c, guestPhysical, level)) {
                        return walkTables(c, guestPhysical, access, need, guestLinear);
                    }
                    if (logged) {
                        log(c, guestPhysical);
                    }
                    if (((entry | flags) & DIRTY) == 0) {
                        rights &= ~W;
                    }
                }
                long mask = (1L << shift) - 1;
                return (entry & ADDRESS & ~mask | guestPhysical & mask & PAGE) | rights;
            }
            at = entry & ADDRESS;
        }
    }

    /** Notes a page that gets dirty in the page-modification log, which is filled from its end (28.3.6). */
    private void log(Cpu c, long guestPhysical) {
        int index = unit.vmcs.get32(VmcsField.PML_INDEX);
        PhysicalAccess.write64(c, unit.vmcs.get(VmcsField.PML_ADDRESS) + 8L * index, guestPhysical & PAGE);
        unit.vmcs.set(VmcsField.PML_INDEX, index - 1 & 0xFFFF);
    }

    /** Sets accessed flags in the entries above the leaf, once the access is known to be allowed; false when they have changed meanwhile. */
    private boolean markPath(Cpu c, long guestPhysical, int leafLevel) {
        long at = table;
        for (int level = levels; level > leafLevel; level--) {
            long entryAddress = at | (guestPhysical >>> 12 + 9 * (level - 1) & 0x1FF) << 3;
            long entry = PhysicalAccess.read64(c, entryAddress);
            if ((entry & RIGHTS) == 0 || !setFlags(c, entryAddress, entry, ACCESSED)) {
                return false;
            }
            at = entry & ADDRESS;
        }
        return true;
    }

    /** Sets flags of an entry as a locked instruction would; false when the entry is no longer what was read: the walk starts again. */
    private static boolean setFlags(Cpu c, long entryAddress, long entry, int flags) {
        return (entry & flags) == flags || PhysicalAccess.replace(c, entryAddress, 8, entry, entry | flags);
    }

    /** Misconfigurations (28.3.3.1): write without read, reserved bits, reserved memory types. */
    private static boolean misconfigured(long entry, int level, boolean leaf, int shift, long tooWide) {
        if ((entry & (R | W)) == W || (entry & tooWide) != 0) {
            return true;
        }
        if (!leaf) {
            return (entry & (level >= 4 ? 0xF8 : 0x78)) != 0;
        }
        int type = (int) entry >>> 3 & 7;
        return type == 2 || type == 3 || type == 7 || level > 1 && (entry & (1L << shift) - 1 & PAGE) != 0;
    }

    /** Exit qualification of an EPT violation (table 27-7). */
    long violation(VmExitSignal s) {
        int q = switch (s.access & 3) {
            case Mem.READ -> VIOLATION_READ;
            case Mem.WRITE -> VIOLATION_WRITE;
            default -> VIOLATION_FETCH;
        };
        if ((s.access & WALK) == 0) {
            q |= VIOLATION_FINAL;
        } else if (accessedDirty || q == VIOLATION_WRITE) {
            // flags of the guest's entries are set by a locked read and write
            q = VIOLATION_READ | VIOLATION_WRITE;
        }
        if ((s.access & LINEAR_VALID) == 0) {
            q &= ~VIOLATION_FINAL;
        } else {
            q |= VIOLATION_LINEAR_VALID;
        }
        boolean userExecutable = modes && (s.rights & XU) != 0;
        return q | (s.rights & RWX) << 3 | (userExecutable ? VIOLATION_USER_EXECUTABLE : 0);
    }

    /** Whether the entry at fault in the last EPT violation forbids that it becomes #VE (25.5.7.1). */
    boolean suppressesException() {
        return suppressesException;
    }

    /** An access to the APIC-access page: to the virtual-APIC page where it may be, an exit otherwise (29.4). */
    private long apicAccess(Cpu c, int offset, int access, long guestLinear) {
        boolean shadow = (unit.primary & VmxControls.TPR_SHADOW) != 0;
        if (shadow && (access & (WALK | LINEAR_VALID)) == LINEAR_VALID && (access & 3) != Mem.FETCH && !c.delivering.present()) {
            unit.registers.translated(access, guestLinear);
            return REGISTERS + offset;
        }
        throw c.exit(VmExitSignal.Kind.APIC_ACCESS, access, 0, offset, guestLinear);
    }

    /**
     * Exit qualification of an APIC access (table 27-6).
     *
     * @param event whether it was made by event delivery
     */
    static long apicAccess(VmExitSignal s, boolean event) {
        if ((s.access & WALK) != 0) {
            return (long) (event ? APIC_PHYSICAL_EVENT : APIC_PHYSICAL) << 12;
        }
        int type = event ? APIC_LINEAR_EVENT : switch (s.access & 3) {
            case Mem.READ -> APIC_LINEAR_READ;
            case Mem.WRITE -> APIC_LINEAR_WRITE;
            default -> APIC_LINEAR_FETCH;
        };
        return (long) type << 12 | s.guestPhysical & 0xFFF;
    }

    @Override
    public void checkRegister(Cpu c, int offset, int size, int access) {
        unit.registers.check(c, offset, size, access);
    }

    @Override
    public long readRegister(Cpu c, int offset, int size) {
        return unit.registers.read(c, offset, size);
    }

    @Override
    public void writeRegister(Cpu c, int offset, int size, long value) {
        unit.registers.write(c, offset, size, value);
    }
}
