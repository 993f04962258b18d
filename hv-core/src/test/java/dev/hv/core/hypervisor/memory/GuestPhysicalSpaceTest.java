package dev.hv.core.hypervisor.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.vmx.EptFormat;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Second-level tables, read back from memory entry by entry as the SDM (vol. 3C, 28.3.2) lays them out. */
class GuestPhysicalSpaceTest {

    private static final long POOL = 0x100_0000;

    private final SystemMemory memory = new SystemMemory(64 << 20);
    private final PageOwnership ownership = new PageOwnership(memory);
    private final PagePool pool = new PagePool(memory);
    private final long[] done = new long[1];
    private GuestPhysicalSpace space;

    @BeforeEach
    void build() {
        deposit(0, 8);
        space = new GuestPhysicalSpace(memory, new EptFormat(), pool, ownership, pool.take());
    }

    @AfterEach
    void free() {
        memory.close();
    }

    private void deposit(int first, int count) {
        for (int i = first; i < first + count; i++) {
            assertThat(ownership.give(POOL + i * 4096L)).isTrue();
            pool.deposit(POOL + i * 4096L);
        }
    }

    private long entry(long table, int index) {
        return memory.read((table & 0xF_FFFF_FFFF_F000L) + 8L * index, 8);
    }

    @Test
    void aPageIsMappedThroughFourLevels() {
        // guest page 0x8_0402_0180_5: indices 1 (bits 47:39), 2, 3, 5
        long gpn = 1L << 27 | 2 << 18 | 3 << 9 | 5;
        assertThat(space.map(gpn, 0x234, 1, HvMapFlags.ALL, done)).isEqualTo(HvStatus.SUCCESS);
        long pdpt = entry(space.root(), 1);
        long directory = entry(pdpt, 2);
        long table = entry(directory, 3);
        assertThat(pdpt & 0xFFF).as("read, write, execute in both modes").isEqualTo(0x407);
        assertThat(directory & 0xFFF).isEqualTo(0x407);
        assertThat(table & 0xFFF).isEqualTo(0x407);
        assertThat(entry(table, 5)).as("frame, write-back (6 << 3), all rights").isEqualTo(0x23_4437L);
        assertThat(entry(table, 4)).isZero();
        assertThat(space.translate(gpn << 12 | 0xABC, HvMapFlags.WRITABLE)).isEqualTo(0x23_4ABCL);
        assertThat(space.translate(gpn + 1 << 12, HvMapFlags.READABLE)).isEqualTo(-1);
        assertThat(pool.used()).isEqualTo(4);
    }

    @Test
    void rightsAreKept() {
        space.map(0x10, 0x300, 1, HvMapFlags.READABLE, done);
        space.map(0x11, 0x301, 1, HvMapFlags.READABLE | HvMapFlags.EXECUTABLE, done);
        long table = entry(entry(entry(space.root(), 0), 0), 0);
        assertThat(entry(table, 0x10)).isEqualTo(0x30_0031L);
        assertThat(entry(table, 0x11)).isEqualTo(0x30_1435L);
        assertThat(space.translate(0x10_000, HvMapFlags.READABLE)).isEqualTo(0x300_000);
        assertThat(space.translate(0x10_000, HvMapFlags.WRITABLE)).isEqualTo(-1);
    }

    @Test
    void alignedRunsUseTwoMegabyteEntries() {
        assertThat(space.map(0x1FF, 0x7FF, 1026, HvMapFlags.ALL, done)).isEqualTo(HvStatus.SUCCESS);
        assertThat(done[0]).isEqualTo(1026);
        long directory = entry(entry(space.root(), 0), 0);
        assertThat(entry(directory, 1)).as("large bit 7").isEqualTo(0x80_04B7L);
        assertThat(entry(directory, 2)).isEqualTo(0xA0_04B7L);
        assertThat(entry(entry(directory, 3), 0)).isEqualTo(0xC0_0437L);
        assertThat(space.translate(0x20_0000 + 0x12_3456, HvMapFlags.ALL)).isEqualTo(0x80_0000 + 0x12_3456);
    }

    @Test
    void unmappingPartOfALargePageKeepsTheRest() {
        space.map(0x200, 0x800, 512, HvMapFlags.ALL, done);
        assertThat(space.unmap(0x210, 2)).isEqualTo(HvStatus.SUCCESS);
        assertThat(space.translate(0x20F_000, 0)).isEqualTo(0x80F_000);
        assertThat(space.translate(0x210_000, 0)).isEqualTo(-1);
        assertThat(space.translate(0x211_000, 0)).isEqualTo(-1);
        assertThat(space.translate(0x212_000, HvMapFlags.ALL)).isEqualTo(0x812_000);
        assertThat(ownership.give(0x810_000)).as("the unmapped page is free for a deposit").isTrue();
        assertThat(ownership.give(0x80F_000)).as("a mapped one is not").isFalse();
        assertThat(space.unmap(0, 0x100_0000)).isEqualTo(HvStatus.SUCCESS);
        assertThat(ownership.give(0x80F_000)).isTrue();
    }

    @Test
    void anEmptyPoolStopsTheMappingWhereItIs() {
        for (int i = 0; i < 4; i++) {
            pool.take();
        }
        assertThat(pool.available()).isEqualTo(3);
        // the first range needs three tables, the second one more
        assertThat(space.map(0x1FE, 0x400, 4, HvMapFlags.ALL, done)).isEqualTo(HvStatus.INSUFFICIENT_MEMORY);
        assertThat(done[0]).isEqualTo(2);
        deposit(8, 1);
        assertThat(space.map(0x200, 0x402, 2, HvMapFlags.ALL, done)).isEqualTo(HvStatus.SUCCESS);
        assertThat(space.translate(0x201_000, 0)).isEqualTo(0x403_000);
    }

    @Test
    void mappedPagesAreMappedAgainInPlaceOfWhatWasThere() {
        space.map(0x20, 0x400, 1, HvMapFlags.ALL, done);
        assertThat(space.map(0x20, 0x401, 1, HvMapFlags.READABLE, done)).isEqualTo(HvStatus.SUCCESS);
        assertThat(space.translate(0x20_000, 0)).isEqualTo(0x401_000);
        assertThat(space.translate(0x20_000, HvMapFlags.WRITABLE)).isNegative();
        assertThat(space.takeStale()).as("processors may remember the page before").isTrue();
        assertThat(ownership.mappings(0x400_000)).isZero();
        assertThat(ownership.mappings(0x401_000)).isEqualTo(1);
    }

    @Test
    void pagesOfTheHypervisorAreNotMapped() {
        assertThat(space.map(0x21, POOL >>> 12, 1, HvMapFlags.ALL, done)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(space.map(0x21, 64 << 20 >>> 12, 1, HvMapFlags.ALL, done)).as("no such memory").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(space.map(0x200, (POOL >>> 12) - 0x100 & -512, 512, HvMapFlags.ALL, done)).isEqualTo(HvStatus.SUCCESS);
    }

    @Test
    void aLargePageThatIsPartlyTheHypervisorsIsRefusedWhole() {
        long first = POOL >>> 12;
        assertThat(first % 512).isZero();
        assertThat(space.map(0x200, first, 512, HvMapFlags.ALL, done)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(ownership.give(first + 100 << 12)).as("no mapping was counted").isTrue();
    }

    @Test
    void deletionGivesEveryPageBack() {
        space.map(0x1FF, 0x7FF, 1026, HvMapFlags.ALL, done);
        space.delete();
        assertThat(pool.used()).isZero();
        assertThat(pool.available()).isEqualTo(8);
        assertThat(ownership.give(0x800_000)).isTrue();
    }
}
