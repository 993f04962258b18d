package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Vector;

/** Decimal adjustment outside 64-bit mode (SDM vol. 2, the pages of the names). Undefined flags follow the result, OF is clear. */
public final class Bcd {

    private Bcd() {}

    private static void setAx(Cpu c, int ax) {
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFFFL | ax & 0xFFFF);
    }

    private static void setAl(Cpu c, int al) {
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFL | al & 0xFF);
    }

    /** DAA: OF undefined; SF ZF AF PF CF. */
    public static int daa(Cpu c, Insn d) {
        int before = (int) c.gpr(Cpu.RAX) & 0xFF;
        boolean low = (before & 15) > 9 || Flags.af(c);
        boolean high = before > 0x99 || Flags.cf(c);
        int al = before + (low ? 6 : 0) + (high ? 0x60 : 0);
        setAl(c, al);
        Flags.set(c, (byte) al, high, false, low);
        return Outcome.NEXT;
    }

    /** DAS: OF undefined; SF ZF AF PF CF. */
    public static int das(Cpu c, Insn d) {
        int before = (int) c.gpr(Cpu.RAX) & 0xFF;
        boolean low = (before & 15) > 9 || Flags.af(c);
        boolean high = before > 0x99 || Flags.cf(c);
        int al = before - (low ? 6 : 0) - (high ? 0x60 : 0);
        setAl(c, al);
        // the subtraction of 6 may borrow without the digit above being adjusted
        Flags.set(c, (byte) al, high || low && before < 6, false, low);
        return Outcome.NEXT;
    }

    /** AAA: AF CF; OF SF ZF PF undefined. */
    public static int aaa(Cpu c, Insn d) {
        int ax = (int) c.gpr(Cpu.RAX) & 0xFFFF;
        boolean adjust = (ax & 15) > 9 || Flags.af(c);
        ax = (adjust ? ax + 0x106 : ax) & 0xFF0F;
        setAx(c, ax);
        Flags.set(c, (byte) ax, adjust, false, adjust);
        return Outcome.NEXT;
    }

    /** AAS: AF CF; OF SF ZF PF undefined. */
    public static int aas(Cpu c, Insn d) {
        int ax = (int) c.gpr(Cpu.RAX) & 0xFFFF;
        boolean adjust = (ax & 15) > 9 || Flags.af(c);
        ax = (adjust ? ax - 0x106 : ax) & 0xFF0F;
        setAx(c, ax);
        Flags.set(c, (byte) ax, adjust, false, adjust);
        return Outcome.NEXT;
    }

    /** AAM: AH = AL / base, AL = AL mod base; #DE for base 0. */
    public static int aam(Cpu c, Insn d) {
        int base = (int) d.imm;
        if (base == 0) {
            throw c.fault(Vector.DE, 0);
        }
        int al = (int) c.gpr(Cpu.RAX) & 0xFF;
        setAx(c, al / base << 8 | al % base);
        Flags.setLogic(c, (byte) (al % base));
        return Outcome.NEXT;
    }

    /** AAD: AL = AL + AH * base, AH = 0. */
    public static int aad(Cpu c, Insn d) {
        int ax = (int) c.gpr(Cpu.RAX) & 0xFFFF;
        int al = (ax & 0xFF) + (ax >>> 8) * (int) d.imm & 0xFF;
        setAx(c, al);
        Flags.setLogic(c, (byte) al);
        return Outcome.NEXT;
    }
}
