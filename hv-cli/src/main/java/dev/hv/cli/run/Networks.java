package dev.hv.cli.run;

import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.core.machine.Clock;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.network.EthernetAdapter;
import dev.hv.devices.network.MacAddress;
import dev.hv.devices.network.VirtualSwitch;
import dev.hv.devices.network.uplink.HostSwitch;
import dev.hv.devices.network.uplink.Passt;
import dev.hv.devices.network.uplink.ReconnectingUplink;
import dev.hv.vmbus.trace.PcapNgWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * The networks of a run: switches that its machines share by name, ways to the host, captures. A run of one machine has nobody to share
 * a named switch with, so that its switches are those of all such runs of this user.
 */
final class Networks implements Saveable, AutoCloseable {

    private static final int VERSION = 1;

    /** First bytes of addresses that are made up: those of virtual machines on Hyper-V. */
    private static final long MADE_UP = 0x00155DL << 24;

    private final Machine machine;
    private final boolean shared;
    private final Map<String, VirtualSwitch> switches = new HashMap<>();
    /** All of them, those of one adapter alone too, in the order in which they were made. */
    private final List<VirtualSwitch> all = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    /** What an adapter alone uses of the host. */
    private final Map<EthernetAdapter, List<AutoCloseable>> own = new HashMap<>();
    private final Map<Path, PcapNgWriter> captures = new LinkedHashMap<>();
    private int uplinks;

    /**
     * No networks yet.
     *
     * @param shared whether named switches are shared with other runs
     */
    Networks(Machine machine, boolean shared) {
        this.machine = machine;
        this.shared = shared;
    }

    /**
     * Makes an adapter on the network that its description names.
     *
     * @param make plugs it in: an adapter with an address on a network
     * @param station name for messages and captures
     * @param index number of the machine in this run
     * @param adapter number of the adapter of the machine
     * @param running told, some time later, when the host's side cannot be reached after all; null before the machine runs, when that is waited for
     * @throws UsageException when the host's side cannot be reached
     */
    <A extends EthernetAdapter> A adapter(NetworkConfig config, String station, int index, int adapter, Consumer<String> running, BiFunction<MacAddress, VirtualSwitch, A> make) {
        var mac = new MacAddress(config.mac() != 0 ? config.mac() : madeUp(index, adapter));
        try {
            var cable = new Cable();
            List<AutoCloseable> needs = new ArrayList<>();
            A made = make.apply(mac, network(config, cable, needs, running));
            own.put(made, needs);
            cable.adapter = made;
            if (!config.spoofing()) {
                made.forbidOtherAddresses();
            }
            made.port().vlans(config.vlans());
            made.port().mirror(config.mirror());
            if (config.limit() != 0) {
                made.port().limit(config.limit());
            }
            if (config.capture() != null) {
                capture(made.port(), config.capture(), station, needs);
            }
            return made;
        } catch (IOException e) {
            throw new UsageException("--net " + text(config) + ": " + e.getMessage());
        }
    }

    /** An adapter that its machine has no more: it leaves its switch, and what it alone used of the host is let go. */
    void remove(EthernetAdapter adapter) {
        adapter.port().disconnect();
        close(own.remove(adapter));
    }

    /** What ends where the adapter of a network of its own begins. */
    private static final class Cable implements ReconnectingUplink.LinkListener {
        private EthernetAdapter adapter;

        @Override
        public void link(boolean up) {
            adapter.setLink(up);
        }
    }

    private static String text(NetworkConfig config) {
        return switch (config.kind()) {
            case USER -> "user";
            case SWITCH -> "switch:" + config.target();
            case SOCKET -> "socket:" + config.target();
        };
    }

    /** Equal runs have equal addresses; runs that meet on a shared switch have different ones, by their process. */
    private long madeUp(int index, int adapter) {
        long low = shared ? machine.outside().ask(() -> ProcessHandle.current().pid() << 3) : 0x800000L + (index << 3);
        return MADE_UP | (low + adapter & 0xFFFFFF);
    }

    private VirtualSwitch network(NetworkConfig config, Cable cable, List<AutoCloseable> needs, Consumer<String> running) throws IOException {
        return switch (config.kind()) {
            case USER -> {
                var network = made("user" + uplinks++);
                Runnable lost = () -> cable.link(false);
                needs.add(running == null ? Passt.start(network, config.forwards(), machine.outside(), lost)
                        : Passt.startBeside(network, config.forwards(), machine.outside(), lost, e -> {
                            cable.link(false);
                            running.accept("--net " + text(config) + ": " + e.getMessage());
                        }));
                yield network;
            }
            case SOCKET -> {
                var network = made("socket" + uplinks++);
                needs.add(ReconnectingUplink.connect(Path.of(config.target()), network, machine.outside(), cable));
                yield network;
            }
            case SWITCH -> {
                VirtualSwitch network = switches.get(config.target());
                if (network == null) {
                    network = made(config.target());
                    switches.put(config.target(), network);
                    if (shared) {
                        open.add(HostSwitch.join(folder().resolve("switch-" + config.target()), network, machine.outside()));
                    }
                }
                yield network;
            }
        };
    }

    private VirtualSwitch made(String name) {
        var network = new VirtualSwitch(name, machine.clock());
        all.add(network);
        return network;
    }

    /** What switches have learned. */
    @Override
    public void save(StateWriter out) {
        out.begin("networks", VERSION);
        out.put("all-count", all.size());
        all.forEach(s -> s.save(out));
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("networks", VERSION);
        if (in.take() != all.size()) {
            throw new StateFormatException("other switches than the " + all.size() + " of this run");
        }
        all.forEach(s -> s.restore(in));
        in.end();
    }

    /** Where the sockets of this user's switches are; nobody else may enter. */
    private static Path folder() throws IOException {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        Path folder = runtime != null && Files.isDirectory(Path.of(runtime)) ? Path.of(runtime, "hv")
                : Path.of(System.getProperty("java.io.tmpdir"), "hv-" + System.getProperty("user.name"));
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        if (!Files.getOwner(folder).getName().equals(System.getProperty("user.name"))) {
            throw new IOException(folder + " belongs to somebody else");
        }
        return folder;
    }

    private void capture(VirtualSwitch.Port port, Path file, String station, List<AutoCloseable> needs) throws IOException {
        OutputStream out = Files.newOutputStream(file);
        needs.add(out);
        var writer = new PcapNgWriter(out);
        captures.put(file, writer);
        int on = writer.addInterface(PcapNgWriter.ETHERNET, station);
        long epoch = machine.clock().bootEpochSeconds() * Clock.SECOND;
        port.watch((inbound, bytes, offset, length) -> writer.packet(on, epoch + machine.clock().seenNanos(), inbound, bytes, offset, length, null));
    }

    /** What is to be said of captures that could not be written to their end; a sentence each. */
    List<String> lost() {
        return captures.entrySet().stream().filter(e -> e.getValue().failure() != null)
                .map(e -> "capture=" + e.getKey() + ": could not be written to its end: " + e.getValue().failure().getMessage()).toList();
    }

    /** Ends captures and lets go of the host's side. */
    @Override
    public void close() {
        own.values().forEach(Networks::close);
        own.clear();
        close(open);
        open.clear();
    }

    private static void close(List<AutoCloseable> all) {
        for (AutoCloseable c : all) {
            try {
                c.close();
            } catch (Exception e) {
                // no logger before: the first one begins all of logging
                LoggerFactory.getLogger(Networks.class).warn("a network could not be closed: {}", e.getMessage());
            }
        }
    }
}
