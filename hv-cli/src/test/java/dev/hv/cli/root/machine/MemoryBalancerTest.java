package dev.hv.cli.root.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MemoryBalancerTest {

    @Test
    void whileThereIsEnoughEachHasWhatItWants() {
        assertThat(MemoryBalancer.shares(1000, new long[] {300, 200, 500}, new long[] {100, 100, 100}, new int[] {1, 1, 1})).containsExactly(300, 200, 500);
    }

    @Test
    void whatIsLeftGoesByWeightAndToNoneMoreThanItWants() {
        assertThat(MemoryBalancer.shares(700, new long[] {1000, 1000}, new long[] {100, 100}, new int[] {3000, 1000})).containsExactly(475, 225);
        assertThat(MemoryBalancer.shares(700, new long[] {200, 1000}, new long[] {100, 100}, new int[] {9000, 1})).containsExactly(200, 500);
    }

    @Test
    void eachKeepsItsMinimumWhenThereIsNothing() {
        assertThat(MemoryBalancer.shares(0, new long[] {500, 500}, new long[] {100, 50}, new int[] {1, 1})).containsExactly(100, 50);
    }

    @Test
    void noneHasMoreThanItWantsNorAllMoreThanThereIs() {
        var random = new SplittableRandom(1);
        for (int round = 0; round < 2000; round++) {
            int n = random.nextInt(1, 6);
            long[] wanted = new long[n];
            long[] least = new long[n];
            int[] weights = new int[n];
            long sumLeast = 0;
            long sumWanted = 0;
            for (int i = 0; i < n; i++) {
                wanted[i] = random.nextLong(1, 100_000);
                least[i] = random.nextLong(0, wanted[i] + 1);
                weights[i] = random.nextInt(1, 10_001);
                sumLeast += least[i];
                sumWanted += wanted[i];
            }
            long budget = random.nextLong(0, 300_000);
            long[] shares = MemoryBalancer.shares(budget, wanted, least, weights);
            long sum = 0;
            for (int i = 0; i < n; i++) {
                assertThat(shares[i]).isBetween(least[i], wanted[i]);
                sum += shares[i];
            }
            assertThat(sum).isEqualTo(Math.max(sumLeast, Math.min(budget, sumWanted)));
        }
    }
}
