package dev.hv.devices.input;

import dev.hv.cpu.memory.LittleEndian;
import java.util.ArrayList;
import java.util.List;

/** Something done at a keyboard or with a mouse; and how rows of them are written, to enter a machine from outside. */
public sealed interface InputEvent {

    /** A key, of {@link Keys}, goes down or up. */
    record Key(int key, boolean down) implements InputEvent {}

    /**
     * The mouse is somewhere.
     *
     * @param x column of the screen's pixels
     * @param y line
     * @param buttons that are down: left in bit 0, right 1, middle 2
     * @param wheel notches away from the hand
     */
    record Pointer(int x, int y, int buttons, int wheel) implements InputEvent {}

    /** Left button. */
    int LEFT = 1;
    /** Right button. */
    int RIGHT = 2;
    /** Middle button. */
    int MIDDLE = 4;

    /** What typing a text is, on the US layout; null when no key types one of its characters. */
    static List<InputEvent> typing(String text) {
        List<InputEvent> all = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            int key = Keys.typing(text.charAt(i));
            if (key < 0) {
                return null;
            }
            boolean shift = (key & Keys.SHIFTED) != 0;
            all.addAll(held(shift ? new int[] {Keys.SHIFT, key & ~Keys.SHIFTED} : new int[] {key}));
        }
        return all;
    }

    /** Keys go down one after the other, and up the other way round. */
    static List<InputEvent> held(int[] keys) {
        List<InputEvent> all = new ArrayList<>();
        for (int key : keys) {
            all.add(new Key(key, true));
        }
        for (int i = keys.length - 1; i >= 0; i--) {
            all.add(new Key(keys[i], false));
        }
        return all;
    }

    /** The mouse goes somewhere, and a button down and up. */
    static List<InputEvent> click(int x, int y, int button) {
        return List.of(new Pointer(x, y, 0, 0), new Pointer(x, y, button, 0), new Pointer(x, y, 0, 0));
    }

    /** Bytes of an event as it is written: what it is, flags, two bytes of the wheel, x or the key, y, 4 bytes each. */
    int SIZE = 12;

    /** Writes events. */
    static byte[] write(List<InputEvent> events) {
        byte[] all = new byte[events.size() * SIZE];
        for (int i = 0, at = 0; i < events.size(); i++, at += SIZE) {
            switch (events.get(i)) {
                case Key(int key, boolean down) -> {
                    all[at + 1] = (byte) (down ? 1 : 0);
                    LittleEndian.put32(all, at + 4, key);
                }
                case Pointer(int x, int y, int buttons, int wheel) -> {
                    all[at] = 1;
                    all[at + 1] = (byte) buttons;
                    LittleEndian.put16(all, at + 2, wheel);
                    LittleEndian.put32(all, at + 4, x);
                    LittleEndian.put32(all, at + 8, y);
                }
            }
        }
        return all;
    }

    /** Reads what {@link #write} wrote; bytes behind the last whole one are nothing. */
    static List<InputEvent> read(byte[] all) {
        List<InputEvent> events = new ArrayList<>();
        for (int at = 0; at + SIZE <= all.length; at += SIZE) {
            int first = LittleEndian.u32(all, at + 4);
            events.add(all[at] == 0 ? new Key(first, all[at + 1] != 0)
                    : new Pointer(first, LittleEndian.u32(all, at + 8), all[at + 1] & 0xFF, (short) LittleEndian.u16(all, at + 2)));
        }
        return events;
    }
}
