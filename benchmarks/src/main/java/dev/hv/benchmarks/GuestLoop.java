package dev.hv.benchmarks;

import dev.hv.cpu.execute.Engine;
import dev.hv.cpu.execute.EngineKind;
import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Segment;
import java.io.IOException;
import java.io.InputStream;

/** A processor in 64-bit mode over 16 MiB of identity-mapped memory that runs one of the benchmark guests. */
final class GuestLoop implements PhysicalBus, AutoCloseable {

    private static final int MEMORY = 16 << 20;
    private static final long ENTRY = 0x100000;
    private static final long TABLES = 0x1000;

    private final long allocation = Raw.allocate(MEMORY + 4096);
    private final long base = allocation + 4095 & ~4095L;
    private final Cpu cpu;
    private final Interpreter engine;

    GuestLoop(String guest, EngineKind kind) throws IOException {
        Raw.fill(base, MEMORY, 0);
        byte[] image;
        try (InputStream in = GuestLoop.class.getResourceAsStream("/guests/" + guest + ".bin")) {
            if (in == null) {
                throw new IOException("no benchmark guest " + guest);
            }
            image = in.readAllBytes();
        }
        Raw.copyIn(image, 0, base + ENTRY, image.length);
        Raw.put64(base + TABLES, TABLES + 0x1007);
        Raw.put64(base + TABLES + 0x1000, TABLES + 0x2007);
        for (int i = 0; i < MEMORY >> 21; i++) {
            Raw.put64(base + TABLES + 0x2000 + 8 * i, (long) i << 21 | 0x87);
        }
        cpu = new Cpu(0, CpuModel.intelDefault(), this);
        engine = new Interpreter(cpu);
        engine.use(kind, Engine.CODE_CACHE);
        Reset.powerOn(cpu);
        cpu.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_WP | Control.CR0_NE | Control.CR0_MP;
        cpu.cr3 = TABLES;
        cpu.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT;
        cpu.efer = Control.EFER_LME | Control.EFER_LMA | Control.EFER_SCE;
        cpu.fcw = 0x37F;
        cpu.ftw = 0xFFFF;
        cpu.seg[Cpu.CS].set(8, 0, -1, 0x9B | Segment.L | Segment.G);
        for (int i : new int[] {Cpu.ES, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS}) {
            cpu.seg[i].set(16, 0, -1, 0x93 | Segment.DB | Segment.G);
        }
        cpu.rip = ENTRY;
        cpu.gpr(Cpu.RSP, 0x180000);
        cpu.tlb.flushAll();
        Modes.update(cpu);
    }

    /** Executes this many instructions. */
    void run(long instructions) {
        RunResult r = engine.run(instructions);
        if (r != RunResult.BUDGET) {
            throw new IllegalStateException("the benchmark guest stopped: " + r + " at " + Long.toHexString(cpu.rip));
        }
    }

    @Override
    public void close() {
        Raw.free(allocation);
    }

    @Override
    public long pageAddress(long physical) {
        return physical >= 0 && physical < MEMORY ? base + (physical & ~0xFFFL) : 0;
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
