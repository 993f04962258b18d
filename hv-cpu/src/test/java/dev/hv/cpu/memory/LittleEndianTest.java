package dev.hv.cpu.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@link LittleEndian} against the platform's own {@link ByteBuffer}. */
class LittleEndianTest {

    private final Random random = new Random(1);
    private final byte[] bytes = new byte[24];
    private final ByteBuffer same = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

    @Test
    void readsAsThePlatformDoes() {
        for (int round = 0; round < 1000; round++) {
            random.nextBytes(bytes);
            int at = random.nextInt(16);
            assertThat(LittleEndian.u16(bytes, at)).isEqualTo(same.getShort(at) & 0xFFFF);
            assertThat(LittleEndian.u32(bytes, at)).isEqualTo(same.getInt(at));
            assertThat(LittleEndian.u64(bytes, at)).isEqualTo(same.getLong(at));
            for (int size = 0; size <= 8; size++) {
                assertThat(LittleEndian.get(bytes, at, size)).isEqualTo(size == 0 ? 0 : same.getLong(at) & -1L >>> 64 - 8 * size);
            }
        }
    }

    @Test
    void writesAsThePlatformDoesAndNothingBeside() {
        for (int round = 0; round < 1000; round++) {
            random.nextBytes(bytes);
            byte[] copy = bytes.clone();
            ByteBuffer expected = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
            int at = random.nextInt(16);
            long value = random.nextLong();
            int size = random.nextInt(9);
            switch (round % 4) {
                case 0 -> {
                    LittleEndian.put16(bytes, at, (int) value);
                    expected.putShort(at, (short) value);
                }
                case 1 -> {
                    LittleEndian.put32(bytes, at, (int) value);
                    expected.putInt(at, (int) value);
                }
                case 2 -> {
                    LittleEndian.put64(bytes, at, value);
                    expected.putLong(at, value);
                }
                default -> {
                    LittleEndian.put(bytes, at, size, value);
                    long kept = size == 8 ? 0 : expected.getLong(at) & -1L << 8 * size;
                    expected.putLong(at, kept | (size == 0 ? 0 : value & -1L >>> 64 - 8 * size));
                }
            }
            assertThat(bytes).isEqualTo(copy);
        }
    }
}
