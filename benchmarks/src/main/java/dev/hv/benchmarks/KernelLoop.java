package dev.hv.benchmarks;

import dev.hv.cli.root.boot.BootException;
import dev.hv.cli.root.boot.MultibootImage;
import dev.hv.cli.root.boot.MultibootLoader;
import dev.hv.cli.root.machine.BareMachine;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.execute.Engine;
import dev.hv.cpu.execute.EngineKind;
import dev.hv.cpu.state.CpuModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * The compute kernels of {@code benchmarks/kernels} on the bare machine, without end: throughput in guest instructions, so operations per microsecond
 * are MIPS. By default the two shapes that the small guests of {@link ProcessorLoop} do not have: code that is large, and what an operating system does.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = {"--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx1g",
    "-XX:+UnlockExperimentalVMOptions", "-XX:+TrustFinalNonStaticFields"})
@Warmup(iterations = 6, time = 2)
@Measurement(iterations = 5, time = 2)
public class KernelLoop {

    private static final int INSTRUCTIONS = 10_000_000;
    private static final long MEMORY = 64 << 20;
    /** The variable of the environment that names the image: {@code benchmarks/jmh} builds it and sets this. */
    private static final String IMAGE = "HV_KERNELS";

    /** Which kernel runs: a name of src/main/guests/kernels/kernels.def. */
    @Param({"large", "os"})
    private String kernel;

    /** How its code is executed. */
    @Param({"MACHINE_CODE", "COMPILED", "INTERPRETER"})
    private EngineKind engine;

    private Machine machine;
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    /** Boots the machine into the kernel, which has no warm-up and no end. */
    @Setup(Level.Trial)
    public void boot() throws IOException, BootException {
        String file = System.getenv(IMAGE);
        if (file == null) {
            throw new IOException(IMAGE + " does not name the image of the kernels: start this with benchmarks/jmh");
        }
        CpuModel model = CpuModel.intelDefault();
        VirtualClock clock = VirtualClock.virtual(VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION, model.tscHz(), 0);
        BareMachine bare = new BareMachine(model, MEMORY, 1, clock, said::write, false);
        MultibootImage image = MultibootImage.parse(file, Files.readAllBytes(Path.of(file)));
        String line = "kernel=" + kernel + " warm=0 rounds=0";
        bare.start(MultibootLoader.load(image, "kernels", line, List.of(), bare.firmware(), bare.guestMemory()));
        machine = bare.machine();
        machine.engines().use(engine, Engine.CODE_CACHE);
    }

    /** Ten million guest instructions. */
    @Benchmark
    @OperationsPerInvocation(INSTRUCTIONS)
    public void run() {
        StopReason r = machine.run(new RunLimits(Long.MAX_VALUE, INSTRUCTIONS));
        if (r.kind() != StopReason.Kind.INSTRUCTION_LIMIT) {
            throw new IllegalStateException("the kernel stopped: " + r + ", it said: " + said.toString(StandardCharsets.ISO_8859_1));
        }
    }
}
