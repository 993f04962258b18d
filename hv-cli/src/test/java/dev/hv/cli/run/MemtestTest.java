package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.DebianPackages;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A whole pass of Debian's memtest86+ on the bare machine. HV_MEMTEST may name the image (64-bit, with a Linux boot header); otherwise the package is fetched. */
@Tag("environment")
class MemtestTest {

    /** A pass takes 57.9 thousand million of them; a limit stops it in the pass behind. */
    private static final String INSTRUCTIONS = "60G";
    /** Its last test waits 160 s by the time-stamp counter: with slow instructions these are few. */
    private static final String INSTRUCTION_TIME = "500000";

    private static Path image() throws Exception {
        if (System.getenv("HV_MEMTEST") != null) {
            return Path.of(System.getenv("HV_MEMTEST"));
        }
        assumeTrue(HostProgram.there("apt-get"), "SKIPPED: no apt-get on this host, so memtest86+ cannot be fetched");
        Path packages = DebianPackages.fetch("bookworm", Path.of("target", "guests", "memtest"), List.of("memtest86+"), "");
        return DebianPackages.extract(packages, "boot/memtest86\\+x64\\.bin", packages.resolve("memtest86+x64.bin"));
    }

    @Test
    void aPassEndsWithoutErrors() throws Exception {
        HvProcess hv = HvProcess.run("run", "--bare", "--kernel", image().toString(), "--append", "console=ttyS0,115200", "--memory", "64M", "--time", "virtual",
                "--instruction-time", INSTRUCTION_TIME, "--max-instructions", INSTRUCTIONS, "--timeout", "40m");
        assertThat(hv.out()).as(hv.err()).contains("Memtest86+ v6.10", "#10 [Bit fade test, 2 patterns]").doesNotContainPattern("Errors: +[1-9]")
                .containsPattern("Pass: +1 +Errors: 0");
        assertThat(hv.status()).as(hv.err()).isEqualTo(4);
    }
}
