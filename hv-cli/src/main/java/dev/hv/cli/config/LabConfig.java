package dev.hv.cli.config;

import dev.hv.devices.video.SyntheticVideo;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The virtual machines of one run.
 *
 * @param machines at least one, with different names
 * @param hostMemory bytes that the host has for all of them; 0 for as much as they can come to
 */
public record LabConfig(List<VmConfig> machines, long hostMemory) {

    /** Machines that can all come to their maximum. */
    public LabConfig(List<VmConfig> machines) {
        this(machines, 0);
    }

    /** Memory of all machines together, in bytes. */
    public long memory() {
        return hostMemory > 0 ? hostMemory : machines.stream().mapToLong(m -> m.memory().maximum()).sum();
    }

    /** Memory of all screens together, in bytes. */
    public long videoMemory() {
        return machines.stream().map(VmConfig::screen).filter(Objects::nonNull).mapToLong(s -> SyntheticVideo.memory(s.resolution().width(), s.resolution().height())).sum();
    }

    /** Whether an adapter or a socket reaches beyond this run, whose other end lives in the host's time. */
    public boolean reachesHost() {
        return machines.stream().anyMatch(m -> m.sockets() != null) || machines.stream().flatMap(m -> m.allNetworks().stream()).anyMatch(n -> n.kind() != NetworkConfig.Kind.SWITCH || machines.size() == 1);
    }

    /**
     * This, checked for what no machine alone can have wrong.
     *
     * @throws UsageException when machines share a name, a writable disk, a serial port's file or an address, or need more memory than there is
     */
    public LabConfig checked() {
        Set<String> names = new HashSet<>();
        for (VmConfig m : machines) {
            if (!names.add(m.name())) {
                throw new UsageException("machine " + m.name() + ": two machines have this name");
            }
        }
        if (machines.size() > 1 && machines.stream().anyMatch(VmConfig::root)) {
            throw new UsageException("parent root: a guest in the root's place has the machine's processors and devices; it is the only machine");
        }
        long startup = machines.stream().mapToLong(m -> m.memory().startup()).sum();
        if (memory() < startup) {
            throw new UsageException("host-memory %s: too little for what the machines start with, %s".formatted(Sizes.show(memory()), Sizes.show(startup)));
        }
        VmConfig.checkHost("memory of all machines, " + Sizes.show(memory()), memory());
        DiskUses.check(machines);
        Set<String> serials = new HashSet<>();
        Set<Long> macs = new HashSet<>();
        for (VmConfig m : machines) {
            if (m.serial().contains(":") && !serials.add(m.serial())) {
                throw new UsageException("machine %s: serial %s is another machine's already".formatted(m.name(), m.serial()));
            }
            if (m.sockets() != null && !serials.add(m.sockets().toString())) {
                throw new UsageException("machine %s: hvsock %s is another machine's already".formatted(m.name(), m.sockets()));
            }
            for (NetworkConfig n : m.allNetworks()) {
                if (n.mac() != 0 && !macs.add(n.mac())) {
                    throw new UsageException("machine %s: another adapter has the same mac".formatted(m.name()));
                }
            }
        }
        return this;
    }
}
