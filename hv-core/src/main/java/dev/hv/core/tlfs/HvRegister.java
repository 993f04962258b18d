package dev.hv.core.tlfs;

/** Names of virtual processor registers, HV_REGISTER_NAME (TLFS, appendix "Virtual Processor Register Names"). */
public final class HvRegister {
    /** Set: the processor does not run. */
    public static final int EXPLICIT_SUSPEND = 0x0000_0000;

    /** Set: the processor was intercepted, and waits until its partition's owner has answered and clears it. */
    public static final int INTERCEPT_SUSPEND = 0x0000_0001;
    /** HvRegisterGuestCrashP0; the other four follow. */
    public static final int GUEST_CRASH_P0 = 0x0000_0210;
    public static final int GUEST_CRASH_P4 = 0x0000_0214;
    /** HvRegisterPendingInterruption: the event that the next entry delivers; its bits are {@code PENDING_…}. */
    public static final int PENDING_INTERRUPTION = 0x0001_0002;
    /** Pending interruption: there is one. */
    public static final int PENDING_PRESENT = 1;
    /** Pending interruption: type in bits 3:1, 0 external interrupt, 2 NMI, 3 exception, 4 software interrupt, 5 INT1, 6 INT3 or INTO. */
    public static final int PENDING_TYPE_SHIFT = 1;
    /** Pending interruption: an error code, in bits 63:32, is delivered. */
    public static final int PENDING_ERROR_CODE = 1 << 4;
    /** Pending interruption: instruction length in bits 8:5. */
    public static final int PENDING_LENGTH_SHIFT = 5;
    /** Pending interruption: vector in bits 31:16. */
    public static final int PENDING_VECTOR_SHIFT = 16;

    /** What the guest called itself, as it wrote it to GUEST_OS_ID; 0 while no system has. */
    public static final int GUEST_OS_ID = 0x0009_0002;

    public static final int INSTRUCTION_EMULATION_HINTS = 2;
    /** Of the root scheduler: the processor is not to be dispatched. */
    public static final int DISPATCH_SUSPEND = 3;
    /** What the processor itself waits for. */
    public static final int INTERNAL_ACTIVITY = 4;
    /** Activity: it waits for a start-up interrupt. */
    public static final int ACTIVITY_STARTUP_SUSPEND = 1;
    /** Activity: it has halted. */
    public static final int ACTIVITY_HALT_SUSPEND = 1 << 1;
    /** Activity: it has read GUEST_IDLE. */
    public static final int ACTIVITY_IDLE_SUSPEND = 1 << 2;
    public static final int INTERRUPT_STATE = 0x0001_0003;
    public static final int PENDING_EVENT0 = 0x0001_0004;
    public static final int PENDING_EVENT1 = 0x0001_0005;
    /** What the parent wants to be told when it can be delivered: sources of the SynIC in bits 63:48. */
    public static final int DELIVERABILITY_NOTIFICATIONS = 0x0001_0006;
    public static final int DELIVERABLE_SINTS_SHIFT = 48;

    public static final int RAX = 0x0002_0000;
    public static final int RCX = 0x0002_0001;
    public static final int RDX = 0x0002_0002;
    public static final int RBX = 0x0002_0003;
    public static final int RSP = 0x0002_0004;
    public static final int RBP = 0x0002_0005;
    public static final int RSI = 0x0002_0006;
    public static final int RDI = 0x0002_0007;
    public static final int R8 = 0x0002_0008;
    public static final int R15 = 0x0002_000F;
    public static final int RIP = 0x0002_0010;
    public static final int RFLAGS = 0x0002_0011;

    /** XMM0; the others follow. 16 bytes each. */
    public static final int XMM0 = 0x0003_0000;
    public static final int XMM15 = 0x0003_000F;

    /** First x87 register, 10 bytes; the other seven follow. */
    public static final int FP_MMX0 = 0x0003_0010;
    /** Control word, status word, abridged tags, opcode; instruction pointer in the upper half. */
    public static final int FP_CONTROL_STATUS = 0x0003_0018;
    /** Data pointer; MXCSR and its mask in the upper half. */
    public static final int XMM_CONTROL_STATUS = 0x0003_0019;

    public static final int CR0 = 0x0004_0000;
    public static final int CR2 = 0x0004_0001;
    public static final int CR3 = 0x0004_0002;
    public static final int CR4 = 0x0004_0003;
    public static final int CR8 = 0x0004_0004;
    public static final int XFEM = 0x0004_0005;

    /** Names for the same control registers at instants between instructions. */
    public static final int INTERMEDIATE_CR0 = 0x0004_1000;
    public static final int INTERMEDIATE_CR3 = 0x0004_1002;
    public static final int INTERMEDIATE_CR4 = 0x0004_1003;
    public static final int INTERMEDIATE_CR8 = 0x0004_1004;

    public static final int DR0 = 0x0005_0000;
    public static final int DR1 = 0x0005_0001;
    public static final int DR2 = 0x0005_0002;
    public static final int DR3 = 0x0005_0003;
    public static final int DR6 = 0x0005_0004;
    public static final int DR7 = 0x0005_0005;

    public static final int ES = 0x0006_0000;
    public static final int CS = 0x0006_0001;
    public static final int SS = 0x0006_0002;
    public static final int DS = 0x0006_0003;
    public static final int FS = 0x0006_0004;
    public static final int GS = 0x0006_0005;
    public static final int LDTR = 0x0006_0006;
    public static final int TR = 0x0006_0007;

    public static final int IDTR = 0x0007_0000;
    public static final int GDTR = 0x0007_0001;

    public static final int TSC = 0x0008_0000;
    public static final int EFER = 0x0008_0001;
    public static final int KERNEL_GS_BASE = 0x0008_0002;
    public static final int APIC_BASE = 0x0008_0003;
    public static final int PAT = 0x0008_0004;
    public static final int SYSENTER_CS = 0x0008_0005;
    public static final int SYSENTER_EIP = 0x0008_0006;
    public static final int SYSENTER_ESP = 0x0008_0007;
    public static final int STAR = 0x0008_0008;
    public static final int LSTAR = 0x0008_0009;
    public static final int CSTAR = 0x0008_000A;
    public static final int SFMASK = 0x0008_000B;
    public static final int INITIAL_APIC_ID = 0x0008_000C;
    /** IA32_MTRRCAP; read only. */
    public static final int MTRR_CAP = 0x0008_000D;
    public static final int MTRR_DEF_TYPE = 0x0008_000E;
    /** IA32_MTRR_PHYSBASE0; the masks follow from {@link #MTRR_PHYS_MASK0}. */
    public static final int MTRR_PHYS_BASE0 = 0x0008_0010;
    public static final int MTRR_PHYS_MASK0 = 0x0008_0040;
    /** IA32_MTRR_FIX64K_00000; the other ten follow. */
    public static final int MTRR_FIX64K_00000 = 0x0008_0070;
    public static final int TSC_AUX = 0x0008_007B;
    /** IA32_DEBUGCTL: what of it a guest has is not kept. */
    public static final int DEBUG_CTL = 0x0008_007D;
    public static final int SPEC_CTRL = 0x0008_0084;
    public static final int TSC_ADJUST = 0x0008_0096;
    /** IA32_XSS. */
    public static final int XSS = 0x0008_008B;

    /** Local APIC registers: the register at offset 16 n of the xAPIC page is at this name plus n. */
    public static final int APIC_REGISTERS = 0x0008_4800;

    // those that a guest has as synthetic MSRs
    public static final int VP_RUNTIME = 0x0009_0000;
    public static final int HYPERCALL = 0x0009_0001;
    public static final int VP_INDEX = 0x0009_0003;
    public static final int TIME_REF_COUNT = 0x0009_0004;
    public static final int VP_ASSIST_PAGE = 0x0009_0013;
    /** Of the root scheduler: signals that the hypervisor has sent about the processor. */
    public static final int ROOT_SIGNAL_COUNT = 0x0009_0014;
    public static final int REFERENCE_TSC = 0x0009_0017;
    public static final int SINT0 = 0x000A_0000;
    public static final int SCONTROL = 0x000A_0010;
    public static final int SVERSION = 0x000A_0011;
    public static final int SIEFP = 0x000A_0012;
    public static final int SIMP = 0x000A_0013;
    public static final int EOM = 0x000A_0014;
    public static final int SIRBP = 0x000A_0015;
    public static final int STIMER0_CONFIG = 0x000B_0000;

    private HvRegister() {}
}
