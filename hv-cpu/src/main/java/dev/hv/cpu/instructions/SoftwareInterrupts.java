package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.events.Interrupts;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Vector;

/** INT n, INT3, INTO, INT1, BOUND and the undefined instructions (SDM vol. 2A). */
public final class SoftwareInterrupts {

    private SoftwareInterrupts() {}

    /** INT n. */
    public static int intN(Cpu c, Insn d) {
        c.rip = d.rip;
        if (c.guest != null && c.guest.softwareInterrupt(c, d.length, (int) d.imm & 0xFF)) {
            return Outcome.EXIT;
        }
        Interrupts.deliver(c, (int) d.imm & 0xFF, EventKind.SOFTWARE_INTERRUPT, false, 0, d.nextRip(), d.length);
        return Outcome.BRANCH;
    }

    /** INT3. */
    public static int int3(Cpu c, Insn d) {
        return exception(c, d, Vector.BP, EventKind.SOFTWARE_EXCEPTION);
    }

    /** INTO. */
    public static int into(Cpu c, Insn d) {
        return Flags.of(c) ? exception(c, d, Vector.OF, EventKind.SOFTWARE_EXCEPTION) : Outcome.NEXT;
    }

    /** INT1 (ICEBP): a #DB trap that leaves DR6 alone and asks no gate privilege. */
    public static int int1(Cpu c, Insn d) {
        int outcome = exception(c, d, Vector.DB, EventKind.PRIVILEGED_SOFTWARE_EXCEPTION);
        if (outcome != Outcome.EXIT && c.pendingDebug != 0) {
            // conditions that MOV SS held back go with this #DB: there is no second one
            c.dr[6] = c.dr[6] & ~0xFL | c.pendingDebug & 0xF;
            c.pendingDebug = 0;
        }
        return outcome;
    }

    private static int exception(Cpu c, Insn d, int vector, EventKind kind) {
        c.rip = d.rip;
        if (c.guest != null && c.virtualization.interceptSoftwareException(c, vector, kind, d.length)) {
            return Outcome.EXIT;
        }
        Interrupts.deliver(c, vector, kind, false, 0, d.nextRip(), d.length);
        return Outcome.BRANCH;
    }

    /** BOUND r, m&m. */
    public static int bound(Cpu c, Insn d) {
        if (d.isReg) {
            throw c.ud();
        }
        int size = d.opSize >> 3;
        int shift = 64 - d.opSize;
        long index = c.gpr(d.reg) << shift >> shift;
        long lower = Mem.read(c, Ea.of(c, d, size, false), size) << shift >> shift;
        if (index < lower && !d.amd) {
            // the upper bound, which AMD's processors read before, does not matter any more
            throw c.fault(Vector.BR, 0);
        }
        long upper = Mem.read(c, Ea.of(c, d, size, size, false), size) << shift >> shift;
        if (index < lower || index > upper) {
            throw c.fault(Vector.BR, 0);
        }
        return Outcome.NEXT;
    }

    /** RSM, which is undefined outside system-management mode; SVM's intercept comes before that. */
    public static int rsm(Cpu c, Insn d) {
        if (Exits.made(c, d, Intercept.RSM)) {
            return Outcome.EXIT;
        }
        throw c.ud();
    }

    /** UD0, UD1 and UD2. */
    public static int undefined(Cpu c, Insn d) {
        throw c.ud();
    }
}
