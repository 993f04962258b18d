package dev.hv.cpu.generator;

/** How a form finds its operands, and by what letter its class is told from those of the same row. */
enum Shape {
    /** The row has this one form. */
    ONLY(""),
    /** The r/m operand is a register. */
    REGISTER("R"),
    /** Memory at a plain 64-bit address. */
    PLAIN("M"),
    /** Memory at an address with a size mask and a segment base, but no checks. */
    FLAT("S"),
    /** Memory at any address, formed as the instruction says. */
    GENERAL("G"),
    /** A locked instruction while other processors run; its address is formed as the instruction says. */
    LOCKED("L"),
    /** Register or memory, found out when it runs. */
    EITHER("X"),
    /** A near transfer in 64-bit code whose direct target needs no check. */
    NEAR("N"),
    /** Any other near transfer. */
    CHECKED("C");

    final String letter;

    Shape(String letter) {
        this.letter = letter;
    }

    /** What the class name ends in. */
    String suffix() {
        return letter.isEmpty() ? "" : "_" + letter;
    }

    /** The r/m operand is memory. */
    boolean memory() {
        return this == PLAIN || this == FLAT || general();
    }

    /** Its address is formed as the instruction says. */
    boolean general() {
        return this == GENERAL || this == LOCKED;
    }
}
