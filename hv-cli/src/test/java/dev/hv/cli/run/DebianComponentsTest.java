package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Integration components with Debian's own daemons: pairs, addresses, copies of files, frozen file systems, and each component taken away and given back. */
class DebianComponentsTest {

    private static final int CYCLES = 20;
    private static final List<String> COMPONENTS = List.of("shutdown", "timesync", "heartbeat", "kvp", "vss", "fcopy");

    @TempDir
    private Path temp;

    @Test
    void pairsAddressesAndFilesGoIntoTheGuest() throws Exception {
        components("bookworm", true, 17);
    }

    @Test
    @Tag("environment")
    void newerKernelsLeaveCopiesToADaemonWithTheChannel() throws Exception {
        components("sid", true, 15);
    }

    @Test
    @Tag("environment")
    void aReleaseWithoutADaemonForCopiesHasTheRest() throws Exception {
        components("trixie", false, 9);
    }

    private void components(String release, boolean copies, int checks) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        byte[] content = new byte[10_000_000];
        new Random(4).nextBytes(content);
        Path ten = Files.write(temp.resolve("ten"), content);
        Path small = Files.writeString(temp.resolve("small"), "small\n");
        String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        Path script = DebianGuests.script("components.sh", temp);
        Files.writeString(script, "SUM=" + sum + "\n" + (copies ? "" : "NO_FCOPY=1\n") + Files.readString(script));
        List<String> more = new ArrayList<>(List.of("--net", "switch:components", "--time", "virtual"));
        at(more, "pairs", "kvp-set=greeting=guten Tag", "kvp-set=guest:colour=blau", "kvp-get=guest:colour", "kvp-get=greeting", "kvp-get=host:HostName", "kvp-list=host", "kvp-list=auto", "kvp-get=host:nothing");
        at(more, "delete", "kvp-delete=guest:colour", "kvp-delete=guest:colour");
        at(more, "address", "set-ip=0,address=10.9.8.7/24,gateway=10.9.8.1,dns=10.9.8.2", "ip=0", "ip=7");
        if (copies) {
            at(more, "copy", "copy=" + ten + ":/srv/data/ten,create-path", "copy=" + small + ":/srv/second");
            at(more, "refused", "copy=" + small + ":/srv/data/ten", "copy=" + small + ":/no/folder", "copy=" + small + ":/srv/next");
            at(more, "overwrite", "copy=" + ten + ":/srv/cancelled", "cancel-copy", "cancel-copy", "copy=" + ten + ":/small/ten", "copy=" + small + ":/srv/data/ten,overwrite", "copy=" + small + ":/srv/after");
            at(more, "again", "copy=" + small + ":/srv/again");
        }
        for (int i = 0; i < CYCLES * COMPONENTS.size(); i++) {
            String name = COMPONENTS.get(i % COMPONENTS.size());
            more.addAll(List.of("--at", (60_000 + 50 * i) + "ms:integration=" + name + ",off", "--at", (60_025 + 50 * i) + "ms:integration=" + name + ",on"));
        }
        at(more, "again", "integration=kvp,on");
        at(more, "again", "kvp-set=again=yes");
        at(more, "end", "shutdown");
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "quiet", script, more.toArray(String[]::new)));
        DebianGuests.allOk(hv, checks);
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(hv.out()).contains("reboot: Power down").doesNotContain("NOT-REACHED");
        said(hv, "kvp-get=guest:colour: kvp colour=blau", "kvp-get=greeting: kvp greeting=guten Tag", "kvp-get=host:HostName: kvp HostName=hv", "kvp-list=host: kvp 15 VirtualMachineName=guest",
                "kvp-list=host: host has 16 pairs", "kvp-list=auto: kvp 5 OSName=Linux", "kvp-list=auto: auto has 10 pairs", "kvp-get=host:nothing: kvp nothing is not there",
                "kvp-delete=guest:colour: kvp colour deleted", "kvp-delete=guest:colour: kvp colour was not deleted", "adapter 0 is configured", "ip=0: adapter 0: addresses 10.9.8.7, subnets 255.255.255.0",
                "adapter 7 is not there", "integration=kvp,on: kvp is offered already");
        assertThat(hv.err().lines().filter(l -> l.endsWith(" is taken back"))).hasSize(CYCLES * COMPONENTS.size());
        assertThat(hv.err().lines().filter(l -> l.endsWith(" is offered"))).hasSize(CYCLES * COMPONENTS.size());
        if (copies) {
            said(hv, ":/srv/data/ten,create-path: /srv/data/ten copied", "/srv/second copied", "/srv/data/ten was not copied: the guest has such a file", "/no/folder was not copied", "/srv/next copied",
                    "cancel-copy: the copy under way is given up", "/srv/cancelled was not copied: given up", "/small/ten was not copied", ":/srv/data/ten,overwrite: /srv/data/ten copied", "/srv/again copied");
        }
    }

    private static void said(HvProcess hv, String... lines) {
        assertThat(hv.err()).contains(lines);
    }

    /** A checkpoint under writes, of a guest that froze its file systems for it: e2fsck finds no journal to replay, and both the run and its copy go on. */
    @Test
    void aProductionCheckpointHasACleanFileSystem() throws Exception {
        frozen("bookworm");
    }

    @Test
    @Tag("environment")
    void soDoNewerKernels() throws Exception {
        frozen("trixie");
        frozen("sid");
    }

    private void frozen(String release) throws Exception {
        Path disk = DebianGuests.root(release, temp);
        Path checkpoint = temp.resolve("frozen-" + release);
        HvProcess hv = freeze(release, "", disk, checkpoint);
        DebianGuests.allOk(hv, 1);
        HvProcess again = HvProcess.run("run", "--restore", checkpoint.toString(), "--digest", "--timeout", DebianGuests.LONGEST);
        DebianGuests.allOk(again, 1);
        assertThat(digest(again)).as("its future is that of the run").isEqualTo(digest(hv));
        HvProcess.run("run", "--restore", checkpoint.toString(), "--keep-disk", "--max-instructions", "1");
        assertThat(DebianGuests.clean(disk)).doesNotContain("journal");
    }

    /** Both disks of a guest that writes both are as after a clean unmount. */
    @ParameterizedTest
    @Tag("environment")
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void aProductionCheckpointOfTwoDisksHasTwoCleanFileSystems(String release) throws Exception {
        Path one = DebianGuests.root(release, temp);
        Path two = Files.copy(DebianGuests.root("bookworm", Files.createDirectory(temp.resolve("other"))), temp.resolve("two.img"));
        try (var file = new RandomAccessFile(two.toFile(), "rw")) {
            // told apart by their lengths
            file.setLength(file.length() + (1 << 20));
        }
        Path checkpoint = temp.resolve("frozen");
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "quiet", DebianGuests.script("two-frozen.sh", temp), "--disk", one.toString(), "--disk", two.toString(),
                "--time", "virtual", "--digest", "--at", "console=CHECKPOINT:checkpoint=" + checkpoint + ",production"));
        DebianGuests.allOk(hv, 2);
        HvProcess again = HvProcess.run("run", "--restore", checkpoint.toString(), "--digest", "--timeout", DebianGuests.LONGEST);
        DebianGuests.allOk(again, 1);
        assertThat(digest(again)).as("its future is that of the run").isEqualTo(digest(hv));
        HvProcess.run("run", "--restore", checkpoint.toString(), "--keep-disk", "--max-instructions", "1");
        assertThat(DebianGuests.clean(one)).doesNotContain("journal");
        assertThat(DebianGuests.clean(two)).doesNotContain("journal");
    }

    private HvProcess freeze(String release, String before, Path disk, Path checkpoint) throws Exception {
        Path script = DebianGuests.script("frozen.sh", temp);
        Files.writeString(script, before + Files.readString(script));
        return HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "quiet", script, "--disk", disk.toString(), "--time", "virtual", "--digest",
                "--at", "console=CHECKPOINT:checkpoint=" + checkpoint + ",production"));
    }

    private static String digest(HvProcess hv) {
        return hv.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow();
    }

    /** The same as steps of a suite. */
    @Test
    @Tag("environment")
    void suitesCopyFilesAndReadPools() throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        Files.writeString(temp.resolve("small"), "small\n");
        Path suite = Files.writeString(temp.resolve("suite.yaml"), """
                suite: components
                machine:
                  kernel: %s
                  initrd: %s
                  append: console=ttyS0 quiet
                cases:
                  - name: copies
                    steps:
                      - {copy: small, to: /srv/a/small, refused: failed}
                      - run: hv-daemons && sleep 1
                      - {copy: small, to: /srv/a/small, refused: failed}
                      - {copy: small, to: /srv/a/small, create-path: true}
                      - {copy: small, to: /srv/a/small, refused: exists}
                      - {copy: small, to: /srv/a/small, overwrite: true}
                      - {file: /srv/a/small, content: {equals: small}}
                  - name: a copy that is not refused as it should be
                    steps:
                      - run: hv-daemons && sleep 1
                      - {copy: small, to: /tmp/small, refused: exists}
                  - name: pools
                    steps:
                      - run: hv-daemons && sleep 10
                      - {kvp: HostName, pool: host, value: {equals: hv}}
                      - {kvp: colour, pool: guest, set: blau}
                      - {kvp: colour, pool: guest, value: {equals: blau}}
                """.formatted(guest.kernel().toAbsolutePath(), guest.initrd().toAbsolutePath()));
        HvProcess hv = HvProcess.run("test", suite.toString(), "--artefacts", temp.resolve("artefacts").toString());
        assertThat(hv.out() + hv.err()).contains("2 passed, 1 failed", "/tmp/small copied");
        assertThat(hv.status()).isOne();
    }

    /** Without its daemon a guest cannot freeze anything: one line says so, nothing is written, and the guest goes on. */
    @Test
    @Tag("environment")
    void aGuestWithoutTheDaemonGivesNoProductionCheckpoint() throws Exception {
        Path disk = DebianGuests.root("bookworm", temp);
        Path checkpoint = temp.resolve("none");
        HvProcess hv = freeze("bookworm", "NO_DAEMON=1\n", disk, checkpoint);
        DebianGuests.allOk(hv, 1);
        said(hv, "checkpoint " + checkpoint + " not written: guest: the guest did not freeze its file systems (0x80004005): its daemon for that (hv_vss_daemon) does not run");
        assertThat(checkpoint).doesNotExist();
        assertThat(hv.status()).isZero();
    }

    private static void at(List<String> options, String step, String... actions) {
        for (String a : actions) {
            options.addAll(List.of("--at", "console=STEP " + step + ":" + a));
        }
    }
}
