package dev.hv.cli.run;

import dev.hv.devices.chipset.SerialOutput;
import java.util.ArrayList;
import java.util.List;

/** Shows everything that a serial port sends to listeners, and then to its console. */
final class ConsoleTap implements SerialOutput {

    private final SerialOutput console;
    private final List<SerialOutput> listeners = new ArrayList<>();

    ConsoleTap(SerialOutput console) {
        this.console = console;
    }

    /** Adds a listener. */
    void add(SerialOutput listener) {
        listeners.add(listener);
    }

    @Override
    public void transmit(int value) {
        console.transmit(value);
        for (int i = 0; i < listeners.size(); i++) {
            listeners.get(i).transmit(value);
        }
    }
}
