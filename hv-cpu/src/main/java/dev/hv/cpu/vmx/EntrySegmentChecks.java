package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.UNRESTRICTED_GUEST;

import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;

/** Checks on guest segment registers (SDM vol. 3C, 26.3.1.2), in the manual's order. */
final class EntrySegmentChecks {

    private static final int RESERVED = 0xFFFE0F00;
    private static final int ACCESSED = 1;

    private EntrySegmentChecks() {}

    static boolean pass(VmxUnit unit, Vmcs v, boolean guest64) {
        boolean v86 = (v.get(VmcsField.GUEST_RFLAGS) & Rflags.VM) != 0;
        boolean unrestricted = (unit.secondaryControls() & UNRESTRICTED_GUEST) != 0;
        boolean protectedMode = (v.get(VmcsField.GUEST_CR0) & Control.CR0_PE) != 0;
        int given = (v86 ? 1 : 0) | (unrestricted ? 2 : 0) | (protectedMode ? 4 : 0) | (guest64 ? 8 : 0);
        if (v.passed(Vmcs.SEGMENTS) && v.segmentsFor == given) {
            return true;
        }
        boolean passed = selectors(v, v86, unrestricted) && bases(unit.c.model, v, v86) && (v86 ? virtual8086(v) : rights(v, guest64, unrestricted))
                && taskRegister(v, guest64) && localTable(v);
        if (passed) {
            v.pass(Vmcs.SEGMENTS);
            v.segmentsFor = given;
        }
        return passed;
    }

    // Segment fields in the order ES CS SS DS FS GS LDTR TR, two apart
    private static int selector(Vmcs v, int i) {
        return v.get32(VmcsField.GUEST_ES_SELECTOR + 2 * i);
    }

    private static long base(Vmcs v, int i) {
        return v.get(VmcsField.GUEST_ES_BASE + 2 * i);
    }

    private static int limit(Vmcs v, int i) {
        return v.get32(VmcsField.GUEST_ES_LIMIT + 2 * i);
    }

    private static int access(Vmcs v, int i) {
        return v.get32(VmcsField.GUEST_ES_ACCESS_RIGHTS + 2 * i);
    }

    private static boolean usable(Vmcs v, int i) {
        return (access(v, i) & Segment.UNUSABLE) == 0;
    }

    private static final int LDTR = 6;
    private static final int TR = 7;

    private static boolean selectors(Vmcs v, boolean v86, boolean unrestricted) {
        if ((selector(v, TR) & 4) != 0 || usable(v, LDTR) && (selector(v, LDTR) & 4) != 0) {
            return false;
        }
        return v86 || unrestricted || (selector(v, Cpu.SS) & 3) == (selector(v, Cpu.CS) & 3);
    }

    private static boolean bases(CpuModel model, Vmcs v, boolean v86) {
        if (v86) {
            for (int i = Cpu.ES; i <= Cpu.GS; i++) {
                if (base(v, i) != (long) selector(v, i) << 4) {
                    return false;
                }
            }
        }
        if (!Canonical.register(model, base(v, TR)) || !Canonical.register(model, base(v, Cpu.FS)) || !Canonical.register(model, base(v, Cpu.GS))
                || usable(v, LDTR) && !Canonical.register(model, base(v, LDTR)) || base(v, Cpu.CS) >>> 32 != 0) {
            return false;
        }
        for (int i : new int[] {Cpu.SS, Cpu.DS, Cpu.ES}) {
            if (usable(v, i) && base(v, i) >>> 32 != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean virtual8086(Vmcs v) {
        for (int i = Cpu.ES; i <= Cpu.GS; i++) {
            if (limit(v, i) != 0xFFFF || access(v, i) != 0xF3) {
                return false;
            }
        }
        return true;
    }

    private static boolean rights(Vmcs v, boolean guest64, boolean unrestricted) {
        for (int i = Cpu.ES; i <= Cpu.GS; i++) {
            if (!type(v, i, unrestricted)) {
                return false;
            }
        }
        for (int i = Cpu.ES; i <= Cpu.GS; i++) {
            int a = access(v, i);
            if ((i == Cpu.CS || usable(v, i)) && ((a & Segment.S) == 0 || (a & Segment.P) == 0 || (a & RESERVED) != 0 || !granularity(v, i))) {
                return false;
            }
        }
        if (!privilege(v, unrestricted)) {
            return false;
        }
        int cs = access(v, Cpu.CS);
        return !(guest64 && (cs & Segment.L) != 0 && (cs & Segment.DB) != 0);
    }

    private static boolean type(Vmcs v, int i, boolean unrestricted) {
        int type = access(v, i) & 15;
        return switch (i) {
            case Cpu.CS -> (type & (Segment.CODE | ACCESSED)) == (Segment.CODE | ACCESSED) || unrestricted && type == 3;
            case Cpu.SS -> !usable(v, i) || type == 3 || type == 7;
            default -> !usable(v, i) || (type & ACCESSED) != 0 && ((type & Segment.CODE) == 0 || (type & Segment.WRITABLE) != 0);
        };
    }

    private static boolean privilege(Vmcs v, boolean unrestricted) {
        int csType = access(v, Cpu.CS) & 15;
        int csDpl = access(v, Cpu.CS) >>> 5 & 3;
        int ssDpl = access(v, Cpu.SS) >>> 5 & 3;
        boolean cs = switch (csType) {
            case 3 -> csDpl == 0;
            case 9, 11 -> csDpl == ssDpl;
            default -> csDpl <= ssDpl;
        };
        if (!cs || !unrestricted && ssDpl != (selector(v, Cpu.SS) & 3)
                || ssDpl != 0 && (csType == 3 || (v.get(VmcsField.GUEST_CR0) & Control.CR0_PE) == 0)) {
            return false;
        }
        if (unrestricted) {
            return true;
        }
        for (int i : new int[] {Cpu.DS, Cpu.ES, Cpu.FS, Cpu.GS}) {
            int a = access(v, i);
            if (usable(v, i) && (a & 15) <= 11 && (a >>> 5 & 3) < (selector(v, i) & 3)) {
                return false;
            }
        }
        return true;
    }

    /** G must agree with the limit: 0 if a low bit is 0, 1 if a high bit is 1. */
    private static boolean granularity(Vmcs v, int i) {
        int limit = limit(v, i);
        boolean g = (access(v, i) & Segment.G) != 0;
        return !((limit & 0xFFF) != 0xFFF && g) && !((limit & 0xFFF00000) != 0 && !g);
    }

    private static boolean taskRegister(Vmcs v, boolean guest64) {
        int a = access(v, TR);
        int type = a & 15;
        return (type == 11 || type == 3 && !guest64) && (a & Segment.S) == 0 && (a & Segment.P) != 0 && (a & RESERVED) == 0
                && granularity(v, TR) && usable(v, TR);
    }

    private static boolean localTable(Vmcs v) {
        int a = access(v, LDTR);
        return !usable(v, LDTR) || (a & 15) == 2 && (a & Segment.S) == 0 && (a & Segment.P) != 0 && (a & RESERVED) == 0 && granularity(v, LDTR);
    }
}
