package dev.hv.cli.root.worker;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.network.NetworkAdapter;
import dev.hv.devices.storage.ControllerOffer;
import dev.hv.devices.storage.DiskUnit;
import dev.hv.devices.storage.DvdUnit;
import dev.hv.devices.storage.LogicalUnit;
import dev.hv.devices.storage.ScsiAddress;
import dev.hv.devices.storage.StorageController;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.protocol.Guid;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** The providers that serve one virtual machine over its VMBus, and what they hold of the host. */
public final class SyntheticDevices implements Saveable, AutoCloseable {

    private static final Guid STORAGE = Guid.of("6b1a9d4e-0000-4c11-9d3f-687673637369");
    /** Processors that share a storage channel: on Hyper-V a controller has one channel for four of them. */
    private static final int PROCESSORS_A_CHANNEL = 4;
    private static final int STATE_VERSION = 6;

    private final String name;
    private final Vmbus bus;
    private final int processors;
    private final DiskQueues queues;
    private final Seat seat;
    private final Clock clock;
    private StorageController storage;
    private ControllerOffer storageOffer;
    private int nextDisk;
    /** Numbers of those that are there. */
    private final Set<Integer> disks = new HashSet<>();
    /** By their numbers. */
    private final SortedMap<Integer, NetworkAdapter> adapters = new TreeMap<>();
    private final Map<NetworkAdapter, Channel> adapterChannels = new HashMap<>();

    /**
     * No devices yet.
     *
     * @param name the machine's, for serial numbers and messages
     * @param processors how many the machine has
     * @param clock the machine's
     * @param queues how its disks' requests are carried out
     * @param seat its screen, keyboard and mouse; null without
     */
    SyntheticDevices(String name, Vmbus bus, int processors, Clock clock, DiskQueues queues, Seat seat) {
        this.clock = clock;
        this.seat = seat;
        this.queues = queues;
        this.processors = processors;
        this.name = name;
        this.bus = bus;
    }

    /** Its screen, keyboard and mouse; null without. */
    public Seat seat() {
        return seat;
    }

    /** Offers a SCSI controller, which a guest that finds it when it boots loads its driver for; else the first disk that is plugged in brings it along. */
    public void offerStorage() {
        storage = new StorageController(Math.ceilDiv(processors, PROCESSORS_A_CHANNEL) - 1, queues);
        storageOffer = new ControllerOffer(bus, clock, StorageController.offer("scsi0", STORAGE), storage);
    }

    /**
     * Takes the controller's offer back, with its disks, or offers it again; false when there is no controller, or it was so already. A guest that uses its disks is first told that these are gone, and the channel
     * goes when it has let go of them.
     */
    public boolean offerStorage(boolean there) {
        return storage != null && storageOffer.offer(there);
    }

    /** Takes an adapter's offer back, or offers it again; it keeps its cable. False when there is no adapter of this number, or it was so already. */
    public boolean offerNetwork(int number, boolean there) {
        NetworkAdapter adapter = adapters.get(number);
        if (adapter == null || there == adapterChannels.containsKey(adapter)) {
            return false;
        }
        if (there) {
            offerAdapter(number, adapter);
        } else {
            adapterChannels.remove(adapter).rescind();
        }
        return true;
    }

    /**
     * Plugs a disk in, which then belongs to this.
     *
     * @param dvd whether it is a disc in a drive of its own
     * @return its number: how many were plugged in before it, more when older disks have kept the places of numbers between; -1 when the controller has no place, and the disk stays the caller's
     */
    public int addDisk(Disk disk, boolean dvd) {
        if (storage == null) {
            offerStorage();
        }
        for (int number = nextDisk; number < nextDisk + ScsiAddress.PLACES; number++) {
            if (storage.unit(place(number)) == null) {
                return addDisk(number, disk, dvd);
            }
        }
        return -1;
    }

    /** As above, with a number that is not below those given before. */
    public int addDisk(int number, Disk disk, boolean dvd) {
        nextDisk = number + 1;
        disks.add(number);
        Guid identity = identity("disk", number);
        storage.attach(place(number), dvd ? new DvdUnit(disk, identity) : new DiskUnit(disk, identity));
        return number;
    }

    /** Places serve again as late as can be: a guest may not have let go of what was there. */
    private static ScsiAddress place(int number) {
        int place = number % ScsiAddress.PLACES;
        return new ScsiAddress(place / ScsiAddress.LUNS, place % ScsiAddress.LUNS);
    }

    /**
     * Takes a disk out, whatever the guest does with it.
     *
     * @return false when there is none with this number
     */
    public boolean removeDisk(int number) {
        return disks.remove(number) && storage.detach(place(number)) != null;
    }

    /** The unit with a number; null when there is none, or no more. */
    private LogicalUnit at(int number) {
        return disks.contains(number) ? storage.unit(place(number)) : null;
    }

    /** Whether there is a DVD drive with this number. */
    public boolean hasDrive(int number) {
        return at(number) instanceof DvdUnit;
    }

    /**
     * Puts another disc, which then belongs to this, into a DVD drive.
     *
     * @return false when there is no drive with this number
     */
    public boolean insertDisc(int number, Disk disc) {
        return hasDrive(number) && storage.insert(place(number), disc);
    }

    /** Presses the button of a DVD drive; null when there is none with this number, else whether its tray is open. */
    public Boolean ejectDisc(int number) {
        return hasDrive(number) ? storage.eject(place(number)) : null;
    }

    /**
     * Offers a network adapter.
     *
     * @param number above those of the adapters before it
     */
    public void addNetwork(int number, NetworkAdapter adapter) {
        adapters.put(number, adapter);
        offerAdapter(number, adapter);
    }

    private void offerAdapter(int number, NetworkAdapter adapter) {
        Channel channel = bus.offer(NetworkAdapter.offer(identity("network", number), "eth" + number), adapter);
        adapter.offered(channel);
        adapterChannels.put(adapter, channel);
    }

    /** The adapter with a number; null when there is none, or no more. */
    public NetworkAdapter network(int number) {
        return adapters.get(number);
    }

    /** The instance id of an adapter's channel. */
    public Guid networkInstance(int number) {
        return identity("network", number);
    }

    /**
     * Takes a network adapter out, whatever the guest does with it.
     *
     * @return the adapter; null when there is none with this number
     */
    public NetworkAdapter removeNetwork(int number) {
        NetworkAdapter adapter = adapters.remove(number);
        Channel channel = adapter == null ? null : adapterChannels.remove(adapter);
        if (channel != null) {
            channel.rescind();
        }
        return adapter;
    }

    /** Equal for equal machines of equal runs. */
    private Guid identity(String kind, int number) {
        return Guid.of(UUID.nameUUIDFromBytes("%s-%s-%d".formatted(name, kind, number).getBytes(StandardCharsets.UTF_8)).toString());
    }

    /** The virtual machine is reset, and its bus has been: what is plugged in stays, and is as after power-on. */
    void reset() {
        if (storage != null) {
            storage.reset();
            storageOffer.reset();
        }
        adapters.values().forEach(NetworkAdapter::reset);
        if (seat != null) {
            seat.reset();
        }
    }

    /** Lets go of the host's files, and of the places on switches. */
    @Override
    public void close() {
        if (storage != null) {
            storage.close();
        }
        adapters.values().forEach(a -> a.port().disconnect());
    }

    @Override
    public void save(StateWriter out) {
        out.begin("synthetic-devices", STATE_VERSION);
        out.put("next-disk", nextDisk);
        out.put("controller", storage != null);
        if (storage != null) {
            storageOffer.save(out);
        }
        adapters.values().forEach(a -> {
            out.put("offered", adapterChannels.containsKey(a));
            a.save(out);
        });
        if (seat != null) {
            seat.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("synthetic-devices", STATE_VERSION);
        nextDisk = (int) in.take();
        // the bus is restored, and has no more what was taken back, or was never offered
        if (in.takeBoolean()) {
            storageOffer.restore(in);
        } else {
            storage = null;
            storageOffer = null;
        }
        adapters.values().forEach(a -> {
            if (!in.takeBoolean()) {
                adapterChannels.remove(a);
            }
            a.restore(in);
        });
        if (seat != null) {
            seat.restore(in);
        }
        in.end();
    }
}
