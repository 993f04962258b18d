package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Linux with /dev/mshv as a parent, as "hv guest linux-parent" builds it, as a child (L1VH) and in the root's place: its mshv-check (src/main/guests/mshv-check) makes partitions and runs code in them. Without a
 * kernel that has the device there are no tests here, and a line says so ({@link DebianGuests#parent}).
 */
class MshvCheckTest {

    private static final int DISK = 1 << 20;
    /** Writes the same to both disks of a root and reads it again. */
    private static final String DISKS = """
            if [ -b /dev/nvme0n1 ]; then
              yes root | head -c 1048576 > /tmp/disk; dd if=/tmp/disk of=/dev/nvme0n1 bs=65536; dd if=/tmp/disk of=/dev/sda bs=65536; sync; echo 3 > /proc/sys/vm/drop_caches
              cmp /tmp/disk /dev/nvme0n1 && cmp /tmp/disk /dev/sda && echo DISKS-SAME; grep -e nvme -e ahci /proc/interrupts; echo PROCESSORS $(nproc)
            fi
            """;

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> partitionsAreMadeAndRun() throws Exception {
        GuestFolder parent = DebianGuests.parent();
        return parent == null ? Stream.empty() : Stream.of(
                dynamicTest("intel", () -> check(parent, "intel", "core", "--parent", "l1vh")),
                dynamicTest("amd", () -> check(parent, "amd", "core", "--parent", "l1vh")),
                dynamicTest("amd, root scheduler", () -> check(parent, "amd", "root", "--parent", "l1vh", "--scheduler", "root")),
                dynamicTest("root, intel", () -> root(parent, "intel", "root")),
                dynamicTest("root, amd", () -> root(parent, "amd", "root")),
                dynamicTest("root, intel, core scheduler", () -> root(parent, "intel", "core", "--scheduler", "core")),
                dynamicTest("root, intel, from a checkpoint", () -> fromCheckpoint(parent, "intel")),
                dynamicTest("root, amd, from a checkpoint", () -> fromCheckpoint(parent, "amd")));
    }

    /** A root with three processors of its own, and a partition whose processor waits for an interrupt: its future is that of the run that wrote the checkpoint. */
    private void fromCheckpoint(GuestFolder parent, String cpu) throws Exception {
        Path checkpoint = folder.resolve("checkpoint-" + cpu);
        Path script = Files.writeString(folder.resolve("script.sh"), DISKS + "mshv-check; cat /proc/interrupts\n");
        Path nvme = Files.write(folder.resolve("nvme-" + cpu + ".img"), new byte[DISK]);
        Path sata = Files.write(folder.resolve("sata-" + cpu + ".img"), new byte[DISK]);
        HvProcess first = HvProcess.run("run", "--parent", "root", "--cpus", "3", "--cpu", cpu, "--memory", "256M", "--kernel", parent.kernel().toString(), "--initrd", parent.initrd().toString(),
                "--disk", nvme + ",bus=nvme", "--disk", sata + ",bus=ahci", "--guest-script", script.toString(), "--timeout", DebianGuests.LONGEST, "--digest", "--at", "console=code says that it waits:checkpoint=" + checkpoint);
        HvProcess second = HvProcess.run("run", "--restore", checkpoint.toString(), "--timeout", DebianGuests.LONGEST, "--digest");
        assertThat(second.out()).as(second.err()).contains("PASS partitions come and go", "HV-GUEST-STATUS 0").doesNotContain("FAIL", "PASS code that writes to pages ends");
        assertThat(first.out()).as(first.err()).endsWith(second.out());
        assertThat(second.err()).isEqualTo(first.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow() + "\n");
    }

    /** In the root's place: two processors, of which it starts one itself, and disks of its own, whose interrupts the hypervisor maps. */
    private void root(GuestFolder parent, String cpu, String scheduler, String... more) throws Exception {
        Path nvme = folder.resolve("nvme.img");
        Path sata = folder.resolve("sata.img");
        for (Path disk : List.of(nvme, sata)) {
            Files.write(disk, new byte[DISK]);
        }
        var words = new ArrayList<>(List.of("--parent", "root", "--cpus", "2", "--disk", nvme + ",bus=nvme", "--disk", sata + ",bus=ahci"));
        words.addAll(List.of(more));
        HvProcess hv = check(parent, cpu, scheduler, words.toArray(String[]::new));
        assertThat(hv.out()).contains("DISKS-SAME", "PROCESSORS 2").containsPattern("HV-PCI-MSIX?-\\S+ +\\S+ +nvme0q").containsPattern("HV-PCI-MSIX?-\\S+ +\\S+ +ahci");
        assertThat(Files.mismatch(nvme, sata)).as("both disks have what the root wrote").isEqualTo(-1);
        assertThat(Files.readAllBytes(nvme)).startsWith('r', 'o', 'o', 't');
    }

    private static HvProcess check(GuestFolder parent, String cpu, String scheduler, String... kind) throws Exception {
        List<String> words = Stream.concat(Stream.of("run", "--kernel", parent.kernel().toString(), "--initrd", parent.initrd().toString(), "--cpu", cpu, "--memory", "256M", "--timeout", DebianGuests.LONGEST,
                "--exec", "mshv-check; status=$?; dmesg | grep mshv; " + DISKS + "exit $status"), Stream.of(kind)).toList();
        HvProcess hv = HvProcess.run(words.toArray(String[]::new));
        assertThat(hv.out()).contains("Hypervisor using " + scheduler + " scheduler", "PASS partitions come and go").doesNotContain("FAIL");
        assertThat(hv.status()).as(hv.out() + hv.err()).isZero();
        return hv;
    }
}
