package dev.hv.cpu.instructions;

import static dev.hv.cpu.state.Control.*;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.AddressMasking;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.Segment;

/** MOV to and from control registers, CLTS, LMSW, SMSW (SDM vol. 2B, "MOV—Move to/from Control Registers"; vol. 3A, 2.5 and 4.1). */
public final class ControlRegisters {

    private static final long CR0_WRITABLE = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG;
    private static final long CR3_NO_FLUSH = 1L << 63;
    /** Every PCID of the address space that differs in nothing else. */
    private static final long ANY_PCID = ~0xFFFL;

    private ControlRegisters() {}

    /** MOV CRn, r. */
    public static int movToCr(Cpu c, Insn d) {
        int cr = number(c, d);
        long value = d.mode64() ? c.gpr(d.rm) : c.gpr(d.rm) & 0xFFFFFFFFL;
        c.rip = d.rip;
        if (c.guest != null && c.guest.movToCr(c, d.length, cr, d.rm, value)) {
            return Outcome.EXIT;
        }
        switch (cr) {
            case 0 -> writeCr0(c, c.guest == null ? value : c.guest.writeCr0(c, value));
            case 2 -> c.cr2(value);
            case 3 -> writeCr3(c, value);
            case 4 -> writeCr4(c, c.guest == null ? value : c.guest.writeCr4(c, value));
            default -> writeCr8(c, value);
        }
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }

    /** MOV r, CRn. */
    public static int movFromCr(Cpu c, Insn d) {
        int cr = number(c, d);
        if (c.guest != null) {
            c.rip = d.rip;
            if (c.guest.movFromCr(c, d.length, cr, d.rm)) {
                return Outcome.EXIT;
            }
        }
        long value = switch (cr) {
            case 0 -> c.guest == null ? c.cr0 : c.guest.readCr0(c);
            case 2 -> c.cr2();
            case 3 -> c.cr3;
            case 4 -> c.guest == null ? c.cr4 : c.guest.readCr4(c);
            default -> c.guest != null ? c.guest.readCr8(c) : c.apic == null ? 0 : c.apic.cr8();
        };
        c.gpr(d.rm, d.mode64() ? value : value & 0xFFFFFFFFL);
        return Outcome.NEXT;
    }

    private static int number(Cpu c, Insn d) {
        int cr = d.reg;
        if (d.lock && c.model.has(Feature.ALT_MOV_CR8)) {
            // another name of CR8, for code without REX
            cr += 8;
        }
        if (cr != 0 && cr != 2 && cr != 3 && cr != 4 && cr != 8) {
            throw c.ud();
        }
        if (c.cpl != 0) {
            throw c.gp();
        }
        return cr;
    }

    /**
     * Writes CR0 by the rules of MOV CR0.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0), before anything changes
     */
    public static void writeCr0(Cpu c, long value) {
        if (value >>> 32 != 0 || (value & (CR0_PG | CR0_PE)) == CR0_PG || (value & (CR0_NW | CR0_CD)) == CR0_NW) {
            throw c.gp();
        }
        long next = value & CR0_WRITABLE | CR0_ET;
        if (c.virtualization != null && !c.virtualization.allowsCr0(c, next)) {
            throw c.gp();
        }
        if (c.cr4(CR4_CET) && (next & CR0_WP) == 0) {
            throw c.gp();
        }
        long changed = next ^ c.cr0;
        boolean paging = (next & CR0_PG) != 0;
        long efer = c.efer;
        if ((changed & CR0_PG) != 0) {
            if (paging && (efer & EFER_LME) != 0) {
                boolean tss16 = c.tr.usable() && (c.tr.access & 8) == 0;
                if (!c.cr4(CR4_PAE) || (c.seg[Cpu.CS].access & Segment.L) != 0 || tss16) {
                    throw c.gp();
                }
                efer |= EFER_LMA;
            } else if (!paging) {
                if (c.mode64() || c.cr4(CR4_PCIDE)) {
                    throw c.gp();
                }
                efer &= ~EFER_LMA;
            }
        }
        boolean pae = paging && (efer & EFER_LMA) == 0 && c.cr4(CR4_PAE);
        if (pae && (changed & (CR0_PG | CR0_CD | CR0_NW)) != 0 && !PageWalker.loadPdptes(c, c.cr3)) {
            throw c.gp();
        }
        c.cr0 = next;
        c.efer = efer;
        if ((changed & (CR0_PG | CR0_WP | CR0_PE)) != 0) {
            c.tlb.flushMatching(ANY_PCID, c.tlb.currentKey());
        }
        if ((changed & CR0_PE) != 0) {
            c.cpl = 0;
        }
        Modes.update(c);
    }

    /** Writes CR3 by the rules of MOV CR3, with what it drops from the TLB. */
    public static void writeCr3(Cpu c, long value) {
        boolean pcide = c.cr4(CR4_PCIDE);
        boolean keep = pcide && (value & CR3_NO_FLUSH) != 0;
        long next = pcide ? value & ~CR3_NO_FLUSH : value;
        if (c.longMode() && (next & ~c.model.physicalMask() & ~AddressMasking.cr3Bits(c.model)) != 0) {
            throw c.gp();
        }
        if (!c.longMode() && c.cr0(CR0_PG) && c.cr4(CR4_PAE) && !PageWalker.loadPdptes(c, next)) {
            throw c.gp();
        }
        c.cr3 = next;
        c.tlb.select(c.tlb.currentKey() & ANY_PCID | (pcide ? next & 0xFFF : 0));
        if (!keep) {
            c.tlb.flushCurrent();
        }
    }

    /** Bits of CR4 that a model has. */
    public static long cr4Valid(CpuModel m) {
        return CR4_PCE | bit(m, Feature.TSC, CR4_TSD) | bit(m, Feature.DE, CR4_DE) | bit(m, Feature.PSE, CR4_PSE) | bit(m, Feature.PAE, CR4_PAE) | bit(m, Feature.MCE, CR4_MCE)
                | bit(m, Feature.PGE, CR4_PGE) | bit(m, Feature.FXSR, CR4_OSFXSR) | bit(m, Feature.SSE, CR4_OSXMMEXCPT)
                | bit(m, Feature.VME, CR4_VME | CR4_PVI) | bit(m, Feature.UMIP, CR4_UMIP) | bit(m, Feature.VMX, CR4_VMXE)
                | bit(m, Feature.FSGSBASE, CR4_FSGSBASE) | bit(m, Feature.PCID, CR4_PCIDE) | bit(m, Feature.XSAVE, CR4_OSXSAVE)
                | bit(m, Feature.SMEP, CR4_SMEP) | bit(m, Feature.SMAP, CR4_SMAP) | bit(m, Feature.PKU, CR4_PKE) | bit(m, Feature.PKS, CR4_PKS) | bit(m, Feature.LA57, CR4_LA57)
                | bit(m, Feature.LAM, CR4_LAM_SUP) | (m.has(Feature.SHSTK) || m.has(Feature.IBT) ? CR4_CET : 0);
    }

    private static long bit(CpuModel m, Feature f, long bits) {
        return m.has(f) ? bits : 0;
    }

    /** Bits of EFER that a model has, LMA included, which no write changes. */
    public static long eferValid(CpuModel m) {
        return bit(m, Feature.LM, EFER_LME | EFER_LMA) | bit(m, Feature.SYSCALL, EFER_SCE) | bit(m, Feature.NX, EFER_NXE) | bit(m, Feature.SVM, EFER_SVME)
                | bit(m, Feature.FFXSR, EFER_FFXSR) | bit(m, Feature.AUTOIBRS, EFER_AIBRSE);
    }

    /** Writes CR4 by the rules of MOV CR4. */
    public static void writeCr4(Cpu c, long value) {
        long changed = value ^ c.cr4;
        boolean longMode = c.longMode();
        if ((value & ~cr4Valid(c.model)) != 0 || longMode && ((value & CR4_PAE) == 0 || (changed & CR4_LA57) != 0)) {
            throw c.gp();
        }
        if ((value & CR4_CET) != 0 && !c.cr0(CR0_WP)) {
            throw c.gp();
        }
        if ((changed & value & CR4_PCIDE) != 0 && (!longMode || (c.cr3 & 0xFFF) != 0)) {
            throw c.gp();
        }
        if (c.virtualization != null && !c.virtualization.allowsCr4(c, value)) {
            throw c.gp();
        }
        boolean pae = c.cr0(CR0_PG) && !longMode && (value & CR4_PAE) != 0;
        if (pae && (changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)) != 0 && !PageWalker.loadPdptes(c, c.cr3)) {
            throw c.gp();
        }
        c.cr4 = value;
        if ((changed & (PageWalker.CR4_MODIFIERS | CR4_PGE | CR4_PCIDE)) != 0) {
            c.tlb.flushMatching(ANY_PCID, c.tlb.currentKey());
        }
        Modes.update(c);
    }

    private static void writeCr8(Cpu c, long value) {
        if ((value & ~15L) != 0) {
            throw c.gp();
        }
        if (c.guest != null) {
            c.guest.writeCr8(c, value);
        } else if (c.apic != null) {
            c.apic.setCr8((int) value);
        }
    }

    /** CLTS. */
    public static int clts(Cpu c, Insn d) {
        if (c.cpl != 0) {
            throw c.gp();
        }
        c.rip = d.rip;
        if (c.guest != null) {
            if (c.guest.clts(c, d.length)) {
                return Outcome.EXIT;
            }
            c.cr0 = c.guest.writeCr0(c, c.cr0 & ~CR0_TS);
        } else {
            c.cr0 &= ~CR0_TS;
        }
        Modes.update(c);
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }

    /** LMSW r/m16: PE, MP, EM and TS; PE cannot be cleared. */
    public static int lmsw(Cpu c, Insn d) {
        if (c.cpl != 0) {
            throw c.gp();
        }
        long linear = d.isReg ? 0 : Ea.of(c, d, 2, false);
        int source = (int) (d.isReg ? c.gpr(d.rm) & 0xFFFF : Mem.read16(c, linear));
        c.rip = d.rip;
        if (c.guest != null && c.guest.lmsw(c, d.length, source, !d.isReg, linear)) {
            return Outcome.EXIT;
        }
        long mask = CR0_PE | CR0_MP | CR0_EM | CR0_TS;
        long value = c.cr0 & ~mask | c.cr0 & CR0_PE | source & mask;
        writeCr0(c, c.guest == null ? value : c.guest.writeCr0(c, value));
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }

    /** SMSW r/m16, r32, r64. */
    public static int smsw(Cpu c, Insn d) {
        SystemTables.checkUmip(c);
        if (Exits.made(c, d, Intercept.SMSW)) {
            return Outcome.EXIT;
        }
        Rm.write16(c, d, c.guest == null ? c.cr0 : c.guest.readCr0(c));
        return Outcome.NEXT;
    }
}
