package dev.hv.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Equal states have equal digests; any other bit, length, order or border between runs gives another. */
class StateDigestTest {

    private static String of(byte[]... runs) {
        var digest = new StateDigest();
        for (byte[] run : runs) {
            digest.put(run, 0, run.length);
        }
        return digest.hex();
    }

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void everyBitOfARunCounts() {
        for (int length : new int[] {1, 63, 64, 65, 4096}) {
            byte[] bytes = random(length, length);
            Set<String> seen = new HashSet<>(Set.of(of(bytes)));
            assertEquals(of(bytes), of(bytes.clone()));
            for (int bit = 0; bit < length * 8; bit += length < 4096 ? 1 : 61) {
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
                assertTrue(seen.add(of(bytes)), "bit " + bit + " of " + length + " bytes");
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
            }
        }
    }

    @Test
    void orderAndBordersOfRunsCount() {
        byte[] a = random(1, 4096);
        byte[] b = random(2, 4096);
        byte[] both = new byte[8192];
        System.arraycopy(a, 0, both, 0, 4096);
        System.arraycopy(b, 0, both, 4096, 4096);
        Set<String> seen = new HashSet<>();
        for (String digest : new String[] {of(a), of(b), of(a, b), of(b, a), of(both), of(a, a), of(), of(new byte[0]), of(new byte[64]), of(new byte[65]), of(new byte[63])}) {
            assertTrue(seen.add(digest));
        }
    }

    @Test
    void aRunWithinAnArrayIsThatRun() {
        byte[] all = random(3, 5000);
        byte[] part = java.util.Arrays.copyOfRange(all, 100, 4196);
        var digest = new StateDigest();
        digest.put(all, 100, 4096);
        assertEquals(of(part), digest.hex());
    }
}
