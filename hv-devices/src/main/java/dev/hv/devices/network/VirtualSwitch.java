package dev.hv.devices.network;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An Ethernet switch in the root partition: learns who is behind which port, floods what it does not know, and lets anybody watch a
 * port. Frames go straight through, in order of the ports: nothing waits here, unless a port's cable has a limit or {@link PortFaults faults}.
 */
public final class VirtualSwitch implements Saveable {

    private static final int VERSION = 4;
    private static final String[] COUNTERS = {"frames-in", "bytes-in", "frames-out", "bytes-out"};

    /** Addresses that are remembered. */
    private static final int MOST_ADDRESSES = 4096;
    /** An address that sent nothing for so long is forgotten (IEEE 802.1D's default). */
    private static final long AGE_NANOS = 300_000_000_000L;
    private static final int HEADER = 14;

    private final String name;
    private final Clock clock;
    private final List<Port> ports = new ArrayList<>();
    private final Map<Long, Learned> addresses = new TreeMap<>();

    /** Where an address was seen last, and when. */
    private static final class Learned {
        Port port;
        long at;
    }

    /** What a port has to do with port mirroring. */
    public enum Mirror {
        NONE,
        /** What its station sends and gets is shown. */
        SOURCE,
        /** Its station is shown what those of {@link #SOURCE} send and get, of whatever VLAN, as it entered the switch. */
        DESTINATION
    }

    /** Is shown the frames of a port. */
    @FunctionalInterface
    public interface Watcher {
        /** A frame; it may not be kept or changed. */
        void frame(boolean fromStation, byte[] bytes, int offset, int length);
    }

    /** Ports that are plugged in. */
    public int ports() {
        return ports.size();
    }

    /** A switch without ports. */
    public VirtualSwitch(String name, Clock clock) {
        this.name = name;
        this.clock = clock;
    }

    /** Name of the network. */
    public String name() {
        return name;
    }

    /** A port: what its station sends goes in by {@link #send}; what is for the station comes out at its sink. */
    public final class Port {
        private final String station;
        private final FrameSink sink;
        /** Null when nobody watches. */
        private Watcher watcher;
        /** Null when the station may send from any address. */
        private MacAddress permitted;
        private PortVlans vlans = PortVlans.ALL;
        private Mirror mirror = Mirror.NONE;
        /** Null when as much crosses its cable as comes. */
        private PortLimit limit;
        /** Null while nothing is wrong with its cable. */
        private PortFaults faults;
        private long framesIn;
        private long framesRefused;
        private long bytesIn;
        private long framesOut;
        private long bytesOut;

        /** Whether it leads out of the machine. */
        private final boolean uplink;

        private Port(String station, FrameSink sink, boolean uplink) {
            this.uplink = uplink;
            this.station = station;
            this.sink = sink;
        }

        /** Name of the station. */
        public String station() {
            return station;
        }

        /** Has every frame of this port, in both directions, shown to somebody. */
        public void watch(Watcher newWatcher) {
            watcher = newWatcher;
        }

        /** Drops what the station sends from other addresses than this one. */
        public void permitOnly(MacAddress address) {
            permitted = address;
        }

        /** Has the port belong to these VLANs; without a word to all. */
        public void vlans(PortVlans which) {
            vlans = which;
        }

        /** Has the port be mirrored, or show what mirrored ports send and get. */
        public void mirror(Mirror how) {
            mirror = how;
        }

        /** The station sends a frame; one too short for a header is dropped. */
        public void send(byte[] bytes, int offset, int length) {
            send(bytes, offset, length, 0);
        }

        /**
         * The station sends a frame or a large frame, which counts as one.
         *
         * @param segment 0, or of a large frame the bytes of data of its segments: stations that do not take it whole, and watchers, get those
         */
        public void send(byte[] bytes, int offset, int length, int segment) {
            if (length < HEADER) {
                return;
            }
            if (permitted != null && MacAddress.at(bytes, offset + MacAddress.SIZE) != permitted.value()) {
                framesRefused++;
                return;
            }
            if (vlans.of(bytes, offset, length) < 0) {
                framesRefused++;
                return;
            }
            if (limit == null) {
                crossed(true, bytes, offset, length, segment);
            } else {
                limit.frame(true, bytes, offset, length, segment);
            }
        }

        private void arrived(byte[] bytes, int offset, int length, int segment) {
            framesIn++;
            bytesIn += length;
            watched(true, bytes, offset, length, segment);
            forward(this, bytes, offset, length, segment);
        }

        /** A frame of a VLAN leaves here if it may, with or without its tag. */
        private void leave(int vlan, byte[] bytes, int offset, int length, int segment) {
            if (!vlans.has(vlan)) {
                return;
            }
            byte[] other = vlans.leaving(vlan, bytes, offset, length);
            if (other == null) {
                deliver(bytes, offset, length, segment);
            } else {
                deliver(other, 0, other.length, segment);
            }
        }

        private void deliver(byte[] bytes, int offset, int length, int segment) {
            framesOut++;
            bytesOut += length;
            watched(false, bytes, offset, length, segment);
            if (limit == null) {
                crossed(false, bytes, offset, length, segment);
            } else {
                limit.frame(false, bytes, offset, length, segment);
            }
        }

        /** A frame comes to the station. */
        private void taken(byte[] bytes, int offset, int length, int segment) {
            if (segment == 0) {
                sink.frame(bytes, offset, length);
            } else if (!sink.large(bytes, offset, length, segment)) {
                LargeSend.split(bytes, offset, length, segment, sink);
            }
        }

        /** Frames cross the cable; one with faults one by one, as a cable has no large ones. */
        private void crossed(boolean fromStation, byte[] bytes, int offset, int length, int segment) {
            if (faults == null) {
                if (fromStation) {
                    arrived(bytes, offset, length, segment);
                } else {
                    taken(bytes, offset, length, segment);
                }
            } else if (segment == 0) {
                faults.frame(fromStation, bytes, offset, length);
            } else {
                LargeSend.split(bytes, offset, length, segment, (b, at, n) -> faults.frame(fromStation, b, at, n));
            }
        }

        /**
         * Has no more cross its cable than so much, in each direction.
         *
         * @param bitsPerSecond above 0
         */
        public void limit(long bitsPerSecond) {
            limit = new PortLimit(clock, station, bitsPerSecond, (fromStation, frame, segment) -> crossed(fromStation, frame, 0, frame.length, segment));
        }

        /** Frames that found no room on a cable with a limit. */
        public long framesLost() {
            return limit == null ? 0 : limit.lost();
        }

        private PortFaults faults() {
            if (faults == null) {
                faults = new PortFaults(clock, station, (fromStation, frame) -> {
                    if (fromStation) {
                        arrived(frame, 0, frame.length, 0);
                    } else {
                        sink.frame(frame, 0, frame.length);
                    }
                });
            }
            return faults;
        }

        /**
         * Has something befall the frames that cross its cable.
         *
         * @param seed chance follows from it
         */
        public void impair(PortFaults.Rule rule, long seed) {
            faults().add(rule, seed);
        }

        /** Nothing befalls frames any more; those that are late stay so. */
        public void heal() {
            if (faults != null) {
                faults.heal();
            }
        }

        private void watched(boolean fromStation, byte[] bytes, int offset, int length, int segment) {
            Watcher w = watcher;
            if (w == null) {
                return;
            }
            if (segment == 0) {
                w.frame(fromStation, bytes, offset, length);
            } else {
                LargeSend.split(bytes, offset, length, segment, (b, at, n) -> w.frame(fromStation, b, at, n));
            }
        }

        /** Takes the port away. */
        public void disconnect() {
            ports.remove(this);
            if (limit != null) {
                limit.end();
            }
            if (faults != null) {
                faults.end();
            }
            addresses.values().removeIf(l -> l.port == this);
        }

        /** Frames that the station sent. */
        public long framesIn() {
            return framesIn;
        }

        /** Frames that the station may not send. */
        public long framesRefused() {
            return framesRefused;
        }

        /** Bytes that the station sent. */
        public long bytesIn() {
            return bytesIn;
        }

        /** Frames for the station. */
        public long framesOut() {
            return framesOut;
        }

        /** Bytes for the station. */
        public long bytesOut() {
            return bytesOut;
        }
    }

    /** Adds a port. */
    public Port connect(String station, FrameSink sink) {
        return connect(station, sink, false);
    }

    /** Adds a port that leads out of the machine, to the host or to others on it: who is there is no state of the machine's. */
    public Port connectUplink(String station, FrameSink sink) {
        return connect(station, sink, true);
    }

    private Port connect(String station, FrameSink sink, boolean uplink) {
        var port = new Port(station, sink, uplink);
        ports.add(port);
        return port;
    }

    private void forward(Port from, byte[] bytes, int offset, int length, int segment) {
        int vlan = Math.max(0, from.vlans.of(bytes, offset, length));
        // an address is known in each VLAN by itself
        long space = (long) vlan << MacAddress.SIZE * 8;
        learn(MacAddress.at(bytes, offset + MacAddress.SIZE), space, from);
        long to = MacAddress.at(bytes, offset);
        Learned learned = MacAddress.group(to) ? null : addresses.get(space | to);
        Port known = learned != null && clock.nanos() - learned.at <= AGE_NANOS ? learned.port : null;
        boolean mirrored = from.mirror == Mirror.SOURCE;
        if (known != null) {
            if (known != from) {
                mirrored |= known.mirror == Mirror.SOURCE;
                known.leave(vlan, bytes, offset, length, segment);
            }
        } else {
            for (int i = 0; i < ports.size(); i++) {
                Port p = ports.get(i);
                if (p != from) {
                    mirrored |= p.mirror == Mirror.SOURCE && p.vlans.has(vlan);
                    if (p.mirror != Mirror.DESTINATION) {
                        p.leave(vlan, bytes, offset, length, segment);
                    }
                }
            }
        }
        for (int i = 0; i < ports.size(); i++) {
            Port p = ports.get(i);
            if (p.mirror == Mirror.DESTINATION && p != from && p != known) {
                if (mirrored) {
                    p.deliver(bytes, offset, length, segment);
                } else if (known == null) {
                    p.leave(vlan, bytes, offset, length, segment);
                }
            }
        }
    }

    private void learn(long address, long space, Port port) {
        if (MacAddress.group(address)) {
            return;
        }
        long source = space | address;
        Learned l = addresses.get(source);
        if (l == null) {
            if (addresses.size() == MOST_ADDRESSES && !forgetOld()) {
                return;
            }
            l = new Learned();
            addresses.put(source, l);
        }
        l.port = port;
        l.at = clock.nanos();
    }

    /** Makes room; false when nobody is old enough. */
    private boolean forgetOld() {
        long now = clock.nanos();
        boolean any = false;
        for (Iterator<Learned> i = addresses.values().iterator(); i.hasNext(); ) {
            if (now - i.next().at > AGE_NANOS) {
                i.remove();
                any = true;
            }
        }
        return any;
    }

    /** The ports of the machine's own adapters, in order. */
    private List<Port> own() {
        return ports.stream().filter(p -> !p.uplink).toList();
    }

    /** Who is behind which of the machine's own ports, by the port's position among them, and what those have counted. */
    @Override
    public void save(StateWriter out) {
        out.begin("switch", VERSION);
        List<Port> own = own();
        out.put("own-count", own.size());
        int port = 0;
        for (Port p : own) {
            out.item("port", port++);
            out.put("station", p.station);
            out.put(COUNTERS, new long[] {p.framesIn, p.bytesIn, p.framesOut, p.bytesOut});
            if (p.limit != null) {
                p.limit.save(out);
            }
            boolean faulty = p.faults != null && !p.faults.idle();
            out.put("faulty", faulty);
            if (faulty) {
                p.faults.save(out);
            }
        }
        out.endItems();
        out.put("addresses-count", addresses.values().stream().filter(l -> !l.port.uplink).count());
        addresses.forEach((address, learned) -> {
            if (!learned.port.uplink) {
                out.put("address", address);
                out.put("port", own.indexOf(learned.port));
                out.put("at", learned.at);
            }
        });
        out.end();
    }

    /** Restores a switch with the same ports of its own; who is behind others is learned again. */
    @Override
    public void restore(StateReader in) {
        in.begin("switch", VERSION);
        List<Port> own = own();
        if (in.take() != own.size()) {
            throw new StateFormatException("other ports than the %d of switch %s".formatted(own.size(), name));
        }
        for (Port p : own) {
            String station = in.takeText();
            if (!station.equals(p.station)) {
                throw new StateFormatException("port of %s where %s is".formatted(station, p.station));
            }
            long[] counts = new long[4];
            in.take(counts);
            p.framesIn = counts[0];
            p.bytesIn = counts[1];
            p.framesOut = counts[2];
            p.bytesOut = counts[3];
            if (p.limit != null) {
                p.limit.restore(in);
            }
            if (in.takeBoolean()) {
                p.faults().restore(in);
            }
        }
        addresses.clear();
        for (long n = in.take(); n > 0; n--) {
            long address = in.take();
            var l = new Learned();
            l.port = own.get((int) in.take());
            l.at = in.take();
            addresses.put(address, l);
        }
        in.end();
    }
}
