package dev.hv.core.hypervisor.partition;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Map;
import java.util.TreeMap;

/** Ports that guests have made, and connections to them, as state. Those of the root's services are made by these themselves. */
final class PartitionLinks {

    private PartitionLinks() {}

    /** Ports of a partition that is a guest, and which of them have rung without being heard. */
    static void savePorts(Partition p, StateWriter out) {
        out.put("ports-count", p.ports().size());
        for (Port port : p.ports().values()) {
            save(port, out);
        }
        long[] unheard = p.doorbells().unheard().stream().filter(port -> p.ports().get(port.id()) == port).mapToLong(Port::id).toArray();
        out.put("unheard-count", unheard.length);
        for (long id : unheard) {
            out.put("unheard", id);
        }
    }

    private static void save(Port port, StateWriter out) {
        out.put("port", port.id());
        out.put("type", port.type());
        out.put("peer", port.peer());
        out.put("sint", port.sint());
        out.put("vp", port.vp());
        out.put("base-flag", port.baseFlag());
        out.put("flags", port.flags());
    }

    /** The counterpart of {@link #savePorts}. */
    static void restorePorts(Partition p, StateReader in) {
        p.ports().clear();
        for (long n = in.take(); n > 0; n--) {
            Port port = restore(p, in);
            p.ports().put(port.id(), port);
        }
        p.doorbells().unheard().clear();
        for (long n = in.take(); n > 0; n--) {
            p.doorbells().unheard().add(p.ports().get((int) in.take()));
        }
    }

    private static Port restore(Partition owner, StateReader in) {
        return new Port(owner, (int) in.take(), (int) in.take(), in.take(), (int) in.take(), (int) in.take(), (int) in.take(), (int) in.take());
    }

    /** A port that somebody leads to, and whether it is there still. */
    static void saveTarget(Port port, StateWriter out) {
        out.put("owner", port.owner().id());
        out.put("live", port.owner().ports().get(port.id()) == port);
        save(port, out);
    }

    /** The counterpart of {@link #saveTarget}; one that was not there any more is not there again. */
    static Port restoreTarget(Partition from, Partition owner, boolean live, StateReader in) {
        Port port = restore(owner == null ? from : owner, in);
        Port there = owner == null ? null : owner.ports().get(port.id());
        return live && there != null ? there : port;
    }

    /** Connections of a partition to ports of guests. */
    static void saveConnections(Partition p, StateWriter out) {
        Map<Integer, Port> guests = new TreeMap<>();
        p.connections().forEach((id, port) -> {
            if (port.owner().services() == null) {
                guests.put(id, port);
            }
        });
        out.put("connections-count", guests.size());
        guests.forEach((id, port) -> {
            out.put("connection", id);
            saveTarget(port, out);
        });
    }

    /** The counterpart of {@link #saveConnections}. */
    static void restoreConnections(Partition p, Partitions partitions, StateReader in) {
        for (long n = in.take(); n > 0; n--) {
            int id = (int) in.take();
            Partition owner = partitions.get(in.take());
            p.connections().connect(id, restoreTarget(p, owner, in.takeBoolean(), in));
        }
    }
}
