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

    /** Address, after the image was found accessible: its first element, then its last byte, which is what processors look at. */
    private static long image(Cpu c, Insn d, int size, boolean write) {
        long a = Ea.of(c, d, size, write);
        int element = d.opSize == 16 ? 2 : 4;
        if (write) {
            Mem.probeWrite(c, a, element);
            Mem.probeWrite(c, a + size - 1, 1);
        } else {
            Mem.probeRead(c, a, element);
            Mem.probeRead(c, a + size - 1, 1);
        }
        return a;
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

    private static void store(Cpu c, Insn d, long a) {
        boolean protectedFormat = c.protectedMode();
        if (d.opSize == 16) {
            Mem.write16(c, a, c.fcw);
            Mem.write16(c, a + 2, c.fsw & 0xFFFF);
            Mem.write16(c, a + 4, tags(c));
            long ip = protectedFormat ? c.fip : linear(c.fcs, c.fip);
            long dp = protectedFormat ? c.fdp : linear(c.fds, c.fdp);
            Mem.write16(c, a + 6, ip & 0xFFFF);
            Mem.write16(c, a + 8, protectedFormat ? c.fcs : ip >>> 4 & 0xF000 | c.fop);
            Mem.write16(c, a + 10, dp & 0xFFFF);
            Mem.write16(c, a + 12, protectedFormat ? c.fds : dp >>> 4 & 0xF000);
            return;
        }
        long upper = 0xFFFF0000L;
        Mem.write32(c, a, upper | c.fcw);
        Mem.write32(c, a + 4, upper | c.fsw & 0xFFFF);
        Mem.write32(c, a + 8, upper | tags(c));
        if (protectedFormat) {
            Mem.write32(c, a + 12, c.fip & 0xFFFFFFFFL);
            Mem.write32(c, a + 16, c.fcs | (long) c.fop << 16);
            Mem.write32(c, a + 20, c.fdp & 0xFFFFFFFFL);
            Mem.write32(c, a + 24, upper | c.fds);
        } else {
            long ip = linear(c.fcs, c.fip);
            long dp = linear(c.fds, c.fdp);
            Mem.write32(c, a + 12, upper | ip & 0xFFFF);
            Mem.write32(c, a + 16, (ip >>> 16 & 0xFFFF) << 12 | c.fop);
            Mem.write32(c, a + 20, upper | dp & 0xFFFF);
            Mem.write32(c, a + 24, (dp >>> 16 & 0xFFFF) << 12);
        }
    }

    private static long linear(int selector, long offset) {
        return ((long) selector << 4) + offset & 0xFFFFFFFFL;
    }

    private static void load(Cpu c, Insn d, long a) {
        boolean narrow = d.opSize == 16;
        int step = narrow ? 2 : 4;
        int fcw = (int) Mem.read16(c, a);
        int fsw = (int) Mem.read16(c, a + step);
        int tags = (int) Mem.read16(c, a + 2 * step);
        long ip = narrow ? Mem.read16(c, a + 6) : Mem.read32(c, a + 12);
        long cs = narrow ? Mem.read16(c, a + 8) : Mem.read32(c, a + 16);
        long dp = narrow ? Mem.read16(c, a + 10) : Mem.read32(c, a + 20);
        long ds = narrow ? Mem.read16(c, a + 12) : Mem.read32(c, a + 24);
        c.fcw = FpControl.control(fcw);
        c.fsw = fsw;
        takeTags(c, tags);
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
        FpControl.summarise(c);
    }

    /** FNSTENV: stores, then masks all exceptions. */
    public static int fnstenv(Cpu c, Insn d) {
        store(c, d, image(c, d, bytes(d), true));
        c.fcw |= FpControl.EXCEPTIONS;
        FpControl.summarise(c);
        return Outcome.NEXT;
    }

    /** FLDENV. */
    public static int fldenv(Cpu c, Insn d) {
        FpControl.check(c);
        load(c, d, image(c, d, bytes(d), false));
        return Outcome.NEXT;
    }

    /** FNSAVE: stores all, then initialises. */
    public static int fnsave(Cpu c, Insn d) {
        int head = bytes(d);
        long a = image(c, d, head + 80, true);
        store(c, d, a);
        registers(c, a + head, true);
        return FpControl.fninit(c, d);
    }

    /** FRSTOR. */
    public static int frstor(Cpu c, Insn d) {
        FpControl.check(c);
        int head = bytes(d);
        long a = image(c, d, head + 80, false);
        load(c, d, a);
        registers(c, a + head, false);
        return Outcome.NEXT;
    }

    /** The registers of an image, which are aligned as the environment before them is and no better. */
    private static void registers(Cpu c, long a, boolean store) {
        c.alignmentFree = true;
        try {
            for (int i = 0; i < 8; i++) {
                int r = X87.st(c, i);
                if (store) {
                    Mem.write64(c, a + 10 * i, c.fpSignificand[r]);
                    Mem.write16(c, a + 10 * i + 8, c.fpSignExp[r] & 0xFFFF);
                } else {
                    c.fpSignificand[r] = Mem.read64(c, a + 10 * i);
                    c.fpSignExp[r] = (int) Mem.read16(c, a + 10 * i + 8);
                }
            }
        } finally {
            c.alignmentFree = false;
        }
    }
}
