package dev.hv.core.synic;

import dev.hv.cpu.snapshot.Saveable;

/**
 * A page of the hypervisor's that a guest places over its own memory by writing an MSR (TLFS, "Overlay pages"). It keeps its contents
 * while it is nowhere.
 */
public interface OverlayPage extends Saveable {

    /**
     * Lays the page over a guest page, taking it away from where it was.
     *
     * @param gpn guest page number
     * @return false when it cannot lie there; nothing has changed then
     */
    boolean place(long gpn);

    /** Takes the page away: the guest's own memory appears again. */
    void remove();

    /** Reads 1, 2, 4 or 8 bytes. */
    long read(int offset, int size);

    /** Writes 1, 2, 4 or 8 bytes. */
    void write(int offset, int size, long value);

    /** Sets a bit in one step as far as the guest can tell; returns whether it was clear. Bit n is bit n % 8 of byte n / 8. */
    boolean setBit(int bit);

    /** Clears a bit in one step; returns whether it was set. */
    boolean clearBit(int bit);

    /** Fills the page with zeros. */
    void clear();
}
