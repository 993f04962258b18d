package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dynamic memory of Debian guests: by order, and as they need it. */
class DebianMemoryTest {

    @TempDir
    private Path temp;

    private HvProcess run(String release, String... more) throws Exception {
        String[] options = {"--memory", "256M,minimum=64M,maximum=768M", "--time", "virtual", "--at", "console=ready-for less:memory-pressure=106M", "--at", "console=ready-for all:memory=256M",
            "--at", "console=ready-for more:memory=512M", "--at", "console=ready-for least:memory=300M", "--digest"};
        String[] all = java.util.stream.Stream.of(options, more).flatMap(java.util.stream.Stream::of).toArray(String[]::new);
        return HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "quiet", DebianGuests.script("memory.sh", temp), all));
    }

    /** Pages are given up and come back, memory is added and used, and what programs hold stays what it is. */
    @Test
    void memoryGoesAndComes() throws Exception {
        Path trace = temp.resolve("trace.txt");
        HvProcess hv = run("bookworm", "--trace", "vmbus=" + trace);
        DebianGuests.allOk(hv, 7);
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(hv.err()).contains("memory is to come to 512 MiB");
        assertThat(Files.readString(trace)).contains("balloon request", "unballoon response", "hot add request 65536 pages at 0x100000000", "hot add response 65536 pages, result 1");
    }

    @ParameterizedTest
    @Tag("environment")
    @ValueSource(strings = {"trixie", "sid"})
    void newerKernelsDoTheSameAndEqualRunsHaveEqualDigests(String release) throws Exception {
        HvProcess first = run(release);
        DebianGuests.allOk(first, 7);
        HvProcess second = run(release);
        assertThat(second.err()).isEqualTo(first.err()).contains("digest ");
        assertThat(second.out()).isEqualTo(first.out());
    }

    /** The host has less than both could come to: one gives up what it does not need, and the other gets it. */
    @Test
    @Tag("environment")
    void memoryGoesToWhoNeedsIt() throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        Path lab = Files.writeString(temp.resolve("lab.yaml"), """
                host-memory: 560M
                defaults:
                  kernel: %s
                  initrd: %s
                  append: console=ttyS0 quiet
                  memory: 256M,minimum=128M,maximum=1G
                machines:
                  - name: hungry
                    guest-script: %s
                  - name: idle
                    guest-script: %s
                """.formatted(guest.kernel().toAbsolutePath(), guest.initrd().toAbsolutePath(), DebianGuests.script("memory-hungry.sh", temp), DebianGuests.script("memory-idle.sh", temp)));
        HvProcess hv = HvProcess.run("run", lab.toString(), "--time", "virtual", "--timeout", DebianGuests.LONGEST);
        DebianGuests.allOk(hv, 4);
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
