package dev.hv.benchmarks;

import dev.hv.cli.root.boot.GuestMemory;
import dev.hv.cli.root.boot.InitialState;
import dev.hv.cli.root.machine.ChildMachine;
import dev.hv.cli.root.machine.PartitionedMachine;
import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A child that does little but CPUID: the way out to the hypervisor and back in, by VT-x. One exit in six instructions. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = {"--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx1g",
    "-XX:+UnlockExperimentalVMOptions", "-XX:+TrustFinalNonStaticFields"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class VmExits {

    private static final int EXITS = 100_000;
    private static final int INSTRUCTIONS_AN_EXIT = 6;
    private static final long MEMORY = 16 << 20;
    private static final long TABLES = 0x4000;
    private static final long ENTRY = 0x10_0000;

    private PartitionedMachine machine;

    /** Makes the child. */
    @Setup(Level.Trial)
    public void boot() throws IOException {
        CpuModel model = CpuModel.intelDefault();
        machine = new PartitionedMachine(model, MEMORY, VirtualClock.virtual(VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION, model.tscHz(), 0));
        ChildMachine child = machine.child(new WorkerConfig("exits", MEMORY, 0, 1, false, false, WorkerConfig.ANY_HOST), value -> {}, machine.machine()::stop);
        GuestMemory memory = child.guestMemory();
        var tables = ByteBuffer.allocate(3 * 4096).order(ByteOrder.LITTLE_ENDIAN);
        tables.putLong(0, TABLES + 0x1003).putLong(0x1000, TABLES + 0x2003);
        for (int i = 0; i < MEMORY >> 21; i++) {
            tables.putLong(0x2000 + 8 * i, (long) i << 21 | 0x83);
        }
        memory.write(TABLES, tables.array(), 0, tables.capacity());
        try (InputStream in = VmExits.class.getResourceAsStream("/guests/exits.bin")) {
            byte[] image = in.readAllBytes();
            memory.write(ENTRY, image, 0, image.length);
        }
        child.start(new InitialState(true, ENTRY, 0x18_0000, 0, 0, 0, 0x8000_0031L, TABLES, 0x20, 0x500, 8, 16, 24, 0x1000, 0x2F));
    }

    /** A hundred thousand exits. */
    @Benchmark
    @OperationsPerInvocation(EXITS)
    public void cpuid() {
        StopReason r = machine.machine().run(new RunLimits(Long.MAX_VALUE, (long) EXITS * INSTRUCTIONS_AN_EXIT));
        if (r.kind() != StopReason.Kind.INSTRUCTION_LIMIT) {
            throw new IllegalStateException("the benchmark guest stopped: " + r);
        }
    }
}
