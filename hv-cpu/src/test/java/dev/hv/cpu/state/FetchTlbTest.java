package dev.hv.cpu.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Translations of fetches: kept by address space and mode, forgotten when they are flushed. */
class FetchTlbTest {

    private static final long PAGE = 0xFFFFFFFF_81000000L;
    private final long[] keys = new long[1024];
    private final FetchTlb tlb = new FetchTlb(keys);

    private static long tag(long page, int context, int mode) {
        return page | (long) context << 2 | mode;
    }

    @Test
    void aPageIsDroppedFromAllAddressSpacesAndModes() {
        for (int context = 0; context < 5; context++) {
            assertThat(tlb.put(tag(PAGE, context, Tlb.SUPERVISOR), 0x1000)).isTrue();
            assertThat(tlb.put(tag(PAGE, context, Tlb.USER), 0x2000)).isTrue();
            assertThat(tlb.put(tag(PAGE + 0x1000, context, Tlb.USER), 0x3000)).isTrue();
        }
        assertThat(tlb.find(tag(PAGE, 3, Tlb.SUPERVISOR))).isEqualTo(0x1000);
        assertThat(tlb.find(tag(PAGE, 3, Tlb.USER))).isEqualTo(0x2000);
        tlb.drop(PAGE, 0, 5);
        for (int context = 0; context < 5; context++) {
            assertThat(tlb.find(tag(PAGE, context, Tlb.SUPERVISOR))).isEqualTo(-1);
            assertThat(tlb.find(tag(PAGE, context, Tlb.USER))).isEqualTo(-1);
            assertThat(tlb.find(tag(PAGE + 0x1000, context, Tlb.USER))).isEqualTo(0x3000);
        }
    }

    /** With the contexts of one page in one row this takes minutes. */
    @Test
    @Timeout(60)
    void hundredsOfAddressSpacesWithOneKernelAreFoundAtOnce() {
        for (int round = 0; round < 200; round++) {
            for (int context = 0; context < 1000; context++) {
                for (int page = 0; page < 10; page++) {
                    long tag = tag(PAGE + 4096L * page, context, Tlb.SUPERVISOR);
                    if (tlb.find(tag) < 0) {
                        assertThat(tlb.put(tag, 4096L * page)).isTrue();
                    }
                }
            }
        }
        assertThat(tlb.find(tag(PAGE + 0x5000, 999, Tlb.SUPERVISOR))).isEqualTo(0x5000);
    }

    @Test
    void entriesOfGoneAddressSpacesMakeRoom() {
        for (int round = 0; round < 20; round++) {
            for (int context = 0; context < 1000; context++) {
                keys[context] = round;
                for (int page = 0; page < 5; page++) {
                    assertThat(tlb.put(tag(PAGE + 4096L * (page + 5 * round), context, Tlb.USER), 0x1000)).as("no others are dropped").isTrue();
                }
            }
            Arrays.fill(keys, Tlb.GONE);
        }
    }
}
