package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;

/** LGDT, LIDT, SGDT, SIDT, LLDT, LTR, SLDT, STR (SDM vol. 2). */
public final class SystemTables {

    private SystemTables() {}

    /** LGDT m. */
    public static int lgdt(Cpu c, Insn d) {
        return load(c, d, true);
    }

    /** LIDT m. */
    public static int lidt(Cpu c, Insn d) {
        return load(c, d, false);
    }

    private static int load(Cpu c, Insn d, boolean gdt) {
        if (d.isReg) {
            throw c.ud();
        }
        requireLevel0(c);
        if (Exits.made(c, d, gdt ? Intercept.LGDT : Intercept.LIDT)) {
            return Outcome.EXIT;
        }
        int size = d.mode64() ? 8 : 4;
        int limit = (int) Mem.read16(c, Ea.of(c, d, 2, false));
        long base = Mem.read(c, Ea.of(c, d, 2, size, false), size);
        if (size == 8 && !Canonical.register(c.model, base)) {
            throw c.gp();
        }
        if (size == 4 && d.opSize == 16) {
            base &= 0xFFFFFF;
        }
        if (gdt) {
            c.gdtrBase = base;
            c.gdtrLimit = limit;
        } else {
            c.idtrBase = base;
            c.idtrLimit = limit;
        }
        return Outcome.NEXT;
    }

    /** SGDT m. */
    public static int sgdt(Cpu c, Insn d) {
        return store(c, d, c.gdtrLimit, c.gdtrBase, Intercept.SGDT);
    }

    /** SIDT m. */
    public static int sidt(Cpu c, Insn d) {
        return store(c, d, c.idtrLimit, c.idtrBase, Intercept.SIDT);
    }

    private static int store(Cpu c, Insn d, int limit, long base, Intercept what) {
        if (d.isReg) {
            throw c.ud();
        }
        checkUmip(c);
        if (Exits.made(c, d, what)) {
            return Outcome.EXIT;
        }
        int size = d.mode64() ? 8 : 4;
        long atLimit = Ea.of(c, d, 2, true);
        long atBase = Ea.of(c, d, 2, size, true);
        Mem.probeWrite(c, atBase, size);
        Mem.write16(c, atLimit, limit);
        Mem.write(c, atBase, size, base);
        return Outcome.NEXT;
    }

    /** LLDT r/m16. */
    public static int lldt(Cpu c, Insn d) {
        requireProtected(c);
        requireLevel0(c);
        if (Exits.made(c, d, Intercept.LLDT)) {
            return Outcome.EXIT;
        }
        int selector = Rm.read16(c, d);
        if (Descriptors.isNull(selector)) {
            c.ldtr.selector = selector;
            c.ldtr.access |= Segment.UNUSABLE;
            return Outcome.NEXT;
        }
        int code = selector & 0xFFFC;
        if ((selector & 4) != 0) {
            throw c.fault(Vector.GP, code);
        }
        long descriptor = Descriptors.fetch(c, selector, Vector.GP, 0);
        if ((descriptor >>> 40 & 0x1F) != Descriptors.LDT) {
            throw c.fault(Vector.GP, code);
        }
        long upper = c.longMode() ? Descriptors.fetchUpper(c, selector, Vector.GP, 0) : 0;
        if (!Descriptors.present(descriptor)) {
            throw c.fault(Vector.NP, code);
        }
        long base = Descriptors.base(descriptor) | upper << 32;
        if (!Canonical.register(c.model, base)) {
            throw c.fault(Vector.GP, code);
        }
        c.ldtr.setFromDescriptor(selector, descriptor);
        c.ldtr.base = base;
        return Outcome.NEXT;
    }

    /** LTR r/m16. */
    public static int ltr(Cpu c, Insn d) {
        requireProtected(c);
        requireLevel0(c);
        if (Exits.made(c, d, Intercept.LTR)) {
            return Outcome.EXIT;
        }
        int selector = Rm.read16(c, d);
        if (Descriptors.isNull(selector)) {
            throw c.gp();
        }
        int code = selector & 0xFFFC;
        if ((selector & 4) != 0) {
            throw c.fault(Vector.GP, code);
        }
        long descriptor = Descriptors.fetch(c, selector, Vector.GP, 0);
        int type = (int) (descriptor >>> 40) & 0x1F;
        if (type != Descriptors.TSS32_AVAILABLE && (type != Descriptors.TSS16_AVAILABLE || c.longMode())) {
            throw c.fault(Vector.GP, code);
        }
        long upper = c.longMode() ? Descriptors.fetchUpper(c, selector, Vector.GP, 0) : 0;
        if (!Descriptors.present(descriptor)) {
            throw c.fault(Vector.NP, code);
        }
        long base = Descriptors.base(descriptor) | upper << 32;
        if (!Canonical.register(c.model, base)) {
            throw c.fault(Vector.GP, code);
        }
        Descriptors.setBusy(c, selector, true);
        c.tr.setFromDescriptor(selector, descriptor);
        c.tr.base = base;
        c.tr.access |= 2;
        return Outcome.NEXT;
    }

    /** SLDT r/m16. */
    public static int sldt(Cpu c, Insn d) {
        requireProtected(c);
        checkUmip(c);
        if (Exits.made(c, d, Intercept.SLDT)) {
            return Outcome.EXIT;
        }
        Rm.write16(c, d, c.ldtr.selector);
        return Outcome.NEXT;
    }

    /** STR r/m16. */
    public static int str(Cpu c, Insn d) {
        requireProtected(c);
        checkUmip(c);
        if (Exits.made(c, d, Intercept.STR)) {
            return Outcome.EXIT;
        }
        Rm.write16(c, d, c.tr.selector);
        return Outcome.NEXT;
    }

    private static void requireProtected(Cpu c) {
        if (!c.protectedMode()) {
            throw c.ud();
        }
    }

    private static void requireLevel0(Cpu c) {
        if (c.cpl != 0) {
            throw c.gp();
        }
    }

    /** User-mode instruction prevention: SGDT, SIDT, SLDT, SMSW and STR outside privilege level 0. */
    static void checkUmip(Cpu c) {
        if (c.cpl != 0 && c.cr4(Control.CR4_UMIP)) {
            throw c.gp();
        }
    }
}
