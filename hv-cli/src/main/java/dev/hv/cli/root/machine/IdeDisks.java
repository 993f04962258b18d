package dev.hv.cli.root.machine;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.ide.IdeController;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The IDE disks of a machine. The controller comes with the first of them: a machine without IDE disks has none. */
public final class IdeDisks implements AutoCloseable {

    /** Its place on PCI bus 0. */
    static final int SLOT = 1;

    private final Supplier<IdeController> make;
    private final Consumer<Saveable> state;
    private IdeController controller;
    private int count;

    IdeDisks(Supplier<IdeController> make, Consumer<Saveable> state) {
        this.make = make;
        this.state = state;
    }

    /**
     * Plugs a disk in before the guest starts; it then belongs to this.
     *
     * @param name for the serial number
     * @return false when all places are taken
     */
    public boolean add(Disk disk, String name) {
        if (count == IdeController.DRIVES) {
            return false;
        }
        if (controller == null) {
            controller = make.get();
            state.accept(controller);
        }
        controller.attach(count, disk, name + "-" + count);
        count++;
        return true;
    }

    /** The machine is reset: requests under way are forgotten, and drives are as after power-on. */
    public void reset() {
        if (controller != null) {
            controller.reset();
        }
    }

    /** Lets go of the host's files. */
    @Override
    public void close() {
        if (controller != null) {
            controller.close();
        }
    }
}
