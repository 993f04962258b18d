package dev.hv.cli.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hv.cli.run.HvProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs a guest, stops it at instants chosen by a seed, saves it twice, restores it in another process, and compares what becomes of it.
 *
 * @param folder where files may be made
 */
record Futures(Path folder) {

    private static final int INSTANTS = Integer.getInteger("hv.instants", 1);
    private static final String INSTRUCTIONS = "statistics/instructions";
    private static final long SEED = Long.getLong("hv.seed", 20_261_127L);

    /** Chooses the instants of a run. */
    @FunctionalInterface
    interface Instants {
        /** An instant before the end, both in nanoseconds; the trace is that of VMBus, a line each, and empty on the bare machine. */
        long next(Random random, long end, List<String> trace);
    }

    /** The same at any instants. */
    HvProcess areEqual(String... arguments) throws Exception {
        return areEqual((random, end, trace) -> 1 + random.nextLong(end - 1), arguments);
    }

    /**
     * Fails unless the run, saved at these instants, goes on in other processes as it did without.
     *
     * @param arguments of hv; a lab has AT where its actions go
     * @return the run that was not stopped
     */
    HvProcess areEqual(Instants instants, String... arguments) throws Exception {
        Path stats = folder.resolve("stats.json");
        boolean lab = arguments[1].endsWith(".yaml");
        String text = lab ? Files.readString(Path.of(arguments[1])) : "";
        if (lab) {
            Files.writeString(Path.of(arguments[1]), text.replace("AT", ""));
        }
        Path traced = folder.resolve("trace.txt");
        boolean bus = !Arrays.asList(arguments).contains("--bare");
        HvProcess whole = HvProcess.run(with(with(arguments, "--stats", stats.toString(), "--digest"), bus ? new String[] {"--trace", "vmbus=" + traced} : new String[0]));
        assertThat(whole.err()).contains("digest ");
        long end = (long) (number(stats, "guestSeconds") * 1e9);
        long instructions = (long) number(stats, "instructions");
        List<String> trace = bus ? Files.readAllLines(traced) : List.of();
        var random = new Random(SEED);
        for (int i = 0; i < INSTANTS; i++) {
            long at = instants.next(random, end, trace);
            Path first = folder.resolve("first-" + i);
            Path second = folder.resolve("second-" + i);
            String one = at + "ns:checkpoint=" + first;
            String two = at + "ns:checkpoint=" + second;
            String count = at + "ns:inspect=" + INSTRUCTIONS;
            HvProcess went;
            if (lab) {
                Files.writeString(Path.of(arguments[1]), text.replace("AT", "\"%s\", \"%s\", \"%s\"".formatted(one, two, count)));
                went = HvProcess.run(with(arguments, "--digest"));
            } else {
                String[] actions = {"--digest", "--at", one, "--at", two, "--at", count};
                // the bare machine shows nothing on the way
                went = HvProcess.run(with(arguments, bus ? actions : Arrays.copyOf(actions, actions.length - 2)));
            }
            assertThat(went.err()).as("instant " + at).contains("checkpoint " + first + " written");
            for (String file : new String[] {Checkpoint.STATE, MemoryImage.FILE, Manifest.FILE}) {
                assertThat(Files.mismatch(first.resolve(file), second.resolve(file))).as("%s, saved twice at %d", file, at).isEqualTo(-1);
            }
            List<String> restored = new ArrayList<>(List.of("run", "--restore", first.toString(), "--digest"));
            int limit = Arrays.asList(arguments).indexOf("--max-instructions");
            if (limit >= 0) {
                // limits count from where a run begins
                restored.addAll(List.of("--max-instructions", "" + (Long.parseLong(arguments[limit + 1]) - instructions(went))));
            }
            HvProcess again = HvProcess.run(restored.toArray(String[]::new));
            assertThat(again.status()).as(again.err()).isEqualTo(went.status());
            for (String machine : lab ? new String[] {"e| ", "a| "} : new String[] {""}) {
                assertThat(lines(went, machine)).as("console after " + at).endsWith(lines(again, machine));
            }
            if (limit < 0) {
                assertThat(again.out()).as("console after " + at + ": the guest says goodbye").isNotEmpty();
            }
            assertThat(digest(again)).as("digest of the future of " + at).isEqualTo(digest(went));
            delete(first);
            delete(second);
        }
        assertThat(instructions).isPositive();
        return whole;
    }

    /** Instructions that had run at the checkpoint's instant, which the run has shown. */
    private static long instructions(HvProcess went) {
        String line = went.err().lines().filter(l -> l.startsWith(INSTRUCTIONS + " = ")).findFirst().orElseThrow(() -> new AssertionError(went.err()));
        return Long.decode(line.substring(line.indexOf('=') + 2));
    }

    /** A hundred of them would fill a disk. */
    private static void delete(Path checkpoint) throws IOException {
        try (Stream<Path> files = Files.list(checkpoint)) {
            for (Path f : files.toList()) {
                Files.delete(f);
            }
        }
        Files.delete(checkpoint);
    }

    private static String[] with(String[] arguments, String... more) {
        String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return all;
    }

    /**
     * What one machine has printed; those of a lab print beside each other, in no order. A line that a checkpoint cut in two is compared by its second
     * half, which ends the first run's.
     */
    private static String lines(HvProcess hv, String prefix) {
        return hv.out().lines().filter(l -> l.startsWith(prefix)).map(l -> l.substring(prefix.length()) + "\n").collect(Collectors.joining());
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
