package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Errors of the machine, {@code --at TIME:mce=…}, as Debian's kernels find and report them: bare and in a partition, on both vendors' models. */
@Tag("environment")
class DebianMachineCheckTest {

    private static final int CRASHED = 3;
    private static final String READY = "console=HV-GUEST-READY:mce=";

    /** Where there is an interrupt for corrected errors (Intel's CMCI, which Linux counts as THR) it tells of one at once, else the poll of every five minutes finds it. */
    @ParameterizedTest
    @CsvSource({"trixie,intel,true", "trixie,amd,true", "sid,intel,false", "bookworm,amd,false"})
    void aCorrectedErrorIsLogged(String release, String model, boolean bare) throws Exception {
        boolean interrupts = model.equals("intel");
        HvProcess hv = HvProcess.run(options(release, model, bare, "--at", READY + "corrected,address=0x1234000,cpu=1", "--exec",
                "sleep " + (interrupts ? 20 : 330) + "; dmesg | grep -i 'hardware error'; grep -E 'THR:|MCP:' /proc/interrupts"));
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(hv.out()).contains("Machine check events logged", "CPU 1: Machine Check: 0 Bank 4: " + (interrupts ? "940000400000009f" : "940000000000009f"), "ADDR 1234000");
        if (interrupts) {
            assertThat(hv.out()).containsPattern("THR: +0 +1 ");
        }
    }

    @ParameterizedTest
    @CsvSource({"trixie,intel,true,Fatal machine check", "trixie,amd,true,Fatal local machine check", "bookworm,intel,false,Fatal machine check", "sid,amd,false,Fatal local machine check"})
    void aFatalOneIsAPanic(String release, String model, boolean bare, String panic) throws Exception {
        HvProcess hv = HvProcess.run(options(release, model, bare, "--at", READY + "fatal,address=0x1234000,cpu=1"));
        assertThat(hv.out()).contains("CPU 1: Machine Check Exception: 4 Bank 4: b60000000000009f", "ADDR 1234000");
        assertThat(hv.out() + hv.err()).contains("Kernel panic - not syncing: " + panic);
        // a partition's Linux tells its hypervisor of the panic, that of a PC restarts it
        assertThat(hv.status()).as(hv.err()).isEqualTo(bare ? 0 : CRASHED);
    }

    private static String[] options(String release, String model, boolean bare, String... more) throws Exception {
        // Debian's 6.1 for clouds is built without machine checks
        Path guest = (release.equals("bookworm") ? DebianGuests.generic(release) : DebianGuests.guest(release)).path();
        List<String> all = new ArrayList<>(List.of("run", "--kernel", guest.resolve("vmlinuz").toString(), "--initrd", guest.resolve("initrd.img").toString(), "--cpus", "2", "--cpu", model,
                "--append", "console=ttyS0 panic=-1", "--no-reboot", "--time", "virtual", "--timeout", "560s"));
        if (bare) {
            all.add("--bare");
        }
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }
}
