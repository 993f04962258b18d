package dev.hv.core.hypervisor.vmx;

import static dev.hv.core.hypervisor.vmx.EnlightenedVmcsLayout.*;

import dev.hv.core.hypervisor.hardware.NestedAssist;
import dev.hv.core.tlfs.HvNestedAssist;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.PhysicalPage;
import dev.hv.cpu.vmx.EnlightenedVmcs;
import dev.hv.cpu.vmx.VmcsField;
import dev.hv.cpu.vmx.VmxUnit;

/** The enlightened VMCS that a hypervisor in a partition names in its VP assist page: read and written in guest-physical memory. */
final class NestedVmcsPage implements EnlightenedVmcs {

    private static final int GUEST_STATE = 2;

    private final Cpu registers;
    private final NestedAssist assist;
    /** The page in hand, while its fields are moved. */
    private final PhysicalPage fields;
    private boolean bitmapClean;

    NestedVmcsPage(Cpu registers, NestedAssist assist) {
        this.registers = registers;
        this.assist = assist;
        fields = new PhysicalPage(registers);
    }

    private boolean used() {
        return assist.assist(HvNestedAssist.ENLIGHTEN_ENTRY, 1) != 0;
    }

    @Override
    public boolean begin(VmxUnit unit, boolean resume) {
        long region = assist.assist(HvNestedAssist.CURRENT_VMCS, 8);
        if (!used() || !PhysicalAccess.valid(registers, region, Page.SIZE) || PhysicalAccess.read32(registers, region) != REVISION) {
            return false;
        }
        boolean fresh = unit.adopt(region, resume);
        fields.at(region);
        fields.settle();
        int clean = fresh || !resume ? 0 : fields.get32(CLEAN_FIELDS);
        for (int i = 0; i < fields(); i++) {
            int group = group(i);
            if (group != READ_ONLY && (group == ALWAYS || (clean >>> group & 1) == 0)) {
                unit.field(encoding(i), read(offset(i), size(i)));
            }
        }
        bitmapClean = (clean & CLEAN_MSR_BITMAP) != 0 && (fields.get32(ENLIGHTENMENTS) & MSR_BITMAP_TOLD) != 0;
        return true;
    }

    @Override
    public void end(VmxUnit unit) {
        fields.at(unit.vmptrst());
        fields.settle();
        for (int i = 0; i < fields(); i++) {
            int encoding = encoding(i);
            boolean changes = group(i) == READ_ONLY || (encoding >>> 10 & 3) == GUEST_STATE || encoding == VmcsField.ENTRY_INTERRUPTION_INFO
                    || encoding == VmcsField.ENTRY_CONTROLS;
            if (changes) {
                write(offset(i), size(i), unit.field(encoding));
            }
        }
    }

    @Override
    public boolean is(long region) {
        return used() && PhysicalAccess.read32(registers, region) == REVISION;
    }

    private long read(int offset, int size) {
        return switch (size) {
            case 2 -> fields.get16(offset);
            case 4 -> fields.get32(offset) & 0xFFFF_FFFFL;
            default -> fields.get(offset);
        };
    }

    private void write(int offset, int size, long value) {
        switch (size) {
            case 2 -> fields.set16(offset, (int) value);
            case 4 -> fields.set32(offset, (int) value);
            default -> fields.set(offset, value);
        }
    }

    /** Whether the hypervisor said at the last entry that the contents of its MSR bitmap were those of the entry before. */
    boolean bitmapClean(VmxUnit unit) {
        return unit.enlightened() && bitmapClean;
    }

    /** Whether the guest's own flushes are carried out without its hypervisor. */
    boolean directFlush(VmxUnit unit) {
        return unit.enlightened() && (assist.assist(HvNestedAssist.CONTROL, 4) & HvNestedAssist.DIRECT_HYPERCALL) != 0
                && (PhysicalAccess.read32(registers, unit.vmptrst() + ENLIGHTENMENTS) & NESTED_FLUSH) != 0;
    }

    /** The hypervisor's number of the machine that its guest is. */
    long vmId(VmxUnit unit) {
        return PhysicalAccess.read64(registers, unit.vmptrst() + VM_ID);
    }

    /** The hypervisor's number of the processor that its guest is. */
    int vpId(VmxUnit unit) {
        return PhysicalAccess.read32(registers, unit.vmptrst() + VP_ID);
    }

    /** Whether the hypervisor wants an exit after a flush: its count of those who hold the TLB is not 0. */
    boolean exitsAfterFlush(VmxUnit unit) {
        long page = PhysicalAccess.read64(registers, unit.vmptrst() + PARTITION_ASSIST);
        return page != 0 && PhysicalAccess.valid(registers, page, Page.SIZE) && PhysicalAccess.read32(registers, page) != 0;
    }
}
