package dev.hv.cli.root.machine;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.devices.e1000e.E1000eAdapter;
import dev.hv.devices.network.MacAddress;
import dev.hv.devices.network.VirtualSwitch;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The network adapters of a machine on PCI Express. */
public final class PciAdapters implements AutoCloseable {

    private final PciSite site;
    private final PciPlaces places;
    private final Clock clock;
    private final Consumer<Saveable> state;
    private final List<E1000eAdapter> adapters = new ArrayList<>();

    /**
     * None yet.
     *
     * @param state takes what is to be saved
     */
    PciAdapters(PciSite site, PciPlaces places, Clock clock, Consumer<Saveable> state) {
        this.site = site;
        this.places = places;
        this.clock = clock;
        this.state = state;
    }

    /**
     * Plugs an adapter in before the guest starts.
     *
     * @param station name of its owner, for the switch
     * @return null when the machine has no place for another one
     */
    public E1000eAdapter add(MacAddress address, VirtualSwitch network, String station) {
        PciSlot place = places.network();
        if (place == null) {
            return null;
        }
        var adapter = new E1000eAdapter(site, place, clock, address, network, station);
        adapters.add(adapter);
        state.accept(adapter);
        places.plugged(adapter.endpoint());
        return adapter;
    }

    /** The machine is reset: adapters are as after power-on. */
    public void reset() {
        adapters.forEach(E1000eAdapter::reset);
    }

    /** Lets go of their places, here and on switches. */
    @Override
    public void close() {
        for (E1000eAdapter a : adapters) {
            places.unplugged(a.endpoint());
            a.port().disconnect();
        }
        adapters.clear();
    }
}
