package dev.hv.core.hypervisor.vmx;

import static dev.hv.cpu.vmx.VmcsField.*;

/** Layout of the enlightened VMCS, version 1 (TLFS, HV_VMX_ENLIGHTENED_VMCS): where each VMCS field is, and by which bit of the clean fields it is told to be unchanged. */
final class EnlightenedVmcsLayout {

    /** What the first word says. */
    static final int REVISION = 1;

    static final int CLEAN_FIELDS = 824;
    static final int ENLIGHTENMENTS = 836;
    static final int VP_ID = 840;
    static final int VM_ID = 848;
    static final int PARTITION_ASSIST = 856;

    /** Enlightenments control: flushes by the guest's hypercalls are to be carried out. */
    static final int NESTED_FLUSH = 1;
    /** Enlightenments control: a change of the MSR bitmap's contents is told by the clean fields, too. */
    static final int MSR_BITMAP_TOLD = 1 << 1;
    /** Clean field of the MSR bitmap. */
    static final int CLEAN_MSR_BITMAP = 1 << 1;

    /** The hypervisor only reads the field. */
    static final int READ_ONLY = -1;
    /** The field is looked at at every entry. */
    static final int ALWAYS = 16;

    /** Three words a field: encoding, offset, bit of the clean fields. */
    private static final int[] FIELDS = {
        HOST_ES_SELECTOR, 8, 14,
        HOST_CS_SELECTOR, 10, 14,
        HOST_SS_SELECTOR, 12, 14,
        HOST_DS_SELECTOR, 14, 14,
        HOST_FS_SELECTOR, 16, 14,
        HOST_GS_SELECTOR, 18, 14,
        HOST_TR_SELECTOR, 20, 14,
        HOST_PAT, 24, 14,
        HOST_EFER, 32, 14,
        HOST_CR0, 40, 14,
        HOST_CR3, 48, 14,
        HOST_CR4, 56, 14,
        HOST_SYSENTER_ESP, 64, 14,
        HOST_SYSENTER_EIP, 72, 14,
        HOST_RIP, 80, 14,
        HOST_SYSENTER_CS, 88, 14,
        PIN_CONTROLS, 92, 3,
        EXIT_CONTROLS, 96, 3,
        SECONDARY_CONTROLS, 100, 3,
        IO_BITMAP_A, 104, 0,
        IO_BITMAP_B, 112, 0,
        MSR_BITMAP, 120, 1,
        GUEST_ES_SELECTOR, 128, 12,
        GUEST_CS_SELECTOR, 130, 12,
        GUEST_SS_SELECTOR, 132, 12,
        GUEST_DS_SELECTOR, 134, 12,
        GUEST_FS_SELECTOR, 136, 12,
        GUEST_GS_SELECTOR, 138, 12,
        GUEST_LDTR_SELECTOR, 140, 12,
        GUEST_TR_SELECTOR, 142, 12,
        GUEST_ES_LIMIT, 144, 12,
        GUEST_CS_LIMIT, 148, 12,
        GUEST_SS_LIMIT, 152, 12,
        GUEST_DS_LIMIT, 156, 12,
        GUEST_FS_LIMIT, 160, 12,
        GUEST_GS_LIMIT, 164, 12,
        GUEST_LDTR_LIMIT, 168, 12,
        GUEST_TR_LIMIT, 172, 12,
        GUEST_GDTR_LIMIT, 176, 12,
        GUEST_IDTR_LIMIT, 180, 12,
        GUEST_ES_ACCESS_RIGHTS, 184, 12,
        GUEST_CS_ACCESS_RIGHTS, 188, 12,
        GUEST_SS_ACCESS_RIGHTS, 192, 12,
        GUEST_DS_ACCESS_RIGHTS, 196, 12,
        GUEST_FS_ACCESS_RIGHTS, 200, 12,
        GUEST_GS_ACCESS_RIGHTS, 204, 12,
        GUEST_LDTR_ACCESS_RIGHTS, 208, 12,
        GUEST_TR_ACCESS_RIGHTS, 212, 12,
        GUEST_ES_BASE, 216, 12,
        GUEST_CS_BASE, 224, 12,
        GUEST_SS_BASE, 232, 12,
        GUEST_DS_BASE, 240, 12,
        GUEST_FS_BASE, 248, 12,
        GUEST_GS_BASE, 256, 12,
        GUEST_LDTR_BASE, 264, 12,
        GUEST_TR_BASE, 272, 12,
        GUEST_GDTR_BASE, 280, 12,
        GUEST_IDTR_BASE, 288, 12,
        EXIT_MSR_STORE_ADDRESS, 320, 2,
        EXIT_MSR_LOAD_ADDRESS, 328, 2,
        ENTRY_MSR_LOAD_ADDRESS, 336, 2,
        CR3_TARGET0, 344, 2,
        CR3_TARGET1, 352, 2,
        CR3_TARGET2, 360, 2,
        CR3_TARGET3, 368, 2,
        PAGE_FAULT_MASK, 376, 2,
        PAGE_FAULT_MATCH, 380, 2,
        CR3_TARGET_COUNT, 384, 2,
        EXIT_MSR_STORE_COUNT, 388, 2,
        EXIT_MSR_LOAD_COUNT, 392, 2,
        ENTRY_MSR_LOAD_COUNT, 396, 2,
        TSC_OFFSET, 400, 2,
        VIRTUAL_APIC_ADDRESS, 408, 2,
        VMCS_LINK_POINTER, 416, 11,
        GUEST_DEBUGCTL, 424, 11,
        GUEST_PAT, 432, 11,
        GUEST_EFER, 440, 11,
        GUEST_PDPTE0, 448, 11,
        GUEST_PDPTE1, 456, 11,
        GUEST_PDPTE2, 464, 11,
        GUEST_PDPTE3, 472, 11,
        GUEST_PENDING_DEBUG, 480, 11,
        GUEST_SYSENTER_ESP, 488, 11,
        GUEST_SYSENTER_EIP, 496, 11,
        GUEST_ACTIVITY, 504, 11,
        GUEST_SYSENTER_CS, 508, 11,
        CR0_MASK, 512, 8,
        CR4_MASK, 520, 8,
        CR0_SHADOW, 528, 8,
        CR4_SHADOW, 536, 8,
        GUEST_CR0, 544, 8,
        GUEST_CR3, 552, 8,
        GUEST_CR4, 560, 8,
        GUEST_DR7, 568, 8,
        HOST_FS_BASE, 576, 13,
        HOST_GS_BASE, 584, 13,
        HOST_TR_BASE, 592, 13,
        HOST_GDTR_BASE, 600, 13,
        HOST_IDTR_BASE, 608, 13,
        HOST_RSP, 616, 13,
        EPT_POINTER, 624, 9,
        VPID, 632, 9,
        GUEST_PHYSICAL_ADDRESS, 680, READ_ONLY,
        INSTRUCTION_ERROR, 688, READ_ONLY,
        EXIT_REASON, 692, READ_ONLY,
        EXIT_INTERRUPTION_INFO, 696, READ_ONLY,
        EXIT_INTERRUPTION_ERROR_CODE, 700, READ_ONLY,
        IDT_VECTORING_INFO, 704, READ_ONLY,
        IDT_VECTORING_ERROR_CODE, 708, READ_ONLY,
        EXIT_INSTRUCTION_LENGTH, 712, READ_ONLY,
        EXIT_INSTRUCTION_INFO, 716, READ_ONLY,
        EXIT_QUALIFICATION, 720, READ_ONLY,
        IO_RCX, 728, READ_ONLY,
        IO_RSI, 736, READ_ONLY,
        IO_RDI, 744, READ_ONLY,
        IO_RIP, 752, READ_ONLY,
        GUEST_LINEAR_ADDRESS, 760, READ_ONLY,
        GUEST_RSP, 768, 10,
        GUEST_RFLAGS, 776, 10,
        GUEST_INTERRUPTIBILITY, 784, 10,
        PRIMARY_CONTROLS, 788, 4,
        EXCEPTION_BITMAP, 792, 7,
        ENTRY_CONTROLS, 796, 6,
        ENTRY_INTERRUPTION_INFO, 800, 5,
        ENTRY_ERROR_CODE, 804, 5,
        ENTRY_INSTRUCTION_LENGTH, 808, 5,
        TPR_THRESHOLD, 812, ALWAYS,
        GUEST_RIP, 816, ALWAYS,
        GUEST_S_CET, 912, 11,
        GUEST_SSP, 920, 10,
        GUEST_INTERRUPT_SSP_TABLE, 928, 11,
        XSS_EXITING_BITMAP, 960, 2,
        HOST_S_CET, 992, 14,
        HOST_SSP, 1000, 14,
        HOST_INTERRUPT_SSP_TABLE, 1008, 14,
    };

    private EnlightenedVmcsLayout() {}

    /** Number of fields. */
    static int fields() {
        return FIELDS.length / 3;
    }

    /** Encoding of a field. */
    static int encoding(int i) {
        return FIELDS[3 * i];
    }

    /** Offset of a field. */
    static int offset(int i) {
        return FIELDS[3 * i + 1];
    }

    /** Bit of the clean fields, {@link #ALWAYS} or {@link #READ_ONLY}. */
    static int group(int i) {
        return FIELDS[3 * i + 2];
    }

    /** Bytes of a field. */
    static int size(int i) {
        return switch (encoding(i) >>> 13 & 3) {
            case 0 -> 2;
            case 2 -> 4;
            default -> 8;
        };
    }
}
