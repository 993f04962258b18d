package dev.hv.cli.root.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.root.boot.MultibootImage;
import dev.hv.cli.root.boot.MultibootLoader;
import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.state.CpuModel;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.network.MacAddress;
import dev.hv.devices.network.NetworkAdapter;
import dev.hv.devices.network.VirtualSwitch;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The section of one virtual machine holds everything of it: taken out of a machine's state, it goes on in another machine, beside a neighbour that
 * was not restored.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OneSectionTest {

    private static final int MEMORY = 16 << 20;
    private static final long STEP = 50_000;
    private static final String BEGUN = "@begin storvsc";

    private static final CpuModel MODEL = CpuModel.intelDefault();

    /** A machine with an echo station and a guest that uses its disk and then the echo station. */
    private static final class Lab {
        final VirtualClock clock = VirtualClock.virtual(VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION, MODEL.tscHz(), 0);
        final PartitionedMachine machine;
        final VirtualSwitch network = new VirtualSwitch("lab", clock);
        final byte[] disk = new byte[4 << 20];
        final StringBuilder said = new StringBuilder();
        final StringBuilder stationSaid = new StringBuilder();
        final ChildMachine station;
        final ChildMachine guest;
        /** Pages that the machine had free before the guest was made, and has not any more. */
        final BitSet pages;
        private String until;
        private final List<String> ended = new ArrayList<>();

        Lab(int processors) throws Exception {
            machine = new PartitionedMachine(MODEL, 2L * MEMORY, clock, processors, false);
            station = child("station", "02:00:00:00:00:01", stationSaid);
            pages = free();
            guest = child("guest", "02:00:00:00:00:02", said);
            guest.worker().devices().offerStorage();
            guest.worker().devices().addDisk(new MemoryDisk(disk, 512, false), false);
            pages.andNot(free());
        }

        private ChildMachine child(String name, String address, StringBuilder output) {
            ChildMachine child = machine.child(new WorkerConfig(name, MEMORY, 0, 1, false, true, WorkerConfig.ANY_HOST), b -> print(output, b), reason -> {
                ended.add(name + " " + reason.kind());
                if (ended.size() == 2) {
                    machine.machine().stop(reason);
                }
            });
            child.worker().devices().addNetwork(0, new NetworkAdapter(MacAddress.of(address), 1500, network, name));
            return child;
        }

        byte[] saved() {
            var out = new SectionWriter();
            machine.machine().save(out);
            return out.toBytes();
        }

        BitSet free() {
            SectionReader in = section(saved(), "page-frames");
            in.begin("page-frames");
            var free = new BitSet();
            for (long n = in.take(); n > 0; n--) {
                int first = (int) in.take();
                free.set(first, first + (int) in.take());
            }
            return free;
        }

        void start(ChildMachine child, String line) throws Exception {
            try (InputStream in = OneSectionTest.class.getResourceAsStream("/guests/demo.elf")) {
                MultibootImage image = MultibootImage.parse("demo", in.readAllBytes());
                child.start(MultibootLoader.load(image, "demo", line, List.of(), child.firmware(), child.guestMemory()));
            }
        }

        StopReason run(long instructions) {
            return machine.machine().run(new RunLimits(60_000_000_000L, instructions));
        }

        /** Stops behind the text: who waits for somebody may wait for ever without an instruction. */
        void runUntil(String text) {
            until = text;
            assertThat(run(20_000_000).kind()).as(said + "\n" + stationSaid).isEqualTo(StopReason.Kind.REQUESTED);
            until = null;
        }

        private void print(StringBuilder output, int value) {
            output.append((char) value);
            if (until != null && output.indexOf(until) >= 0) {
                until = null;
                machine.machine().stop(StopReason.of(StopReason.Kind.REQUESTED));
            }
        }

        void runToTheEnd() {
            assertThat(run(100_000_000).kind()).as(said + "\n" + stationSaid).isEqualTo(StopReason.Kind.POWER_OFF);
            assertThat(ended).containsExactlyInAnyOrder("station POWER_OFF", "guest POWER_OFF");
            assertThat(stationSaid).contains("256 frames were sent back, every byte right");
        }
    }

    private static SectionReader section(byte[] state, String name) {
        return new SectionReader(state, SectionReader.list(state).stream().filter(e -> e.name().equals(name)).findFirst().orElseThrow());
    }

    private static void copyPages(Lab from, Lab to) {
        byte[] page = new byte[SystemMemory.PAGE];
        for (int p = to.pages.nextSetBit(0); p >= 0; p = to.pages.nextSetBit(p + 1)) {
            from.machine.machine().bus().memory().copyOut((long) p << 12, page, 0, page.length);
            to.machine.machine().bus().memory().copyIn(page, 0, (long) p << 12, page.length);
        }
    }

    private static String withoutTime(String text) {
        return text.replaceAll("reference time is \\d+ ms", "");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aMachineGoesOnBesideAnotherNeighbour(int processors) throws Exception {
        var from = new Lab(processors);
        from.start(from.station, "name=S echo");
        from.start(from.guest, "name=G vmbus");
        from.runUntil(BEGUN);
        from.run(STEP);
        assertThat(from.said).as("stopped amid requests to the disk").doesNotContain("@end");
        // saved at rest; and nothing runs until what the guest's pages and its disk hold is copied
        var saved = new byte[1][];
        from.machine.machine().whenAtRest(() -> {
            saved[0] = from.saved();
            from.machine.machine().stop(StopReason.of(StopReason.Kind.REQUESTED));
        });
        assertThat(from.run(STEP).kind()).isEqualTo(StopReason.Kind.REQUESTED);
        byte[] state = saved[0];
        var to = new Lab(processors);
        assertThat(to.pages).as("the same pages").isEqualTo(from.pages);
        // another time of the clock, and a neighbour in the middle of something else
        to.start(to.station, "name=T echo");
        to.runUntil("VMBus");
        System.arraycopy(from.disk, 0, to.disk, 0, from.disk.length);
        int cut = from.said.length();
        to.machine.restore(to.guest, () -> copyPages(from, to), section(state, ChildMachine.section("guest")));

        from.runToTheEnd();
        to.runToTheEnd();
        assertThat(withoutTime(to.said.toString())).isEqualTo(withoutTime(from.said.substring(cut)));
        assertThat(to.said).contains("512 requests over storvsc, every byte right", "256 frames over netvsc came back, every byte right");
        assertThat(to.stationSaid).contains("T: echo station");
        assertThat(to.disk).isEqualTo(from.disk);
    }

    @Test
    void theSectionOfAnotherMachineIsRefused() throws Exception {
        var lab = new Lab(1);
        byte[] state = lab.saved();
        assertThatThrownBy(() -> lab.machine.restore(lab.guest, () -> { }, section(state, ChildMachine.section("station")))).isInstanceOf(StateFormatException.class)
                .hasMessageContaining("section vm station where vm guest was expected");
        assertThatThrownBy(() -> new Lab(1).machine.restore(lab.guest, () -> { }, section(state, ChildMachine.section("guest")))).isInstanceOf(IllegalArgumentException.class);
    }
}
