package dev.hv.devices.input;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The keys of a PC's keyboard with 104 keys, by name and by what its US layout types. A key is its scan code of set 1 (PS/2 Hardware Interface Technical Reference, keyboard scan codes), with {@link #E0} for those that have the prefix E0;
 * {@link #PAUSE} and {@link #PRINT} are rows of codes.
 */
public final class Keys {

    /** In a key, or a code of one: the prefix E0. */
    public static final int E0 = 0x100;
    /** In a code of {@link #PAUSE}: the prefix E1. */
    static final int E1 = 0x200;
    /** The pause key. */
    public static final int PAUSE = 0x1000;
    /** The print screen key. */
    public static final int PRINT = 0x1001;
    public static final int ENTER = 0x1C;
    public static final int SHIFT = 0x2A;
    public static final int CONTROL = 0x1D;
    public static final int ALT = 0x38;
    /** In what {@link #typing} gives: with {@link #SHIFT} held. */
    public static final int SHIFTED = 0x10000;

    private static final int ESCAPE = 0x01;
    private static final int BACKSPACE = 0x0E;
    private static final int TAB = 0x0F;
    private static final int FIRST_ROW = 0x02;
    private static final String PLAIN = "1234567890-=\0\0qwertyuiop[]\0\0asdfghjkl;'`\0\\zxcvbnm,./";
    private static final String WITH_SHIFT = "!@#$%^&*()_+\0\0QWERTYUIOP{}\0\0ASDFGHJKL:\"~\0|ZXCVBNM<>?";
    private static final Map<String, Integer> NAMES = names();

    private Keys() {}

    private static Map<String, Integer> names() {
        Map<String, Integer> all = new TreeMap<>();
        for (int i = 0; i < PLAIN.length(); i++) {
            if (PLAIN.charAt(i) != 0) {
                all.put(String.valueOf(PLAIN.charAt(i)), FIRST_ROW + i);
            }
        }
        all.putAll(Map.of("esc", ESCAPE, "backspace", BACKSPACE, "tab", TAB, "enter", ENTER, "ctrl", CONTROL, "shift", SHIFT, "alt", ALT, "space", 0x39, "capslock", 0x3A, "numlock", 0x45));
        all.putAll(Map.of("scrolllock", 0x46, "rightshift", 0x36, "rightctrl", E0 | CONTROL, "rightalt", E0 | ALT, "win", E0 | 0x5B, "rightwin", E0 | 0x5C, "menu", E0 | 0x5D));
        all.putAll(Map.of("up", E0 | 0x48, "down", E0 | 0x50, "left", E0 | 0x4B, "right", E0 | 0x4D, "home", E0 | 0x47, "end", E0 | 0x4F, "pageup", E0 | 0x49, "pagedown", E0 | 0x51,
                "insert", E0 | 0x52, "delete", E0 | 0x53));
        all.putAll(Map.of("del", E0 | 0x53, "pause", PAUSE, "print", PRINT, "plus", 0x0D | SHIFTED, "f11", 0x57, "f12", 0x58, "kp-enter", E0 | ENTER, "kp-divide", E0 | 0x35, "kp-multiply", 0x37, "kp-minus", 0x4A));
        all.putAll(Map.of("kp-plus", 0x4E, "kp-dot", 0x53));
        for (int i = 1; i <= 10; i++) {
            all.put("f" + i, 0x3A + i);
        }
        int[] pad = {0x52, 0x4F, 0x50, 0x51, 0x4B, 0x4C, 0x4D, 0x47, 0x48, 0x49};
        for (int i = 0; i < pad.length; i++) {
            all.put("kp-" + i, pad[i]);
        }
        return all;
    }

    /** All names, in order. */
    public static List<String> all() {
        return List.copyOf(NAMES.keySet());
    }

    /** The key with a name, such as {@code enter}, {@code f1} or {@code a}; with {@link #SHIFTED} where a name stands for what is typed with it; -1 when there is none. */
    public static int named(String name) {
        return NAMES.getOrDefault(name.toLowerCase(Locale.ROOT), -1);
    }

    /** The key that types a character on the US layout, with {@link #SHIFTED} when shift is to be held; -1 when no key does. */
    public static int typing(int character) {
        switch (character) {
            case '\n', '\r' -> {
                return ENTER;
            }
            case '\t' -> {
                return TAB;
            }
            case '\b', 0x7F -> {
                return BACKSPACE;
            }
            case 0x1B -> {
                return ESCAPE;
            }
            case ' ' -> {
                return 0x39;
            }
            default -> {
                int plain = character <= 0 ? -1 : PLAIN.indexOf(character);
                int shifted = character <= 0 ? -1 : WITH_SHIFT.indexOf(character);
                return plain >= 0 ? FIRST_ROW + plain : shifted >= 0 ? FIRST_ROW + shifted | SHIFTED : -1;
            }
        }
    }

    /** Keys that are held together and let go in the other direction, as in {@code ctrl+alt+delete}; null when one is no key. */
    public static int[] chord(String text) {
        List<Integer> keys = new ArrayList<>();
        for (String name : text.split("\\+", -1)) {
            int key = named(name);
            if (key < 0) {
                return null;
            }
            if ((key & SHIFTED) != 0) {
                keys.add(SHIFT);
            }
            keys.add(key & ~SHIFTED);
        }
        return keys.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Codes of a key, a message each: in bits 7:0, with the prefixes' bits. */
    static int[] codes(int key) {
        return switch (key) {
            case PAUSE -> new int[] {E1 | CONTROL, 0x45};
            case PRINT -> new int[] {E0 | SHIFT, E0 | 0x37};
            default -> new int[] {key & (E0 | 0x7F)};
        };
    }
}
