package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's nvme driver on the bare machine's controller, and on one that is assigned to a child. */
class DebianNvmeTest {

    private static final int CHECKS = 9;

    @TempDir
    private Path temp;

    private String[] options(String release, String how, String... more) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path first = DebianGuests.disk(temp.resolve("first.img"), "hello nvme", 8);
        Path second = DebianGuests.disk(temp.resolve("second.img"), "hello second", 1);
        String[] options = DebianGuests.options(guest, "quiet", DebianGuests.script("nvme.sh", temp), "--cpus", "2", "--disk", first + ",bus=nvme" + how, "--disk", second + ",bus=nvme,ro");
        return Stream.of(options, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static void succeeded(HvProcess hv) {
        DebianGuests.allOk(hv, CHECKS);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"bookworm, --bare", "bookworm, --enlightened"})
    void namespacesAreReadAndWritten(String release, String where) throws Exception {
        succeeded(HvProcess.run(where.equals("--bare") ? options(release, "", where) : options(release, "")));
        byte[] written = Files.readAllBytes(temp.resolve("first.img"));
        assertThat(Arrays.copyOfRange(written, 35 << 16, 36 << 16)).as("what the guest wrote is in the file").contains(1, 2, 3);
    }

    @ParameterizedTest
    @Tag("environment")
    @CsvSource({"trixie, --bare", "trixie, --enlightened", "sid, --bare", "sid, --enlightened"})
    void newerKernelsDoTheSame(String release, String where) throws Exception {
        namespacesAreReadAndWritten(release, where);
    }

    /** Saved while the driver writes: the future is the same, to the digest, on another engine too. */
    @ParameterizedTest
    @Tag("environment")
    @ValueSource(booleans = {true, false})
    void aCheckpointInTheMiddleOfCommandsHasTheSameFuture(boolean bare) throws Exception {
        Path folder = temp.resolve("checkpoint");
        String at = "console=ok second:checkpoint=" + folder;
        HvProcess whole = HvProcess.run(bare ? options("bookworm", ",snapshot", "--bare", "--digest", "--at", at) : options("bookworm", ",snapshot", "--digest", "--at", at));
        succeeded(whole);
        for (String engine : new String[] {"compiled", "interpreter"}) {
            HvProcess restored = HvProcess.run("run", "--restore", folder.toString(), "--digest", "--engine", engine);
            assertThat(restored.out()).as(restored.err()).contains("ok after-reset").doesNotContain("not ok");
            assertThat(digest(restored)).isEqualTo(digest(whole));
        }
    }

    /** Four processors at the same time, each with a queue, an interrupt and a quarter of the disk of its own. */
    @ParameterizedTest
    @Tag("environment")
    @ValueSource(strings = {"intel", "amd"})
    void processorsThatRunAtTheSameTimeHaveAQueueEach(String cpu) throws Exception {
        Path disk = DebianGuests.disk(temp.resolve("first.img"), "hello nvme", 16);
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest("trixie"), "quiet", DebianGuests.script("nvme-parallel.sh", temp), "--cpu", cpu, "--cpus", "4", "--processors", "4",
                "--parallel", "--memory", "512M", "--disk", disk + ",bus=nvme"));
        DebianGuests.allOk(hv, 4);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    /** Taken away in good order while the driver is there, and given back. */
    @Test
    @Tag("environment")
    void anAssignedControllerIsEjectedAndOfferedAgain() throws Exception {
        Path script = Files.writeString(temp.resolve("eject.sh"), Files.readString(DebianGuests.script("nvme.sh", temp)) + """
                echo EJECT
                # the bus tells the host that it let go after the driver did
                check gone await sh -c '! [ -e /dev/nvme0n1 ] && ! grep -q 44c4f61d /sys/bus/vmbus/devices/*/class_id'
                check back await sh -c 'head -c 10 /dev/nvme*n1 | grep -q "hello nvme"'
                """);
        String[] options = options("bookworm", "", "--at", "console=EJECT:rescind=pci", "--at", "console=ok gone:offer=pci");
        options[Arrays.asList(options).indexOf("--guest-script") + 1] = script.toString();
        HvProcess hv = HvProcess.run(options);
        DebianGuests.allOk(hv, CHECKS + 2);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    /** The child's memory is all that an assigned controller reaches. */
    @Test
    @Tag("environment")
    void accessesOutsideOfTheChildsMemoryAreRefused() throws Exception {
        Path disk = DebianGuests.disk(temp.resolve("first.img"), "hello nvme", 8);
        Path trace = temp.resolve("iommu.txt");
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest("bookworm"), "quiet iomem=relaxed", DebianGuests.script("nvme-astray.sh", temp), "--disk", disk + ",bus=nvme",
                "--trace", "iommu=" + trace));
        DebianGuests.allOk(hv, 2);
        assertThat(Files.readAllLines(trace)).anyMatch(l -> l.endsWith(" iommu refused 01:00.0 DMA read at 0x50000000000: no right to read"))
                .anyMatch(l -> l.contains(" iommu IOTLB invalidate, domain "));
        assertThat(hv.err()).contains("PCI function 01:00.0: DMA read at 50000000000 is refused");
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    private static String digest(HvProcess hv) {
        return hv.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow(() -> new AssertionError(hv.err()));
    }
}
