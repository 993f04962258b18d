package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian while logical processors run at the same time. */
class DebianParallelTest {

    @TempDir
    private Path temp;

    @Releases("bookworm")
    void fourProcessorsShareTwoHostThreads(String release) throws Exception {
        run(release, "intel");
    }

    @Test
    @Tag("environment")
    void soTheyDoOnAmdsProcessor() throws Exception {
        run("bookworm", "amd");
    }

    private void run(String release, String cpu) throws Exception {
        Path scratch = DebianGuests.disk(temp.resolve("scratch.img"), "", 8);
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "", DebianGuests.script("parallel.sh", temp), "--parallel",
                "--processors", "2", "--cpus", "4", "--cpu", cpu, "--memory", "256M", "--disk", scratch.toString()));
        DebianGuests.allOk(hv, 3);
        assertThat(hv.out()).contains("HV-GUEST-STATUS 0").contains("reboot: Power down");
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
