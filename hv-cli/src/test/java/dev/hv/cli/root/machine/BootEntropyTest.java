package dev.hv.cli.root.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Equal runs give a machine equal entropy; another seed or another machine gets another. */
class BootEntropyTest {

    @Test
    void itFollowsFromSeedAndMachine() {
        byte[] a = BootEntropy.of(1, "vm1", 0);
        assertThat(a).hasSize(64).isEqualTo(BootEntropy.of(1, "vm1", 0));
        assertThat(BootEntropy.of(2, "vm1", 0)).isNotEqualTo(a);
        assertThat(BootEntropy.of(1, "vm2", 0)).isNotEqualTo(a);
        assertThat(BootEntropy.of(1, "vm1", 1)).as("the next boot").isNotEqualTo(a).isEqualTo(BootEntropy.of(1, "vm1", 1)).isNotEqualTo(BootEntropy.of(1, "vm1", 2));
    }

    @Test
    void halfItsBitsAreSet() {
        int ones = 0;
        for (byte b : BootEntropy.of(1, "vm1", 0)) {
            ones += Integer.bitCount(b & 0xFF);
        }
        assertThat(ones).isBetween(200, 312);
    }
}
