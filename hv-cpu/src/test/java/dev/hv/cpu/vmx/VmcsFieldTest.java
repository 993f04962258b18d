package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuModels;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Encodings as printed in SDM vol. 3D, appendix B. */
class VmcsFieldTest {

    private final Vmcs vmcs = new Vmcs(CpuModel.intelDefault());

    @Test
    void encodingsAreThoseOfTheManual() {
        assertThat(new int[] {
            VmcsField.VPID, VmcsField.GUEST_ES_SELECTOR, VmcsField.GUEST_TR_SELECTOR, VmcsField.HOST_ES_SELECTOR, VmcsField.HOST_TR_SELECTOR,
            VmcsField.IO_BITMAP_A, VmcsField.MSR_BITMAP, VmcsField.EXIT_MSR_STORE_ADDRESS, VmcsField.ENTRY_MSR_LOAD_ADDRESS, VmcsField.TSC_OFFSET,
            VmcsField.VIRTUAL_APIC_ADDRESS, VmcsField.APIC_ACCESS_ADDRESS, VmcsField.EPT_POINTER, VmcsField.GUEST_PHYSICAL_ADDRESS,
            VmcsField.VMCS_LINK_POINTER, VmcsField.GUEST_PAT, VmcsField.GUEST_EFER, VmcsField.GUEST_PDPTE3, VmcsField.HOST_PAT, VmcsField.HOST_EFER
        }).containsExactly(
            0x0000, 0x0800, 0x080E, 0x0C00, 0x0C0C,
            0x2000, 0x2004, 0x2006, 0x200A, 0x2010,
            0x2012, 0x2014, 0x201A, 0x2400,
            0x2800, 0x2804, 0x2806, 0x2810, 0x2C00, 0x2C02);
        assertThat(new int[] {
            VmcsField.PIN_CONTROLS, VmcsField.PRIMARY_CONTROLS, VmcsField.EXCEPTION_BITMAP, VmcsField.PAGE_FAULT_MASK, VmcsField.PAGE_FAULT_MATCH,
            VmcsField.CR3_TARGET_COUNT, VmcsField.EXIT_CONTROLS, VmcsField.EXIT_MSR_STORE_COUNT, VmcsField.EXIT_MSR_LOAD_COUNT,
            VmcsField.ENTRY_CONTROLS, VmcsField.ENTRY_MSR_LOAD_COUNT, VmcsField.ENTRY_INTERRUPTION_INFO, VmcsField.ENTRY_ERROR_CODE,
            VmcsField.ENTRY_INSTRUCTION_LENGTH, VmcsField.TPR_THRESHOLD, VmcsField.SECONDARY_CONTROLS, VmcsField.PLE_GAP, VmcsField.PLE_WINDOW,
            VmcsField.INSTRUCTION_ERROR, VmcsField.EXIT_REASON, VmcsField.EXIT_INTERRUPTION_INFO, VmcsField.EXIT_INTERRUPTION_ERROR_CODE,
            VmcsField.IDT_VECTORING_INFO, VmcsField.IDT_VECTORING_ERROR_CODE, VmcsField.EXIT_INSTRUCTION_LENGTH, VmcsField.EXIT_INSTRUCTION_INFO
        }).containsExactly(
            0x4000, 0x4002, 0x4004, 0x4006, 0x4008,
            0x400A, 0x400C, 0x400E, 0x4010,
            0x4012, 0x4014, 0x4016, 0x4018,
            0x401A, 0x401C, 0x401E, 0x4020, 0x4022,
            0x4400, 0x4402, 0x4404, 0x4406,
            0x4408, 0x440A, 0x440C, 0x440E);
        assertThat(new int[] {
            VmcsField.GUEST_ES_LIMIT, VmcsField.GUEST_IDTR_LIMIT, VmcsField.GUEST_ES_ACCESS_RIGHTS, VmcsField.GUEST_TR_ACCESS_RIGHTS,
            VmcsField.GUEST_INTERRUPTIBILITY, VmcsField.GUEST_ACTIVITY, VmcsField.GUEST_SYSENTER_CS, VmcsField.PREEMPTION_TIMER,
            VmcsField.HOST_SYSENTER_CS, VmcsField.CR0_MASK, VmcsField.CR4_SHADOW, VmcsField.CR3_TARGET3, VmcsField.EXIT_QUALIFICATION,
            VmcsField.GUEST_LINEAR_ADDRESS, VmcsField.GUEST_CR0, VmcsField.GUEST_ES_BASE, VmcsField.GUEST_IDTR_BASE, VmcsField.GUEST_DR7,
            VmcsField.GUEST_RSP, VmcsField.GUEST_RIP, VmcsField.GUEST_RFLAGS, VmcsField.GUEST_PENDING_DEBUG, VmcsField.GUEST_SYSENTER_EIP,
            VmcsField.HOST_CR0, VmcsField.HOST_FS_BASE, VmcsField.HOST_RSP, VmcsField.HOST_RIP
        }).containsExactly(
            0x4800, 0x4812, 0x4814, 0x4822,
            0x4824, 0x4826, 0x482A, 0x482E,
            0x4C00, 0x6000, 0x6006, 0x600E, 0x6400,
            0x640A, 0x6800, 0x6806, 0x6818, 0x681A,
            0x681C, 0x681E, 0x6820, 0x6822, 0x6826,
            0x6C00, 0x6C06, 0x6C14, 0x6C16);
    }

    @Test
    void encodingsOfVirtualInterruptsAndTheirLikeAreThoseOfTheManual() {
        assertThat(new int[] {
            VmcsField.POSTED_INTERRUPT_VECTOR, VmcsField.EPTP_INDEX, VmcsField.GUEST_INTERRUPT_STATUS, VmcsField.PML_INDEX, VmcsField.PML_ADDRESS,
            VmcsField.POSTED_INTERRUPT_DESCRIPTOR, VmcsField.VM_FUNCTION_CONTROLS, VmcsField.EOI_EXIT_BITMAP0, VmcsField.EOI_EXIT_BITMAP3,
            VmcsField.EPTP_LIST_ADDRESS, VmcsField.VMREAD_BITMAP, VmcsField.VMWRITE_BITMAP, VmcsField.VE_INFORMATION_ADDRESS, VmcsField.TSC_MULTIPLIER
        }).containsExactly(
            0x0002, 0x0004, 0x0810, 0x0812, 0x200E,
            0x2016, 0x2018, 0x201C, 0x2022,
            0x2024, 0x2026, 0x2028, 0x202A, 0x2032);
    }

    @Test
    void fieldsOfWhatAModelLacksAreNoFields() {
        CpuModel without = CpuModels.parse("intel,-vmx-tsc-scaling,-vmx-pml,-vmx-posted-interrupts,-vmx-interrupt-delivery,-vmx-vmfunc,-vmx-shadow-vmcs,-vmx-ve,-xsaves");
        Vmcs few = new Vmcs(without);
        for (int field : new int[] {0x0002, 0x0004, 0x0810, 0x0812, 0x200E, 0x2016, 0x2018, 0x201C, 0x201D, 0x2022, 0x2024, 0x2026, 0x2028, 0x202A, 0x202C, 0x2032}) {
            assertThat(few.supports(field)).as("0x%04x", field).isFalse();
            assertThat(vmcs.supports(field)).as("0x%04x", field).isTrue();
        }
        assertThat(vmcs.highestIndex()).isEqualTo(0x19);
        assertThat(few.highestIndex()).isEqualTo(0x17);
    }

    @Test
    void everyFieldHasItsOwnPlaceInARegion() {
        var everything = new Vmcs(CpuModels.parse("max"));
        int[] all = VmcsField.all();
        assertThat(Arrays.stream(all).distinct().count()).isEqualTo(all.length);
        assertThat(16 + 8 * all.length).isLessThanOrEqualTo(4096);
        assertThat(Arrays.stream(all).allMatch(f -> (f & 1) == 0 && everything.supports(f))).isTrue();
    }

    @Test
    void encodingsWithReservedBitsOrUnknownIndexesAreNoFields() {
        assertThat(vmcs.supports(0x10000L | VmcsField.GUEST_RIP)).isFalse();
        assertThat(vmcs.supports(0x1_0000_0000L | VmcsField.GUEST_RIP)).isFalse();
        assertThat(vmcs.supports(0x8000L | VmcsField.GUEST_RIP)).isFalse();
        assertThat(vmcs.supports(0x1000L | VmcsField.GUEST_RIP)).isFalse();
        assertThat(vmcs.supports(VmcsField.GUEST_RIP | 0x80)).isFalse();
        assertThat(vmcs.supports(0x4834)).isFalse();
        assertThat(vmcs.supports(VmcsField.GUEST_RIP | 1)).as("high half of a natural-width field").isFalse();
        assertThat(vmcs.supports(VmcsField.GUEST_EFER | 1)).as("high half of a 64-bit field").isTrue();
    }
}
