package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/** INVLPG and INVPCID (SDM vol. 2A). */
public final class TlbInstructions {

    private TlbInstructions() {}

    /** INVLPG m. */
    public static int invlpg(Cpu c, Insn d) {
        if (d.isReg) {
            throw c.ud();
        }
        if (c.cpl != 0) {
            throw c.gp();
        }
        long linear = c.segBase(d.seg) + Ea.offset(c, d);
        if (!d.mode64()) {
            linear &= 0xFFFFFFFFL;
        }
        c.rip = d.rip;
        if (c.guest != null && c.guest.instruction(c, Intercept.INVLPG, d, linear)) {
            return Outcome.EXIT;
        }
        c.tlb.flushPage(linear);
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }

    /** INVPCID r, m128. */
    public static int invpcid(Cpu c, Insn d) {
        if (d.isReg || !c.model.has(Feature.INVPCID)) {
            throw c.ud();
        }
        if (c.cpl != 0) {
            throw c.gp();
        }
        c.rip = d.rip;
        if (c.guest != null && c.guest.instruction(c, Intercept.INVPCID, d)) {
            return Outcome.EXIT;
        }
        long type = d.mode64() ? c.gpr(d.reg) : c.gpr(d.reg) & 0xFFFFFFFFL;
        long pcid = Mem.read64(c, Ea.of(c, d, 8, false));
        long linear = Mem.read64(c, Ea.of(c, d, 8, 8, false));
        boolean pcide = c.cr4(Control.CR4_PCIDE);
        if (type < 0 || type > 3 || (pcid & ~0xFFFL) != 0 || type <= 1 && !pcide && pcid != 0 || type == 0 && !Canonical.register(c.model, linear)) {
            throw c.gp();
        }
        long space = c.tlb.currentKey() & ~0xFFFL;
        switch ((int) type) {
            case 0 -> {
                if ((c.tlb.currentKey() & 0xFFF) == pcid) {
                    c.tlb.flushPage(linear);
                } else {
                    c.tlb.flush(space | pcid);
                }
            }
            case 1 -> c.tlb.flush(space | pcid);
            default -> c.tlb.flushMatching(~0xFFFL, space);
        }
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }
}
