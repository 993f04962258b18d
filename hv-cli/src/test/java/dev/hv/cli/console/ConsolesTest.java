package dev.hv.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
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
        try (SocketChannel reader = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Thread late = Thread.ofPlatform().daemon().start(() -> connect(reader, socket));
            try (HostConsole console = Consoles.open("socket:" + socket, false, 60_000_000_000L)) {
                late.join();
                console.output().write('x');
                var got = ByteBuffer.allocate(1);
                assertThat(reader.read(got)).isEqualTo(1);
                assertThat(got.get(0)).isEqualTo((byte) 'x');
            }
        }
    }

    private static void connect(SocketChannel reader, Path socket) {
        boolean connected = false;
        while (!connected) {
            try {
                connected = reader.connect(UnixDomainSocketAddress.of(socket));
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
