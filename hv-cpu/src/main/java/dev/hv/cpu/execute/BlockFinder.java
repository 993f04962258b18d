package dev.hv.cpu.execute;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.SegmentAccess;
import java.util.Arrays;

/** Finds the block at a processor's RIP: among those entered before, in the cache of decoded code, or by decoding it. */
final class BlockFinder {

    private static final int JUMPS = 1 << 16;

    private final Cpu c;
    private final CodeCache cache;
    private final BlockBuilder builder;
    /**
     * Blocks by the RIP and the address space they were entered in, and the key of that entry: several address spaces share the
     * kernel's code, and with one key a block they would look it up again after every switch (measured: every fifth block).
     */
    private final Block[] jumps = new Block[JUMPS];
    private final long[] jumpKeys = new long[JUMPS];
    /** The next block is built of its first instruction alone and not kept. */
    boolean restarted;

    BlockFinder(Cpu c, CodeCache cache) {
        this.c = c;
        this.cache = cache;
        builder = new BlockBuilder(c);
    }

    /** The block at RIP, which the processor's fetch key belongs to. A fault here is the fetch's. */
    Block find(long rip, long key) {
        int slot = slot(rip, key);
        Block b = jumps[slot];
        return jumpKeys[slot] == key && b.rip == rip && b.valid ? b : lookup(rip);
    }

    /** A block of the next {@code most} instructions at most, which is not kept. */
    Block alone(int most) {
        long rip = c.rip;
        return builder.build(rip, MemSlow.translateFetch(c, linear(rip)), most);
    }

    private long linear(long rip) {
        return (c.mode & Modes.CODE64) != 0 ? rip : c.seg[Cpu.CS].base + rip & 0xFFFFFFFFL;
    }

    /** Linear address of code in the code segment as it is now, for a block of a mode. */
    long linear(long rip, int mode) {
        return (mode & Modes.CODE64) != 0 ? rip : c.seg[Cpu.CS].base + rip & 0xFFFFFFFFL;
    }

    /** Finds or builds the block at RIP. {@code cache.running} is null meanwhile: a fault here is the fetch's. */
    private Block lookup(long rip) {
        cache.running = null;
        boolean code64 = (c.mode & Modes.CODE64) != 0;
        long key = c.fetchKey();
        long physical = MemSlow.translateFetch(c, code64 ? rip : c.seg[Cpu.CS].base + rip & 0xFFFFFFFFL);
        HostDebug debug = c.debug;
        if (debug != null && debug.at(linear(rip))) {
            if (!debug.passed()) {
                throw debug.signal;
            }
            restarted = false;
            return builder.build(rip, physical, 1);
        }
        Block b = cache.find(physical, rip, c.mode);
        if (b != null && b.secondPage >= 0) {
            long next = ((code64 ? rip : c.seg[Cpu.CS].base + rip) | 0xFFF) + 1;
            if ((MemSlow.translateFetch(c, code64 ? next : next & 0xFFFFFFFFL) & ~0xFFFL) != b.secondPage) {
                b = null;
            }
        }
        if (b != null && !code64 && rip + b.length() - 1 > (c.seg[Cpu.CS].limit & 0xFFFFFFFFL) && !SegmentAccess.endless(c, c.seg[Cpu.CS])) {
            b = null;
        }
        if (restarted) {
            restarted = false;
            // alone, and not kept: what it writes may be its own bytes
            return builder.build(rip, physical, 1);
        }
        if (b == null) {
            if (cache.uncached(physical)) {
                return builder.build(rip, physical, 1);
            }
            if (cache.makeRoom()) {
                forget();
            }
            boolean memory = c.bus.pageAddress(physical) != 0;
            if (c.parallel && memory) {
                // before the bytes are read: whoever changes them from now on says so
                cache.prepare(physical);
            }
            b = builder.build(rip, physical, Integer.MAX_VALUE);
            if (!memory) {
                return b;
            }
            if (c.parallel && b.secondPage >= 0) {
                cache.prepare(b.secondPage);
                b = builder.build(rip, physical, Integer.MAX_VALUE);
            }
            if (b.secondPage >= 0 && cache.uncached(b.secondPage)) {
                return b;
            }
            cache.add(b);
        }
        if (c.fetchKey() != key) {
            // another processor flushed translations while this one waited for it
            return lookup(rip);
        }
        int slot = slot(rip, key);
        jumpKeys[slot] = key;
        jumps[slot] = b;
        return b;
    }

    /** Where a block entered at RIP is noted; no key is 0. */
    private int slot(long rip, long key) {
        // above the mode bits: the number of the address space
        return (int) (rip ^ rip >>> 15 ^ (key >>> 18) * 0x9E35) & jumps.length - 1;
    }

    /** Blocks that were dropped would be kept alive by the entries that found them. */
    void forget() {
        Arrays.fill(jumps, null);
        Arrays.fill(jumpKeys, 0);
    }
}
