package dev.hv.cpu.state;

/**
 * Where features have their bits: registers of CPUID leaves (SDM vol. 2A, "CPUID"; APM vol. 3, appendix E) and, for VT-x, which CPUID says nothing
 * more of than that it is there, capability MSRs (SDM vol. 3D, appendix A).
 */
public enum CpuidWord {
    L1_EDX(1, 0, CpuidWord.EDX),
    L1_ECX(1, 0, CpuidWord.ECX),
    L7_EBX(7, 0, CpuidWord.EBX),
    L7_ECX(7, 0, CpuidWord.ECX),
    L7_EDX(7, 0, CpuidWord.EDX),
    L7_1_EAX(7, 1, CpuidWord.EAX),
    L7_2_EDX(7, 2, CpuidWord.EDX),
    LD_1_EAX(0xD, 1, CpuidWord.EAX),
    E1_EDX(0x80000001, 0, CpuidWord.EDX),
    E1_ECX(0x80000001, 0, CpuidWord.ECX),
    E7_EDX(0x80000007, 0, CpuidWord.EDX),
    E8_EBX(0x80000008, 0, CpuidWord.EBX),
    EA_EDX(0x8000000A, 0, CpuidWord.EDX),
    E21_EAX(0x80000021, 0, CpuidWord.EAX),
    E21_ECX(0x80000021, 0, CpuidWord.ECX),
    /** Pin-based controls that may be 1: bits 63:32 of IA32_VMX_PINBASED_CTLS. */
    VMX_PIN(CpuidWord.NO_LEAF, 0, CpuidWord.EAX),
    /** Secondary processor-based controls that may be 1: bits 63:32 of IA32_VMX_PROCBASED_CTLS2. */
    VMX_SECONDARY(CpuidWord.NO_LEAF, 0, CpuidWord.EAX),
    /** Bits 31:0 of IA32_VMX_EPT_VPID_CAP. */
    VMX_EPT_VPID(CpuidWord.NO_LEAF, 0, CpuidWord.EAX);

    private static final int NO_LEAF = -1;
    private static final int EAX = 0;
    private static final int EBX = 1;
    private static final int ECX = 2;
    private static final int EDX = 3;

    /** The leaf, EAX of the instruction; -1 for bits of MSRs. */
    public final int leaf;
    /** The part of the leaf, ECX of the instruction; 0 where there are none. */
    public final int subleaf;
    /** The register: 0 EAX, 1 EBX, 2 ECX, 3 EDX. */
    public final int register;

    CpuidWord(int leaf, int subleaf, int register) {
        this.leaf = leaf;
        this.subleaf = subleaf;
        this.register = register;
    }

    /** Whether its features are parts of hardware virtualisation: no model has one of them that is without VT-x or AMD-V. */
    public boolean virtualization() {
        return this == EA_EDX || leaf == NO_LEAF;
    }
}
