package dev.hv.cpu.execute;

import java.util.Arrays;
import java.util.Optional;

/** How a processor's code is executed. Results are equal, to the instruction. */
public enum EngineKind {
    /** Operations one by one. */
    INTERPRETER("interpreter"),
    /** Hot blocks become classes of the JVM. */
    COMPILED("compiled"),
    /** Warm blocks become machine code of the host; where the host allows none, as {@link #COMPILED}. */
    MACHINE_CODE("auto");

    /** Variable of the environment with the {@link #label} of an engine. */
    public static final String VARIABLE = "HV_ENGINE";
    /** What the environment names for processors of which nobody says more: so a whole test suite runs on one engine. */
    static final EngineKind PREFERRED = Optional.ofNullable(System.getenv(VARIABLE)).flatMap(EngineKind::named).orElse(MACHINE_CODE);

    private final String label;

    EngineKind(String label) {
        this.label = label;
    }

    /** What users call it, as in {@code --engine}. */
    public String label() {
        return label;
    }

    /** The kind that users call so; empty for none. */
    public static Optional<EngineKind> named(String label) {
        return Arrays.stream(values()).filter(k -> k.label.equals(label)).findFirst();
    }
}
