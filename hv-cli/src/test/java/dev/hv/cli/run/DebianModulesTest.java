package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A module of our own, built with Debian's headers, in its kernel: lines that it reaches, frames of it in a crash report. */
@Tag("environment")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DebianModulesTest {

    private static final String IN = "insmod /tmp/reached.ko; ";
    private static final String POKE = "/sys/module/reached/parameters/poke";

    @TempDir
    static Path temp;
    private GuestFolder guest;
    private Path module;

    @BeforeAll
    void build() throws Exception {
        assumeTrue(HostProgram.there("gcc") && HostProgram.there("make"));
        guest = DebianGuests.guest("bookworm");
        String release = HvProcess.run(DebianGuests.options(guest, "quiet", null, "--serial", "none", "--exec", "uname -r")).out().strip();
        Path said = temp.resolve("build.txt");
        Process build = new ProcessBuilder("src/test/guests/module/build", release, temp.toString()).redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertThat(build.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(build.exitValue()).as(Files.readString(said)).isZero();
        module = temp.resolve("reached.ko");
    }

    private HvProcess run(String append, String command, String... more) throws Exception {
        return HvProcess.run(DebianGuests.options(guest, append, null, Stream.concat(
                Stream.of("--serial", "none", "--put", module + ":/tmp/reached.ko", "--exec", command), List.of(more).stream()).toArray(String[]::new)));
    }

    private static Map<String, Boolean> functions(Path info) throws Exception {
        Map<String, Boolean> all = new TreeMap<>();
        Files.readAllLines(info).stream().filter(l -> l.startsWith("FNDA:")).map(l -> l.substring(5).split(",")).forEach(f -> all.put(f[1].replaceAll("\\..*", ""), f[0].equals("1")));
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"--cpus=1", "--cpus=2", "--bare"})
    void linesOfAModuleThatComesAndGoesAreReached(String how) throws Exception {
        Path info = temp.resolve("out.info");
        String command = IN + "echo 1 > " + POKE + "; rmmod reached; " + IN + "rmmod reached; dmesg | grep -c 'reached: loaded'";
        HvProcess hv = run("quiet", command, "--digest", "--coverage", info.toString(), "--kernel-module", module.toString(), how);
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(hv.out()).contains("2");
        assertThat(functions(info)).isEqualTo(Map.of("doubled", true, "never", false, "poke", true, "reached_init", true, "reached_exit", true));
        assertThat(run("quiet", command, "--digest", how).err()).as("the run is the same").isEqualTo(hv.err());
    }

    @Test
    void aSuiteSaysWhatItsCasesReachedTogether() throws Exception {
        Path suite = Files.writeString(temp.resolve("s.yaml"), """
                machine: {kernel: %s, initrd: %s, append: console=ttyS0 quiet}
                platform: {coverage-modules: [reached.ko]}
                setups: {loaded: {steps: [{put: reached.ko, to: /tmp/reached.ko}, {run: insmod /tmp/reached.ko}]}}
                defaults: {setup: loaded, timeout: 5m, host-timeout: 10m}
                cases:
                  - {name: one, steps: [run: echo 1 > %s]}
                  - {name: two, steps: [run: rmmod reached]}
                """.formatted(guest.kernel().toAbsolutePath(), guest.initrd().toAbsolutePath(), POKE));
        Path info = temp.resolve("suite.info");
        HvProcess hv = HvProcess.run("test", suite.toString(), "--jobs", "2", "--setups", temp.resolve("setups").toString(), "--artefacts", temp.resolve("failed").toString(), "--coverage", info.toString());
        assertThat(hv.out() + hv.err()).contains("2 passed, 0 failed");
        assertThat(functions(info)).as("the setup is no part of it").isEqualTo(Map.of("doubled", true, "never", false, "poke", true, "reached_init", false, "reached_exit", true));
    }

    @Test
    void aCrashInAModuleHasItsName() throws Exception {
        HvProcess hv = run("oops=panic panic=-1", IN + "echo 3 > " + POKE, "--no-reboot");
        assertThat(hv.status()).isEqualTo(3);
        assertThat(hv.err()).containsPattern("\\? poke\\+0x[0-9a-f]+/0x[0-9a-f]+ \\[reached\\]");
    }
}
