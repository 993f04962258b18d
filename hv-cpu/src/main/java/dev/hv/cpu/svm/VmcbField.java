package dev.hv.cpu.svm;

/** Where the fields of a VMCB are, in bytes from its start (APM vol. 2, appendix B, tables B-1 and B-2). */
public final class VmcbField {

    // ---- control area ------------------------------------------------------------------------------------------------
    /** Six doublewords of intercepts; bit n of doubleword w is exit code 32·w + n ({@link SvmExitCode}). */
    public static final int INTERCEPTS = 0x000;
    /** 16 bits: cycles between two PAUSEs that end a loop of them. */
    public static final int PAUSE_FILTER_THRESHOLD = 0x03C;
    /** 16 bits: PAUSEs before one exits. */
    public static final int PAUSE_FILTER_COUNT = 0x03E;
    public static final int IOPM_BASE = 0x040;
    public static final int MSRPM_BASE = 0x048;
    public static final int TSC_OFFSET = 0x050;
    /** 32 bits. */
    public static final int ASID = 0x058;
    /** 8 bits, {@link SvmControls}{@code .TLB_…}. */
    public static final int TLB_CONTROL = 0x05C;
    /** {@link SvmControls}{@code .V_…}. */
    public static final int VIRTUAL_INTERRUPT = 0x060;
    /** Bit 0: interrupt shadow. */
    public static final int INTERRUPT_SHADOW = 0x068;
    public static final int EXIT_CODE = 0x070;
    public static final int EXIT_INFO1 = 0x078;
    public static final int EXIT_INFO2 = 0x080;
    public static final int EXIT_INT_INFO = 0x088;
    /** Bit 0: nested paging. */
    public static final int NESTED_CONTROL = 0x090;
    /** Guest-physical address of the APIC's registers. */
    public static final int AVIC_APIC_BAR = 0x098;
    public static final int EVENT_INJECTION = 0x0A8;
    public static final int NESTED_CR3 = 0x0B0;
    /** Bit 0: virtual last-branch records, bit 1: virtual VMLOAD and VMSAVE. */
    public static final int VIRTUAL_EXTENSIONS = 0x0B8;
    public static final int CLEAN_BITS = 0x0C0;
    public static final int NEXT_RIP = 0x0C8;
    /** 8 bits: how many bytes of the instruction follow. */
    public static final int INSTRUCTION_LENGTH = 0x0D0;
    /** 15 bytes. */
    public static final int INSTRUCTION_BYTES = 0x0D1;

    public static final int AVIC_BACKING_PAGE = 0x0E0;
    public static final int AVIC_LOGICAL_TABLE = 0x0F0;
    /** Bits 11:0: the last index. */
    public static final int AVIC_PHYSICAL_TABLE = 0x0F8;

    // ---- state save area: segments are selector (16 bits), attributes (16), limit (32), base (64) -------------------------
    public static final int ES = 0x400;
    public static final int CS = 0x410;
    public static final int SS = 0x420;
    public static final int DS = 0x430;
    public static final int FS = 0x440;
    public static final int GS = 0x450;
    public static final int GDTR = 0x460;
    public static final int LDTR = 0x470;
    public static final int IDTR = 0x480;
    public static final int TR = 0x490;
    /** 8 bits. */
    public static final int CPL = 0x4CB;
    public static final int EFER = 0x4D0;
    public static final int CR4 = 0x548;
    public static final int CR3 = 0x550;
    public static final int CR0 = 0x558;
    public static final int DR7 = 0x560;
    public static final int DR6 = 0x568;
    public static final int RFLAGS = 0x570;
    public static final int RIP = 0x578;
    public static final int RSP = 0x5D8;
    public static final int S_CET = 0x5E0;
    public static final int SSP = 0x5E8;
    public static final int INTERRUPT_SSP_TABLE = 0x5F0;
    public static final int RAX = 0x5F8;
    public static final int STAR = 0x600;
    public static final int LSTAR = 0x608;
    public static final int CSTAR = 0x610;
    public static final int SFMASK = 0x618;
    public static final int KERNEL_GS_BASE = 0x620;
    public static final int SYSENTER_CS = 0x628;
    public static final int SYSENTER_ESP = 0x630;
    public static final int SYSENTER_EIP = 0x638;
    public static final int CR2 = 0x640;
    public static final int G_PAT = 0x668;
    public static final int DEBUGCTL = 0x670;
    /** The last branch from and to, then the one before the last event: four words in {@link dev.hv.cpu.state.BranchRecords#last}'s order. */
    public static final int LAST_BRANCHES = 0x678;

    // parts of a segment register
    public static final int SELECTOR = 0;
    public static final int ATTRIBUTES = 2;
    public static final int LIMIT = 4;
    public static final int BASE = 8;

    private VmcbField() {}
}
