package dev.hv.cli.suite.run;

import static dev.hv.cli.suite.run.SmallCases.SECOND;
import static dev.hv.cli.suite.run.SmallCases.console;
import static dev.hv.cli.suite.run.SmallCases.head;
import static dev.hv.cli.suite.run.SmallCases.inject;
import static dev.hv.cli.suite.run.SmallCases.planned;
import static dev.hv.cli.suite.run.SmallCases.send;
import static dev.hv.cli.suite.run.SmallCases.testbed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.config.BootConfig;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.Fault;
import dev.hv.cli.config.GuestRights;
import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.MemoryConfig;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.run.TinyGuest;
import dev.hv.cli.suite.AgentWay;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Check;
import dev.hv.cli.suite.MachineSpec;
import dev.hv.cli.suite.Platform;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.suite.Timeouts;
import dev.hv.cpu.execute.EngineKind;
import dev.hv.devices.disk.DiskFaults.Failure;
import dev.hv.devices.network.PortFaults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests see exactly the faults that are injected. */
class FaultsTest {

    private static final long MILLI = 1_000_000;
    private static final Timeouts LONG = new Timeouts(3 * SECOND, 40 * SECOND);
    private static final String GOOD = " srb 01 scsi 00 after 0 ms\n";

    @TempDir
    private Path temp;
    private CaseRunner runner;

    @BeforeEach
    void runner() {
        runner = new CaseRunner(temp.resolve("setups"), temp.resolve("failed"), (lab, machine) -> null, null);
    }

    /** Reads blocks 0 to 7 over and over, with READ SECTORS of the ATA task file at 1F0h; prints of each the ERR bit, or with an error how the error register differs from UNC, and a point behind each round. */
    private Path reader() throws Exception {
        return TinyGuest.write(temp.resolve("reader.elf"),
                0xBB, 0, 0, 0, 0,                               // again: mov ebx, 0
                0x66, 0xBA, 0xF2, 0x01, 0xB0, 1, 0xEE,          // next: 1F2h: one sector
                0x42, 0x88, 0xD8, 0xEE, 0x42, 0xB0, 0, 0xEE, 0x42, 0xEE, 0x42, 0xB0, 0xE0, 0xEE, // LBA
                0x42, 0xB0, 0x20, 0xEE,                         // 1F7h: READ SECTORS
                0xEC, 0xA8, 0x80, 0x75, 0xFB,                   // until BSY is clear
                0x88, 0xC7, 0xA8, 1, 0x75, 0x11,                // mov bh, al; jump when ERR
                0x66, 0xBA, 0xF0, 0x01, 0xB9, 0, 1, 0, 0, 0xBF, 0, 0, 0x20, 0, 0xF3, 0x66, 0x6D, // rep insw
                0x88, 0xF8, 0x24, 1, 0x04, '0', 0x66, 0xBA, 0xF8, 0x03, 0xEE, // print
                0x43, 0x80, 0xFB, 8, 0x75, 0xBA,                // until 8
                0xB0, '.', 0xEE, 0xEB, 0xB0);
    }

    private static Step error(Fault.Access access, long first, long count, long times, Failure failure) {
        return inject(new Fault.DiskError(new Fault.Blocks(0, access, first, count, times), failure));
    }

    private static DiskConfig disk(Path image, DiskConfig.Bus bus) {
        return new DiskConfig(image, false, bus, false, true);
    }

    @Test
    void anErrorOfAnIdeDiskIsMetByTheRequestsItSaysAndByNoOthers() throws Exception {
        Path image = Files.write(temp.resolve("disk.img"), new byte[1 << 16]);
        var bed = testbed(reader(), 1, new DiskConfig(image, true, DiskConfig.Bus.IDE, false, false));
        pass(bed, error(Fault.Access.WRITE, 0, 8, Fault.ALWAYS, Failure.MEDIUM), error(Fault.Access.READ, 3, 2, 3, Failure.MEDIUM), console("00011000.00010000.00000000."),
                error(Fault.Access.ANY, 6, 1, Fault.ALWAYS, Failure.MEDIUM), console(".00000010.00000010."), inject(new Fault.Heal()), console(".00000000.00000000."));
    }

    /** The guest that prints what it sees. */
    private VmConfig watcher(String name, String line, List<DiskConfig> disks, List<NetworkConfig> networks) throws IOException {
        Path image = temp.resolve("faults.elf");
        if (!Files.exists(image)) {
            try (InputStream in = FaultsTest.class.getResourceAsStream("/guests/faults.elf")) {
                Files.copy(in, image);
            }
        }
        return new VmConfig(name, new BootConfig.Multiboot(image, line, List.of()), MemoryConfig.fixed(16 << 20), 1, GuestRights.CHILD, true, "none", null, disks, networks, List.of());
    }

    private static Testbed bed(VmConfig... machines) {
        return new Testbed(IntStream.range(0, machines.length).mapToObj(i -> new MachineSpec(machines[i], AgentWay.NONE)).toList(), new Platform(false, "intel", 1, EngineKind.MACHINE_CODE, false, false), null);
    }

    /** Types keys and waits for what comes of them, exactly: the end of the line before is its begin. */
    private static Step[] keys(Object... stepsAndKeys) {
        List<Step> all = new ArrayList<>(List.of(console("ready\n")));
        for (Object o : stepsAndKeys) {
            switch (o) {
                case Step s -> all.add(s);
                case Fault f -> all.add(inject(f));
                case String s -> {
                    int arrow = s.indexOf('>');
                    if (arrow > 0) {
                        all.add(send(s.substring(0, arrow)));
                    }
                    all.add(console(s.substring(arrow + 1)));
                }
                default -> throw new IllegalArgumentException(o.toString());
            }
        }
        return all.toArray(Step[]::new);
    }

    private String pass(Testbed bed, Step... steps) {
        CaseResult first = runner.run(planned("faults", bed, null, LONG, steps), 0, 7, step -> { });
        assertThat(first.reason()).as(first.console()).isEmpty();
        CaseResult again = runner.run(planned("faults", bed, null, LONG, steps), 0, 7, step -> { });
        assertThat(again.console()).isEqualTo(first.console());
        assertThat(again.guestNanos()).isEqualTo(first.guestNanos());
        return first.console();
    }

    private VmConfig withDisk() throws IOException {
        return watcher("vm", "d", List.of(disk(Files.write(temp.resolve("scsi.img"), new byte[1 << 16]), DiskConfig.Bus.SCSI)), List.of());
    }

    @Test
    void everyErrorOfAScsiDiskIsWhatTheStandardSays() throws Exception {
        pass(bed(withDisk()), keys("r3>read 3:" + GOOD,
                error(Fault.Access.READ, 3, 2, 2, Failure.MEDIUM), "r2>read 2:" + GOOD, "w3>write 3:" + GOOD, "r3>read 3: srb 84 scsi 02 sense 03/11/00 block 3 after 0 ms\n",
                "r4>read 4: srb 84 scsi 02 sense 03/11/00 block 4 after 0 ms\n", "r3>read 3:" + GOOD,
                error(Fault.Access.WRITE, 3, 1, 1, Failure.MEDIUM), "w3>write 3: srb 84 scsi 02 sense 03/0C/00 block 3 after 0 ms\n",
                error(Fault.Access.ANY, 0, 8, 1, Failure.HARDWARE), "r0>read 0: srb 84 scsi 02 sense 04/44/00 block 0 after 0 ms\n",
                error(Fault.Access.ANY, 0, 8, 1, Failure.ABORTED), "r0>read 0: srb 84 scsi 02 sense 0B/00/00 block 0 after 0 ms\n",
                error(Fault.Access.ANY, 0, 8, 1, Failure.NOT_READY), "r0>read 0: srb 84 scsi 02 sense 02/04/01 block 0 after 0 ms\n",
                error(Fault.Access.WRITE, 0, 8, 1, Failure.NO_SPACE), "w0>write 0: srb 84 scsi 02 sense 07/27/07 block 0 after 0 ms\n",
                error(Fault.Access.ANY, 0, 8, 1, Failure.BUSY), "r0>read 0: srb 05 scsi 08 after 0 ms\n",
                error(Fault.Access.ANY, 0, 8, Fault.ALWAYS, Failure.GONE), "r0>read 0: srb 08 scsi 00 after 0 ms\n", "w1>write 1: srb 08 scsi 00 after 0 ms\n",
                new Fault.Heal(), "r0>read 0:" + GOOD));
    }

    @Test
    void aDelayOfADiskIsAsLongAsItSays() throws Exception {
        pass(bed(withDisk()), keys(new Fault.DiskDelay(new Fault.Blocks(0, Fault.Access.READ, 5, 1, 2), 20 * MILLI), "r4>read 4:" + GOOD, "w5>write 5:" + GOOD, "r5>read 5: srb 01 scsi 00 after 20 ms\n",
                "r5>read 5: srb 01 scsi 00 after 20 ms\n", "r5>read 5:" + GOOD));
    }

    /** A state that is kept has the faults in it, and what is late. */
    @Test
    void faultsThatArePendingArePartOfAState() throws Exception {
        pass(bed(withDisk()), keys(new Fault.DiskDelay(new Fault.Blocks(0, Fault.Access.ANY, 0, 8, 1), 50 * MILLI), error(Fault.Access.READ, 2, 1, 1, Failure.MEDIUM),
                new Fault.Interrupt(Fault.InterruptKind.VECTOR, 80, Fault.ANY_PROCESSOR, 7 * MILLI, 1), send("r1"), new Step.Wait(head("wait"), 10 * MILLI),
                new Step.Save(head("save"), "late"), " srb 01 scsi 00 after 50 ms\n", "s>vector 80: came after 7 ms\n", "r2>read 2: srb 84 scsi 02 sense 03/11/00 block 2", "r2>read 2:" + GOOD,
                new Step.Restore(head("restore"), "late"), " srb 01 scsi 00 after 50 ms\n", "s>vector 80: came after 7 ms\n", "r2>read 2: srb 84 scsi 02 sense 03/11/00 block 2", "r2>read 2:" + GOOD));
    }

    @Test
    void interruptsAreLostOrLateAndThoseOnly() throws Exception {
        pass(bed(withDisk()), keys("s>vector 80: came after 0 ms\n", "p>irq 2: came after 0 ms\n",
                new Fault.Interrupt(Fault.InterruptKind.VECTOR, 80, Fault.ANY_PROCESSOR, Fault.NEVER, 2), "p>irq 2: came after 0 ms\n", "s>vector 80: lost\n", "s>vector 80: lost\n", "s>vector 80: came after 0 ms\n",
                new Fault.Interrupt(Fault.InterruptKind.VECTOR, 80, 0, 30 * MILLI, 1), "s>vector 80: came after 30 ms\n", "s>vector 80: came after 0 ms\n",
                new Fault.Interrupt(Fault.InterruptKind.IRQ, 2, Fault.ANY_PROCESSOR, Fault.NEVER, 1), "s>vector 80: came after 0 ms\n", "p>irq 2: lost\n", "p>irq 2: came after 0 ms\n",
                new Fault.Interrupt(Fault.InterruptKind.IRQ, 2, Fault.ANY_PROCESSOR, 10 * MILLI, 1), "p>irq 2: came after 10 ms\n", "p>irq 2: came after 0 ms\n",
                new Fault.Interrupt(Fault.InterruptKind.SINT, 2, Fault.ANY_PROCESSOR, Fault.NEVER, 1), "r1>read 1: srb 01 scsi 00 after 0 ms, no interrupt\n", "r1>read 1:" + GOOD,
                new Fault.Interrupt(Fault.InterruptKind.SINT, 3, Fault.ANY_PROCESSOR, Fault.NEVER, Fault.ALWAYS), "r1>read 1:" + GOOD,
                new Fault.Interrupt(Fault.InterruptKind.VECTOR, 80, 1, Fault.NEVER, Fault.ALWAYS), "s>vector 80: came after 0 ms\n"));
    }

    @Test
    void theHostsClockJumpsAndTimeDoesNot() throws Exception {
        pass(bed(watcher("vm", "", List.of(), List.of())), keys("c>the clock is 0 s ahead\n", new Fault.ClockJump(5 * SECOND), "c>the clock is 5 s ahead\n", new Fault.ClockJump(-65 * SECOND),
                "c>the clock is -60 s ahead\n"));
    }

    private static Step inspect(String path, String value) {
        return new Step.Inspect(head("inspect " + path), path, new Check(value, null, null, null, null, null));
    }

    @Test
    void aStalledProcessorHasAGapOfThatLength() throws Exception {
        pass(bed(watcher("vm", "", List.of(), List.of())), keys(inspect("vm/vm/faults/stalls-count", "0"), "g>running\n", new Fault.Stall(0, 25 * MILLI), "gap of 25 ms\n", inspect("vm/vm/faults/stalls-count", "1"), "g>running\n", new Fault.Stall(0, SECOND), new Step.Wait(head("wait"), 3 * MILLI),
                new Step.Save(head("save"), "stalled"), "gap of 1000 ms\n", new Step.Restore(head("restore"), "stalled"), "gap of 1000 ms\n", "g>running\n", new Fault.Stall(0, SECOND),
                new Step.Wait(head("wait"), 3 * MILLI), new Fault.Heal(), "gap of 3 ms\n"));
    }

    private static Step act(String text) {
        return new Step.Do(head(text), ScheduledAction.parse("do", "0s:" + text, Path.of("")).action());
    }

    @Test
    void theActionsOfHvRunAreSeenAsWhatTheyAre() throws Exception {
        pass(bed(withDisk()), keys("m>nmis: 0\n", act("nmi"), "m>nmis: 1\n", act("nmi"), "m>nmis: 2\n", act("sysrq=x"), "break\n", "key x\n", act("lose-interrupt=vector 80,times=1"), "s>vector 80: lost\n",
                act("disk-error=0,blocks=3-4,failure=busy,times=1"), "r4>read 4: srb 05 scsi 08", act("disk-delay=0,delay=5ms"), "r4>read 4: srb 01 scsi 00 after 5 ms\n", act("heal"), "r4>read 4:" + GOOD,
                act("reset"), "ready\n", "m>nmis: 0\n"));
    }

    @Test
    void channelsAreTakenBackAndComeAgain() throws Exception {
        // units go first, and the controller when nothing has been asked for a while
        var letGo = new Step.Wait(head("wait"), 200 * MILLI);
        // in the order of offers: shutdown, timesync, heartbeat, kvp, vss, fcopy, then what is plugged in
        pass(bed(withDisk()), keys("b>bus:\n", new Fault.Rescind("kvp", 0), "b>bus: rescinded 3\n", "b>bus:\n", new Fault.Offer("kvp", 0), "b>bus: offered 3\n", "r1>read 1:" + GOOD,
                new Fault.Rescind("scsi", 0), letGo, "b>bus: rescinded 6\n", new Fault.Rescind("heartbeat", 0), "b>bus: rescinded 2\n", new Step.Save(head("save"), "gone"), new Fault.Offer("heartbeat", 0),
                "b>bus: offered 2\n", new Step.Restore(head("restore"), "gone"), "b>bus:\n", new Fault.Offer("scsi", 0), "b>bus: offered 6\n", new Step.Save(head("save"), "back"),
                new Step.Restore(head("restore"), "back"), new Fault.Rescind("scsi", 0), letGo, "b>bus: rescinded 6\n"));
    }

    private static NetworkConfig net(long mac) {
        return new NetworkConfig(NetworkConfig.Kind.SWITCH, "lab", mac, null, false, List.of());
    }

    private Testbed pair() throws IOException {
        return bed(watcher("vm", "n", List.of(), List.of(net(0x020000000002L))), watcher("peer", "e", List.of(), List.of(net(0x020000000001L))));
    }

    private static Fault.Network network(PortFaults.Direction direction, double loss, double reorder, double duplicate, double corrupt, long delay, long times) {
        return new Fault.Network(0, new PortFaults.Rule(direction, loss, reorder, duplicate, corrupt, delay, 0, times));
    }

    @Test
    void framesAreLostLateDoubledDamagedOrOutOfOrder() throws Exception {
        String all = "n>frames: 0 1 2 3 4 5 6 7; 8 came back\n";
        String console = pass(pair(), keys(all,
                network(PortFaults.Direction.FROM_GUEST, 1, 0, 0, 0, 0, 3), "n>frames: 3 4 5 6 7; 5 came back\n",
                network(PortFaults.Direction.TO_GUEST, 1, 0, 0, 0, 0, 2), "n>frames: 2 3 4 5 6 7; 6 came back\n",
                network(PortFaults.Direction.BOTH, 1, 0, 0, 0, 0, 8), "n>frames:; 0 came back\n", all,
                network(PortFaults.Direction.TO_GUEST, 0, 1, 0, 0, 0, 1), "n>frames: 1 0 2 3 4 5 6 7; 8 came back\n",
                network(PortFaults.Direction.TO_GUEST, 0, 0, 1, 0, 0, 2), "n>frames: 0 0 1 1 2 3 4 5 6 7; 10 came back\n",
                network(PortFaults.Direction.TO_GUEST, 0, 0, 0, 0, 20 * MILLI, 1), "n>frames: 1 2 3 4 5 6 7 0@20; 8 came back\n",
                network(PortFaults.Direction.TO_GUEST, 0.5, 0, 0, 0, 0, Fault.ALWAYS), "n>; ", "n>; ", new Fault.Heal(), all));
        assertThat(console).as("half of them").containsPattern("frames:( \\d){1,7}; [1-7] came back");
    }

    @Test
    void aDamagedFrameHasOneWrongBit() throws Exception {
        assertThat(pass(pair(), keys(network(PortFaults.Direction.TO_GUEST, 0, 0, 0, 1, 0, 1), "n>frames:", "came back\n", new Fault.Heal(), "n>8 came back\n"))).containsPattern("frames: ((0!|1?\\d\\d!?) )?1 2 3 4 5 6 7");
    }

    @Test
    void whatDoesNotExistCannotBeFaulty() throws Exception {
        for (Fault f : List.of(new Fault.Rescind("net", 0), new Fault.Offer("kvp", 0), new Fault.Rescind("scsi", 1), network(PortFaults.Direction.BOTH, 1, 0, 0, 0, 0, 1), new Fault.Stall(5, 1),
                new Fault.DiskDelay(new Fault.Blocks(3, Fault.Access.ANY, 0, 1, 1), 1))) {
            assertThat(runner.run(planned("none", bed(withDisk()), null, LONG, inject(f)), 0, 0, step -> { }).reason()).startsWith("step 1 (").containsAnyOf("there is no ", "was taken back");
        }
    }
}
