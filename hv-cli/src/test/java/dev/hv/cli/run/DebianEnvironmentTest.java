package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import dev.hv.cli.guest.Initrd;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian and what surrounds it: devices that come and go, cables, interrupts, a host's records, crashes, the host's network. */
@Tag("environment")
class DebianEnvironmentTest {

    @TempDir
    private Path temp;

    static boolean passt() {
        return HostProgram.there("passt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void whatTheHostDoesReachesTheGuest(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 4);
        byte[] contents = new byte[4 << 20];
        Arrays.fill(contents, (byte) 'x');
        System.arraycopy("above".getBytes(StandardCharsets.US_ASCII), 0, contents, 2 << 20, 5);
        Path kept = Files.write(temp.resolve("kept.img"), contents);
        Path stats = temp.resolve("stats.json");
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "", DebianGuests.script("environment.sh", temp), "--disk", disk.toString(), "--disk",
                kept + ",snapshot", "--time", "virtual", "--net", "switch:environment", "--net", "switch:environment,mac-spoofing=off", "--stats", stats.toString(),
                "--at", "40s:kvp-set=colour=green", "--at", "44s:kvp-delete=colour", "--at", "48s:nmi", "--at", "52s:sysrq=h", "--at", "56s:link=down,0",
                "--at", "60s:link=up", "--at", "64s:add-net=switch:environment", "--at", "68s:remove-net=2", "--at", "72s:pause", "--at", "92s:resume",
                "--at", "96s:remove-disk=0", "--at", "100s:add-disk=" + disk, "--at", "115s:reset", "--no-reboot"));
        DebianGuests.allOk(hv, 24);
        assertThat(hv.out()).contains("WAITING").doesNotContain("NOT-REACHED");
        assertThat(hv.err()).contains("kvp colour set", "kvp colour deleted", "adapter 2 added", "adapter 2 removed", "paused", "resumed", "disk 0 removed",
                "disk 2 added", "reset itself");
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(Files.readAllBytes(kept)).as("a snapshot's base").isEqualTo(contents);
        assertThat(Files.readString(stats)).contains("\"snapshotBytes\" : 1048576");
    }

    @ParameterizedTest
    @ValueSource(strings = {"4", "5"})
    void storageHasAChannelForFourProcessors(String processors) throws Exception {
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest("bookworm"), "quiet", DebianGuests.script("channels.sh", temp), "--cpus", processors,
                "--disk", DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 1).toString()));
        DebianGuests.allOk(hv, 2);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void theHostMakesADiskLongerAndAnotherShorter(String release) throws Exception {
        Path grows = DebianGuests.disk(temp.resolve("grows.img"), "", 64);
        Path shrinks = DebianGuests.disk(temp.resolve("shrinks.img"), "", 64);
        HvProcess hv = HvProcess.runAnd("HOST-NOW", () -> {
            try (var cut = new RandomAccessFile(shrinks.toFile(), "rw"); var longer = new RandomAccessFile(grows.toFile(), "rw")) {
                cut.setLength(1 << 20);
                longer.setLength(128 << 20);
            }
        }, DebianGuests.options(DebianGuests.guest(release), "", DebianGuests.script("resize.sh", temp), "--disk", grows.toString(), "--disk", shrinks.toString()));
        DebianGuests.allOk(hv, 10);
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(Files.size(shrinks)).as("what the guest may not make longer again").isEqualTo(1 << 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void aGuestThatCrashesGoesOnIntoItsDumpKernel(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        byte[] kernel = Files.readAllBytes(guest.kernel());
        Path onDisk = Files.write(temp.resolve("kernel.img"), Arrays.copyOf(kernel, kernel.length + 511 & ~511));
        byte[] tools = new Initrd().directory("etc").directory("etc/hv").file("etc/hv/kexec", true, resource("kexec"))
                .file("etc/hv/checks.sh", false, resource("checks.sh")).finish();
        Path initrd = Files.write(temp.resolve("initrd.img"), concat(Files.readAllBytes(guest.initrd()), tools));
        HvProcess hv = HvProcess.run("run", "--kernel", guest.kernel().toString(), "--initrd", initrd.toString(), "--append", "console=ttyS0 crashkernel=192M",
                "--memory", "640M", "--timeout", DebianGuests.LONGEST, "--guest-script", DebianGuests.script("dump.sh", temp).toString(), "--disk",
                DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 1).toString(), "--disk", onDisk + ",ro", "--disk", guest.initrd() + ",ro", "--net",
                "switch:dump", "--time", "virtual");
        DebianGuests.allOk(hv, 7);
        assertThat(hv.out()).contains("HV-GUEST-STATUS 0").contains("reboot: Power down");
        assertThat(hv.err()).contains("the guest reports a crash").contains("the guest crashed").contains("sysrq_handle_crash").contains("RIP");
        assertThat(hv.status()).as(hv.err()).isEqualTo(3);
    }

    private static byte[] resource(String name) throws Exception {
        try (var in = DebianEnvironmentTest.class.getResourceAsStream("/guest/" + name)) {
            return in.readAllBytes();
        }
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void aGuestThatCrashesWithoutOneIsOver(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "quiet", DebianGuests.script("crash.sh", temp), "--cpus", "2"));
        assertThat(hv.err()).contains("the guest reports a crash").contains("the guest crashed").contains("sysrq triggered crash");
        assertThat(hv.status()).as(hv.err()).isEqualTo(3);
        HvProcess restarting = HvProcess.run(DebianGuests.options(guest, "quiet panic=1", DebianGuests.script("crash.sh", temp), "--no-reboot"));
        assertThat(restarting.err()).contains("the guest crashed").contains("sysrq triggered crash");
        assertThat(restarting.status()).as(restarting.err()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void aLeaseComesWithTheCable(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path lab = Files.writeString(temp.resolve("lab.yaml"), """
                defaults:
                  kernel: %s
                  initrd: %s
                  append: console=ttyS0 quiet
                  memory: 128M
                  nets: [switch:lab]
                machines:
                  - {name: a, guest-script: %s}
                  - {name: b, guest-script: %s, at: ['1s:link=down', '120s:link=up']}
                """.formatted(guest.kernel().toAbsolutePath(), guest.initrd().toAbsolutePath(), DebianGuests.script("dhcp-server.sh", temp),
                DebianGuests.script("dhcp-client.sh", temp)));
        HvProcess hv = HvProcess.run("run", lab.toString(), "--timeout", DebianGuests.LONGEST);
        DebianGuests.allOk(hv, 8);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @Test
    @EnabledIf("passt")
    void theHostsNetworkIsReachedAndReachesIn() throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        int in;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            in = free.getLocalPort();
        }
        String name = resolvable("deb.debian.org") ? "deb.debian.org" : "";
        try (var server = new ServerSocket(0, 4, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> serve(server));
            var said = new StringBuilder();
            HvProcess hv = HvProcess.runAnd("SERVING", () -> said.append(ask(in)), DebianGuests.options(guest, "quiet port=" + server.getLocalPort() + " name=" + name,
                    DebianGuests.script("user-net.sh", temp), "--net", "user,forward=tcp:" + in + ":22"));
            DebianGuests.allOk(hv, name.isEmpty() ? 8 : 9);
            assertThat(said.toString()).isEqualTo("hello host");
            assertThat(hv.status()).as(hv.err()).isZero();
        }
    }

    private static boolean resolvable(String name) {
        try {
            return InetAddress.getByName(name) != null;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static void serve(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket s = server.accept()) {
                s.getOutputStream().write("hello guest\n".getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // the test is over
                return;
            }
        }
    }

    /** What the guest sends to who connects and speaks first. */
    private static String ask(int port) throws Exception {
        for (int i = 0; i < 300; i++) {
            try (var s = new Socket()) {
                s.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 20_000);
                s.setSoTimeout(60_000);
                s.getOutputStream().write("hello server\n".getBytes(StandardCharsets.US_ASCII));
                // a line, and then this end closes first
                String said = new BufferedReader(new InputStreamReader(s.getInputStream(), StandardCharsets.US_ASCII)).readLine();
                if (said != null) {
                    return said;
                }
            } catch (IOException e) {
                // not yet
            }
            Thread.sleep(200);
        }
        return "nothing";
    }
}
