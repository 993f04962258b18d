package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Extended hypercalls of a child: 8001 and 8003, by which it gives back pages that it does not need. */
class MemoryHeatHintTest {

    private final HypercallRig rig = new HypercallRig(1);

    @AfterEach
    void close() {
        rig.close();
    }

    private static long rep(int code, int count) {
        return HypercallRig.control(code, 0, count, 0);
    }

    private static long done(int count) {
        return (long) count << 32;
    }

    @Test
    void extendedCapabilitiesNameTheHint() {
        assertThat(rig.slow(0x8001)).isZero();
        assertThat(rig.peek(HypercallRig.OUTPUT)).isEqualTo(0x100);
    }

    @Test
    void pagesThatAreNotNeededGoBackToTheHost() {
        byte[] data = new byte[8 << 12];
        Arrays.fill(data, (byte) 0x77);
        rig.bytes(0x10_0000, data);
        rig.input(2, 0x10_1000 | 2, 0x10_6000);
        long before = rig.rig.memory.committedBytes();
        assertThat(rig.slow(rep(0x8003, 2))).isEqualTo(done(2));
        assertThat(rig.rig.memory.committedBytes()).isEqualTo(before - (4 << 12));
        assertThat(rig.backend.log).endsWith("invalidate");
        assertThat(rig.peek(0x10_0FF8)).isEqualTo(0x7777_7777_7777_7777L);
        assertThat(rig.peek(0x10_1000)).isZero();
        assertThat(rig.peek(0x10_3FF8)).isZero();
        assertThat(rig.peek(0x10_4000)).isEqualTo(0x7777_7777_7777_7777L);
        assertThat(rig.peek(0x10_6000)).isZero();
        assertThat(rig.peek(0x10_7000)).isEqualTo(0x7777_7777_7777_7777L);
    }

    @Test
    void largePagesThatAreNotNeededGoBackToo() {
        rig.quads(0x1F_FFF8, 1, 2);
        rig.quads(0x3F_EFF8, 3);
        // one large page from 2 MiB on, the hypercall page among it
        rig.input(2, 0x20_0000 | 1 << 11);
        assertThat(rig.slow(rep(0x8003, 1))).isEqualTo(done(1));
        assertThat(rig.peek(0x1F_FFF8)).isEqualTo(1);
        assertThat(rig.peek(0x20_0000)).isZero();
        assertThat(rig.peek(0x3F_EFF8)).isZero();
        assertThat(rig.peek(HypercallRig.CODE_PAGE) & 0xFF_FFFF).as("the hypervisor's own page").isEqualTo(0x03_0201);
    }

    @Test
    void hintsAboutWarmthChangeNothing() {
        rig.quads(0x10_0000, 5);
        for (int type = 0; type < 2; type++) {
            rig.input(type, 0x10_0000);
            assertThat(rig.slow(rep(0x8003, 1))).isEqualTo(done(1));
            assertThat(rig.peek(0x10_0000)).isEqualTo(5);
        }
    }

    @Test
    void hintsAreRefusedByTypeAndRange() {
        rig.input(3, 0x10_0000);
        assertThat(rig.slow(rep(0x8003, 1))).isEqualTo(5);
        rig.input(-1, 0x10_0000);
        assertThat(rig.slow(rep(0x8003, 1))).isEqualTo(5);
        rig.input(2, -1L << 12);
        assertThat(rig.slow(rep(0x8003, 1))).as("beyond what can be addressed").isEqualTo(5);
        rig.input(2, HypercallRig.NO_MEMORY);
        assertThat(rig.slow(rep(0x8003, 1))).as("nothing there: nothing to do").isEqualTo(done(1));
    }

    @Test
    void aHintAboutMuchMemoryIsInterrupted() {
        // two ranges of 1 GiB; the first takes the time of a whole batch
        rig.input(2, 1L << 30 | 1 << 12 | 1 << 11, 2L << 30 | 1 << 12 | 1 << 11);
        long control = rep(0x8003, 2);
        rig.slow(control);
        assertThat(rig.context(0).gpr[HypercallRig.RCX]).isEqualTo(control | 1L << 48);
        assertThat(rig.context(0).calls).isEmpty();
        rig.vmcall();
        assertThat(rig.context(0).gpr[HypercallRig.RAX]).isEqualTo(done(2));
        assertThat(rig.context(0).calls).containsExactly("advance 3");
        assertThat(rig.counts()).containsEntry("HvExtCallMemoryHeatHint", 1L);
    }
}
