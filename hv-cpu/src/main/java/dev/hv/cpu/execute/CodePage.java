package dev.hv.cpu.execute;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The blocks of one physical page, by the 128-byte lines that their bytes lie in, so that a write looks at those near it only. A page
 * that is written again and again while it is executed is not cached for a while: decoding its instructions one by one costs less
 * than to build blocks that do not last.
 */
final class CodePage {

    private static final int LINES = 32;
    private static final int LINE_SHIFT = 7;
    /** Blocks dropped after which a page is looked at, and the fewest instructions a dropped block must have been good for. */
    private static final int DROPS = 64;
    private static final int WORTH = 200;
    /** Blocks looked at in vain that count as one dropped. */
    private static final int LOOKS = 8;
    /** Instructions of a page that are decoded one by one before it is tried again, at first and at most. */
    private static final int SHORTEST = 4096;
    private static final int LONGEST = 1 << 20;

    final long address;
    private final Block[][] byLine = new Block[LINES][];
    private final int[] sizes = new int[LINES];
    /** Lines that writes of others are reported of. */
    int watched;
    /** Blocks with bytes in this page. */
    int blocks;
    private int drops;
    private int looks;
    private long since;
    private int alone;
    private int period = SHORTEST / 2;

    /**
     * A page without blocks.
     *
     * @param address its physical address
     * @param now instructions so far
     */
    CodePage(long address, long now) {
        this.address = address;
        since = now;
    }

    /** Bits of the lines that bytes within a page touch. */
    static int lines(int offset, int length) {
        return -1 << (offset >> LINE_SHIFT) & -1 >>> LINES - 1 - (offset + length - 1 >> LINE_SHIFT);
    }

    /** Enters a block that has bytes in these lines. */
    void add(Block b, int lines) {
        blocks++;
        for (int left = lines; left != 0; left &= left - 1) {
            int line = Integer.numberOfTrailingZeros(left);
            if (byLine[line] == null) {
                byLine[line] = new Block[2];
            } else if (sizes[line] == byLine[line].length) {
                purge(line);
                if (2 * sizes[line] > byLine[line].length) {
                    byLine[line] = Arrays.copyOf(byLine[line], 2 * byLine[line].length);
                }
            }
            byLine[line][sizes[line]++] = b;
        }
    }

    /** Forgets blocks that were dropped by way of another line. */
    private void purge(int line) {
        Block[] list = byLine[line];
        int kept = 0;
        for (int i = 0; i < sizes[line]; i++) {
            if (list[i].valid) {
                list[kept++] = list[i];
            }
        }
        Arrays.fill(list, kept, sizes[line], null);
        sizes[line] = kept;
    }

    /**
     * Takes the blocks out that have one of some bytes of this page.
     *
     * @param lines the lines of the bytes
     * @param taken is given each
     * @return blocks looked at
     */
    int take(int lines, long physical, int length, Consumer<Block> taken) {
        int before = looks;
        for (int left = lines; left != 0; left &= left - 1) {
            int line = Integer.numberOfTrailingZeros(left);
            Block[] list = byLine[line];
            for (int i = sizes[line] - 1; i >= 0; i--) {
                Block b = list[i];
                boolean hit = b.valid && b.overlaps(physical, length);
                if (hit || !b.valid) {
                    list[i] = list[--sizes[line]];
                    list[sizes[line]] = null;
                }
                if (hit) {
                    taken.accept(b);
                }
                looks++;
            }
        }
        return looks - before;
    }

    /**
     * Whether no block lasts here; then a while without blocks begins.
     *
     * @param dropped blocks that have just been dropped
     * @param now instructions so far
     */
    boolean hopeless(int dropped, long now) {
        drops += dropped + looks / LOOKS;
        looks %= LOOKS;
        if (drops < DROPS) {
            return false;
        }
        boolean hopeless = now - since < (long) drops * WORTH;
        period = hopeless ? Math.min(2 * period, LONGEST) : Math.max(period / 2, SHORTEST / 2);
        alone = hopeless ? period : 0;
        drops = 0;
        since = now;
        return hopeless;
    }

    /** Whether the next instruction of this page is decoded for itself; one of those that are is used up. */
    boolean uncached(long now) {
        if (alone == 0) {
            return false;
        }
        if (--alone == 0) {
            since = now;
        }
        return true;
    }
}
