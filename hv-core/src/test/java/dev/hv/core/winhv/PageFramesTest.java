package dev.hv.core.winhv;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.MemoryRange;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageFramesTest {

    private final PageFrames frames = new PageFrames(List.of(new MemoryRange(0x3000, 0xD000), new MemoryRange(1L << 32, 0x20_0000)));

    @Test
    void runsAreTakenFirstFitAndAligned() {
        assertThat(frames.available()).isEqualTo(13 + 512);
        assertThat(frames.take(2, 1)).isEqualTo(3);
        assertThat(frames.take(4, 4)).isEqualTo(8);
        assertThat(frames.take(3, 1)).as("the hole before the aligned run").isEqualTo(5);
        assertThat(frames.take(5, 1)).isEqualTo(0x10_0000);
        assertThat(frames.take(4, 1)).isEqualTo(12);
        assertThat(frames.take(512, 1)).isEqualTo(-1);
    }

    @Test
    void neighboursMergeWhenFreed() {
        long a = frames.take(4, 1);
        long b = frames.take(4, 1);
        long c = frames.take(5, 1);
        frames.release(a, 4);
        frames.release(c, 5);
        frames.release(b, 4);
        assertThat(frames.take(13, 1)).isEqualTo(3);
    }
}
