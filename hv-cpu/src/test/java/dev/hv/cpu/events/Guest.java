package dev.hv.cpu.events;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import java.lang.ref.Cleaner;

/**
 * A processor with 4 MiB of memory and hand-built tables for tests of the protected-mode machinery: GDT, IDT, TSS and stacks at
 * fixed places, linear addresses equal to physical ones.
 */
public final class Guest {

    public static final int MEMORY = 4 << 20;
    public static final int GDT = 0x1000;
    public static final int IDT = 0x2000;
    public static final int TSS = 0x4000;
    public static final int LDT = 0x5000;
    public static final int PAGES = 0x10000;
    public static final int CODE = 0x100000;
    public static final int KERNEL_STACK = 0x201000;
    public static final int USER_STACK = 0x302000;

    public static final int KERNEL_CODE = 0x08;
    public static final int KERNEL_DATA = 0x10;
    public static final int USER_CODE32 = 0x18;
    public static final int USER_DATA = 0x20;
    public static final int USER_CODE = 0x28;
    public static final int TASK = 0x30;
    public static final int LDT_SELECTOR = 0x40;
    public static final int SPARE = 0x50;

    /** Descriptors: present, accessed, base 0, limit 4 GiB. */
    public static final long CODE64 = 0x00AF9B000000FFFFL;
    public static final long CODE32 = 0x00CF9B000000FFFFL;
    public static final long CODE16 = 0x008F9B000000FFFFL;
    public static final long DATA32 = 0x00CF93000000FFFFL;
    public static final long DPL3 = 3L << 45;

    private static final Cleaner CLEANER = Cleaner.create();

    public final Cpu c;
    private final long raw;

    private Guest(CpuModel model) {
        long block = Raw.allocate(MEMORY + 4096);
        raw = block + 4095 & ~0xFFFL;
        Raw.fill(raw, MEMORY, 0);
        CLEANER.register(this, () -> Raw.free(block));
        c = new Cpu(0, model, new Memory());
        Reset.powerOn(c);
    }

    /** Reset state: real mode. */
    public static Guest real() {
        return real(CpuModel.intelDefault());
    }

    /** As {@link #real()} with a model of choice. */
    public static Guest real(CpuModel model) {
        Guest g = new Guest(model);
        g.c.seg[Cpu.CS].set(0, 0, 0xFFFF, 0x9B);
        g.c.idtrLimit = 0x3FF;
        g.c.gpr(Cpu.RSP, 0x8000);
        g.c.rip = 0x7C00;
        Modes.update(g.c);
        return g;
    }

    /** 32-bit protected mode without paging, privilege level 0. */
    public static Guest protected32() {
        return protected32(CpuModel.intelDefault());
    }

    /** As {@link #protected32()} with a model of choice. */
    public static Guest protected32(CpuModel model) {
        Guest g = new Guest(model);
        g.tables(CODE32, CODE32);
        g.put32(TSS + 4, KERNEL_STACK);
        g.put32(TSS + 8, KERNEL_DATA);
        g.put32(TSS + 0x64, 0x680000);
        g.put64(GDT + TASK, tss(TSS, 0x67, 11));
        g.c.cr0 = Control.CR0_PE | Control.CR0_ET;
        g.c.tr.set(TASK, TSS, 0x67, 0x8B);
        g.c.idtrLimit = 256 * 8 - 1;
        g.enter(KERNEL_CODE, CODE32, KERNEL_STACK - 0x800);
        return g;
    }

    /** 64-bit mode, 4 MiB identity-mapped by user-accessible 4 KiB pages, privilege level 0. */
    public static Guest long64() {
        return long64(CpuModel.intelDefault());
    }

    /** As {@link #long64()} with a model of choice. */
    public static Guest long64(CpuModel model) {
        Guest g = new Guest(model);
        g.tables(CODE64, CODE64);
        g.put64(TSS + 4, KERNEL_STACK);
        g.put64(TSS + 0x24, 0x281000);
        g.put32(TSS + 0x64, 0x680000);
        g.put64(GDT + TASK, tss(TSS, 0x67, 11));
        g.put64(PAGES, PAGES + 0x1000 | 7);
        g.put64(PAGES + 0x1000, PAGES + 0x2000 | 7);
        for (int i = 0; i < 2; i++) {
            g.put64(PAGES + 0x2000 + 8 * i, PAGES + 0x3000 + 0x1000 * i | 7);
        }
        for (int page = 0; page < MEMORY; page += 4096) {
            g.put64(pte(page), page | 7);
        }
        Cpu c = g.c;
        c.cr0 = Control.CR0_PE | Control.CR0_ET | Control.CR0_NE | Control.CR0_WP | Control.CR0_PG;
        c.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR;
        c.efer = Control.EFER_LME | Control.EFER_LMA | Control.EFER_SCE | Control.EFER_NXE;
        c.cr3 = PAGES;
        c.tr.set(TASK, TSS, 0x67, 0x8B);
        c.idtrLimit = 256 * 16 - 1;
        g.enter(KERNEL_CODE, CODE64, KERNEL_STACK - 0x800);
        return g;
    }

    /** Address of the page-table entry of a page in {@link #long64}. */
    public static int pte(int page) {
        return PAGES + 0x3000 + (page >> 12) * 8;
    }

    private void tables(long kernel, long user) {
        put64(GDT + KERNEL_CODE, kernel);
        put64(GDT + KERNEL_DATA, DATA32);
        put64(GDT + USER_CODE32, CODE32 | DPL3);
        put64(GDT + USER_DATA, DATA32 | DPL3);
        put64(GDT + USER_CODE, user | DPL3);
        c.gdtrBase = GDT;
        c.gdtrLimit = 0xFF;
        c.idtrBase = IDT;
    }

    private void enter(int selector, long code, long rsp) {
        c.seg[Cpu.CS].setFromDescriptor(selector, code);
        for (int s : new int[] {Cpu.ES, Cpu.SS, Cpu.DS}) {
            c.seg[s].setFromDescriptor(KERNEL_DATA, DATA32);
        }
        c.seg[Cpu.FS].set(0, 0, 0, Segment.UNUSABLE);
        c.seg[Cpu.GS].set(0, 0, 0, Segment.UNUSABLE);
        c.ldtr.set(0, 0, 0, Segment.UNUSABLE | 0x82);
        c.gpr(Cpu.RSP, rsp);
        c.rip = CODE;
        c.rflagsOther(Rflags.FIXED | Rflags.IF);
        c.cpl = 0;
        c.tlb.flushAll();
        Modes.update(c);
    }

    /** Moves to privilege level 3 with the user segments and stack. */
    public Guest user() {
        long code = get64(GDT + USER_CODE);
        c.seg[Cpu.CS].setFromDescriptor(USER_CODE | 3, code);
        for (int s : new int[] {Cpu.ES, Cpu.SS, Cpu.DS}) {
            c.seg[s].setFromDescriptor(USER_DATA | 3, DATA32 | DPL3);
        }
        c.gpr(Cpu.RSP, USER_STACK);
        c.cpl = 3;
        Modes.update(c);
        return this;
    }

    /** A TSS descriptor (its lower half in IA-32e mode). */
    public static long tss(long base, int limit, int type) {
        return limit & 0xFFFF | (base & 0xFFFFFF) << 16 | (0x80L | type) << 40 | (base >>> 24 & 0xFF) << 56;
    }

    /** Writes a 16-byte interrupt (14) or trap (15) gate. */
    public void gate64(int vector, int selector, long offset, int type, int dpl, int ist) {
        put64(IDT + vector * 16, offset & 0xFFFF | (long) selector << 16 | (long) ist << 32 | (0x80L | dpl << 5 | type) << 40 | (offset >>> 16 & 0xFFFF) << 48);
        put64(IDT + vector * 16 + 8, offset >>> 32);
    }

    /** Writes an 8-byte gate into the IDT. */
    public void gate(int vector, int selector, long offset, int type, int dpl) {
        put64(IDT + vector * 8, descriptorOfGate(selector, offset, type, dpl, 0));
    }

    /** An 8-byte gate. */
    public static long descriptorOfGate(int selector, long offset, int type, int dpl, int parameters) {
        return offset & 0xFFFF | (long) selector << 16 | (long) parameters << 32 | (0x80L | dpl << 5 | type) << 40 | (offset >>> 16 & 0xFFFF) << 48;
    }

    /** An instruction at RIP with this operand size and length, register operands 0. */
    public Insn insn(int opSize, int length) {
        Insn d = new Insn();
        d.rip = c.rip;
        d.length = length;
        d.mode = c.mode;
        d.opSize = opSize;
        d.addrSize = c.mode64() ? 64 : (c.mode & Modes.CODE32) != 0 ? 32 : 16;
        d.base = Cpu.ZERO;
        d.index = Cpu.ZERO;
        d.seg = Cpu.DS;
        d.segOverride = -1;
        return d;
    }

    /** An instruction with register operands. */
    public Insn registers(int opSize, int reg, int rm) {
        Insn d = insn(opSize, 3);
        d.isReg = true;
        d.reg = reg;
        d.rm = rm;
        return d;
    }

    /** An instruction with a memory operand at an absolute address. */
    public Insn memory(int opSize, int reg, long address) {
        Insn d = insn(opSize, 5);
        d.reg = reg;
        d.disp = address;
        return d;
    }

    /** Runs something that must fault; returns vector and error code as {@code vector << 16 | errorCode}. */
    public static int fault(Runnable r) {
        try {
            r.run();
        } catch (GuestFault f) {
            return f.vector << 16 | f.errorCode;
        }
        throw new AssertionError("no fault");
    }

    /** What {@link #fault} gives for a vector with an error code. */
    public static int with(int vector, int errorCode) {
        return vector << 16 | errorCode;
    }

    public long get64(long a) {
        return Raw.get64(raw + a);
    }

    public int get32(long a) {
        return Raw.get32(raw + a);
    }

    public int get16(long a) {
        return Raw.get16(raw + a) & 0xFFFF;
    }

    public int get8(long a) {
        return Raw.get8(raw + a) & 0xFF;
    }

    public void put64(long a, long v) {
        Raw.put64(raw + a, v);
    }

    public void put32(long a, int v) {
        Raw.put32(raw + a, v);
    }

    public void put16(long a, int v) {
        Raw.put16(raw + a, (short) v);
    }

    public void put8(long a, int v) {
        Raw.put8(raw + a, (byte) v);
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
            return size == 8 ? -1 : (1L << 8 * size) - 1;
        }

        @Override
        public void write(long physical, int size, long value) {}

        @Override
        public void watchCode(long physical, int lines, CodeWatcher watcher) {}
    }
}
