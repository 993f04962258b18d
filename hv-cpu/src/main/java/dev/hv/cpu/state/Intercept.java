package dev.hv.cpu.state;

/**
 * An instruction that a hypervisor can intercept, by its own name. Each virtualisation unit maps it to its controls, its exit code and the
 * form in which it describes operands. Instructions with more to say (MSRs, ports, control and debug registers) have methods of their own
 * in {@link Intercepts}.
 */
public enum Intercept {
    CPUID, HLT, INVD, WBINVD, INVLPG, INVPCID, RDPMC, RDTSC, RDTSCP, MONITOR, MWAIT, UMONITOR, UMWAIT, TPAUSE, PAUSE, XSETBV, XSAVES, XRSTORS, RDRAND, RDSEED,
    SGDT, SIDT, LGDT, LIDT, SLDT, STR, LLDT, LTR,
    PUSHF, POPF, IRET, RSM, SMSW, RDPRU,
    VMRUN, VMMCALL, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, INVLPGA,
    INVEPT, INVVPID, VMCALL, VMCLEAR, VMLAUNCH, VMPTRLD, VMPTRST, VMREAD, VMRESUME, VMWRITE, VMXOFF, VMXON, VMFUNC
}
