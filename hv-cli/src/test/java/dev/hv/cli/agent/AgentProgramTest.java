package dev.hv.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.core.machine.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program that runs in guests, on the host itself: its serial line is a Unix socket. */
@Timeout(60)
class AgentProgramTest {

    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    private Process program;
    private SocketChannel line;
    private HostAgent agent;

    @TempDir
    private Path temp;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64"), "SKIPPED: the program is for Linux on x86-64");
        Path file = temp.resolve("agent");
        try (var in = AgentProgramTest.class.getResourceAsStream("/guest/agent")) {
            Files.copy(in, file);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path socket = temp.resolve("line");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            program = new ProcessBuilder(file.toString(), "unix", socket.toString()).inheritIO().start();
            line = server.accept();
        }
        agent = new HostAgent(new ManualClock(), null, this::send);
    }

    @AfterEach
    void stop() throws IOException {
        if (program != null) {
            program.destroyForcibly();
            line.close();
        }
    }

    private void send(byte[] bytes) {
        try {
            ByteBuffer b = ByteBuffer.wrap(bytes);
            while (b.hasRemaining()) {
                line.write(b);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void until(BooleanSupplier done) throws IOException {
        while (!done.getAsBoolean()) {
            int n = line.read(buffer.clear());
            assertThat(n).as("bytes of the agent").isPositive();
            for (int i = 0; i < n; i++) {
                agent.received(buffer.get(i) & 0xFF);
            }
        }
    }

    private Heard run(GuestCommand command) throws IOException {
        var heard = new Heard();
        agent.run(command, heard);
        until(() -> heard.ends > 0);
        return heard;
    }

    @Test
    void programsRunWithWhatTheyAreGiven() throws IOException {
        byte[] much = new byte[200_000];
        new Random(1).nextBytes(much);
        Heard heard = run(new GuestCommand(List.of("sh", "-c", "cat; echo $A >&2; pwd >&2; exit 9", "x"), Map.of("A", "b c"), "/tmp", much, 0));
        assertThat(heard.output.toByteArray()).isEqualTo(much);
        assertThat(heard.error.toString()).isEqualTo("b c\n/tmp\n");
        assertThat(heard.status).isEqualTo(9);
        assertThat(run(GuestCommand.shell("kill -TERM $$", 0)).status).isEqualTo(128 + 15);
        assertThat(run(GuestCommand.shell("head -c 300000 /dev/zero", 0)).output.size()).isEqualTo(300_000);
        // a program that does not read its input
        assertThat(run(new GuestCommand(List.of("true"), Map.of(), null, much, 0)).status).isZero();
        assertThat(run(new GuestCommand(List.of("/no/program"), Map.of(), null, new byte[0], 0)).failure).isEqualTo("/no/program: no such file or directory");
        assertThat(run(new GuestCommand(List.of("true"), Map.of(), "/no/folder", new byte[0], 0)).failure).isEqualTo("/no/folder: no such file or directory");
    }

    @Test
    void timeSignalAndCancelEndTheWholeGroup() throws Exception {
        Heard late = run(GuestCommand.shell("sleep 61 & echo $!; sleep 61", Clock.SECOND / 5));
        assertThat(late.failure).contains("ran out of time");
        gone(late.text());
        var signalled = new Heard();
        GuestAgent.Request request = agent.run(GuestCommand.shell("sleep 62 & echo $!; wait", 0), signalled);
        until(() -> signalled.text().endsWith("\n"));
        request.signal(15);
        until(() -> signalled.ends > 0);
        assertThat(signalled.status).isEqualTo(128 + 15);
        gone(signalled.text());
        var cancelled = new Heard();
        GuestAgent.Request other = agent.run(GuestCommand.shell("sleep 63 & echo $!; wait", 0), cancelled);
        until(() -> cancelled.text().endsWith("\n"));
        other.cancel();
        gone(cancelled.text());
        assertThat(cancelled.ends).isZero();
    }

    private static void gone(String pid) throws InterruptedException {
        var handle = ProcessHandle.of(Long.parseLong(pid.strip()));
        for (int i = 0; i < 500 && handle.isPresent() && handle.get().isAlive(); i++) {
            Thread.sleep(10);
        }
        assertThat(handle.isPresent() && handle.get().isAlive()).as("process " + pid).isFalse();
    }

    @Test
    void filesGoBothWays() throws IOException {
        byte[] content = new byte[150_000];
        new Random(2).nextBytes(content);
        Path file = temp.resolve("a/b/file");
        var results = new AgentResult<?>[5];
        agent.put(content, file.toString(), 0750, r -> results[0] = r);
        until(() -> results[0] != null);
        assertThat(results[0].failure()).isNull();
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rwxr-x---");
        agent.get(file.toString(), r -> results[1] = r);
        agent.get(temp.toString(), r -> results[2] = r);
        agent.put(content, file.resolve("below").toString(), 0644, r -> results[3] = r);
        until(() -> results[1] != null && results[2] != null && results[3] != null);
        assertThat((byte[]) results[1].value()).isEqualTo(content);
        assertThat(results[2].failure()).isEqualTo(temp + ": is a directory");
        assertThat(results[3].failure()).contains("not a directory");
        GuestAgent.Request half = agent.put(new byte[100_000], temp.resolve("half").toString(), 0644, r -> { });
        half.cancel();
        agent.report(r -> results[4] = r);
        until(() -> results[4] != null);
        assertThat((String) results[4].value()).startsWith("version=1\nrelease=").contains("\nuptime=");
        assertThat(temp.resolve("half")).doesNotExist();
        assertThat(file.getParent().toFile().list()).containsExactly("file");
    }

    @Test
    void pathsAreWaitedForAndTheAgentQuits() throws Exception {
        var results = new AgentResult<?>[3];
        Path path = temp.resolve("comes");
        agent.await(path.toString(), Clock.SECOND / 20, r -> results[0] = r);
        until(() -> results[0] != null);
        assertThat(results[0].failure()).contains("did not come");
        agent.await(path.toString(), 30 * Clock.SECOND, r -> results[1] = r);
        assertThat(run(GuestCommand.shell("touch " + path, 0)).status).isZero();
        until(() -> results[1] != null);
        assertThat(results[1].ok()).isTrue();
        agent.quit(r -> results[2] = r);
        until(() -> results[2] != null);
        assertThat(program.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(program.exitValue()).isZero();
    }

    @Test
    void noiseOnTheLineHarmsOneRequestAtMost() throws Exception {
        until(agent::ready);
        byte[] noise = new byte[20_000];
        new Random(3).nextBytes(noise);
        send(noise);
        byte[] cut = LineFrames.frame(LineFrames.OPEN, 7, new byte[0], 0, 0);
        send(Arrays.copyOf(cut, 9));
        assertThat(run(GuestCommand.shell("echo well", 0)).text()).isEqualTo("well\n");
    }
}
