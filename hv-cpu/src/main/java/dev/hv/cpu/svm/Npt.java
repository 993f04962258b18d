package dev.hv.cpu.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.NestedCache;
import dev.hv.cpu.state.NestedPaging;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.VmExitSignal;

/**
 * Nested paging (APM vol. 2, 15.25): guest-physical addresses go through page tables of the host's own format, which is that of the
 * paging mode the host was in at VMRUN: five levels or four, PAE or legacy. Every access is a user access; those to the guest's own tables are
 * writes, whatever for.
 */
final class Npt implements NestedPaging {

    private static final int P = 1;
    private static final int W = 1 << 1;
    private static final int U = 1 << 2;
    private static final int A = 1 << 5;
    private static final int D = 1 << 6;
    private static final int PS = 1 << 7;
    private static final int GLOBAL = 1 << 8;
    private static final long NX = 1L << 63;
    private static final long PAGE = ~0xFFFL;
    private static final long ADDRESS = 0x000FFFFFFFFFF000L;
    private static final long IDENTITY_ASID = 0xFFFFL << 48;

    static final long NO_PAGE = -1;

    // Rights as VmExitSignal has them
    private static final int READABLE = 1;
    private static final int WRITABLE = 2;
    private static final int EXECUTABLE = 4;

    /** Host page with {@link #READABLE}, {@link #WRITABLE} (dirty already) and {@link #EXECUTABLE} in its low bits. */
    private final NestedCache cache;
    private long table;
    private long hostCr4;
    private long hostEfer;
    private int lastRights;
    private final AvicRegisters registers;
    /** Guest-physical page of the registers of a virtualised APIC, or {@link #NO_PAGE}. */
    private long apicPage = NO_PAGE;

    Npt(Cpu c, AvicRegisters registers) {
        this.registers = registers;
        cache = new NestedCache(c);
    }

    /**
     * Makes a nested CR3 current, under the paging mode of a host.
     *
     * @return number of the paging structure
     */
    int select(long nestedCr3, int asid, long cr4, long efer) {
        table = nestedCr3;
        hostCr4 = cr4;
        hostEfer = efer;
        return cache.select(nestedCr3 & PAGE & ~IDENTITY_ASID | (long) asid << 48);
    }

    @Override
    public Tables tables() {
        boolean longMode = (hostEfer & Control.EFER_LMA) != 0;
        int levels = longMode ? (hostCr4 & Control.CR4_LA57) != 0 ? 5 : 4 : (hostCr4 & Control.CR4_PAE) != 0 ? 3 : 2;
        return new Tables(longMode ? table & ADDRESS : table & 0xFFFFFFE0L, levels, false);
    }

    /** Drops what is cached under an ASID. */
    void invalidate(int asid) {
        cache.invalidate(IDENTITY_ASID, (long) asid << 48);
    }

    void invalidateAll() {
        cache.invalidateAll();
    }

    /** As after power-on; the TLB must forget its contexts too. */
    void reset() {
        cache.reset();
    }

    @Override
    public int rights() {
        return (lastRights & WRITABLE) != 0 ? Mem.WRITE : 0;
    }

    @Override
    public int permissions() {
        return (lastRights & READABLE) != 0 ? 1 | ((lastRights & WRITABLE) != 0 ? 2 : 0) | ((lastRights & EXECUTABLE) != 0 ? 4 | USER_FETCH : 0) : 0;
    }

    @Override
    public boolean walksPdptes() {
        return true;
    }

    @Override
    public long translate(Cpu c, long guestPhysical, int access, long guestLinear) {
        int need = need(access);
        long p = cache.find(guestPhysical);
        if ((p & need) != need) {
            p = (hostEfer & Control.EFER_LMA) != 0 || (hostCr4 & Control.CR4_PAE) != 0 ? walk64(c, guestPhysical, access, need, guestLinear)
                    : walk32(c, guestPhysical, access, need, guestLinear);
            cache.put(guestPhysical, p);
        }
        lastRights = (int) p & (READABLE | WRITABLE | EXECUTABLE);
        if ((guestPhysical & PAGE) == apicPage && (access & WALK) == 0 && (access & 3) != Mem.FETCH) {
            // the tables say who may access it, not where it is (15.29.4.1)
            return REGISTERS + (guestPhysical & 0xFFF);
        }
        return p & PAGE | guestPhysical & 0xFFF;
    }

    /** Has accesses to a page made to the registers of a virtualised APIC. */
    void virtualizeApic(long page) {
        apicPage = page;
    }

    @Override
    public void checkRegister(Cpu c, int offset, int size, int access) {
        registers.check(c, offset, size, access);
    }

    @Override
    public long readRegister(Cpu c, int offset, int size) {
        return registers.read(c, offset, size);
    }

    @Override
    public void writeRegister(Cpu c, int offset, int size, long value) {
        registers.write(c, offset, size, value);
    }

    private static int need(int access) {
        if ((access & WALK) != 0) {
            return WRITABLE;
        }
        return switch (access & 3) {
            case Mem.READ -> READABLE;
            case Mem.WRITE -> WRITABLE;
            default -> EXECUTABLE;
        };
    }

    private long walk64(Cpu c, long a, int access, int need, long linear) {
        boolean lma = (hostEfer & Control.EFER_LMA) != 0;
        boolean nxe = (hostEfer & Control.EFER_NXE) != 0;
        long reserved = ~c.model.physicalMask() & ADDRESS | (nxe ? 0 : NX) | (lma ? 0 : 0x7FF0000000000000L);
        // beyond what the host's own paging reaches nothing is mapped (15.25.5)
        int levels = !lma ? 3 : (hostCr4 & Control.CR4_LA57) != 0 ? 5 : 4;
        if ((a >>> (lma ? 12 + 9 * levels : 32)) != 0) {
            throw violation(c, a, access, 0, linear);
        }
        int rights = W | U;
        long nx = 0;
        long at = lma ? table & ADDRESS : table & 0xFFFFFFE0L;
        for (int level = levels; ; level--) {
            boolean pdpte = !lma && level == 3;
            long entryAddress = at | (a >>> 12 + 9 * (level - 1) & (pdpte ? 3 : 0x1FF)) << 3;
            long entry = PhysicalAccess.read64(c, entryAddress);
            if ((entry & P) == 0) {
                throw violation(c, a, access, 0, linear);
            }
            boolean leaf = level == 1 || !pdpte && (entry & PS) != 0 && level <= 3;
            long bad = reserved;
            if (pdpte) {
                bad |= 0x1E6L | NX;
            } else if (leaf && level > 1) {
                bad |= (1L << 12 + 9 * (level - 1)) - 1 & 0xFFFFFFFFFFFFE000L | (level == 3 && !c.model.has(Feature.PAGE1GB) ? PS : 0);
            } else if (level >= 4) {
                bad |= PS | GLOBAL;
            }
            if ((entry & bad) != 0) {
                throw c.exit(VmExitSignal.Kind.NESTED_MISCONFIGURATION, access, READABLE, a, linear);
            }
            if (!pdpte) {
                rights &= (int) entry;
                nx |= entry & NX;
            }
            if (leaf) {
                int allowed = allowed(rights, nx != 0);
                if ((allowed & need) != need) {
                    throw violation(c, a, access, READABLE, linear);
                }
                int flags = A | ((need & WRITABLE) != 0 ? D : 0);
                if (!setFlags(c, entryAddress, entry, flags, 8)) {
                    return walk64(c, a, access, need, linear);
                }
                if (((entry | flags) & D) == 0) {
                    allowed &= ~WRITABLE;
                }
                long mask = (1L << 12 + 9 * (level - 1)) - 1;
                return (entry & ADDRESS & ~mask | a & mask & PAGE) | allowed;
            }
            if (!pdpte && !setFlags(c, entryAddress, entry, A, 8)) {
                return walk64(c, a, access, need, linear);
            }
            at = entry & ADDRESS;
        }
    }

    private long walk32(Cpu c, long a, int access, int need, long linear) {
        if (a >>> 32 != 0) {
            throw violation(c, a, access, 0, linear);
        }
        long pdeAddress = table & 0xFFFFF000L | a >>> 20 & 0xFFC;
        long pde = PhysicalAccess.read32(c, pdeAddress) & 0xFFFFFFFFL;
        if ((pde & P) == 0) {
            throw violation(c, a, access, 0, linear);
        }
        boolean large = (pde & PS) != 0 && (hostCr4 & Control.CR4_PSE) != 0;
        if (large && (pde & 1 << 21) != 0) {
            throw c.exit(VmExitSignal.Kind.NESTED_MISCONFIGURATION, access, READABLE, a, linear);
        }
        long leafAddress = large ? pdeAddress : pde & 0xFFFFF000L | a >>> 10 & 0xFFC;
        long leaf = large ? pde : PhysicalAccess.read32(c, leafAddress) & 0xFFFFFFFFL;
        if ((leaf & P) == 0) {
            throw violation(c, a, access, 0, linear);
        }
        int allowed = allowed((int) (pde & leaf) & (W | U), false);
        if ((allowed & need) != need) {
            throw violation(c, a, access, READABLE, linear);
        }
        int flags = A | ((need & WRITABLE) != 0 ? D : 0);
        if (!large && !setFlags(c, pdeAddress, pde, A, 4) || !setFlags(c, leafAddress, leaf, flags, 4)) {
            return walk32(c, a, access, need, linear);
        }
        if (((leaf | flags) & D) == 0) {
            allowed &= ~WRITABLE;
        }
        return (large ? leaf & 0xFFC00000L | (leaf >>> 13 & 0xFF) << 32 | a & 0x3FF000 : leaf & 0xFFFFF000L) | allowed;
    }

    private static int allowed(int rights, boolean nx) {
        if ((rights & U) == 0) {
            return 0;
        }
        return READABLE | ((rights & W) != 0 ? WRITABLE : 0) | (nx ? 0 : EXECUTABLE);
    }

    /** Sets flags of an entry as a locked instruction would; false when the entry is no longer what was read: the walk starts again. */
    private static boolean setFlags(Cpu c, long entryAddress, long entry, int flags, int size) {
        return (entry & flags) == flags || PhysicalAccess.replace(c, entryAddress, size, entry, entry | flags);
    }

    /** @param present {@link #READABLE} when an entry is there but does not allow the access */
    private static VmExitSignal violation(Cpu c, long a, int access, int present, long linear) {
        return c.exit(VmExitSignal.Kind.NESTED_VIOLATION, access, present, a, linear);
    }

    /** EXIT_INFO1 of a nested page fault (15.25.6). */
    long error(VmExitSignal s) {
        boolean walk = (s.access & WALK) != 0;
        long error = FAULT_USER | (walk ? FAULT_WALK : FAULT_FINAL);
        if (walk || (s.access & 3) == Mem.WRITE) {
            error |= FAULT_WRITE;
        } else if ((s.access & 3) == Mem.FETCH && ((hostEfer & Control.EFER_NXE) != 0 || (hostCr4 & Control.CR4_SMEP) != 0)) {
            error |= FAULT_FETCH;
        }
        if (s.kind == VmExitSignal.Kind.NESTED_MISCONFIGURATION) {
            error |= FAULT_RESERVED;
        }
        return s.rights != 0 ? error | FAULT_PRESENT : error;
    }
}
