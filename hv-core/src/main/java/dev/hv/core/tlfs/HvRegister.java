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

    /** What the guest called itself, as it wrote it to GUEST_OS_ID; 0 while no system has. Read only. */
    public static final int GUEST_OS_ID = 0x0009_0002;

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

    public static final int CR0 = 0x0004_0000;
    public static final int CR2 = 0x0004_0001;
    public static final int CR3 = 0x0004_0002;
    public static final int CR4 = 0x0004_0003;
    public static final int CR8 = 0x0004_0004;
    public static final int XFEM = 0x0004_0005;

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
    public static final int MTRR_DEF_TYPE = 0x0008_000E;
    /** IA32_MTRR_PHYSBASE0; the masks follow from {@link #MTRR_PHYS_MASK0}. */
    public static final int MTRR_PHYS_BASE0 = 0x0008_0010;
    public static final int MTRR_PHYS_MASK0 = 0x0008_0040;
    /** IA32_MTRR_FIX64K_00000; the other ten follow. */
    public static final int MTRR_FIX64K_00000 = 0x0008_0070;
    public static final int TSC_AUX = 0x0008_007B;
    /** IA32_XSS. */
    public static final int XSS = 0x0008_008B;

    /** Local APIC registers: the register at offset 16 n of the xAPIC page is at this name plus n. */
    public static final int APIC_REGISTERS = 0x0008_4800;

    private HvRegister() {}
}
