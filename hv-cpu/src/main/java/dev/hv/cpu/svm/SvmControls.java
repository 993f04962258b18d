package dev.hv.cpu.svm;

/** Bits of a VMCB's control fields (APM vol. 2, appendix B, table B-1). */
public final class SvmControls {

    // TLB_CONTROL (15.16.2)
    public static final int TLB_NOTHING = 0;
    public static final int TLB_FLUSH_ALL = 1;
    public static final int TLB_FLUSH_ASID = 3;
    public static final int TLB_FLUSH_ASID_LOCAL = 7;

    // VIRTUAL_INTERRUPT (15.21)
    /** The virtual task priority. */
    public static final int V_TPR = 0xFF;
    public static final int V_IRQ = 1 << 8;
    public static final int V_GIF = 1 << 9;
    public static final int V_NMI = 1 << 11;
    public static final int V_NMI_MASK = 1 << 12;
    public static final int V_PRIORITY_SHIFT = 16;
    public static final int V_PRIORITY = 0xF << V_PRIORITY_SHIFT;
    public static final int V_IGNORE_TPR = 1 << 20;
    public static final int V_INTR_MASKING = 1 << 24;
    public static final int V_GIF_ENABLE = 1 << 25;
    public static final int V_NMI_ENABLE = 1 << 26;
    /** The APIC is virtualised in x2APIC mode; with {@link #V_AVIC}. */
    public static final int V_X2AVIC = 1 << 30;
    public static final int V_AVIC = 1 << 31;
    public static final int V_VECTOR_SHIFT = 32;

    public static final int NESTED_PAGING = 1;

    // VIRTUAL_EXTENSIONS
    public static final int VIRTUAL_BRANCH_RECORDS = 1;
    public static final int VIRTUAL_VMLOAD_VMSAVE = 1 << 1;

    // EVENT_INJECTION and EXIT_INT_INFO (15.20)
    public static final long EVENT_VALID = 1L << 31;
    public static final int EVENT_ERROR_CODE = 1 << 11;
    public static final int TYPE_INTERRUPT = 0;
    public static final int TYPE_NMI = 2;
    public static final int TYPE_EXCEPTION = 3;
    public static final int TYPE_SOFTWARE_INTERRUPT = 4;

    // EXIT_INFO1 of I/O (figure 15-2)
    public static final int IO_IN = 1;
    public static final int IO_STRING = 1 << 2;
    public static final int IO_REPEATED = 1 << 3;
    /** 1, 2 or 4 bytes as the number stands here. */
    public static final int IO_SIZE_SHIFT = 4;
    public static final int IO_ADDRESS_SHIFT = 7;
    public static final int IO_SEGMENT_SHIFT = 10;
    public static final int IO_PORT_SHIFT = 16;

    // EXIT_INFO1 of nested page faults (15.25.6)
    public static final int FAULT_PRESENT = 1;
    public static final int FAULT_WRITE = 1 << 1;
    public static final int FAULT_USER = 1 << 2;
    public static final int FAULT_RESERVED = 1 << 3;
    public static final int FAULT_FETCH = 1 << 4;
    /** The guest-physical address that a translation led to. */
    public static final long FAULT_FINAL = 1L << 32;
    /** An entry of the guest's own paging structures. */
    public static final long FAULT_WALK = 1L << 33;

    // EXIT_INFO2 of task switches (15.14.1)
    public static final long TASK_IRET = 1L << 36;
    public static final long TASK_JUMP = 1L << 38;
    public static final long TASK_ERROR_CODE = 1L << 44;
    public static final long TASK_RESUME_FLAG = 1L << 48;

    /** EXIT_INFO1 of MOV to and from control registers: the instruction was MOV, its register is in bits 3:0. */
    public static final long CR_MOV = 1L << 63;

    // MSRs
    public static final int MSR_TSC_RATIO = 0xC0000104;
    public static final int MSR_VM_CR = 0xC0010114;
    public static final int MSR_IGNNE = 0xC0010115;
    public static final int MSR_SMM_CTL = 0xC0010116;
    public static final int MSR_VM_HSAVE_PA = 0xC0010117;
    public static final int MSR_SVM_KEY = 0xC0010118;
    /** Writing a physical APIC ID has the guest there look for interrupts (15.29.8). */
    public static final int MSR_DOORBELL = 0xC001011B;
    /** A time-stamp counter that runs as the processor's does (15.30.5). */
    public static final long TSC_RATIO_ONE = 1L << 32;

    // VM_CR (15.30.1)
    public static final int VM_CR_DPD = 1;
    public static final int VM_CR_REDIRECT_INIT = 1 << 1;
    public static final int VM_CR_DISABLE_A20M = 1 << 2;
    public static final int VM_CR_LOCK = 1 << 3;
    public static final int VM_CR_DISABLE = 1 << 4;

    private SvmControls() {}
}
