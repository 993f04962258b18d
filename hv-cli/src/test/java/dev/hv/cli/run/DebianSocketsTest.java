package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import dev.hv.cli.guest.Initrd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of Debian guests and of the host over Linux' hv_sock. */
class DebianSocketsTest {

    private static final int CHECKS = 6;

    @Releases("trixie")
    void bytesGoBothWaysWhicheverSideAsks(String release, @TempDir Path temp) throws Exception {
        bothWays(release, temp);
    }

    @Test
    @Tag("environment")
    void theNewestKernelDoesTheSame(@TempDir Path temp) throws Exception {
        bothWays("sid", temp);
    }

    private static void bothWays(String release, Path temp) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        var archive = new ByteArrayOutputStream();
        archive.write(Files.readAllBytes(guest.initrd()));
        archive.write(new Initrd().directory("etc").directory("etc/hv").file("etc/hv/vsock", true, resource("vsock")).finish());
        Path initrd = Files.write(temp.resolve("initrd.img"), archive.toByteArray());
        Path path = temp.resolve("s");
        Path recording = temp.resolve("run.hvr");
        String digest;
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX); ServerSocketChannel slow = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(temp.resolve("s_6000")));
            slow.bind(UnixDomainSocketAddress.of(temp.resolve("s_6002")));
            CompletableFuture<Boolean> host = CompletableFuture.supplyAsync(() -> {
                try {
                    echo(server);
                    return reach(path) && talks(slow);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            HvProcess hv = HvProcess.run("run", "--kernel", guest.kernel().toString(), "--initrd", initrd.toString(), "--guest-script",
                    DebianGuests.script("sockets.sh", temp).toString(), "--timeout", DebianGuests.LONGEST, "--hvsock", path.toString(), "--record", recording.toString(), "--checkpoint-every", "25M", "--digest");
            DebianGuests.allOk(hv, CHECKS);
            assertThat(hv.status()).as(hv.err()).isZero();
            assertThat(host.get(60, TimeUnit.SECONDS)).as("what the guest sent back").isTrue();
            digest = hv.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow();
        }
        assertThat(Files.exists(path)).isFalse();
        // with nobody at the other end
        HvProcess again = HvProcess.run("replay", recording.toString());
        assertThat(again.err()).contains("equal to its end").contains(digest);
        DebianGuests.allOk(again, CHECKS);
        List<Path> open = new ArrayList<>();
        try (var checkpoints = Files.list(temp.resolve("run.hvr.checkpoints"))) {
            for (Path each : checkpoints.toList()) {
                if (HvProcess.run("inspect", each.toString(), "vm/guest/worker/sockets").out().contains("lasting = true")) {
                    open.add(each);
                }
            }
        }
        assertThat(open).as("checkpoints within a connection to a program of the host").isNotEmpty();
        HvProcess part = HvProcess.run("replay", recording.toString(), "--from", open.getFirst().toString());
        assertThat(part.err()).as(open.getFirst().toString()).contains("equal to its end").contains(digest);
        // for whoever goes on from it without the recording the connection is over
        HvProcess restored = HvProcess.run("run", "--restore", open.getFirst().toString(), "--timeout", DebianGuests.LONGEST);
        assertThat(restored.out()).as(restored.err()).contains("not ok bytes that waited came");
    }

    /** Sends the guest what it does not take for long, and takes all that comes. */
    private static boolean talks(ServerSocketChannel server) throws IOException {
        try (SocketChannel c = server.accept()) {
            Thread reader = Thread.ofPlatform().start(() -> {
                try {
                    Channels.newInputStream(c).readAllBytes();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            ByteBuffer much = ByteBuffer.allocate(600_000);
            while (much.hasRemaining()) {
                c.write(much);
            }
            c.shutdownOutput();
            reader.join();
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends back to the guest what it has sent: it reads when it has sent everything. */
    private static void echo(ServerSocketChannel server) throws IOException {
        try (SocketChannel c = server.accept()) {
            ByteBuffer all = ByteBuffer.wrap(Channels.newInputStream(c).readAllBytes());
            while (all.hasRemaining()) {
                c.write(all);
            }
        }
    }

    /** Has the guest send back what this sends. */
    private static boolean reach(Path path) throws IOException {
        byte[] much = new byte[700_000];
        new Random(4).nextBytes(much);
        try (SocketChannel c = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            c.write(ByteBuffer.wrap("CONNECT 5000\n".getBytes(StandardCharsets.US_ASCII)));
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    ByteBuffer b = ByteBuffer.wrap(much);
                    while (b.hasRemaining()) {
                        c.write(b);
                    }
                    c.shutdownOutput();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            byte[] all = Channels.newInputStream(c).readAllBytes();
            writer.interrupt();
            var expected = new ByteArrayOutputStream();
            expected.writeBytes("OK 5000\n".getBytes(StandardCharsets.US_ASCII));
            expected.writeBytes(much);
            return Arrays.equals(all, expected.toByteArray());
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (var in = DebianSocketsTest.class.getResourceAsStream("/guest/" + name)) {
            return in.readAllBytes();
        }
    }
}
