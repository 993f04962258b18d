package dev.hv.cpu.conform;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.state.Canonical;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;

/** Processor and memory state of a vector. Mutable while it is read; the runner leaves it alone. */
public final class VectorState {

    /** Bytes of an instruction at most: a few more than a processor takes, which are a test of its own. */
    static final int CODE = 32;
    /** Pages of memory at most. */
    static final int PAGES = 64;

    final long[] gpr = new long[16];
    long rip;
    long rflags = 0x202;
    long fsBase;
    long gsBase;
    int mxcsr = 0x1F80;
    final byte[][] ymm = new byte[16][32];
    int fcw = 0x37F;
    int fsw;
    /** Abridged (FXSAVE) tag byte: bit set means not empty. */
    int ftw;
    /** ST(0) … ST(7), 10 bytes each, low byte first. */
    final byte[][] st = new byte[8][10];
    private final Set<Long> pages = new HashSet<>();
    final TreeMap<Long, byte[]> memory = new TreeMap<>(Long::compareUnsigned);

    /**
     * Adds bytes of memory.
     *
     * @throws IllegalArgumentException when no processor could address them, or when they are more than {@link #PAGES} pages together
     */
    void put(long address, byte[] bytes) {
        if (bytes.length == 0) {
            throw new IllegalArgumentException("mem: no bytes at 0x" + Long.toHexString(address));
        }
        requireAddress("mem", address, bytes.length);
        for (long page = address & -Page.SIZE; Long.compareUnsigned(page, address + bytes.length - 1 & -Page.SIZE) <= 0 && pages.size() <= PAGES; page += Page.SIZE) {
            pages.add(page);
        }
        if (pages.size() > PAGES) {
            throw new IllegalArgumentException("mem: more than " + PAGES + " pages of 4 KiB");
        }
        memory.put(address, bytes);
    }

    /** Checks that {@code length} bytes from an address on are all at canonical addresses, on one side of the hole between them. */
    static void requireAddress(String what, long address, int length) {
        long last = address + length - 1;
        if (!Canonical.always(address) || !Canonical.always(last) || (address ^ last) < 0) {
            throw new IllegalArgumentException(what + ": 0x" + Long.toHexString(address) + " is not a canonical address of 48 bits, or the bytes there reach beyond one");
        }
    }

    /** A copy that later fields are read over; without memory, because what changed there is laid over what was. */
    VectorState copy() {
        var s = new VectorState();
        System.arraycopy(gpr, 0, s.gpr, 0, 16);
        s.rip = rip;
        s.rflags = rflags;
        s.fsBase = fsBase;
        s.gsBase = gsBase;
        s.mxcsr = mxcsr;
        s.fcw = fcw;
        s.fsw = fsw;
        s.ftw = ftw;
        for (int i = 0; i < 16; i++) {
            s.ymm[i] = ymm[i].clone();
        }
        for (int i = 0; i < 8; i++) {
            s.st[i] = st[i].clone();
        }
        return s;
    }
}
