package dev.hv.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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
        try (HostConsole console = Consoles.open("file:" + file, false)) {
            console.output().write(new byte[] {'o', 'k', (byte) 0xFF});
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(new byte[] {'o', 'k', (byte) 0xFF});
        assertThatIOException().isThrownBy(() -> Consoles.open("file:" + temp, false));
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
}
