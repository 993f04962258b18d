package dev.hv.cpu.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.memory.Page;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Translations that made room for others at their place, one or two: kept in the second way or among the victims, and forgotten by everything that the translation cache itself forgets by. */
class VictimTlbTest {

    private static final int PAGE = 0x200000;
    private static final int OTHER = 0x300000;
    /** As far apart as two pages with one place are. */
    private static final long APART = (long) Tlb.ENTRIES * Page.SIZE;
    private static final int TABLE = 0x20000;
    private static final long KEY_1 = 1L << 59;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;

    @BeforeEach
    void fivePagesOfOnePlace() {
        for (int i = 1; i <= 4; i++) {
            int table = TABLE + i * Page.SIZE;
            g.put64(Guest.PAGES + 0x2000 + (int) (i * APART >> 21) * 8 + PAGE / (2 << 20) * 8, table | 7);
            g.put64(table + (PAGE >> 12 & 511) * 8, PAGE + 0x1000 * i | 7);
        }
        for (int i = 0; i <= 4; i++) {
            g.put64(PAGE + 0x1000 * i, 100 + i);
        }
        g.put64(OTHER, 7);
    }

    private long read(int i) {
        return Mem.read64(c, PAGE + i * APART);
    }

    /** Has the page's entry make room for others. */
    private void replace(int others) {
        for (int i = 0; i <= others; i++) {
            assertThat(read(i)).isEqualTo(100 + i);
        }
    }

    /** Has the page's entry make room for others, and its tables lead elsewhere. */
    private void driveOut(int others) {
        replace(others);
        g.put64(Guest.pte(PAGE), OTHER | 7);
    }

    @Test
    void fourOfOnePlaceAreFoundWithoutAWalk() {
        for (int i = 0; i <= 4; i++) {
            read(i);
        }
        g.put64(Guest.pte(PAGE), OTHER | 7);
        for (int i = 4; i >= 0; i--) {
            assertThat(read(i)).isEqualTo(100 + i);
        }
        c.tlb.flushPage(PAGE);
        assertThat(read(0)).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void invalidationsReachThem(int others) {
        driveOut(others);
        c.tlb.flushPage(PAGE);
        assertThat(read(0)).as("INVLPG").isEqualTo(7);
        g.put64(Guest.pte(PAGE), PAGE | 7);
        c.tlb.flushCurrent();
        driveOut(others);
        c.tlb.flushCurrent();
        assertThat(read(0)).as("an address space").isEqualTo(7);
        g.put64(Guest.pte(PAGE), PAGE | 7);
        c.tlb.flushAll();
        driveOut(others);
        c.tlb.flushAll();
        assertThat(read(0)).as("all").isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aPieceOfALargePageIsForgottenWithAnother(int others) {
        // 2 MiB at OTHER's region, a large page now
        g.put64(Guest.PAGES + 0x2000 + 8, PAGE | 0x87);
        replace(others);
        g.put64(Guest.PAGES + 0x2000 + 8, Guest.PAGES + 0x4000 | 7);
        g.put64(Guest.pte(PAGE), OTHER | 7);
        c.tlb.flushPage(PAGE + 0x5000);
        assertThat(read(0)).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anotherAddressSpaceIsNotMistakenForIt(int others) {
        driveOut(others);
        c.tlb.select(Tlb.key(0, 0, 5));
        assertThat(read(0)).isEqualTo(7);
        c.tlb.select(Tlb.key(0, 0, 0));
        assertThat(read(0)).isEqualTo(100);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void rightsThatAreTakenAwayStayAway(int others) {
        c.cr4 |= Control.CR4_PKE;
        Modes.update(c);
        c.tlb.flushAll();
        g.put64(Guest.pte(PAGE), PAGE | 7 | KEY_1);
        replace(others);
        ProtectionKeys.pkru(c, 1 << 2);
        assertThatThrownBy(() -> read(0)).isInstanceOf(GuestFault.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aWriteWithoutRightsFaultsAndAWriteToCodeIsTold(int others) {
        g.put64(Guest.pte(PAGE), PAGE | 5);
        replace(others);
        assertThatThrownBy(() -> Mem.write64(c, PAGE, 1)).isInstanceOf(GuestFault.class);
        Mem.write64(c, PAGE + APART, 5);
        for (int i = 2; i <= 1 + others; i++) {
            assertThat(read(i)).isEqualTo(100 + i);
        }
        long[] told = new long[1];
        c.code = new CodeWatch() {
            @Override
            public boolean watches(long physicalPage) {
                return physicalPage == PAGE + 0x1000;
            }

            @Override
            public void beforeWrite(long physical, int length) {
                told[0] = physical;
            }

            @Override
            public void codeWritten(long physical, int length) {}

            @Override
            public void alone() {}
        };
        c.tlb.watch(PAGE + 0x1000);
        Mem.write64(c, PAGE + APART + 8, 6);
        assertThat(told[0]).isEqualTo(PAGE + 0x1008);
    }
}
