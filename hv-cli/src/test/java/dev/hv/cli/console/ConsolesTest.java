package dev.hv.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsolesTest {

    @TempDir
    private Path temp;

    @Test
    void aFileTakesTheOutput() throws Exception {
        Path file = temp.resolve("log");
        try (HostConsole console = Consoles.open("file:" + file, false, Long.MAX_VALUE)) {
            console.output().write(new byte[] {'o', 'k', (byte) 0xFF});
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(new byte[] {'o', 'k', (byte) 0xFF});
        assertThatIOException().isThrownBy(() -> Consoles.open("file:" + temp, false, Long.MAX_VALUE));
    }

    @Test
    void everyByteOfTheInputIsTypedAndNoneIsACommand() throws Exception {
        BlockingQueue<Integer> typed = new LinkedBlockingQueue<>();
        var left = new AtomicInteger();
        var released = new AtomicInteger();
        var input = new ByteArrayInputStream(new byte[] {1, 'x', (byte) 0x80});
        try (HostConsole console = HostConsole.of(new ByteArrayOutputStream(), input, released::incrementAndGet)) {
            console.start(new HostConsole.Input() {
                @Override
                public void typed(int value) {
                    typed.add(value);
                }

                @Override
                public void leave() {
                    left.incrementAndGet();
                }
            });
            assertThat(typed.poll(10, TimeUnit.SECONDS)).isEqualTo(1);
            assertThat(typed.poll(10, TimeUnit.SECONDS)).isEqualTo('x');
            assertThat(typed.poll(10, TimeUnit.SECONDS)).isEqualTo(0x80);
        }
        assertThat(left).hasValue(0);
        assertThat(released).hasValue(1);
    }

    @Test
    void aSocketWaitsForItsReaderOnlySoLong() throws Exception {
        Path socket = temp.resolve("serial");
        assertThatThrownBy(() -> Consoles.open("socket:" + socket, false, 50_000_000)).isInstanceOf(SocketTimeoutException.class).hasMessageContaining(socket.toString());
        assertThat(socket).as("nothing is left in the way of the next run").doesNotExist();
        var reader = new CompletableFuture<SocketChannel>();
        Thread late = Thread.ofPlatform().daemon().start(() -> reader.complete(connected(socket)));
        try (HostConsole console = Consoles.open("socket:" + socket, false, 60_000_000_000L); SocketChannel connection = reader.get(60, TimeUnit.SECONDS)) {
            console.output().write('x');
            var got = ByteBuffer.allocate(1);
            assertThat(connection.read(got)).isEqualTo(1);
            assertThat(got.get(0)).isEqualTo((byte) 'x');
        }
        late.join();
    }

    /** A connection to a socket that may not be there yet; a channel that once failed to connect is closed, so every attempt has its own. */
    private static SocketChannel connected(Path socket) {
        while (true) {
            try {
                return SocketChannel.open(UnixDomainSocketAddress.of(socket));
            } catch (IOException e) {
                // not there yet
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void aPipeWithoutAReaderIsOpenedAtOnce() throws Exception {
        Path pipe = temp.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        try (HostConsole console = Consoles.open("file:" + pipe, false, Long.MAX_VALUE)) {
            console.output().write('x');
        }
    }
}
