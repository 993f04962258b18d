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
        return c.protectedMode() && outsideVirtual8086(c, cpl);
    }

    /** As {@link #enabled}, of a level that an event leads to, or that a task has been switched to, whatever mode the old one was in. */
    private static boolean outsideVirtual8086(Cpu c, int cpl) {
        return (c.cr4 & Control.CR4_CET) != 0 && (control(c, cpl) & ENABLE) != 0 && c.cr0(Control.CR0_PE);
    }

    /** Whether a user's code is watched in a way that virtual-8086 mode does not know: neither IRET nor a task switch goes there then. */
    public static boolean forbidsVirtual8086(Cpu c) {
        return (c.cr4 & Control.CR4_CET) != 0 && (c.userCet & (ENABLE | BranchTracking.ENABLE)) != 0;
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
        boolean fromUser = c.cpl == 3 && cpl != 3;
        long ssp = outsideVirtual8086(c, cpl) ? entered(c, cpl, ist, next, fromUser) : c.ssp;
        if (fromUser && enabled(c, 3)) {
            // the user's SSP goes to its MSR
            c.levelSsp[3] = c.ssp;
        }
        return ssp;
    }

    private static long entered(Cpu c, int cpl, int ist, long next, boolean fromUser) {
        long ssp;
        if (ist != 0 || cpl < c.cpl) {
            ssp = take(c, ist != 0 ? Mem.readSystem(c, c.interruptSspTable + 8L * ist, 8) : c.levelSsp[cpl], cpl);
        } else {
            ssp = align(c, cpl);
        }
        return fromUser ? ssp : pushFrame(c, ssp, cpl, c.seg[Cpu.CS].selector, linear(c, next), c.ssp);
    }

    private static long align(Cpu c, int cpl) {
        if ((c.ssp & 7) != 0) {
            write(c, c.ssp - 4, 4, 0, cpl);
        }
        return c.ssp & ~7L;
    }

    /** Marks the stack of a token as in use. */
    static long take(Cpu c, long ssp, int cpl) {
        if ((ssp & 7) != 0 || !c.longMode() && ssp >>> 32 != 0 || !taken(c, ssp, cpl)) {
            throw c.gp();
        }
        return ssp;
    }

    private static boolean taken(Cpu c, long ssp, int cpl) {
        return replace(c, ssp, ssp, ssp | BUSY, cpl);
    }

    /** Gives the stack of a token back; nothing happens when it is not there. */
    static void giveBack(Cpu c, long ssp, int cpl) {
        replace(c, ssp, ssp | BUSY, ssp, cpl);
    }

    /** Pushes what a far return compares. */
    static long pushFrame(Cpu c, long ssp, int cpl, int cs, long linear, long before) {
        probe(c, ssp - FRAME, 8, cpl);
        write(c, ssp - 8, 8, cs, cpl);
        write(c, ssp - 16, 8, linear, cpl);
        write(c, ssp - FRAME, 8, before, cpl);
        return ssp - FRAME;
    }

    /**
     * RET far or IRET returns to a privilege level, the same or an outer one; CS and the level are still the old ones.
     *
     * @param linear linear address of the target
     * @param to64 whether the target is 64-bit code
     * @return SSP of the new level
     * @throws GuestFault #CP or #GP, before registers change
     */
    public static long leave(Cpu c, int cpl, int selector, long linear, boolean to64) {
        boolean toUser = cpl == 3 && c.cpl != 3;
        long ssp = c.ssp;
        if (enabled(c, c.cpl) && !toUser) {
            requireAligned(c);
            long before = read(c, ssp, 8, c.cpl);
            if (read(c, ssp + 8, 8, c.cpl) != linear || read(c, ssp + 16, 8, c.cpl) != selector || (before & 3) != 0 || !to64 && before >>> 32 != 0) {
                throw violation(c, FAR_RET);
            }
            long top = ssp + FRAME;
            if (before != top && before != top + 4) {
                // the stack was switched to: behind the frame is its token
                giveBack(c, top, c.cpl);
            }
            return before;
        }
        if (toUser) {
            long user = enabled(c, 3) ? c.levelSsp[3] : ssp;
            if (enabled(c, 3) && !to64 && user >>> 32 != 0) {
                throw c.gp();
            }
            leaveForUser(c);
            return user;
        }
        return ssp;
    }

    /** A supervisor goes to a user, whose SSP is in its MSR: SSP is at the token of the stack that is left. */
    public static void leaveForUser(Cpu c) {
        if (enabled(c, c.cpl)) {
            requireAligned(c);
            giveBack(c, c.ssp, c.cpl);
        }
    }

    private static void requireAligned(Cpu c) {
        if ((c.ssp & 7) != 0) {
            throw violation(c, FAR_RET);
        }
    }

    // ---- task switches (SDM vol. 3A, 8.2.1 and 8.3) ------------------------------------------------------------------------

    /**
     * What the shadow stack of a task that is left is asked for later.
     *
     * @param frame whether CS and return address go to the new task's stack, or have come from this one
     * @param ssp this task's SSP, or the one that was popped
     */
    public record Left(boolean enabled, boolean frame, long cs, long linear, long ssp) {}

    /** A task is about to be left for one at a level by CALL, JMP or an event; nothing has changed. */
    public static Left leaveTask(Cpu c, boolean nests, int newCpl, long next) {
        boolean enabled = enabled(c, c.cpl);
        boolean userInward = newCpl < c.cpl && c.cpl == 3;
        if (enabled && nests && userInward) {
            c.levelSsp[3] = c.ssp;
        }
        return new Left(enabled, enabled && nests && !userInward, c.seg[Cpu.CS].selector, linear(c, next), c.ssp);
    }

    /** A task is about to be left by IRET, its SSP aligned; nothing has changed. What it was called with is popped. */
    public static Left returnFromTask(Cpu c, int newCpl) {
        if (!enabled(c, c.cpl)) {
            return new Left(false, false, 0, 0, c.levelSsp[3]);
        }
        boolean frame = newCpl == c.cpl || newCpl < 3;
        long ssp = c.ssp;
        Left left = frame ? new Left(true, true, read(c, ssp + 16, 8, c.cpl), read(c, ssp + 8, 8, c.cpl), read(c, ssp, 8, c.cpl))
                : new Left(true, false, 0, 0, c.levelSsp[3]);
        giveBack(c, frame ? ssp + FRAME : ssp, c.cpl);
        c.ssp = 0;
        return left;
    }

    /**
     * The new task's CS and level are in force: its shadow stack, whose pointer is aligned, is taken.
     *
     * @return false when the token is not there, or in use already (SDM vol. 3A, the table of conditions checked during a task switch)
     */
    public static boolean enterTask(Cpu c, Left left, long newSsp) {
        if (!enabled(c, c.cpl)) {
            return true;
        }
        if (!taken(c, newSsp, c.cpl)) {
            return false;
        }
        c.ssp = left.frame() ? pushFrame(c, newSsp, c.cpl, (int) left.cs(), left.linear(), left.ssp()) : newSsp;
        return true;
    }

    /** The task returned to has its CS and level: both must be those of the frame. */
    public static void returnToTask(Cpu c, Left left) {
        boolean bad = left.frame() && (left.cs() != c.seg[Cpu.CS].selector || left.linear() != linear(c, c.rip));
        if (bad || enabled(c, c.cpl) && ((left.ssp() & 3) != 0 || left.ssp() >>> 32 != 0)) {
            throw violation(c, FAR_RET);
        }
        if (enabled(c, c.cpl)) {
            c.ssp = left.ssp();
        }
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
