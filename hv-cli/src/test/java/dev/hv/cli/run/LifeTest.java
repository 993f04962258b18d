package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.root.boot.MultibootImage;
import dev.hv.cli.root.boot.MultibootLoader;
import dev.hv.cli.root.machine.ChildMachine;
import dev.hv.cli.root.machine.PartitionedMachine;
import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.cli.root.worker.WorkerException;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.disk.RawDisk;
import dev.hv.devices.network.MacAddress;
import dev.hv.devices.network.NetworkAdapter;
import dev.hv.devices.network.VirtualSwitch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Virtual machines come and go: what is deleted, or cannot be made, leaves nothing. */
class LifeTest {

    private static final long MIB = 1 << 20;
    private static final int MTU = 1500;
    private static final int TIMES = 1000;
    private static final int WARM = 300;

    @TempDir
    private Path temp;

    private final CpuModel model = CpuModel.intelDefault();
    private final VirtualClock clock = VirtualClock.virtual(VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION, model.tscHz(), 0);

    /** What a machine has lent to virtual machines, and what this process has of the host. */
    private record Lent(long freePages, int timers, int shares, int ports) {}

    private Lent lent(PartitionedMachine machine, VirtualSwitch network) {
        return new Lent(machine.freePages(), clock.armedTimers(), machine.machine().workShares(), network.ports());
    }

    private static long files() throws Exception {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    private static long heap() throws Exception {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(20);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Memory of this process beside the heap, which takes of the host what it likes. */
    private static long nativeMemory() throws Exception {
        long kib = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith("VmRSS:"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).findFirst().orElseThrow();
        return (kib << 10) - Runtime.getRuntime().totalMemory();
    }

    /** A virtual machine with everything: disks on both buses, an adapter, test devices. */
    private ChildMachine make(PartitionedMachine machine, VirtualSwitch network, Path disk, int processors) throws Exception {
        var config = new WorkerConfig("guest", 8 * MIB, 0, processors, true, true, WorkerConfig.ANY_HOST);
        ChildMachine child = machine.child(config, b -> { }, reason -> machine.machine().stop(reason));
        child.worker().devices().offerStorage();
        child.worker().devices().addDisk(RawDisk.open(disk, false, 512), false);
        child.ideDisks().add(new MemoryDisk(new byte[1 << 16], 512, false), "guest");
        child.worker().devices().addNetwork(0, new NetworkAdapter(MacAddress.of("02:00:00:00:00:02"), MTU, network, "guest"));
        return child;
    }

    private static void start(ChildMachine child, MultibootImage image) throws Exception {
        child.start(MultibootLoader.load(image, "guest", "", List.of(), child.firmware(), child.guestMemory()));
    }

    private MultibootImage image(int... code) throws Exception {
        return MultibootImage.parse("guest", Files.readAllBytes(TinyGuest.write(temp.resolve("guest.elf"), code)));
    }

    /** In a process whose heap is all there from the beginning: what it grows by is native memory. */
    @Test
    void aThousandMachinesLeaveNothing() throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(HvProcess.FLAGS);
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch", "-cp", System.getProperty("java.class.path"), LifeTest.class.getName()));
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(p.waitFor()).as(said).isZero();
    }

    /** The process of {@link #aThousandMachinesLeaveNothing}. */
    public static void main(String[] arguments) throws Exception {
        var test = new LifeTest();
        test.temp = Files.createTempDirectory("life");
        test.makeAThousand();
    }

    private void makeAThousand() throws Exception {
        Path disk = Files.write(temp.resolve("disk"), new byte[1 << 16]);
        MultibootImage image = image(TinyGuest.greeting());
        var machine = new PartitionedMachine(model, 24 * MIB, clock);
        try (var memory = machine.machine().bus().memory()) {
            var network = new VirtualSwitch("net", clock);
            long[] before = null;
            Lent first = null;
            for (int i = 0; i < TIMES; i++) {
                ChildMachine child = make(machine, network, disk, 1 + i % 2);
                start(child, image);
                StopReason reason = machine.machine().run(new RunLimits(Long.MAX_VALUE, 1_000_000));
                assertThat(reason.kind()).isEqualTo(StopReason.Kind.DEBUG_EXIT);
                // the next one is deleted while it stands still, having been reset
                if (i % 3 == 0) {
                    child.reset(1);
                    start(child, image);
                    assertThat(machine.machine().run(new RunLimits(Long.MAX_VALUE, 1_000_000)).kind()).isEqualTo(StopReason.Kind.DEBUG_EXIT);
                }
                machine.delete(child);
                Lent now = lent(machine, network);
                first = first == null ? now : first;
                assertThat(now).as("machine " + i).isEqualTo(first);
                if (i == WARM) {
                    before = new long[] {heap(), nativeMemory(), files(), memory.committedBytes()};
                }
            }
            assertThat(heap()).as("heap").isLessThan(before[0] + MIB);
            assertThat(nativeMemory()).as("native memory").isLessThan(before[1] + 24 * MIB);
            assertThat(files()).as("files").isEqualTo(before[2]);
            assertThat(memory.committedBytes()).as("memory of the machine that was touched").isEqualTo(before[3]);
        }
    }

    @Test
    void aMachineThatCannotBeMadeLeavesNothing() throws Exception {
        var machine = new PartitionedMachine(model, 4 * MIB, clock);
        var network = new VirtualSwitch("net", clock);
        // the first one leaves the machine as it will be left by all others
        machine.delete(machine.child(new WorkerConfig("guest", MIB, 0, 2, true, true, WorkerConfig.ANY_HOST), b -> { }, r -> { }));
        Lent before = lent(machine, network);
        int made = 0;
        int refused = 0;
        // from room for everything down to none for memory: in between each step of the making is the one that fails
        for (long pages = before.freePages() - 400; pages <= before.freePages() + 1; pages++) {
            var config = new WorkerConfig("guest", pages << 12, 0, 8, true, true, WorkerConfig.ANY_HOST);
            try {
                machine.delete(machine.child(config, b -> { }, r -> { }));
                made++;
            } catch (WorkerException e) {
                assertThat(e).hasMessageContaining("the hypervisor could not");
                refused++;
            }
            assertThat(lent(machine, network).freePages()).as("pages after a machine of " + pages).isEqualTo(before.freePages());
            assertThat(lent(machine, network).shares()).isEqualTo(before.shares());
            assertThat(lent(machine, network).timers()).isEqualTo(before.timers());
        }
        assertThat(made).as("made").isPositive();
        assertThat(refused).as("refused").isGreaterThan(20);
    }

    @Test
    void whatIsDeletedIsGone() throws Exception {
        Path disk = Files.write(temp.resolve("disk"), new byte[1 << 16]);
        var machine = new PartitionedMachine(model, 24 * MIB, clock);
        var network = new VirtualSwitch("net", clock);
        ChildMachine child = make(machine, network, disk, 2);
        start(child, image(0xEB, 0xFE));
        assertThat(machine.machine().run(new RunLimits(Long.MAX_VALUE, 100_000)).kind()).isEqualTo(StopReason.Kind.INSTRUCTION_LIMIT);
        var memory = child.worker().memory();
        assertThat(memory.read(TinyGuest.CODE, new byte[2], 0, 2)).isTrue();
        machine.delete(child);
        assertThat(machine.hypervisor().partitionStatistics(child.worker().partition())).isNull();
        assertThat(memory.read(TinyGuest.CODE, new byte[2], 0, 2)).as("who holds its memory reaches nothing").isFalse();
        assertThatThrownBy(() -> machine.delete(child)).isInstanceOf(IllegalArgumentException.class);
        // what others have now is not touched by what it had
        RawDisk.open(disk, false, 512).close();
        ChildMachine next = make(machine, network, disk, 2);
        start(next, image(TinyGuest.greeting()));
        assertThat(machine.machine().run(new RunLimits(Long.MAX_VALUE, 1_000_000)).kind()).isEqualTo(StopReason.Kind.DEBUG_EXIT);
        machine.delete(next);
    }
}
