package dev.hv.cli.debug;

import dev.hv.cpu.state.Cpu;
import java.util.ArrayList;
import java.util.List;

/**
 * The registers in the order and under the names of GDB's features for i386 (GDB manual, G.5.8, "i386 Features"), and hv's own feature for system registers,
 * which can be read only. A value is bytes, low first.
 */
final class Registers {

    private static final int[] ORDER = {Cpu.RAX, Cpu.RBX, Cpu.RCX, Cpu.RDX, Cpu.RSI, Cpu.RDI, Cpu.RBP, Cpu.RSP, 8, 9, 10, 11, 12, 13, 14, 15};
    private static final String[] NAMES = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
    private static final int[] SEGMENTS = {Cpu.CS, Cpu.SS, Cpu.DS, Cpu.ES, Cpu.FS, Cpu.GS};
    private static final String[] SEGMENT_NAMES = {"cs", "ss", "ds", "es", "fs", "gs"};
    private static final String[] CONTROL = {"fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"};

    private interface Get {
        long half(Cpu c, int half);
    }

    private interface Set {
        void half(Cpu c, int half, long value);
    }

    /** A register of {@code bits}; a null setter is one that can be read only. */
    private record Register(String feature, String name, int bits, String type, Get get, Set set) {}

    private static final String CORE = "org.gnu.gdb.i386.core";
    private static final String SSE = "org.gnu.gdb.i386.sse";
    private static final String AVX = "org.gnu.gdb.i386.avx";
    private static final String SEGMENT = "org.gnu.gdb.i386.segments";
    private static final String SYSTEM = "hv.system";

    private final List<Register> all = new ArrayList<>();

    Registers() {
        for (int i = 0; i < 16; i++) {
            int n = ORDER[i];
            String type = n == Cpu.RSP || n == Cpu.RBP ? "data_ptr" : "int64";
            add(CORE, NAMES[i], 64, type, (c, h) -> c.gpr(n), (c, h, v) -> c.gpr(n, v));
        }
        add(CORE, "rip", 64, "code_ptr", (c, h) -> c.rip, (c, h, v) -> c.rip = v);
        add(CORE, "eflags", 32, "int32", (c, h) -> c.rflags(), (c, h, v) -> c.setRflags(v));
        for (int i = 0; i < 6; i++) {
            int n = SEGMENTS[i];
            add(CORE, SEGMENT_NAMES[i], 32, "int32", (c, h) -> c.seg[n].selector, null);
        }
        for (int i = 0; i < 8; i++) {
            int n = i;
            add(CORE, "st" + i, 80, "i387_ext", (c, h) -> h == 0 ? c.fpSignificand[top(c, n)] : c.fpSignExp[top(c, n)], (c, h, v) -> {
                if (h == 0) {
                    c.fpSignificand[top(c, n)] = v;
                } else {
                    c.fpSignExp[top(c, n)] = (int) v & 0xFFFF;
                }
            });
        }
        Get[] fpu = {(c, h) -> c.fcw, (c, h) -> c.fsw, (c, h) -> c.ftw, (c, h) -> c.fcs, (c, h) -> c.fip, (c, h) -> c.fds, (c, h) -> c.fdp, (c, h) -> c.fop};
        for (int i = 0; i < 8; i++) {
            add(CORE, CONTROL[i], 32, "int", fpu[i], null);
        }
        for (int i = 0; i < 16; i++) {
            int n = i;
            add(SSE, "xmm" + i, 128, "uint128", (c, h) -> c.xmm(2 * n + h), (c, h, v) -> c.xmm(2 * n + h, v));
        }
        add(SSE, "mxcsr", 32, "int", (c, h) -> c.mxcsr(), null);
        add(SEGMENT, "fs_base", 64, "int64", (c, h) -> c.segBase(Cpu.FS), null);
        add(SEGMENT, "gs_base", 64, "int64", (c, h) -> c.segBase(Cpu.GS), null);
        for (int i = 0; i < 16; i++) {
            int n = i;
            add(AVX, "ymm" + i + "h", 128, "uint128", (c, h) -> c.ymmHigh(2 * n + h), (c, h, v) -> c.ymmHigh(2 * n + h, v));
        }
        system("k_gs_base", (c, h) -> c.kernelGsBase());
        system("cr0", (c, h) -> c.cr0);
        system("cr2", (c, h) -> c.cr2());
        system("cr3", (c, h) -> c.cr3);
        system("cr4", (c, h) -> c.cr4);
        system("efer", (c, h) -> c.efer);
        system("gdtr_base", (c, h) -> c.gdtrBase);
        system("idtr_base", (c, h) -> c.idtrBase);
        system("tr_base", (c, h) -> c.tr.base);
        system("star", (c, h) -> c.star);
        system("lstar", (c, h) -> c.lstar());
        system("fmask", (c, h) -> c.fmask());
        system("tsc_aux", (c, h) -> c.tscAux);
        system("pat", (c, h) -> c.pat);
    }

    private static int top(Cpu c, int n) {
        return (c.fsw >>> 11) + n & 7;
    }

    private void system(String name, Get get) {
        add(SYSTEM, name, 64, "int64", get, null);
    }

    private void add(String feature, String name, int bits, String type, Get get, Set set) {
        all.add(new Register(feature, name, bits, type, get, set));
    }

    /** How many there are. */
    int count() {
        return all.size();
    }

    /** A register's bytes. */
    byte[] get(Cpu c, int number) {
        Register r = all.get(number);
        byte[] bytes = new byte[r.bits / 8];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (r.get.half(c, i / 8) >>> 8 * (i % 8));
        }
        return bytes;
    }

    /** Sets a register; false for one that can be read only, or other bytes than it has. */
    boolean set(Cpu c, int number, byte[] bytes) {
        Register r = all.get(number);
        if (r.set == null || bytes.length != r.bits / 8) {
            return false;
        }
        for (int half = 0; 8 * half < bytes.length; half++) {
            long v = 0;
            for (int i = Math.min(bytes.length, 8 * half + 8) - 1; i >= 8 * half; i--) {
                v = v << 8 | bytes[i] & 0xFF;
            }
            r.set.half(c, half, v);
        }
        return true;
    }

    /** The target description (GDB manual, appendix G). */
    String description() {
        var s = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target><architecture>i386:x86-64</architecture>");
        String feature = "";
        for (Register r : all) {
            if (!r.feature.equals(feature)) {
                s.append(feature.isEmpty() ? "" : "</feature>").append("<feature name=\"").append(r.feature).append("\">");
                feature = r.feature;
            }
            s.append("<reg name=\"").append(r.name).append("\" bitsize=\"").append(r.bits).append("\" type=\"").append(r.type).append("\"/>");
        }
        return s.append("</feature></target>").toString();
    }
}
