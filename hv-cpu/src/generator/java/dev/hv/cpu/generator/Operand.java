package dev.hv.cpu.generator;

/** One operand of a row: kind letter and size. */
record Operand(String text, char kind, String size) {

    Operand(String text, String where) {
        this(text, text.equals("1") ? '1' : text.equals("CLb") ? 'C' : text.charAt(0), text.equals("CLb") ? "b" : text.length() > 1 ? text.substring(1) : "");
        if ("EMGZBAC1IJOVWUPQNXHL".indexOf(kind()) < 0) {
            throw new IllegalArgumentException(where + ": operand " + text);
        }
    }

    boolean inModrm() {
        return "EMGVWUPQN".indexOf(kind) >= 0;
    }

    boolean inRm() {
        return "EMWUQN".indexOf(kind) >= 0;
    }

    boolean integer() {
        return "EMGZBACO".indexOf(kind) >= 0;
    }

    /** A vector operand. */
    boolean simd() {
        return "VWUPQNHL".indexOf(kind) >= 0;
    }

    boolean immediate() {
        return kind == 'I' || kind == 'J';
    }

    /** Can the operand be memory? */
    boolean memoryAllowed() {
        return "EMWQ".indexOf(kind) >= 0;
    }

    /** Can the operand be a register? */
    boolean registerAllowed() {
        return kind != 'M' && kind != 'O';
    }

    /** Size in bits under an operand size in bits (0 when the size does not depend on it and is not integer). */
    int bits(int opSize) {
        return switch (size) {
            case "b", "bs" -> 8;
            case "w" -> 16;
            case "d" -> 32;
            case "q" -> 64;
            case "dq" -> 128;
            case "qq" -> 256;
            case "x" -> opSize;
            case "h" -> opSize / 2;
            case "f" -> opSize / 4;
            case "e" -> opSize / 8;
            case "v", "z" -> opSize;
            case "y" -> Math.max(opSize, 32);
            default -> 0;
        };
    }

    /** Whether it has a size: the others are addresses, for semantics that access memory in their own way. */
    boolean sized() {
        return !size.isEmpty() && !size.equals("a");
    }

    /** Whether an immediate is as long as the operand size says, or made as long. */
    boolean operandSized() {
        return size.equals("bs") || size.equals("z") || size.equals("v");
    }

    /** An operand that is an MMX register, or may be. */
    boolean mmx() {
        return "PQN".indexOf(kind) >= 0;
    }

    /** Expression of its register's number. */
    String registerNumber() {
        return switch (kind) {
            case 'V', 'G' -> "d.reg";
            case 'P' -> "d.reg & 7";
            case 'N', 'Q' -> "d.rm & 7";
            case 'Z' -> "d.opcodeRegister()";
            case 'B', 'H' -> "d.vvvv";
            case 'L' -> "d.is4()";
            default -> "d.rm";
        };
    }

    /** Whether its size is that of VEX.L, or a part of it. */
    boolean byLength() {
        return simd() && (size.equals("x") || size.equals("h") || size.equals("f") || size.equals("e"));
    }

    boolean variable() {
        return size.equals("v") || size.equals("y");
    }
}
