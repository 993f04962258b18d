package dev.hv.benchmarks;

import dev.hv.cpu.execute.EngineKind;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The processor's loop on small guests: throughput in guest instructions, so operations per microsecond are MIPS. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = {"--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx1g",
    "-XX:+UnlockExperimentalVMOptions", "-XX:+TrustFinalNonStaticFields"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class ProcessorLoop {

    private static final int INSTRUCTIONS = 10_000_000;

    /** Which guest runs; its source stands in src/main/guests. */
    @Param({"alu", "memory", "branches", "calls", "strings", "floating", "system"})
    private String guest;

    /** How its code is executed. */
    @Param({"MACHINE_CODE", "COMPILED", "INTERPRETER"})
    private EngineKind engine;

    private GuestLoop loop;

    /** Loads the guest. */
    @Setup(Level.Trial)
    public void load() throws IOException {
        loop = new GuestLoop(guest, engine);
    }

    /** Frees its memory. */
    @TearDown(Level.Trial)
    public void free() {
        loop.close();
    }

    /** Ten million guest instructions. */
    @Benchmark
    @OperationsPerInvocation(INSTRUCTIONS)
    public void run() {
        loop.run(INSTRUCTIONS);
    }
}
