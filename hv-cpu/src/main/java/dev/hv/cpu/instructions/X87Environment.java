package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/** FNSTENV, FLDENV, FNSAVE, FRSTOR: images of 14 or 28 bytes, and 80 more with registers (SDM vol. 1, 8.1.10). */
public final class X87Environment {

    private X87Environment() {}

    private static int bytes(Insn d) {
        return d.opSize == 16 ? 14 : 28;
    }

    /** Finds the image accessible: its first element, then its last byte, which is what processors look at. */
    private static void check(Cpu c, Insn d, int size, boolean write) {
        int element = d.opSize == 16 ? 2 : 4;
        probe(c, Ea.of(c, d, element, write), element, write);
        probe(c, Ea.of(c, d, size - 1, 1, write), 1, write);
    }

    private static void probe(Cpu c, long a, int size, boolean write) {
        if (write) {
            Mem.probeWrite(c, a, size);
        } else {
            Mem.probeRead(c, a, size);
        }
    }

    /** Reads an element, whose offset is truncated to the address size by itself. */
    private static long read(Cpu c, Insn d, int at, int size) {
        return Mem.read(c, Ea.of(c, d, at, size, false), size);
    }

    private static void write(Cpu c, Insn d, int at, int size, long v) {
        Mem.write(c, Ea.of(c, d, at, size, true), size, v);
    }

    /** Takes a tag word: whether a register is empty; the rest follows from what it holds. */
    public static void takeTags(Cpu c, int tags) {
        int empty = tags & tags >> 1 & 0x5555;
        c.ftw = empty | empty << 1;
    }

    /** The tag word as software sees it (SDM vol. 1, 8.1.7). */
    public static int tags(Cpu c) {
        int t = 0;
        for (int i = 0; i < 8; i++) {
            t |= (X87.empty(c, i) ? 3 : FxState.tag(c.fpSignExp[i], c.fpSignificand[i])) << 2 * i;
        }
        return t;
    }

    private static void store(Cpu c, Insn d) {
        boolean protectedFormat = c.protectedMode();
        if (d.opSize == 16) {
            write(c, d, 0, 2, c.fcw);
            write(c, d, 2, 2, c.fsw & 0xFFFF);
            write(c, d, 4, 2, tags(c));
            long ip = protectedFormat ? c.fip : linear(c.fcs, c.fip);
            long dp = protectedFormat ? c.fdp : linear(c.fds, c.fdp);
            write(c, d, 6, 2, ip & 0xFFFF);
            write(c, d, 8, 2, protectedFormat ? c.fcs : ip >>> 4 & 0xF000 | c.fop);
            write(c, d, 10, 2, dp & 0xFFFF);
            write(c, d, 12, 2, protectedFormat ? c.fds : dp >>> 4 & 0xF000);
            return;
        }
        long upper = 0xFFFF0000L;
        write(c, d, 0, 4, upper | c.fcw);
        write(c, d, 4, 4, upper | c.fsw & 0xFFFF);
        write(c, d, 8, 4, upper | tags(c));
        if (protectedFormat) {
            write(c, d, 12, 4, c.fip & 0xFFFFFFFFL);
            write(c, d, 16, 4, c.fcs | (long) c.fop << 16);
            write(c, d, 20, 4, c.fdp & 0xFFFFFFFFL);
            write(c, d, 24, 4, upper | c.fds);
        } else {
            long ip = linear(c.fcs, c.fip);
            long dp = linear(c.fds, c.fdp);
            write(c, d, 12, 4, upper | ip & 0xFFFF);
            write(c, d, 16, 4, (ip >>> 16 & 0xFFFF) << 12 | c.fop);
            write(c, d, 20, 4, upper | dp & 0xFFFF);
            write(c, d, 24, 4, (dp >>> 16 & 0xFFFF) << 12);
        }
    }

    private static long linear(int selector, long offset) {
        return ((long) selector << 4) + offset & 0xFFFFFFFFL;
    }

    /** Takes all of an environment but its control word, which it returns. */
    private static int load(Cpu c, Insn d) {
        boolean narrow = d.opSize == 16;
        int step = narrow ? 2 : 4;
        int fcw = (int) read(c, d, 0, step) & 0xFFFF;
        int fsw = (int) read(c, d, step, step) & 0xFFFF;
        if (d.amd) {
            // what has been read stays when a later element faults
            status(c, fsw);
        }
        int tags = (int) read(c, d, 2 * step, step) & 0xFFFF;
        if (d.amd) {
            takeTags(c, tags);
        }
        long ip = narrow ? read(c, d, 6, 2) : read(c, d, 12, 4);
        long cs = narrow ? read(c, d, 8, 2) : read(c, d, 16, 4);
        long dp = narrow ? read(c, d, 10, 2) : read(c, d, 20, 4);
        long ds = narrow ? read(c, d, 12, 2) : read(c, d, 24, 4);
        if (!d.amd) {
            c.fsw = fsw;
            takeTags(c, tags);
        }
        if (c.protectedMode()) {
            c.fip = ip;
            c.fcs = (int) cs & 0xFFFF;
            c.fop = narrow ? 0 : (int) (cs >>> 16) & 0x7FF;
            c.fdp = dp;
            c.fds = (int) ds & 0xFFFF;
        } else {
            c.fip = ip & 0xFFFF | (narrow ? (cs & 0xF000) << 4 : (cs >>> 12 & 0xFFFF) << 16);
            c.fcs = 0;
            c.fop = (int) cs & 0x7FF;
            c.fdp = dp & 0xFFFF | (narrow ? (ds & 0xF000) << 4 : (ds >>> 12 & 0xFFFF) << 16);
            c.fds = 0;
        }
        return fcw;
    }

    private static void status(Cpu c, int fsw) {
        c.fsw = fsw;
        FpControl.summarise(c);
    }

    /** Takes the control word of an image: on AMD's processors the last thing to be taken of it. */
    private static void control(Cpu c, int fcw) {
        c.fcw = FpControl.control(fcw);
        FpControl.summarise(c);
    }

    /** FNSTENV: stores, then masks all exceptions. */
    public static int fnstenv(Cpu c, Insn d) {
        check(c, d, bytes(d), true);
        store(c, d);
        c.fcw |= FpControl.EXCEPTIONS;
        FpControl.summarise(c);
        return Outcome.NEXT;
    }

    /** FLDENV. */
    public static int fldenv(Cpu c, Insn d) {
        FpControl.check(c);
        check(c, d, bytes(d), false);
        control(c, load(c, d));
        return Outcome.NEXT;
    }

    /** FNSAVE: stores all, then initialises. */
    public static int fnsave(Cpu c, Insn d) {
        int head = bytes(d);
        check(c, d, head + 80, true);
        store(c, d);
        registers(c, d, true);
        return FpControl.fninit(c, d);
    }

    /** FRSTOR. */
    public static int frstor(Cpu c, Insn d) {
        FpControl.check(c);
        int head = bytes(d);
        check(c, d, head + 80, false);
        int fcw = load(c, d);
        if (d.amd) {
            registers(c, d, false);
            control(c, fcw);
        } else {
            control(c, fcw);
            registers(c, d, false);
        }
        return Outcome.NEXT;
    }

    /** The registers of an image, which are aligned as the environment before them is and no better. */
    private static void registers(Cpu c, Insn d, boolean store) {
        c.alignmentFree = true;
        try {
            for (int i = 0; i < 8; i++) {
                int r = X87.st(c, i);
                int at = bytes(d) + 10 * i;
                if (store) {
                    write(c, d, at, 8, c.fpSignificand[r]);
                    write(c, d, at + 8, 2, c.fpSignExp[r] & 0xFFFF);
                } else {
                    long significand = read(c, d, at, 8);
                    if (!d.amd) {
                        // stays when the exponent faults
                        c.fpSignificand[r] = significand;
                    }
                    c.fpSignExp[r] = (int) read(c, d, at + 8, 2);
                    c.fpSignificand[r] = significand;
                }
            }
        } finally {
            c.alignmentFree = false;
        }
    }
}
