package dev.hv.cli.demo;

import dev.hv.core.tlfs.PartitionStatistics;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelStatistics;

/**
 * What a partition has done so far, or between two moments.
 *
 * @param packets VMBus packets, both ways
 * @param signals VMBus signals, both ways
 * @param hypercalls times it entered the hypervisor by a hypercall
 * @param intercepts accesses to emulated devices
 * @param exits VM exits
 * @param runtimeNanos executing, on the machine's clock
 * @param hostNanos of the host's time
 */
record Counters(long packets, long signals, long hypercalls, long intercepts, long exits, long runtimeNanos, long hostNanos) {

    /** Reads a partition's counters; {@code bus} is null when it has none. */
    static Counters of(PartitionStatistics p, Vmbus bus) {
        long packets = 0;
        long signals = 0;
        if (bus != null) {
            for (Channel c : bus.channels()) {
                ChannelStatistics s = c.statistics();
                packets += s.packetsIn() + s.packetsOut();
                signals += s.signalsIn() + s.signalsOut();
            }
        }
        return new Counters(packets, signals, p.hypercalls(), p.portIntercepts() + p.memoryIntercepts(), p.exits(), p.runtimeNanos(), p.hostNanos());
    }

    /** What has been done since an earlier moment. */
    Counters since(Counters before) {
        return new Counters(packets - before.packets, signals - before.signals, hypercalls - before.hypercalls, intercepts - before.intercepts,
                exits - before.exits, runtimeNanos - before.runtimeNanos, hostNanos - before.hostNanos);
    }
}
