package dev.hv.cpu.state;

/**
 * First-level address translation in every form up to five levels (SDM vol. 3A, chapter 4): none, 32-bit, PAE, IA-32e, with
 * large pages, accessed and dirty bits, NX, SMEP, SMAP, write protection, protection keys and
 * pages of shadow stacks. With second-level paging active, every address
 * it meets goes through {@link NestedPaging}.
 */
public final class PageWalker {

    private static final int P = 1;
    private static final int W = 1 << 1;
    private static final int U = 1 << 2;
    private static final int A = 1 << 5;
    private static final int D = 1 << 6;
    private static final int PS = 1 << 7;
    private static final int GLOBAL = 1 << 8;
    private static final long NX = 1L << 63;
    private static final long ADDRESS = 0x000FFFFFFFFFF000L;

    /** Instead of an address: the access faults. */
    static final int FAULT = -1;
    private static final int ERROR_WRITE = 2;
    private static final int ERROR_USER = 4;
    private static final int ERROR_RESERVED = 8;
    private static final int ERROR_FETCH = 16;
    private static final int ERROR_KEY = 32;
    private static final int ERROR_SHADOW = 64;

    /** With an access mode: the access is to a shadow stack, and wants a page of that kind. */
    static final int SHADOW = 4;

    /** Bits of CR4 that translations depend on. */
    public static final long CR4_MODIFIERS = Control.CR4_PSE | Control.CR4_PAE | Control.CR4_SMEP | Control.CR4_SMAP | Control.CR4_PKE | Control.CR4_PKS
            | Control.CR4_LA57;

    private PageWalker() {}

    /** What translations depend on besides CR3 and the paging structures, and protection keys' rights, which {@link ProtectionKeys} keeps up with; never bit 31. */
    public static int modifiers(Cpu c) {
        return (c.cr0(Control.CR0_WP) ? 1 : 0) | (c.cr0(Control.CR0_PG) ? 2 : 0) | ((c.efer & Control.EFER_NXE) != 0 ? 4 : 0) | (c.longMode() ? 8 : 0)
                | (int) (c.cr4 & CR4_MODIFIERS);
    }

    /**
     * Translates.
     *
     * @param access {@link Mem#READ}, {@link Mem#WRITE} or {@link Mem#FETCH}
     * @param how access mode, one of {@link Tlb}'s
     * @return system-physical address; {@code tlb.walkedWritable} tells about writes
     * @throws GuestFault #PF with CR2 set
     * @throws VmExitSignal from second-level paging
     */
    public static long walk(Cpu c, long a, int access, int how) {
        long p = find(c, a, access, how);
        if (p == FAULT) {
            throw c.lastFault();
        }
        return p;
    }

    /**
     * As {@link #walk}, but returns {@link #FAULT} for #PF, which {@link Cpu#lastFault} then is: exceptions of the JVM are slow where every
     * first touch of a page is one.
     */
    static long find(Cpu c, long a, int access, int how) {
        c.tlb.walkedKey = 0;
        if ((c.cr0 & Control.CR0_PG) == 0) {
            c.tlb.walkedWritable = true;
            c.tlb.walkedShift = 12;
            return last(c, a, access, a, U);
        }
        if ((c.efer & Control.EFER_LMA) != 0) {
            return walk64(c, a, access, how, c.cr4(Control.CR4_LA57) ? 5 : 4, c.cr3 & ADDRESS, W | U, 0);
        }
        if ((c.cr4 & Control.CR4_PAE) != 0) {
            long pdpte;
            if (c.nested != null && c.nested.walksPdptes()) {
                pdpte = readEntry(c, c.cr3 & 0xFFFFFFE0L | (a >>> 30 & 3) << 3, a, 8);
            } else {
                pdpte = c.pdpte[(int) (a >>> 30) & 3];
            }
            if ((pdpte & P) == 0) {
                return pageFault(c, a, 0, access, how);
            }
            if ((pdpte & reservedPdpte(c)) != 0) {
                // MOV to CR3 refuses them; AMD-V's guests get this far
                return pageFault(c, a, P | ERROR_RESERVED, access, how);
            }
            return walk64(c, a, access, how, 2, pdpte & ADDRESS, W | U, 0);
        }
        return walk32(c, a, access, how);
    }

    private static long walk64(Cpu c, long a, int access, int how, int levels, long table, int rights, long nx) {
        boolean nxe = (c.efer & Control.EFER_NXE) != 0;
        long reserved = ~c.model.physicalMask() & 0x000FFFFFFFFFF000L | (nxe ? 0 : NX) | ((c.efer & Control.EFER_LMA) == 0 ? 0x7FF0000000000000L : 0);
        for (int level = levels; ; level--) {
            long entryAddress = table | (a >>> 12 + 9 * (level - 1) & 0x1FF) << 3;
            long entry = readEntry(c, entryAddress, a, 8);
            if ((entry & P) == 0) {
                return pageFault(c, a, 0, access, how);
            }
            boolean leaf = level == 1 || (entry & PS) != 0 && level <= 3;
            long bad = reserved;
            if (leaf && level > 1) {
                bad |= (1L << 12 + 9 * (level - 1)) - 1 & 0xFFFFFFFFFFFFE000L;
                if (level == 3 && !c.model.has(Feature.PAGE1GB)) {
                    bad |= PS;
                }
            } else if (level >= 4) {
                // Intel's processors ignore G there
                bad |= c.model.intel() ? PS : PS | GLOBAL;
            }
            if ((entry & bad) != 0) {
                return pageFault(c, a, P | ERROR_RESERVED, access, how);
            }
            boolean shadow = (rights & W) != 0 && (entry & (W | D)) == D;
            rights &= (int) entry;
            nx |= entry & NX;
            if (leaf) {
                c.tlb.walkedKey = ProtectionKeys.flags(c, entry, (rights & U) != 0);
                int writable = checkRights(c, a, access, how, rights, nx != 0, shadow);
                if (writable == FAULT) {
                    return FAULT;
                }
                long set = A | (access == Mem.WRITE ? D : 0);
                if ((entry & set) != set) {
                    if (!setFlags(c, entryAddress, a, 8, entry, entry | set)) {
                        return find(c, a, access, how);
                    }
                    entry |= set;
                }
                c.tlb.walkedWritable = writable != 0 && (entry & D) != 0;
                c.tlb.walkedShift = 12 + 9 * (level - 1);
                long mask = (1L << 12 + 9 * (level - 1)) - 1;
                return last(c, entry & ADDRESS & ~mask | a & mask, access, a, rights);
            }
            if ((entry & A) == 0 && !setFlags(c, entryAddress, a, 8, entry, entry | A)) {
                return find(c, a, access, how);
            }
            table = entry & ADDRESS;
        }
    }

    private static long walk32(Cpu c, long a, int access, int how) {
        long pdeAddress = c.cr3 & 0xFFFFF000L | a >>> 20 & 0xFFC;
        long pde = readEntry(c, pdeAddress, a, 4);
        if ((pde & P) == 0) {
            return pageFault(c, a, 0, access, how);
        }
        if ((pde & PS) != 0 && c.cr4(Control.CR4_PSE)) {
            // PSE-36: bits 20:13 are address bits 39:32 (SDM table 4-4); bits above the processor's width, and bit 21, are reserved
            int extra = Math.max(0, Math.min(40, c.model.physicalBits()) - 32);
            if ((pde & ~((1L << extra) - 1 << 13) & 0x3FE000) != 0) {
                return pageFault(c, a, P | ERROR_RESERVED, access, how);
            }
            int writable = checkRights(c, a, access, how, (int) pde & (W | U), false, (pde & (W | D)) == D);
            if (writable == FAULT) {
                return FAULT;
            }
            long set = A | (access == Mem.WRITE ? D : 0);
            if ((pde & set) != set) {
                if (!setFlags(c, pdeAddress, a, 4, pde, pde | set)) {
                    return find(c, a, access, how);
                }
                pde |= set;
            }
            c.tlb.walkedWritable = writable != 0 && (pde & D) != 0;
            c.tlb.walkedShift = 22;
            return last(c, pde & 0xFFC00000L | (pde >>> 13 & 0xFF) << 32 | a & 0x3FFFFF, access, a, (int) pde);
        }
        long pteAddress = pde & 0xFFFFF000L | a >>> 10 & 0xFFC;
        long pte = readEntry(c, pteAddress, a, 4);
        if ((pde & A) == 0 && !setFlags(c, pdeAddress, a, 4, pde, pde | A)) {
            return find(c, a, access, how);
        }
        if ((pte & P) == 0) {
            return pageFault(c, a, 0, access, how);
        }
        int writable = checkRights(c, a, access, how, (int) (pde & pte) & (W | U), false, (pde & W) != 0 && (pte & (W | D)) == D);
        if (writable == FAULT) {
            return FAULT;
        }
        long set = A | (access == Mem.WRITE ? D : 0);
        if ((pte & set) != set) {
            if (!setFlags(c, pteAddress, a, 4, pte, pte | set)) {
                return find(c, a, access, how);
            }
            pte |= set;
        }
        c.tlb.walkedWritable = writable != 0 && (pte & D) != 0;
        c.tlb.walkedShift = 12;
        return last(c, pte & 0xFFFFF000L | a & 0xFFF, access, a, (int) (pde & pte));
    }

    /**
     * Checks the access (SDM vol. 3A, 4.6.1) and returns 1 when a write would be allowed too, 0 when not, {@link #FAULT} when it is refused.
     *
     * @param shadowPage the page is one of a shadow stack: not writable for its own entry alone, and dirty
     */
    private static int checkRights(Cpu c, long a, int access, int how, int rights, boolean nx, boolean shadowPage) {
        boolean user = (how & 1) != 0;
        boolean userPage = (rights & U) != 0;
        boolean ok;
        boolean writable;
        if ((how & SHADOW) != 0) {
            writable = true;
            ok = shadowPage && user == userPage;
        } else if (user) {
            writable = userPage && (rights & W) != 0;
            ok = userPage && (access != Mem.WRITE || writable) && !(access == Mem.FETCH && nx);
        } else {
            boolean smap = userPage && access != Mem.FETCH && how != Tlb.SUPERVISOR_AC && c.cr4(Control.CR4_SMAP);
            writable = !smap && ((rights & W) != 0 || !c.cr0(Control.CR0_WP));
            ok = switch (access) {
                case Mem.READ -> !smap;
                case Mem.WRITE -> writable;
                default -> !nx && !(userPage && c.cr4(Control.CR4_SMEP));
            };
        }
        int refused = access == Mem.FETCH ? 0 : ProtectionKeys.refused(c, c.tlb.walkedKey, user);
        boolean key = refused != 0 && ((refused & ProtectionKeys.ACCESS_DISABLE) != 0 || access == Mem.WRITE);
        writable &= refused == 0;
        if (!ok || key) {
            pageFault(c, a, key ? P | ERROR_KEY : P, access, how);
            return FAULT;
        }
        return writable ? 1 : 0;
    }

    private static long pageFault(Cpu c, long a, int error, int access, int how) {
        c.pageFaultAddress = a;
        boolean fetchBit = c.cr4(Control.CR4_SMEP) || (c.efer & Control.EFER_NXE) != 0 && c.cr4(Control.CR4_PAE);
        c.fault(Vector.PF, error
                | (access == Mem.WRITE ? ERROR_WRITE : 0)
                | ((how & 1) != 0 ? ERROR_USER : 0)
                | ((how & SHADOW) != 0 ? ERROR_SHADOW : 0)
                | (access == Mem.FETCH && fetchBit ? ERROR_FETCH : 0));
        return FAULT;
    }

    /** Second-level translation of the address that the tables gave; {@code rights} tells user-mode addresses by {@link #U}. */
    private static long last(Cpu c, long guestPhysical, int access, long a, int rights) {
        if (c.nested == null) {
            return guestPhysical;
        }
        int how = access | NestedPaging.LINEAR_VALID | ((rights & U) != 0 ? NestedPaging.USER_PAGE : 0);
        long p = c.nested.translate(c, guestPhysical, how, a);
        c.tlb.walkedWritable &= (c.nested.rights() & Mem.WRITE) != 0;
        return p;
    }

    private static long readEntry(Cpu c, long address, long linear, int size) {
        long p = c.nested == null ? address : c.nested.translate(c, address, Mem.READ | NestedPaging.WALK | NestedPaging.LINEAR_VALID, linear);
        return MemSlow.readEntry(c, p, size);
    }

    /** Sets flags of an entry as a locked instruction would; false when the entry is no longer what was read: the walk starts again. */
    private static boolean setFlags(Cpu c, long address, long linear, int size, long entry, long marked) {
        long p = c.nested == null ? address : c.nested.translate(c, address, Mem.WRITE | NestedPaging.WALK | NestedPaging.LINEAR_VALID, linear);
        if (c.parallel) {
            return MemSlow.replacePhysical(c, p, size, entry, marked);
        }
        MemSlow.writePhysical(c, p, size, marked);
        return true;
    }

    /** Loads the four PDPTEs from CR3 as VMRUN does: reserved bits are found when they are used (APM vol. 2, 15.5.1). */
    public static void loadUncheckedPdptes(Cpu c) {
        for (int i = 0; i < 4; i++) {
            c.pdpte[i] = MemSlow.readPhysical(c, (c.cr3 & 0xFFFFFFE0L) + 8 * i, 8);
        }
    }

    /** Whether {@link #loadUncheckedPdptes} would load what {@link #loadPdptes} takes, outside guest operation. */
    public static boolean validPdptes(Cpu c, long cr3) {
        for (int i = 0; i < 4; i++) {
            long e = MemSlow.readPhysical(c, (cr3 & 0xFFFFFFE0L) + 8 * i, 8);
            if ((e & P) != 0 && (e & reservedPdpte(c)) != 0) {
                return false;
            }
        }
        return true;
    }

    private static long reservedPdpte(Cpu c) {
        return 0x1E6L | ~c.model.physicalMask() & ~0xFFFL;
    }

    /**
     * Loads the four PDPTEs from CR3 (SDM vol. 3A, 4.4.1).
     *
     * @return false when a present one has reserved bits set: the caller raises #GP and changes nothing
     */
    public static boolean loadPdptes(Cpu c, long cr3) {
        if (c.nested != null && c.nested.walksPdptes()) {
            return true;
        }
        long[] loaded = new long[4];
        long base = cr3 & 0xFFFFFFE0L;
        for (int i = 0; i < 4; i++) {
            long address = base + 8 * i;
            // no linear address is being translated, and under EPT this is a plain read (SDM vol. 3C, 28.3.5)
            long e = MemSlow.readPhysical(c, c.nested == null ? address : c.nested.translate(c, address, Mem.READ, 0), 8);
            if ((e & P) != 0 && (e & reservedPdpte(c)) != 0) {
                return false;
            }
            loaded[i] = e;
        }
        System.arraycopy(loaded, 0, c.pdpte, 0, 4);
        return true;
    }
}
