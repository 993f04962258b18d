package dev.hv.cli.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hv.cli.run.HvProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
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

    private static final int INSTANTS = Integer.getInteger("hv.instants", 1);
    private static final long SEED = Long.getLong("hv.seed", 20_261_127L);
    /** A request with data, or a completion: seconds, nanoseconds, direction, transaction. */
    private static final Pattern PACKET = Pattern.compile("(\\d+)\\.(\\d{9}) e scsi0 ([<>]) (?:gpa-direct|completion) (transaction \\w+)");

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
    @ValueSource(strings = {"--processors=1", "--bare"})
    void aGuestThatComputes(String machine) throws Exception {
        futuresAreEqual("run", "--multiboot", guest("demo.elf").toString(), "--append", "name=A", "--memory", "8M", machine);
    }

    @Test
    void requestsUnderWayOnIde() throws Exception {
        futuresAreEqual("run", "--multiboot", guest("demo.elf").toString(), "--append", "name=U ide", "--memory", "8M", "--disk", disk(temp.resolve("d")) + ",bus=ide,snapshot",
                "--max-instructions", "30000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2 1", "4 2"})
    void severalProcessors(String processors) throws Exception {
        String[] n = processors.split(" ");
        futuresAreEqual("run", "--multiboot", guest("smp.elf").toString(), "--append", "cpus=" + n[0], "--cpus", n[0], "--processors", n[1], "--memory", "8M",
                "--max-instructions", "40000000");
    }

    @Test
    void twoGuestsOnOneSwitchWithADiskOnVmbus() throws Exception {
        futuresAreEqual("run", ringLab().toString(), "--max-instructions", "20000000");
    }

    @Test
    void eightRequestsUnderWayOnVmbus() throws Exception {
        Path lab = ringLab();
        Path trace = temp.resolve("trace.txt");
        String text = Files.readString(lab);
        Files.writeString(lab, text.replace("AT", ""));
        HvProcess traced = HvProcess.run("run", lab.toString(), "--max-instructions", "20000000", "--trace", "vmbus=" + trace);
        assertThat(traced.err()).contains("instruction limit");
        Files.writeString(lab, text);
        List<long[]> busy = underWay(Files.readAllLines(trace), 8);
        assertThat(busy).as("stretches of time with eight requests under way").hasSizeGreaterThan(50);
        futuresAreEqual((random, end) -> {
            long[] b = busy.get(random.nextInt(busy.size()));
            return b[0] + random.nextLong(b[1] - b[0]);
        }, "run", lab.toString(), "--max-instructions", "20000000");
    }

    /** Stretches of time in which so many requests to the disk are under way, in nanoseconds: behind the first, up to the second. */
    private static List<long[]> underWay(List<String> trace, int requests) {
        List<long[]> all = new ArrayList<>();
        Set<String> waiting = new HashSet<>();
        long since = -1;
        for (String line : trace) {
            Matcher m = PACKET.matcher(line);
            if (m.find()) {
                long now = Long.parseLong(m.group(1)) * 1_000_000_000L + Long.parseLong(m.group(2));
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

    /** Chooses the instants of a run. */
    @FunctionalInterface
    private interface Instants {
        /** An instant before the end, both in nanoseconds. */
        long next(Random random, long end);
    }

    private void futuresAreEqual(String... arguments) throws Exception {
        futuresAreEqual((random, end) -> 1 + random.nextLong(end - 1), arguments);
    }

    private void futuresAreEqual(Instants instants, String... arguments) throws Exception {
        Path stats = temp.resolve("stats.json");
        boolean lab = arguments[1].endsWith(".yaml");
        String text = lab ? Files.readString(Path.of(arguments[1])) : "";
        if (lab) {
            Files.writeString(Path.of(arguments[1]), text.replace("AT", ""));
        }
        HvProcess whole = HvProcess.run(with(arguments, "--stats", stats.toString(), "--digest"));
        assertThat(whole.err()).contains("digest ");
        long end = (long) (number(stats, "guestSeconds") * 1e9);
        long instructions = (long) number(stats, "instructions");
        var random = new Random(SEED);
        for (int i = 0; i < INSTANTS; i++) {
            long at = instants.next(random, end);
            Path first = temp.resolve("first-" + i);
            Path second = temp.resolve("second-" + i);
            String one = at + "ns:checkpoint=" + first;
            String two = at + "ns:checkpoint=" + second;
            HvProcess went;
            if (lab) {
                Files.writeString(Path.of(arguments[1]), text.replace("AT", "\"%s\", \"%s\"".formatted(one, two)));
                went = HvProcess.run(with(arguments, "--digest"));
            } else {
                went = HvProcess.run(with(arguments, "--digest", "--at", one, "--at", two));
            }
            assertThat(went.err()).as("instant " + at).contains("checkpoint " + first + " written");
            for (String file : new String[] {Checkpoint.STATE, MemoryImage.FILE, Manifest.FILE}) {
                assertThat(Files.mismatch(first.resolve(file), second.resolve(file))).as("%s, saved twice at %d", file, at).isEqualTo(-1);
            }
            List<String> restored = new ArrayList<>(List.of("run", "--restore", first.toString(), "--digest"));
            int limit = Arrays.asList(arguments).indexOf("--max-instructions");
            if (limit >= 0) {
                // limits count from where a run begins
                long before = instructionsAt(went, arguments, at, lab, text);
                restored.addAll(List.of("--max-instructions", "" + (Long.parseLong(arguments[limit + 1]) - before)));
            }
            HvProcess again = HvProcess.run(restored.toArray(String[]::new));
            assertThat(again.status()).as(again.err()).isEqualTo(went.status());
            assertThat(lines(went.out())).as("console after " + at).endsWith(lines(again.out()));
            assertThat(digest(again)).as("digest of the future of " + at).isEqualTo(digest(went));
        }
        assertThat(instructions).isPositive();
    }

    /** Instructions that have run when a checkpoint is taken: a run that stops there says it. */
    private long instructionsAt(HvProcess went, String[] arguments, long at, boolean lab, String text) throws Exception {
        Path stats = temp.resolve("stats-at.json");
        String stop = at + "ns:checkpoint=" + temp.resolve("stopped") + ",stop";
        if (lab) {
            Files.writeString(Path.of(arguments[1]), text.replace("AT", "\"" + stop + "\""));
            HvProcess.run(with(arguments, "--stats", stats.toString()));
        } else {
            HvProcess.run(with(arguments, "--stats", stats.toString(), "--at", stop));
        }
        return (long) number(stats, "instructions");
    }

    private static String[] with(String[] arguments, String... more) {
        String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return all;
    }

    /** Whole lines: one that a checkpoint cut in two is compared by its second half, which ends the first run's. */
    private static String lines(String console) {
        return console.replaceAll("(?m)^[ea]\\| ", "");
    }

    private static String digest(HvProcess hv) {
        return hv.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow();
    }

    private static double number(Path json, String field) throws IOException {
        try (JsonParser p = new JsonFactory().createParser(json.toFile())) {
            for (JsonToken t = p.nextToken(); t != null; t = p.nextToken()) {
                if (t == JsonToken.FIELD_NAME && p.currentName().equals(field)) {
                    p.nextToken();
                    return p.getDoubleValue();
                }
            }
        }
        throw new IOException(field + " is not in " + json);
    }
}
