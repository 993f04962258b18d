package dev.hv.devices.chipset;

import dev.hv.core.machine.InterruptLine;

/** A line that remembers its level and counts its rising edges. */
final class FakeLine implements InterruptLine {

    boolean high;
    int edges;

    @Override
    public void set(boolean level) {
        if (level && !high) {
            edges++;
        }
        high = level;
    }
}
