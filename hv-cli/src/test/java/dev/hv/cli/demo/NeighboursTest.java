package dev.hv.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.root.boot.MultibootImage;
import dev.hv.cli.root.boot.MultibootLoader;
import dev.hv.cli.root.machine.ChildMachine;
import dev.hv.cli.root.machine.PartitionedMachine;
import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.core.machine.Clock;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.network.MacAddress;
import dev.hv.devices.network.NetworkAdapter;
import dev.hv.devices.network.VirtualSwitch;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Machines are made, reset and deleted while their neighbour uses its disk and its network, and the neighbour notices nothing. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NeighboursTest {

    private static final long MEMORY = 16 << 20;
    private static final long EVERY_NANOS = 2_000_000;
    /** In real time making a machine takes time from the neighbour, who may have little. */
    private static final long EVERY_REAL_NANOS = 20_000_000;

    private final CpuModel model = CpuModel.intelDefault();
    private PartitionedMachine machine;
    private MultibootImage image;
    private DemoGuest worker;
    private ChildMachine neighbour;
    private Clock.Timer timer;
    private int made;
    private int step;

    private ChildMachine child(String name, boolean enlightened, DemoGuest output) {
        return machine.child(new WorkerConfig(name, MEMORY, 0, 1, false, enlightened, WorkerConfig.ANY_HOST), output, reason -> {
            if (output == worker) {
                worker.ended(reason);
                machine.machine().stop(reason);
            }
        });
    }

    /** The neighbour is made and started, reset and started, deleted, and so on. */
    private void change() {
        try {
            switch (step++ % 3) {
                case 0 -> {
                    boolean enlightened = made++ % 2 == 0;
                    neighbour = child("neighbour", enlightened, new DemoGuest(DemoGuest.Role.COMPUTING, machine.hypervisor(), line -> { }));
                    neighbour.ideDisks().add(new MemoryDisk(new byte[1 << 20], 512, false), "neighbour");
                    if (enlightened) {
                        neighbour.worker().devices().offerStorage();
                        neighbour.worker().devices().addDisk(new MemoryDisk(new byte[1 << 20], 512, false), false);
                    }
                    start();
                }
                case 1 -> {
                    neighbour.reset(1);
                    start();
                }
                default -> machine.delete(neighbour);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        arm();
    }

    private void arm() {
        VirtualClock clock = machine.machine().clock();
        timer.arm(clock.nanos() + (clock.isReal() ? EVERY_REAL_NANOS : EVERY_NANOS));
    }

    private void start() throws Exception {
        neighbour.start(MultibootLoader.load(image, "demo", "name=N " + (made % 3 == 0 ? "ide" : ""), List.of(), neighbour.firmware(), neighbour.guestMemory()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNeighbourThatComesAndGoes(boolean parallel) throws Exception {
        try (InputStream in = NeighboursTest.class.getResourceAsStream("/guests/demo.elf")) {
            image = MultibootImage.parse("demo", in.readAllBytes());
        }
        VirtualClock clock = parallel ? VirtualClock.real(model.tscHz()) : VirtualClock.virtual(VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION, model.tscHz(), 0);
        machine = new PartitionedMachine(model, 2 * MEMORY, clock, parallel ? 2 : 1, parallel);
        var network = new VirtualSwitch("demo", clock);
        var echo = new EchoStation(network, clock);
        worker = new DemoGuest(DemoGuest.Role.ENLIGHTENED, machine.hypervisor(), line -> { });
        ChildMachine busy = child("busy", true, worker);
        worker.runsOn(busy);
        busy.worker().devices().offerStorage();
        busy.worker().devices().addDisk(new MemoryDisk(new byte[4 << 20], 512, false), false);
        busy.worker().devices().addNetwork(0, new NetworkAdapter(MacAddress.of("02:00:00:00:00:02"), 1500, network, "busy"));
        worker.start(image);
        long pages = machine.freePages();
        timer = clock.timer("neighbours", this::change);
        arm();
        StopReason reason = machine.machine().run(new RunLimits(200_000_000_000L, 20_000_000_000L));
        assertThat(reason.kind()).isEqualTo(StopReason.Kind.POWER_OFF);
        assertThat(worker.said("requests over storvsc, every byte right")).isTrue();
        assertThat(worker.said("frames over netvsc came back, every byte right")).isTrue();
        assertThat(echo.frames()).isEqualTo(256);
        // in real time the neighbour's work takes as long as this host takes for it
        assertThat(made).as("neighbours").isGreaterThan(parallel ? 1 : 3);
        if (step % 3 != 0) {
            machine.delete(neighbour);
        }
        assertThat(machine.freePages()).as("pages").isEqualTo(pages);
    }
}
