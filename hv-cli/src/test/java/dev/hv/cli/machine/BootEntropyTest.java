package dev.hv.cli.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Equal runs give a machine equal entropy; another seed or another machine gets another. */
class BootEntropyTest {

    @Test
    void itFollowsFromSeedAndMachine() {
        byte[] a = BootEntropy.of(1, "vm1");
        assertThat(a).hasSize(64).isEqualTo(BootEntropy.of(1, "vm1"));
        assertThat(BootEntropy.of(2, "vm1")).isNotEqualTo(a);
        assertThat(BootEntropy.of(1, "vm2")).isNotEqualTo(a);
    }

    @Test
    void halfItsBitsAreSet() {
        int ones = 0;
        for (byte b : BootEntropy.of(1, "vm1")) {
            ones += Integer.bitCount(b & 0xFF);
        }
        assertThat(ones).isBetween(200, 312);
    }
}
