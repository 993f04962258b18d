package dev.hv.cli.root.machine;

import dev.hv.cli.root.boot.GuestMemory;
import dev.hv.cli.root.boot.InitialState;
import dev.hv.cli.root.worker.DiskThreads;
import dev.hv.cli.root.worker.Restarts;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.events.MachineError;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.firmware.FirmwareTables;

/** What a guest boots on: the whole machine, or a child partition. */
public interface GuestMachine {

    /** The tables for the loader. */
    FirmwareTables firmware();

    /** Memory for the loader. */
    GuestMemory guestMemory();

    /** Puts the first processor into the state that firmware and loader leave, ready to run. */
    void start(InitialState state);

    /**
     * Makes everything as it was after power-on, with what is plugged in now: a loader's work and {@link #start} follow. On the machine's thread,
     * between turns.
     *
     * @param boots how often it was started before; different boots have different random numbers, equal runs equal ones
     */
    void reset(int boots);

    /** Sets who decides what comes of a reset; without anybody the machine ends. */
    void onReset(Restarts decides);

    /** The run loop. */
    Machine machine();

    /** The guest's devices. */
    Chipset chipset();

    /** Adds something to what is saved with this guest, in the order of addition. */
    void addState(Saveable part);

    /** Where IDE disks are plugged in. */
    IdeDisks ideDisks();

    /** Where disks on PCI Express are plugged in; null where there can be none. */
    PciDisks pciDisks();

    /** Where network adapters on PCI Express are plugged in; null where there can be none. */
    PciAdapters pciAdapters();

    /**
     * Has an error of the machine come up. On the machine's thread, between turns.
     *
     * @return what came of it
     */
    String machineCheck(MachineError error);

    /** How the requests of its disks are carried out. */
    DiskThreads diskThreads();
}
