package dev.hv.cpu.vmx;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.memory.FixtureMemory;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;

/**
 * A processor with 4 MiB of memory and a Java hypervisor on it, and a 64-bit guest that enters: guest-physical 0 to 2 MiB lies at
 * host 2 MiB, in 4 KiB pages; guest-linear equals guest-physical. Numbers are the SDM's, written out.
 */
final class VmxFixture extends FixtureMemory {

    static final long SIZE = 4 << 20;
    static final long VMXON = 0x1000;
    static final long VMCS = 0x2000;
    static final long VMCS2 = 0x3000;
    static final long MSR_BITMAP = 0x4000;
    static final long IO_A = 0x5000;
    static final long IO_B = 0x6000;
    static final long VIRTUAL_APIC = 0x7000;
    static final long MSR_AREA = 0x8000;
    static final long EPT_PML4 = 0x10000;
    static final long EPT_PDPT = 0x11000;
    static final long EPT_PD = 0x12000;
    static final long EPT_PT = 0x13000;
    static final long EPTP = EPT_PML4 | 3 << 3 | 6;
    static final long GUEST = 0x200000;
    static final long GUEST_PML4 = 0x10000;
    static final long GUEST_IDT = 0x8000;
    private static final long GUEST_GDT = 0x9800;

    static final int PIN = 0x16;
    static final int PRIMARY = 0x04006172;
    static final int SECONDARY = 1 << 31;
    static final int EXIT = 0x36DFB | 1 << 9;
    static final int ENTRY = 0x11FB | 1 << 9;

    final Cpu c;
    final VmxUnit unit;
    final Interpreter engine;

    VmxFixture() {
        this("intel");
    }

    /** On a processor of this model. */
    VmxFixture(String model) {
        super(SIZE, GUEST);
        c = new Cpu(0, CpuModels.parse(model), this);
        c.time = () -> c.instructions;
        unit = new VmxUnit(c, new MsrAccess() {
            @Override
            public long read(Cpu cpu, int msr) {
                return Msrs.read(cpu, msr);
            }

            @Override
            public void write(Cpu cpu, int msr, long value) {
                Msrs.write(cpu, msr, value);
            }
        });
        c.virtualization = unit;
        engine = new Interpreter(c);
        NativeHost.start(unit, VMXON);
        NativeHost.format(unit, VMCS);
        NativeHost.format(unit, VMCS2);
        unit.vmclear(VMCS);
        unit.vmptrld(VMCS);
        tables();
        NativeHost.writeHostState(unit);
        unit.vmwrite(VmcsField.HOST_RIP, 0xFFFF800000001000L);
        unit.vmwrite(VmcsField.HOST_RSP, 0xFFFF800000002000L);
        controls();
        guest64();
    }

    private void tables() {
        put64(EPT_PML4, EPT_PDPT | 7);
        put64(EPT_PDPT, EPT_PD | 7);
        put64(EPT_PD, EPT_PT | 7);
        for (int i = 0; i < 512; i++) {
            put64(EPT_PT + 8 * i, GUEST + 4096L * i | 6 << 3 | 7);
        }
        put64(GUEST + GUEST_PML4, GUEST_PML4 + 0x1000 | 7);
        put64(GUEST + GUEST_PML4 + 0x1000, GUEST_PML4 + 0x2000 | 7);
        put64(GUEST + GUEST_PML4 + 0x2000, 0x87);
    }

    private void controls() {
        w(VmcsField.PIN_CONTROLS, PIN);
        w(VmcsField.PRIMARY_CONTROLS, PRIMARY | SECONDARY);
        w(VmcsField.SECONDARY_CONTROLS, 1 << 1 | 1 << 5 | 1 << 7);
        w(VmcsField.EXIT_CONTROLS, EXIT);
        w(VmcsField.ENTRY_CONTROLS, ENTRY);
        w(VmcsField.VPID, 1);
        w(VmcsField.EPT_POINTER, EPTP);
    }

    private void guest64() {
        w(VmcsField.GUEST_CR0, 0x80010033L);
        w(VmcsField.GUEST_CR3, GUEST_PML4);
        w(VmcsField.GUEST_CR4, 0x2020);
        w(VmcsField.GUEST_EFER, 0xD01);
        w(VmcsField.GUEST_DR7, 0x400);
        segment(1, 0x08, 0, 0xFFFFFFFFL, 0xA09B);
        for (int i : new int[] {0, 2, 3, 4, 5}) {
            segment(i, 0x10, 0, 0xFFFFFFFFL, 0xC093);
        }
        segment(6, 0, 0, 0, 0x10000);
        segment(7, 0x18, 0x9000, 0x67, 0x8B);
        w(VmcsField.GUEST_GDTR_LIMIT, 0xFF);
        w(VmcsField.GUEST_IDTR_BASE, GUEST_IDT);
        w(VmcsField.GUEST_IDTR_LIMIT, 0xFFF);
        w(VmcsField.GUEST_RFLAGS, 2);
        w(VmcsField.GUEST_RIP, 0x1000);
        w(VmcsField.GUEST_RSP, 0x7000);
        w(VmcsField.VMCS_LINK_POINTER, -1);
    }

    /** A real-mode guest at 0000:1000, unpaged (unrestricted guest). */
    VmxFixture realMode() {
        w(VmcsField.ENTRY_CONTROLS, 0x11FB | 1 << 15);
        w(VmcsField.GUEST_EFER, 0);
        w(VmcsField.GUEST_CR0, 0x30);
        w(VmcsField.GUEST_CR4, 0x2000);
        segment(1, 0, 0, 0xFFFF, 0x9B);
        for (int i : new int[] {0, 2, 3, 4, 5}) {
            segment(i, 0, 0, 0xFFFF, 0x93);
        }
        w(VmcsField.GUEST_IDTR_BASE, 0);
        return this;
    }

    /** Gives the guest an IDT whose handlers are CPUID, so that the exit's RIP tells which one ran, and a GDT for it. */
    void handlers() {
        w(VmcsField.GUEST_GDTR_BASE, GUEST_GDT);
        put64(GUEST + GUEST_GDT + 8, 0x00AF9B000000FFFFL);
        put64(GUEST + GUEST_GDT + 16, 0x00CF93000000FFFFL);
        for (int v = 0; v < 128; v++) {
            long handler = handler(v);
            put64(GUEST + GUEST_IDT + 16 * v, handler & 0xFFFF | 8L << 16 | 0x8E00L << 32 | handler >>> 16 << 48);
            code(handler, 0x0F, 0xA2);
        }
    }

    /** Where the handler of a vector is. */
    static long handler(int vector) {
        return 0x2000 + 16 * vector;
    }

    /** Sets a segment, in the order ES CS SS DS FS GS LDTR TR. */
    void segment(int i, int selector, long base, long limit, int access) {
        w(VmcsField.GUEST_ES_SELECTOR + 2 * i, selector);
        w(VmcsField.GUEST_ES_BASE + 2 * i, base);
        w(VmcsField.GUEST_ES_LIMIT + 2 * i, limit);
        w(VmcsField.GUEST_ES_ACCESS_RIGHTS + 2 * i, access);
    }

    void w(int field, long value) {
        int error = unit.vmwrite(field, value);
        if (error != VmxError.NONE) {
            throw new AssertionError("VMWRITE 0x" + Integer.toHexString(field) + " fails with " + error);
        }
    }

    long r(int field) {
        return unit.vmread(field);
    }

    /** Sets control bits. */
    void with(int field, int bits) {
        w(field, r(field) | bits & 0xFFFFFFFFL);
    }

    /** Clears control bits. */
    void without(int field, int bits) {
        w(field, r(field) & ~(long) bits);
    }

    /** Enters the guest, which must succeed. */
    VmxFixture enter() {
        int error = unit.vmcs.launched ? unit.resume() : unit.launch();
        if (error != VmxError.NONE || unit.exitedToNativeHost()) {
            throw new AssertionError("entry fails: error " + error + ", exit reason " + Long.toHexString(r(VmcsField.EXIT_REASON))
                    + ", qualification " + r(VmcsField.EXIT_QUALIFICATION));
        }
        return this;
    }

    /** Enters the guest and runs it until it exits; gives the exit reason. */
    int run() {
        enter();
        RunResult result = engine.run(10_000);
        if (result != RunResult.VM_EXIT || !unit.exitedToNativeHost()) {
            throw new AssertionError("no VM exit but " + result + " at " + Long.toHexString(c.rip));
        }
        return (int) r(VmcsField.EXIT_REASON);
    }

    long qualification() {
        return r(VmcsField.EXIT_QUALIFICATION);
    }
}
