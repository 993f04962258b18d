package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Breakpoints;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Vector;

/** MOV to and from debug registers (SDM vol. 2B; vol. 3B, 18.2). */
public final class DebugRegisters {

    private static final long DR6_FIXED = 0xFFFF0FF0L;
    private static final long DR6_WRITABLE = 0xE00F;
    private static final long DR7_FIXED = 0x400;
    private static final long DR7_WRITABLE = 0xFFFF2BFFL;
    private static final long DR7_GD = 1 << 13;
    /** DR6.BD. */
    private static final int REGISTER_ACCESS = 1 << 13;

    private DebugRegisters() {}

    /** MOV DRn, r. */
    public static int movToDr(Cpu c, Insn d) {
        int n = number(c, d);
        c.rip = d.rip;
        if (c.guest != null && c.guest.movDr(c, d.length, d.reg, d.rm, false)) {
            return Outcome.EXIT;
        }
        checkGeneralDetect(c);
        write(c, n, d.mode64() ? c.gpr(d.rm) : c.gpr(d.rm) & 0xFFFFFFFFL);
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }

    /**
     * Writes DR0 to DR3, DR6 or DR7 by the rules of MOV DR.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0), before anything changes
     */
    public static void write(Cpu c, int n, long value) {
        if (n >= 6 && value >>> 32 != 0) {
            throw c.gp();
        }
        boolean armed = Breakpoints.armed(c);
        switch (n) {
            case 6 -> c.dr[6] = value & DR6_WRITABLE | DR6_FIXED;
            case 7 -> c.dr[7] = value & DR7_WRITABLE | DR7_FIXED;
            default -> c.dr[n] = value;
        }
        if (n != 6 && (armed || Breakpoints.armed(c))) {
            // pages with breakpoints must leave the TLB, others may enter it
            c.tlb.flushAll();
        }
        Modes.update(c);
    }

    /** MOV r, DRn. */
    public static int movFromDr(Cpu c, Insn d) {
        int n = number(c, d);
        c.rip = d.rip;
        if (c.guest != null && c.guest.movDr(c, d.length, d.reg, d.rm, true)) {
            return Outcome.EXIT;
        }
        checkGeneralDetect(c);
        c.gpr(d.rm, d.mode64() ? c.dr[n] : c.dr[n] & 0xFFFFFFFFL);
        return Outcome.NEXT;
    }

    /** The register meant: DR4 and DR5 are DR6 and DR7 unless CR4.DE is set. */
    private static int number(Cpu c, Insn d) {
        if (d.reg > 7 || (d.reg == 4 || d.reg == 5) && c.cr4(Control.CR4_DE)) {
            throw c.ud();
        }
        if (c.cpl != 0) {
            throw c.gp();
        }
        return d.reg == 4 || d.reg == 5 ? d.reg + 2 : d.reg;
    }

    private static void checkGeneralDetect(Cpu c) {
        if ((c.dr[7] & DR7_GD) != 0) {
            throw c.fault(Vector.DB, REGISTER_ACCESS);
        }
    }
}
