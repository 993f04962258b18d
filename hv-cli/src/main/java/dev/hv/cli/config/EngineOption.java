package dev.hv.cli.config;

import dev.hv.cpu.execute.EngineKind;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** What can be said by {@code --engine}. */
public final class EngineOption {

    /** What is taken where nobody says more, as a default of an option: what the environment names, else machine code where the host allows it. */
    public static final String DEFAULT = "${env:" + EngineKind.VARIABLE + ":-auto}";

    /** All names. */
    public static final List<String> NAMES = Arrays.stream(EngineKind.values()).map(EngineKind::label).toList();

    private EngineOption() {}

    /** What {@link #DEFAULT} stands for now; may be none of {@link #NAMES}, since a user wrote it. */
    public static String preferred() {
        return Objects.requireNonNullElse(System.getenv(EngineKind.VARIABLE), EngineKind.MACHINE_CODE.label());
    }

    /** The engine with one of {@link #NAMES}. */
    public static EngineKind kind(String name) {
        return EngineKind.named(name).orElseThrow(() -> new IllegalArgumentException("no engine " + name));
    }
}
