package dev.hv.cli.config;

import dev.hv.devices.video.Resolution;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A machine's screen.
 *
 * @param resolution how large it is
 */
public record ScreenConfig(Resolution resolution) {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");

    /** A screen from its resolution's text. */
    public static ScreenConfig parse(String where, String text) {
        return new ScreenConfig(resolution(where, text));
    }

    /** A resolution from text, as in 1024x768; {@link Resolution#DEFAULT} for none. */
    static Resolution resolution(String where, String text) {
        if (text.isEmpty()) {
            return Resolution.DEFAULT;
        }
        Matcher m = SIZE.matcher(text);
        var r = m.matches() ? new Resolution(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2))) : null;
        if (r == null || !r.possible()) {
            throw new UsageException("%s %s: a resolution is needed, as in 1024x768: from %d to %d pixels each way, across a multiple of 8".formatted(where, text, Resolution.LEAST, Resolution.MOST));
        }
        return r;
    }
}
