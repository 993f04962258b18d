package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.GuestFolder;
import dev.hv.cli.guest.Initrd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Debian sid's QEMU, as its package has it, in a parent with /dev/mshv, on the disk of "hv guest debian-parent": it boots Debian 6.1. */
@Tag("environment")
class ParentQemuTest {

    /** 2 MiB of "h", then as much of "v". */
    private static final int HALF = 2 << 20;

    @TempDir
    private Path temp;

    private static GuestFolder parent() throws Exception {
        GuestFolder parent = DebianGuests.parent();
        assumeTrue(parent != null, "SKIPPED: no kernel with /dev/mshv here; HV_LINUX_PARENT names one");
        return parent;
    }

    private static String[] run(GuestFolder parent, String kind, String... more) throws Exception {
        String[] all = {"run", "--parent", kind, "--memory", "1G", "--kernel", parent.kernel().toString(), "--initrd", parent.initrd().toString(), "--disk",
            DebianGuests.parentDisk() + ",snapshot" + (kind.equals("root") ? ",bus=nvme" : ""), "--timeout", "40m"};
        String[] both = Arrays.copyOf(all, all.length + more.length);
        System.arraycopy(more, 0, both, all.length, more.length);
        return both;
    }

    /** The one command of docs/parent.md. */
    @Test
    void oneCommandEndsWithTheNestedGuestsReady() throws Exception {
        HvProcess hv = HvProcess.run(run(parent(), "l1vh", "--cpus", "2", "--exec", "nested-boot -smp 2"));
        assertThat(hv.out()).as(hv.err()).contains("HV-GUEST-READY");
        assertThat(hv.status()).isZero();
    }

    /** Taken while the nested guest boots, by what it prints itself: its parent's kernel is quiet. The output is the script's, on the console: an agent's command ends with the run that made it. */
    @ParameterizedTest
    @CsvSource({"l1vh,intel", "l1vh,amd", "root,intel"})
    void aCheckpointWhileTheNestedGuestBootsHasTheSameFuture(String kind, String cpu) throws Exception {
        Path folder = temp.resolve("checkpoint");
        Path script = Files.writeString(temp.resolve("script.sh"), "nested-boot -smp 2 -append console=ttyS0\n");
        HvProcess first = HvProcess.run(run(parent(), kind, "--cpu", cpu, "--cpus", "2", "--append", "console=ttyS0 quiet", "--guest-script", script.toString(), "--digest", "--at",
                "console=Run /init as init process:checkpoint=" + folder));
        HvProcess second = HvProcess.run("run", "--restore", folder.toString(), "--timeout", "40m", "--digest");
        assertThat(second.out()).as(second.err()).contains("HV-GUEST-READY", "HV-GUEST-STATUS 0");
        assertThat(first.out()).as(first.err()).contains("Run /init as init process").endsWith(second.out());
        assertThat(second.err().lines().filter(l -> l.startsWith("digest ")).toList()).isEqualTo(first.err().lines().filter(l -> l.startsWith("digest ")).toList()).hasSize(1);
        // an action is part of the state: a run that has one more has another digest
        HvProcess third = HvProcess.run("run", "--restore", folder.toString(), "--timeout", "40m", "--at", "console=HV-GUEST-READY:inspect=/vm/guest/partition/state-name",
                "--at", "console=e:inspect=/vm", "--at", "console=es:dump=" + temp.resolve("core"));
        assertThat(third.out()).isEqualTo(second.out());
        assertThat(third.err()).as("an action of the restored run's own").contains("vm/guest/partition/state-name = ACTIVE");
    }

    @Test
    void whatIsMissingIsSaid() throws Exception {
        GuestFolder parent = parent();
        for (String command : new String[] {"mshv-check", "nested-boot"}) {
            HvProcess hv = HvProcess.run("run", "--kernel", parent.kernel().toString(), "--initrd", parent.initrd().toString(), "--exec", command + " 2>&1");
            assertThat(hv.out()).as(hv.err()).contains("there is no /dev/mshv: this kernel lacks CONFIG_MSHV_ROOT, or hv run was not told --parent l1vh or --parent root");
            assertThat(hv.status()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"l1vh,core,intel,1", "l1vh,core,intel,2", "l1vh,core,amd,1", "l1vh,core,amd,2", "l1vh,root,intel,2", "root,root,intel,1", "root,root,intel,2", "root,root,amd,2", "root,core,amd,1"})
    void theNestedGuestHasProcessorsDiskAndNetwork(String kind, String scheduler, String cpu, String processors) throws Exception {
        Path guests = Path.of("src", "test", "guests", "parent");
        Path script = Files.write(temp.resolve("more.img"), Initrd.withScript(new byte[0], Files.readAllBytes(guests.resolve("nested.sh"))));
        HvProcess hv = HvProcess.run(run(parent(), kind, "--scheduler", scheduler, "--cpu", cpu, "--cpus", processors, "--put", script + ":/root/more.img", "--put", guests.resolve("qemu.sh") + ":/root/qemu.sh",
                "--exec", "sh /root/qemu.sh " + processors + " /root/more.img"));
        assertThat(hv.out()).as(hv.err()).contains("HV-GUEST-READY", "NESTED-PROCESSORS " + processors, "NESTED-READ 0 of " + HALF, "NESTED-WRITTEN", "NESTED-PING 2 packets transmitted, 2 packets received",
                "QEMU-STATUS 0", "PARENT-SUM " + sum());
        assertThat(hv.status()).isZero();
    }

    /** What the disk has in the end. */
    private static String sum() throws Exception {
        byte[] all = new byte[2 * HALF];
        Arrays.fill(all, 0, HALF, (byte) 'h');
        Arrays.fill(all, HALF, all.length, (byte) 'v');
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(all));
    }
}
