package dev.hv.cpu.snapshot;

/**
 * A component whose whole state can be written and read back. {@code save} writes one section of its own
 * ({@link StateWriter#begin}); {@code restore} reads that section. Derived state (caches) is not written.
 */
public interface Saveable {

    /** Writes this component's state as one section. */
    void save(StateWriter out);

    /** Replaces this component's state by the section that comes next. */
    void restore(StateReader in);
}
