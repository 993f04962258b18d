package dev.hv.cpu.conform;

import dev.hv.cpu.execute.EventHandler;
import dev.hv.cpu.execute.EngineKind;
import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.execute.SingleStepper;
import dev.hv.cpu.instructions.FxState;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import java.util.HexFormat;
import java.util.Map;

/** Runs vectors on the interpreter or the single-stepper and says what differs. One runner serves one thread. */
public final class VectorRunner {

    private static final long END_32 = 1L << 32;
    private static final EventHandler NONE = new EventHandler() {
        @Override
        public boolean take(Cpu c) {
            return false;
        }

        @Override
        public void raise(Cpu c, GuestFault fault) {
            throw fault;
        }
    };
    /** Low bits of the error code of #GP for a vector beyond the limit of the IDT, which is empty here. */
    private static final int MISSING_GATE = 2;
    private static final int TASK = 0x40;
    private static final int TASK_LIMIT = 102;
    private static final int DATA = Segment.REAL_DATA | 3 << 5 | Segment.DB | Segment.G;

    private static final long CODE = 1 << 20;
    private static final int NOP = 0x90;
    private final VectorMemory memory = new VectorMemory();
    private final Cpu c;
    /** Drops decoded code. */
    private final Runnable forget;
    /** Executes an instruction to its end; what it returns does not matter. */
    private final Runnable step;
    private final VectorEngine engine;
    private int lastTrap = -1;

    /** A runner for a processor model, on the interpreter. */
    public VectorRunner(CpuModel model) {
        this(model, VectorEngine.INTERPRETER);
    }

    /**
     * A runner for a processor model.
     *
     * @throws IllegalStateException when the host allows no machine code and the engine is of that kind
     */
    public VectorRunner(CpuModel model, VectorEngine on) {
        c = new Cpu(0, model, memory);
        engine = on;
        if (on == VectorEngine.SINGLE_STEPPER) {
            var stepper = new SingleStepper(c);
            forget = () -> {};
            step = () -> {
                while (stepper.execute() == Outcome.YIELD) {
                    // the next part of a repeated string instruction
                }
            };
        } else {
            var interpreter = new Interpreter(c, NONE);
            forget = interpreter::clearCode;
            step = on == VectorEngine.INTERPRETER ? interpreter::step : () -> translated(interpreter);
            interpreter.use(on == VectorEngine.INTERPRETER ? EngineKind.INTERPRETER : EngineKind.MACHINE_CODE, CODE);
        }
    }

    /** Runs the vector's instruction as machine code, behind a NOP where it stands in the middle of a block. */
    private void translated(Interpreter interpreter) {
        int count = 1;
        long before = c.rip - 1;
        int kept = 0;
        if (engine == VectorEngine.MACHINE_CODE_MIDDLE && (c.rip & 0xFFF) != 0) {
            kept = memory.peek(before);
            memory.poke(before, NOP);
            c.rip = before;
            count = 2;
        }
        if (engine != VectorEngine.MACHINE_CODE) {
            warm();
        }
        boolean middle = count == 2;
        try {
            while (count > 0) {
                count -= interpreter.translated(count);
            }
        } finally {
            if (middle) {
                memory.poke(before, kept);
            }
        }
    }

    /** Has the translation cache know every page of data, so that machine code need not leave for its accesses. */
    private void warm() {
        for (long page : memory.pages().keySet()) {
            try {
                Mem.modify8(c, page);
            } catch (GuestFault f) {
                // of a page that must not be written; what faults is found out by the vector itself
                Mem.read8(c, page);
            }
        }
        c.pageFaultAddress = 0;
    }

    /**
     * Runs one vector.
     *
     * @return null when everything came out as recorded, else what differs, in one line
     */
    public String run(Vector v) {
        prepare(v);
        int trap = -1;
        int error = 0;
        try {
            step.run();
            if (c.pendingDebug != 0) {
                trap = 1;
            }
        } catch (GuestFault f) {
            trap = f.vector;
            error = f.errorCode;
            if (trap == dev.hv.cpu.state.Vector.GP && (error & 7) == MISSING_GATE) {
                // a software exception found no gate: a trap, behind the instruction
                trap = error >>> 3;
                error = 0;
                c.rip = linear(v, c.rip + v.bytes().length);
            }
        }
        lastTrap = trap;
        return compare(v, trap, error);
    }

    /**
     * Whether the vector just run is of an extension that CPUID of the processor model does not announce, and it raised #UD as such an
     * instruction must. Such a vector says nothing about the model and counts as skipped.
     */
    public boolean lacksExtension(Vector v) {
        return lastTrap == dev.hv.cpu.state.Vector.UD && Extensions.lacking(c.model, v.bytes(), v.mode() == 64);
    }

    /** Addresses of compatibility mode begin again behind the last one. */
    private static long linear(Vector v, long a) {
        return v.mode() == 64 ? a : a & 0xFFFFFFFFL;
    }

    private void prepare(Vector v) {
        forget.run();
        Reset.powerOn(c);
        memory.clear();
        VectorState s = v.in();
        for (int i = 0; i < v.bytes().length; i++) {
            memory.map(linear(v, s.rip + i), false, true);
        }
        for (Map.Entry<Long, byte[]> m : s.memory.entrySet()) {
            for (int i = 0; i < m.getValue().length; i++) {
                memory.map(m.getKey() + i, true, false);
            }
        }
        for (int i = 0; i < v.bytes().length; i++) {
            memory.poke(linear(v, s.rip + i), v.bytes()[i]);
        }
        for (Map.Entry<Long, byte[]> m : s.memory.entrySet()) {
            for (int i = 0; i < m.getValue().length; i++) {
                memory.poke(m.getKey() + i, m.getValue()[i]);
            }
        }
        for (int i = 0; i < 16; i++) {
            c.gpr(i, s.gpr[i]);
        }
        c.rip = s.rip;
        c.cr0 = Control.CR0_PE | Control.CR0_MP | Control.CR0_ET | Control.CR0_NE | Control.CR0_WP | Control.CR0_AM | Control.CR0_PG;
        c.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT | Control.CR4_FSGSBASE | Control.CR4_PGE;
        if (c.model.has(Feature.XSAVE)) {
            c.cr4 |= Control.CR4_OSXSAVE;
            c.xcr0 = c.model.has(Feature.AVX) ? 7 : 3;
        }
        c.cr3 = memory.cr3();
        c.idtrLimit = 0;
        // a task state too short for an I/O permission map: every port is denied
        c.tr.set(TASK, 0, TASK_LIMIT, Segment.BUSY_TSS);
        c.efer = Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE | Control.EFER_SCE;
        c.cpl = 3;
        c.seg[Cpu.CS].set(v.mode() == 64 ? 0x33 : 0x23, 0, -1, Segment.REAL_CODE | 3 << 5 | Segment.G | (v.mode() == 64 ? Segment.L : Segment.DB));
        for (int i : new int[] {Cpu.ES, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS}) {
            c.seg[i].set(0x2B, 0, -1, DATA);
        }
        c.seg[Cpu.FS].base = s.fsBase;
        c.seg[Cpu.GS].base = s.gsBase;
        c.mxcsr(s.mxcsr);
        for (int i = 0; i < 16; i++) {
            c.xmm(2 * i, le(s.ymm[i], 0));
            c.xmm(2 * i + 1, le(s.ymm[i], 8));
            c.ymmHigh(2 * i, le(s.ymm[i], 16));
            c.ymmHigh(2 * i + 1, le(s.ymm[i], 24));
        }
        c.fcw = s.fcw;
        c.fsw = s.fsw;
        int top = s.fsw >> 11 & 7;
        for (int i = 0; i < 8; i++) {
            int physical = top + i & 7;
            c.fpSignificand[physical] = le(s.st[i], 0);
            c.fpSignExp[physical] = LittleEndian.u16(s.st[i], 8);
        }
        FxState.tags(c, s.ftw);
        Modes.update(c);
        c.setRflags(s.rflags);
        c.events = 0;
        c.tlb.flushAll();
        Modes.update(c);
        c.events = 0;
    }

    private static long le(byte[] b, int at) {
        long v = 0;
        for (int i = 7; i >= 0; i--) {
            v = v << 8 | b[at + i] & 0xFF;
        }
        return v;
    }

    private String compare(Vector v, int trap, int error) {
        var d = new StringBuilder();
        if (trap != v.trap()) {
            d.append(" trap ").append(trap).append(" expected ").append(v.trap());
        } else if (trap >= 0) {
            if (v.hasError()) {
                number(d, "error", error, v.error());
            }
            if (v.hasCr2()) {
                number(d, "cr2", c.pageFaultAddress, v.cr2());
            }
        }
        VectorState o = v.out();
        for (int i = 0; i < 16; i++) {
            number(d, VectorReader.registerName(i), c.gpr(i), o.gpr[i]);
        }
        number(d, "rip", c.rip, o.rip);
        long mask = ~(v.undefinedFlags() | Rflags.TF | Rflags.RF);
        number(d, "rflags", c.rflags() & mask, o.rflags & mask);
        number(d, "fsbase", c.seg[Cpu.FS].base, o.fsBase);
        number(d, "gsbase", c.seg[Cpu.GS].base, o.gsBase);
        number(d, "mxcsr", c.mxcsr(), o.mxcsr);
        for (int i = 0; i < 16; i++) {
            number(d, "xmm" + i + ".low", c.xmm(2 * i), le(o.ymm[i], 0));
            number(d, "xmm" + i + ".high", c.xmm(2 * i + 1), le(o.ymm[i], 8));
            number(d, "ymm" + i + ".low", c.ymmHigh(2 * i), le(o.ymm[i], 16));
            number(d, "ymm" + i + ".high", c.ymmHigh(2 * i + 1), le(o.ymm[i], 24));
        }
        number(d, "fcw", c.fcw, o.fcw);
        number(d, "fsw", c.fsw, o.fsw);
        int abridged = 0;
        for (int i = 0; i < 8; i++) {
            abridged |= (c.ftw >> 2 * i & 3) != 3 ? 1 << i : 0;
        }
        number(d, "ftw", abridged, o.ftw);
        int top = c.fsw >> 11 & 7;
        for (int i = 0; i < 8; i++) {
            int physical = top + i & 7;
            number(d, "st" + i + ".exponent", c.fpSignExp[physical] & 0xFFFF, LittleEndian.u16(o.st[i], 8));
            number(d, "st" + i + ".significand", c.fpSignificand[physical], le(o.st[i], 0));
        }
        memory(d, v);
        return d.isEmpty() ? null : v.id() + " [" + HexFormat.of().formatHex(v.bytes()) + "]" + d;
    }

    private void memory(StringBuilder d, Vector v) {
        for (long page : memory.pages().keySet()) {
            byte[] expected = new byte[Page.SIZE];
            overlay(expected, page, v.in().rip, v.bytes());
            overlay(expected, page, v.in().rip - END_32, v.mode() == 64 ? new byte[0] : v.bytes());
            v.in().memory.forEach((a, b) -> overlay(expected, page, a, b));
            v.out().memory.forEach((a, b) -> overlay(expected, page, a, b));
            for (int i = 0; i < Page.SIZE; i++) {
                int got = memory.peek(page + i);
                if (got != (expected[i] & 0xFF)) {
                    number(d, "mem[" + Long.toHexString(page + i) + "]", got, expected[i] & 0xFF);
                    return;
                }
            }
        }
    }

    private static void overlay(byte[] page, long base, long address, byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            long at = address + i - base;
            if (at >= 0 && at < Page.SIZE) {
                page[(int) at] = bytes[i];
            }
        }
    }

    private static void number(StringBuilder d, String what, long got, long expected) {
        if (got != expected) {
            d.append(' ').append(what).append(' ').append(Long.toHexString(got)).append(" expected ").append(Long.toHexString(expected));
        }
    }
}
