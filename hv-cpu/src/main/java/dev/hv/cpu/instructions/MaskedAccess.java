package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.SegmentAccess;
import dev.hv.cpu.state.Vector;

/**
 * VMASKMOVPS, VMASKMOVPD, VPMASKMOVD, VPMASKMOVQ (SDM vol. 2C): the elements whose mask (VEX.vvvv) has its highest bit set are loaded or stored;
 * no others can fault. Alignment is never checked.
 */
public final class MaskedAccess {

    private MaskedAccess() {}

    /** Load of elements of 32 bits. */
    public static int load32(Cpu c, Insn d) {
        return unchecked(c, d, 4, false);
    }

    /** Load of elements of 64 bits. */
    public static int load64(Cpu c, Insn d) {
        return unchecked(c, d, 8, false);
    }

    /** Store of elements of 32 bits. */
    public static int store32(Cpu c, Insn d) {
        return unchecked(c, d, 4, true);
    }

    /** Store of elements of 64 bits. */
    public static int store64(Cpu c, Insn d) {
        return unchecked(c, d, 8, true);
    }

    private static int unchecked(Cpu c, Insn d, int size, boolean store) {
        c.alignmentFree = true;
        try {
            return store ? store(c, d, size) : load(c, d, size);
        } finally {
            c.alignmentFree = false;
        }
    }

    private static int length(Insn d) {
        return d.wide ? 32 : 16;
    }

    /** Whether the element at a byte offset is chosen. */
    private static boolean chosen(Cpu c, Insn d, int at, int size) {
        return Ymm.part(c, d.vvvv, at >> 3) >>> 8 * ((at & 7) + size) - 1 << 63 != 0;
    }

    /** Linear address of a chosen element; of the others nothing is looked at. On AMD's processors none begins again behind 4 GiB. */
    private static long element(Cpu c, Insn d, long start, int at, int size, boolean write) {
        if (d.amd && !d.mode64() && start + at > 0xFFFFFFFFL) {
            throw c.fault(d.seg == Cpu.SS ? Vector.SS : Vector.GP, 0);
        }
        return SegmentAccess.linear(c, d.seg, start + at, size, write);
    }

    /**
     * Holds all chosen elements to what addresses there are, before any page is looked at: so Intel's processors do in 64-bit mode.
     *
     * @return the first of them, as its place in the operand, and the last one in the upper half; -1 when none is chosen
     */
    private static long check(Cpu c, Insn d, long start, int size, boolean write) {
        long first = -1;
        long last = -1;
        for (int at = 0; at < length(d); at += size) {
            if (chosen(c, d, at, size)) {
                first = first < 0 ? at : first;
                last = at;
                if (!d.amd && d.mode64()) {
                    long a = element(c, d, start, at, size, write);
                    if (!(Canonical.data(c, a) && Canonical.data(c, a + size - 1))) {
                        throw c.nonCanonical();
                    }
                }
            }
        }
        return first < 0 ? -1 : last << 32 | first;
    }

    private static int load(Cpu c, Insn d, int size) {
        long ea = Ea.offset(c, d);
        check(c, d, ea, size, false);
        for (int part = 0; part < 4; part++) {
            c.xmm(Ymm.WORK + part, 0);
        }
        for (int at = 0; at < length(d); at += size) {
            if (chosen(c, d, at, size)) {
                int half = Ymm.WORK + (at >> 3);
                c.xmm(half, c.xmm(half) | Mem.read(c, element(c, d, ea, at, size, false), size) << 8 * (at & 7));
            }
        }
        Ymm.set(c, d.reg, c.xmm(Ymm.WORK), c.xmm(Ymm.WORK + 1), c.xmm(Ymm.WORK + 2), c.xmm(Ymm.WORK + 3));
        return Outcome.NEXT;
    }

    private static int store(Cpu c, Insn d, int size) {
        long ea = Ea.offset(c, d);
        long range = check(c, d, ea, size, true);
        boolean inOrder = beyondLimit(c, d, ea, size);
        for (int at = 0; at < length(d) && !inOrder; at += size) {
            if (chosen(c, d, at, size)) {
                try {
                    Mem.probeWrite(c, element(c, d, ea, at, size, true), size);
                } catch (GuestFault f) {
                    if (f.vector == Vector.PF && !d.amd) {
                        beyond(c, element(c, d, ea, (int) range, size, true), element(c, d, ea, (int) (range >> 32), size, true) + size - 1);
                    }
                    throw f;
                }
            }
        }
        for (int at = 0; at < length(d); at += size) {
            if (chosen(c, d, at, size)) {
                Mem.write(c, stored(c, d, ea, at, size), size, Ymm.part(c, d.reg, at >> 3) >>> 8 * (at & 7));
            }
        }
        return Outcome.NEXT;
    }

    /** Whether a chosen element ends beyond its segment: Intel's processors store those before it. */
    private static boolean beyondLimit(Cpu c, Insn d, long start, int size) {
        for (int at = 0; at < length(d) && !d.amd && !d.mode64(); at += size) {
            if (chosen(c, d, at, size) && !SegmentAccess.within(c, d.seg, start + at, size, true)) {
                return true;
            }
        }
        return false;
    }

    /** As {@link #element}, and of one that begins in its segment but does not end there the page is looked at first. */
    private static long stored(Cpu c, Insn d, long start, int at, int size) {
        if (!d.amd && !d.mode64() && !SegmentAccess.within(c, d.seg, start + at, size, true) && SegmentAccess.within(c, d.seg, start + at, 1, true)) {
            Mem.probeWrite(c, element(c, d, start, at, 1, true), 1);
        }
        return element(c, d, start, at, size, true);
    }

    /** A page fault behind the page that the first element stored begins in is reported at the last byte to be stored by Intel's processors. */
    private static void beyond(Cpu c, long first, long end) {
        if (((c.pageFaultAddress ^ first) & ~0xFFFL) != 0) {
            c.pageFaultAddress = (c.mode & Modes.CODE64) != 0 ? end : end & 0xFFFFFFFFL;
        }
    }
}
