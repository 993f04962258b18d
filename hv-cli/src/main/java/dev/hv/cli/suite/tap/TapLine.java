package dev.hv.cli.suite.tap;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of TAP 13 or 14 or of KTAP 1.
 *
 * @param indent how deep it is nested, in columns
 * @param kind what it is
 * @param number of the test, or of tests in a plan; -1 when none is given
 * @param text the test's description, or what the line says
 * @param directive behind the {@code #} of a result or a plan; empty when there is none
 */
record TapLine(int indent, Kind kind, int number, String text, String directive) {

    enum Kind { VERSION, PLAN, OK, NOT_OK, SUBTEST, DIAGNOSTIC, BAIL_OUT, YAML_BEGIN, YAML_END, OTHER }

    private static final int LONGEST = 4000;
    private static final int LONGEST_NAME = 500;
    /** What the kernel's log puts before a line: a level, the time since its start, who printed it. */
    private static final Pattern LOG = Pattern.compile("^(?:<\\d{1,3}>)?\\[ {0,12}\\d{1,12}\\.\\d{1,9}\\](?:\\[ {0,8}[TC]\\d{1,8}\\])? ?");
    private static final Pattern COLOUR = Pattern.compile("\\x1b\\[[0-9;]{0,32}[A-Za-z]");
    private static final Pattern VERSION = Pattern.compile("K?TAP version \\d{1,4}");
    private static final Pattern PLAN = Pattern.compile("1\\.\\.(\\d{1,9})(?:\\s*#\\s*(.*))?");
    private static final Pattern RESULT = Pattern.compile("(not )?ok\\b(?: +(\\d{1,9})\\b)?(?: +- +| +-$| +|$)(.*)");
    /** What stands behind {@code # } only where kselftest has put it in front of a whole nested report. */
    private static final Pattern NESTED = Pattern.compile("(?:# *)*(?:K?TAP version \\d.*|1\\.\\.\\d.*|(?:not )?ok \\d.*|Bail out!.*)");

    /** Takes a line apart. */
    static TapLine of(String raw) {
        String line = raw.length() > LONGEST ? raw.substring(0, LONGEST) : raw;
        line = LOG.matcher(COLOUR.matcher(line).replaceAll("").replace("\r", "")).replaceFirst("");
        int indent = 0;
        while (indent < line.length() && line.charAt(indent) == ' ') {
            indent++;
        }
        String rest = line.substring(indent).stripTrailing();
        while (rest.startsWith("# ") && NESTED.matcher(rest.substring(2).stripLeading()).matches()) {
            String inner = rest.substring(2);
            indent += 2 + inner.length() - inner.stripLeading().length();
            rest = inner.stripLeading();
        }
        return of(indent, rest);
    }

    private static TapLine of(int indent, String text) {
        Matcher plan = PLAN.matcher(text);
        if (VERSION.matcher(text).matches()) {
            return new TapLine(indent, Kind.VERSION, -1, text, "");
        }
        if (plan.matches()) {
            return new TapLine(indent, Kind.PLAN, Integer.parseInt(plan.group(1)), text, plan.group(2) == null ? "" : plan.group(2).strip());
        }
        if (text.startsWith("#")) {
            String said = text.substring(1).strip();
            return said.startsWith("Subtest:") ? new TapLine(indent, Kind.SUBTEST, -1, name(said.substring(8)), "") : new TapLine(indent, Kind.DIAGNOSTIC, -1, said, "");
        }
        if (text.startsWith("Bail out!")) {
            return new TapLine(indent, Kind.BAIL_OUT, -1, text.substring(9).strip(), "");
        }
        if (text.equals("---") || text.equals("...")) {
            return new TapLine(indent, text.equals("---") ? Kind.YAML_BEGIN : Kind.YAML_END, -1, text, "");
        }
        Matcher result = RESULT.matcher(text);
        return result.matches() ? result(indent, result) : new TapLine(indent, Kind.OTHER, -1, text, "");
    }

    private static TapLine result(int indent, Matcher m) {
        String said = m.group(3).strip();
        int hash = directive(said);
        String name = hash < 0 ? said : said.substring(0, hash);
        int number = m.group(2) == null ? -1 : Integer.parseInt(m.group(2));
        return new TapLine(indent, m.group(1) == null ? Kind.OK : Kind.NOT_OK, number, name(name), hash < 0 ? "" : said.substring(hash + 1).strip());
    }

    /** Where a directive begins: the first hash that is not escaped and stands alone; -1 without one. */
    private static int directive(String text) {
        for (int i = text.indexOf('#'); i >= 0; i = text.indexOf('#', i + 1)) {
            if ((i == 0 || text.charAt(i - 1) == ' ') && (i + 1 == text.length() || text.charAt(i + 1) == ' ' || Character.isLetter(text.charAt(i + 1)))) {
                return i;
            }
        }
        return -1;
    }

    private static String name(String text) {
        String name = text.strip().replace("\\#", "#");
        return name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
    }
}
