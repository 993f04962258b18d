package dev.hv.cli.vnc;

import dev.hv.devices.input.InputEvent;
import dev.hv.devices.input.Keys;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a viewer's keys are on the guest's keyboard: a character that its layout has with shift and the guest's without, or the other way round, is typed right all the same. */
final class Keyboard {

    private static final int RIGHT_SHIFT = 0x36;
    private static final int MOST_HELD = 32;

    private final Set<Integer> held = new LinkedHashSet<>();

    /** A key by its keysym. */
    List<InputEvent> keysym(int keysym, boolean down) {
        int key = Keysyms.key(keysym);
        if (key < 0) {
            return List.of();
        }
        boolean character = keysym > ' ' && keysym <= '~';
        boolean shift = held.contains(Keys.SHIFT) || held.contains(RIGHT_SHIFT);
        boolean wanted = (key & Keys.SHIFTED) != 0;
        boolean modified = held.contains(Keys.CONTROL) || held.contains(Keys.ALT);
        if (!down || !character || wanted == shift || modified) {
            return key(key & ~Keys.SHIFTED, down);
        }
        List<InputEvent> all = new ArrayList<>();
        if (wanted) {
            all.add(new InputEvent.Key(Keys.SHIFT, true));
        } else {
            shifts(all, false);
        }
        all.addAll(key(key & ~Keys.SHIFTED, true));
        if (wanted) {
            all.add(new InputEvent.Key(Keys.SHIFT, false));
        } else {
            shifts(all, true);
        }
        return all;
    }

    private void shifts(List<InputEvent> to, boolean down) {
        for (int s : new int[] {Keys.SHIFT, RIGHT_SHIFT}) {
            if (held.contains(s)) {
                to.add(new InputEvent.Key(s, down));
            }
        }
    }

    /** A key of {@link Keys}. */
    List<InputEvent> key(int key, boolean down) {
        if (key < 0 || down && held.size() >= MOST_HELD && !held.contains(key)) {
            return List.of();
        }
        if (down) {
            held.add(key);
        } else {
            held.remove(key);
        }
        return List.of(new InputEvent.Key(key, down));
    }

    /** The viewer has gone: what it held goes up. */
    List<InputEvent> letGo() {
        List<InputEvent> all = new ArrayList<>();
        held.forEach(k -> all.add(new InputEvent.Key(k, false)));
        held.clear();
        return all;
    }
}
