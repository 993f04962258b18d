package dev.hv.core.machine.vtd;

import static dev.hv.core.machine.vtd.VtdRig.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.iommu.Iommu;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device's addresses become, by tables that software made in memory. */
class DmaRemappingTest {

    @Test
    void nothingIsTranslatedBeforeItIsTurnedOn() {
        var rig = new VtdRig();
        assertThat(rig.read(DEVICE, 0x1234)).isEqualTo(0x1234);
        rig.translating();
        assertThat(rig.read(DEVICE, 0x1234)).isEqualTo(Iommu.REFUSED);
        rig.set(0x18, 0);
        assertThat(rig.get(0x1C)).isEqualTo(1 << 30);
        assertThat(rig.read(DEVICE, 0x1234)).isEqualTo(0x1234);
    }

    @ParameterizedTest
    @CsvSource({"3,1", "3,2", "3,3", "4,1", "4,2", "4,3", "5,1", "5,2", "5,3"})
    void tablesOfEachDepthAndPagesOfEachSizeLeadToMemory(int levels, int leafLevel) {
        var rig = new VtdRig().translating();
        long root = rig.table();
        long top = (1L << 12 + 9 * levels) - 1;
        long size = 1L << 12 + 9 * (leafLevel - 1);
        long address = top & -size;
        long physical = 3L << 30;
        rig.map(root, levels, address, leafLevel, physical | (leafLevel > 1 ? 0x83 : 3));
        rig.domain(DEVICE, 7, levels, root);
        assertThat(rig.read(DEVICE, address + 0x123)).isEqualTo(physical + 0x123);
        assertThat(rig.write(DEVICE, address + size - 1)).isEqualTo(physical + size - 1);
        assertThat(rig.read(DEVICE, address - 1)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE, top + 1)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.reason(0)).isEqualTo(6);
        assertThat(rig.reason(1)).isEqualTo(4);
    }

    @Test
    void aUnitOfFourLevelsSaysSoAndTakesNoFive() {
        var rig = new VtdRig(4).translating();
        assertThat(rig.get64(0x08) >>> 8 & 0x1F).isEqualTo(0b00110);
        assertThat(rig.get64(0x08) >>> 16 & 0x3F).isEqualTo(47);
        rig.domain(DEVICE, 7, 5, rig.table());
        assertThat(rig.read(DEVICE, 0)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.reason(0)).isEqualTo(3);
    }

    @Test
    void passThroughLeavesAddressesAsTheyAre() {
        var rig = new VtdRig().translating();
        rig.context(DEVICE, 2 << 2 | 1, 7 << 8 | 2);
        assertThat(rig.write(DEVICE, 0x5678)).isEqualTo(0x5678);
        assertThat(rig.write(DEVICE, 1L << 48)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.reason(0)).isEqualTo(4);
    }

    @Test
    void aTransferAcrossPagesGoesToEachOfThem() {
        var rig = new VtdRig().translating();
        long root = rig.table();
        rig.map(root, 4, 0x7000, 1, 0x20_0000 | 3);
        rig.map(root, 4, 0x8000, 1, 0x10_0000 | 3);
        rig.map(root, 4, 0x9000, 1, 0x18_0000 | 1);
        rig.domain(DEVICE, 1, 4, root);
        byte[] data = new byte[0x1100];
        new Random(1).nextBytes(data);
        assertThat(rig.view(DEVICE).write(0x7F80, data, 0, 0x1080)).isTrue();
        byte[] back = new byte[0x1080];
        assertThat(rig.view(DEVICE).read(0x7F80, back, 0, back.length)).isTrue();
        assertThat(back).isEqualTo(Arrays.copyOf(data, 0x1080));
        assertThat(rig.memory.bytes[0x20_0F80]).isEqualTo(data[0]);
        assertThat(rig.memory.bytes[0x10_0000]).isEqualTo(data[0x80]);
        // the third page is for reading
        assertThat(rig.view(DEVICE).write(0x7F80, data, 0, 0x1100)).isFalse();
        assertThat(rig.reason(0)).isEqualTo(5);
        assertThat(rig.get64(0x220)).isEqualTo(0x9000);
        assertThat(rig.get64(0x228)).isEqualTo(1L << 63 | 5L << 32 | DEVICE);
    }

    @Test
    void aPageStaysAsItWasUntilItIsInvalidated() {
        var rig = new VtdRig().translating().queue();
        long root = rig.table();
        rig.map(root, 4, 0x7000, 1, 0x20_0000 | 3);
        rig.map(root, 4, 0x8000, 1, 0x21_0000 | 3);
        rig.domain(DEVICE, 9, 4, root);
        rig.domain(DEVICE + 1, 10, 4, root);
        assertThat(rig.write(DEVICE, 0x7000)).isEqualTo(0x20_0000);
        assertThat(rig.write(DEVICE, 0x8000)).isEqualTo(0x21_0000);
        assertThat(rig.write(DEVICE + 1, 0x8000)).isEqualTo(0x21_0000);
        rig.map(root, 4, 0x7000, 1, 0x30_0000 | 3);
        rig.map(root, 4, 0x8000, 1, 0);
        assertThat(rig.write(DEVICE, 0x7000)).isEqualTo(0x20_0000);
        assertThat(rig.write(DEVICE, 0x8000)).isEqualTo(0x21_0000);
        // one page of this domain, then all of it
        rig.submit(2 | 3 << 4 | 9 << 16, 0x7000);
        assertThat(rig.write(DEVICE, 0x7000)).isEqualTo(0x30_0000);
        assertThat(rig.write(DEVICE, 0x8000)).isEqualTo(0x21_0000);
        rig.submit(2 | 2 << 4 | 9 << 16, 0);
        assertThat(rig.write(DEVICE, 0x8000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.write(DEVICE + 1, 0x8000)).isEqualTo(0x21_0000);
        rig.submit(2 | 1 << 4, 0);
        assertThat(rig.write(DEVICE + 1, 0x8000)).isEqualTo(Iommu.REFUSED);
    }

    @Test
    void aRangeIsInvalidatedByItsMaskAndTakesLargePagesAlong() {
        var rig = new VtdRig().translating().queue();
        long root = rig.table();
        rig.map(root, 4, 0x7000, 1, 0x10_0000 | 3);
        rig.map(root, 4, 0x8000, 1, 0x11_0000 | 3);
        rig.map(root, 4, 0x20_0000, 2, 0x20_0000 | 0x83);
        rig.domain(DEVICE, 9, 4, root);
        for (long a : new long[] {0x7000, 0x8000, 0x20_0000}) {
            assertThat(rig.read(DEVICE, a)).isNotEqualTo(Iommu.REFUSED);
        }
        rig.map(root, 4, 0x7000, 1, 0);
        rig.map(root, 4, 0x8000, 1, 0);
        rig.map(root, 4, 0x20_0000, 2, 0);
        // four pages from 0x4000 on, whatever page of them is named
        rig.submit(2 | 3 << 4 | 9 << 16, 0x6000 | 2);
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE, 0x8000)).isEqualTo(0x11_0000);
        rig.submit(2 | 3 << 4 | 9 << 16, 0x3F_F000);
        assertThat(rig.read(DEVICE, 0x20_0000)).isEqualTo(Iommu.REFUSED);
    }

    @Test
    void aContextEntryStaysAsItWasUntilItIsInvalidated() {
        var rig = new VtdRig().translating().queue();
        rig.context(DEVICE, 2 << 2 | 1, 7 << 8 | 2);
        rig.context(DEVICE + 4, 2 << 2 | 1, 7 << 8 | 2);
        rig.context(DEVICE + 1, 2 << 2 | 1, 8 << 8 | 2);
        for (int d : new int[] {DEVICE, DEVICE + 1, DEVICE + 4}) {
            assertThat(rig.read(d, 0)).isZero();
            rig.context(d, 0, 0);
            assertThat(rig.read(d, 0)).isZero();
        }
        // of another domain, of another function, then the right one with bit 2 of the function ignored
        rig.submit(1 | 3 << 4 | 8 << 16 | (long) DEVICE << 32, 0, 1 | 3 << 4 | 7 << 16 | DEVICE + 1L << 32, 0);
        assertThat(rig.read(DEVICE, 0)).isZero();
        rig.submit(1 | 3 << 4 | 7 << 16 | (long) DEVICE << 32 | 1L << 48, 0);
        assertThat(rig.read(DEVICE, 0)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE + 4, 0)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE + 1, 0)).isZero();
        rig.submit(1 | 2 << 4 | 8 << 16, 0);
        assertThat(rig.read(DEVICE + 1, 0)).isEqualTo(Iommu.REFUSED);
    }

    @Test
    void registersInvalidateWhileThereIsNoQueueAndSayWhatTheyDid() {
        var rig = new VtdRig().translating();
        long root = rig.table();
        rig.map(root, 4, 0x7000, 1, 0x20_0000 | 3);
        rig.domain(DEVICE, 9, 4, root);
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(0x20_0000);
        rig.map(root, 4, 0x7000, 1, 0x30_0000 | 3);
        rig.set64(0xF0, 0x7000);
        rig.set64(0xF8, 1L << 63 | 3L << 60 | 9L << 32);
        assertThat(rig.get64(0xF8)).isEqualTo(3L << 60 | 3L << 57 | 9L << 32);
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(0x30_0000);
        rig.context(DEVICE, 0, 0);
        rig.set64(0x28, 1L << 63 | 3L << 61 | (long) DEVICE << 16 | 9);
        assertThat(rig.get64(0x28)).isEqualTo(3L << 61 | 3L << 59 | DEVICE << 16 | 9);
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(Iommu.REFUSED);
        rig.context(DEVICE, 2 << 2 | 1, 7 << 8 | 2);
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(0x7000);
        rig.context(DEVICE, 0, 0);
        rig.queue();
        // with the queue nothing is done here
        rig.set64(0x28, 1L << 63 | 1L << 61);
        assertThat(rig.get64(0x28)).isEqualTo(1L << 61);
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(0x7000);
    }

    @Test
    void whatIsNotPresentIsLookedUpAgain() {
        var rig = new VtdRig().translating();
        long root = rig.table();
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(Iommu.REFUSED);
        rig.domain(DEVICE, 9, 4, root);
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(Iommu.REFUSED);
        rig.map(root, 4, 0x7000, 1, 0x20_0000 | 3);
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(0x20_0000);
    }

    @Test
    void protectedMemoryIsOutOfReachWhileTranslationIsOffAndWhereAddressesPass() {
        var rig = new VtdRig();
        rig.set(0x68, -1);
        assertThat(rig.get(0x68)).isEqualTo(0xFFE0_0000);
        rig.set(0x68, 0x20_0000);
        rig.set(0x6C, 0x20_0000);
        rig.set64(0x70, 0x1_0000_0000L);
        rig.set64(0x78, 0x1_0020_0000L);
        assertThat(rig.read(DEVICE, 0x20_0000)).isEqualTo(0x20_0000);
        rig.set(0x64, 1 << 31);
        assertThat(rig.get(0x64)).isEqualTo(1 << 31 | 1);
        // bounds stand meanwhile
        rig.set(0x68, 0);
        assertThat(rig.get(0x68)).isEqualTo(0x20_0000);
        for (int pass = 0; pass < 2; pass++) {
            assertThat(rig.read(DEVICE, 0x1F_FFFF)).isEqualTo(0x1F_FFFF);
            assertThat(rig.read(DEVICE, 0x20_0000)).isEqualTo(Iommu.REFUSED);
            assertThat(rig.write(DEVICE, 0x3F_FFFF)).isEqualTo(Iommu.REFUSED);
            assertThat(rig.read(DEVICE, 0x40_0000)).isEqualTo(0x40_0000);
            assertThat(rig.read(DEVICE, 0x1_003F_FFFFL)).isEqualTo(Iommu.REFUSED);
            assertThat(rig.read(DEVICE, 0x1_0040_0000L)).isEqualTo(0x1_0040_0000L);
            rig.translating();
            rig.context(DEVICE, 2 << 2 | 1, 7 << 8 | 3);
        }
        assertThat(rig.get(0x34)).isZero();
        rig.set(0x64, 0);
        assertThat(rig.read(DEVICE, 0x20_0000)).isEqualTo(0x20_0000);
    }

    @ParameterizedTest
    @ValueSource(longs = {0xFEE0_0000L, 0xFEEF_FFFCL})
    void interruptControllersAreNoMemory(long address) {
        var rig = new VtdRig().translating();
        rig.context(DEVICE, 2 << 2 | 1, 7 << 8 | 2);
        assertThat(rig.view(DEVICE).read(address, new byte[4], 0, 4)).isFalse();
        assertThat(rig.view(DEVICE).write(address & -8, new byte[8], 0, 8)).isFalse();
        assertThat(rig.seen.all).isEmpty();
    }

    /** Random tables, sparse and with nonsense in them, against a walker that was written from the specification alone. */
    @Test
    void aSecondWalkerFindsTheSame() {
        var random = new Random(20);
        int found = 0;
        for (int round = 0; round < 300; round++) {
            var rig = new VtdRig(random.nextBoolean() ? 4 : 5).translating();
            for (int page = 1; page <= 8; page++) {
                for (int i = 0; i < 512; i++) {
                    long where = random.nextInt(4) == 0 ? random.nextLong() & (1L << 46) - 1 & -(1L << 30) : VtdRig.TABLES + 0x1000L * (1 + random.nextInt(8));
                    long bits = random.nextInt(8) == 0 ? 1L << random.nextInt(64) : 0;
                    long rights = random.nextInt(6) == 0 ? random.nextInt(4) : 3;
                    long large = random.nextInt(4) == 0 ? 0x80 : 0;
                    if (i < 4) {
                        rig.memory.put(VtdRig.TABLES + 0x1000L * page + 8 * i, where & -4096 | bits | rights | large);
                    }
                }
            }
            int width = 1 + random.nextInt(4);
            rig.domain(DEVICE, 3, width + 2, VtdRig.TABLES + 0x1000);
            for (int i = 0; i < 20; i++) {
                long address = random.nextInt(4096);
                for (int level = 1; level <= 5; level++) {
                    address |= (long) random.nextInt(random.nextInt(20) == 0 ? 512 : 4) << 12 + 9 * (level - 1);
                }
                address &= (1L << 12 + 9 * (width + 2 + (random.nextInt(10) == 0 ? 1 : 0))) - 1;
                boolean write = random.nextBoolean();
                long expected = SecondWalker.walk(rig.memory, VtdRig.ROOT, DEVICE, address, write, (int) (rig.get64(8) >>> 8 & 0x1F), VtdRig.HOST_BITS);
                rig.set64(0xF8, 1L << 63 | 1L << 60);
                rig.clearFaults();
                int at = (rig.get(0x34) >>> 8 & 0xFF);
                long result = rig.unit.translate(DEVICE, address, write);
                if (expected >= 0) {
                    assertThat(result).isEqualTo(expected);
                    found++;
                } else {
                    assertThat(result).isEqualTo(Iommu.REFUSED);
                    at = rig.get(0x34) >>> 8 & 0xFF;
                    assertThat(rig.reason(at)).isEqualTo((int) -expected);
                }
            }
        }
        assertThat(found).isGreaterThan(200);
    }
}
