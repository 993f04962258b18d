package dev.hv.cpu.state;

import dev.hv.cpu.memory.Page;

/**
 * Where the fields of a processor lie in its area of off-heap memory: one page of state, behind it the translation cache. Java
 * ({@link Cpu}'s accessors) and the machine code that {@code dev.hv.cpu.translate} writes work on the same bytes, so nothing is copied when
 * execution goes from one to the other. Offsets are in bytes from the start of the area.
 */
public final class StateLayout {

    /** General registers RAX … R15, eight bytes each, and behind them a slot that is always 0 ({@link Cpu#ZERO}). */
    public static final int GPR = 0;
    /** The arithmetic flags as machine code keeps them: AH after LAHF in the upper byte, OF in the lower one; a word. */
    public static final int FLAGS = GPR + 17 * Long.BYTES;
    /** Instructions that machine code may still run. */
    public static final int BUDGET = FLAGS + Long.BYTES;
    /** Low bits of every tag of the translation cache ({@link Cpu#ctx}). */
    public static final int CTX = BUDGET + Long.BYTES;
    /** {@link Cpu#fetchKey}. */
    public static final int FETCH_KEY = CTX + Long.BYTES;
    /** Where machine code is to begin. */
    public static final int ENTRY = FETCH_KEY + Long.BYTES;
    /** Where execution goes on, when machine code leaves for a block that it does not know. */
    public static final int NEXT_RIP = ENTRY + Long.BYTES;
    /** For machine code, within one instruction. */
    public static final int TEMPORARY = NEXT_RIP + Long.BYTES;
    /** Address of the table of indirect jumps. */
    public static final int JUMPS = TEMPORARY + Long.BYTES;
    /** Base addresses by segment register ({@link Cpu#segBase}), seven of them. */
    public static final int SEG_BASE = JUMPS + Long.BYTES;
    /** XMM0 … XMM15, sixteen bytes each, and behind them two registers for work within one instruction. */
    public static final int XMM = SEG_BASE + 7 * Long.BYTES;
    /** Result and auxiliary word of the lazy flags ({@link Flags}). */
    public static final int FLAG_RESULT = XMM + 36 * Long.BYTES;
    public static final int FLAG_AUX = FLAG_RESULT + Long.BYTES;
    /** The guest's MXCSR, a doubleword. */
    public static final int MXCSR = FLAG_AUX + Long.BYTES;
    /** MXCSR of the host's code around machine code, a doubleword. */
    public static final int HOST_MXCSR = MXCSR + Integer.BYTES;
    /** Whether the guest's MXCSR is loaded while machine code runs, a byte. */
    public static final int FLOATING = HOST_MXCSR + Integer.BYTES;

    /** RFLAGS without its arithmetic bits ({@link Cpu#rflagsOther()}). */
    public static final int RFLAGS = FLOATING + Long.BYTES;
    /** {@link Cpu#eventMask()}, a doubleword, and what CLI leaves of it, another. */
    public static final int EVENT_MASK = RFLAGS + Long.BYTES;
    public static final int CLI_MASK = EVENT_MASK + Integer.BYTES;
    /** What SYSCALL, SWAPGS and page-fault handlers use: IA32_LSTAR, IA32_FMASK, IA32_KERNEL_GS_BASE, CR2. */
    public static final int LSTAR = CLI_MASK + Integer.BYTES;
    public static final int FMASK = LSTAR + Long.BYTES;
    public static final int KERNEL_GS = FMASK + Long.BYTES;
    public static final int CR2 = KERNEL_GS + Long.BYTES;
    /** {@link Cpu#events} as they were when machine code was entered, a doubleword: nobody else changes them while it runs. */
    public static final int EVENTS = CR2 + Long.BYTES;
    /** Current privilege level, a byte. */
    public static final int CPL = EVENTS + Integer.BYTES;
    /** Whether EFER.SCE was set when machine code was entered, a byte. */
    public static final int SYSTEM_CALLS = CPL + 1;
    /** What machine code has left to {@code SystemCalls.settle}, a byte of bits. */
    public static final int UNSETTLED = SYSTEM_CALLS + 1;
    /** The linear address that the translation cache did not know. */
    public static final int MISSED = UNSETTLED + 2;
    /** Upper halves of YMM0 … YMM15, sixteen bytes each. */
    public static final int YMM_HIGH = MISSED + Long.BYTES;
    /** PKRU as it was when machine code was entered, zero-extended; negative where CR4.PKE was clear. */
    public static final int KEYS = YMM_HIGH + 32 * Long.BYTES;
    /** The x87 state as FRSTOR and FNSAVE have it in 32-bit protected mode (SDM vol. 1, figure 8-9), while it is the host's. */
    public static final int X87_IMAGE = KEYS + Long.BYTES;
    public static final int X87_IMAGE_BYTES = 108;
    /** Opcode and RIP of the last x87 instruction that machine code has run, a doubleword and a quadword; no such opcode: none. */
    public static final int X87_FOP = X87_IMAGE + X87_IMAGE_BYTES;
    public static final int X87_FIP = X87_FOP + Integer.BYTES;
    /** Offset and number of the segment register of the last memory operand of one; no such number: none. */
    public static final int X87_FDP = X87_FIP + Long.BYTES;
    public static final int X87_SEGMENT = X87_FDP + Long.BYTES;
    /** Whether the guest's x87 state is in the host's registers while machine code runs, a byte. */
    public static final int X87_HELD = X87_SEGMENT + Integer.BYTES;
    /** Outside 64-bit mode, by segment register, six each: where accesses end at the latest that may be made without a look at the descriptor; 0 for none. */
    public static final int READ_ENDS = X87_HELD + Integer.BYTES;
    public static final int WRITE_ENDS = READ_ENDS + 6 * Long.BYTES;
    /** Limit of CS outside 64-bit mode, a doubleword. */
    public static final int CODE_LIMIT = WRITE_ENDS + 6 * Long.BYTES;
    static final int END = CODE_LIMIT + Integer.BYTES;

    /** The translation cache: the first of its ways, which accesses look at. */
    public static final int TLB = Page.SIZE;
    /** Its second way, looked at when the first has another page. */
    public static final int TLB_SECOND = TLB + Tlb.WAY;
    /** Behind both an entry of the same form, whose addend leads to the bytes of a read over the end of a page, sixteen at most, which machine code has brought together. */
    public static final int ACROSS = TLB + 2 * Tlb.WAY;
    public static final int ACROSS_BYTES = ACROSS + Tlb.ENTRY;
    /** Bytes of the whole area. */
    static final int AREA = ACROSS_BYTES + Tlb.ENTRY;

    private StateLayout() {}
}
