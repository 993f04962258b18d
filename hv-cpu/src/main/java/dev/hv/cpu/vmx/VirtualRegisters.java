package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.state.ApicRegisterPage;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.VmExitSignal;

/**
 * Which accesses of a guest to its APIC are made to the virtual-APIC page instead: those to the APIC-access page (SDM vol. 3C, 29.4.2 and 29.4.3)
 * and those to x2APIC MSRs (29.5).
 */
final class VirtualRegisters {

    private static final int MSR_FIRST = 0x800;
    private static final int MSR_LAST = 0x8FF;
    private static final int MSR_TPR = 0x808;
    private static final int MSR_EOI = 0x80B;
    private static final int MSR_SELF_IPI = 0x83F;

    // Registers of the page by number (offset over 16), those of ISR, TMR and IRR apart
    private static final long READABLE = bits(0x02, 0x03, 0x08, 0x0B, 0x0D, 0x0E, 0x0F, 0x28, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x3E);
    private static final long WRITABLE = bits(0x02, 0x08, 0x0B, 0x0D, 0x0E, 0x0F, 0x28, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x3E);
    private static final long WRITABLE_BY_DELIVERY = bits(0x08, 0x0B, 0x30);
    private static final long TPR = bits(0x08);
    private static final int VECTORS_FIRST = 0x10;
    private static final int VECTORS_LAST = 0x27;

    private final VmxUnit unit;
    /** Of the access under way: how it was made, and its linear address. */
    private int access;
    private long linear;

    VirtualRegisters(VmxUnit unit) {
        this.unit = unit;
    }

    private static long bits(int... numbers) {
        long bits = 0;
        for (int n : numbers) {
            bits |= 1L << n;
        }
        return bits;
    }

    // ---- the APIC-access page -----------------------------------------------------------------------------------------

    /** An access to the page has been translated; what becomes of it is known when its size is. */
    void translated(int how, long guestLinear) {
        access = how;
        linear = guestLinear;
    }

    /** Throws the VM exit of an access to the page that is not virtualised. */
    void check(Cpu c, int offset, int size, int kind) {
        boolean within = (offset & 0xF) + size <= 4;
        int number = offset >>> 4;
        long registers = kind == Mem.WRITE ? writable() : readable(number);
        if (!within || number >= Long.SIZE || (registers >>> number & 1) == 0) {
            throw c.exit(VmExitSignal.Kind.APIC_ACCESS, access & ~3 | kind, 0, offset, linear);
        }
    }

    private long readable(int number) {
        if ((unit.secondary & APIC_REGISTER_VIRTUALIZATION) == 0) {
            return (unit.primary & TPR_SHADOW) != 0 ? TPR : 0;
        }
        return number >= VECTORS_FIRST && number <= VECTORS_LAST ? -1 : READABLE;
    }

    private long writable() {
        int secondary = unit.secondary;
        return (secondary & APIC_REGISTER_VIRTUALIZATION) != 0 ? WRITABLE
                : (secondary & VIRTUAL_INTERRUPT_DELIVERY) != 0 ? WRITABLE_BY_DELIVERY
                : (unit.primary & TPR_SHADOW) != 0 ? TPR : 0;
    }

    long read(Cpu c, int offset, int size) {
        check(c, offset, size, Mem.READ);
        return ApicRegisterPage.read(c, unit.vmcs.get(VmcsField.VIRTUAL_APIC_ADDRESS), offset, size);
    }

    void write(Cpu c, int offset, int size, long value) {
        check(c, offset, size, Mem.WRITE);
        if (c.code != null) {
            // the emulation comes before the next instruction
            c.code.alone();
        }
        long at = unit.vmcs.get(VmcsField.VIRTUAL_APIC_ADDRESS) + offset;
        switch (size) {
            case 1 -> PhysicalAccess.write8(c, at, (int) value);
            case 2 -> PhysicalAccess.write16(c, at, (int) value);
            default -> PhysicalAccess.write32(c, at, (int) value);
        }
        unit.apic.wrote(offset);
    }

    // ---- x2APIC MSRs --------------------------------------------------------------------------------------------------

    /** Whether an MSR is one of those that the controls may virtualise. */
    boolean concerns(int msr) {
        return msr >= MSR_FIRST && msr <= MSR_LAST && unit.inGuest() && (unit.secondary & VIRTUALIZE_X2APIC) != 0;
    }

    /** RDMSR of an MSR that {@link #concerns}. */
    long readMsr(Cpu c, int msr) {
        if (msr == MSR_TPR || (unit.secondary & APIC_REGISTER_VIRTUALIZATION) != 0) {
            return PhysicalAccess.read64(c, unit.vmcs.get(VmcsField.VIRTUAL_APIC_ADDRESS) + ((msr & 0xFF) << 4));
        }
        if (c.apic == null || !c.apic.canReadMsr(msr)) {
            throw c.gp();
        }
        return c.apic.readMsr(msr);
    }

    /** WRMSR of an MSR that {@link #concerns}. */
    void writeMsr(Cpu c, int msr, long value) {
        boolean delivery = (unit.secondary & VIRTUAL_INTERRUPT_DELIVERY) != 0;
        if (msr == MSR_TPR || delivery && (msr == MSR_EOI || msr == MSR_SELF_IPI)) {
            if (value >>> 8 != 0 || msr == MSR_EOI && value != 0) {
                throw c.gp();
            }
            int offset = (msr & 0xFF) << 4;
            PhysicalAccess.write32(c, unit.vmcs.get(VmcsField.VIRTUAL_APIC_ADDRESS) + offset, (int) value);
            unit.apic.wrote(offset);
        } else if (c.apic == null || !c.apic.writeMsr(msr, value)) {
            throw c.gp();
        }
    }
}
