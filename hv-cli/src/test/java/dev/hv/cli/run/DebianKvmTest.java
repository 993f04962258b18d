package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.KvmGuest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** KVM of Debian's kernels on the bare machine, with a client that runs machines in every mode (src/test/guests/kvm-client). */
@Tag("environment")
class DebianKvmTest {

    private static final int CHECKS = 0x16;
    /** Besides, where KVM may leave flushes to a Hyper-V below it. */
    private static final int FLUSH_CHECKS = 2;

    @TempDir
    private Path folder;

    /** Folder with a kernel of a release that has KVM and Xen's console. */
    static Path guest(String release) throws Exception {
        if (System.getenv("HV_REQUIRE_GUESTS") == null) {
            assumeTrue(HostProgram.there("apt-get"), "SKIPPED: no apt-get on this host, so Debian's kernels cannot be fetched");
        }
        try (var in = DebianKvmTest.class.getResourceAsStream("/guest/kvm-client")) {
            return KvmGuest.build(release, in.readAllBytes(), Path.of("target", "guests", release + "-kvm"));
        }
    }

    private static HvProcess run(String release, String cpus, String cpu) throws Exception {
        Path guest = guest(release);
        return HvProcess.run("run", "--bare", "--kernel", guest.resolve("vmlinuz").toString(), "--initrd", guest.resolve("initrd.img").toString(), "--append",
                "console=ttyS0 quiet", "--memory", "512M", "--cpus", cpus, "--cpu", cpu, "--timeout", DebianGuests.LONGEST);
    }

    @ParameterizedTest
    @CsvSource({"bookworm,1", "bookworm,2", "trixie,1", "trixie,2", "sid,2"})
    void kvmRunsMachinesWithAllThatVtxHas(String release, String cpus) throws Exception {
        HvProcess hv = run(release, cpus, "intel");
        passed(hv);
        assertThat(hv.out()).contains("enable_apicv Y", "pml Y", "ept Y", "eptad Y", "vpid Y", "unrestricted_guest Y", "flexpriority Y", "preemption_timer Y",
                "nested Y", "enable_shadow_vmcs Y", "ple_gap 128");
    }

    @ParameterizedTest
    @CsvSource({
        "'intel,-vmx-posted-interrupts', enable_apicv N", "'intel,-vmx-pml', pml N", "'intel,-vmx-shadow-vmcs', enable_shadow_vmcs N",
        "'intel,-vmx-pml,-vmx-ept-ad', eptad N"
    })
    void kvmDoesWithoutWhatAModelIsWithout(String cpu, String parameter) throws Exception {
        HvProcess hv = run("bookworm", "1", cpu);
        passed(hv);
        assertThat(hv.out()).contains(parameter);
    }

    @ParameterizedTest
    @CsvSource({"bookworm,1", "bookworm,2", "trixie,1", "trixie,2", "sid,2"})
    void kvmRunsMachinesWithAllThatAmdVHas(String release, String cpus) throws Exception {
        HvProcess hv = run(release, cpus, "amd");
        passed(hv);
        assertThat(hv.out()).contains("npt Y", "vgif 1", "nested 1");
    }

    /** In a child, whose hypervisor is ours: with the enlightened VMCS where KVM finds itself on Hyper-V, and with VMREAD and VMWRITE. */
    @ParameterizedTest
    @CsvSource({"bookworm,1,--no-enlightenments", "bookworm,1,--nested", "trixie,2,--nested", "sid,2,--nested"})
    void kvmRunsMachinesInAChild(String release, String cpus, String how) throws Exception {
        HvProcess hv = nested(release, cpus, "intel", how);
        passed(hv);
        // the enlightened VMCS has no fields for these
        String besides = how.equals("--nested") ? "N" : "Y";
        assertThat(hv.out()).contains("ept Y", "eptad Y", "vpid Y", "unrestricted_guest Y", "preemption_timer " + besides, "enable_apicv " + besides, "pml " + besides,
                "enable_shadow_vmcs " + besides);
    }

    @ParameterizedTest
    @CsvSource({"bookworm,1", "trixie,2", "sid,2"})
    void kvmRunsMachinesInAChildOnAmdV(String release, String cpus) throws Exception {
        HvProcess hv = nested(release, cpus, "amd", "--nested");
        passed(hv);
        assertThat(hv.out()).contains("npt Y", "vgif 1", "nested 1");
    }

    /**
     * KVM has its guest's flushes carried out by the hypervisor below it (direct virtual flush) once its VMM asks for that: it hears of none of the 1,000, which it would answer with an error,
     * but for the first, whose parameters it has to give memory.
     */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void flushesOfAGuestsGuestAreCarriedOutWithoutItsHypervisor(String release) throws Exception {
        Path stats = folder.resolve("stats.json");
        HvProcess hv = nested(release, "1", "intel", "--nested", "--stats", stats.toString());
        assertThat(hv.out()).as(hv.err()).contains("direct flush Y", "PASS direct flush: flushes", "PASS direct flush: none failed", "KVM-CLIENT passed 0x18 failed 0x0");
        String counts = Files.readString(stats);
        assertThat(counts).contains("\"directFlushes\" : 1000,");
        // the client's entries altogether: not one for each flush
        assertThat(count(counts, "enlightenedEntries")).isBetween(500L, 1800L);
        // KVM says of nearly each that the MSR bitmap is unchanged
        assertThat(count(counts, "unchangedMsrBitmaps")).isGreaterThan(count(counts, "enlightenedEntries") * 9 / 10);
    }

    private static long count(String stats, String name) {
        Matcher m = Pattern.compile('"' + name + "\" : (\\d+)").matcher(stats);
        assertThat(m.find()).as(name).isTrue();
        return Long.parseLong(m.group(1));
    }

    private static HvProcess nested(String release, String cpus, String cpu, String how, String... more) throws Exception {
        Path guest = guest(release);
        var arguments = new ArrayList<>(List.of("run", "--nested", "--kernel", guest.resolve("vmlinuz").toString(), "--initrd", guest.resolve("initrd.img").toString(),
                "--append", "console=ttyS0 quiet", "--memory", "512M", "--cpus", cpus, "--cpu", cpu, "--timeout", DebianGuests.LONGEST));
        if (!how.equals("--nested")) {
            arguments.add(how);
        }
        arguments.addAll(List.of(more));
        return HvProcess.run(arguments.toArray(String[]::new));
    }

    private static void passed(HvProcess hv) {
        int checks = CHECKS + (hv.out().contains("direct flush Y") ? FLUSH_CHECKS : 0);
        assertThat(hv.out()).as(hv.err()).contains("KVM-CLIENT passed 0x%x failed 0x0".formatted(checks)).doesNotContain("FAIL");
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
