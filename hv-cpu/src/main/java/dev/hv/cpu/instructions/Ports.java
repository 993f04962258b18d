package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Breakpoints;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;

/** IN and OUT, and the permission check of every port access (SDM vol. 1, 19.5; vol. 2, "IN", "OUT"). */
public final class Ports {

    private Ports() {}

    /**
     * Checks that the current program may access {@code size} ports from {@code port}.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0)
     */
    public static void checkAccess(Cpu c, int port, int size) {
        if ((c.cr0 & Control.CR0_PE) == 0 || (c.rflagsOther() & Rflags.VM) == 0 && c.cpl <= (c.rflagsOther() >>> 12 & 3)) {
            return;
        }
        long limit = c.tr.limit & 0xFFFFFFFFL;
        // the map exists in 32-bit and 64-bit task-state segments alone
        if (!c.tr.usable() || (c.tr.access & 8) == 0 || limit < 103) {
            throw c.gp();
        }
        long map = Mem.readSystem(c, linear(c, c.tr.base + 102), 2) + (port >> 3);
        if (map + 1 > limit) {
            throw c.gp();
        }
        int bits = (int) Mem.readSystem(c, linear(c, c.tr.base + map), 2);
        if ((bits >>> (port & 7) & (1 << size) - 1) != 0) {
            throw c.gp();
        }
    }

    private static long linear(Cpu c, long a) {
        return c.longMode() ? a : a & 0xFFFFFFFFL;
    }

    /** IN AL, imm8. */
    public static int inByteImmediate(Cpu c, Insn d) {
        return in(c, d, (int) d.imm & 0xFF, 1, true);
    }

    /** IN AX or EAX, imm8. */
    public static int inImmediate(Cpu c, Insn d) {
        return in(c, d, (int) d.imm & 0xFF, d.opSize == 16 ? 2 : 4, true);
    }

    /** IN AL, DX. */
    public static int inByteDx(Cpu c, Insn d) {
        return in(c, d, (int) c.gpr(Cpu.RDX) & 0xFFFF, 1, false);
    }

    /** IN AX or EAX, DX. */
    public static int inDx(Cpu c, Insn d) {
        return in(c, d, (int) c.gpr(Cpu.RDX) & 0xFFFF, d.opSize == 16 ? 2 : 4, false);
    }

    /** OUT imm8, AL. */
    public static int outByteImmediate(Cpu c, Insn d) {
        return out(c, d, (int) d.imm & 0xFF, 1, true);
    }

    /** OUT imm8, AX or EAX. */
    public static int outImmediate(Cpu c, Insn d) {
        return out(c, d, (int) d.imm & 0xFF, d.opSize == 16 ? 2 : 4, true);
    }

    /** OUT DX, AL. */
    public static int outByteDx(Cpu c, Insn d) {
        return out(c, d, (int) c.gpr(Cpu.RDX) & 0xFFFF, 1, false);
    }

    /** OUT DX, AX or EAX. */
    public static int outDx(Cpu c, Insn d) {
        return out(c, d, (int) c.gpr(Cpu.RDX) & 0xFFFF, d.opSize == 16 ? 2 : 4, false);
    }

    private static int in(Cpu c, Insn d, int port, int size, boolean immediate) {
        checkAccess(c, port, size);
        c.rip = d.rip;
        if (c.guest != null && c.guest.io(c, d, port, size, true, immediate)) {
            return Outcome.EXIT;
        }
        long v = c.ports.in(port, size) & 0xFFFFFFFFL;
        long rax = c.gpr(Cpu.RAX);
        c.gpr(Cpu.RAX, switch (size) {
            case 1 -> rax & ~0xFFL | v & 0xFF;
            case 2 -> rax & ~0xFFFFL | v & 0xFFFF;
            default -> v;
        });
        return finish(c, d, port, size);
    }

    private static int out(Cpu c, Insn d, int port, int size, boolean immediate) {
        checkAccess(c, port, size);
        c.rip = d.rip;
        if (c.guest != null && c.guest.io(c, d, port, size, false, immediate)) {
            return Outcome.EXIT;
        }
        int v = (int) c.gpr(Cpu.RAX);
        c.ports.out(port, size, size == 4 ? v : v & (1 << 8 * size) - 1);
        return finish(c, d, port, size);
    }

    /** The block ends: the device may have raised an interrupt or asked the engine to return. */
    private static int finish(Cpu c, Insn d, int port, int size) {
        Breakpoints.io(c, port, size);
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }
}
