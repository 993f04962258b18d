package dev.hv.core.tlfs;

/**
 * Layouts of intercept messages, from the start of the message (TLFS, "Intercepts", HV_X64_INTERCEPT_MESSAGE_HEADER and what follows it for each
 * type of {@link HvMessage}). Sizes are those of the payload.
 */
public final class HvInterceptMessage {
    /** Virtual processor, u32. */
    public static final int VP_INDEX = HvMessage.PAYLOAD;
    /** Length of the instruction in bits 3:0, CR8 in bits 7:4; u8. */
    public static final int LENGTH_AND_CR8 = HvMessage.PAYLOAD + 4;
    /** {@link #READ}, {@link #WRITE} or {@link #EXECUTE}, u8. */
    public static final int ACCESS = HvMessage.PAYLOAD + 5;
    /** Execution state, u16. */
    public static final int EXECUTION_STATE = HvMessage.PAYLOAD + 6;
    /** CS: base u64, limit u32, selector u16, attributes u16. */
    public static final int CS = HvMessage.PAYLOAD + 8;
    /** RIP, u64. */
    public static final int RIP = HvMessage.PAYLOAD + 24;
    /** RFLAGS, u64. */
    public static final int RFLAGS = HvMessage.PAYLOAD + 32;
    /** First byte behind the header. */
    public static final int BODY = HvMessage.PAYLOAD + 40;
    /** Bytes of the header, which is all of a halt and of an unrecoverable exception. */
    public static final int HEADER_SIZE = 40;

    public static final int READ = 0;
    public static final int WRITE = 1;
    public static final int EXECUTE = 2;

    /** Execution state: privilege level in bits 1:0. */
    public static final int STATE_CPL = 3;
    /** Execution state: CR0.PE. */
    public static final int STATE_PROTECTED = 1 << 2;
    /** Execution state: CR0.AM. */
    public static final int STATE_ALIGNMENT_MASK = 1 << 3;
    /** Execution state: EFER.LMA. */
    public static final int STATE_LONG_MODE = 1 << 4;
    /** Execution state: a breakpoint is enabled in DR7. */
    public static final int STATE_DEBUG_ACTIVE = 1 << 5;
    /** Execution state: an event was on its way. */
    public static final int STATE_INTERRUPTION_PENDING = 1 << 6;
    /** Execution state: behind STI or a load of SS. */
    public static final int STATE_INTERRUPT_SHADOW = 1 << 12;

    /** I/O port: port, u16. */
    public static final int IO_PORT = BODY;
    /** I/O port: size in bits 2:0, {@link #IO_STRING}, {@link #IO_REPEATED}; u8. */
    public static final int IO_ACCESS_INFO = BODY + 2;
    /** I/O port: how many of the instruction's bytes are given, u8. */
    public static final int IO_BYTE_COUNT = BODY + 3;
    /** I/O port: RAX, u64. */
    public static final int IO_RAX = BODY + 8;
    /** I/O port: up to 16 bytes of the instruction. */
    public static final int IO_BYTES = BODY + 16;
    /** I/O port: DS and ES, laid out as CS. */
    public static final int IO_DS = BODY + 32;
    public static final int IO_ES = BODY + 48;
    /** I/O port: RCX, RSI and RDI, u64 each. */
    public static final int IO_RCX = BODY + 64;
    public static final int IO_RSI = BODY + 72;
    public static final int IO_RDI = BODY + 80;
    public static final int IO_SIZE = HEADER_SIZE + 88;

    /** In the access information: bytes that one access moves. */
    public static final int IO_BYTES_MOVED = 7;
    /** In the access information: INS or OUTS. */
    public static final int IO_STRING = 1 << 3;
    /** In the access information: a repeat prefix. */
    public static final int IO_REPEATED = 1 << 4;

    /** Memory: cache type, u32. */
    public static final int MEMORY_CACHE_TYPE = BODY;
    /** Memory: how many of the instruction's bytes are given, u8. */
    public static final int MEMORY_BYTE_COUNT = BODY + 4;
    /** Memory: access information, u8. */
    public static final int MEMORY_ACCESS_INFO = BODY + 5;
    /** Memory: task priority, u8. */
    public static final int MEMORY_TPR = BODY + 6;
    /** Memory: linear address, u64. */
    public static final int MEMORY_GVA = BODY + 8;
    /** Memory: guest-physical address, u64. */
    public static final int MEMORY_GPA = BODY + 16;
    /** Memory: up to 16 bytes of the instruction. */
    public static final int MEMORY_BYTES = BODY + 24;
    public static final int MEMORY_SIZE = HEADER_SIZE + 40;

    /** MSR: number, u32. */
    public static final int MSR_NUMBER = BODY;
    /** MSR: RDX and RAX, u64 each. */
    public static final int MSR_RDX = BODY + 8;
    public static final int MSR_RAX = BODY + 16;
    public static final int MSR_SIZE = HEADER_SIZE + 24;

    /** CPUID: RAX, RCX, RDX and RBX, u64 each. */
    public static final int CPUID_RAX = BODY;
    public static final int CPUID_RCX = BODY + 8;
    public static final int CPUID_RDX = BODY + 16;
    public static final int CPUID_RBX = BODY + 24;
    /** CPUID: what the hypervisor would answer in RAX, RCX, RDX and RBX, u64 each. */
    public static final int CPUID_DEFAULT_RAX = BODY + 32;
    public static final int CPUID_DEFAULT_RCX = BODY + 40;
    public static final int CPUID_DEFAULT_RDX = BODY + 48;
    public static final int CPUID_DEFAULT_RBX = BODY + 56;
    public static final int CPUID_SIZE = HEADER_SIZE + 64;

    /** In the memory access information: {@link #MEMORY_GVA} is valid. */
    public static final int MEMORY_GVA_VALID = 1;
    /** In the memory access information: {@link #MEMORY_GPA} is what {@link #MEMORY_GVA} leads to. */
    public static final int MEMORY_GPA_OF_GVA = 1 << 1;

    /** Exception: vector, u16. */
    public static final int EXCEPTION_VECTOR = BODY;
    /** Exception: {@link #EXCEPTION_ERROR_CODE_VALID}, {@link #EXCEPTION_BY_SOFTWARE}; u8. */
    public static final int EXCEPTION_INFO = BODY + 2;
    /** Exception: how many of the instruction's bytes are given, u8. */
    public static final int EXCEPTION_BYTE_COUNT = BODY + 3;
    /** Exception: error code, u32. */
    public static final int EXCEPTION_ERROR_CODE = BODY + 4;
    /** Exception: address of a page fault, conditions of a debug exception as bits of DR6; u64. */
    public static final int EXCEPTION_PARAMETER = BODY + 8;
    /** Exception: up to 16 bytes of the instruction. */
    public static final int EXCEPTION_BYTES = BODY + 24;
    /** Exception: DS and SS, laid out as CS. */
    public static final int EXCEPTION_DS = BODY + 40;
    public static final int EXCEPTION_SS = BODY + 56;
    /** Exception: RAX to R15 in the order of their encodings, u64 each. */
    public static final int EXCEPTION_GENERAL = BODY + 72;
    public static final int EXCEPTION_SIZE = HEADER_SIZE + 200;

    /** In the exception information: there is an error code. */
    public static final int EXCEPTION_ERROR_CODE_VALID = 1;
    /** In the exception information: an instruction asked for it (INT3, INTO, INT1). */
    public static final int EXCEPTION_BY_SOFTWARE = 1 << 1;

    /** Legacy x87 error, invalid register value, opaque intercept: virtual processor, u32; all there is. */
    public static final int VP_SIZE = 8;

    /** Unsupported feature, which has no header either: what it is, u32, behind the virtual processor; then a parameter, u64 (HV_X64_UNSUPPORTED_FEATURE_MESSAGE). */
    public static final int UNSUPPORTED_CODE = HvMessage.PAYLOAD + 4;
    public static final int UNSUPPORTED_SIZE = 16;
    /** HvUnsupportedFeatureIntercept: an exit that the hypervisor does nothing about. */
    public static final int UNSUPPORTED_INTERCEPT = 1;

    /** End of an interrupt, which has no header either: vector, u32, behind the virtual processor. */
    public static final int EOI_VECTOR = HvMessage.PAYLOAD + 4;
    public static final int EOI_SIZE = 8;

    /** Interruption deliverable (the message for sources is as long): type of the event, u32, as in HvRegisterPendingInterruption. */
    public static final int DELIVERABLE_TYPE = BODY;
    public static final int DELIVERABLE_SIZE = HEADER_SIZE + 8;

    /** Source deliverable: which sources, u16, a bit for each. */
    public static final int DELIVERABLE_SINTS = BODY;

    /** Hypercall: RAX, RBX, RCX, RDX, R8, RSI and RDI, u64 each. */
    public static final int HYPERCALL_RAX = BODY;
    public static final int HYPERCALL_RBX = BODY + 8;
    public static final int HYPERCALL_RCX = BODY + 16;
    public static final int HYPERCALL_RDX = BODY + 24;
    public static final int HYPERCALL_R8 = BODY + 32;
    public static final int HYPERCALL_RSI = BODY + 40;
    public static final int HYPERCALL_RDI = BODY + 48;
    /** Hypercall: XMM0 to XMM5, 16 bytes each. */
    public static final int HYPERCALL_XMM = BODY + 56;
    public static final int HYPERCALL_XMM_COUNT = 6;
    /** Hypercall: flags, u32, bit 0 from an isolated partition. */
    public static final int HYPERCALL_FLAGS = HYPERCALL_XMM + 16 * HYPERCALL_XMM_COUNT;
    public static final int HYPERCALL_SIZE = HEADER_SIZE + 156;

    /** In the attributes of CS: 64-bit code. */
    public static final int ATTRIBUTES_LONG = 1 << 13;

    /** Bytes of the instruction that a message has room for. */
    public static final int BYTES = 16;

    private HvInterceptMessage() {}
}
