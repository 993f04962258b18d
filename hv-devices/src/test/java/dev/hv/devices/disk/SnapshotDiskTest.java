package dev.hv.devices.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SnapshotDiskTest {

    private static final int SECTOR = 512;
    /** No whole number of the layer's blocks. */
    private static final int SIZE = 50 * 4096 + 3 * SECTOR;

    private final byte[] original = random(SIZE, 1);
    private final byte[] below = original.clone();
    private final byte[] above = new byte[SIZE];
    private final SnapshotDisk disk = new SnapshotDisk(new MemoryDisk(below, SECTOR, true), new MemoryDisk(above, SECTOR, false));

    private static byte[] random(int length, long seed) {
        byte[] b = new byte[length];
        new Random(seed).nextBytes(b);
        return b;
    }

    private byte[] all() {
        byte[] b = new byte[SIZE];
        assertThat(disk.read(0, b, 0, SIZE)).isEqualTo(DiskStatus.OK);
        return b;
    }

    @Test
    void showsTheBaseUntilSomethingIsWritten() {
        assertThat(all()).isEqualTo(original);
        assertThat(disk.changedBytes()).isZero();
        assertThat(disk.size()).isEqualTo(SIZE);
        assertThat(disk.readOnly()).isFalse();
    }

    /** Against an array, with operations at random places; the base must never change. */
    @Test
    void behavesLikeADiskOfItsOwn() {
        byte[] model = original.clone();
        var random = new Random(2);
        var blocks = new TreeSet<Integer>();
        for (int i = 0; i < 2000; i++) {
            int first = random.nextInt(SIZE / SECTOR);
            int count = 1 + random.nextInt(Math.min(40, SIZE / SECTOR - first));
            int at = first * SECTOR;
            int length = count * SECTOR;
            switch (random.nextInt(i < 20 ? 2 : 6)) {
                case 0 -> {
                    byte[] data = random(length, i);
                    assertThat(disk.write(at, data, 0, length)).isEqualTo(DiskStatus.OK);
                    System.arraycopy(data, 0, model, at, length);
                }
                case 1 -> {
                    assertThat(i % 2 == 0 ? disk.zero(at, length) : disk.discard(at, length)).isEqualTo(DiskStatus.OK);
                    Arrays.fill(model, at, at + length, (byte) 0);
                }
                default -> {
                    byte[] b = new byte[length + 7];
                    assertThat(disk.read(at, b, 7, length)).isEqualTo(DiskStatus.OK);
                    assertThat(Arrays.copyOfRange(b, 7, length + 7)).as("operation " + i).isEqualTo(Arrays.copyOfRange(model, at, at + length));
                    continue;
                }
            }
            for (int b = at / 4096; b * 4096 < at + length; b++) {
                blocks.add(b);
            }
            assertThat(disk.changedBytes()).isEqualTo(blocks.size() * 4096L);
        }
        assertThat(all()).isEqualTo(model);
        assertThat(below).isEqualTo(original);
    }

    @Test
    void aBlockWhoseRestCannotBeReadIsNotChanged() {
        var failing = new SnapshotDisk(new MemoryDisk(below, SECTOR, true) {
            @Override
            public DiskStatus read(long offset, byte[] to, int at, int length) {
                return offset < 4096 ? DiskStatus.IO_ERROR : super.read(offset, to, at, length);
            }
        }, new MemoryDisk(above, SECTOR, false));
        assertThat(failing.write(SECTOR, new byte[SECTOR], 0, SECTOR)).isEqualTo(DiskStatus.IO_ERROR);
        assertThat(failing.changedBytes()).isZero();
        assertThat(failing.write(0, new byte[4096], 0, 4096)).as("a whole block needs nothing of the base").isEqualTo(DiskStatus.OK);
        assertThat(failing.read(0, new byte[4096], 0, 4096)).isEqualTo(DiskStatus.OK);
    }

    @Test
    void aFullHostIsSaid() {
        var full = new SnapshotDisk(new MemoryDisk(below, SECTOR, true), new MemoryDisk(above, SECTOR, false) {
            @Override
            public DiskStatus write(long offset, byte[] from, int at, int length) {
                return DiskStatus.NO_SPACE;
            }
        });
        assertThat(full.write(0, new byte[4096], 0, 4096)).isEqualTo(DiskStatus.NO_SPACE);
        byte[] b = new byte[4096];
        assertThat(full.read(0, b, 0, 4096)).isEqualTo(DiskStatus.OK);
        assertThat(b).isEqualTo(Arrays.copyOf(original, 4096));
    }

    @Test
    void aLayerOfAnotherSizeIsNone() {
        assertThatThrownBy(() -> new SnapshotDisk(new MemoryDisk(below, SECTOR, true), new MemoryDisk(new byte[4096], SECTOR, false)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSharedDiskIsOpenUntilItsLastUserHasClosedIt() {
        var closed = new boolean[1];
        var shared = new SharedDisk(new MemoryDisk(below, SECTOR, true) {
            @Override
            public void close() {
                closed[0] = true;
            }
        });
        Disk one = shared.handle();
        Disk two = shared.handle();
        one.close();
        one.close();
        assertThat(closed[0]).isFalse();
        assertThat(one.read(0, new byte[SECTOR], 0, SECTOR)).isEqualTo(DiskStatus.IO_ERROR);
        byte[] b = new byte[SECTOR];
        assertThat(two.read(SECTOR, b, 0, SECTOR)).isEqualTo(DiskStatus.OK);
        assertThat(b).isEqualTo(Arrays.copyOfRange(original, SECTOR, 2 * SECTOR));
        assertThat(two.write(0, b, 0, SECTOR)).isEqualTo(DiskStatus.READ_ONLY);
        two.close();
        assertThat(closed[0]).isTrue();
        assertThat(shared.closed()).isTrue();
        assertThatThrownBy(() -> new SharedDisk(new MemoryDisk(above, SECTOR, false))).isInstanceOf(IllegalArgumentException.class);
    }
}
