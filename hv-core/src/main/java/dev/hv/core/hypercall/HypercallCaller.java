package dev.hv.core.hypercall;

/** The processor that makes a hypercall, as the convention sees it. */
public interface HypercallCaller {

    /** Whether the 64-bit convention applies: RCX control, RDX input, R8 output, RAX result. */
    boolean longMode();

    /** A general register by its encoding (0 RAX … 15 R15). */
    long gpr(int index);

    /** Sets a general register. */
    void setGpr(int index, long value);

    /** Half of an XMM register: 0 is bits 63:0. */
    long xmm(int register, int half);

    /** Sets half of an XMM register. */
    void setXmm(int register, int half, long value);

    /** Whether the caller has all these privileges. */
    boolean has(long privileges);

    /** Whether hypercalls that the hypervisor does not have, and extended ones, are the caller's parent's to answer. */
    default boolean leavesUnknownCalls() {
        return false;
    }

    /** First address behind the caller's guest-physical space, whether or not there is memory below. */
    long spaceEnd();

    /** Copies from the caller's memory; false when part of it is not there. */
    boolean read(long gpa, byte[] to, int offset, int length);

    /** Copies into the caller's memory; false when part of it is not there or cannot be written. */
    boolean write(long gpa, byte[] from, int offset, int length);
}
