package dev.hv.cli.debug;

import static dev.hv.cli.debug.Register.check;

import dev.hv.cpu.instructions.FpControl;
import dev.hv.cpu.instructions.X87Environment;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.LinearProbe;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.VmExitSignal;
import java.util.ArrayList;
import java.util.List;

/**
 * The registers in the order and under the names of GDB's features for i386 (GDB manual, G.5.8, "i386 Features"), and hv's own feature for system registers
 * ({@link SystemRegisters}). A value is bytes, low first. What a processor cannot come to hold is refused.
 */
final class Registers {

    private static final int[] ORDER = {Cpu.RAX, Cpu.RBX, Cpu.RCX, Cpu.RDX, Cpu.RSI, Cpu.RDI, Cpu.RBP, Cpu.RSP, 8, 9, 10, 11, 12, 13, 14, 15};
    private static final String[] NAMES = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
    /** Bits of the x87 control word that can be 1, and the one that is. */
    private static final int CONTROL_WORD = 0x1F7F;
    private static final int CONTROL_ONE = 0x40;
    private static final int LOW16 = 0xFFFF;

    static final String CORE = "org.gnu.gdb.i386.core";
    private static final String SSE = "org.gnu.gdb.i386.sse";
    private static final String AVX = "org.gnu.gdb.i386.avx";

    private final List<Register> all = new ArrayList<>();

    Registers() {
        for (int i = 0; i < 16; i++) {
            int n = ORDER[i];
            String type = n == Cpu.RSP || n == Cpu.RBP ? "data_ptr" : "int64";
            all.add(Register.of(CORE, NAMES[i], 64, type, c -> c.gpr(n), (c, v) -> c.gpr(n, v)));
        }
        all.add(Register.of(CORE, "rip", 64, "code_ptr", c -> c.rip, (c, v) -> {
            check(c, c.mode64() ? Canonical.register(c.model, v) : v >>> 32 == 0);
            c.rip = v;
        }));
        all.add(Register.of(CORE, "eflags", 32, "int32", Cpu::rflags, (c, v) -> {
            check(c, (v & ~(Rflags.ALL | Rflags.FIXED)) == 0 && !(c.longMode() && (v & Rflags.VM) != 0));
            c.setRflags(v);
        }));
        SegmentRegisters.selectors(all);
        x87();
        for (int i = 0; i < 16; i++) {
            int n = i;
            all.add(new Register(SSE, "xmm" + i, 128, "uint128", (c, h) -> c.xmm(2 * n + h), (c, h, v, m) -> c.xmm(2 * n + h, v)));
        }
        all.add(Register.of(SSE, "mxcsr", 32, "int", Cpu::mxcsr, (c, v) -> {
            check(c, (v & ~(long) FpControl.mxcsrMask(c)) == 0);
            c.mxcsr((int) v);
        }));
        SegmentRegisters.bases(all);
        for (int i = 0; i < 16; i++) {
            int n = i;
            all.add(new Register(AVX, "ymm" + i + "h", 128, "uint128", (c, h) -> c.ymmHigh(2 * n + h), (c, h, v, m) -> c.ymmHigh(2 * n + h, v)));
        }
        SystemRegisters.add(all);
    }

    private void x87() {
        for (int i = 0; i < 8; i++) {
            int n = i;
            all.add(new Register(CORE, "st" + i, 80, "i387_ext", (c, h) -> h == 0 ? c.fpSignificand[top(c, n)] : c.fpSignExp[top(c, n)], (c, h, v, m) -> {
                if (h == 0) {
                    c.fpSignificand[top(c, n)] = v;
                } else {
                    c.fpSignExp[top(c, n)] = (int) v & LOW16;
                }
            }));
        }
        all.add(Register.of(CORE, "fctrl", 32, "int", c -> c.fcw, (c, v) -> c.fcw = within(c, v, CONTROL_WORD) | CONTROL_ONE));
        all.add(Register.of(CORE, "fstat", 32, "int", c -> c.fsw, (c, v) -> {
            c.fsw = within(c, v, LOW16);
            FpControl.summarise(c);
        }));
        all.add(Register.of(CORE, "ftag", 32, "int", X87Environment::tags, (c, v) -> X87Environment.takeTags(c, within(c, v, LOW16))));
        all.add(Register.of(CORE, "fiseg", 32, "int", c -> c.fcs, (c, v) -> c.fcs = within(c, v, LOW16)));
        all.add(Register.of(CORE, "fioff", 32, "int", c -> c.fip & 0xFFFFFFFFL, (c, v) -> c.fip = c.fip & ~0xFFFFFFFFL | v));
        all.add(Register.of(CORE, "foseg", 32, "int", c -> c.fds, (c, v) -> c.fds = within(c, v, LOW16)));
        all.add(Register.of(CORE, "fooff", 32, "int", c -> c.fdp & 0xFFFFFFFFL, (c, v) -> c.fdp = c.fdp & ~0xFFFFFFFFL | v));
        all.add(Register.of(CORE, "fop", 32, "int", c -> c.fop, (c, v) -> c.fop = within(c, v, 0x7FF)));
    }

    private static int within(Cpu c, long value, int bits) {
        check(c, (value & ~(long) bits) == 0);
        return (int) value;
    }

    private static int top(Cpu c, int n) {
        return (c.fsw >>> 11) + n & 7;
    }

    /** How many there are. */
    int count() {
        return all.size();
    }

    /** A register's bytes. */
    byte[] get(Cpu c, int number) {
        Register r = all.get(number);
        byte[] bytes = new byte[r.bits() / 8];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (r.get().half(c, i / 8) >>> 8 * (i % 8));
        }
        return bytes;
    }

    /**
     * Sets a register.
     *
     * @param tables the memory that descriptor tables are read from
     * @return false for a value that a processor cannot come to hold, or other bytes than the register has
     */
    boolean set(Cpu c, int number, byte[] bytes, LinearProbe.Memory tables) {
        Register r = all.get(number);
        if (bytes.length != r.bits() / 8) {
            return false;
        }
        try {
            for (int half = 0; 8 * half < bytes.length; half++) {
                long v = 0;
                for (int i = Math.min(bytes.length, 8 * half + 8) - 1; i >= 8 * half; i--) {
                    v = v << 8 | bytes[i] & 0xFF;
                }
                r.set().half(c, half, v, tables);
            }
            return true;
        } catch (GuestFault | VmExitSignal e) {
            return false;
        }
    }

    /** The target description (GDB manual, appendix G). */
    String description() {
        var s = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target><architecture>i386:x86-64</architecture>");
        String feature = "";
        for (Register r : all) {
            if (!r.feature().equals(feature)) {
                s.append(feature.isEmpty() ? "" : "</feature>").append("<feature name=\"").append(r.feature()).append("\">");
                feature = r.feature();
            }
            s.append("<reg name=\"").append(r.name()).append("\" bitsize=\"").append(r.bits()).append("\" type=\"").append(r.type()).append("\"/>");
        }
        return s.append("</feature></target>").toString();
    }
}
