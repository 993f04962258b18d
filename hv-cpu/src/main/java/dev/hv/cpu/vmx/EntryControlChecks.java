package dev.hv.cpu.vmx;

import static dev.hv.cpu.state.PhysicalAccess.valid;
import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Vector;

/** Checks on VM-execution, VM-exit and VM-entry control fields (SDM vol. 3C, 26.2.1), in the manual's order. */
final class EntryControlChecks {

    /** Bytes of a posted-interrupt descriptor, and what its address is a multiple of. */
    private static final int DESCRIPTOR = 64;

    private EntryControlChecks() {}

    /** Whether the fields pass; if not, VM entry fails with error 7. What other fields and memory have no part in is checked again only when it has changed. */
    static boolean pass(VmxUnit unit, Vmcs v) {
        if (!v.passed(Vmcs.CONTROLS) && !(execution(unit, v) && exit(unit, v) && entry(unit, v))) {
            return false;
        }
        int info = v.get32(VmcsField.ENTRY_INTERRUPTION_INFO);
        return threshold(unit, v) && ((info & INFO_VALID) == 0 || injection(unit, v, info));
    }

    /** The TPR threshold is held to the virtual TPR, which is in memory. */
    private static boolean threshold(VmxUnit unit, Vmcs v) {
        return (v.get32(VmcsField.PRIMARY_CONTROLS) & TPR_SHADOW) == 0 || (unit.secondaryControls() & (VIRTUALIZE_APIC | VIRTUAL_INTERRUPT_DELIVERY)) != 0
                || v.get32(VmcsField.TPR_THRESHOLD) <= unit.virtualTpr() >>> 4;
    }

    private static boolean within(int value, int required, int allowed) {
        return (value & required) == required && (value & ~allowed) == 0;
    }

    /** 26.2.1.1 VM-execution control fields. */
    private static boolean execution(VmxUnit unit, Vmcs v) {
        Cpu c = unit.c;
        int pin = v.get32(VmcsField.PIN_CONTROLS);
        int primary = v.get32(VmcsField.PRIMARY_CONTROLS);
        int secondary = unit.secondaryControls();
        if (!within(pin, VmxCapabilities.PIN_REQUIRED, unit.capabilities.pinAllowed())
                || !within(primary, VmxCapabilities.PRIMARY_REQUIRED, VmxCapabilities.PRIMARY_ALLOWED)
                || (secondary & ~unit.capabilities.secondaryAllowed()) != 0
                || v.get(VmcsField.CR3_TARGET_COUNT) > VmxCapabilities.CR3_TARGETS) {
            return false;
        }
        if ((primary & IO_BITMAPS) != 0 && !(valid(c, v.get(VmcsField.IO_BITMAP_A), Page.SIZE) && valid(c, v.get(VmcsField.IO_BITMAP_B), Page.SIZE))) {
            return false;
        }
        if ((primary & MSR_BITMAPS) != 0 && !valid(c, v.get(VmcsField.MSR_BITMAP), Page.SIZE)) {
            return false;
        }
        if ((primary & TPR_SHADOW) != 0) {
            long apic = v.get(VmcsField.VIRTUAL_APIC_ADDRESS);
            int threshold = v.get32(VmcsField.TPR_THRESHOLD);
            boolean delivery = (secondary & VIRTUAL_INTERRUPT_DELIVERY) != 0;
            if (!valid(c, apic, Page.SIZE) || !delivery && (threshold & ~0xF) != 0) {
                return false;
            }
        } else if ((secondary & (VIRTUALIZE_X2APIC | APIC_REGISTER_VIRTUALIZATION | VIRTUAL_INTERRUPT_DELIVERY)) != 0) {
            return false;
        }
        if ((pin & PIN_NMI) == 0 && (pin & PIN_VIRTUAL_NMI) != 0 || (pin & PIN_VIRTUAL_NMI) == 0 && (primary & NMI_WINDOW) != 0) {
            return false;
        }
        if ((secondary & VIRTUALIZE_APIC) != 0 && !valid(c, v.get(VmcsField.APIC_ACCESS_ADDRESS), Page.SIZE)) {
            return false;
        }
        if ((secondary & (VIRTUALIZE_X2APIC | VIRTUALIZE_APIC)) == (VIRTUALIZE_X2APIC | VIRTUALIZE_APIC)
                || (secondary & VIRTUAL_INTERRUPT_DELIVERY) != 0 && (pin & PIN_EXTERNAL_INTERRUPT) == 0
                || (pin & PIN_POSTED_INTERRUPTS) != 0 && !postedInterrupts(c, v, secondary)) {
            return false;
        }
        if ((secondary & ENABLE_VPID) != 0 && v.get(VmcsField.VPID) == 0) {
            return false;
        }
        if ((secondary & EPT) != 0 ? !eptPointer(unit, v.get(VmcsField.EPT_POINTER))
                : (secondary & (ENABLE_PML | UNRESTRICTED_GUEST | MODE_BASED_EXECUTE)) != 0) {
            return false;
        }
        if ((secondary & ENABLE_PML) != 0 && !valid(c, v.get(VmcsField.PML_ADDRESS), Page.SIZE)) {
            return false;
        }
        if ((secondary & ENABLE_VM_FUNCTIONS) != 0 && !functions(unit, v, secondary)) {
            return false;
        }
        if ((secondary & VMCS_SHADOWING) != 0
                && !(valid(c, v.get(VmcsField.VMREAD_BITMAP), Page.SIZE) && valid(c, v.get(VmcsField.VMWRITE_BITMAP), Page.SIZE))) {
            return false;
        }
        return (secondary & EPT_VIOLATION_VE) == 0 || valid(c, v.get(VmcsField.VE_INFORMATION_ADDRESS), Page.SIZE);
    }

    private static boolean postedInterrupts(Cpu c, Vmcs v, int secondary) {
        return (secondary & VIRTUAL_INTERRUPT_DELIVERY) != 0 && (v.get32(VmcsField.EXIT_CONTROLS) & EXIT_ACK_INTERRUPT) != 0
                && v.get(VmcsField.POSTED_INTERRUPT_VECTOR) <= 0xFF && valid(c, v.get(VmcsField.POSTED_INTERRUPT_DESCRIPTOR), DESCRIPTOR);
    }

    private static boolean functions(VmxUnit unit, Vmcs v, int secondary) {
        long functions = v.get(VmcsField.VM_FUNCTION_CONTROLS);
        boolean switching = (functions & EPTP_SWITCHING) != 0;
        return (functions & ~unit.capabilities.functionsAllowed()) == 0
                && (!switching || (secondary & EPT) != 0 && valid(unit.c, v.get(VmcsField.EPTP_LIST_ADDRESS), Page.SIZE));
    }

    /** EPT pointer (24.6.11): memory type UC or WB, four levels, or five where the processor has them, reserved bits. Also an operand check of INVEPT and of EPTP switching. */
    static boolean eptPointer(VmxUnit unit, long pointer) {
        Cpu c = unit.c;
        int type = (int) pointer & 7;
        int reserved = unit.capabilities.accessedDirty() ? 0xF80 : 0xFC0;
        return (type == 0 || type == 6) && ((pointer >>> 3 & 7) == 3 || (pointer >>> 3 & 7) == 4 && c.model.has(Feature.LA57))
                && (pointer & reserved) == 0 && (pointer & ~c.model.physicalMask()) == 0;
    }

    /** 26.2.1.2 VM-exit control fields. */
    private static boolean exit(VmxUnit unit, Vmcs v) {
        Cpu c = unit.c;
        int exit = v.get32(VmcsField.EXIT_CONTROLS);
        if (!within(exit, VmxCapabilities.EXIT_REQUIRED, unit.capabilities.exitAllowed())) {
            return false;
        }
        if ((v.get32(VmcsField.PIN_CONTROLS) & PIN_PREEMPTION_TIMER) == 0 && (exit & EXIT_SAVE_TIMER) != 0) {
            return false;
        }
        return msrArea(unit.c, v.get(VmcsField.EXIT_MSR_STORE_ADDRESS), v.get(VmcsField.EXIT_MSR_STORE_COUNT))
                && msrArea(unit.c, v.get(VmcsField.EXIT_MSR_LOAD_ADDRESS), v.get(VmcsField.EXIT_MSR_LOAD_COUNT));
    }

    private static boolean msrArea(Cpu c, long address, long count) {
        return count == 0 || valid(c, address, 16) && (address + 16 * count - 1 & ~c.model.physicalMask()) == 0;
    }

    /** 26.2.1.3 VM-entry control fields. */
    private static boolean entry(VmxUnit unit, Vmcs v) {
        int entry = v.get32(VmcsField.ENTRY_CONTROLS);
        if (!within(entry, VmxCapabilities.ENTRY_REQUIRED, unit.capabilities.entryAllowed())) {
            return false;
        }
        return msrArea(unit.c, v.get(VmcsField.ENTRY_MSR_LOAD_ADDRESS), v.get(VmcsField.ENTRY_MSR_LOAD_COUNT));
    }

    private static boolean injection(VmxUnit unit, Vmcs v, int info) {
        int vector = info & 0xFF;
        int type = info >>> 8 & 7;
        boolean typeAndVector = switch (type) {
            case 1 -> false;
            case TYPE_NMI -> vector == Vector.NMI;
            case TYPE_HARDWARE_EXCEPTION -> vector <= 31;
            case TYPE_OTHER -> vector == 0;
            default -> true;
        };
        if (!typeAndVector || (info & 0x7FFFF000) != 0) {
            return false;
        }
        boolean unrestrictedReal = (unit.secondaryControls() & UNRESTRICTED_GUEST) != 0 && (v.get(VmcsField.GUEST_CR0) & Control.CR0_PE) == 0;
        boolean withCode = type == TYPE_HARDWARE_EXCEPTION && !unrestrictedReal && pushesErrorCode(vector);
        boolean hasCode = (info & INFO_ERROR_CODE) != 0;
        if (hasCode != withCode && (type != TYPE_HARDWARE_EXCEPTION || !unit.capabilities.anyErrorCode() || hasCode && unrestrictedReal)) {
            return false;
        }
        if (hasCode && v.get32(VmcsField.ENTRY_ERROR_CODE) >>> 16 != 0) {
            return false;
        }
        boolean software = type >= TYPE_SOFTWARE_INTERRUPT && type <= TYPE_SOFTWARE_EXCEPTION;
        return !software || v.get(VmcsField.ENTRY_INSTRUCTION_LENGTH) <= 15;
    }

    /** #DF, #TS, #NP, #SS, #GP, #PF, #AC and #CP: those of the manual's list that this processor raises. Where hardware exceptions may have a code or none (bit 56 of IA32_VMX_BASIC), nobody asks. */
    private static boolean pushesErrorCode(int vector) {
        return vector == Vector.DF || vector >= Vector.TS && vector <= Vector.PF || vector == Vector.AC || vector == Vector.CP;
    }
}
