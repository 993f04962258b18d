package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian guests that talk to each other and to the host's management. */
class DebianLabTest {

    @TempDir
    private Path temp;

    private Path lab(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        return Files.writeString(temp.resolve("lab.yaml"), """
                defaults:
                  kernel: %s
                  initrd: %s
                  append: console=ttyS0 quiet
                  memory: 128M
                machines:
                  - name: a
                    guest-script: %s
                    nets: ["switch:lab,capture=lab.pcapng"]
                  - name: b
                    guest-script: %s
                    nets: [switch:lab]
                """.formatted(guest.kernel().toAbsolutePath(), guest.initrd().toAbsolutePath(), DebianGuests.script("pair-a.sh", temp),
                DebianGuests.script("pair-b.sh", temp)));
    }

    @Releases("bookworm")
    void twoMachinesOfALabReachEachOther(String release) throws Exception {
        Path stats = temp.resolve("stats.json");
        HvProcess hv = HvProcess.run("run", lab(release).toString(), "--timeout", DebianGuests.LONGEST, "--stats", stats.toString());
        DebianGuests.allOk(hv, 8);
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(hv.out().lines()).allMatch(l -> l.startsWith("a| ") || l.startsWith("b| "));
        // section header block, then packets of both directions
        assertThat(Files.readAllBytes(temp.resolve("lab.pcapng"))).startsWith(0x0A, 0x0D, 0x0D, 0x0A).hasSizeGreaterThan(588_895);
        assertThat(Files.readString(stats)).contains("\"a/eth0\"", "\"b/eth0\"", "HvCallPostMessage");
    }

    @Test
    void twoProcessesMeetOnASwitchOfOneName() throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        String name = "test-" + ProcessHandle.current().pid();
        String[] a = DebianGuests.options(guest, "quiet", DebianGuests.script("pair-a.sh", temp), "--net", "switch:" + name);
        String[] b = DebianGuests.options(guest, "quiet", DebianGuests.script("pair-b.sh", temp), "--net", "switch:" + name);
        CompletableFuture<HvProcess> first = CompletableFuture.supplyAsync(() -> unchecked(a));
        HvProcess second = HvProcess.run(b);
        DebianGuests.allOk(second, 5);
        DebianGuests.allOk(first.get(), 3);
    }

    private static HvProcess unchecked(String... arguments) {
        try {
            return HvProcess.run(arguments);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Releases("trixie")
    void integrationComponentsServeTimeKeysAndShutdown(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path root = DebianGuests.root(release, temp);
        Path trace = temp.resolve("trace.txt");
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "quiet root=/dev/sda", DebianGuests.script("services.sh", temp), "--disk", root.toString(), "--at",
                "40s:sync-time", "--at", "50s:kvp-set=colour=green", "--at", "60s:kvp-get=OSName", "--at", "60s:kvp-get=colour", "--at", "70s:shutdown", "--trace",
                "vmbus=" + trace));
        DebianGuests.allOk(hv, 3);
        assertThat(hv.out()).contains("waiting for the shutdown").contains("reboot: Power down").doesNotContain("not reached");
        assertThat(hv.err()).contains("kvp colour set").contains("kvp OSName=").contains("the guest shuts down");
        assertThat(hv.status()).as(hv.err()).isZero();
        DebianGuests.clean(root);
        List<String> lines = Files.readAllLines(trace);
        assertThat(lines).anyMatch(l -> l.contains("InitiateContact version 5.3")).anyMatch(l -> l.contains("scsi0 > gpa-direct") && l.contains("WRITE(10)"))
                .anyMatch(l -> l.contains("heartbeat response")).anyMatch(l -> l.contains("OfferChannel"));
    }

    /** And with the functions that it went through, named by the table that the kernel has of itself. */
    @Releases("bookworm")
    void aPanicIsReportedWithTheGuestsOwnMessageAndItsStack(String release) throws Exception {
        Path script = Files.writeString(temp.resolve("crash.sh"), "echo c > /proc/sysrq-trigger\n");
        // the guest waits in loops on its clock: with dearer instructions there are fewer of them
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "quiet", script, "--instruction-time", "100000"));
        assertThat(hv.status()).as(hv.out() + hv.err()).isEqualTo(3);
        assertThat(hv.err()).contains("crashed").contains("sysrq triggered crash").contains("rip")
                .containsSubsequence("stack:", "panic+0x", "sysrq_handle_crash+0x", "write_sysrq_trigger+0x");
    }
}
