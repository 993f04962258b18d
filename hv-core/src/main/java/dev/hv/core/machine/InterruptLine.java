package dev.hv.core.machine;

/** One input of an interrupt controller, as a device sees it. */
@FunctionalInterface
public interface InterruptLine {

    /** Drives the line high or low. Setting the level it has changes nothing. */
    void set(boolean high);

    /** An edge: high, then low. */
    default void pulse() {
        set(true);
        set(false);
    }
}
