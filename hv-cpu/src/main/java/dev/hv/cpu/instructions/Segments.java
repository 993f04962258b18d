package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.events.StackFrame;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;

/** Loads and stores of ES, SS, DS, FS and GS (SDM vol. 2B, "MOV", "POP"; vol. 2A, "LDS/LES/LFS/LGS/LSS"). */
public final class Segments {

    private Segments() {}

    /**
     * Loads a data or stack segment register by the rules of the current mode.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP, #NP or #SS, before anything changes
     */
    public static void load(Cpu c, int s, int selector) {
        Segment r = c.seg[s];
        if ((c.cr0 & Control.CR0_PE) == 0) {
            r.selector = selector;
            r.base = (long) selector << 4;
            r.access = r.access & ~(0xFF | Segment.UNUSABLE) | Segment.REAL_DATA;
            Modes.update(c);
            return;
        }
        if ((c.rflagsOther() & Rflags.VM) != 0) {
            r.set(selector, (long) selector << 4, 0xFFFF, 0xF3);
            Modes.update(c);
            return;
        }
        if (Descriptors.isNull(selector)) {
            if (s == Cpu.SS) {
                if (!c.mode64() || c.cpl == 3 || (selector & 3) != c.cpl) {
                    throw c.gp();
                }
                r.set(selector, 0, -1, Segment.UNUSABLE | Segment.DB | c.cpl << 5);
            } else {
                r.set(selector, 0, 0, Segment.UNUSABLE);
            }
            Modes.update(c);
            return;
        }
        long descriptor = Descriptors.fetch(c, selector, Vector.GP, 0);
        check(c, s, selector, descriptor);
        r.setFromDescriptor(selector, Descriptors.markAccessed(c, selector, descriptor));
        Modes.update(c);
    }

    private static void check(Cpu c, int s, int selector, long descriptor) {
        int code = selector & 0xFFFC;
        int rpl = selector & 3;
        int dpl = Descriptors.dpl(descriptor);
        if (s == Cpu.SS) {
            if (rpl != c.cpl || !Descriptors.writableData(descriptor) || dpl != c.cpl) {
                throw c.fault(Vector.GP, code);
            }
            if (!Descriptors.present(descriptor)) {
                throw c.fault(Vector.SS, code);
            }
            return;
        }
        if (!Descriptors.readable(descriptor) || !Descriptors.conforming(descriptor) && (rpl > dpl || c.cpl > dpl)) {
            throw c.fault(Vector.GP, code);
        }
        if (!Descriptors.present(descriptor)) {
            throw c.fault(Vector.NP, code);
        }
    }

    /** MOV Sreg, r/m16. */
    public static int movToSreg(Cpu c, Insn d) {
        int s = d.reg & 7;
        if (s == Cpu.CS || s > Cpu.GS) {
            throw c.ud();
        }
        load(c, s, Rm.read16(c, d));
        return loaded(c, s, d.nextRip());
    }

    /** MOV r/m16, Sreg: zero-extended into a register, 16 bits to memory. */
    public static int movFromSreg(Cpu c, Insn d) {
        int s = d.reg & 7;
        if (s > Cpu.GS) {
            throw c.ud();
        }
        Rm.write16(c, d, c.seg[s].selector);
        return Outcome.NEXT;
    }

    /** POP ES. */
    public static int popEs(Cpu c, Insn d) {
        return pop(c, d, Cpu.ES);
    }

    /** POP SS. */
    public static int popSs(Cpu c, Insn d) {
        return pop(c, d, Cpu.SS);
    }

    /** POP DS. */
    public static int popDs(Cpu c, Insn d) {
        return pop(c, d, Cpu.DS);
    }

    /** POP FS. */
    public static int popFs(Cpu c, Insn d) {
        return pop(c, d, Cpu.FS);
    }

    /** POP GS. */
    public static int popGs(Cpu c, Insn d) {
        return pop(c, d, Cpu.GS);
    }

    private static int pop(Cpu c, Insn d, int s) {
        StackFrame stack = StackFrame.current(c, 0);
        int selector = (int) stack.pop(2);
        stack.skip((d.opSize >> 3) - 2);
        load(c, s, selector);
        // POP SS moves the pointer by the width the stack had when it was read
        stack.commit();
        return loaded(c, s, d.nextRip());
    }

    /** PUSH ES. */
    public static int pushEs(Cpu c, Insn d) {
        return push(c, d, Cpu.ES);
    }

    /** PUSH CS. */
    public static int pushCs(Cpu c, Insn d) {
        return push(c, d, Cpu.CS);
    }

    /** PUSH SS. */
    public static int pushSs(Cpu c, Insn d) {
        return push(c, d, Cpu.SS);
    }

    /** PUSH DS. */
    public static int pushDs(Cpu c, Insn d) {
        return push(c, d, Cpu.DS);
    }

    /** PUSH FS. */
    public static int pushFs(Cpu c, Insn d) {
        return push(c, d, Cpu.FS);
    }

    /** PUSH GS. */
    public static int pushGs(Cpu c, Insn d) {
        return push(c, d, Cpu.GS);
    }

    /** Pushes a selector: with a 32-bit operand Intel's processors move the pointer by 4 and write 2 bytes, those of AMD write 4; with a 64-bit operand both write 8. */
    private static int push(Cpu c, Insn d, int s) {
        Stack.checkTop(c, c.gpr(Cpu.RSP) - (d.opSize >> 3), d.opSize >> 3);
        StackFrame stack = StackFrame.current(c, 0);
        if (d.opSize == 32 && !d.amd) {
            stack.skip(-2);
            stack.push(2, c.seg[s].selector);
        } else {
            stack.push(d.opSize >> 3, c.seg[s].selector);
        }
        stack.commit();
        return Outcome.NEXT;
    }

    /** LES r, m16:16/32/64. */
    public static int les(Cpu c, Insn d) {
        return loadPointer(c, d, Cpu.ES);
    }

    /** LSS. */
    public static int lss(Cpu c, Insn d) {
        return loadPointer(c, d, Cpu.SS);
    }

    /** LDS. */
    public static int lds(Cpu c, Insn d) {
        return loadPointer(c, d, Cpu.DS);
    }

    /** LFS. */
    public static int lfs(Cpu c, Insn d) {
        return loadPointer(c, d, Cpu.FS);
    }

    /** LGS. */
    public static int lgs(Cpu c, Insn d) {
        return loadPointer(c, d, Cpu.GS);
    }

    private static int loadPointer(Cpu c, Insn d, int s) {
        if (d.isReg) {
            throw c.ud();
        }
        int size = d.opSize >> 3;
        long offset = Mem.read(c, Ea.of(c, d, size, false), size);
        int selector = (int) Mem.read16(c, Ea.of(c, d, size, 2, false));
        load(c, s, selector);
        Rm.write(c, d, d.reg, offset);
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }

    /** Ends the block: bases and mode may have changed. SS loads by MOV and POP hold events back for one instruction. */
    private static int loaded(Cpu c, int s, long next) {
        if (s == Cpu.SS) {
            c.block(Cpu.SHADOW_SS, next);
        }
        c.rip = next;
        return Outcome.BRANCH;
    }
}
