package dev.hv.cli.commands;

import dev.hv.cli.boot.BootException;
import dev.hv.cli.boot.MultibootImage;
import dev.hv.cli.boot.MultibootLoader;
import dev.hv.cli.machine.ChildMachine;
import dev.hv.cli.machine.ConsoleOutput;
import dev.hv.cli.machine.PartitionedMachine;
import dev.hv.cli.worker.WorkerConfig;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import dev.hv.devices.chipset.SerialOutput;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Runs embedded guests in three child partitions on one processor: two fill their memory with a pattern, compute, and find the
 * pattern intact; the third crashes meanwhile.
 */
@Command(name = "demo", mixinStandardHelpOptions = true, description = "Runs embedded guests side by side: no downloads.")
public final class DemoCommand implements Callable<Integer> {

    private static final long MEMORY = 16 << 20;
    private static final long EPOCH = 1_700_000_000L;
    private static final long INSTRUCTION_LIMIT = 20_000_000_000L;
    private static final String IMAGE = "/guests/demo.elf";
    private static final String INTACT = "my memory is intact";

    /** One guest and what became of it. */
    private static final class Guest implements SerialOutput {
        final String name;
        final boolean crashes;
        final ConsoleOutput console;
        final StringBuilder output = new StringBuilder();
        StopReason end;

        Guest(String name, boolean crashes, VirtualClock clock) {
            this.name = name;
            this.crashes = crashes;
            console = new ConsoleOutput(System.out, clock);
        }

        @Override
        public void transmit(int value) {
            output.append((char) value);
            console.transmit(value);
        }

        boolean asPromised() {
            return end != null && (crashes ? end.kind() == StopReason.Kind.CRASH
                    : end.kind() == StopReason.Kind.POWER_OFF && output.indexOf(INTACT) >= 0);
        }
    }

    @Override
    public Integer call() throws IOException, BootException {
        CpuModel model = CpuModel.intelDefault();
        VirtualClock clock = VirtualClock.virtual(VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION, model.tscHz(), EPOCH);
        List<Guest> guests = List.of(new Guest("A", false, clock), new Guest("B", false, clock), new Guest("C", true, clock));
        var machine = new PartitionedMachine(model, guests.size() * MEMORY, clock);
        System.out.println("hv demo: three child partitions on one processor; A and B prove isolation, C crashes");
        MultibootImage image = MultibootImage.parse("demo", image());
        List<Guest> running = new ArrayList<>(guests);
        for (Guest g : guests) {
            ChildMachine child = machine.child(new WorkerConfig(g.name, MEMORY, 0, 1, false, false), g, reason -> ended(g, reason, running, machine));
            child.start(MultibootLoader.load(image, "demo", "name=" + g.name + (g.crashes ? " crash" : ""), List.of(), child.firmware(),
                    child.guestMemory()));
        }
        machine.machine().run(new RunLimits(Long.MAX_VALUE, INSTRUCTION_LIMIT));
        var exits = machine.hypervisor().exitCounts().values().stream().mapToLong(Long::longValue).sum();
        boolean ok = guests.stream().allMatch(Guest::asPromised);
        System.out.printf("hv demo: %s; %d million instructions, %d VM exits%n", ok ? "all as promised" : "NOT as promised",
                machine.machine().instructions() / 1_000_000, exits);
        return ok ? ExitStatus.OK : ExitStatus.FAILED;
    }

    private static void ended(Guest g, StopReason reason, List<Guest> running, PartitionedMachine machine) {
        g.console.flush();
        g.end = reason;
        running.remove(g);
        System.out.println(switch (reason.kind()) {
            case POWER_OFF -> "hv demo: " + g.name + " switched itself off";
            case CRASH -> "hv demo: " + g.name + " crashed (" + reason.detail().lines().findFirst().orElse("") + "); the others go on";
            default -> "hv demo: " + g.name + " ended: " + reason.kind();
        });
        if (running.isEmpty()) {
            machine.machine().stop(reason);
        }
    }

    private static byte[] image() throws IOException {
        try (InputStream in = DemoCommand.class.getResourceAsStream(IMAGE)) {
            if (in == null) {
                throw new IllegalStateException("the build lacks " + IMAGE);
            }
            return in.readAllBytes();
        }
    }
}
