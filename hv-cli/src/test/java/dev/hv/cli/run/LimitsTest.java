package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits hold whatever the guest does and whoever does not read, by the command line. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LimitsTest {

    @TempDir
    private Path temp;

    private String image(int... code) throws Exception {
        return TinyGuest.write(temp.resolve("guest.elf"), code).toString();
    }

    private static HvProcess run(String image, String mode, String... limits) throws Exception {
        String[] first = {"run", "--multiboot", image, "--memory", "16M", mode};
        String[] all = Arrays.copyOf(first, first.length + limits.length);
        System.arraycopy(limits, 0, all, first.length, limits.length);
        return HvProcess.run(all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--bare", "--no-enlightenments"})
    void aHandlerThatFaultsAtItsFirstInstructionEndsAtBothLimits(String mode) throws Exception {
        String image = image(TinyGuest.faultingHandler());
        HvProcess counted = run(image, mode, "--max-instructions", "100000", "--timeout", "200s");
        assertThat(counted.status()).as(counted.err()).isEqualTo(4);
        assertThat(counted.err()).contains("the instruction limit");
        HvProcess timed = run(image, mode, "--timeout", "2s");
        assertThat(timed.status()).as(timed.err()).isEqualTo(4);
        assertThat(timed.err()).contains("the time limit");
    }

    @Test
    void aStandardOutputThatNobodyReadsDoesNotStopTheTimeLimitAndTheStatusTells() throws Exception {
        Path err = temp.resolve("err");
        Process p = HvProcess.builder("run", "--multiboot", image(TinyGuest.flood()), "--memory", "16M", "--timeout", "20s", "--time", "virtual")
                .redirectError(err.toFile()).start();
        assertThat(p.waitFor(200, TimeUnit.SECONDS)).as("it ends").isTrue();
        assertThat(Files.readString(err)).contains("were lost: nobody read").contains("the time limit");
        assertThat(p.exitValue()).isEqualTo(6);
    }

    @Test
    void aReaderWhoComesLateGetsEverything() throws Exception {
        Process p = HvProcess.builder("run", "--multiboot", image(TinyGuest.greeting()), "--memory", "16M", "--test-devices")
                .redirectError(temp.resolve("err").toFile()).start();
        assertThat(new String(p.getInputStream().readAllBytes())).isEqualTo("hi\n");
        assertThat(p.waitFor()).isEqualTo(1);
    }

    @Test
    void aSerialSocketToWhichNobodyConnectsEndsAtTheTimeLimit() throws Exception {
        Path socket = temp.resolve("serial");
        HvProcess hv = run(image(TinyGuest.greeting()), "--bare", "--timeout", "1s", "--serial", "socket:" + socket);
        assertThat(hv.status()).as(hv.err()).isEqualTo(4);
        assertThat(hv.err()).contains("nobody connected to " + socket).contains("the time limit");
    }
}
