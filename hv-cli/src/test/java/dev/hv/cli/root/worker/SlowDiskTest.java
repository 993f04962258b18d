package dev.hv.cli.root.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.root.boot.MultibootImage;
import dev.hv.cli.root.boot.MultibootLoader;
import dev.hv.cli.root.machine.ChildMachine;
import dev.hv.cli.root.machine.PartitionedMachine;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.network.MacAddress;
import dev.hv.devices.network.NetworkAdapter;
import dev.hv.devices.network.VirtualSwitch;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk whose host does not answer keeps the machine that waits for it, and nobody else. */
@Timeout(600)
class SlowDiskTest {

    private static final long MEMORY = 8 << 20;
    private static final long LONGEST_RUN = 300_000_000_000L;
    private static final String ALL_RIGHT = "every byte right";
    private static final String BROKEN = "BROKEN";

    /** Answers when the latch is open. If that takes too long it is nobody's fault but that of who waits with the machine's lock. */
    private static final class SlowDisk extends MemoryDisk {
        private final CountDownLatch answers;
        private volatile boolean tired;

        SlowDisk(CountDownLatch answers) {
            super(new byte[4 << 20], 512, false);
            this.answers = answers;
        }

        private void await() {
            try {
                tired = tired || !answers.await(100, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                tired = true;
            }
        }

        @Override
        public DiskStatus read(long offset, byte[] to, int at, int length) {
            await();
            return super.read(offset, to, at, length);
        }

        @Override
        public DiskStatus write(long offset, byte[] from, int at, int length) {
            await();
            return super.write(offset, from, at, length);
        }
    }

    /** Two machines: one that waits for a disk, and one whose end makes the disk answer. */
    private static final class Lab {
        private final CountDownLatch answers = new CountDownLatch(1);
        private final SlowDisk disk = new SlowDisk(answers);
        private final StringBuffer waiterSays = new StringBuffer();
        private final PartitionedMachine machine;
        private String saidWhenOtherEnded;

        Lab(boolean parallel) {
            CpuModel model = CpuModel.intelDefault();
            machine = new PartitionedMachine(model, 2 * MEMORY, VirtualClock.real(model.tscHz()), 2, parallel);
        }

        private void child(String name, boolean enlightened, String append, Consumer<ChildMachine> devices, StringBuffer says, Consumer<StopReason> ended) throws Exception {
            var config = new WorkerConfig(name, MEMORY, 0, 1, false, enlightened, WorkerConfig.ANY_HOST);
            ChildMachine child = machine.child(config, c -> {
                says.append((char) c);
                if (c == '\n' && (says.indexOf(ALL_RIGHT) >= 0 || says.indexOf(BROKEN) >= 0)) {
                    machine.machine().stop(StopReason.of(StopReason.Kind.REQUESTED));
                }
            }, ended);
            devices.accept(child);
            try (InputStream in = SlowDiskTest.class.getResourceAsStream("/guests/demo.elf")) {
                child.start(MultibootLoader.load(MultibootImage.parse("demo", in.readAllBytes()), "demo", append, List.of(), child.firmware(), child.guestMemory()));
            }
        }

        void run(boolean enlightened) throws Exception {
            child("E", enlightened, enlightened ? "name=E vmbus" : "name=U ide", c -> {
                if (enlightened) {
                    SyntheticDevices devices = c.worker().devices();
                    devices.offerStorage();
                    devices.addDisk(disk, false);
                    devices.addNetwork(0, new NetworkAdapter(MacAddress.of("02:00:00:00:00:02"), 1500, new VirtualSwitch("lab", machine.machine().clock()), "E"));
                } else {
                    c.ideDisks().add(disk, "U");
                }
            }, waiterSays, r -> machine.machine().stop(r));
            child("A", false, "name=A", c -> { }, new StringBuffer(), r -> {
                saidWhenOtherEnded = waiterSays.toString();
                answers.countDown();
            });
            StopReason end = machine.machine().run(new RunLimits(LONGEST_RUN, Long.MAX_VALUE));
            assertThat(disk.tired).as("the other machine ended while the disk did not answer").isFalse();
            assertThat(saidWhenOtherEnded).doesNotContain(ALL_RIGHT);
            assertThat(waiterSays.toString()).contains(ALL_RIGHT).doesNotContain(BROKEN);
            assertThat(end.kind()).isEqualTo(StopReason.Kind.REQUESTED);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void othersGoOnBesideADiskOnVmbus(boolean parallel) throws Exception {
        new Lab(parallel).run(true);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void othersGoOnBesideADiskOnIde(boolean parallel) throws Exception {
        new Lab(parallel).run(false);
    }
}
