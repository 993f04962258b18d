package dev.hv.core.hypervisor.memory;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/**
 * Which overlay pages lie where in a guest-physical space, and what they cover. Several may lie on one guest page: the last one
 * put there is seen.
 */
public final class OverlayMap implements Saveable {

    private static final int VERSION = 1;

    private final SlatFormat format;
    private int count;
    /** Overlaid guest pages, ascending. */
    private long[] gpns = new long[16];
    /** In step with {@link #gpns}: the leaf of the guest's own memory, or 0; above it the leaves of overlay pages. */
    private long[][] stacks = new long[16][];

    public OverlayMap(SlatFormat format) {
        this.format = format;
    }

    private int find(long gpn) {
        return Arrays.binarySearch(gpns, 0, count, gpn);
    }

    /** Whether an overlay lies on a page. */
    public boolean covers(long gpn) {
        return count != 0 && find(gpn) >= 0;
    }

    /** The leaf of the guest's own memory below overlays; 0 for none. */
    public long under(long gpn) {
        return stacks[find(gpn)][0];
    }

    /** The guest's own memory below overlays changes. */
    public void setUnder(long gpn, long leaf) {
        stacks[find(gpn)][0] = leaf;
    }

    /**
     * Puts an overlay on top.
     *
     * @param under leaf of the guest's own memory, for the first overlay of the page
     */
    public void push(long gpn, long under, long leaf) {
        int i = find(gpn);
        if (i < 0) {
            i = ~i;
            if (count == gpns.length) {
                gpns = Arrays.copyOf(gpns, 2 * count);
                stacks = Arrays.copyOf(stacks, 2 * count);
            }
            System.arraycopy(gpns, i, gpns, i + 1, count - i);
            System.arraycopy(stacks, i, stacks, i + 1, count - i);
            count++;
            gpns[i] = gpn;
            stacks[i] = new long[] {under};
        }
        long[] stack = Arrays.copyOf(stacks[i], stacks[i].length + 1);
        stack[stack.length - 1] = leaf;
        stacks[i] = stack;
    }

    /** Takes an overlay off; the answer is the leaf that is seen then, 0 for none. */
    public long remove(long gpn, long leaf) {
        int i = find(gpn);
        long[] stack = stacks[i];
        int at = stack.length - 1;
        while (stack[at] != leaf) {
            at--;
        }
        System.arraycopy(stack, at + 1, stack, at, stack.length - at - 1);
        stacks[i] = Arrays.copyOf(stack, stack.length - 1);
        long seen = stacks[i][stack.length - 2];
        if (stack.length == 2) {
            count--;
            System.arraycopy(gpns, i + 1, gpns, i, count - i);
            System.arraycopy(stacks, i + 1, stacks, i, count - i);
            stacks[count] = null;
        }
        return seen;
    }

    /** The first overlaid page from {@code gpn} on; {@link Long#MAX_VALUE} when there is none. */
    long next(long gpn) {
        if (count == 0) {
            return Long.MAX_VALUE;
        }
        int i = find(gpn);
        i = i < 0 ? ~i : i;
        return i == count ? Long.MAX_VALUE : gpns[i];
    }

    @Override
    public void save(StateWriter out) {
        out.begin("overlay-map", VERSION);
        out.put("count", count);
        for (int i = 0; i < count; i++) {
            out.put("gpns", gpns[i]);
            out.put("stacks-count", stacks[i].length);
            out.put("stacks", stacks[i]);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("overlay-map", VERSION);
        count = (int) in.take();
        gpns = new long[Math.max(count, 16)];
        stacks = new long[gpns.length][];
        for (int i = 0; i < count; i++) {
            gpns[i] = in.take();
            stacks[i] = new long[(int) in.take()];
            in.take(stacks[i]);
        }
        in.end();
    }
}
