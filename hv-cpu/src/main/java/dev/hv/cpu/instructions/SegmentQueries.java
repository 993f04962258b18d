package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/** LAR, LSL, VERR, VERW, ARPL: questions about descriptors, answered in ZF (SDM vol. 2). */
public final class SegmentQueries {

    private static final int LAR_TYPES = 1 << Descriptors.TSS16_AVAILABLE | 1 << Descriptors.LDT | 1 << Descriptors.TSS16_BUSY | 1 << Descriptors.CALL_GATE16
            | 1 << Descriptors.TASK_GATE | 1 << Descriptors.TSS32_AVAILABLE | 1 << Descriptors.TSS32_BUSY | 1 << Descriptors.CALL_GATE32;
    private static final int LAR_TYPES64 = 1 << Descriptors.LDT | 1 << Descriptors.TSS32_AVAILABLE | 1 << Descriptors.TSS32_BUSY | 1 << Descriptors.CALL_GATE32;
    private static final int GATES = 1 << Descriptors.CALL_GATE16 | 1 << Descriptors.TASK_GATE | 1 << Descriptors.CALL_GATE32;

    private SegmentQueries() {}

    /** LAR r, r/m16. */
    public static int lar(Cpu c, Insn d) {
        requireProtected(c);
        int selector = Rm.read16(c, d);
        long descriptor = visible(c, selector, c.longMode() ? LAR_TYPES64 : LAR_TYPES);
        if (descriptor == 0) {
            Flags.setZf(c, false);
            return Outcome.NEXT;
        }
        Rm.write(c, d, d.reg, descriptor >>> 32 & 0x00FFFF00);
        Flags.setZf(c, true);
        return Outcome.NEXT;
    }

    /** LSL r, r/m16. */
    public static int lsl(Cpu c, Insn d) {
        requireProtected(c);
        int selector = Rm.read16(c, d);
        long descriptor = visible(c, selector, (c.longMode() ? LAR_TYPES64 : LAR_TYPES) & ~GATES);
        if (descriptor == 0) {
            Flags.setZf(c, false);
            return Outcome.NEXT;
        }
        Rm.write(c, d, d.reg, Descriptors.limit(descriptor));
        Flags.setZf(c, true);
        return Outcome.NEXT;
    }

    /** VERR r/m16. */
    public static int verr(Cpu c, Insn d) {
        requireProtected(c);
        long descriptor = visible(c, Rm.read16(c, d), 0);
        Flags.setZf(c, descriptor != 0 && Descriptors.readable(descriptor));
        return Outcome.NEXT;
    }

    /** VERW r/m16. */
    public static int verw(Cpu c, Insn d) {
        requireProtected(c);
        long descriptor = visible(c, Rm.read16(c, d), 0);
        Flags.setZf(c, descriptor != 0 && Descriptors.writableData(descriptor));
        return Outcome.NEXT;
    }

    /** ARPL r/m16, r16: reads first, and writes only what it changes. */
    public static int arpl(Cpu c, Insn d) {
        requireProtected(c);
        long a = d.isReg ? 0 : Ea.of(c, d, 2, false);
        int destination = (int) (d.isReg ? c.gpr(d.rm) & 0xFFFF : Mem.read16(c, a));
        int rpl = (int) c.gpr(d.reg) & 3;
        boolean less = (destination & 3) < rpl;
        if (less) {
            int adjusted = destination & ~3 | rpl;
            if (d.isReg) {
                c.gpr(d.rm, c.gpr(d.rm) & ~0xFFFFL | adjusted);
            } else {
                Mem.write16(c, Ea.of(c, d, 2, true), adjusted);
            }
        }
        Flags.setZf(c, less);
        return Outcome.NEXT;
    }

    private static void requireProtected(Cpu c) {
        if (!c.protectedMode()) {
            throw c.ud();
        }
    }

    /** The descriptor, or 0 when the selector is bad, its level forbids it, or it is a system descriptor of another type. */
    private static long visible(Cpu c, int selector, int systemTypes) {
        if (Descriptors.isNull(selector)) {
            return 0;
        }
        boolean ldt = (selector & 4) != 0;
        long limit = ldt ? c.ldtr.usable() ? c.ldtr.limit & 0xFFFFFFFFL : -1 : c.gdtrLimit;
        if ((selector | 7) > limit) {
            return 0;
        }
        long a = (ldt ? c.ldtr.base : c.gdtrBase) + (selector & 0xFFF8);
        long descriptor = Mem.readSystem(c, c.longMode() ? a : a & 0xFFFFFFFFL, 8);
        if (Descriptors.system(descriptor)) {
            if ((systemTypes >>> Descriptors.type(descriptor) & 1) == 0) {
                return 0;
            }
        } else if (Descriptors.conforming(descriptor)) {
            return descriptor;
        }
        int dpl = Descriptors.dpl(descriptor);
        return dpl >= c.cpl && dpl >= (selector & 3) ? descriptor : 0;
    }
}
