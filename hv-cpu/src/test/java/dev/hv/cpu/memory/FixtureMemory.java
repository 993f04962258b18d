package dev.hv.cpu.memory;

/** Memory of a processor under test, with a guest's memory at a place in it. Where there is no memory, all bits read as ones. */
public abstract class FixtureMemory implements AutoCloseable, PhysicalBus {

    private final long size;
    private final long guest;
    private final long raw;
    private final long memory;

    /**
     * Zeroed memory.
     *
     * @param guest system-physical address of the guest's memory
     */
    protected FixtureMemory(long size, long guest) {
        this.size = size;
        this.guest = guest;
        raw = Raw.allocate(size + 4096);
        memory = raw + 4095 & ~0xFFFL;
        Raw.fill(memory, size, 0);
    }

    public final void put64(long p, long v) {
        Raw.put64(memory + p, v);
    }

    public final long get64(long p) {
        return Raw.get64(memory + p);
    }

    public final void put8(long p, int v) {
        Raw.put8(memory + p, (byte) v);
    }

    public final int get8(long p) {
        return Raw.get8(memory + p) & 0xFF;
    }

    /** Puts code at a guest-physical address. */
    public void code(long guestPhysical, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            put8(guest + guestPhysical + i, bytes[i]);
        }
    }

    @Override
    public final void close() {
        Raw.free(raw);
    }

    @Override
    public final long pageAddress(long physical) {
        return physical >= 0 && physical < size ? memory + (physical & ~0xFFFL) : 0;
    }

    @Override
    public final int pageRights(long physical) {
        return READ | WRITE;
    }

    @Override
    public final long read(long physical, int size) {
        return size == 8 ? -1 : (1L << 8 * size) - 1;
    }

    @Override
    public final void write(long physical, int size, long value) {}

    @Override
    public final void watchCode(long physical, int lines, CodeWatcher watcher) {}
}
