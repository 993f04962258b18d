package dev.hv.cpu.svm;

/** Exit codes (APM vol. 2, appendix C). Up to 0xBF they number the bits of the intercept vectors too. */
public final class SvmExitCode {

    /** The processor refused the VMCB. */
    public static final long INVALID = -1;

    public static final int CR0_READ = 0x00;
    public static final int CR0_WRITE = 0x10;
    public static final int DR0_READ = 0x20;
    public static final int DR0_WRITE = 0x30;
    /** Exception 0; the others follow by vector. */
    public static final int EXCEPTION = 0x40;
    public static final int INTR = 0x60;
    public static final int NMI = 0x61;
    public static final int SMI = 0x62;
    public static final int INIT = 0x63;
    public static final int VINTR = 0x64;
    public static final int CR0_SELECTIVE_WRITE = 0x65;
    public static final int IDTR_READ = 0x66;
    public static final int GDTR_READ = 0x67;
    public static final int LDTR_READ = 0x68;
    public static final int TR_READ = 0x69;
    public static final int IDTR_WRITE = 0x6A;
    public static final int GDTR_WRITE = 0x6B;
    public static final int LDTR_WRITE = 0x6C;
    public static final int TR_WRITE = 0x6D;
    public static final int RDTSC = 0x6E;
    public static final int RDPMC = 0x6F;
    public static final int PUSHF = 0x70;
    public static final int POPF = 0x71;
    public static final int CPUID = 0x72;
    public static final int RSM = 0x73;
    public static final int IRET = 0x74;
    public static final int SOFTWARE_INTERRUPT = 0x75;
    public static final int INVD = 0x76;
    public static final int PAUSE = 0x77;
    public static final int HLT = 0x78;
    public static final int INVLPG = 0x79;
    public static final int INVLPGA = 0x7A;
    public static final int IO = 0x7B;
    public static final int MSR = 0x7C;
    public static final int TASK_SWITCH = 0x7D;
    public static final int FERR_FREEZE = 0x7E;
    public static final int SHUTDOWN = 0x7F;
    public static final int VMRUN = 0x80;
    public static final int VMMCALL = 0x81;
    public static final int VMLOAD = 0x82;
    public static final int VMSAVE = 0x83;
    public static final int STGI = 0x84;
    public static final int CLGI = 0x85;
    public static final int SKINIT = 0x86;
    public static final int RDTSCP = 0x87;
    public static final int ICEBP = 0x88;
    public static final int WBINVD = 0x89;
    public static final int MONITOR = 0x8A;
    public static final int MWAIT = 0x8B;
    public static final int MWAIT_ARMED = 0x8C;
    public static final int XSETBV = 0x8D;
    public static final int RDPRU = 0x8E;
    public static final int INVPCID = 0xA2;
    /** Nested page fault. */
    public static final int NESTED_PAGE_FAULT = 0x400;
    /** An interprocessor interrupt that AVIC does not bring to all its targets. */
    public static final int AVIC_INCOMPLETE_IPI = 0x401;
    /** An access to an APIC register that AVIC does not carry out. */
    public static final int AVIC_NO_ACCELERATION = 0x402;

    private SvmExitCode() {}
}
