package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script benchmarks/network comes to an end whatever its guests do: with programs in QEMU's place. */
class NetworkBenchmarkTest {

    @TempDir
    private Path temp;

    @BeforeEach
    void guest() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/cpio")), "SKIPPED: no cpio");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "SKIPPED: no perl");
        Files.createFile(temp.resolve("vmlinuz"));
        Files.createFile(temp.resolve("initrd.img"));
    }

    private LiveProcess start(String qemu) throws IOException {
        Path program = Files.writeString(Files.createDirectories(temp.resolve("bin")).resolve("qemu-system-x86_64"), "#!/bin/bash\n" + qemu + "\n");
        program.toFile().setExecutable(true);
        return new LiveProcess(List.of("bash", Path.of("..", "benchmarks", "network").toString(), "-n", "1", "-t", "2", temp.toString()),
                Map.of("PATH", temp.resolve("bin") + ":" + System.getenv("PATH")));
    }

    @Test
    void aGuestThatPanicsAndStays() throws Exception {
        // the sender listens where it is told to, the receiver says that it has begun
        try (var script = start("""
                words="$*"; port=${words#*listen=127.0.0.1:}
                case $words in
                  *listen=*) exec perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 1); sleep 600' "${port%%[!0-9]*}" ;;
                  *) echo MARK start; exec sleep 600 ;;
                esac""")) {
            assertThat(script.status()).isEqualTo(1);
            assertThat(script.err()).isEqualTo("network: the receiver did not come to its end within 2 s: QEMU TCG\n");
        }
    }

    @Test
    void aSenderThatIsNotThere() throws Exception {
        try (var script = start("exit 1")) {
            assertThat(script.status()).isEqualTo(1);
            assertThat(script.err()).isEqualTo("network: QEMU's sender does not listen\n");
        }
    }
}
