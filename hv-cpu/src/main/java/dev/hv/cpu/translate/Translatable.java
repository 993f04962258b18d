package dev.hv.cpu.translate;

/** What the translator must know of a block, and where its machine code is. */
public abstract class Translatable {

    /** RIP of the first instruction. */
    public final long rip;
    /** Physical address of the first byte. */
    public final long physical;
    /** Mode bits it was decoded for. */
    public final int mode;
    /** Byte offset of each instruction; one more at the end for the length. */
    public final short[] offsets;
    /** Instructions. */
    public final int count;
    /** Physical page of the part beyond the page end, for the single instruction that crosses it; else -1. */
    public final long secondPage;

    /** Where its machine code begins; 0 before it is translated, {@link #NEVER} when it is not or no longer to be. */
    long entry;
    /** Where its machine code stood, for jumps that still lead there after it was dropped; valid while {@link #generation} is. */
    long start;
    int generation;
    /** Its machine code has x87 instructions. */
    boolean x87;
    /** Where its machine code leaves without having done anything. */
    long refusal;
    /** Where a jump to it that knows only its first page goes: code that looks it up in the table of jumps; 0 for one within a page. */
    long lookedUp;

    static final long NEVER = -1;

    /** A block without machine code. */
    protected Translatable(long rip, long physical, int mode, short[] offsets, int count, long secondPage) {
        this.rip = rip;
        this.physical = physical;
        this.mode = mode;
        this.offsets = offsets;
        this.count = count;
        this.secondPage = secondPage;
    }

    /** Whether its machine code has x87 instructions. */
    public final boolean x87() {
        return x87;
    }

    /** Whether there is machine code to enter. */
    public final boolean translated() {
        return entry > 0;
    }
}
