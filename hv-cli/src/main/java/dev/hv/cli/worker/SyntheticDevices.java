package dev.hv.cli.worker;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.network.NetworkAdapter;
import dev.hv.devices.storage.DiskUnit;
import dev.hv.devices.storage.DvdUnit;
import dev.hv.devices.storage.LogicalUnit;
import dev.hv.devices.storage.ScsiAddress;
import dev.hv.devices.storage.StorageController;
import dev.hv.vmbus.Guid;
import dev.hv.vmbus.Vmbus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The providers that serve one virtual machine over its VMBus, and what they hold of the host. */
public final class SyntheticDevices implements Saveable, AutoCloseable {

    private static final Guid STORAGE = Guid.of("6b1a9d4e-0000-4c11-9d3f-687673637369");
    private static final int SUB_CHANNELS = 16;
    private static final int STATE_VERSION = 1;

    private final String name;
    private final Vmbus bus;
    private StorageController storage;
    private int nextDisk;
    private final List<NetworkAdapter> adapters = new ArrayList<>();

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
        storage = new StorageController(SUB_CHANNELS);
        storage.offeredOn(bus.offer(StorageController.offer("scsi0", STORAGE), storage));
    }

    /**
     * Plugs a disk in, which then belongs to this.
     *
     * @param dvd whether it is a disc in a drive of its own
     * @return its number: how many were plugged in before it
     */
    public int addDisk(Disk disk, boolean dvd) {
        int number = nextDisk++;
        Guid identity = identity("disk", number);
        storage.attach(place(number), dvd ? new DvdUnit(disk, identity) : new DiskUnit(disk, identity));
        return number;
    }

    private static ScsiAddress place(int number) {
        return new ScsiAddress(number / ScsiAddress.LUNS, number % ScsiAddress.LUNS);
    }

    /**
     * Takes a disk out, whatever the guest does with it.
     *
     * @return false when there is none with this number
     */
    public boolean removeDisk(int number) {
        if (number < 0 || number >= nextDisk) {
            return false;
        }
        LogicalUnit unit = storage.detach(place(number));
        if (unit == null) {
            return false;
        }
        unit.close();
        return true;
    }

    /** Offers a network adapter. */
    public void addNetwork(NetworkAdapter adapter) {
        int number = adapters.size();
        adapters.add(adapter);
        adapter.offered(bus.offer(NetworkAdapter.offer(identity("network", number), "eth" + number), adapter));
    }

    /** Equal for equal machines of equal runs. */
    private Guid identity(String kind, int number) {
        return Guid.of(UUID.nameUUIDFromBytes("%s-%s-%d".formatted(name, kind, number).getBytes(StandardCharsets.UTF_8)).toString());
    }

    /** Lets go of the host's files. */
    @Override
    public void close() {
        if (storage != null) {
            storage.close();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("synthetic-devices", STATE_VERSION);
        out.put(nextDisk);
        if (storage != null) {
            storage.save(out);
        }
        adapters.forEach(a -> a.save(out));
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("synthetic-devices");
        nextDisk = (int) in.take();
        if (storage != null) {
            storage.restore(in);
        }
        adapters.forEach(a -> a.restore(in));
        in.end();
    }
}
