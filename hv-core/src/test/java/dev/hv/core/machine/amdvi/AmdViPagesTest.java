package dev.hv.core.machine.amdvi;

import static dev.hv.core.machine.amdvi.AmdViRig.BOTH;
import static dev.hv.core.machine.amdvi.AmdViRig.DEVICE;
import static dev.hv.core.machine.amdvi.AmdViRig.READ;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.iommu.FlatMemory;
import dev.hv.core.machine.iommu.Iommu;
import java.math.BigInteger;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Device table and page tables of AMD's unit, and what is logged of a request that they do not let through. */
class AmdViPagesTest {

    private static final long ADDRESS = 1L << 39 | 0x20_1234;

    @Test
    void nothingIsTranslatedBeforeItIsTurnedOn() {
        var rig = new AmdViRig();
        assertThat(rig.read(DEVICE, 0x1234)).isEqualTo(0x1234);
        rig.on();
        // an entry that is not valid lets everything through
        assertThat(rig.read(DEVICE, 0x1234)).isEqualTo(0x1234);
        rig.device(DEVICE, 3, 0, 0, 0);
        rig.submit(2L << 60 | DEVICE, 0);
        assertThat(rig.read(DEVICE, 0x1234)).isEqualTo(Iommu.REFUSED);
        rig.set(0x18, 0);
        assertThat(rig.read(DEVICE, 0x1234)).isEqualTo(0x1234);
        assertThat(rig.get(0x30)).isEqualTo(AmdViRegisters.FEATURES);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,1", "3,1", "3,2", "4,1", "4,2", "4,3", "5,1", "5,3", "6,1", "6,2", "6,4"})
    void tablesOfEachDepthAndPagesOfEachLevelLeadToMemory(int levels, int leafLevel) {
        var rig = new AmdViRig().on();
        long root = rig.table();
        long top = levels == 6 ? -1L >>> 1 : (1L << 12 + 9 * levels) - 1;
        long size = 1L << 12 + 9 * (leafLevel - 1);
        long address = top & -size;
        long physical = 1L << 45;
        rig.map(root, levels, address, leafLevel, physical | 1 | BOTH);
        rig.domain(DEVICE, 7, levels, root);
        assertThat(rig.read(DEVICE, address + 0x123)).isEqualTo(physical + 0x123);
        assertThat(rig.write(DEVICE, address + size - 1)).isEqualTo(physical + size - 1);
        if (levels < 6) {
            assertThat(rig.read(DEVICE, top + 1)).isEqualTo(Iommu.REFUSED);
            assertThat(rig.event(0)).isEqualTo(AmdViRig.event(2, DEVICE, 7, 0));
            assertThat(rig.eventAddress(0)).isEqualTo(top + 1);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0, 0", "1, 32, 32, 32", "3, 32, 96, 96"})
    void pagesAreMarkedAsTheDevicesEntryAsks(int marks, long read, long written, long again) {
        var rig = new AmdViRig().on();
        long root = rig.table();
        long leaf = 1L << 45 | 1 | BOTH;
        rig.map(root, 1, 0x5000, 1, leaf);
        long where = root + 5 * 8;
        rig.device(DEVICE, 3 | (long) marks << 7 | 1 << 9 | root | BOTH, 7, 0, 0);
        assertThat(rig.read(DEVICE, 0x5000)).isNotEqualTo(Iommu.REFUSED);
        assertThat(rig.memory.get(where)).isEqualTo(leaf | read);
        rig.write(DEVICE, 0x5000);
        assertThat(rig.memory.get(where)).as("a write after a read that is cached").isEqualTo(leaf | written);
        rig.memory.put(where, leaf);
        rig.write(DEVICE, 0x5008);
        assertThat(rig.memory.get(where)).as("what is cached says that it is marked").isEqualTo(leaf);
        rig.submit(3L << 60 | 7L << 32, 0x7FFF_FFFF_FFFF_F001L);
        rig.write(DEVICE, 0x5008);
        assertThat(rig.memory.get(where)).isEqualTo(leaf | again);
    }

    @Test
    void aRefusedWriteMarksNothing() {
        var rig = new AmdViRig().on();
        long root = rig.table();
        rig.map(root, 1, 0x5000, 1, 1L << 45 | 1 | READ);
        rig.device(DEVICE, 3 | 3 << 7 | 1 << 9 | root | BOTH, 7, 0, 0);
        assertThat(rig.write(DEVICE, 0x5000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.memory.get(root + 5 * 8)).isEqualTo(1L << 45 | 1 | READ);
        // dirty bits without accessed bits are nothing that an entry can ask for
        rig.device(DEVICE, 3 | 2 << 7 | 1 << 9 | root | BOTH, 7, 0, 0);
        rig.submit(2L << 60 | DEVICE, 0);
        assertThat(rig.read(DEVICE, 0x5000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.event(rig.events() - 1) >>> 60).isEqualTo(EventLog.ILLEGAL_DEVICE_ENTRY);
    }

    @ParameterizedTest
    @CsvSource({"1,13", "1,16", "1,20", "2,22", "2,29", "3,33"})
    void aPageCanHaveAnySizeThatItsLevelHasRoomFor(int level, int size) {
        var rig = new AmdViRig().on();
        long root = rig.table();
        long address = 1L << 40;
        // address bits from 12 up to the size's are ones but for the last, which is zero
        long encoded = (1L << size - 1) - 1 & -4096;
        rig.map(root, 4, address, level, 5L << 35 | encoded | 7 << 9 | 1 | BOTH);
        rig.domain(DEVICE, 7, 4, root);
        assertThat(rig.read(DEVICE, address + (1L << 12 + 9 * (level - 1)) - 1)).isEqualTo((5L << 35) + (1L << 12 + 9 * (level - 1)) - 1);
        // what the page covers is known now, whatever the other entries say
        assertThat(rig.read(DEVICE, address + (1L << size) - 1)).isEqualTo((5L << 35) + (1L << size) - 1);
    }

    @Test
    void levelsCanBeLeftOutWhereTheAddressHasZeroes() {
        var rig = new AmdViRig().on();
        long root = rig.table();
        long last = rig.table();
        rig.memory.put(root + 8, last | 1 | 1 << 9 | BOTH);
        rig.memory.put(last + 5 * 8, 0x7000 | 1 | BOTH);
        rig.domain(DEVICE, 7, 4, root);
        assertThat(rig.read(DEVICE, (1L << 39) + 0x5678)).isEqualTo(0x7678);
        assertThat(rig.read(DEVICE, (1L << 39) + 0x20_5678)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.event(0)).isEqualTo(AmdViRig.event(2, DEVICE, 7, 1 << 4));
    }

    /** What brings a refusal about, and the event: code and flags (interrupt 3, present 4, write 5, rights 6, reserved 7, master abort 9). */
    private enum Cause {
        BEYOND_THE_TABLE(2, 1 << 5, 0, r -> r.set(0x00, AmdViRig.DEVICES)),
        TABLE_MISSING(3, 1 << 5 | 1 << 9, 0, r -> r.set(0x00, 64 << 20 | 1)),
        ENTRY_RESERVED(1, 1 << 5 | 1 << 7, 0, r -> r.device(FAR, 3 | 4 | BOTH, 9, 0, 0)),
        ENTRY_GUEST(1, 1 << 5 | 1 << 7, 0, r -> r.device(FAR, 3 | 1L << 55 | BOTH, 9, 0, 0)),
        ENTRY_LEVELS(1, 1 << 5 | 1 << 7, 0, r -> r.domain(FAR, 9, 7, AmdViRig.TABLES)),
        NO_TRANSLATION(2, 1 << 5, 9, r -> r.device(FAR, 1 | BOTH, 9, 0, 0)),
        NO_RIGHT_IN_ENTRY(2, 1 << 5 | 1 << 4 | 1 << 6, 9, r -> r.device(FAR, 3 | READ, 9, 0, 0)),
        NOT_PRESENT(2, 1 << 5, 9, r -> r.domain(FAR, 9, 4, AmdViRig.TABLES)),
        BEYOND_WIDTH(2, 1 << 5, 9, r -> r.domain(FAR, 9, 3, AmdViRig.TABLES)),
        NO_RIGHT(2, 1 << 5 | 1 << 4 | 1 << 6, 9, r -> leaf(r, 1, 0x7000 | 1 | READ)),
        RESERVED(2, 1 << 5 | 1 << 4 | 1 << 7, 9, r -> leaf(r, 1, 0x7000 | 1 | 1L << 52 | BOTH)),
        RESERVED_IN_DIRECTORY(2, 1 << 5 | 1 << 4 | 1 << 7, 9, r -> leaf(r, 2, 0x7000 | 1 | 1 << 9 | 1L << 60 | BOTH)),
        LEVEL_RISES(2, 1 << 5 | 1 << 4 | 1 << 7, 9, r -> leaf(r, 2, 0x7000 | 1 | 2 << 9 | BOTH)),
        SIZE_TOO_LARGE(2, 1 << 5 | 1 << 4 | 1 << 7, 9, r -> leaf(r, 1, 0xF_F000 | 1 | 7 << 9 | BOTH)),
        SIZE_TOO_SMALL(2, 1 << 5 | 1 << 4 | 1 << 7, 9, r -> leaf(r, 2, 0x20_0000 | 1 | 7 << 9 | BOTH)),
        PAGES_MISSING(4, 1 << 5 | 1 << 9, 9, r -> r.domain(FAR, 9, 4, 64 << 20));

        private final int code;
        private final int flags;
        private final int domain;
        private final Consumer<AmdViRig> cause;

        Cause(int code, int flags, int domain, Consumer<AmdViRig> cause) {
            this.code = code;
            this.flags = flags;
            this.domain = domain;
            this.cause = cause;
        }

        private static void leaf(AmdViRig rig, int level, long entry) {
            rig.map(AmdViRig.TABLES, 4, ADDRESS, level, entry);
            rig.domain(FAR, 9, 4, AmdViRig.TABLES);
        }
    }

    /** In the device table's second page. */
    private static final int FAR = 0x81;

    @ParameterizedTest
    @EnumSource(Cause.class)
    void eachRefusalIsLogged(Cause c) {
        var rig = new AmdViRig().on();
        c.cause.accept(rig);
        assertThat(rig.write(FAR, ADDRESS)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.events()).isEqualTo(1);
        assertThat(rig.event(0)).isEqualTo(AmdViRig.event(c.code, FAR, c.domain, c.flags));
        if (c.code < 3) {
            assertThat(rig.eventAddress(0)).isEqualTo(ADDRESS);
        }
        assertThat(rig.get(0x2020) & 3).isEqualTo(2);
        assertThat(rig.messages).isEqualTo(1);
        assertThat(rig.told).hasSize(1);
    }

    @Test
    void anEntryCanSuppressEventsAfterTheFirstOrAll() {
        var rig = new AmdViRig().on();
        rig.device(DEVICE, 3, 1L << 33, 0, 0);
        rig.device(DEVICE + 1, 3, 1L << 34, 0, 0);
        for (int i = 0; i < 3; i++) {
            rig.read(DEVICE, 0x1000);
            rig.read(DEVICE + 1, 0x1000);
        }
        assertThat(rig.events()).isEqualTo(1);
        // until the entry is read again
        rig.submit(2L << 60 | DEVICE, 0);
        rig.read(DEVICE, 0x1000);
        assertThat(rig.events()).isEqualTo(2);
        assertThat(rig.told).hasSize(7);
    }

    @Test
    void theExclusionRangeIsNotTranslated() {
        var rig = new AmdViRig().on();
        rig.device(DEVICE, 3, 0, 0, 0);
        rig.device(DEVICE + 1, 3, 1L << 39, 0, 0);
        rig.set(0x20, 0x8000 | 1);
        rig.set(0x28, 0x9000);
        assertThat(rig.read(DEVICE, 0x8000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE + 1, 0x8000)).isEqualTo(0x8000);
        rig.set(0x20, 0x8000 | 3);
        assertThat(rig.read(DEVICE, 0x9FFF)).isEqualTo(0x9FFF);
        assertThat(rig.read(DEVICE, 0xA000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE, 0x7FFF)).isEqualTo(Iommu.REFUSED);
    }

    @Test
    void requestsToTheInterruptControllersAreInvalid() {
        var rig = new AmdViRig().on();
        assertThat(rig.view(DEVICE).read(0xFEE0_0000L, new byte[4], 0, 4)).isFalse();
        assertThat(rig.event(0)).isEqualTo(AmdViRig.event(8, DEVICE, 0, 0));
    }

    @Test
    void aPageStaysAsItWasUntilItIsInvalidated() {
        var rig = new AmdViRig().on();
        long root = rig.table();
        for (int i = 0; i < 16; i++) {
            rig.map(root, 4, 0x1000L * i, 1, 0x10_0000 + 0x1000 * i | 1 | BOTH);
        }
        rig.map(root, 4, 0x20_0000, 2, 0x20_0000 | 1 | BOTH);
        rig.domain(DEVICE, 9, 4, root);
        rig.domain(DEVICE + 1, 10, 4, root);
        for (int i = 0; i < 16; i++) {
            assertThat(rig.read(DEVICE, 0x1000L * i)).isEqualTo(0x10_0000 + 0x1000 * i);
            rig.map(root, 4, 0x1000L * i, 1, 0);
            assertThat(rig.read(DEVICE, 0x1000L * i)).isEqualTo(0x10_0000 + 0x1000 * i);
        }
        assertThat(rig.read(DEVICE, 0x20_0000)).isEqualTo(0x20_0000);
        assertThat(rig.read(DEVICE + 1, 0x20_0000)).isEqualTo(0x20_0000);
        rig.map(root, 4, 0x20_0000, 2, 0);
        rig.submit(3L << 60 | 9L << 32, 0x3000);
        assertThat(rig.read(DEVICE, 0x3000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE, 0x4000)).isEqualTo(0x10_4000);
        // four pages from 0x4000: the size is in the address
        rig.submit(3L << 60 | 9L << 32, 0x5000 | 1);
        assertThat(rig.read(DEVICE, 0x4000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE, 0x7000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE, 0x8000)).isEqualTo(0x10_8000);
        rig.submit(3L << 60 | 9L << 32, 0x7FFF_FFFF_FFFF_F000L | 3);
        assertThat(rig.read(DEVICE, 0x20_0000)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.read(DEVICE + 1, 0x20_0000)).isEqualTo(0x20_0000);
        rig.submit(8L << 60, 0);
        assertThat(rig.read(DEVICE + 1, 0x20_0000)).isEqualTo(Iommu.REFUSED);
    }

    /** Random tables against a walk on bit strings that was written from the specification's figures. */
    @Test
    void aSecondWalkerFindsTheSame() {
        var random = new Random(21);
        int found = 0;
        for (int round = 0; round < 300; round++) {
            var rig = new AmdViRig().on();
            for (int page = 1; page <= 8; page++) {
                for (int i = 0; i < 4; i++) {
                    long where = random.nextInt(4) == 0 ? random.nextLong() & (1L << 46) - 1 : AmdViRig.TABLES + 0x1000L * (1 + random.nextInt(8));
                    long bits = random.nextInt(8) == 0 ? 1L << random.nextInt(64) : 0;
                    long rights = random.nextInt(6) == 0 ? (long) random.nextInt(4) << 61 : BOTH;
                    rig.memory.put(AmdViRig.TABLES + 0x1000L * page + 8 * i, (where & -4096 | 1 | rights | (long) random.nextInt(8) << 9) ^ bits);
                }
            }
            int levels = 1 + random.nextInt(6);
            rig.domain(DEVICE, 3, levels, AmdViRig.TABLES + 0x1000);
            for (int i = 0; i < 20; i++) {
                long address = random.nextInt(4096);
                for (int level = 1; level <= levels; level++) {
                    address |= (long) (random.nextInt(2) * random.nextInt(4)) << 12 + 9 * (level - 1);
                }
                boolean write = random.nextBoolean();
                rig.submit(8L << 60, 0);
                rig.set(0x2010, rig.get(0x2018));
                int before = rig.events();
                long expected = walk(rig.memory, AmdViRig.TABLES + 0x1000, levels, address, write);
                long result = rig.unit.translate(DEVICE, address, write);
                if (expected >= 0) {
                    assertThat(result).isEqualTo(expected);
                    found++;
                } else {
                    assertThat(result).isEqualTo(Iommu.REFUSED);
                    assertThat(rig.event(before) >>> 48).isEqualTo(-expected);
                }
            }
        }
        assertThat(found).isGreaterThan(500);
    }

    private static boolean zero(String bits, int high, int low) {
        return high < low || !bits.substring(63 - high, 64 - low).contains("1");
    }

    /** The physical address, or code and flags with a minus. */
    private static long walk(FlatMemory memory, long root, int levels, long address, boolean write) {
        String input = String.format("%64s", Long.toBinaryString(address)).replace(' ', '0');
        int fault = 2 << 12 | (write ? 1 << 5 : 0);
        long table = root;
        int level = levels;
        boolean readable = true;
        boolean writable = true;
        while (true) {
            int low = 12 + 9 * (level - 1);
            int high = Math.min(63, low + 8);
            int index = Integer.parseInt(input.substring(63 - high, 64 - low), 2);
            if (table + 8L * index + 8 > memory.bytes.length) {
                return -(4 << 12 | 1 << 9 | (write ? 1 << 5 : 0));
            }
            String e = String.format("%64s", Long.toBinaryString(memory.get(table + 8L * index))).replace(' ', '0');
            if (e.charAt(63) == '0') {
                return -fault;
            }
            int next = Integer.parseInt(e.substring(52, 55), 2);
            boolean page = next == 0 || next == 7;
            int size = low;
            boolean bad = !zero(e, page ? 58 : 60, 52);
            if (next == 7) {
                size = 12;
                while (e.charAt(63 - size) == '1') {
                    size++;
                }
                size++;
                bad |= size <= low || size >= low + 9;
            }
            bad |= !page && next >= level;
            if (bad) {
                return -(fault | 1 << 4 | 1 << 7);
            }
            readable &= e.charAt(63 - 61) == '1';
            writable &= e.charAt(63 - 62) == '1';
            if (!(write ? writable : readable)) {
                return -(fault | 1 << 4 | 1 << 6);
            }
            if (page) {
                return new BigInteger((size < 52 ? e.substring(12, 64 - size) : "") + input.substring(64 - size), 2).longValueExact();
            }
            if (!zero(input, low - 1, 12 + 9 * next)) {
                return -(fault | 1 << 4);
            }
            table = Long.parseLong(e.substring(12, 52) + "000000000000", 2);
            level = next;
        }
    }
}
