package dev.hv.cpu.state;

/**
 * Shadow stacks (SDM vol. 1, 17.2; vol. 3A, 6.15 and 7.14.5): a second stack of return addresses, in pages that only these accesses write. Busy
 * tokens keep a supervisor's stack from two users. Accesses walk the page tables each time: the translation cache holds nothing of them.
 */
public final class ShadowStack {

    /** Bits of IA32_U_CET and IA32_S_CET. */
    public static final long ENABLE = 1;
    public static final long ENABLE_WRITES = 1 << 1;

    // Error codes of #CP (SDM vol. 3A, 7.15, "Interrupt 21")
    public static final int NEAR_RET = 1;
    public static final int FAR_RET = 2;
    public static final int ENDBRANCH = 3;
    public static final int RSTORSSP = 4;
    public static final int SETSSBSY = 5;

    /** Set in a token whose stack is in use. */
    private static final long BUSY = 1;
    /** Bytes of what a far transfer leaves: SSP, linear address and CS. */
    private static final int FRAME = 24;

    private ShadowStack() {}

    /** IA32_U_CET or IA32_S_CET, by privilege level. */
    public static long control(Cpu c, int cpl) {
        return cpl == 3 ? c.userCet : c.supervisorCet;
    }

    /** Whether shadow stacks are in use at a privilege level. */
    public static boolean enabled(Cpu c, int cpl) {
        return (c.cr4 & Control.CR4_CET) != 0 && (control(c, cpl) & ENABLE) != 0 && c.protectedMode();
    }

    /** #CP. */
    public static GuestFault violation(Cpu c, int code) {
        return c.fault(Vector.CP, code);
    }

    // ---- accesses --------------------------------------------------------------------------------------------------------

    private static long translate(Cpu c, long a, int access, int cpl) {
        if (c.longMode() && !Canonical.address(c, a)) {
            throw c.gp();
        }
        return PageWalker.walk(c, a, access, (cpl == 3 ? Tlb.USER : Tlb.SUPERVISOR) | PageWalker.SHADOW);
    }

    private static boolean crosses(long a, int size) {
        return (a & 0xFFF) > 0x1000 - size;
    }

    /** Reads 4 or 8 bytes with the rights of a privilege level. */
    public static long read(Cpu c, long a, int size, int cpl) {
        if (crosses(a, size)) {
            return read(c, a, 4, cpl) | read(c, a + 4, 4, cpl) << 32;
        }
        return MemSlow.readPhysical(c, translate(c, a, Mem.READ, cpl), size);
    }

    /** Checks that 4 or 8 bytes can be written. */
    public static void probe(Cpu c, long a, int size, int cpl) {
        translate(c, a, Mem.WRITE, cpl);
        if (crosses(a, size)) {
            translate(c, a + 4, Mem.WRITE, cpl);
        }
    }

    /** Writes 4 or 8 bytes with the rights of a privilege level. */
    public static void write(Cpu c, long a, int size, long v, int cpl) {
        if (crosses(a, size)) {
            probe(c, a, size, cpl);
            write(c, a, 4, v, cpl);
            write(c, a + 4, 4, v >>> 32, cpl);
        } else {
            MemSlow.writePhysical(c, translate(c, a, Mem.WRITE, cpl), size, v);
        }
    }

    /** Replaces eight aligned bytes if they are what is expected; false when they are not. */
    public static boolean replace(Cpu c, long a, long expected, long v, int cpl) {
        long p = translate(c, a, Mem.WRITE, cpl);
        while (MemSlow.readPhysical(c, p, 8) == expected) {
            if (MemSlow.replacePhysical(c, p, 8, expected, v)) {
                return true;
            }
        }
        return false;
    }

    // ---- near calls and returns --------------------------------------------------------------------------------------------

    /** Bytes of a return address. */
    private static int size(Cpu c) {
        return c.mode64() ? 8 : 4;
    }

    /** Before a near CALL pushes anything: faults as its push on the shadow stack would. */
    public static void beforeCall(Cpu c) {
        if (enabled(c, c.cpl)) {
            probe(c, c.ssp - size(c), size(c), c.cpl);
        }
    }

    /** A near CALL has pushed its return address. */
    public static void call(Cpu c, long next) {
        if (enabled(c, c.cpl)) {
            int size = size(c);
            write(c, c.ssp - size, size, next, c.cpl);
            c.ssp -= size;
        }
    }

    /** A near RET is about to return, with nothing changed yet. */
    public static void ret(Cpu c, long target) {
        if (enabled(c, c.cpl)) {
            int size = size(c);
            if (read(c, c.ssp, size, c.cpl) != target) {
                throw violation(c, NEAR_RET);
            }
            c.ssp += size;
        }
    }

    // ---- far transfers and events ------------------------------------------------------------------------------------------

    /** Linear address of an instruction pointer in CS as it is. */
    private static long linear(Cpu c, long rip) {
        return c.mode64() ? rip : c.seg[Cpu.CS].base + rip & 0xFFFFFFFFL;
    }

    /**
     * An event or a far CALL goes to a privilege level, the same or an inner one; CS and the level are still the old ones.
     *
     * @param ist interrupt stack table entry of the gate, 0 for none
     * @param next address to return to
     * @return SSP of the new level
     * @throws GuestFault before registers change
     */
    public static long enter(Cpu c, int cpl, int ist, long next) {
        if (!enabled(c, cpl)) {
            return c.ssp;
        }
        boolean inner = cpl < c.cpl;
        long ssp;
        if (ist != 0 || inner) {
            ssp = ist != 0 ? Mem.readSystem(c, c.interruptSspTable + 8L * ist, 8) : c.levelSsp[cpl];
            if ((ssp & 7) != 0 || !replace(c, ssp, ssp, ssp | BUSY, cpl)) {
                throw c.gp();
            }
        } else {
            if ((c.ssp & 7) != 0) {
                write(c, c.ssp - 4, 4, 0, cpl);
            }
            ssp = c.ssp & ~7L;
        }
        if (inner && c.cpl == 3) {
            // the user's SSP goes to its MSR
            return ssp;
        }
        probe(c, ssp - FRAME, 8, cpl);
        write(c, ssp - 8, 8, c.seg[Cpu.CS].selector, cpl);
        write(c, ssp - 16, 8, linear(c, next), cpl);
        write(c, ssp - FRAME, 8, c.ssp, cpl);
        return ssp - FRAME;
    }

    /** The new level of {@link #enter} is reached: its SSP is in force, a user's kept. */
    public static void entered(Cpu c, int from, long ssp) {
        if (from == 3 && c.cpl != 3 && enabled(c, 3)) {
            c.levelSsp[3] = c.ssp;
        }
        c.ssp = ssp;
    }

    /**
     * RET far or IRET returns to a privilege level, the same or an outer one; CS and the level are still the old ones.
     *
     * @param linear linear address of the target
     * @return SSP of the new level
     * @throws GuestFault #CP, before registers change
     */
    public static long leave(Cpu c, int cpl, int selector, long linear) {
        long ssp = c.ssp;
        if (enabled(c, c.cpl)) {
            if ((ssp & 7) != 0) {
                throw violation(c, FAR_RET);
            }
            if (cpl == 3 && c.cpl != 3) {
                replace(c, ssp, ssp | BUSY, ssp, c.cpl);
            } else {
                long before = read(c, ssp, 8, c.cpl);
                if (read(c, ssp + 8, 8, c.cpl) != linear || read(c, ssp + 16, 8, c.cpl) != selector || (before & 3) != 0) {
                    throw violation(c, FAR_RET);
                }
                long top = ssp + FRAME;
                if (before != top && before != top + 4) {
                    // the stack was switched to: behind the frame is its token
                    replace(c, top, top | BUSY, top, c.cpl);
                }
                ssp = before;
            }
        }
        return cpl == 3 && c.cpl != 3 && enabled(c, 3) ? c.levelSsp[3] : ssp;
    }

    /** SYSCALL and SYSENTER: the level is still the old one. The system sets its shadow stack up itself. */
    public static void systemCall(Cpu c) {
        if (c.cpl == 3 && enabled(c, 3)) {
            c.levelSsp[3] = c.ssp;
        }
        if (enabled(c, 0)) {
            c.ssp = 0;
        }
    }

    /** SYSRET and SYSEXIT. */
    public static void systemReturn(Cpu c) {
        if (enabled(c, 3)) {
            c.ssp = c.levelSsp[3];
        }
    }
}
