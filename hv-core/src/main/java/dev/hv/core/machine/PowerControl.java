package dev.hv.core.machine;

/** What a chipset can do to the whole machine or partition it belongs to. Takes effect when the current instruction ends. */
public interface PowerControl {

    /** ACPI S5: the guest switched itself off. */
    void powerOff();

    /** Hardware reset (reset register, keyboard controller, port 0xCF9). */
    void reset();

    /** The debug-exit device: the guest wrote {@code value} to port 0xF4. */
    void debugExit(int value);
}
