package dev.hv.cli.config;

import dev.hv.cpu.execute.EngineKind;
import java.util.List;

/** What can be said by {@code --engine}. */
public final class EngineOption {

    /** Machine code of the host where it allows that, else classes of the JVM. */
    public static final String AUTO = "auto";
    private static final String INTERPRETER = "interpreter";
    private static final String COMPILED = "compiled";

    /** All names. */
    public static final List<String> NAMES = List.of(INTERPRETER, COMPILED, AUTO);

    private EngineOption() {}

    /** The engine with a name. */
    public static EngineKind kind(String name) {
        return switch (name) {
            case INTERPRETER -> EngineKind.INTERPRETER;
            case COMPILED -> EngineKind.COMPILED;
            default -> EngineKind.MACHINE_CODE;
        };
    }
}
