package dev.hv.cli.root.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.devices.firmware.E820Entry;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where a loader may put things. */
class FreeMemoryTest {

    private final FreeMemory free = new FreeMemory(List.of(new E820Entry(0, 0x9000, 1), new E820Entry(0x9000, 0x1000, 2), new E820Entry(0x1_0000, 0x1_0000, 1),
            new E820Entry(0x1_0000_0000L, 0x10_0000, 1)), 0x1_8000);

    @Test
    void onlyUsableMemoryBelowTheLimitIsFree() {
        assertThat(free.covers(0, 0x9000)).isTrue();
        assertThat(free.covers(0, 0x9001)).isFalse();
        assertThat(free.covers(0x9000, 0x9001)).isFalse();
        assertThat(free.covers(0x1_0000, 0x1_8000)).isTrue();
        assertThat(free.covers(0x1_0000, 0x1_8001)).isFalse();
        assertThat(free.covers(0x1_0000_0000L, 0x1_0000_0001L)).isFalse();
    }

    @Test
    void placesAreTheLowestAlignedOnesAndTakenOnce() {
        assertThat(free.allocate(0x10, 0x1000, 1)).isEqualTo(0x1000);
        assertThat(free.allocate(0x10, 0x1000, 0x1000)).isEqualTo(0x2000);
        assertThat(free.allocate(0x7000, 0x1000, 0)).as("not between the two, nor across what is reserved").isEqualTo(0x1_0000);
        assertThat(free.allocate(0x1000, 0x1000, 0)).isZero();
        assertThat(free.allocate(0x1000, 0x1000, 0x1_7001)).as("rounded up to the limit").isEqualTo(-1);
        assertThat(free.allocate(0x1000, 0x1000, 0x1_7000)).isEqualTo(0x1_7000);
        assertThat(free.allocate(0x8000, 0x1000, 0)).isEqualTo(-1);
    }

    @Test
    void whatIsTakenLeavesWhatLiesOnBothSides() {
        free.take(0x2000, 0x3000);
        free.take(0x8000, 0x1_1000);
        assertThat(free.covers(0x1000, 0x2000)).isTrue();
        assertThat(free.covers(0x1000, 0x2001)).isFalse();
        assertThat(free.covers(0x3000, 0x8000)).isTrue();
        assertThat(free.covers(0x1_1000, 0x1_8000)).isTrue();
        assertThat(free.covers(0x1_0FFF, 0x1_1000)).isFalse();
    }
}
