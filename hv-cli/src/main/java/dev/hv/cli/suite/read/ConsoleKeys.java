package dev.hv.cli.suite.read;

import java.util.LinkedHashMap;
import java.util.Map;

/** Keys of a terminal that have names, with what a VT220 sends for them (ECMA-48). */
final class ConsoleKeys {

    static final Map<String, String> NAMES = names();

    private ConsoleKeys() {}

    private static Map<String, String> names() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("enter", "\r");
        all.put("tab", "\t");
        all.put("escape", "\033");
        all.put("backspace", "\177");
        all.put("space", " ");
        all.put("up", "\033[A");
        all.put("down", "\033[B");
        all.put("right", "\033[C");
        all.put("left", "\033[D");
        all.put("home", "\033[1~");
        all.put("insert", "\033[2~");
        all.put("delete", "\033[3~");
        all.put("end", "\033[4~");
        all.put("page-up", "\033[5~");
        all.put("page-down", "\033[6~");
        for (char c = 'a'; c <= 'z'; c++) {
            all.put("ctrl-" + c, Character.toString(c - 'a' + 1));
        }
        return all;
    }
}
