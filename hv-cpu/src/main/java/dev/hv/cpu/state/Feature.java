package dev.hv.cpu.state;

/**
 * Instruction-set extensions and capabilities that a processor model has or lacks. What a model has works and is
 * advertised by CPUID; what it lacks raises #UD or #GP.
 */
public enum Feature {
    FPU, VME, DE, PSE, TSC, MSR, PAE, MCE, CX8, APIC, SEP, MTRR, PGE, MCA, CMOV, PAT, PSE36, CLFSH, MMX, FXSR, SSE, SSE2, SS,
    SSE3, MONITOR, VMX, SSSE3, CX16, PCID, SSE41, SSE42, X2APIC, MOVBE, POPCNT, TSC_DEADLINE, RDRAND, HYPERVISOR,
    FSGSBASE, TSC_ADJUST, SMEP, ERMS, INVPCID, RDSEED, ADX, SMAP, CLFLUSHOPT, CLWB, UMIP, RDPID, BMI1, BMI2,
    SYSCALL, NX, PAGE1GB, RDTSCP, LM, LAHF64, LZCNT, PREFETCHW, INVARIANT_TSC, SVM, SSE4A, MMXEXT, FFXSR, MISALIGNSSE, ARCH_CAPABILITIES,
    PCLMULQDQ, AES, SHA, GFNI, XSAVE, AVX, F16C, FMA, AVX2
}
