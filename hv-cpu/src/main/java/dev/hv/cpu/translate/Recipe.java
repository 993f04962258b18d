package dev.hv.cpu.translate;

/**
 * How the arithmetic flags can be made again from registers that still hold what the instruction that set them worked on, or left. Saves
 * storing flags that only a fault would show.
 *
 * @param kind what to do
 * @param size operand size in bits
 * @param a first operand: a register of the guest
 * @param b second operand: a register of the guest, or {@link #IMMEDIATE}
 * @param immediate the immediate
 */
record Recipe(Kind kind, int size, int a, int b, int immediate) {

    static final int IMMEDIATE = -1;

    /** The instruction that set the flags. */
    enum Kind {
        /** Both operands are as they were. */
        COMPARE,
        /** Both operands are as they were. */
        TEST,
        /** The first operand is the sum. */
        ADD,
        /** The first operand is the difference. */
        SUBTRACT,
        /** The operand is the negative. */
        NEGATE
    }

    /** Registers that must stay as they are, a bit each. */
    int guests() {
        return 1 << a | (b >= 0 ? 1 << b : 0);
    }

    /** Whether making the flags again takes a scratch register. */
    boolean scratch() {
        return kind != Kind.COMPARE && kind != Kind.TEST;
    }
}
