package dev.hv.cpu.generator;

/**
 * What computes a row's result.
 *
 * @param method {@code Class.method}; {@code -} for identity
 * @param condition number of the condition that it is told; -1 for none
 */
record Semantics(String method, int condition) {

    static Semantics parse(String text) {
        int percent = text.indexOf('%');
        return percent < 0 ? new Semantics(text, -1) : new Semantics(text.substring(0, percent), Integer.parseInt(text.substring(percent + 1)));
    }

    boolean identity() {
        return method.equals("-");
    }

    boolean conditional() {
        return condition >= 0;
    }

    /** Expression of the condition (SDM vol. 2, appendix B.1.4.7). */
    String conditionText() {
        String s = switch (condition >> 1) {
            case 0 -> "Flags.of(c)";
            case 1 -> "Flags.cf(c)";
            case 2 -> "Flags.zf(c)";
            case 3 -> "(Flags.cf(c) || Flags.zf(c))";
            case 4 -> "Flags.sf(c)";
            case 5 -> "Flags.pf(c)";
            case 6 -> "Flags.less(c)";
            default -> "(Flags.zf(c) || Flags.less(c))";
        };
        return (condition & 1) != 0 ? "!" + s : s;
    }
}
