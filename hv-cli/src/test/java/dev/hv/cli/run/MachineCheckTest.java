package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Errors of the machine, {@code --at TIME:mce=…}, at a guest of our own (src/test/guests/mce) that prints what its banks have. */
class MachineCheckTest {

    private static final int USAGE = 2;
    private static final int CRASHED = 3;
    /** What the guest leaves by the debug exit port. */
    private static final int ENDED = 1;

    @TempDir
    Path temp;

    private String image;

    @BeforeEach
    void image() throws Exception {
        Path file = temp.resolve("mce.elf");
        try (InputStream in = MachineCheckTest.class.getResourceAsStream("/guests/mce.elf")) {
            Files.copy(in, file);
        }
        image = file.toString();
    }

    @ParameterizedTest
    @CsvSource({"--bare,intel,auto", "--bare,amd,auto", "--bare,intel,interpreter", "--bare,amd,compiled", "--no-enlightenments,intel,auto", "--no-enlightenments,amd,auto",
        "--nested,intel,auto", "--nested,amd,interpreter"})
    void aGuestFindsErrorsInItsBanks(String where, String model, String engine) throws Exception {
        HvProcess hv = HvProcess.run("run", where, "--multiboot", image, "--cpu", model, "--engine", engine, "--memory", "16M", "--test-devices", "--timeout", "120s",
                "--at", "1ms:mce=corrected,address=0x1234000", "--at", "2ms:mce=uncorrected,address=0xabc000,misc=0x86", "--at", "3ms:mce=fatal,code=0x115");
        // Intel's processors count corrected errors
        assertThat(hv.out()).isEqualTo("""
                READY
                logged 940000%s0000009f at 01234000
                #MC 00000005 bc0000000000009f at 00abc000
                #MC 00000004 b200000000000115 at 00abc000
                """.formatted(model.equals("intel") ? "40" : "00"));
        assertThat(hv.status()).isEqualTo(ENDED);
        assertThat(hv.err()).contains("machine check logged in bank 4 of processor 0");
    }

    /** Of two that come at once the second finds the first unhandled. */
    @ParameterizedTest
    @CsvSource({"--bare,intel", "--nested,intel", "--no-enlightenments,amd"})
    void aSecondMachineCheckShutsTheProcessorDown(String where, String model) throws Exception {
        HvProcess hv = HvProcess.run("run", where, "--multiboot", image, "--cpu", model, "--memory", "16M", "--timeout", "120s", "--at", "2000000ns:mce=fatal", "--at", "2000100ns:mce=fatal,bank=4");
        assertThat(hv.out()).startsWith("READY\n");
        assertThat(hv.status()).as(hv.err()).isEqualTo(CRASHED);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"5ms:mce=|--at", "5ms:mce=broken|corrected, uncorrected or fatal", "5ms:mce=fatal,bank=10|bank=10: from 0 to 9",
        "5ms:mce=fatal,code=0x1ffffffff|code=0x1ffffffff: from 0 to 0xffffffff", "5ms:mce=fatal,address=x|a number is needed", "5ms:mce=fatal,tank=3|unknown setting 'tank'"})
    void whatCannotBeReadIsToldInALine(String action, String why) throws Exception {
        HvProcess hv = HvProcess.run("run", "--bare", "--multiboot", image, "--at", action);
        assertThat(hv.status()).isEqualTo(USAGE);
        assertThat(hv.err()).contains(why);
        assertThat(hv.err().lines()).hasSize(1);
    }
}
