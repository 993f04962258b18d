package dev.hv.cli.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.run.HvProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Stopped anywhere, saved twice and restored in another process, a machine has the same future: the same console and the same digest as the run that
 * went on. Instants are chosen by a seed; {@code -Dhv.instants=100} tries many more ({@code mvn -Pinstants}).
 */
class StopAnywhereTest {

    /** A request with data, or a completion: seconds, nanoseconds, direction, transaction. */
    private static final Pattern PACKET = Pattern.compile("(\\d+)\\.(\\d{9}) e scsi0 ([<>]) (?:gpa-direct|completion) (transaction \\w+)");

    /** A frame that an adapter takes from its guest or gives it. */
    private static final Pattern FRAME = Pattern.compile("(\\d+)\\.(\\d{9}) [ea] eth0 [<>] .*SendRndisPacket data");

    @TempDir
    private Path temp;

    private Path guest(String name) throws IOException {
        Path image = temp.resolve(name);
        try (InputStream in = StopAnywhereTest.class.getResourceAsStream("/guests/" + name)) {
            Files.copy(in, image);
        }
        return image;
    }

    private static Path disk(Path file) throws IOException {
        try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(8 << 20);
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"--processors=1", "--bare", "--cpu=amd"})
    void aGuestThatComputes(String machine) throws Exception {
        new Futures(temp).areEqual("run", "--multiboot", guest("demo.elf").toString(), "--append", "name=A", "--memory", "8M", machine);
    }

    /** In the hypervisor, in its guest, or between them. */
    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void aHypervisorInAChild(String cpu) throws Exception {
        new Futures(temp).areEqual("run", "--nested", "--cpu", cpu, "--multiboot", guest("nested.elf").toString(), "--memory", "8M");
    }

    /** Partitions of a guest's run, halt, wait for it, come and go. */
    @ParameterizedTest
    @ValueSource(strings = {"demo intel 1", "check intel 1", "check amd 2"})
    void aParentWithPartitions(String run) throws Exception {
        String[] how = run.split(" ");
        new Futures(temp).areEqual("run", "--parent", "l1vh", "--multiboot", guest("parent.elf").toString(), "--append", how[0], "--memory", "16M", "--cpu", how[1], "--processors", how[2]);
    }

    /** In the root's place, with processors that it has made itself, and children that it runs by HvCallDispatchVp or leaves to the hypervisor. */
    @ParameterizedTest
    @ValueSource(strings = {"root intel 2", "core amd 1"})
    void aGuestInTheRootsPlace(String machine) throws Exception {
        String[] how = machine.split(" ");
        new Futures(temp).areEqual("run", "--parent", "root", "--scheduler", how[0], "--multiboot", guest("parent.elf").toString(), "--append", "check exact", "--memory", "16M", "--cpu", how[1], "--cpus", how[2]);
    }

    @Test
    void requestsUnderWayOnIde() throws Exception {
        new Futures(temp).areEqual("run", "--multiboot", guest("demo.elf").toString(), "--append", "name=U ide", "--memory", "8M", "--disk", disk(temp.resolve("d")) + ",bus=ide,snapshot",
                "--max-instructions", "30000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2 1 intel", "4 2 intel", "4 2 amd"})
    void severalProcessors(String processors) throws Exception {
        String[] n = processors.split(" ");
        new Futures(temp).areEqual("run", "--multiboot", guest("smp.elf").toString(), "--append", "cpus=" + n[0], "--cpus", n[0], "--processors", n[1], "--cpu", n[2], "--memory",
                "8M", "--max-instructions", "40000000");
    }

    @Test
    void twoGuestsOnOneSwitchWithADiskOnVmbus() throws Exception {
        new Futures(temp).areEqual("run", ringLab().toString(), "--max-instructions", "20000000");
    }

    @Test
    void eightRequestsUnderWayOnVmbus() throws Exception {
        new Futures(temp).areEqual((random, end, trace) -> {
            List<long[]> busy = underWay(trace, 8);
            assertThat(busy).as("stretches of time with eight requests under way").hasSizeGreaterThan(50);
            long[] b = busy.get(random.nextInt(busy.size()));
            return b[0] + random.nextLong(b[1] - b[0]);
        }, "run", ringLab().toString(), "--max-instructions", "20000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "4"})
    void twoGuestsThatExchangeFrames(String processors) throws Exception {
        guest("demo.elf");
        Path lab = Files.writeString(temp.resolve("lab.yaml"), """
                defaults:
                  multiboot: demo.elf
                  memory: 16M
                machines:
                  - name: e
                    append: name=E vmbus
                    disks: ["%s,snapshot"]
                    nets: ["switch:lab"]
                    at: [AT]
                  - name: a
                    append: name=A echo
                    nets: ["switch:lab,mac=02:00:00:00:00:01"]
                """.formatted(disk(temp.resolve("d"))));
        HvProcess whole = new Futures(temp).areEqual((random, end, trace) -> {
            List<Long> frames = trace.stream().map(FRAME::matcher).filter(Matcher::find).map(m -> nanos(m)).toList();
            assertThat(frames).as("packets with frames, both ways through both adapters").hasSize(1024);
            return frames.getFirst() + random.nextLong(frames.getLast() - frames.getFirst());
        }, "run", lab.toString(), "--processors", processors);
        assertThat(whole.out()).contains("A: network: 256 frames were sent back, every byte right").contains("E: network: 256 frames over netvsc came back, every byte right");
    }

    /** Stretches of time in which so many requests to the disk are under way, in nanoseconds: behind the first, up to the second. */
    private static List<long[]> underWay(List<String> trace, int requests) {
        List<long[]> all = new ArrayList<>();
        Set<String> waiting = new HashSet<>();
        long since = -1;
        for (String line : trace) {
            Matcher m = PACKET.matcher(line);
            if (m.find()) {
                long now = nanos(m);
                if (since >= 0 && now > since + 1) {
                    all.add(new long[] {since + 1, now});
                }
                if (m.group(3).equals(">")) {
                    waiting.add(m.group(4));
                } else {
                    waiting.remove(m.group(4));
                }
                since = waiting.size() == requests ? now : -1;
            }
        }
        return all;
    }

    private static long nanos(Matcher line) {
        return Long.parseLong(line.group(1)) * 1_000_000_000L + Long.parseLong(line.group(2));
    }

    private Path ringLab() throws IOException {
        guest("demo.elf");
        disk(temp.resolve("d"));
        Path lab = temp.resolve("lab.yaml");
        Files.writeString(lab, """
                defaults:
                  multiboot: demo.elf
                  memory: 8M
                  nets: ["switch:lab"]
                machines:
                  - name: e
                    append: name=E vmbus
                    disks: ["d,snapshot"]
                    at: [AT]
                  - name: a
                    append: name=A
                """);
        return lab;
    }
}
