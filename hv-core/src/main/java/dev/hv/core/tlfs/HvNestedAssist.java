package dev.hv.core.tlfs;

/** What a hypervisor that is a guest tells in the VP assist page (TLFS, HV_VP_ASSIST_PAGE), and what it is told in CPUID. */
public final class HvNestedAssist {

    /** Offset of HV_NESTED_ENLIGHTENMENTS_CONTROL: features in the low word. */
    public static final int CONTROL = 32;
    /** Feature: flushes of its guests' are carried out without it. */
    public static final int DIRECT_HYPERCALL = 1;
    /** Offset of the byte that says that entries use the enlightened VMCS. */
    public static final int ENLIGHTEN_ENTRY = 40;
    /** Offset of that VMCS's guest-physical address. */
    public static final int CURRENT_VMCS = 48;

    // CPUID 4000000AH, EAX
    /** Versions of the enlightened VMCS: from 1 to 1. */
    public static final int VMCS_VERSIONS = 0x0101;
    public static final int DIRECT_VIRTUAL_FLUSH = 1 << 17;
    public static final int FLUSH_GUEST_PHYSICAL = 1 << 18;
    public static final int ENLIGHTENED_MSR_BITMAP = 1 << 19;

    private HvNestedAssist() {}
}
