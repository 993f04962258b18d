package dev.hv.cli.config;

import dev.hv.devices.input.InputEvent;
import dev.hv.devices.input.Keys;
import dev.hv.devices.video.Resolution;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is done at a machine's keyboard and mouse, in words: {@code type=TEXT}, {@code key=CHORD}, {@code click=X,Y}. */
public final class InputActions {

    /** Their names. */
    static final Set<String> NAMES = Set.of("type", "key", "click");

    private static final int MOST_TEXT = 4000;
    private static final Map<Character, Character> ESCAPES = Map.of('n', '\n', 't', '\t', 'e', '\u001B', 'b', '\b', '\\', '\\');
    private static final Pattern CLICK = Pattern.compile("(\\d{1,4}),(\\d{1,4})(?:,(left|right|middle|none))?");
    private static final Map<String, Integer> BUTTONS = Map.of("left", InputEvent.LEFT, "right", InputEvent.RIGHT, "middle", InputEvent.MIDDLE, "none", 0);

    private InputActions() {}

    /** An action as it is written: its name, an equals sign, its value. */
    public static List<InputEvent> parse(String where, String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        if (equals < 0 || !NAMES.contains(name)) {
            throw new UsageException("%s %s: type=TEXT, key=KEY or click=X,Y is needed".formatted(where, text));
        }
        return parse(where, name, text.substring(equals + 1));
    }

    static List<InputEvent> parse(String where, String name, String value) {
        return switch (name) {
            case "type" -> typing(where, value);
            case "key" -> {
                int[] keys = Keys.chord(value);
                if (keys == null) {
                    throw new UsageException("%s key=%s: not all of these are keys; as in key=ctrl+alt+delete, of %s".formatted(where, value, String.join(" ", Keys.all())));
                }
                yield InputEvent.held(keys);
            }
            default -> {
                Matcher m = CLICK.matcher(value);
                if (!m.matches() || Integer.parseInt(m.group(1)) >= Resolution.MOST || Integer.parseInt(m.group(2)) >= Resolution.MOST) {
                    throw new UsageException("%s click=%s: click=X,Y is needed, in pixels from 0, or click=X,Y,BUTTON with left, right, middle or none".formatted(where, value));
                }
                yield InputEvent.click(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)), m.group(3) == null ? InputEvent.LEFT : BUTTONS.get(m.group(3)));
            }
        };
    }

    private static List<InputEvent> typing(String where, String value) {
        var text = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\') {
                Character meant = ++i < value.length() ? ESCAPES.get(value.charAt(i)) : null;
                if (meant == null) {
                    throw new UsageException("%s type=%s: behind a backslash n, t, e, b or a backslash is needed".formatted(where, value));
                }
                c = meant;
            }
            if (Keys.typing(c) < 0) {
                throw new UsageException("%s type=%s: no key of the US layout types %s".formatted(where, value, Character.isISOControl(c) ? "the character " + (int) c : "'" + c + "'"));
            }
            text.append(c);
        }
        if (text.isEmpty() || text.length() > MOST_TEXT) {
            throw new UsageException("%s type=: from 1 to %d characters".formatted(where, MOST_TEXT));
        }
        return InputEvent.typing(text.toString());
    }
}
