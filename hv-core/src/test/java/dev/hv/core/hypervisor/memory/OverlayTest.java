package dev.hv.core.hypervisor.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.vmx.EptFormat;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.RecordedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Overlay pages over memory and over holes of a guest-physical space. */
class OverlayTest {

    private static final long POOL = 0x100_0000;
    private static final int PAGES = 32;
    private static final long PAGE = 0x180_0000;
    private static final long OTHER = 0x180_1000;
    private static final long LIMIT = 1L << 34;

    private final SystemMemory memory = new SystemMemory(64 << 20);
    private final PageOwnership ownership = new PageOwnership(memory);
    private final PagePool pool = new PagePool(memory);
    private final List<GuestPhysicalSpace> invalidated = new ArrayList<>();
    private final TranslationCaches caches = invalidated::add;
    private final long[] done = new long[1];
    private GuestPhysicalSpace space;
    private Overlay overlay;
    private Overlay other;

    @BeforeEach
    void build() {
        for (int i = 0; i < PAGES; i++) {
            pool.deposit(POOL + i * 4096L);
        }
        space = new GuestPhysicalSpace(memory, new EptFormat(), pool, ownership, pool.take());
        // 4 MiB of guest memory, in 2 MiB mappings
        assertThat(space.map(0, 0x800, 1024, HvMapFlags.ALL, done)).isEqualTo(HvStatus.SUCCESS);
        overlay = new Overlay(memory, space, caches, PAGE, HvMapFlags.READABLE | HvMapFlags.EXECUTABLE, LIMIT);
        other = new Overlay(memory, space, caches, OTHER, HvMapFlags.ALL, LIMIT);
    }

    @AfterEach
    void free() {
        memory.close();
    }

    private long at(long gpn) {
        return space.translate(gpn << 12, 0);
    }

    @Test
    void theGuestSeesThePageAndThenItsOwnMemoryAgain() {
        long used = pool.used();
        assertThat(overlay.place(5)).isTrue();
        assertThat(at(5)).isEqualTo(PAGE);
        assertThat(space.translate(5 << 12, HvMapFlags.WRITABLE)).isEqualTo(-1);
        assertThat(at(4)).isEqualTo(0x80_4000);
        assertThat(at(6)).isEqualTo(0x80_6000);
        assertThat(invalidated).containsExactly(space);
        overlay.remove();
        assertThat(at(5)).isEqualTo(0x80_5000);
        assertThat(space.translate(5 << 12, HvMapFlags.ALL)).isEqualTo(0x80_5000);
        assertThat(invalidated).hasSize(2);
        assertThat(pool.used()).as("mapped as 2 MiB again").isEqualTo(used);
        overlay.remove();
        assertThat(invalidated).as("nothing to do").hasSize(2);
    }

    @Test
    void aPageCanLieWhereThereIsNoMemory() {
        long used = pool.used();
        assertThat(overlay.place(LIMIT - 1)).isTrue();
        assertThat(at(LIMIT - 1)).isEqualTo(PAGE);
        assertThat(pool.used()).isEqualTo(used + 3);
        overlay.remove();
        assertThat(at(LIMIT - 1)).isEqualTo(-1);
        assertThat(pool.used()).as("tables go back").isEqualTo(used);
    }

    @Test
    void placesBeyondTheAddressWidthAreRefused() {
        assertThat(overlay.place(7)).isTrue();
        for (long gpn : new long[] {LIMIT, 1L << 40, (1L << 52) - 1}) {
            assertThat(overlay.place(gpn)).isFalse();
        }
        assertThat(at(7)).as("it stays where it was").isEqualTo(PAGE);
    }

    @Test
    void theLastOfSeveralOnOnePlaceIsSeen() {
        overlay.place(9);
        other.place(9);
        assertThat(at(9)).isEqualTo(OTHER);
        overlay.remove();
        assertThat(at(9)).isEqualTo(OTHER);
        overlay.place(9);
        assertThat(at(9)).isEqualTo(PAGE);
        overlay.place(10);
        assertThat(at(9)).isEqualTo(OTHER);
        other.remove();
        assertThat(at(9)).isEqualTo(0x80_9000);
        assertThat(at(10)).isEqualTo(PAGE);
    }

    @Test
    void aGuestThatMovesPagesForEverUsesNoMoreMemory() {
        long used = pool.used();
        pool.reserve(9);
        var random = new Random(3);
        for (int i = 0; i < 2000; i++) {
            Overlay o = random.nextBoolean() ? overlay : other;
            assertThat(o.place(random.nextInt(3) == 0 ? random.nextLong(1024) : random.nextLong(LIMIT))).isTrue();
            assertThat(pool.used()).isBetween(used, used + 6);
        }
        overlay.remove();
        other.remove();
        assertThat(pool.used()).isEqualTo(used);
        for (long gpn = 0; gpn < 1024; gpn++) {
            assertThat(at(gpn)).isEqualTo(0x80_0000 + (gpn << 12));
        }
    }

    @Test
    void theReserveIsThereWhenTheRestIsUsed() {
        pool.reserve(6);
        while (pool.take() >= 0) {
            // down to the reserve
        }
        assertThat(pool.withdraw()).as("nor is it given away").isEqualTo(-1);
        assertThat(overlay.place(1L << 30)).isTrue();
        assertThat(other.place(1L << 33)).isTrue();
        assertThat(other.place(1L << 32)).as("two places at once: three pages too few").isFalse();
        assertThat(at(1L << 33)).isEqualTo(OTHER);
    }

    @Test
    void memoryBelowCanBeMappedAndUnmapped() {
        overlay.place(3);
        assertThat(space.unmap(0, 512)).isEqualTo(HvStatus.SUCCESS);
        assertThat(at(3)).isEqualTo(PAGE);
        assertThat(at(4)).isEqualTo(-1);
        assertThat(ownership.give(0x80_3000)).as("the page below is free for a deposit").isTrue();
        assertThat(space.map(3, 0xA00, 1, HvMapFlags.ALL, done)).isEqualTo(HvStatus.SUCCESS);
        int mappings = ownership.mappings(0xA0_0000);
        assertThat(space.map(3, 0xA01, 1, HvMapFlags.ALL, done)).as("another page in its place").isEqualTo(HvStatus.SUCCESS);
        assertThat(ownership.mappings(0xA0_0000)).isEqualTo(mappings - 1);
        assertThat(at(3)).isEqualTo(PAGE);
        overlay.remove();
        assertThat(at(3)).isEqualTo(0xA0_1000);
    }

    @Test
    void servicesFindOverlaysInOrder() {
        var map = space.overlays();
        assertThat(map.next(0)).isEqualTo(Long.MAX_VALUE);
        overlay.place(100);
        other.place(7);
        assertThat(map.next(0)).isEqualTo(7);
        assertThat(map.next(7)).isEqualTo(7);
        assertThat(map.next(8)).isEqualTo(100);
        assertThat(map.next(101)).isEqualTo(Long.MAX_VALUE);
        assertThat(space.translate(100L << 12, HvMapFlags.READABLE)).isEqualTo(PAGE);
        assertThat(space.translate(100L << 12, HvMapFlags.WRITABLE)).isEqualTo(-1);
        assertThat(space.translate(7 << 12, HvMapFlags.WRITABLE)).isEqualTo(OTHER);
    }

    @Test
    void bitsAreSetAndClearedWhereTheyBelong() {
        assertThat(other.setBit(8 * 4095 + 7)).isTrue();
        assertThat(memory.read(OTHER + 4095, 1)).isEqualTo(0x80);
        assertThat(other.setBit(8 * 4095 + 7)).isFalse();
        assertThat(other.clearBit(8 * 4095 + 7)).isTrue();
        assertThat(other.clearBit(8 * 4095 + 7)).isFalse();
        assertThat(memory.read(OTHER + 4088, 8)).isZero();
    }

    @Test
    void restoredPlacesCanBeLeft() {
        overlay.place(5);
        other.place(5);
        // memory, with the paging structures, stays: what is restored are the places
        var restoredSpace = new GuestPhysicalSpace(memory, new EptFormat(), pool, ownership, space.root());
        RecordedState.copy(space, restoredSpace);
        var restored = new Overlay(memory, restoredSpace, caches, PAGE, HvMapFlags.READABLE | HvMapFlags.EXECUTABLE, LIMIT);
        var restoredOther = new Overlay(memory, restoredSpace, caches, OTHER, HvMapFlags.ALL, LIMIT);
        RecordedState.copy(overlay, restored);
        RecordedState.copy(other, restoredOther);
        restoredOther.remove();
        assertThat(at(5)).isEqualTo(PAGE);
        restored.remove();
        assertThat(at(5)).isEqualTo(0x80_5000);
    }

    @Test
    void aRestoredPoolHasTheSamePages() {
        pool.reserve(3);
        var restored = new PagePool(memory);
        RecordedState.copy(pool, restored);
        assertThat(restored.used()).isEqualTo(pool.used());
        assertThat(restored.available()).isEqualTo(pool.available());
        assertThat(restored.take()).isEqualTo(pool.take());
        pool.endReserve();
        assertThat(pool.available()).isEqualTo(restored.available() + 3);
    }
}
