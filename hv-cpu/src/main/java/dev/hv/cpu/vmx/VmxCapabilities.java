package dev.hv.cpu.vmx;

import dev.hv.cpu.instructions.ControlRegisters;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuidWord;
import dev.hv.cpu.state.Feature;

/** Values of the VMX capability MSRs (SDM vol. 3D, appendix A): what this processor's VMX does, no more and no less. */
final class VmxCapabilities {

    static final int IA32_VMX_BASIC = 0x480;
    static final int IA32_VMX_PINBASED_CTLS = 0x481;
    static final int IA32_VMX_PROCBASED_CTLS = 0x482;
    static final int IA32_VMX_EXIT_CTLS = 0x483;
    static final int IA32_VMX_ENTRY_CTLS = 0x484;
    static final int IA32_VMX_MISC = 0x485;
    static final int IA32_VMX_CR0_FIXED0 = 0x486;
    static final int IA32_VMX_CR0_FIXED1 = 0x487;
    static final int IA32_VMX_CR4_FIXED0 = 0x488;
    static final int IA32_VMX_CR4_FIXED1 = 0x489;
    static final int IA32_VMX_VMCS_ENUM = 0x48A;
    static final int IA32_VMX_PROCBASED_CTLS2 = 0x48B;
    static final int IA32_VMX_EPT_VPID_CAP = 0x48C;
    static final int IA32_VMX_TRUE_PINBASED_CTLS = 0x48D;
    static final int IA32_VMX_TRUE_PROCBASED_CTLS = 0x48E;
    static final int IA32_VMX_TRUE_EXIT_CTLS = 0x48F;
    static final int IA32_VMX_TRUE_ENTRY_CTLS = 0x490;
    static final int IA32_VMX_VMFUNC = 0x491;

    /** The preemption timer counts once every 2^5 ticks of the time-stamp counter. */
    static final int TIMER_SHIFT = 5;
    /** Entries that an MSR area may have (IA32_VMX_MISC bits 27:25 are 0). */
    static final int MSR_AREA_LIMIT = 512;
    /** CR3-target values of the processor. */
    static final int CR3_TARGETS = 4;

    // Bits that must be 1 ("default1", appendix A.2) and, for the TRUE MSRs, those of them that have to stay so
    private static final int PIN_DEFAULT1 = 0x16;
    private static final int PRIMARY_DEFAULT1 = 0x0401E172;
    static final int PRIMARY_REQUIRED = PRIMARY_DEFAULT1 & ~(VmxControls.CR3_LOAD_EXITING | VmxControls.CR3_STORE_EXITING);
    private static final int EXIT_DEFAULT1 = 0x00036DFF;
    static final int EXIT_REQUIRED = EXIT_DEFAULT1 & ~VmxControls.EXIT_SAVE_DEBUG;
    private static final int ENTRY_DEFAULT1 = 0x000011FF;
    static final int ENTRY_REQUIRED = ENTRY_DEFAULT1 & ~VmxControls.ENTRY_LOAD_DEBUG;
    static final int PIN_REQUIRED = PIN_DEFAULT1;

    private static final int PIN_ALLOWED = PIN_DEFAULT1 | VmxControls.PIN_EXTERNAL_INTERRUPT | VmxControls.PIN_NMI | VmxControls.PIN_VIRTUAL_NMI
            | VmxControls.PIN_PREEMPTION_TIMER;
    static final int PRIMARY_ALLOWED = PRIMARY_DEFAULT1 | VmxControls.INTERRUPT_WINDOW | VmxControls.TSC_OFFSETTING | VmxControls.HLT_EXITING
            | VmxControls.INVLPG_EXITING | VmxControls.MWAIT_EXITING | VmxControls.RDPMC_EXITING | VmxControls.RDTSC_EXITING
            | VmxControls.CR8_LOAD_EXITING | VmxControls.CR8_STORE_EXITING | VmxControls.TPR_SHADOW | VmxControls.NMI_WINDOW
            | VmxControls.MOV_DR_EXITING | VmxControls.UNCONDITIONAL_IO | VmxControls.IO_BITMAPS | VmxControls.MONITOR_TRAP
            | VmxControls.MSR_BITMAPS | VmxControls.MONITOR_EXITING | VmxControls.PAUSE_EXITING | VmxControls.SECONDARY;
    private static final int EXIT_ALLOWED = EXIT_DEFAULT1 | VmxControls.EXIT_HOST_64 | VmxControls.EXIT_ACK_INTERRUPT | VmxControls.EXIT_SAVE_PAT
            | VmxControls.EXIT_LOAD_PAT | VmxControls.EXIT_SAVE_EFER | VmxControls.EXIT_LOAD_EFER | VmxControls.EXIT_SAVE_TIMER;
    private static final int ENTRY_ALLOWED = ENTRY_DEFAULT1 | VmxControls.ENTRY_GUEST_64 | VmxControls.ENTRY_LOAD_PAT | VmxControls.ENTRY_LOAD_EFER;

    /** Secondary controls with fields that the enlightened VMCS is without. */
    private static final int NOT_ENLIGHTENED = VmxControls.VIRTUALIZE_APIC | VmxControls.PAUSE_LOOP_EXITING | VmxControls.APIC_REGISTER_VIRTUALIZATION
            | VmxControls.VIRTUAL_INTERRUPT_DELIVERY | VmxControls.ENABLE_VM_FUNCTIONS | VmxControls.VMCS_SHADOWING | VmxControls.ENABLE_PML
            | VmxControls.EPT_VIOLATION_VE | VmxControls.TSC_SCALING;

    // IA32_VMX_EPT_VPID_CAP (appendix A.10)
    private static final long EPT_EXECUTE_ONLY = 1;
    private static final long EPT_4_LEVELS = 1 << 6;
    private static final long EPT_5_LEVELS = 1 << 7;
    private static final long EPT_UC = 1 << 8;
    private static final long EPT_WB = 1 << 14;
    private static final long EPT_2M = 1 << 16;
    private static final long EPT_1G = 1 << 17;
    private static final long INVEPT_ALL_TYPES = 1 << 20 | 3 << 25;
    private static final long INVVPID_ALL_TYPES = 1L << 32 | 0xFL << 40;

    private static final long CR0_FIXED0 = Control.CR0_PE | Control.CR0_NE | Control.CR0_PG;

    private final CpuModel model;
    private final long cr4Fixed1;
    private final int highestIndex;
    /** Controls are left out for which the enlightened VMCS has no field. */
    private boolean enlightened;

    VmxCapabilities(CpuModel model, Vmcs vmcs) {
        highestIndex = vmcs.highestIndex();
        this.model = model;
        cr4Fixed1 = ControlRegisters.cr4Valid(model);
    }

    /** Whether the processor has IA32_S_CET, which entries and exits may load. */
    boolean hasCet() {
        return VmcsField.in(model, VmcsField.GUEST_S_CET);
    }

    /** Whether hardware exceptions are injected with an error code or without, whatever their vector: so it is on processors with #CP. */
    boolean anyErrorCode() {
        return hasCet();
    }

    /** VM-exit controls that may be 1. */
    int exitAllowed() {
        int cet = hasCet() ? VmxControls.EXIT_LOAD_CET : 0;
        return enlightened ? EXIT_ALLOWED & ~VmxControls.EXIT_SAVE_TIMER | cet
                : EXIT_ALLOWED | cet | (model.has(Feature.PDCM) ? VmxControls.EXIT_LOAD_PERF_GLOBAL : 0) | (model.has(Feature.PKS) ? VmxControls.EXIT_LOAD_PKRS : 0);
    }

    /** VM-entry controls that may be 1. */
    int entryAllowed() {
        int cet = hasCet() ? VmxControls.ENTRY_LOAD_CET : 0;
        return enlightened ? ENTRY_ALLOWED | cet
                : ENTRY_ALLOWED | cet | (model.has(Feature.PDCM) ? VmxControls.ENTRY_LOAD_PERF_GLOBAL : 0) | (model.has(Feature.PKS) ? VmxControls.ENTRY_LOAD_PKRS : 0);
    }

    /** From now on there are only controls whose fields are in the enlightened VMCS. */
    void enlighten() {
        enlightened = true;
    }

    /** Pin-based controls that may be 1. */
    int pinAllowed() {
        int pin = PIN_ALLOWED | model.word(CpuidWord.VMX_PIN);
        return enlightened ? pin & ~(VmxControls.PIN_PREEMPTION_TIMER | VmxControls.PIN_POSTED_INTERRUPTS) : pin;
    }

    /** Secondary controls that may be 1. */
    int secondaryAllowed() {
        return enlightened ? secondary() & ~NOT_ENLIGHTENED : secondary();
    }

    /** Secondary controls; what the model's instructions lack has no control either. */
    private int secondary() {
        return model.word(CpuidWord.VMX_SECONDARY) | VmxControls.VIRTUALIZE_APIC | VmxControls.EPT | VmxControls.DESCRIPTOR_TABLE_EXITING
                | (model.has(Feature.RDTSCP) ? VmxControls.ENABLE_RDTSCP : 0)
                | VmxControls.ENABLE_VPID | VmxControls.WBINVD_EXITING | VmxControls.UNRESTRICTED_GUEST | VmxControls.PAUSE_LOOP_EXITING
                | (model.has(Feature.RDRAND) ? VmxControls.RDRAND_EXITING : 0)
                | (model.has(Feature.INVPCID) ? VmxControls.ENABLE_INVPCID : 0)
                | (model.has(Feature.XSAVES) ? VmxControls.ENABLE_XSAVES : 0)
                | (model.has(Feature.WAITPKG) ? VmxControls.ENABLE_USER_WAIT : 0)
                | (model.has(Feature.RDSEED) ? VmxControls.RDSEED_EXITING : 0);
    }

    /** Whether CR0 may hold a value in VMX operation (23.8); {@code exempt} bits may be 0 (PE and PG for unrestricted guests). */
    static boolean cr0Allowed(long cr0, long exempt) {
        long must = CR0_FIXED0 & ~exempt;
        return (cr0 & must) == must && cr0 >>> 32 == 0;
    }

    /** Whether CR4 may hold a value in VMX operation. */
    boolean cr4Allowed(long cr4) {
        return (cr4 & Control.CR4_VMXE) != 0 && (cr4 & ~cr4Fixed1) == 0;
    }

    /** VM functions that may be enabled. */
    long functionsAllowed() {
        return hasFunctions() ? VmxControls.EPTP_SWITCHING : 0;
    }

    private boolean hasFunctions() {
        return model.has(Feature.VMX_VMFUNC) && !enlightened;
    }

    /** Whether EPT keeps accessed and dirty flags for a hypervisor that asks for them. */
    boolean accessedDirty() {
        return model.has(Feature.VMX_EPT_AD);
    }

    boolean has(int msr) {
        return msr >= IA32_VMX_BASIC && msr <= IA32_VMX_TRUE_ENTRY_CTLS || msr == IA32_VMX_VMFUNC && hasFunctions();
    }

    long read(int msr) {
        return switch (msr) {
            // 4096-byte regions, write-back, INS/OUTS information, TRUE MSRs
            case IA32_VMX_BASIC -> Vmcs.REVISION | 0x1000L << 32 | 6L << 50 | 1L << 54 | 1L << 55 | (anyErrorCode() ? 1L << 56 : 0);
            case IA32_VMX_PINBASED_CTLS -> pair(PIN_DEFAULT1, pinAllowed());
            case IA32_VMX_PROCBASED_CTLS -> pair(PRIMARY_DEFAULT1, PRIMARY_ALLOWED);
            case IA32_VMX_EXIT_CTLS -> pair(EXIT_DEFAULT1, exitAllowed());
            case IA32_VMX_ENTRY_CTLS -> pair(ENTRY_DEFAULT1, entryAllowed());
            // timer rate, LMA stored on exit, activity states HLT, shutdown and wait-for-SIPI, CR3 targets, VMWRITE to any
            // field, injection of software events with length 0
            case IA32_VMX_MISC -> TIMER_SHIFT | 1 << 5 | 7 << 6 | CR3_TARGETS << 16 | 1 << 29 | 1 << 30;
            case IA32_VMX_CR0_FIXED0 -> CR0_FIXED0;
            case IA32_VMX_CR0_FIXED1 -> 0xFFFFFFFFL;
            case IA32_VMX_CR4_FIXED0 -> Control.CR4_VMXE;
            case IA32_VMX_CR4_FIXED1 -> cr4Fixed1;
            case IA32_VMX_VMCS_ENUM -> highestIndex << 1;
            case IA32_VMX_PROCBASED_CTLS2 -> pair(0, secondaryAllowed());
            case IA32_VMX_EPT_VPID_CAP -> EPT_EXECUTE_ONLY | EPT_4_LEVELS | (model.has(Feature.LA57) ? EPT_5_LEVELS : 0) | EPT_UC | EPT_WB | EPT_2M | EPT_1G
                    | INVEPT_ALL_TYPES | model.word(CpuidWord.VMX_EPT_VPID) | INVVPID_ALL_TYPES;
            case IA32_VMX_TRUE_PINBASED_CTLS -> pair(PIN_REQUIRED, pinAllowed());
            case IA32_VMX_TRUE_PROCBASED_CTLS -> pair(PRIMARY_REQUIRED, PRIMARY_ALLOWED);
            case IA32_VMX_TRUE_EXIT_CTLS -> pair(EXIT_REQUIRED, exitAllowed());
            case IA32_VMX_TRUE_ENTRY_CTLS -> pair(ENTRY_REQUIRED, entryAllowed());
            case IA32_VMX_VMFUNC -> functionsAllowed();
            default -> throw new IllegalArgumentException("MSR 0x" + Integer.toHexString(msr) + " is not a VMX capability");
        };
    }

    private static long pair(int allowed0, int allowed1) {
        return allowed0 & 0xFFFFFFFFL | (long) allowed1 << 32;
    }
}
