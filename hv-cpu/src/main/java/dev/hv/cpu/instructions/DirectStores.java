package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.SegmentAccess;

/** Direct stores (SDM vol. 2B, "MOVDIR64B"). */
public final class DirectStores {

    private static final int LINE = 64;

    private DirectStores() {}

    /** MOVDIR64B: 64 bytes from memory to the aligned address in a register, in ES. */
    public static int movdir64b(Cpu c, Insn d) {
        long offset = d.addrSize == 64 ? c.gpr(d.reg) : d.addrSize == 32 ? c.gpr(d.reg) & 0xFFFFFFFFL : c.gpr(d.reg) & 0xFFFF;
        long to = SegmentAccess.linear(c, Cpu.ES, offset, LINE, true);
        // last, so that it is the operand that may go around 4 GiB
        long from = Ea.of(c, d, LINE, false);
        if (d.mode64() && (!Canonical.data(c, from) || !Canonical.data(c, from + LINE - 1))) {
            throw c.nonCanonical();
        }
        Mem.probeRead(c, from, 1);
        if ((from & 0xFFF) + LINE > 0x1000) {
            Mem.probeRead(c, part(d, from, LINE - 1) & ~0xFFFL, 1);
        }
        if ((to & LINE - 1) != 0 || d.mode64() && !Canonical.data(c, to)) {
            throw c.gp();
        }
        Mem.probeWrite(c, to, 1);
        // the source may overlap the destination: all of it is read first
        long v0 = Mem.read64(c, from);
        long v1 = Mem.read64(c, part(d, from, 8));
        long v2 = Mem.read64(c, part(d, from, 16));
        long v3 = Mem.read64(c, part(d, from, 24));
        long v4 = Mem.read64(c, part(d, from, 32));
        long v5 = Mem.read64(c, part(d, from, 40));
        long v6 = Mem.read64(c, part(d, from, 48));
        long v7 = Mem.read64(c, part(d, from, 56));
        Ymm.write(c, to, v0, v1, v2, v3);
        Ymm.write(c, to + 32, v4, v5, v6, v7);
        return Outcome.NEXT;
    }

    private static long part(Insn d, long from, int at) {
        return d.mode64() ? from + at : from + at & 0xFFFFFFFFL;
    }
}
