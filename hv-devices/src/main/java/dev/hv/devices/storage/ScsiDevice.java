package dev.hv.devices.storage;

import dev.hv.cpu.snapshot.Saveable;

/** A logical unit. */
interface ScsiDevice extends Saveable {

    /** Carries a command out; status, sense and count of the command say how it ended. */
    void execute(ScsiCommand command);
}
