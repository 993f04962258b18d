package dev.hv.cpu.vmx;

/** Bits of the VM-execution, VM-exit and VM-entry controls (SDM vol. 3C, 24.6 to 24.8). */
public final class VmxControls {

    // Pin-based VM-execution controls (table 24-5)
    public static final int PIN_EXTERNAL_INTERRUPT = 1;
    public static final int PIN_NMI = 1 << 3;
    public static final int PIN_VIRTUAL_NMI = 1 << 5;
    public static final int PIN_PREEMPTION_TIMER = 1 << 6;
    public static final int PIN_POSTED_INTERRUPTS = 1 << 7;

    // Primary processor-based VM-execution controls (table 24-6)
    public static final int INTERRUPT_WINDOW = 1 << 2;
    public static final int TSC_OFFSETTING = 1 << 3;
    public static final int HLT_EXITING = 1 << 7;
    public static final int INVLPG_EXITING = 1 << 9;
    public static final int MWAIT_EXITING = 1 << 10;
    public static final int RDPMC_EXITING = 1 << 11;
    public static final int RDTSC_EXITING = 1 << 12;
    public static final int CR3_LOAD_EXITING = 1 << 15;
    public static final int CR3_STORE_EXITING = 1 << 16;
    public static final int CR8_LOAD_EXITING = 1 << 19;
    public static final int CR8_STORE_EXITING = 1 << 20;
    public static final int TPR_SHADOW = 1 << 21;
    public static final int NMI_WINDOW = 1 << 22;
    public static final int MOV_DR_EXITING = 1 << 23;
    public static final int UNCONDITIONAL_IO = 1 << 24;
    public static final int IO_BITMAPS = 1 << 25;
    public static final int MONITOR_TRAP = 1 << 27;
    public static final int MSR_BITMAPS = 1 << 28;
    public static final int MONITOR_EXITING = 1 << 29;
    public static final int PAUSE_EXITING = 1 << 30;
    public static final int SECONDARY = 1 << 31;

    // Secondary processor-based VM-execution controls (table 24-7)
    public static final int VIRTUALIZE_APIC = 1;
    public static final int EPT = 1 << 1;
    public static final int DESCRIPTOR_TABLE_EXITING = 1 << 2;
    public static final int ENABLE_RDTSCP = 1 << 3;
    public static final int VIRTUALIZE_X2APIC = 1 << 4;
    public static final int ENABLE_VPID = 1 << 5;
    public static final int WBINVD_EXITING = 1 << 6;
    public static final int UNRESTRICTED_GUEST = 1 << 7;
    public static final int APIC_REGISTER_VIRTUALIZATION = 1 << 8;
    public static final int VIRTUAL_INTERRUPT_DELIVERY = 1 << 9;
    public static final int PAUSE_LOOP_EXITING = 1 << 10;
    public static final int RDRAND_EXITING = 1 << 11;
    public static final int ENABLE_INVPCID = 1 << 12;
    public static final int ENABLE_VM_FUNCTIONS = 1 << 13;
    public static final int VMCS_SHADOWING = 1 << 14;
    public static final int RDSEED_EXITING = 1 << 16;
    public static final int ENABLE_PML = 1 << 17;
    public static final int EPT_VIOLATION_VE = 1 << 18;
    public static final int ENABLE_XSAVES = 1 << 20;
    public static final int MODE_BASED_EXECUTE = 1 << 22;
    public static final int TSC_SCALING = 1 << 25;
    public static final int ENABLE_USER_WAIT = 1 << 26;

    // VM-function controls (24.6.14)
    public static final int EPTP_SWITCHING = 1;

    // VM-exit controls (table 24-13)
    public static final int EXIT_SAVE_DEBUG = 1 << 2;
    public static final int EXIT_HOST_64 = 1 << 9;
    public static final int EXIT_LOAD_PERF_GLOBAL = 1 << 12;
    public static final int EXIT_ACK_INTERRUPT = 1 << 15;
    public static final int EXIT_SAVE_PAT = 1 << 18;
    public static final int EXIT_LOAD_PAT = 1 << 19;
    public static final int EXIT_SAVE_EFER = 1 << 20;
    public static final int EXIT_LOAD_EFER = 1 << 21;
    public static final int EXIT_SAVE_TIMER = 1 << 22;
    public static final int EXIT_LOAD_CET = 1 << 28;
    public static final int EXIT_LOAD_PKRS = 1 << 29;

    // VM-entry controls (table 24-15)
    public static final int ENTRY_LOAD_DEBUG = 1 << 2;
    public static final int ENTRY_GUEST_64 = 1 << 9;
    public static final int ENTRY_LOAD_PERF_GLOBAL = 1 << 13;
    public static final int ENTRY_LOAD_PAT = 1 << 14;
    public static final int ENTRY_LOAD_EFER = 1 << 15;
    public static final int ENTRY_LOAD_CET = 1 << 20;
    public static final int ENTRY_LOAD_PKRS = 1 << 22;

    // Interruption information, of VM entry, VM exit and IDT vectoring alike (tables 24-16, 24-17, 24-18)
    public static final int INFO_VALID = 1 << 31;
    public static final int INFO_ERROR_CODE = 1 << 11;
    public static final int TYPE_EXTERNAL = 0;
    public static final int TYPE_NMI = 2;
    public static final int TYPE_HARDWARE_EXCEPTION = 3;
    public static final int TYPE_SOFTWARE_INTERRUPT = 4;
    public static final int TYPE_PRIVILEGED_SOFTWARE_EXCEPTION = 5;
    public static final int TYPE_SOFTWARE_EXCEPTION = 6;
    public static final int TYPE_OTHER = 7;

    // Guest interruptibility state (table 24-3)
    public static final int BLOCKING_STI = 1;
    public static final int BLOCKING_SS = 1 << 1;
    public static final int BLOCKING_SMI = 1 << 2;
    public static final int BLOCKING_NMI = 1 << 3;

    // Pending debug exceptions (table 24-4), beside B3 to B0
    public static final int PENDING_ENABLED_BREAKPOINT = 1 << 12;
    public static final int PENDING_SINGLE_STEP = 1 << 14;

    private VmxControls() {}
}
