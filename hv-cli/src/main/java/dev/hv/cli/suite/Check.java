package dev.hv.cli.suite;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a text must be. Everything that is given must hold.
 *
 * @param equal the text without white space at its end; null when not asked for
 * @param contains a part of it; null when not asked for
 * @param lacks what must be no part of it; null when not asked for
 * @param matches an expression that fits a part of it; null when not asked for
 * @param number an expression whose first group (or all of it, without groups) is a number; null for the first number in the text
 * @param bounds what that number must be; null when not asked for
 */
public record Check(String equal, String contains, String lacks, Pattern matches, Pattern number, Bounds bounds) {

    /** Nothing is asked for. */
    public static final Check ANY = new Check(null, null, null, null, null, null);

    private static final Pattern NUMBER = Pattern.compile("[-+]?(?:0[xX][0-9a-fA-F]{1,15}|\\d{1,300}(?:\\.\\d{1,300})?(?:[eE][-+]?\\d{1,3})?)");
    private static final int SHOWN = 200;

    /** Whether nothing is asked for. */
    public boolean any() {
        return equals(ANY);
    }

    /** What is wrong with a text, in a line; null when nothing is. */
    public String problem(String text) {
        if (equal != null && !text.stripTrailing().equals(equal.stripTrailing())) {
            return "is " + show(text) + ", expected " + show(equal);
        }
        if (contains != null && !text.contains(contains)) {
            return show(contains) + " is not in " + show(text);
        }
        if (lacks != null && text.contains(lacks)) {
            return show(lacks) + " is in " + show(text);
        }
        try {
            if (matches != null && !find(matches, text).find()) {
                return "/" + matches + "/ fits nothing in " + show(text);
            }
            return bounds == null ? null : numberProblem(text);
        } catch (PatientText.Lost e) {
            return "an expression takes too long on " + show(text) + "; write one with fewer ways to repeat the same";
        }
    }

    private String numberProblem(String text) {
        Matcher m = find(number == null ? NUMBER : number, text);
        if (!m.find()) {
            return number == null ? "there is no number in " + show(text) : "/" + number + "/ fits nothing in " + show(text);
        }
        String found = number == null || m.groupCount() == 0 ? m.group() : m.group(1);
        double n = number(found);
        if (Double.isNaN(n)) {
            return found + " is no number";
        }
        return bounds.allow(n) ? null : "the number is " + found.strip() + ", expected " + bounds;
    }

    private static double number(String text) {
        String t = text == null ? "" : text.strip();
        if (!NUMBER.matcher(t).matches()) {
            return Double.NaN;
        }
        int x = Math.max(t.indexOf('x'), t.indexOf('X'));
        if (x < 0) {
            return Double.parseDouble(t);
        }
        double n = Long.parseLong(t.substring(x + 1), 16);
        return t.startsWith("-") ? -n : n;
    }

    private static Matcher find(Pattern expression, String text) {
        return expression.matcher(new PatientText(text));
    }

    private static String show(String text) {
        String t = text.stripTrailing();
        return t.length() <= SHOWN ? "\"" + t + "\"" : "\"" + t.substring(0, SHOWN) + "…\" (" + t.length() + " characters)";
    }
}
