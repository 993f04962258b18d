package dev.hv.cpu.state;

import dev.hv.cpu.memory.Raw;

/**
 * The derived state of a processor: the mode bits that decoding depends on, segment bases as addresses are formed, the TLB
 * context, and which events can be taken. {@link #update} runs after anything it derives from has changed.
 */
public final class Modes {

    /** 64-bit code. */
    public static final int CODE64 = 1;
    /** Default operation and address size is 32 (not in 64-bit mode). */
    public static final int CODE32 = 1 << 1;
    /** Stack pointer is ESP (else SP; RSP in 64-bit mode). */
    public static final int STACK32 = 1 << 2;
    /** Protected mode, not virtual-8086. */
    public static final int PROTECTED = 1 << 3;
    /** x87 instructions raise #NM (CR0.EM or CR0.TS). */
    public static final int X87_NM = 1 << 4;
    /** MMX instructions raise #UD (CR0.EM); with {@link #SIMD_NM} #NM. */
    public static final int EM = 1 << 5;
    /** CR0.TS: MMX and SSE raise #NM. */
    public static final int SIMD_NM = 1 << 6;
    /** SSE instructions raise #UD (CR0.EM or not CR4.OSFXSR). */
    public static final int SSE_UD = 1 << 7;
    /** CR0.MP and CR0.TS: FWAIT raises #NM. */
    public static final int WAIT_NM = 1 << 8;
    /** ES CS SS DS are flat, readable and writable where data goes: no segment checks needed outside 64-bit mode. */
    public static final int FLAT = 1 << 9;
    /** Vector instructions under VEX raise #UD (CR4.OSXSAVE clear, or SSE and AVX state not both in XCR0). */
    public static final int AVX_UD = 1 << 10;
    /** PUSHF may make a VM exit. */
    public static final int PUSHF_EXITS = 1 << 11;

    /** Shadow stacks or branch tracking may be in use at some privilege level: calls, returns and indirect branches have more to do. */
    public static final int CET = 1 << 12;

    private Modes() {}

    /** Recomputes all derived state. */
    public static void update(Cpu c) {
        boolean vm = (c.rflagsOther() & Rflags.VM) != 0;
        boolean pe = (c.cr0 & Control.CR0_PE) != 0;
        int cs = c.seg[Cpu.CS].access;
        int mode = 0;
        boolean code64 = (c.efer & Control.EFER_LMA) != 0 && (cs & Segment.L) != 0;
        if (code64) {
            mode = CODE64 | PROTECTED;
        } else {
            if ((cs & Segment.DB) != 0) {
                mode |= CODE32;
            }
            if ((c.seg[Cpu.SS].access & Segment.DB) != 0) {
                mode |= STACK32;
            }
            if (pe && !vm) {
                mode |= PROTECTED;
                if (flat(c.seg[Cpu.DS]) && flat(c.seg[Cpu.ES]) && flat(c.seg[Cpu.SS]) && c.seg[Cpu.CS].base == 0 && c.seg[Cpu.CS].limit == -1) {
                    mode |= FLAT;
                }
            }
        }
        boolean em = (c.cr0 & Control.CR0_EM) != 0;
        boolean ts = (c.cr0 & Control.CR0_TS) != 0;
        mode |= (em || ts ? X87_NM : 0) | (em ? EM : 0) | (ts ? SIMD_NM : 0) | (em || (c.cr4 & Control.CR4_OSFXSR) == 0 ? SSE_UD : 0)
                | ((c.cr4 & Control.CR4_OSXSAVE) == 0 || (c.xcr0 & Control.XCR0_VECTORS) != Control.XCR0_VECTORS ? AVX_UD : 0)
                | (ts && (c.cr0 & Control.CR0_MP) != 0 ? WAIT_NM : 0) | (c.guest != null && c.guest.pushfExits() ? PUSHF_EXITS : 0);
        if ((c.cr4 & Control.CR4_CET) != 0 && ((c.userCet | c.supervisorCet) & (ShadowStack.ENABLE | BranchTracking.ENABLE)) != 0) {
            mode |= CET;
        }
        c.mode = mode;
        for (int i = 0; i < 6; i++) {
            c.segBase(i, code64 && i < Cpu.FS ? 0 : c.seg[i].base);
        }
        if (!code64) {
            for (int i = 0; i < 6; i++) {
                long end = SegmentAccess.end(c.seg[i]);
                Raw.put64(c.area + StateLayout.READ_ENDS + 8 * i, SegmentAccess.readable(c, c.seg[i]) ? end : 0);
                Raw.put64(c.area + StateLayout.WRITE_ENDS + 8 * i, SegmentAccess.writable(c, c.seg[i]) ? end : 0);
            }
            Raw.put32(c.area + StateLayout.CODE_LIMIT, c.seg[Cpu.CS].limit);
        }
        c.tlb.selectMode();
        c.fetchKey(c.tlb.fetchKey(c.ctx(), mode));
        updateEvents(c);
    }

    /** After a change of RFLAGS.AC or of the privilege level alone. */
    public static void updatePrivilege(Cpu c) {
        c.tlb.selectMode();
        c.fetchKey(c.tlb.fetchKey(c.ctx(), c.mode));
    }

    /** After a change of RFLAGS.IF, RFLAGS.TF, the shadows or guest controls: which events can be taken. */
    public static void updateEvents(Cpu c) {
        int mask = ~0;
        if ((c.rflagsOther() & Rflags.IF) == 0 && c.guest == null) {
            mask &= ~Cpu.EVENT_INTERRUPT;
        }
        if (c.nmiBlocked && c.guest == null) {
            mask &= ~Cpu.EVENT_NMI;
        }
        if (c.eventsHeld) {
            mask &= ~(Cpu.EVENT_INTERRUPT | Cpu.EVENT_NMI | Cpu.EVENT_INIT | Cpu.EVENT_SIPI | Cpu.EVENT_MACHINE_CHECK);
        }
        c.eventMask(mask);
        Raw.put32(c.area + StateLayout.CLI_MASK, c.guest == null ? ~Cpu.EVENT_INTERRUPT : ~0);
        if ((c.rflagsOther() & (Rflags.TF | Rflags.RF)) != 0 || c.pendingDebug != 0 || Breakpoints.onInstructions(c)) {
            c.events |= Cpu.EVENT_DEBUG;
        }
        if ((c.debugCtl & BranchRecords.LBR) != 0 || c.counters.stepping()) {
            c.events |= Cpu.EVENT_DEBUG;
        }
        if (c.guest != null && c.guest.steps(c)) {
            c.events |= Cpu.EVENT_DEBUG;
        }
        if ((c.mode & CET) != 0 && BranchTracking.waits(c)) {
            c.events |= Cpu.EVENT_DEBUG;
        }
        if (c.shadow != 0) {
            c.events |= Cpu.EVENT_SHADOW;
        }
    }

    private static boolean flat(Segment s) {
        return s.base == 0 && s.limit == -1 && (s.access & (Segment.UNUSABLE | Segment.P | Segment.CODE | Segment.EXPAND_DOWN | Segment.WRITABLE)) == (Segment.P | Segment.WRITABLE);
    }
}
