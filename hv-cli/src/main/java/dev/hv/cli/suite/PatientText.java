package dev.hv.cli.suite;

/**
 * A text that is looked at a bounded number of times, so that an expression with exponentially many ways to fit a guest's output ends.
 * The patience counts characters that are looked at, and so is the same in every run.
 */
final class PatientText implements CharSequence {

    /** An expression looked too often. */
    static final class Lost extends RuntimeException {
        Lost() {
            super("looked too often", null, false, false);
        }
    }

    private static final long LOOKS = 10_000_000;
    private static final long LOOKS_PER_CHARACTER = 200;

    private final String text;
    private long left;

    PatientText(String text) {
        this.text = text;
        left = LOOKS + LOOKS_PER_CHARACTER * text.length();
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public char charAt(int index) {
        if (--left < 0) {
            throw new Lost();
        }
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.substring(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
