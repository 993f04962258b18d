package dev.hv.cli.console;

/**
 * hv's own messages, on standard error. Names of files, and what guests say, can hold anything: control characters are shown, never
 * obeyed, so that a message stays one line and no guest drives the user's terminal.
 */
public final class Messages {

    private Messages() {}

    /** Says something in one line. */
    public static void say(String text) {
        System.err.println("hv: " + line(text));
    }

    /** Says something in one line, and below it lines as they are: registers, or a guest's own message. */
    public static void say(String text, String below) {
        var out = new StringBuilder("hv: ").append(line(text)).append('\n');
        below.lines().forEach(l -> out.append(line(l)).append('\n'));
        System.err.print(out);
    }

    /** A text with its control characters written out: {@code \n}, {@code \t}, {@code \x1b}. */
    public static String line(String text) {
        if (text.chars().noneMatch(Character::isISOControl)) {
            return text;
        }
        var out = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        out.append("\\x%02x".formatted(c));
                    } else {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
        return out.toString();
    }
}
