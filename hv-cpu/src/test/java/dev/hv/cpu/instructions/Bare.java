package dev.hv.cpu.instructions;

import dev.hv.cpu.execute.EventHandler;
import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.PortBus;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import java.util.ArrayList;
import java.util.List;

/**
 * A processor for tests of instructions: 64-bit or 32-bit protected mode at privilege level 0, 4 MiB of memory mapped by
 * 4 KiB pages at linear address 0 upwards, code at {@link #CODE}, data from {@link #DATA} on. Exceptions come out as
 * {@link GuestFault}.
 */
public final class Bare {

    public static final int MEMORY = 4 << 20;
    public static final long CODE = 0x20_0000;
    public static final long DATA = 0x10_0000;

    private static final long TABLES = 0x1000;
    private static final long PRESENT = 1;
    private static final long WRITABLE = 2;
    private static final long USER = 4;

    public final Cpu c;
    public final Interpreter engine;
    /** What was read from and written to ports, as "in 60/1" and "out 60/1 ff". */
    public final List<String> ports = new ArrayList<>();
    /** Runs when the engine asks for events to be taken; true when it took one. */
    public java.util.function.BooleanSupplier onEvent = () -> false;
    private final long raw = Raw.allocate(MEMORY + 4096) + 4095 & ~0xFFFL;

    private Bare(CpuModel model, boolean code64) {
        Raw.fill(raw, MEMORY, 0);
        c = new Cpu(0, model, new Memory());
        engine = new Interpreter(c, new EventHandler() {
            @Override
            public boolean take(Cpu c) {
                return onEvent.getAsBoolean();
            }

            @Override
            public void raise(Cpu c, GuestFault fault) {
                throw fault;
            }
        });
        c.ports = new PortBus() {
            @Override
            public int in(int port, int size) {
                ports.add("in " + Integer.toHexString(port) + "/" + size);
                return 0x01020304 * ports.size();
            }

            @Override
            public void out(int port, int size, int value) {
                ports.add("out " + Integer.toHexString(port) + "/" + size + " " + Integer.toHexString(value));
            }
        };
        Reset.powerOn(c);
        // PML4 or (without long mode) the four entries of PAE paging, one directory pointer, one directory, two tables
        put64(TABLES, TABLES + 0x1000 | PRESENT | WRITABLE);
        put64(TABLES + 0x1000, TABLES + 0x2000 | PRESENT | WRITABLE);
        for (int i = 0; i < MEMORY >> 21; i++) {
            put64(TABLES + 0x2000 + 8L * i, TABLES + 0x3000 + 0x1000L * i | PRESENT | WRITABLE);
        }
        for (long page = 0; page < MEMORY; page += 4096) {
            map(page, page, true);
        }
        c.cr0 = Control.CR0_PE | Control.CR0_MP | Control.CR0_ET | Control.CR0_NE | Control.CR0_WP | Control.CR0_PG;
        c.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR;
        c.cr3 = TABLES;
        c.efer = Control.EFER_LME | Control.EFER_LMA;
        int data = 0x93 | Segment.DB | Segment.G;
        c.seg[Cpu.CS].set(0x08, 0, -1, 0x9B | Segment.G | (code64 ? Segment.L : Segment.DB));
        for (int i : new int[] {Cpu.ES, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS}) {
            c.seg[i].set(0x10, 0, -1, data);
        }
        c.rip = CODE;
        c.gpr(Cpu.RSP, DATA);
        Modes.update(c);
        c.setRflags(Rflags.FIXED);
        c.tlb.flushAll();
        c.events = 0;
    }

    /** In 64-bit mode. */
    public static Bare mode64() {
        return new Bare(CpuModel.intelDefault(), true);
    }

    /** In 64-bit mode on a processor model. */
    public static Bare mode64(CpuModel model) {
        return new Bare(model, true);
    }

    /** In 32-bit code (compatibility mode, so with the page tables of long mode). */
    public static Bare mode32() {
        return new Bare(CpuModel.intelDefault(), false);
    }

    /** In 32-bit code on a processor model. */
    public static Bare mode32(CpuModel model) {
        return new Bare(model, false);
    }

    /** Maps a page; what the TLB holds is dropped. */
    public void map(long linear, long physical, boolean writable) {
        put64(TABLES + 0x3000 + (linear >>> 12) * 8, physical | PRESENT | (writable ? WRITABLE : 0));
        c.tlb.flushAll();
    }

    /** Lets privilege level 3 use all of memory. */
    public void openToUser() {
        for (long entry = TABLES; entry < TABLES + 0x3000 + (MEMORY >>> 12) * 8; entry += 8) {
            put64(entry, get64(entry) == 0 ? 0 : get64(entry) | USER);
        }
        c.tlb.flushAll();
    }

    /** Takes a page away. */
    public void unmap(long linear) {
        put64(TABLES + 0x3000 + (linear >>> 12) * 8, 0);
        c.tlb.flushAll();
    }

    /** Puts an instruction at {@link #CODE} and goes there. */
    public Bare code(int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            MemSlow.writePhysical(c, CODE + i, 1, bytes[i]);
        }
        c.rip = CODE;
        return this;
    }

    /** Executes one instruction to its end. */
    public int step() {
        return engine.step();
    }

    /** Executes one instruction that faults, and gives its vector. */
    public int fault() {
        try {
            int outcome = engine.step();
            throw new AssertionError("no fault, outcome " + (outcome == Outcome.NEXT ? "NEXT" : outcome));
        } catch (GuestFault f) {
            return f.vector;
        }
    }

    /** The six arithmetic flags as letters, in the order of the manuals: "OSZAPC", a dot for a clear one. */
    public String flags() {
        long f = c.rflags();
        return letter(f, Rflags.OF, "O") + letter(f, Rflags.SF, "S") + letter(f, Rflags.ZF, "Z") + letter(f, Rflags.AF, "A") + letter(f, Rflags.PF, "P")
                + letter(f, Rflags.CF, "C");
    }

    private static String letter(long flags, int bit, String name) {
        return (flags & bit) != 0 ? name : ".";
    }

    public int get8(long physical) {
        return Raw.get8(raw + physical) & 0xFF;
    }

    public void put8(long physical, int value) {
        Raw.put8(raw + physical, (byte) value);
    }

    public long get64(long physical) {
        return Raw.get64(raw + physical);
    }

    public void put64(long physical, long value) {
        Raw.put64(raw + physical, value);
    }

    private final class Memory implements PhysicalBus {
        @Override
        public long pageAddress(long physical) {
            return physical < MEMORY ? raw + (physical & ~0xFFFL) : 0;
        }

        @Override
        public int pageRights(long physical) {
            return READ | WRITE;
        }

        @Override
        public long read(long physical, int size) {
            return -1L >>> 64 - 8 * size;
        }

        @Override
        public void write(long physical, int size, long value) {}

        @Override
        public void watchCode(long physical, int lines, CodeWatcher watcher) {}
    }
}
