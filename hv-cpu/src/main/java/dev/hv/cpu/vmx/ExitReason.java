package dev.hv.cpu.vmx;

/** Basic exit reasons (SDM vol. 3D, appendix C). */
public final class ExitReason {
    public static final int EXCEPTION_OR_NMI = 0;
    public static final int EXTERNAL_INTERRUPT = 1;
    public static final int TRIPLE_FAULT = 2;
    public static final int INIT = 3;
    public static final int SIPI = 4;
    public static final int INTERRUPT_WINDOW = 7;
    public static final int NMI_WINDOW = 8;
    public static final int TASK_SWITCH = 9;
    public static final int CPUID = 10;
    public static final int GETSEC = 11;
    public static final int HLT = 12;
    public static final int INVD = 13;
    public static final int INVLPG = 14;
    public static final int RDPMC = 15;
    public static final int RDTSC = 16;
    public static final int RSM = 17;
    public static final int VMCALL = 18;
    public static final int VMCLEAR = 19;
    public static final int VMLAUNCH = 20;
    public static final int VMPTRLD = 21;
    public static final int VMPTRST = 22;
    public static final int VMREAD = 23;
    public static final int VMRESUME = 24;
    public static final int VMWRITE = 25;
    public static final int VMXOFF = 26;
    public static final int VMXON = 27;
    public static final int CR_ACCESS = 28;
    public static final int DR_ACCESS = 29;
    public static final int IO = 30;
    public static final int RDMSR = 31;
    public static final int WRMSR = 32;
    public static final int INVALID_GUEST_STATE = 33;
    public static final int MSR_LOADING = 34;
    public static final int MWAIT = 36;
    public static final int MONITOR_TRAP = 37;
    public static final int MONITOR = 39;
    public static final int PAUSE = 40;
    public static final int TPR_BELOW_THRESHOLD = 43;
    public static final int APIC_ACCESS = 44;
    public static final int VIRTUALIZED_EOI = 45;
    /** LGDT, LIDT, SGDT, SIDT. */
    public static final int GDTR_IDTR = 46;
    /** LLDT, LTR, SLDT, STR. */
    public static final int LDTR_TR = 47;
    public static final int EPT_VIOLATION = 48;
    public static final int EPT_MISCONFIGURATION = 49;
    public static final int INVEPT = 50;
    public static final int RDTSCP = 51;
    public static final int PREEMPTION_TIMER = 52;
    public static final int INVVPID = 53;
    public static final int WBINVD = 54;
    public static final int XSETBV = 55;
    public static final int APIC_WRITE = 56;
    public static final int RDRAND = 57;
    public static final int INVPCID = 58;
    public static final int XSAVES = 63;
    public static final int XRSTORS = 64;
    public static final int VMFUNC = 59;
    public static final int RDSEED = 61;
    public static final int PML_FULL = 62;
    public static final int UMWAIT = 67;
    public static final int TPAUSE = 68;
    /** Bit 31 of the exit-reason field: the VM entry failed. */
    public static final int ENTRY_FAILURE = 1 << 31;

    private ExitReason() {}
}
