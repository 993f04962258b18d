package dev.hv.cli.demo;

import dev.hv.cli.root.boot.BootException;
import dev.hv.cli.root.boot.MultibootImage;
import dev.hv.cli.root.boot.MultibootLoader;
import dev.hv.cli.root.machine.ChildMachine;
import dev.hv.cli.root.machine.PartitionedMachine;
import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** A child partition that makes partitions of its own (L1VH), with a guest of a few pages in the place of an operating system: what it says, and who calls what. */
public final class ParentDemo {

    private static final long MEMORY = 16 << 20;
    private static final long INSTRUCTION_LIMIT = 2_000_000_000L;
    private static final String IMAGE = "/guests/parent.elf";
    /** How many children the guest makes; they get the ids behind its own. */
    private static final int CHILDREN = 2;

    private final PrintStream out;
    private final VirtualClock clock;
    private final PartitionedMachine machine;
    private final StringBuilder said = new StringBuilder();
    private StopReason end;

    /**
     * A demonstration that has not begun.
     *
     * @param model the machine's processor
     */
    public ParentDemo(CpuModel model, PrintStream out) {
        this.out = out;
        clock = VirtualClock.virtual(VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION, model.tscHz(), VirtualClock.EPOCH);
        machine = new PartitionedMachine(model, MEMORY, clock);
    }

    /**
     * Runs it.
     *
     * @return whether everything was as promised
     */
    public boolean run() throws IOException, BootException {
        out.println("hv demo: a guest that is a parent makes two partitions of its own, serves what they print, and survives that one dies");
        var config = new WorkerConfig("P", MEMORY, 0, 1, false, true, false, WorkerConfig.Parent.CHILD, false, false, null, null, WorkerConfig.ANY_HOST);
        ChildMachine parent = machine.child(config, this::transmit, this::ended);
        parent.start(MultibootLoader.load(MultibootImage.parse("parent", image()), "demo", "demo", List.of(), parent.firmware(), parent.guestMemory()));
        var tally = new CallTally(machine.hypervisor()::callName);
        machine.hypervisor().watch(tally);
        machine.machine().run(new RunLimits(Long.MAX_VALUE, INSTRUCTION_LIMIT));
        tally.add(Partition.ROOT, machine.hypervisor().rootHypercallCounts());
        long id = parent.worker().partition();
        List<Long> partitions = new ArrayList<>(List.of(Partition.ROOT, id));
        List<String> labels = new ArrayList<>(List.of("root", "P"));
        for (int i = 1; i <= CHILDREN; i++) {
            partitions.add(id + i);
            labels.add("C" + i);
        }
        tally.print(out, partitions, labels);
        List<String> broken = broken(tally, id);
        broken.forEach(b -> out.println("hv demo: NOT as promised: " + b));
        out.println("hv demo: digest " + machine.machine().digest() + ", the same in every run");
        out.printf("hv demo: %s; %d thousand instructions, %.1f s%n", broken.isEmpty() ? "all as promised" : "NOT as promised", machine.machine().instructions() / 1_000,
                clock.hostNanos() / 1e9);
        return broken.isEmpty();
    }

    private void transmit(int value) {
        said.append((char) value);
        out.write(value);
    }

    private void ended(StopReason reason) {
        end = reason;
        machine.machine().stop(reason);
    }

    /** What is not as it should be; empty when all is. */
    private List<String> broken(CallTally tally, long id) {
        List<String> broken = new ArrayList<>();
        check(broken, end != null && end.kind() == StopReason.Kind.POWER_OFF, "the parent did not switch itself off");
        for (String what : List.of("C1: 430 primes below 3000", "C1: the number that my parent gives me is 4711", "C1: a page was mapped when I touched it", "P: a message of a child's: a child's words",
                "P: an event of a child's", "C1: I may not make partitions myself", "C1: an interrupt of my parent's woke me", "has died; its pages are mine again", "P: all pages are back: ")) {
            check(broken, said.indexOf(what) >= 0, "nobody said \"" + what + '"');
        }
        check(broken, said.indexOf("BROKEN") < 0, "a guest found something broken");
        check(broken, tally.count("HvCallCreatePartition", Partition.ROOT) == 1 && tally.count("HvCallCreatePartition", id) == CHILDREN, "other partitions were made");
        return broken;
    }

    private static void check(List<String> broken, boolean ok, String what) {
        if (!ok) {
            broken.add(what);
        }
    }

    private static byte[] image() throws IOException {
        try (InputStream in = ParentDemo.class.getResourceAsStream(IMAGE)) {
            if (in == null) {
                throw new IllegalStateException("the build lacks " + IMAGE);
            }
            return in.readAllBytes();
        }
    }
}
