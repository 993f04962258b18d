package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.hv.cli.guest.GuestFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Devices of a Linux in the root's place, whose interrupts the hypervisor maps: as they are, and behind the machine's IOMMU. Without a kernel for it there are no tests ({@link DebianGuests#parent}). */
@Tag("environment")
class RootDevicesTest {

    private static final int FILE = 1 << 20;
    /** Asks for a lease and fetches a file of a server behind the router. */
    private static final String NETWORK = """
            [ -d /sys/bus/pci/drivers/e1000e ] || { echo NO-DRIVER; exit; }
            printf '#!/bin/busybox sh\\n[ "$1" = bound ] && ip addr add $ip/$mask dev $interface && ip route add default via $router dev $interface\\n' > /tmp/lease
            chmod +x /tmp/lease; ip link set eth0 up; udhcpc -i eth0 -n -q -t 20 -s /tmp/lease || exit 1
            router=$(ip route | sed -n 's/^default via \\([^ ]*\\).*/\\1/p')
            echo SUM $(wget -q -O - "http://$router:%d/" | md5sum); grep eth0 /proc/interrupts
            """;
    /** Writes to both disks at once, and reads it back. */
    private static final String DISKS = """
            yes root | head -c 1048576 > /tmp/disk
            for d in nvme0n1 sda; do dd if=/tmp/disk of=/dev/$d bs=65536 & done; wait; sync; echo 3 > /proc/sys/vm/drop_caches
            cmp /tmp/disk /dev/nvme0n1 && cmp /tmp/disk /dev/sda && echo DISKS-SAME; grep -e nvme -e ahci /proc/interrupts
            """;

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> aRootHasDevicesOfItsOwn() throws Exception {
        GuestFolder parent = DebianGuests.parent();
        return parent == null ? Stream.empty() : Stream.of(
                dynamicTest("disks behind VT-d", () -> disks(parent, "intel")),
                dynamicTest("disks behind AMD-Vi", () -> disks(parent, "amd")),
                dynamicTest("network, intel", () -> network(parent, "intel")),
                dynamicTest("network, amd", () -> network(parent, "amd")),
                dynamicTest("network behind VT-d", () -> network(parent, "intel", "--iommu")),
                dynamicTest("network behind AMD-Vi", () -> network(parent, "amd", "--iommu")));
    }

    private static HvProcess run(GuestFolder parent, String cpu, String script, String... more) throws Exception {
        String[] words = {"run", "--parent", "root", "--kernel", parent.kernel().toString(), "--initrd", parent.initrd().toString(), "--cpu", cpu, "--cpus", "2", "--memory", "256M", "--timeout", DebianGuests.LONGEST,
            "--exec", script};
        HvProcess hv = HvProcess.run(Stream.of(words, more).flatMap(Stream::of).toArray(String[]::new));
        assertThat(hv.err()).doesNotContain("is refused");
        assertThat(hv.status()).as(hv.out() + hv.err()).isZero();
        return hv;
    }

    private void disks(GuestFolder parent, String cpu) throws Exception {
        Path nvme = folder.resolve("nvme.img");
        Path sata = folder.resolve("sata.img");
        for (Path disk : List.of(nvme, sata)) {
            Files.write(disk, new byte[FILE]);
        }
        Path trace = folder.resolve("iommu.txt");
        HvProcess hv = run(parent, cpu, DISKS, "--iommu", "--disk", nvme + ",bus=nvme", "--disk", sata + ",bus=ahci", "--trace", "iommu=" + trace);
        assertThat(hv.out()).contains("DISKS-SAME").containsPattern("HV-PCI-MSIX?-\\S+ +\\S+ +nvme0q").containsPattern("HV-PCI-MSIX?-\\S+ +\\S+ +ahci");
        assertThat(Files.mismatch(nvme, sata)).as("both disks have what the root wrote").isEqualTo(-1);
        assertThat(Files.readAllBytes(nvme)).startsWith('r', 'o', 'o', 't');
        // an entry of the unit's for each interrupt that was mapped: two processors' queues and the administrator's, and the SATA adapter's
        String entry = cpu.equals("intel") ? "interrupt entry cache invalidate, index" : "INVALIDATE_INTERRUPT_TABLE, device";
        assertThat(Files.readAllLines(trace)).filteredOn(l -> l.contains(entry)).hasSizeGreaterThan(3);
        assertThat(Files.readAllLines(trace)).noneMatch(l -> l.contains(" refused "));
    }

    /** A lease from the uplink, and a file of a server on the host. */
    private static void network(GuestFolder parent, String cpu, String... more) throws Exception {
        assumeTrue(DebianEnvironmentTest.passt(), "SKIPPED: no passt on this host");
        byte[] sent = new byte[FILE];
        new Random(1).nextBytes(sent);
        try (var server = new ServerSocket(0, 4, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> serve(server, sent));
            HvProcess hv = run(parent, cpu, NETWORK.formatted(server.getLocalPort()), Stream.concat(Stream.of("--net", "user,model=e1000e"), Stream.of(more)).toArray(String[]::new));
            assumeFalse(hv.out().contains("NO-DRIVER"), "SKIPPED: this kernel has no e1000e; one that hv guest linux-parent builds has");
            assertThat(hv.out()).as(hv.err()).contains("SUM " + HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(sent))).containsPattern("HV-PCI-MSIX?-\\S+ +\\S+ +eth0-rx-0");
        }
    }

    /** Answers whatever is asked, and leaves it to the other end to close first: passt (2023) resets what the host closes. */
    private static void serve(ServerSocket server, byte... what) {
        while (!server.isClosed()) {
            try (Socket s = server.accept()) {
                s.getInputStream().read(new byte[FILE]);
                s.getOutputStream().write("HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(what.length).getBytes(StandardCharsets.US_ASCII));
                s.getOutputStream().write(what);
                s.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // the test is over, or the other end has gone
            }
        }
    }
}
