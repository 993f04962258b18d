package dev.hv.cpu.execute;

import dev.hv.cpu.state.CodeWitness;
import dev.hv.cpu.state.Cpu;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which instructions of a range of linear addresses a processor has executed: a bit for each address at which one began, in pages that are made when they are needed. Blocks tell what of them was executed before they become
 * machine code, which costs nothing afterwards.
 */
public final class CodeCoverage implements CodeWitness {

    private static final int PAGE_SHIFT = 12;
    private static final int PAGE_MASK = (1 << PAGE_SHIFT) - 1;
    private static final int WORDS = (1 << PAGE_SHIFT) / Long.SIZE;

    private final long first;
    private final long last;
    private final Map<Long, long[]> pages = new HashMap<>();
    private long latest;
    private long[] latestBits;

    /** Coverage of the addresses from {@code first} to {@code last}, unsigned. */
    public CodeCoverage(long first, long last) {
        this.first = first;
        this.last = last;
    }

    @Override
    public boolean everyTime() {
        return false;
    }

    @Override
    public void executed(Cpu c, long linear, long physical, short[] offsets, short[] rows, int from, int to) {
        for (int i = from; i < to; i++) {
            long at = linear + offsets[i];
            if (Long.compareUnsigned(at, first) >= 0 && Long.compareUnsigned(at, last) <= 0) {
                long page = at >>> PAGE_SHIFT;
                if (latestBits == null || page != latest) {
                    latestBits = pages.computeIfAbsent(page, p -> new long[WORDS]);
                    latest = page;
                }
                latestBits[(int) at >>> 6 & WORDS - 1] |= 1L << at;
            }
        }
    }

    /** Addresses at which executed instructions begin, by all of these; in rising order as signed numbers. The processors do not run. */
    public static long[] addresses(Iterable<CodeCoverage> all) {
        Map<Long, long[]> merged = new HashMap<>();
        for (CodeCoverage each : all) {
            each.pages.forEach((page, bits) -> {
                long[] into = merged.computeIfAbsent(page, p -> new long[WORDS]);
                for (int i = 0; i < WORDS; i++) {
                    into[i] |= bits[i];
                }
            });
        }
        int count = merged.values().stream().mapToInt(bits -> Arrays.stream(bits).mapToInt(Long::bitCount).sum()).sum();
        long[] addresses = new long[count];
        int n = 0;
        for (Map.Entry<Long, long[]> e : merged.entrySet()) {
            for (int at = 0; at <= PAGE_MASK; at++) {
                if ((e.getValue()[at >>> 6] >>> at & 1) != 0) {
                    addresses[n++] = e.getKey() << PAGE_SHIFT | at;
                }
            }
        }
        Arrays.sort(addresses);
        return addresses;
    }
}
