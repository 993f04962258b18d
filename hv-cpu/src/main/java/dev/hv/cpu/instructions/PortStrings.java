package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Breakpoints;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/**
 * INS and OUTS with their repeat prefix (SDM vol. 2). A repeated one yields as soon as a device has raised something, and after
 * a bounded number of elements. In guest operation the intercept comes once, before the first element of a step.
 */
public final class PortStrings {

    private PortStrings() {}

    private static int size(Insn d) {
        return (d.opcode & 1) == 0 ? 1 : d.opSize == 16 ? 2 : 4;
    }

    /** Linear address before any check of it, for the exit. */
    private static long linear(Cpu c, Insn d, int seg, int reg) {
        long a = c.segBase(seg) + (c.gpr(reg) & StringOperands.mask(d));
        return d.mode64() ? a : a & 0xFFFFFFFFL;
    }

    /** INSB, INSW, INSD. */
    public static int ins(Cpu c, Insn d) {
        int size = size(d);
        int port = (int) c.gpr(Cpu.RDX) & 0xFFFF;
        long mask = StringOperands.mask(d);
        long count = d.rep == 0 ? 1 : c.gpr(Cpu.RCX) & mask;
        // the right to the port is wanted even when nothing is moved
        Ports.checkAccess(c, port, size);
        if (count == 0) {
            return Outcome.NEXT;
        }
        if (c.guest != null && c.guest.ioString(c, d, port, size, true, d.rep != 0, linear(c, d, Cpu.ES, Cpu.RDI), Cpu.ES)) {
            return Outcome.EXIT;
        }
        long step = StringOperands.step(c, size);
        long budget = StringOperands.budget(c);
        while (true) {
            long a = StringOperands.linear(c, Cpu.ES, c.gpr(Cpu.RDI) & mask, size, true);
            // what is read from the port must not be lost to a fault
            Mem.probeWrite(c, a, size);
            Mem.write(c, a, size, c.ports.in(port, size));
            Breakpoints.io(c, port, size);
            StringOperands.set(c, Cpu.RDI, c.gpr(Cpu.RDI) + step, d.addrSize);
            count--;
            budget -= StringOperands.SLOW;
            if (d.rep != 0) {
                StringOperands.set(c, Cpu.RCX, count, d.addrSize);
            }
            if (count == 0) {
                return finish(c, d);
            }
            if (budget <= 0 || (c.events & c.eventMask()) != 0) {
                return Outcome.YIELD;
            }
        }
    }

    /** OUTSB, OUTSW, OUTSD. */
    public static int outs(Cpu c, Insn d) {
        int size = size(d);
        int port = (int) c.gpr(Cpu.RDX) & 0xFFFF;
        int seg = StringOperands.source(d);
        long mask = StringOperands.mask(d);
        long count = d.rep == 0 ? 1 : c.gpr(Cpu.RCX) & mask;
        // the right to the port is wanted even when nothing is moved
        Ports.checkAccess(c, port, size);
        if (count == 0) {
            return Outcome.NEXT;
        }
        if (c.guest != null && c.guest.ioString(c, d, port, size, false, d.rep != 0, linear(c, d, seg, Cpu.RSI), seg)) {
            return Outcome.EXIT;
        }
        long step = StringOperands.step(c, size);
        long budget = StringOperands.budget(c);
        while (true) {
            long v = Mem.read(c, StringOperands.linear(c, seg, c.gpr(Cpu.RSI) & mask, size, false), size);
            c.ports.out(port, size, (int) v);
            Breakpoints.io(c, port, size);
            StringOperands.set(c, Cpu.RSI, c.gpr(Cpu.RSI) + step, d.addrSize);
            count--;
            budget -= StringOperands.SLOW;
            if (d.rep != 0) {
                StringOperands.set(c, Cpu.RCX, count, d.addrSize);
            }
            if (count == 0) {
                return finish(c, d);
            }
            if (budget <= 0 || (c.events & c.eventMask()) != 0) {
                return Outcome.YIELD;
            }
        }
    }

    /** The block ends: the device may have raised an interrupt or asked the engine to return. */
    private static int finish(Cpu c, Insn d) {
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }
}
