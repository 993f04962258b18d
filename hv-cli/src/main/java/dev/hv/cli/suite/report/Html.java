package dev.hv.cli.suite.report;

/** Text as HTML. */
final class Html {

    private Html() {}

    /** Escaped for text and for attributes in double quotes; control characters are shown as pictures. */
    static String of(String text) {
        return JUnitReport.escaped(text, false).replace("&#13;", "").replace("'", "&#39;");
    }
}
