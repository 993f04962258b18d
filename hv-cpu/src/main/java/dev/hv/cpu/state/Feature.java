package dev.hv.cpu.state;

import static dev.hv.cpu.state.CpuidWord.*;

import java.util.List;
import java.util.Locale;

/**
 * Instruction-set extensions and capabilities that a processor model has or lacks, each with its bit in CPUID or a capability MSR and with what
 * no processor has it without. What a model has works and is advertised; what it lacks raises #UD or #GP.
 */
public enum Feature {
    // CPUID.1:EDX
    FPU(L1_EDX, 0), VME(L1_EDX, 1), DE(L1_EDX, 2), PSE(L1_EDX, 3), TSC(L1_EDX, 4), MSR(L1_EDX, 5), PAE(L1_EDX, 6), MCE(L1_EDX, 7), CX8(L1_EDX, 8),
    APIC(L1_EDX, 9, MSR), SEP(L1_EDX, 11, MSR), MTRR(L1_EDX, 12, MSR), PGE(L1_EDX, 13), MCA(L1_EDX, 14, MCE, MSR), CMOV(L1_EDX, 15),
    PAT(L1_EDX, 16, MSR), PSE36(L1_EDX, 17, PSE), CLFSH(L1_EDX, 19), MMX(L1_EDX, 23, FPU), FXSR(L1_EDX, 24, FPU), SSE(L1_EDX, 25, FXSR, MMX),
    SSE2(L1_EDX, 26, SSE), SS(L1_EDX, 27),
    // CPUID.80000001H:EDX
    NX(E1_EDX, 20, PAE), LM(E1_EDX, 29, PAE, CX8, MSR, SSE2), SYSCALL(E1_EDX, 11, MSR), MMXEXT(E1_EDX, 22, MMX), FFXSR(E1_EDX, 25, FXSR, LM),
    PAGE1GB(E1_EDX, 26, LM), RDTSCP(E1_EDX, 27, TSC, MSR),
    // CPUID.1:ECX; PDCM stands for the architectural performance counters of leaf 0AH, too
    SSE3(L1_ECX, 0, SSE2), PCLMULQDQ(L1_ECX, 1, SSE2), MONITOR(L1_ECX, 3), VMX(L1_ECX, 5, MSR), SSSE3(L1_ECX, 9, SSE3), CX16(L1_ECX, 13, LM),
    PDCM(L1_ECX, 15, MSR, APIC), PCID(L1_ECX, 17, LM), SSE41(L1_ECX, 19, SSSE3), SSE42(L1_ECX, 20, SSE41), X2APIC(L1_ECX, 21, APIC), MOVBE(L1_ECX, 22), POPCNT(L1_ECX, 23),
    TSC_DEADLINE(L1_ECX, 24, APIC, TSC), AES(L1_ECX, 25, SSE2), XSAVE(L1_ECX, 26, FXSR), AVX(L1_ECX, 28, XSAVE, SSE42), F16C(L1_ECX, 29, AVX),
    FMA(L1_ECX, 12, AVX), RDRAND(L1_ECX, 30), HYPERVISOR(L1_ECX, 31),
    // CPUID.80000001H:ECX
    LAHF64(E1_ECX, 0, LM), SVM(E1_ECX, 2, LM, NX), ALT_MOV_CR8(E1_ECX, 4), LZCNT(E1_ECX, 5), SSE4A(E1_ECX, 6, SSE3), MISALIGNSSE(E1_ECX, 7, SSE), PREFETCHW(E1_ECX, 8), TOPOEXT(E1_ECX, 22), PERFCTR_CORE(E1_ECX, 23, MSR, APIC),
    // CPUID.7:EBX
    FSGSBASE(L7_EBX, 0, LM), TSC_ADJUST(L7_EBX, 1, TSC, MSR), BMI1(L7_EBX, 3), AVX2(L7_EBX, 5, AVX), SMEP(L7_EBX, 7), BMI2(L7_EBX, 8, BMI1),
    ERMS(L7_EBX, 9), INVPCID(L7_EBX, 10, PCID), RDSEED(L7_EBX, 18, RDRAND), ADX(L7_EBX, 19), SMAP(L7_EBX, 20), CLFLUSHOPT(L7_EBX, 23, CLFSH),
    CLWB(L7_EBX, 24, CLFSH), SHA(L7_EBX, 29, SSE2),
    // CPUID.7:ECX
    UMIP(L7_ECX, 2), LA57(L7_ECX, 16, LM), PKU(L7_ECX, 3, LM, XSAVE), WAITPKG(L7_ECX, 5, TSC, MSR), SHSTK(L7_ECX, 7, MSR), GFNI(L7_ECX, 8, SSE2), VAES(L7_ECX, 9, AES, AVX), VPCLMULQDQ(L7_ECX, 10, PCLMULQDQ, AVX), RDPID(L7_ECX, 22, RDTSCP),
    MOVDIRI(L7_ECX, 27), MOVDIR64B(L7_ECX, 28), PKS(L7_ECX, 31, LM, MSR),
    // CPUID.7:EDX; IBRS stands for IA32_SPEC_CTRL and for the barrier of IA32_PRED_CMD
    FSRM(L7_EDX, 4, ERMS), SERIALIZE(L7_EDX, 14), IBT(L7_EDX, 20, MSR), IBRS(L7_EDX, 26, MSR), STIBP(L7_EDX, 27, IBRS), ARCH_CAPABILITIES(L7_EDX, 29, MSR), SSBD(L7_EDX, 31, IBRS),
    // CPUID.(7,1):EAX: fast zero-length REP MOVSB, fast short REP STOSB
    FZRM(L7_1_EAX, 10, ERMS), FSRS(L7_1_EAX, 11, ERMS), LAM(L7_1_EAX, 26, LM),
    // CPUID.(7,2):EDX: with BHI_DIS_S in IA32_SPEC_CTRL systems need no loop that clears branch history on every system call
    BHI_CTRL(L7_2_EDX, 4, IBRS),
    // CPUID.(DH,1):EAX
    XSAVEOPT(LD_1_EAX, 0, XSAVE), XSAVEC(LD_1_EAX, 1, XSAVE), XGETBV1(LD_1_EAX, 2, XSAVE), XSAVES(LD_1_EAX, 3, XSAVEC),
    // CPUID.80000007H:EDX
    INVARIANT_TSC(E7_EDX, 8, TSC),
    // CPUID.80000008H:EBX
    RDPRU(E8_EBX, 4, TSC), AMD_IBPB(E8_EBX, 12, MSR), AMD_IBRS(E8_EBX, 14, MSR), AMD_STIBP(E8_EBX, 15, MSR), AMD_SSBD(E8_EBX, 24, MSR), AMD_SSB_NO(E8_EBX, 26),
    // CPUID.8000000AH:EDX
    NPT(EA_EDX, 0, SVM), LBRV(EA_EDX, 1, SVM), SVM_LOCK(EA_EDX, 2, SVM), NRIP_SAVE(EA_EDX, 3, SVM), TSC_SCALE(EA_EDX, 4, SVM), VMCB_CLEAN(EA_EDX, 5, SVM),
    FLUSHBYASID(EA_EDX, 6, SVM), DECODEASSISTS(EA_EDX, 7, SVM), PAUSEFILTER(EA_EDX, 10, SVM), PFTHRESHOLD(EA_EDX, 12, PAUSEFILTER),
    AVIC(EA_EDX, 13, NPT, APIC), V_VMSAVE_VMLOAD(EA_EDX, 15, NPT), VGIF(EA_EDX, 16, SVM), X2AVIC(EA_EDX, 18, AVIC, X2APIC), VNMI(EA_EDX, 25, SVM),
    // CPUID.80000021H:EAX: LFENCE waits for all before it, null selectors clear base and limit, EFER.AIBRSE; what is not speculated needs no care of systems
    LFENCE_RDTSC(E21_EAX, 2), NULL_SEL_CLR_BASE(E21_EAX, 6), AUTOIBRS(E21_EAX, 8, MSR), SRSO_NO(E21_EAX, 29),
    // CPUID.80000021H:ECX
    TSA_SQ_NO(E21_ECX, 1), TSA_L1_NO(E21_ECX, 2),
    // VT-x: IA32_VMX_PINBASED_CTLS and IA32_VMX_PROCBASED_CTLS2, by the numbers of their controls, and IA32_VMX_EPT_VPID_CAP
    VMX_APIC_REGISTERS(VMX_SECONDARY, 8, VMX), VMX_INTERRUPT_DELIVERY(VMX_SECONDARY, 9, VMX),
    VMX_POSTED_INTERRUPTS(VMX_PIN, 7, VMX_INTERRUPT_DELIVERY), VMX_X2APIC(VMX_SECONDARY, 4, VMX, X2APIC), VMX_VMFUNC(VMX_SECONDARY, 13, VMX),
    VMX_SHADOW_VMCS(VMX_SECONDARY, 14, VMX), VMX_EPT_AD(VMX_EPT_VPID, 21, VMX), VMX_PML(VMX_SECONDARY, 17, VMX_EPT_AD),
    VMX_VE(VMX_SECONDARY, 18, VMX), VMX_MBEC(VMX_SECONDARY, 22, VMX), VMX_TSC_SCALING(VMX_SECONDARY, 25, VMX);

    /** Where its bit is. */
    public final CpuidWord word;
    /** Number of the bit. */
    public final int bit;
    private final List<Feature> needs;

    Feature(CpuidWord word, int bit, Feature... needs) {
        this.word = word;
        this.bit = bit;
        this.needs = List.of(needs);
    }

    /** What a model with this feature has, too. */
    public List<Feature> needs() {
        return needs;
    }

    /** What users call it: in small letters, with hyphens. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
