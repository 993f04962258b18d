package dev.hv.cli.run;

import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.devices.network.EthernetAdapter;
import dev.hv.devices.network.NetworkAdapter;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The network adapters of a machine, on VMBus and on PCI Express, by the numbers that people know them by: how many came before. */
final class Adapters {

    /** What a guest can set at most; it begins with the usual size. */
    private static final int MOST_MTU = 9000;
    /** Adapters at a time, those plugged in while the machine runs among them: channels of a bus are not without end. */
    private static final int MOST = 64;

    private final RunningVm vm;
    private final SortedMap<Integer, EthernetAdapter> all = new TreeMap<>();
    private int next;

    Adapters(RunningVm vm) {
        this.vm = vm;
    }

    /**
     * Plugs an adapter in.
     *
     * @param index number of the machine in this run
     * @param running told, some time later, when the host's side cannot be reached after all; null before the machine runs
     * @return its number
     * @throws UsageException when that cannot be
     */
    int add(NetworkConfig config, Networks networks, int index, Consumer<String> running) {
        if (all.size() >= MOST) {
            throw new UsageException("machine " + vm.config.name() + ": it has " + MOST + " adapters already");
        }
        int number = next;
        String station = vm.config.name() + "-eth" + number;
        EthernetAdapter made;
        if (config.onPci()) {
            if (vm.guest.pciAdapters() == null) {
                throw new UsageException("machine " + vm.config.name() + ": model=e1000e needs enlightenments, or --bare");
            }
            made = networks.adapter(config, station, index, number, running, (mac, network) -> {
                EthernetAdapter a = vm.guest.pciAdapters().add(mac, network, station);
                if (a == null) {
                    throw new UsageException("machine " + vm.config.name() + ": model=e1000e: the machine has no place for another adapter");
                }
                return a;
            });
        } else {
            NetworkAdapter synthetic = networks.adapter(config, station, index, number, running, (mac, network) -> new NetworkAdapter(mac, MOST_MTU, network, station));
            vm.devices.addNetwork(number, synthetic);
            made = synthetic;
        }
        next++;
        all.put(number, made);
        return number;
    }

    /** The adapter with a number; null when there is none, or no more. */
    EthernetAdapter get(int number) {
        return all.get(number);
    }

    /** Those that are there, in their order. */
    Collection<EthernetAdapter> all() {
        return all.values();
    }

    /** Whether there were never others than those that are there. */
    boolean asAtFirst(int count) {
        return next == count && all.size() == count;
    }

    /** Takes an adapter out; what is to be said of that. */
    String remove(int number, Networks networks) {
        EthernetAdapter adapter = all.get(number);
        if (adapter == null) {
            return "adapter " + number + " is not there";
        }
        if (vm.devices.removeNetwork(number) == null) {
            return "adapter " + number + " is on PCI Express, and stays; rescind=pci asks the guest to let go of it";
        }
        all.remove(number);
        networks.remove(adapter);
        return "adapter " + number + " removed";
    }
}
