package dev.hv.cpu.memory;

/**
 * The physical address space as one processor sees it: pages of memory that may be accessed directly, and
 * everything else (device registers, holes), which goes through {@link #read} and {@link #write}.
 */
public interface PhysicalBus {

    /** Page holds readable memory. */
    int READ = 1;
    /** Page holds writable memory. */
    int WRITE = 2;

    /**
     * Raw address of the memory behind a page, for {@link Raw}, or 0 when accesses to the page must go through
     * {@link #read} and {@link #write}. Commits the page's memory. The answer stays valid until the processors
     * are told to flush their TLBs.
     *
     * @param physical any address in the page
     */
    long pageAddress(long physical);

    /**
     * Of a page without a raw address that lasts: one that is good for the accesses of one instruction to a structure in it, while nothing has to be known of
     * them; 0 where each must be made by itself.
     */
    default long plainPage(long physical) {
        return 0;
    }

    /** Access rights of a page with a raw address: {@link #READ}, {@link #READ}|{@link #WRITE} (ROM is READ alone). */
    int pageRights(long physical);

    /**
     * Reads {@code size} bytes (1, 2, 4 or 8), not crossing a page, zero-extended. Unclaimed addresses read as all ones.
     */
    long read(long physical, int size);

    /** Writes the low {@code size} bytes (1, 2, 4 or 8) of {@code value}, not crossing a page. Unclaimed addresses ignore it. */
    void write(long physical, int size, long value);

    /**
     * A locked write of {@code size} bytes (1, 2, 4 or 8), within an aligned doubleword of eight bytes, to a page without a raw address:
     * only if they still hold {@code expected}.
     *
     * @return false when they do not, and nothing was written; device registers always take the value
     */
    default boolean replace(long physical, int size, long expected, long value) {
        write(physical, size, value);
        return true;
    }

    /**
     * A processor holds decoded instructions from these 128-byte lines of the page: its own writes are watched by the
     * processor; writes by anyone else (DMA, other processors) must be reported through {@link CodeWatcher}.
     *
     * @param lines bit n for bytes 128 n … 128 n + 127 of the page
     */
    void watchCode(long physical, int lines, CodeWatcher watcher);

    /** Whether somebody holds decoded instructions from this page: a processor's writes to it must be reported by {@link #codeWritten}. */
    default boolean codeWatched(long physical) {
        return false;
    }

    /**
     * A processor has written to a page that is watched.
     *
     * @param except the writer's own watcher, which knows
     */
    default void codeWritten(long physical, int length, CodeWatcher except) {}

    /** Told about a foreign write to memory whose code is cached. */
    interface CodeWatcher {
        /** Some of {@code length} bytes from {@code physical} were written. Called between blocks or from the writing thread. */
        void codeWritten(long physical, int length);
    }
}
