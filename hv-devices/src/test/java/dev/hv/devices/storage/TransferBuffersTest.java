package dev.hv.devices.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TransferBuffersTest {

    private static final int LONG = 256 << 10;

    private final TransferBuffers buffers = new TransferBuffers();

    @Test
    void longOnesAreUsedAgainWhereTheyAreLongEnough() {
        byte[] first = buffers.take(LONG);
        buffers.give(first);
        assertThat(buffers.take(LONG / 2)).isSameAs(first);
        assertThat(buffers.take(LONG)).isNotSameAs(first).hasSize(LONG);
        buffers.give(first);
        assertThat(buffers.take(LONG + 1)).isNotSameAs(first).hasSize(LONG + 1);
        byte[] small = buffers.take(512);
        buffers.give(small);
        assertThat(buffers.take(512)).isNotSameAs(small);
    }

    @Test
    void noMoreAreKeptThanAGuestHasUnderWay() {
        byte[][] all = new byte[100][];
        Arrays.setAll(all, i -> buffers.take(LONG));
        for (byte[] b : all) {
            buffers.give(b);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(isOneOf(all, buffers.take(LONG))).isTrue();
        }
        assertThat(isOneOf(all, buffers.take(LONG))).isFalse();
    }

    private static boolean isOneOf(byte[][] all, byte[] one) {
        return Arrays.stream(all).anyMatch(b -> b == one);
    }

    @Test
    void aCommandHasItsOwnUntilItEnds() {
        ScsiCommand[] commands = new ScsiCommand[2];
        Arrays.setAll(commands, i -> {
            var c = new ScsiCommand();
            c.begin(new byte[6], 0, 6, ScsiCommand.Direction.NONE, null, 0);
            c.borrow(buffers, false);
            return c;
        });
        byte[] first = commands[0].buffer(LONG);
        assertThat(commands[0].buffer(LONG)).isSameAs(first);
        assertThat(commands[1].buffer(LONG)).isNotSameAs(first);
        commands[0].finish();
        assertThat(buffers.take(LONG)).isSameAs(first);
        // ended twice, as one that failed at once and was finished by its queue
        commands[0].finish();
        assertThat(buffers.take(LONG)).isNotSameAs(first);
    }
}
