package dev.hv.cli.suite;

/**
 * What a number may be.
 *
 * @param least smallest that is right; negative infinity for none
 * @param most largest that is right; positive infinity for none
 */
public record Bounds(double least, double most) {

    /** Whether a number is right; what is no number is not. */
    public boolean allow(double n) {
        return n >= least && n <= most;
    }

    @Override
    public String toString() {
        if (least == most) {
            return number(least);
        }
        if (least == Double.NEGATIVE_INFINITY) {
            return "at most " + number(most);
        }
        return most == Double.POSITIVE_INFINITY ? "at least " + number(least) : "from " + number(least) + " to " + number(most);
    }

    /** A number for people: without a fraction when it is whole. */
    static String number(double n) {
        return n == Math.rint(n) && Math.abs(n) < 1e15 ? Long.toString((long) n) : Double.toString(n);
    }
}
