package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** FERR#, IGNNE# and port 0xF0 (SDM vol. 1, appendix D). */
class CoprocessorErrorTest {

    private final FakeLine line = new FakeLine();
    private final CoprocessorError device = new CoprocessorError(line);

    @Test
    void anErrorInterruptsOnce() {
        assertThat(device.raise(0)).isFalse();
        assertThat(device.raise(0)).as("again, as after an interrupt from elsewhere").isFalse();
        assertThat(line.edges).isEqualTo(1);
        assertThat(line.high).isTrue();
    }

    @Test
    void theHandlersWriteLetsTheErrorBeIgnoredUntilItIsGone() {
        device.raise(0);
        device.writeByte(0xF0, 0);
        assertThat(line.high).isFalse();
        assertThat(device.raise(0)).isTrue();
        assertThat(line.edges).isEqualTo(1);
        device.lower(0);
        assertThat(device.raise(0)).as("the next error").isFalse();
        assertThat(line.edges).isEqualTo(2);
    }

    @Test
    void aWriteWithoutAnErrorChangesNothing() {
        device.writeByte(0xF0, 0);
        assertThat(device.raise(0)).isFalse();
        assertThat(line.high).isTrue();
    }

    @Test
    void theLineIsSharedByProcessors() {
        device.raise(0);
        device.raise(3);
        device.lower(0);
        assertThat(line.high).isTrue();
        device.lower(3);
        assertThat(line.high).isFalse();
    }
}
