package dev.hv.cli.worker;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.storage.StorageController;
import dev.hv.vmbus.Guid;
import dev.hv.vmbus.Vmbus;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The providers that serve one virtual machine over its VMBus, and what they hold of the host. */
public final class SyntheticDevices implements Saveable, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SyntheticDevices.class);
    private static final Guid STORAGE = Guid.of("6b1a9d4e-0000-4c11-9d3f-687673637369");
    private static final int STATE_VERSION = 1;

    private final String name;
    private final Vmbus bus;
    private StorageController storage;
    private final Map<Integer, Disk> disks = new TreeMap<>();
    private int nextDisk;

    /**
     * No devices yet.
     *
     * @param name the machine's, for serial numbers and messages
     */
    SyntheticDevices(String name, Vmbus bus) {
        this.name = name;
        this.bus = bus;
    }

    /** Offers a SCSI controller; disks can be plugged in then, also while the guest runs. */
    public void offerStorage() {
        storage = new StorageController();
        bus.offer(StorageController.offer(STORAGE, "scsi0"), storage);
    }

    /**
     * Plugs a disk in, which then belongs to this.
     *
     * @return its number: how many were plugged in before it
     */
    public int addDisk(Disk disk) {
        int number = nextDisk++;
        storage.add(0, number, disk, "%s-%d".formatted(name, number));
        disks.put(number, disk);
        return number;
    }

    /**
     * Takes a disk out, whatever the guest does with it.
     *
     * @return false when there is none with this number
     */
    public boolean removeDisk(int number) {
        Disk disk = disks.remove(number);
        if (disk == null) {
            return false;
        }
        storage.remove(0, number);
        release(disk);
        return true;
    }

    private void release(Disk disk) {
        try {
            disk.close();
        } catch (IOException e) {
            LOG.warn("{}: a disk could not be closed: {}", name, e.getMessage());
        }
    }

    /** Lets go of the host's files. */
    @Override
    public void close() {
        disks.values().forEach(this::release);
        disks.clear();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("synthetic-devices", STATE_VERSION);
        out.put(nextDisk);
        if (storage != null) {
            storage.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("synthetic-devices");
        nextDisk = (int) in.take();
        if (storage != null) {
            storage.restore(in);
        }
        in.end();
    }
}
