package dev.hv.cpu.svm;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.memory.FixtureMemory;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Modes;

/**
 * A processor with 4 MiB of memory and a Java hypervisor on it, and a 64-bit guest that enters: guest-physical 0 to 2 MiB lies at
 * host 2 MiB, in 4 KiB pages; guest-linear equals guest-physical. Numbers are the APM's, written out.
 */
final class SvmFixture extends FixtureMemory {

    static final long SIZE = 4 << 20;
    static final long HOST_SAVE = 0x1000;
    static final long VMCB = 0x2000;
    static final long MSRPM = 0x4000;
    static final long IOPM = 0x6000;
    static final long NPT_PML4 = 0x10000;
    static final long NPT_PT = 0x13000;
    static final long GUEST = 0x200000;
    static final long GUEST_PML4 = 0x10000;
    static final long HOST_RIP = 0xFFFF800000001000L;

    static final int VMMCALL = 0x81;
    static final int[] CALL = {0x0F, 0x01, 0xD9};

    final Cpu c;
    final SvmUnit unit;
    final Interpreter engine;
    final Vmcb v;

    SvmFixture() {
        this(CpuModel.amdDefault());
    }

    SvmFixture(CpuModel model) {
        super(SIZE, GUEST);
        c = new Cpu(0, model, this);
        c.time = () -> c.instructions;
        unit = new SvmUnit(c);
        c.virtualization = unit;
        engine = new Interpreter(c);
        host();
        v = new Vmcb(c);
        v.at(VMCB);
        tables();
        intercept(0x80, 0x81, 0x7F, 0x60, 0x61);
        put64(VMCB + 0x40, IOPM);
        put64(VMCB + 0x48, MSRPM);
        v.set32(0x58, 1);
        put64(VMCB + 0x90, 1);
        put64(VMCB + 0xB0, NPT_PML4);
        guest64();
    }

    /** Makes the processor the hypervisor's, which runs 64-bit code. */
    void host() {
        c.cr0 = 0x80010031L;
        c.cr4 = 0x20;
        c.efer = 0x1D01;
        c.rflagsOther(0x202);
        c.rip = HOST_RIP;
        c.seg[Cpu.CS].set(8, 0, -1, 0xA09B);
        c.activity = Cpu.ACTIVE;
        c.debugCtl = 0;
        Modes.update(c);
        unit.setNativeHost(true);
        unit.writeMsr(c, 0xC0010117, HOST_SAVE);
        unit.clgi();
    }

    private void tables() {
        put64(NPT_PML4, NPT_PML4 + 0x1000 | 7);
        put64(NPT_PML4 + 0x1000, NPT_PML4 + 0x2000 | 7);
        put64(NPT_PML4 + 0x2000, NPT_PT | 7);
        for (int i = 0; i < 512; i++) {
            put64(NPT_PT + 8 * i, GUEST + 4096L * i | 7);
        }
        put64(GUEST + GUEST_PML4, GUEST_PML4 + 0x1000 | 7);
        put64(GUEST + GUEST_PML4 + 0x1000, GUEST_PML4 + 0x2000 | 7);
        put64(GUEST + GUEST_PML4 + 0x2000, 0x87);
    }

    private void guest64() {
        put64(VMCB + 0x558, 0x80010031L);
        put64(VMCB + 0x550, GUEST_PML4);
        put64(VMCB + 0x548, 0x20);
        put64(VMCB + 0x4D0, 0x1D01);
        put64(VMCB + 0x560, 0x400);
        put64(VMCB + 0x568, 0xFFFF0FF0L);
        put64(VMCB + 0x668, 0x0007040600070406L);
        segment(0x410, 0x08, 0xA9B, -1, 0);
        for (int s : new int[] {0x400, 0x420, 0x430, 0x440, 0x450}) {
            segment(s, 0x10, 0xC93, -1, 0);
        }
        segment(0x490, 0x18, 0x8B, 0x67, 0x9000);
        segment(0x480, 0, 0, 0xFFF, 0x8000);
        segment(0x460, 0, 0, 0xFF, 0x8F00);
        // flat 64-bit code and data, for gates and IRET
        put64(GUEST + 0x8F08, 0x00209B0000000000L);
        put64(GUEST + 0x8F10, 0x00CF93000000FFFFL);
        put64(VMCB + 0x570, 2);
        put64(VMCB + 0x578, 0x1000);
        put64(VMCB + 0x5D8, 0x7000);
    }

    @Override
    public void code(long guestPhysical, int... bytes) {
        super.code(guestPhysical, bytes);
        // nobody watches memory here
        engine.clearCode();
    }

    /** Puts a 64-bit interrupt gate to {@code handler} into the guest's IDT. */
    void gate(int vector, long handler) {
        put64(GUEST + 0x8000 + 16L * vector, handler & 0xFFFF | 8 << 16 | 0x8E00L << 32);
        put64(GUEST + 0x8008 + 16L * vector, 0);
    }

    void segment(int field, int selector, int attributes, int limit, long base) {
        v.set16(field, selector);
        v.set16(field + 2, attributes);
        v.set32(field + 4, limit);
        v.set(field + 8, base);
    }

    /** Sets intercepts by exit code. */
    void intercept(int... codes) {
        for (int code : codes) {
            int at = 4 * (code >>> 5);
            v.set32(at, v.get32(at) | 1 << code);
        }
    }

    void noIntercept(int code) {
        int at = 4 * (code >>> 5);
        v.set32(at, v.get32(at) & ~(1 << code));
    }

    long r(int field) {
        return v.get(field);
    }

    void w(int field, long value) {
        v.set(field, value);
    }

    /** VMRUN, and the guest until it exits; gives the exit code. */
    long run() {
        unit.vmrun(VMCB);
        RunResult result = engine.run(10_000);
        if (result != RunResult.VM_EXIT || !unit.exitedToNativeHost()) {
            throw new AssertionError("no exit but " + result + " at " + Long.toHexString(c.rip));
        }
        return r(0x70);
    }

    /** As {@link #run}, from RIP 0x1000. */
    long runAgain() {
        w(0x578, 0x1000);
        return run();
    }
}
