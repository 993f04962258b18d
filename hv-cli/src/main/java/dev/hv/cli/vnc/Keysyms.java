package dev.hv.cli.vnc;

import dev.hv.devices.input.Keys;
import java.util.Map;
import java.util.TreeMap;

/** Keys of viewers: X11's keysyms (X Window System Protocol, appendix A), as far as a PC's keyboard has them. */
final class Keysyms {

    private static final Map<Integer, Integer> SPECIAL = special();

    private Keysyms() {}

    private static Map<Integer, Integer> special() {
        Map<Integer, Integer> all = new TreeMap<>();
        Object[] names = {0xFF08, "backspace", 0xFF09, "tab", 0xFE20, "tab", 0xFF0D, "enter", 0xFF13, "pause", 0xFF14, "scrolllock", 0xFF1B, "esc", 0xFF50, "home", 0xFF51, "left", 0xFF52, "up", 0xFF53, "right",
            0xFF54, "down", 0xFF55, "pageup", 0xFF56, "pagedown", 0xFF57, "end", 0xFF61, "print", 0xFF15, "print", 0xFF63, "insert", 0xFF67, "menu", 0xFF6B, "pause", 0xFF7F, "numlock", 0xFF8D, "kp-enter",
            0xFF95, "kp-7", 0xFF96, "kp-4", 0xFF97, "kp-8", 0xFF98, "kp-6", 0xFF99, "kp-2", 0xFF9A, "kp-9", 0xFF9B, "kp-3", 0xFF9C, "kp-1", 0xFF9D, "kp-5", 0xFF9E, "kp-0", 0xFF9F, "kp-dot",
            0xFFAA, "kp-multiply", 0xFFAB, "kp-plus", 0xFFAD, "kp-minus", 0xFFAE, "kp-dot", 0xFFAF, "kp-divide", 0xFFE1, "shift", 0xFFE2, "rightshift", 0xFFE3, "ctrl", 0xFFE4, "rightctrl", 0xFFE5, "capslock",
            0xFFE7, "win", 0xFFE8, "rightwin", 0xFFE9, "alt", 0xFFEA, "rightalt", 0xFFEB, "win", 0xFFEC, "rightwin", 0xFE03, "rightalt", 0xFFFF, "delete"};
        for (int i = 0; i < names.length; i += 2) {
            all.put((Integer) names[i], Keys.named((String) names[i + 1]));
        }
        for (int i = 0; i < 12; i++) {
            all.put(0xFFBE + i, Keys.named("f" + (i + 1)));
        }
        for (int i = 0; i < 10; i++) {
            all.put(0xFFB0 + i, Keys.named("kp-" + i));
        }
        return all;
    }

    /** The key of {@link Keys} with a keysym; with {@link Keys#SHIFTED} for a character that is typed with shift; -1 when there is none. */
    static int key(int keysym) {
        Integer special = SPECIAL.get(keysym);
        return special != null ? special : keysym >= ' ' && keysym <= '~' ? Keys.typing(keysym) : -1;
    }

    /** The key with a scan code of QEMU's messages: set 1, with 0x80 for the prefix E0; -1 when it has none. */
    static int scanCode(int code) {
        return code == 0xC6 ? Keys.PAUSE : code <= 0 || code > 0xFF || (code & 0x7F) == 0 ? -1 : code & 0x7F | (code & 0x80) << 1;
    }
}
