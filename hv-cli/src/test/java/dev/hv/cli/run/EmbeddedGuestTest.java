package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The embedded guest through the command line: exit statuses, limits, determinism. */
class EmbeddedGuestTest {

    @TempDir
    private Path temp;
    private Path image;

    @BeforeEach
    void unpack() throws Exception {
        image = temp.resolve("demo.elf");
        try (InputStream in = EmbeddedGuestTest.class.getResourceAsStream("/guests/demo.elf")) {
            Files.copy(in, image);
        }
    }

    private HvProcess run(String append, String... more) throws Exception {
        String[] first = {"run", "--multiboot", image.toString(), "--append", append, "--memory", "16M"};
        String[] all = Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return HvProcess.run(all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void itComputesAndFindsItsMemoryIntactInAPartitionAndOnTheBareMachine(String cpu) throws Exception {
        for (HvProcess hv : new HvProcess[] {run("name=A", "--cpu", cpu), run("name=A", "--cpu", cpu, "--bare")}) {
            assertThat(hv.out()).contains("A: 550 primes below 4000").contains("A: 1007 primes below 8000").contains("A: 1438 primes below 12000")
                    .contains("A: my memory is intact");
            assertThat(hv.status()).as(hv.err()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"partition, intel", "partition, amd", "--bare, intel"})
    void aTripleFaultIsExitStatus3WithRegisters(String mode, String cpu) throws Exception {
        HvProcess hv = mode.equals("--bare") ? run("name=C crash", "--cpu", cpu, "--bare") : run("name=C crash", "--cpu", cpu);
        assertThat(hv.status()).isEqualTo(3);
        assertThat(hv.err()).contains("rip").contains("cr3").contains("rsp");
    }

    @Test
    void limitsEndARunWithExitStatus4() throws Exception {
        assertThat(run("name=A", "--max-instructions", "100000").status()).isEqualTo(4);
        assertThat(run("name=A", "--timeout", "1ms").status()).isEqualTo(4);
    }

    @Test
    void whatComesOfAnActionIsSaidWithItsTimeAndName() throws Exception {
        HvProcess hv = run("name=A", "--at", "1ms:kvp-get=a key", "--at", "2ms:shutdown");
        assertThat(hv.err()).contains("hv: guest: --at 1ms:kvp-get=a key: the guest's integration driver does not listen")
                .contains("hv: guest: --at 2ms:shutdown: the guest's integration driver does not listen");
    }

    @Test
    void limitsAreWrittenWithUnits() throws Exception {
        Path stats = temp.resolve("stats.json");
        assertThat(run("name=A", "--max-instructions", "2M", "--stats", stats.toString()).status()).isEqualTo(4);
        // the limit ends the run at an instruction, at this one or close behind it
        assertThat(Files.readString(stats)).containsPattern("\"instructions\" : 20000\\d\\d,").endsWith("}\n");
    }

    @Test
    void digestsOnTheWayAreThoseOfARunThatEndsThere() throws Exception {
        List<String> way = run("name=A", "--digest-at", "3M,1M,1M", "--max-instructions", "5M", "--digest").err().lines().filter(l -> l.startsWith("digest")).toList();
        assertThat(way).hasSize(3);
        assertThat(way.get(0)).matches("digest at 1000\\d{3} [0-9a-f]{64}");
        assertThat(way.get(1)).matches("digest at 3000\\d{3} [0-9a-f]{64}");
        String there = run("name=A", "--max-instructions", "1M", "--digest").err().lines().filter(l -> l.startsWith("digest")).findFirst().orElseThrow();
        assertThat(way.get(0)).endsWith(there.substring("digest ".length()));
        assertThat(run("name=A", "--digest-at", "3M,1M", "--max-instructions", "5M", "--digest", "--engine", "interpreter").err()).contains(way);
    }

    @Test
    void equalRunsHaveEqualDigestsAndDifferentOnesDoNot() throws Exception {
        String first = run("name=A", "--max-instructions", "3000000", "--digest").err();
        assertThat(first).containsPattern("digest [0-9a-f]{64}");
        assertThat(run("name=A", "--max-instructions", "3000000", "--digest").err()).isEqualTo(first);
        assertThat(run("name=A", "--max-instructions", "3000001", "--digest").err()).isNotEqualTo(first);
        assertThat(run("name=A", "--max-instructions", "3000000", "--digest", "--seed", "0").err()).isEqualTo(first);
        assertThat(run("name=A", "--max-instructions", "3000000", "--digest", "--seed", "1").err()).as("the generators' state is part of the machine").isNotEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource({"partition, intel", "partition, amd", "bare, intel"})
    void allEnginesComeToTheSameStateAtEveryInstruction(String where, String cpu) throws Exception {
        List<List<String>> digests = new ArrayList<>();
        for (String engine : List.of("interpreter", "compiled", "auto")) {
            List<String> options = new ArrayList<>(List.of("--digest-at", "1234,77777,1000003,3141592", "--max-instructions", "20000000", "--digest", "--engine", engine, "--cpu", cpu));
            if (where.equals("bare")) {
                options.add("--bare");
            }
            digests.add(run("name=A", options.toArray(String[]::new)).err().lines().filter(l -> l.startsWith("digest ")).toList());
        }
        assertThat(digests.getFirst()).hasSize(5).allMatch(l -> l.matches("digest (at \\d+ )?[0-9a-f]{64}"));
        assertThat(digests.get(1)).isEqualTo(digests.getFirst());
        assertThat(digests.get(2)).isEqualTo(digests.getFirst());
    }

    @Test
    void theReportSaysWhichEngineRan() throws Exception {
        Path stats = temp.resolve("stats.json");
        assertThat(run("name=A", "--engine", "auto", "--stats", stats.toString()).status()).isZero();
        assertThat(Files.readString(stats)).containsPattern("\"kind\" : \"machine-code\"").containsPattern("\"translatedBlocks\" : [1-9]");
        assertThat(run("name=A", "--engine", "interpreter", "--stats", stats.toString()).status()).isZero();
        assertThat(Files.readString(stats)).containsPattern("\"kind\" : \"interpreter\"").containsPattern("\"translatedBlocks\" : 0");
    }

    @Test
    void theEnvironmentNamesTheEngineWhereNobodyElseDoes() throws Exception {
        Path stats = temp.resolve("stats.json");
        assertThat(inEnvironment("interpreter", "--stats", stats.toString())).isZero();
        assertThat(Files.readString(stats)).containsPattern("\"kind\" : \"interpreter\"");
        assertThat(inEnvironment("interpreter", "--engine", "compiled", "--stats", stats.toString())).isZero();
        assertThat(Files.readString(stats)).containsPattern("\"kind\" : \"compiled\"");
        assertThat(inEnvironment("jit", "--stats", stats.toString())).isEqualTo(2);
    }

    private int inEnvironment(String engine, String... options) throws Exception {
        ProcessBuilder hv = HvProcess.builder(Stream.concat(Stream.of("run", "--multiboot", image.toString(), "--append", "name=A", "--memory", "16M"), Stream.of(options)).toArray(String[]::new));
        hv.environment().put("HV_ENGINE", engine);
        return hv.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD).start().waitFor();
    }
}
