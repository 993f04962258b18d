package dev.hv.cpu.state;

/** The registers of CPUID leaves in which features have their bits (SDM vol. 2A, "CPUID"; APM vol. 3, appendix E). */
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
    EA_EDX(0x8000000A, 0, CpuidWord.EDX);

    private static final int EAX = 0;
    private static final int EBX = 1;
    private static final int ECX = 2;
    private static final int EDX = 3;

    /** The leaf, EAX of the instruction. */
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
}
