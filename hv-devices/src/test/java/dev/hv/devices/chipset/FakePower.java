package dev.hv.devices.chipset;

import dev.hv.core.machine.PowerControl;
import java.util.ArrayList;
import java.util.List;

/** Remembers what was done to the machine. */
final class FakePower implements PowerControl {

    final List<String> calls = new ArrayList<>();

    @Override
    public void powerOff() {
        calls.add("off");
    }

    @Override
    public void reset() {
        calls.add("reset");
    }

    @Override
    public void debugExit(int value) {
        calls.add("exit " + value);
    }
}
