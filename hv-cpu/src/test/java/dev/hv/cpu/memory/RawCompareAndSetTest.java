package dev.hv.cpu.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawCompareAndSetTest {

    private final long allocation = Raw.allocate(32);
    private final long at = allocation + 15 & -16;

    @AfterEach
    void free() {
        Raw.free(allocation);
    }

    @ParameterizedTest
    @CsvSource({"0,1", "7,1", "3,2", "6,2", "1,4", "4,4", "0,8"})
    void replacesJustTheBytesOfTheOperandWhereverTheyLie(int offset, int size) {
        Raw.put64(at, 0x8877_6655_4433_2211L);
        long mask = -1L >>> 64 - 8 * size;
        long held = 0x8877_6655_4433_2211L >>> 8 * offset & mask;
        assertThat(Raw.compareAndSet(at + offset, size, held ^ 1, 0)).isFalse();
        assertThat(Raw.get64(at)).isEqualTo(0x8877_6655_4433_2211L);
        assertThat(Raw.compareAndSet(at + offset, size, held, 0x0102_0304_0506_0708L & mask)).isTrue();
        long expected = 0x8877_6655_4433_2211L & ~(mask << 8 * offset) | (0x0102_0304_0506_0708L & mask) << 8 * offset;
        assertThat(Raw.get64(at)).isEqualTo(expected);
    }

    @Test
    void sixteenBytesAreReplacedOnlyIfBothHalvesAreAsExpected() {
        assumeThat(Raw.hasCompareAndSet128()).as("Linux on x86-64 that allows it").isTrue();
        Raw.put64(at, -2);
        Raw.put64(at + 8, 0x1122_3344_5566_7788L);
        assertThat(Raw.compareAndSet128(at, -3, 0x1122_3344_5566_7788L, 5, 6)).isFalse();
        assertThat(Raw.compareAndSet128(at, -2, 0x1122_3344_5566_7789L, 5, 6)).isFalse();
        assertThat(Raw.get64(at)).isEqualTo(-2);
        assertThat(Raw.get64(at + 8)).isEqualTo(0x1122_3344_5566_7788L);
        assertThat(Raw.compareAndSet128(at, -2, 0x1122_3344_5566_7788L, Long.MIN_VALUE, 7)).isTrue();
        assertThat(Raw.get64(at)).isEqualTo(Long.MIN_VALUE);
        assertThat(Raw.get64(at + 8)).isEqualTo(7);
    }

    @Test
    void sixteenBytesAreSeenWholeByOtherThreads() throws InterruptedException {
        assumeThat(Raw.hasCompareAndSet128()).as("Linux on x86-64 that allows it").isTrue();
        Raw.put64(at, 0);
        Raw.put64(at + 8, 0);
        Thread writer = Thread.ofPlatform().start(() -> {
            for (long i = 0; i < 100_000; i++) {
                assertThat(Raw.compareAndSet128(at, i, i, i + 1, i + 1)).isTrue();
            }
        });
        long torn = 0;
        while (writer.isAlive()) {
            long low = Raw.get64(at);
            Raw.loadFence();
            torn += Raw.get64(at + 8) < low ? 1 : 0;
            Raw.loadFence();
        }
        writer.join();
        assertThat(torn).isZero();
        assertThat(Raw.get64(at + 8)).isEqualTo(100_000);
    }

    @Test
    void neighboursInOneWordLoseNothing() throws InterruptedException {
        Raw.put64(at, 0);
        Thread[] threads = new Thread[2];
        for (int t = 0; t < 2; t++) {
            long mine = at + t;
            threads[t] = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 10_000; i++) {
                    long old = Raw.get8(mine) & 0xFF;
                    assertThat(Raw.compareAndSet(mine, 1, old, old + 1 & 0xFF)).isTrue();
                }
            });
        }
        for (Thread t : threads) {
            t.join();
        }
        assertThat(Raw.get16(at) & 0xFFFF).isEqualTo((10_000 & 0xFF) * 0x101);
    }
}
