package dev.hv.cpu.state;

/** What an operation tells the engine. */
public final class Outcome {
    /** Go on with the next operation of the block. */
    public static final int NEXT = 0;
    /** The block ends; {@link Cpu#rip} is set. */
    public static final int BRANCH = 1;
    /** A VM exit or VM entry was made: state, mode and {@link Cpu#rip} are those of the other side. */
    public static final int EXIT = 2;
    /** The processor halted after this instruction; {@link Cpu#rip} is set. */
    public static final int HALT = 3;
    /** A repeated string instruction wants events to be looked at: {@link Cpu#rip} is still at it, and no instruction retired. */
    public static final int YIELD = 4;

    private Outcome() {}
}
