package dev.hv.cli.config;

import dev.hv.cli.yaml.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Shapes of values in YAML that are written as on the command line. */
public final class Shapes {

    /** Any text. */
    public static final Shape.Text TEXT = new Shape.Text("a text", null, null);
    /** Name of a file, from the folder of the file that names it. */
    public static final Shape.Text FILE = new Shape.Text("a file's name", Pattern.compile("[^\\u0000]+"), null);
    /** Bytes. */
    public static final Shape.Text SIZE = new Shape.Text("a size such as 512M", Sizes.SIZE, checkedBy(t -> Sizes.bytes("", t)));
    /** Memory of a machine, which may have bounds. */
    public static final Shape.Text MEMORY = new Shape.Text("a size such as 512M, or bounds as in 256M,maximum=1G", MemoryConfig.TEXT, checkedBy(t -> MemoryConfig.parse("", t)));
    /** A length of time. */
    public static final Shape.Text DURATION = new Shape.Text("a duration such as 120s or 500ms", Sizes.DURATION, checkedBy(t -> Sizes.nanos("", t)));
    /** On or off, in the words of a setting behind a comma. */
    public static final Shape.Choice SWITCH = new Shape.Choice(List.of("true", "false", "yes", "no", "on", "off"));

    private Shapes() {}

    /** What a check that throws {@link UsageException} says of a text. */
    public static UnaryOperator<String> checkedBy(Consumer<String> check) {
        return text -> {
            try {
                check.accept(text);
                return null;
            } catch (UsageException e) {
                return e.getMessage().strip();
            }
        };
    }

    /** Constants as they are written: {@code power-off}. */
    public static Shape.Choice words(Enum<?>... constants) {
        return new Shape.Choice(Arrays.stream(constants).map(Shapes::word).toList());
    }

    /** A constant as it is written. */
    public static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A list of this many at most. */
    public static Shape.ListOf listOf(Shape item, int most) {
        return new Shape.ListOf(item, 0, most);
    }
}
