package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Machines that are reset boot again, by the command line. The guest counts its boots in the memory of the battery-backed clock. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RebootTest {

    /** Boots of the guest before it leaves through the debug-exit port. */
    private static final int BOOTS = 4;
    private static final String KEYBOARD = "b0fe" + "e664";                                 // mov al,0xfe; out 0x64,al

    @TempDir
    private Path temp;

    /** A guest that prints the number of its boot, and X when memory is not empty, and resets itself unless it has booted often enough. */
    private String counting(String reset) throws Exception {
        return image("b050" + "e670" + "e471" + "fec0" + "88c3" + "e671"                      // count in byte 0x50 of the clock's memory
                + "66baf803" + "0430" + "ee" + "a100003000" + "85c0" + "7403" + "b058" + "ee" // print it; what is at 3 MiB?
                + "b00a" + "ee" + "c7050000300001000000"                                      // end of line; something at 3 MiB
                + "80fb0" + BOOTS + "750a" + "66baf400" + "b000" + "ee" + "f4ebfd"            // often enough: out 0xf4,al
                + reset + "f4ebfd");
    }

    private String image(String code) throws Exception {
        byte[] bytes = HexFormat.of().parseHex(code);
        int[] each = new int[bytes.length];
        Arrays.setAll(each, i -> bytes[i]);
        return TinyGuest.write(temp.resolve("guest.elf"), each).toString();
    }

    private static HvProcess run(String image, String mode, String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of("run", "--multiboot", image, "--memory", "16M", "--test-devices"));
        if (mode.startsWith("--")) {
            all.add(mode);
        }
        all.addAll(List.of(more));
        return HvProcess.run(all.toArray(String[]::new));
    }

    private static long times(HvProcess hv, String what) {
        return hv.err().lines().filter(l -> l.contains(what)).count();
    }

    @ParameterizedTest
    @CsvSource({
        "keyboard controller, b0fee664, partition", "keyboard controller, b0fee664, --bare", "keyboard controller, b0fee664, --no-enlightenments",
        "port 0x92, b001e692, partition", "port 0x92, b001e692, --bare",
        "port 0xCF9, 66baf90cb006ee, partition", "port 0xCF9, 66baf90cb006ee, --bare",
        "ACPI, 66ba3304b001ee, partition", "ACPI, 66ba3304b001ee, --bare",
        "HV_X64_MSR_RESET, b903000040b80100000031d20f30, partition"})
    void aGuestThatResetsItselfBootsAgain(String way, String code, String mode) throws Exception {
        HvProcess hv = run(counting(code), mode);
        assertThat(hv.out()).as(way).isEqualTo("1\n2\n3\n4\n");
        assertThat(times(hv, "hv: guest: reset, and boots again")).isEqualTo(BOOTS - 1);
        assertThat(hv.status()).as(hv.err()).isEqualTo(1);
        HvProcess once = run(counting(code), mode, "--no-reboot");
        assertThat(once.out()).as(way).isEqualTo("1\n");
        assertThat(once.err()).contains("the guest reset itself").doesNotContain("boots again");
        assertThat(once.status()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"partition", "--bare"})
    void aTripleFaultIsACrashUnlessTheUserSaysThatItResets(String mode) throws Exception {
        HvProcess crash = run(counting("0f0b"), mode);
        assertThat(crash.out()).isEqualTo("1\n");
        assertThat(crash.status()).as(crash.err()).isEqualTo(3);
        HvProcess reset = run(counting("0f0b"), mode, "--triple-fault", "reset");
        assertThat(reset.out()).isEqualTo("1\n2\n3\n4\n");
        assertThat(times(reset, "hv: guest: triple fault, and boots again")).isEqualTo(BOOTS - 1);
        assertThat(reset.status()).as(reset.err()).isEqualTo(1);
    }

    @Test
    void whatIsAskedForMustGoTogether() throws Exception {
        HvProcess both = HvProcess.here("run", "--multiboot", counting(KEYBOARD), "--no-reboot", "--triple-fault", "reset");
        assertThat(both.status()).isEqualTo(2);
        assertThat(both.err()).startsWith("hv: --no-reboot: ").hasLineCount(1);
        HvProcess unknown = HvProcess.here("run", "--multiboot", counting(KEYBOARD), "--triple-fault", "ignore");
        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.err()).isEqualTo("hv: --triple-fault ignore: one of crash, reset\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"partition", "--bare"})
    void equalRunsWithRebootsHaveEqualDigests(String mode) throws Exception {
        String image = counting(KEYBOARD);
        HvProcess one = run(image, mode, "--digest");
        assertThat(one.err()).contains("digest ").isEqualTo(run(image, mode, "--digest").err());
    }

    @Test
    void theResetLineBootsAgainWhateverTheGuestDoes() throws Exception {
        for (SmallGuest.Then then : new SmallGuest.Then[] {SmallGuest.Then.SPIN, SmallGuest.Then.HALT}) {
            Path guest = SmallGuest.write(temp.resolve("small.elf"), "up\n", then);
            HvProcess hv = run(guest.toString(), "", "--at", "10ms:reset", "--at", "15ms:pause", "--at", "16ms:reset", "--at", "17ms:resume", "--at", "30ms:checkpoint="
                    + temp.resolve("end-" + then) + ",stop");
            assertThat(hv.out()).as(hv.err()).isEqualTo("up\nup\nup\n");
            assertThat(hv.err().indexOf("paused")).isLessThan(hv.err().lastIndexOf("boots again"));
            assertThat(hv.status()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"partition", "--bare"})
    void aGuestThatDoesNothingButResetObeysLimitsAndSignals(String mode) throws Exception {
        String image = image(KEYBOARD + "ebfe");
        HvProcess counted = run(image, mode, "--max-instructions", "1000");
        assertThat(counted.status()).as(counted.err()).isEqualTo(4);
        assertThat(counted.err()).contains("the instruction limit");
        assertThat(times(counted, "boots again")).as("said of them all").isBetween(8L, 20L);
        HvProcess timed = run(image, mode, "--timeout", "3s");
        assertThat(timed.status()).as(timed.err()).isEqualTo(4);
        assertThat(timed.err()).contains("the time limit");
        assertThat(times(timed, "boots again")).as("said of them all").isLessThan(40);
        try (var hv = LiveProcess.hv("run", "--multiboot", image, "--memory", "16M", mode.startsWith("--") ? mode : "--cpus=1", "--time", "virtual")) {
            hv.awaitError("boots again");
            hv.signal("TERM");
            assertThat(hv.status()).as(hv.err()).isEqualTo(143);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"partition", "--bare"})
    void aCheckpointOfAGuestThatRebootsHasTheSameFuture(String mode) throws Exception {
        Path folder = temp.resolve("saved");
        String image = counting(KEYBOARD);
        HvProcess went = run(image, mode, "--digest", "--at", "console=2:checkpoint=" + folder);
        assertThat(went.out()).as(went.err()).isEqualTo("1\n2\n3\n4\n");
        HvProcess again = HvProcess.run("run", "--restore", folder.toString(), "--digest");
        assertThat(went.out()).endsWith(again.out());
        assertThat(again.out()).endsWith("3\n4\n");
        assertThat(again.status()).isEqualTo(1);
        assertThat(digest(again)).isEqualTo(digest(went));
        assertThat(HvProcess.run("run", "--restore", folder.toString(), "--no-reboot").err()).contains("the guest reset itself");
        HvProcess acted = HvProcess.run("run", "--restore", folder.toString(), "--at", "console=4:inspect=/", "--at", "console=2:inspect=/machine");
        assertThat(acted.err()).as("an action of its own").contains("statistics/turns = ");
        assertThat(acted.err()).as("printed before the checkpoint alone").containsOnlyOnce("not done").contains("--at console=2:inspect=/machine: not done: the guest has not printed that on its first serial port");
        Files.delete(Path.of(image));
        HvProcess without = HvProcess.run("run", "--restore", folder.toString());
        assertThat(without.status()).as(without.err()).isEqualTo(2);
        assertThat(without.err()).contains("the guest reset itself and cannot be booted again: --multiboot " + image);
    }

    @Test
    void aResetAndACheckpointAtTheSameInstant() throws Exception {
        Path guest = SmallGuest.write(temp.resolve("small.elf"), "up\n", SmallGuest.Then.SPIN);
        for (boolean resetFirst : new boolean[] {true, false}) {
            Path folder = temp.resolve("saved-" + resetFirst);
            String[] both = {"10ms:reset", "10ms:checkpoint=" + folder};
            HvProcess went = run(guest.toString(), "", "--digest", "--at", both[resetFirst ? 0 : 1], "--at", both[resetFirst ? 1 : 0], "--at", "20ms:checkpoint="
                    + temp.resolve("end") + ",stop");
            assertThat(went.out()).as(went.err()).isEqualTo("up\nup\n");
            HvProcess again = HvProcess.run("run", "--restore", folder.toString(), "--digest");
            assertThat(again.out()).as(again.err()).isEqualTo("up\n");
            assertThat(digest(again)).isEqualTo(digest(went));
        }
    }

    private static String digest(HvProcess hv) {
        return hv.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow();
    }
}
