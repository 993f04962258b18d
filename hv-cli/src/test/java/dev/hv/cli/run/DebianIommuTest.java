package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Debian on the bare machine drives the IOMMU: its disk's memory is translated, all interrupts are remapped. */
class DebianIommuTest {

    private static final int CHECKS = 5;
    private static final int NVME_CHECKS = 9;

    @TempDir
    private Path temp;

    private HvProcess run(String release, String append, String... more) throws Exception {
        return run(DebianGuests.guest(release), append, more);
    }

    private HvProcess run(GuestFolder guest, String append, String... more) throws Exception {
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 16);
        String[] options = DebianGuests.options(guest, append, DebianGuests.script("iommu.sh", temp), "--bare", "--iommu", "--memory", "512M", "--disk", disk + ",bus=ide,snapshot");
        HvProcess hv = HvProcess.run(Stream.concat(Arrays.stream(options), Arrays.stream(more)).toArray(String[]::new));
        DebianGuests.allOk(hv, CHECKS);
        assertThat(hv.out()).contains("HV-GUEST-STATUS 0").contains("reboot: Power down").doesNotContain("handling fault", "IO_PAGE_FAULT");
        assertThat(hv.err()).doesNotContain("the IOMMU refused");
        assertThat(hv.status()).as(hv.err()).isZero();
        return hv;
    }

    private void intel(String release, String append, String... more) throws Exception {
        assertThat(run(release, "intel_iommu=on " + append, more).out()).contains("DMAR: IOMMU enabled", "DMAR-IR: IOAPIC id 0 under DRHD base  0xfed90000 IOMMU 0",
                "DMAR-IR: Enabled IRQ remapping in x2apic mode", "DMAR: dmar0: Using Queued invalidation", "DMAR: Intel(R) Virtualization Technology for Directed I/O");
    }

    @Test
    void vtdTranslatesForADiskAndRemapsInterruptsOfTwoProcessors() throws Exception {
        intel("trixie", "iommu.strict=1", "--cpus", "2");
    }

    @Tag("environment")
    @ParameterizedTest
    @CsvSource({"bookworm, '', 1, intel", "bookworm, iommu.strict=1, 2, intel", "trixie, '', 2, intel", "trixie, iommu=pt, 2, intel", "trixie, '', 2, max", "sid, iommu.strict=1, 2, intel"})
    void vtdServesAllReleases(String release, String append, String cpus, String cpu) throws Exception {
        intel(release, append, "--cpus", cpus, "--cpu", cpu);
    }

    /** Without interrupt remapping there is no x2APIC, and with it alone no translation. */
    @Tag("environment")
    @ParameterizedTest
    @CsvSource({"'intel_iommu=on nox2apic', 'DMAR-IR: Enabled IRQ remapping in xapic mode'", "'intel_iommu=on intremap=off', 'DMAR: IOMMU enabled'", "intel_iommu=off, 'DMAR-IR: Enabled IRQ remapping in x2apic mode'"})
    void partsOfItWorkAlone(String append, String says) throws Exception {
        assertThat(run("trixie", append, "--cpus", "2").out()).contains(says);
    }

    /** AMD's, which the cloud kernels have no driver for. */
    @Tag("environment")
    @ParameterizedTest
    @CsvSource({"bookworm, '', 1", "bookworm, iommu.strict=1, 2", "trixie, '', 2", "trixie, iommu.strict=1, 2", "sid, '', 1", "sid, iommu.strict=1, 2"})
    void amdViServesAllReleases(String release, String append, String cpus) throws Exception {
        HvProcess hv = run(DebianGuests.generic(release), "amd_iommu=on " + append, "--cpu", "amd", "--cpus", cpus);
        assertThat(hv.out()).contains("AMD-Vi: Extended features (0x120000000008c4, 0x0): X2APIC IA GA", "AMD-Vi: Interrupt remapping enabled", "AMD-Vi: X2APIC enabled", "iommu: Default domain type: Translated");
    }

    @Tag("environment")
    @Test
    void amdViServesSystemsInXapicMode() throws Exception {
        HvProcess hv = run(DebianGuests.generic("trixie"), "nox2apic", "--cpu", "amd", "--cpus", "2");
        assertThat(hv.out()).contains("AMD-Vi: Interrupt remapping enabled").doesNotContain("x2apic enabled", "Switched APIC routing");
    }

    /** A controller on PCI Express with a message for each processor. */
    @Tag("environment")
    @Test
    void nvmeGoesThroughIt() throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        Path first = DebianGuests.disk(temp.resolve("first.img"), "hello nvme", 8);
        Path second = DebianGuests.disk(temp.resolve("second.img"), "hello second", 1);
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "intel_iommu=on iommu.strict=1", DebianGuests.script("nvme.sh", temp), "--bare", "--iommu", "--cpus", "2", "--memory", "512M",
                "--disk", first + ",bus=nvme", "--disk", second + ",bus=nvme,ro"));
        DebianGuests.allOk(hv, NVME_CHECKS);
        assertThat(hv.err()).doesNotContain("the IOMMU refused");
        assertThat(hv.out()).doesNotContain("handling fault");
    }

    /** What the unit has cached is saved, too: the future is the same, to the digest, on another engine too. */
    @Tag("environment")
    @Test
    void aCheckpointHasTheSameFuture() throws Exception {
        Path folder = temp.resolve("checkpoint");
        HvProcess whole = run("trixie", "intel_iommu=on", "--cpus", "2", "--time", "virtual", "--digest", "--at", "console=ok random-file:checkpoint=" + folder);
        for (String engine : new String[] {"compiled", "interpreter"}) {
            HvProcess restored = HvProcess.run("run", "--restore", folder.toString(), "--digest", "--engine", engine);
            assertThat(restored.out()).as(restored.err()).contains("ok read-back").doesNotContain("not ok");
            assertThat(digest(restored)).isEqualTo(digest(whole));
        }
    }

    private static String digest(HvProcess hv) {
        return hv.err().lines().filter(l -> l.contains("digest")).findFirst().orElseThrow();
    }
}
