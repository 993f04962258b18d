package dev.hv.cli.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Pictures of a screen while it changes.
 *
 * @param folder where they go; there
 * @param nanos of the guest's time between two of them, at least
 */
public record SeriesConfig(Path folder, long nanos) {

    private static final String EVERY = "every";

    /** From text, as in {@code shots,every=200ms}. */
    public static SeriesConfig parse(String where, String text) {
        Attributes a = Attributes.parse(where, text, Set.of(EVERY));
        Path folder = FileName.of(a.subject());
        if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw a.bad("a folder that is there and can be written is needed");
        }
        return new SeriesConfig(folder, Sizes.nanos(where + " every", a.text(EVERY, "1s")));
    }
}
