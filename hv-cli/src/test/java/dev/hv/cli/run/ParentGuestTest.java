package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A parent without an operating system (src/main/guests/parent): it holds every hypercall of a parent to its contract, makes partitions, runs and ends them in every state, counts the pages
 * that come back, and says PASS or FAIL of each.
 */
class ParentGuestTest {

    @TempDir
    private Path temp;
    private Path image;

    @BeforeEach
    void unpack() throws Exception {
        image = temp.resolve("parent.elf");
        try (InputStream in = ParentGuestTest.class.getResourceAsStream("/guests/parent.elf")) {
            Files.copy(in, image);
        }
    }

    private HvProcess run(String what, String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--append", what, "--memory", "16M", "--timeout", "300s"));
        all.addAll(List.of(more));
        return HvProcess.run(all.toArray(String[]::new));
    }

    private static void passed(HvProcess hv) {
        assertThat(hv.out().lines().filter(l -> l.contains("FAIL") || l.contains("BROKEN"))).as(hv.err()).isEmpty();
        assertThat(hv.out()).as(hv.err()).containsPattern("checks: [5-9]\\d\\d passed, 0 failed").contains("PASS all pages are there in the end");
        assertThat(hv.status()).isZero();
    }

    /** As a child and in the root's place, with processors that the hypervisor schedules and with those that the guest runs itself. */
    @ParameterizedTest
    @CsvSource({"l1vh,core,intel,1", "l1vh,core,amd,1", "l1vh,root,intel,1", "root,root,amd,2", "root,core,intel,1"})
    void everyCallKeepsItsContractAndEveryPageComesBack(String parent, String scheduler, String cpu, String processors) throws Exception {
        HvProcess first = run("check exact", "--parent", parent, "--scheduler", scheduler, "--cpu", cpu, "--cpus", processors, "--digest");
        passed(first);
        assertThat(first.out().contains("PASS each of many is named")).as("what is said of the root scheduler").isEqualTo(scheduler.equals("root"));
        assertThat(first.out().contains("PASS until it is started")).as("a processor of its own").isEqualTo(processors.equals("2"));
        HvProcess second = run("check exact", "--parent", parent, "--scheduler", scheduler, "--cpu", cpu, "--cpus", processors, "--digest", "--engine", "interpreter");
        passed(second);
        assertThat(second.err()).as("equal runs have equal digests").isEqualTo(first.err()).contains("digest ");
    }

    @ParameterizedTest
    @CsvSource({"l1vh,core,intel", "l1vh,root,amd", "root,root,intel"})
    void itDoesTheSameInParallel(String parent, String scheduler, String cpu) throws Exception {
        passed(run("check", "--parent", parent, "--scheduler", scheduler, "--cpu", cpu, "--parallel", parent.equals("root") ? "--cpus" : "--processors", "2"));
    }

    /**
     * Processors of the parent that run children by HvCallDispatchVp, call each other by interrupt and NMI, meet with interrupts disabled, stop and wake each other's children, sleep until there is a signal, and end a
     * child that runs: whoever waits in vain says so. A round follows from its number; odd ones have timers, and runs that begin with an odd one end interrupts by the VP assist page.
     */
    @ParameterizedTest
    @CsvSource({"root,intel,2,0,60", "root,intel,4,101,60", "root,amd,4,200,60", "l1vh,intel,4,301,40", "l1vh,amd,3,400,40"})
    void nobodyWaitsInVainWhoRunsChildren(String parent, String cpu, String processors, String first, String rounds) throws Exception {
        HvProcess hv = run("stress " + processors + " " + first + " " + rounds, "--parent", parent, "--scheduler", "root", "--cpu", cpu, "--cpus", processors);
        allRoundsEnded(hv, rounds);
    }

    @ParameterizedTest
    @CsvSource({"intel,2,1", "amd,2,0"})
    void norInParallel(String cpu, String processors, String first) throws Exception {
        allRoundsEnded(run("stress " + processors + " " + first + " 6 beside", "--parent", "root", "--cpu", cpu, "--cpus", processors, "--parallel"), "6");
    }

    /**
     * Besides, all of them ill-treat the same children: run one processor at the same time, suspend, delete, finalize what runs, take its memory, give it registers that no processor can hold. Every call ends with a
     * status; afterwards the children run again, and their pages come back.
     */
    @ParameterizedTest
    @CsvSource({"root,intel,2,0,60", "root,amd,4,1000,40", "l1vh,intel,3,2001,40", "l1vh,amd,2,3000,60"})
    void whateverIsDoneToChildrenEveryCallEndsAndTheyRunAfterwards(String parent, String cpu, String processors, String first, String rounds) throws Exception {
        allRoundsEnded(run("stress " + processors + " " + first + " " + rounds + " hostile", "--parent", parent, "--scheduler", "root", "--cpu", cpu, "--cpus", processors), rounds);
    }

    @Test
    void noMatterWhatIsDoneToThemInParallel() throws Exception {
        allRoundsEnded(run("stress 2 4000 4 hostile beside", "--parent", "root", "--cpus", "2", "--parallel"), "4");
    }

    private static void allRoundsEnded(HvProcess hv, String rounds) {
        assertThat(hv.out().lines().filter(l -> l.contains("FAIL") || l.contains("BROKEN"))).as(hv.out() + hv.err()).isEmpty();
        assertThat(hv.out()).as(hv.err()).contains("all rounds ended: " + rounds, "PASS all pages are there in the end");
        assertThat(hv.status()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void itEndsAndIsResetWhileItsPartitionsRun(String cpu) throws Exception {
        HvProcess left = run("leave", "--parent", "l1vh", "--cpu", cpu, "--processors", "2");
        assertThat(left.out()).contains("four partitions of mine run");
        assertThat(left.status()).as(left.err()).isZero();
        HvProcess reset = run("reset", "--parent", "l1vh", "--cpu", cpu);
        assertThat(reset.out()).contains("four partitions of mine run");
        assertThat(reset.err()).contains("reset, and boots again");
        passed(reset);
    }

    @Test
    void recordingsOfItAreReplayedAlsoFromTheMiddle() throws Exception {
        Path recording = temp.resolve("run.hvr");
        HvProcess recorded = run("check", "--parent", "l1vh", "--record", recording.toString(), "--checkpoint-every", "600k", "--digest");
        passed(recorded);
        String digest = recorded.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow();
        HvProcess replayed = HvProcess.run("replay", recording.toString());
        assertThat(replayed.err()).contains("equal to its end").contains(digest);
        assertThat(replayed.out()).isEqualTo(recorded.out());
        List<Path> folders;
        try (var all = Files.list(temp.resolve("run.hvr.checkpoints"))) {
            folders = all.toList();
        }
        assertThat(folders).hasSizeGreaterThan(1);
        for (Path folder : folders) {
            assertThat(HvProcess.run("replay", recording.toString(), "--from", folder.toString()).err()).as(folder.toString()).contains("equal to its end").contains(digest);
        }
    }

    @Test
    void withoutTheOptionItMayMakeNone() throws Exception {
        assertThat(run("check").out()).contains("BROKEN: I may not make partitions");
    }
}
