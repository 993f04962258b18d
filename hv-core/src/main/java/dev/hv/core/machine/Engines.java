package dev.hv.core.machine;

import dev.hv.cpu.execute.Engine;
import dev.hv.cpu.execute.EngineKind;
import dev.hv.cpu.execute.EngineStatistics;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** What executes the code of a machine's processors. */
public final class Engines {

    private final List<LogicalProcessor> processors;

    /** Of these processors, more of which may come. */
    Engines(List<LogicalProcessor> processors) {
        this.processors = processors;
    }

    /**
     * Says how all processors execute code. Before they run.
     *
     * @param codeCache bytes of machine code that they keep together
     */
    public void use(EngineKind kind, long codeCache) {
        all().forEach(e -> e.use(kind, codeCache));
    }

    /** How the first processor executes code; what it is known to be by now. */
    public EngineKind kind() {
        return all().findFirst().map(Engine::kind).orElse(EngineKind.INTERPRETER);
    }

    /** What all of them did. */
    public EngineStatistics statistics() {
        return all().map(Engine::statistics).reduce(EngineStatistics.NONE, EngineStatistics::plus);
    }

    private Stream<Engine> all() {
        return processors.stream().map(LogicalProcessor::engine).filter(Objects::nonNull);
    }
}
