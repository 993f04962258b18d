package dev.hv.cli.demo;

import dev.hv.cli.demo.DemoGuest.Role;
import dev.hv.cli.root.boot.BootException;
import dev.hv.cli.root.boot.MultibootImage;
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
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The picture: root services and four children on one processor. One child has drivers for VMBus, one sees a PC's devices only; both
 * do the same work. A third guards its memory, a fourth crashes.
 */
public final class Demo {

    private static final long MEMORY = 16 << 20;
    private static final int DISK = 4 << 20;
    private static final int SECTOR = 512;
    /** What the guests write: requests, bytes of one, and the seed of the pattern. */
    private static final int REQUESTS = 256;
    private static final int REQUEST = 4096;
    private static final int FRAMES = 256;
    private static final long DISK_SEED = 0x6469_736B;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final int MTU = 1500;
    private static final long INSTRUCTION_LIMIT = 20_000_000_000L;
    private static final long REFRESH_NANOS = 5_000_000;
    private static final String IMAGE = "/guests/demo.elf";

    private final PrintStream out;
    private final VirtualClock clock;
    private final PartitionedMachine machine;
    private final List<DemoGuest> guests = new ArrayList<>();
    private final LiveTable table;
    private final EchoStation echo;
    private final VirtualSwitch network;
    private final Clock.Timer refresh;
    private final byte[] ringDisk = new byte[DISK];
    private final byte[] ideDisk = new byte[DISK];

    /**
     * A demonstration that has not begun.
     *
     * @param model the machine's processor
     * @param terminal whether {@code out} understands ANSI sequences
     */
    public Demo(CpuModel model, PrintStream out, boolean terminal) {
        this.out = out;
        clock = VirtualClock.virtual(VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION, model.tscHz(), VirtualClock.EPOCH);
        machine = new PartitionedMachine(model, Role.values().length * MEMORY, clock);
        network = new VirtualSwitch("demo", clock);
        echo = new EchoStation(network, clock);
        table = new LiveTable(out, terminal, guests);
        refresh = clock.timer("live table", this::refresh);
    }

    /**
     * Runs it.
     *
     * @return whether everything was as promised
     */
    public boolean run() throws IOException, BootException {
        out.println("hv demo: a root partition with its services, and four children on one processor");
        MultibootImage image = MultibootImage.parse("demo", image());
        for (Role role : Role.values()) {
            guests.add(make(role));
        }
        for (DemoGuest g : guests) {
            g.start(image);
        }
        refresh.arm(REFRESH_NANOS);
        machine.machine().run(new RunLimits(Long.MAX_VALUE, INSTRUCTION_LIMIT));
        table.keep();
        report();
        List<String> broken = broken();
        broken.forEach(b -> out.println("hv demo: NOT as promised: " + b));
        out.printf("hv demo: %s; %d million instructions, %d VM exits, %.1f s%n", broken.isEmpty() ? "all as promised" : "NOT as promised",
                machine.machine().instructions() / 1_000_000, machine.hypervisor().exitCounts().values().stream().mapToLong(Long::longValue).sum(),
                clock.hostNanos() / 1e9);
        return broken.isEmpty();
    }

    private DemoGuest make(Role role) {
        var guest = new DemoGuest(role, machine.hypervisor(), table::line);
        var config = new WorkerConfig(role.label, MEMORY, 0, 1, false, role == Role.ENLIGHTENED, WorkerConfig.ANY_HOST);
        ChildMachine child = machine.child(config, guest, reason -> ended(guest, reason));
        guest.runsOn(child);
        switch (role) {
            case ENLIGHTENED -> {
                var devices = child.worker().devices();
                devices.offerStorage();
                devices.addDisk(new MemoryDisk(ringDisk, SECTOR, false), false);
                devices.addNetwork(0, new NetworkAdapter(MacAddress.of("02:00:00:00:00:02"), MTU, network, role.label));
            }
            case EMULATED -> child.ideDisks().add(new MemoryDisk(ideDisk, SECTOR, false), role.label);
            default -> { }
        }
        return guest;
    }

    private void refresh() {
        if (out.checkError()) {
            // nobody looks any more (hv demo | head): the command line says so
            machine.machine().stop(StopReason.of(StopReason.Kind.REQUESTED));
            return;
        }
        table.refresh(clock.hostNanos());
        refresh.arm(clock.nanos() + REFRESH_NANOS);
    }

    private void ended(DemoGuest guest, StopReason reason) {
        guest.ended(reason);
        String label = guest.role().label;
        table.line(switch (reason.kind()) {
            case POWER_OFF -> "hv demo: " + label + " switched itself off";
            case CRASH -> "hv demo: " + label + " crashed (" + reason.detail().lines().findFirst().orElse("") + "); the others go on";
            default -> "hv demo: " + label + " ended: " + reason.kind();
        });
        if (guests.stream().allMatch(g -> g.end() != null)) {
            machine.machine().stop(reason);
        }
    }

    // ---- what was promised ---------------------------------------------------------------------------------------------------

    private void report() {
        List<Measured> all = guests.stream().flatMap(g -> g.measured().stream()).toList();
        CostReport.print(out, all, VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION);
        Measured ring = measured("storvsc");
        for (String path : List.of("ide-pio", "ide-dma")) {
            Measured emulated = measured(path);
            if (ring != null && emulated != null) {
                CostReport.compare(out, ring, emulated);
            }
        }
        CostReport.printTimes(out, all);
    }

    private Measured measured(String path) {
        return guests.stream().flatMap(g -> g.measured().stream()).filter(m -> m.path().equals(path)).findFirst().orElse(null);
    }

    /** What is not as it should be; empty when all is. */
    private List<String> broken() {
        List<String> broken = new ArrayList<>();
        for (DemoGuest g : guests) {
            var expected = g.role() == Role.CRASHING ? StopReason.Kind.CRASH : StopReason.Kind.POWER_OFF;
            check(broken, g.end() != null && g.end().kind() == expected, g.role().label + " ended otherwise than by " + expected);
        }
        said(broken, Role.COMPUTING, "my memory is intact");
        said(broken, Role.ENLIGHTENED, "requests over storvsc, every byte right");
        said(broken, Role.ENLIGHTENED, "frames over netvsc came back, every byte right");
        said(broken, Role.EMULATED, "requests by ide-pio, every byte right");
        said(broken, Role.EMULATED, "requests by ide-dma, every byte right");
        check(broken, written(ringDisk), "the disk on VMBus does not hold what was written");
        check(broken, written(ideDisk), "the IDE disk does not hold what was written");
        check(broken, echo.frames() == FRAMES, "the echo station saw " + echo.frames() + " frames");
        Measured ring = measured("storvsc");
        for (String path : List.of("ide-pio", "ide-dma")) {
            Measured emulated = measured(path);
            check(broken, ring != null && emulated != null && emulated.exitsPerRequest() > ring.exitsPerRequest(),
                    path + " did not cost more VM exits than the ring");
        }
        return broken;
    }

    private void said(List<String> broken, Role role, String what) {
        check(broken, guests.stream().anyMatch(g -> g.role() == role && g.said(what)), role.label + " did not say \"" + what + '"');
    }

    private static void check(List<String> broken, boolean ok, String what) {
        if (!ok) {
            broken.add(what);
        }
    }

    /** Whether a disk holds the guests' pattern. */
    private static boolean written(byte[] disk) {
        var words = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < REQUESTS * REQUEST; at += Long.BYTES) {
            if (words.getLong(at) != (at ^ DISK_SEED) * GOLDEN) {
                return false;
            }
        }
        return true;
    }

    private static byte[] image() throws IOException {
        try (InputStream in = Demo.class.getResourceAsStream(IMAGE)) {
            if (in == null) {
                throw new IllegalStateException("the build lacks " + IMAGE);
            }
            return in.readAllBytes();
        }
    }
}
