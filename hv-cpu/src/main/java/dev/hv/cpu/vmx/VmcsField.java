package dev.hv.cpu.vmx;

import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;

/**
 * Encodings of the VMCS fields this processor has (SDM vol. 3D, appendix B). Bit 0 asks for the high half of a 64-bit field,
 * bits 9:1 are an index, bits 11:10 the type (0 control, 1 read-only data, 2 guest state, 3 host state), bits 14:13 the width
 * (0 16 bits, 1 64 bits, 2 32 bits, 3 natural).
 */
public final class VmcsField {

    // 16-bit control fields (B.1.1)
    public static final int VPID = 0x0000;
    public static final int POSTED_INTERRUPT_VECTOR = 0x0002;
    public static final int EPTP_INDEX = 0x0004;

    // 16-bit guest-state fields (B.1.2)
    public static final int GUEST_ES_SELECTOR = 0x0800;
    public static final int GUEST_CS_SELECTOR = 0x0802;
    public static final int GUEST_SS_SELECTOR = 0x0804;
    public static final int GUEST_DS_SELECTOR = 0x0806;
    public static final int GUEST_FS_SELECTOR = 0x0808;
    public static final int GUEST_GS_SELECTOR = 0x080A;
    public static final int GUEST_LDTR_SELECTOR = 0x080C;
    public static final int GUEST_TR_SELECTOR = 0x080E;
    public static final int GUEST_INTERRUPT_STATUS = 0x0810;
    public static final int PML_INDEX = 0x0812;

    // 16-bit host-state fields (B.1.3)
    public static final int HOST_ES_SELECTOR = 0x0C00;
    public static final int HOST_CS_SELECTOR = 0x0C02;
    public static final int HOST_SS_SELECTOR = 0x0C04;
    public static final int HOST_DS_SELECTOR = 0x0C06;
    public static final int HOST_FS_SELECTOR = 0x0C08;
    public static final int HOST_GS_SELECTOR = 0x0C0A;
    public static final int HOST_TR_SELECTOR = 0x0C0C;

    // 64-bit control fields (B.2.1)
    public static final int IO_BITMAP_A = 0x2000;
    public static final int IO_BITMAP_B = 0x2002;
    public static final int MSR_BITMAP = 0x2004;
    public static final int EXIT_MSR_STORE_ADDRESS = 0x2006;
    public static final int EXIT_MSR_LOAD_ADDRESS = 0x2008;
    public static final int ENTRY_MSR_LOAD_ADDRESS = 0x200A;
    public static final int EXECUTIVE_VMCS_POINTER = 0x200C;
    public static final int PML_ADDRESS = 0x200E;
    public static final int TSC_OFFSET = 0x2010;
    public static final int VIRTUAL_APIC_ADDRESS = 0x2012;
    public static final int APIC_ACCESS_ADDRESS = 0x2014;
    public static final int POSTED_INTERRUPT_DESCRIPTOR = 0x2016;
    public static final int VM_FUNCTION_CONTROLS = 0x2018;
    public static final int EPT_POINTER = 0x201A;
    public static final int EOI_EXIT_BITMAP0 = 0x201C;
    public static final int EOI_EXIT_BITMAP1 = 0x201E;
    public static final int EOI_EXIT_BITMAP2 = 0x2020;
    public static final int EOI_EXIT_BITMAP3 = 0x2022;
    public static final int EPTP_LIST_ADDRESS = 0x2024;
    public static final int VMREAD_BITMAP = 0x2026;
    public static final int VMWRITE_BITMAP = 0x2028;
    public static final int VE_INFORMATION_ADDRESS = 0x202A;
    public static final int XSS_EXITING_BITMAP = 0x202C;
    public static final int TSC_MULTIPLIER = 0x2032;

    // 64-bit read-only data field (B.2.2)
    public static final int GUEST_PHYSICAL_ADDRESS = 0x2400;

    // 64-bit guest-state fields (B.2.3)
    public static final int VMCS_LINK_POINTER = 0x2800;
    public static final int GUEST_DEBUGCTL = 0x2802;
    public static final int GUEST_PAT = 0x2804;
    public static final int GUEST_EFER = 0x2806;
    public static final int GUEST_PERF_GLOBAL_CTRL = 0x2808;
    public static final int GUEST_PDPTE0 = 0x280A;
    public static final int GUEST_PDPTE1 = 0x280C;
    public static final int GUEST_PDPTE2 = 0x280E;
    public static final int GUEST_PDPTE3 = 0x2810;
    public static final int GUEST_PKRS = 0x2818;

    // 64-bit host-state fields (B.2.4)
    public static final int HOST_PAT = 0x2C00;
    public static final int HOST_EFER = 0x2C02;
    public static final int HOST_PERF_GLOBAL_CTRL = 0x2C04;
    public static final int HOST_PKRS = 0x2C06;

    // 32-bit control fields (B.3.1)
    public static final int PIN_CONTROLS = 0x4000;
    public static final int PRIMARY_CONTROLS = 0x4002;
    public static final int EXCEPTION_BITMAP = 0x4004;
    public static final int PAGE_FAULT_MASK = 0x4006;
    public static final int PAGE_FAULT_MATCH = 0x4008;
    public static final int CR3_TARGET_COUNT = 0x400A;
    public static final int EXIT_CONTROLS = 0x400C;
    public static final int EXIT_MSR_STORE_COUNT = 0x400E;
    public static final int EXIT_MSR_LOAD_COUNT = 0x4010;
    public static final int ENTRY_CONTROLS = 0x4012;
    public static final int ENTRY_MSR_LOAD_COUNT = 0x4014;
    public static final int ENTRY_INTERRUPTION_INFO = 0x4016;
    public static final int ENTRY_ERROR_CODE = 0x4018;
    public static final int ENTRY_INSTRUCTION_LENGTH = 0x401A;
    public static final int TPR_THRESHOLD = 0x401C;
    public static final int SECONDARY_CONTROLS = 0x401E;
    public static final int PLE_GAP = 0x4020;
    public static final int PLE_WINDOW = 0x4022;

    // 32-bit read-only data fields (B.3.2)
    public static final int INSTRUCTION_ERROR = 0x4400;
    public static final int EXIT_REASON = 0x4402;
    public static final int EXIT_INTERRUPTION_INFO = 0x4404;
    public static final int EXIT_INTERRUPTION_ERROR_CODE = 0x4406;
    public static final int IDT_VECTORING_INFO = 0x4408;
    public static final int IDT_VECTORING_ERROR_CODE = 0x440A;
    public static final int EXIT_INSTRUCTION_LENGTH = 0x440C;
    public static final int EXIT_INSTRUCTION_INFO = 0x440E;

    // 32-bit guest-state fields (B.3.3)
    public static final int GUEST_ES_LIMIT = 0x4800;
    public static final int GUEST_CS_LIMIT = 0x4802;
    public static final int GUEST_SS_LIMIT = 0x4804;
    public static final int GUEST_DS_LIMIT = 0x4806;
    public static final int GUEST_FS_LIMIT = 0x4808;
    public static final int GUEST_GS_LIMIT = 0x480A;
    public static final int GUEST_LDTR_LIMIT = 0x480C;
    public static final int GUEST_TR_LIMIT = 0x480E;
    public static final int GUEST_GDTR_LIMIT = 0x4810;
    public static final int GUEST_IDTR_LIMIT = 0x4812;
    public static final int GUEST_ES_ACCESS_RIGHTS = 0x4814;
    public static final int GUEST_CS_ACCESS_RIGHTS = 0x4816;
    public static final int GUEST_SS_ACCESS_RIGHTS = 0x4818;
    public static final int GUEST_DS_ACCESS_RIGHTS = 0x481A;
    public static final int GUEST_FS_ACCESS_RIGHTS = 0x481C;
    public static final int GUEST_GS_ACCESS_RIGHTS = 0x481E;
    public static final int GUEST_LDTR_ACCESS_RIGHTS = 0x4820;
    public static final int GUEST_TR_ACCESS_RIGHTS = 0x4822;
    public static final int GUEST_INTERRUPTIBILITY = 0x4824;
    public static final int GUEST_ACTIVITY = 0x4826;
    public static final int GUEST_SMBASE = 0x4828;
    public static final int GUEST_SYSENTER_CS = 0x482A;
    public static final int PREEMPTION_TIMER = 0x482E;

    // 32-bit host-state field (B.3.4)
    public static final int HOST_SYSENTER_CS = 0x4C00;

    // Natural-width control fields (B.4.1)
    public static final int CR0_MASK = 0x6000;
    public static final int CR4_MASK = 0x6002;
    public static final int CR0_SHADOW = 0x6004;
    public static final int CR4_SHADOW = 0x6006;
    public static final int CR3_TARGET0 = 0x6008;
    public static final int CR3_TARGET1 = 0x600A;
    public static final int CR3_TARGET2 = 0x600C;
    public static final int CR3_TARGET3 = 0x600E;

    // Natural-width read-only data fields (B.4.2)
    public static final int EXIT_QUALIFICATION = 0x6400;
    public static final int IO_RCX = 0x6402;
    public static final int IO_RSI = 0x6404;
    public static final int IO_RDI = 0x6406;
    public static final int IO_RIP = 0x6408;
    public static final int GUEST_LINEAR_ADDRESS = 0x640A;

    // Natural-width guest-state fields (B.4.3)
    public static final int GUEST_CR0 = 0x6800;
    public static final int GUEST_CR3 = 0x6802;
    public static final int GUEST_CR4 = 0x6804;
    public static final int GUEST_ES_BASE = 0x6806;
    public static final int GUEST_CS_BASE = 0x6808;
    public static final int GUEST_SS_BASE = 0x680A;
    public static final int GUEST_DS_BASE = 0x680C;
    public static final int GUEST_FS_BASE = 0x680E;
    public static final int GUEST_GS_BASE = 0x6810;
    public static final int GUEST_LDTR_BASE = 0x6812;
    public static final int GUEST_TR_BASE = 0x6814;
    public static final int GUEST_GDTR_BASE = 0x6816;
    public static final int GUEST_IDTR_BASE = 0x6818;
    public static final int GUEST_DR7 = 0x681A;
    public static final int GUEST_RSP = 0x681C;
    public static final int GUEST_RIP = 0x681E;
    public static final int GUEST_RFLAGS = 0x6820;
    public static final int GUEST_PENDING_DEBUG = 0x6822;
    public static final int GUEST_SYSENTER_ESP = 0x6824;
    public static final int GUEST_SYSENTER_EIP = 0x6826;
    public static final int GUEST_S_CET = 0x6828;
    public static final int GUEST_SSP = 0x682A;
    public static final int GUEST_INTERRUPT_SSP_TABLE = 0x682C;

    // Natural-width host-state fields (B.4.4)
    public static final int HOST_CR0 = 0x6C00;
    public static final int HOST_CR3 = 0x6C02;
    public static final int HOST_CR4 = 0x6C04;
    public static final int HOST_FS_BASE = 0x6C06;
    public static final int HOST_GS_BASE = 0x6C08;
    public static final int HOST_TR_BASE = 0x6C0A;
    public static final int HOST_GDTR_BASE = 0x6C0C;
    public static final int HOST_IDTR_BASE = 0x6C0E;
    public static final int HOST_SYSENTER_ESP = 0x6C10;
    public static final int HOST_SYSENTER_EIP = 0x6C12;
    public static final int HOST_RSP = 0x6C14;
    public static final int HOST_RIP = 0x6C16;
    public static final int HOST_S_CET = 0x6C18;
    public static final int HOST_SSP = 0x6C1A;
    public static final int HOST_INTERRUPT_SSP_TABLE = 0x6C1C;

    /** Every field of this processor, by encoding. */
    private static final int[] ALL = {
        VPID, GUEST_ES_SELECTOR, GUEST_CS_SELECTOR, GUEST_SS_SELECTOR, GUEST_DS_SELECTOR, GUEST_FS_SELECTOR, GUEST_GS_SELECTOR,
        GUEST_LDTR_SELECTOR, GUEST_TR_SELECTOR, HOST_ES_SELECTOR, HOST_CS_SELECTOR, HOST_SS_SELECTOR, HOST_DS_SELECTOR, HOST_FS_SELECTOR,
        HOST_GS_SELECTOR, HOST_TR_SELECTOR, IO_BITMAP_A, IO_BITMAP_B, MSR_BITMAP, EXIT_MSR_STORE_ADDRESS, EXIT_MSR_LOAD_ADDRESS,
        ENTRY_MSR_LOAD_ADDRESS, EXECUTIVE_VMCS_POINTER, TSC_OFFSET, VIRTUAL_APIC_ADDRESS, APIC_ACCESS_ADDRESS, EPT_POINTER,
        GUEST_PHYSICAL_ADDRESS, VMCS_LINK_POINTER, GUEST_DEBUGCTL, GUEST_PAT, GUEST_EFER, GUEST_PDPTE0, GUEST_PDPTE1, GUEST_PDPTE2,
        GUEST_PDPTE3, HOST_PAT, HOST_EFER, PIN_CONTROLS, PRIMARY_CONTROLS, EXCEPTION_BITMAP, PAGE_FAULT_MASK, PAGE_FAULT_MATCH,
        CR3_TARGET_COUNT, EXIT_CONTROLS, EXIT_MSR_STORE_COUNT, EXIT_MSR_LOAD_COUNT, ENTRY_CONTROLS, ENTRY_MSR_LOAD_COUNT,
        ENTRY_INTERRUPTION_INFO, ENTRY_ERROR_CODE, ENTRY_INSTRUCTION_LENGTH, TPR_THRESHOLD, SECONDARY_CONTROLS, PLE_GAP, PLE_WINDOW,
        INSTRUCTION_ERROR, EXIT_REASON, EXIT_INTERRUPTION_INFO, EXIT_INTERRUPTION_ERROR_CODE, IDT_VECTORING_INFO, IDT_VECTORING_ERROR_CODE,
        EXIT_INSTRUCTION_LENGTH, EXIT_INSTRUCTION_INFO, GUEST_ES_LIMIT, GUEST_CS_LIMIT, GUEST_SS_LIMIT, GUEST_DS_LIMIT, GUEST_FS_LIMIT,
        GUEST_GS_LIMIT, GUEST_LDTR_LIMIT, GUEST_TR_LIMIT, GUEST_GDTR_LIMIT, GUEST_IDTR_LIMIT, GUEST_ES_ACCESS_RIGHTS,
        GUEST_CS_ACCESS_RIGHTS, GUEST_SS_ACCESS_RIGHTS, GUEST_DS_ACCESS_RIGHTS, GUEST_FS_ACCESS_RIGHTS, GUEST_GS_ACCESS_RIGHTS,
        GUEST_LDTR_ACCESS_RIGHTS, GUEST_TR_ACCESS_RIGHTS, GUEST_INTERRUPTIBILITY, GUEST_ACTIVITY, GUEST_SMBASE, GUEST_SYSENTER_CS,
        PREEMPTION_TIMER, HOST_SYSENTER_CS, CR0_MASK, CR4_MASK, CR0_SHADOW, CR4_SHADOW, CR3_TARGET0, CR3_TARGET1, CR3_TARGET2, CR3_TARGET3,
        EXIT_QUALIFICATION, IO_RCX, IO_RSI, IO_RDI, IO_RIP, GUEST_LINEAR_ADDRESS, GUEST_CR0, GUEST_CR3, GUEST_CR4, GUEST_ES_BASE,
        GUEST_CS_BASE, GUEST_SS_BASE, GUEST_DS_BASE, GUEST_FS_BASE, GUEST_GS_BASE, GUEST_LDTR_BASE, GUEST_TR_BASE, GUEST_GDTR_BASE,
        GUEST_IDTR_BASE, GUEST_DR7, GUEST_RSP, GUEST_RIP, GUEST_RFLAGS, GUEST_PENDING_DEBUG, GUEST_SYSENTER_ESP, GUEST_SYSENTER_EIP,
        HOST_CR0, HOST_CR3, HOST_CR4, HOST_FS_BASE, HOST_GS_BASE, HOST_TR_BASE, HOST_GDTR_BASE, HOST_IDTR_BASE, HOST_SYSENTER_ESP,
        HOST_SYSENTER_EIP, HOST_RSP, HOST_RIP, XSS_EXITING_BITMAP,
        POSTED_INTERRUPT_VECTOR, EPTP_INDEX, GUEST_INTERRUPT_STATUS, PML_INDEX, PML_ADDRESS, POSTED_INTERRUPT_DESCRIPTOR, VM_FUNCTION_CONTROLS,
        EOI_EXIT_BITMAP0, EOI_EXIT_BITMAP1, EOI_EXIT_BITMAP2, EOI_EXIT_BITMAP3, EPTP_LIST_ADDRESS, VMREAD_BITMAP, VMWRITE_BITMAP,
        VE_INFORMATION_ADDRESS, TSC_MULTIPLIER, GUEST_PKRS, HOST_PKRS, GUEST_S_CET, GUEST_SSP,
        GUEST_INTERRUPT_SSP_TABLE, HOST_S_CET, HOST_SSP, HOST_INTERRUPT_SSP_TABLE, GUEST_PERF_GLOBAL_CTRL, HOST_PERF_GLOBAL_CTRL
    };

    private VmcsField() {}

    /** Whether a model has the field. Those of control-flow enforcement are for either half of it. */
    static boolean in(CpuModel model, int field) {
        return switch (field) {
            case GUEST_S_CET, GUEST_SSP, GUEST_INTERRUPT_SSP_TABLE, HOST_S_CET, HOST_SSP, HOST_INTERRUPT_SSP_TABLE -> model.has(Feature.SHSTK) || model.has(Feature.IBT);
            default -> requires(field) == null || model.has(requires(field));
        };
    }

    /** What a processor with the field has; null for fields that all have (appendix B: "exists only on processors that support…"). */
    private static Feature requires(int field) {
        return switch (field) {
            case POSTED_INTERRUPT_VECTOR, POSTED_INTERRUPT_DESCRIPTOR -> Feature.VMX_POSTED_INTERRUPTS;
            case EPTP_INDEX, VE_INFORMATION_ADDRESS -> Feature.VMX_VE;
            case GUEST_INTERRUPT_STATUS, EOI_EXIT_BITMAP0, EOI_EXIT_BITMAP1, EOI_EXIT_BITMAP2, EOI_EXIT_BITMAP3 -> Feature.VMX_INTERRUPT_DELIVERY;
            case PML_INDEX, PML_ADDRESS -> Feature.VMX_PML;
            case VM_FUNCTION_CONTROLS, EPTP_LIST_ADDRESS -> Feature.VMX_VMFUNC;
            case VMREAD_BITMAP, VMWRITE_BITMAP -> Feature.VMX_SHADOW_VMCS;
            case TSC_MULTIPLIER -> Feature.VMX_TSC_SCALING;
            case XSS_EXITING_BITMAP -> Feature.XSAVES;
            case GUEST_PKRS, HOST_PKRS -> Feature.PKS;
            case GUEST_PERF_GLOBAL_CTRL, HOST_PERF_GLOBAL_CTRL -> Feature.PDCM;
            default -> null;
        };
    }

    /** A fresh list of every field encoding, in the order in which fields lie in a VMCS region. */
    public static int[] all() {
        return ALL.clone();
    }
}
