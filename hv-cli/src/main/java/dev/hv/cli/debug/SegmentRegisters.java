package dev.hv.cli.debug;

import static dev.hv.cli.debug.Register.check;

import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.LinearProbe;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Segment;
import java.util.List;

/** Segment registers to a debugger: a selector that is written loads what its descriptor says, at the privilege level that there is. */
final class SegmentRegisters {

    private static final int[] SEGMENTS = {Cpu.CS, Cpu.SS, Cpu.DS, Cpu.ES, Cpu.FS, Cpu.GS};
    private static final String[] NAMES = {"cs", "ss", "ds", "es", "fs", "gs"};
    private static final String BASES = "org.gnu.gdb.i386.segments";
    private static final int RPL = 3;

    private SegmentRegisters() {}

    static void selectors(List<Register> to) {
        for (int i = 0; i < SEGMENTS.length; i++) {
            int s = SEGMENTS[i];
            to.add(new Register(Registers.CORE, NAMES[i], 32, "int32", (c, h) -> c.seg[s].selector, (c, h, v, tables) -> load(c, s, v, tables)));
        }
    }

    static void bases(List<Register> to) {
        to.add(Register.of(BASES, "fs_base", 64, "int64", c -> c.segBase(Cpu.FS), (c, v) -> Msrs.write(c, Msrs.FS_BASE, v)));
        to.add(Register.of(BASES, "gs_base", 64, "int64", c -> c.segBase(Cpu.GS), (c, v) -> Msrs.write(c, Msrs.GS_BASE, v)));
    }

    /** As MOV to a segment register, and for CS a far jump that stays at its privilege level (SDM vol. 3A, 5.6 and 5.8). */
    private static void load(Cpu c, int s, long value, LinearProbe.Memory tables) {
        check(c, value >>> 16 == 0);
        int selector = (int) value;
        if (selector == c.seg[s].selector) {
            return;
        }
        if (!c.protectedMode()) {
            c.seg[s].selector = selector;
            c.seg[s].base = (long) selector << 4;
        } else if (Descriptors.isNull(selector)) {
            boolean stack = s == Cpu.SS && c.mode64() && c.cpl != RPL && (selector & RPL) == c.cpl;
            check(c, s != Cpu.CS && (s != Cpu.SS || stack));
            c.seg[s].set(selector, 0, 0, Segment.UNUSABLE | c.cpl << 5);
        } else {
            long descriptor = descriptor(c, selector, tables);
            check(c, allowed(c, s, selector, descriptor));
            c.seg[s].setFromDescriptor(selector, descriptor);
            c.seg[s].access |= 1;
        }
        Modes.update(c);
    }

    private static boolean allowed(Cpu c, int s, int selector, long d) {
        int dpl = Descriptors.dpl(d);
        int rpl = selector & RPL;
        if (Descriptors.system(d) || !Descriptors.present(d)) {
            return false;
        }
        return switch (s) {
            case Cpu.CS -> Descriptors.code(d) && rpl == c.cpl && (Descriptors.conforming(d) ? dpl <= c.cpl : dpl == c.cpl)
                    && !(c.longMode() && Descriptors.longCode(d) && Descriptors.big(d));
            case Cpu.SS -> Descriptors.writableData(d) && rpl == c.cpl && dpl == c.cpl;
            default -> Descriptors.readable(d) && (Descriptors.conforming(d) || dpl >= Math.max(rpl, c.cpl));
        };
    }

    private static long descriptor(Cpu c, int selector, LinearProbe.Memory tables) {
        boolean local = (selector & 4) != 0;
        int at = selector & ~7;
        check(c, !local || c.ldtr.usable());
        check(c, at + 7 <= (local ? c.ldtr.limit & 0xFFFFFFFFL : c.gdtrLimit));
        long linear = (local ? c.ldtr.base : c.gdtrBase) + at;
        long physical = LinearProbe.translate(c, c.longMode() ? linear : linear & 0xFFFFFFFFL, tables, LinearProbe.Steps.NONE);
        check(c, physical != LinearProbe.NOWHERE && (physical & 7) == 0);
        return tables.read(physical, 8);
    }
}
