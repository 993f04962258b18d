package dev.hv.cli.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) of maps, lists, texts, whole numbers and truth values: what manifests are made of. The library that writes them also reads them, but
 * takes the JDK's decimal numbers along, whose start alone is a tenth of a restore's.
 */
final class JsonText {

    /** Maps and lists within one another at most. */
    private static final int DEEPEST = 64;
    private static final int HEX = 16;
    private static final int UNICODE_DIGITS = 4;

    private final String text;
    private int at;

    JsonText(String text) {
        this.text = text;
    }

    /**
     * The one value that the text says.
     *
     * @throws IOException when it is not such JSON, with the place
     */
    Object value() throws IOException {
        Object value = value(0);
        skipSpace();
        if (at < text.length()) {
            throw wrong("the end");
        }
        return value;
    }

    private Object value(int depth) throws IOException {
        skipSpace();
        if (depth > DEEPEST) {
            throw wrong("fewer values within one another");
        }
        char c = peek();
        return switch (c) {
            case '{' -> map(depth);
            case '[' -> list(depth);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, Object> map(int depth) throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        at++;
        if (takeIf('}')) {
            return map;
        }
        do {
            skipSpace();
            if (peek() != '"') {
                throw wrong("a name");
            }
            String name = string();
            if (!takeIf(':')) {
                throw wrong("':'");
            }
            map.put(name, value(depth + 1));
        } while (takeIf(','));
        if (!takeIf('}')) {
            throw wrong("',' or '}'");
        }
        return map;
    }

    private List<Object> list(int depth) throws IOException {
        List<Object> list = new ArrayList<>();
        at++;
        if (takeIf(']')) {
            return list;
        }
        do {
            list.add(value(depth + 1));
        } while (takeIf(','));
        if (!takeIf(']')) {
            throw wrong("',' or ']'");
        }
        return list;
    }

    private String string() throws IOException {
        var s = new StringBuilder();
        at++;
        for (char c = peek(); c != '"'; c = peek()) {
            if (c < ' ') {
                throw wrong("'\"'");
            }
            at++;
            s.append(c == '\\' ? escaped() : c);
        }
        at++;
        return s.toString();
    }

    private char escaped() throws IOException {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < UNICODE_DIGITS; i++) {
                    int digit = Character.digit(peek(), HEX);
                    if (digit < 0) {
                        throw wrong("four hexadecimal digits");
                    }
                    code = code * HEX + digit;
                    at++;
                }
                yield (char) code;
            }
            default -> {
                at--;
                throw wrong("an escape sequence");
            }
        };
    }

    private Object word(String word, Object value) throws IOException {
        if (!text.startsWith(word, at)) {
            throw wrong("a value");
        }
        at += word.length();
        return value;
    }

    private Long number() throws IOException {
        int from = at;
        if (peek() == '-') {
            at++;
        }
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        boolean more = at < text.length() && ".eE".indexOf(text.charAt(at)) >= 0;
        try {
            if (!more) {
                return Long.valueOf(text.substring(from, at));
            }
        } catch (NumberFormatException e) {
            // none, or beyond 64 bits
        }
        at = from;
        throw wrong("a value");
    }

    private char peek() throws IOException {
        if (at == text.length()) {
            throw wrong("more");
        }
        return text.charAt(at);
    }

    /** Takes a character behind white space if it is there. */
    private boolean takeIf(char c) {
        skipSpace();
        boolean there = at < text.length() && text.charAt(at) == c;
        if (there) {
            at++;
        }
        return there;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private IOException wrong(String expected) {
        return new IOException("%s was expected at character %d".formatted(expected, at));
    }
}
