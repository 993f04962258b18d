package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
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

    /** Where the operand begins: its offset in 64-bit code, where segments have no limits, else its linear address. */
    private static long start(Cpu c, Insn d, boolean write) {
        return d.mode64() ? Ea.offset(c, d) : Ea.of(c, d, length(d), write);
    }

    /** Linear address of a chosen element; of the others nothing is looked at. */
    private static long element(Cpu c, Insn d, long start, int at, int size, boolean write) {
        return d.mode64() ? SegmentAccess.linear(c, d.seg, start + at, size, write) : start + at;
    }

    private static int load(Cpu c, Insn d, int size) {
        long ea = start(c, d, false);
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
        long ea = start(c, d, true);
        for (int at = 0; at < length(d); at += size) {
            if (chosen(c, d, at, size)) {
                try {
                    Mem.probeWrite(c, element(c, d, ea, at, size, true), size);
                } catch (GuestFault f) {
                    if (f.vector == Vector.PF && !d.amd) {
                        int last = length(d) - size;
                        while (!chosen(c, d, last, size)) {
                            last -= size;
                        }
                        beyond(c, element(c, d, ea, 0, size, true), last + size);
                    }
                    throw f;
                }
            }
        }
        for (int at = 0; at < length(d); at += size) {
            if (chosen(c, d, at, size)) {
                Mem.write(c, element(c, d, ea, at, size, true), size, Ymm.part(c, d.reg, at >> 3) >>> 8 * (at & 7));
            }
        }
        return Outcome.NEXT;
    }

    /** A page fault behind the page that a store begins in is reported at the last byte to be stored by Intel's processors. */
    private static void beyond(Cpu c, long first, int length) {
        if (((c.pageFaultAddress ^ first) & ~0xFFFL) != 0) {
            c.pageFaultAddress = first + length - 1;
        }
    }
}
