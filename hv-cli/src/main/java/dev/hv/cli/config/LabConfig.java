package dev.hv.cli.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The virtual machines of one run.
 *
 * @param machines at least one, with different names
 */
public record LabConfig(List<VmConfig> machines) {

    /** Memory of all machines together, in bytes. */
    public long memory() {
        return machines.stream().mapToLong(VmConfig::memory).sum();
    }

    /** Whether an adapter reaches beyond this run, whose other end lives in the host's time. */
    public boolean reachesHost() {
        return machines.stream().flatMap(m -> m.networks().stream()).anyMatch(n -> n.kind() != NetworkConfig.Kind.SWITCH || machines.size() == 1);
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
        VmConfig.checkHost("memory of all machines, " + Sizes.show(memory()), memory());
        checkDisks();
        Set<String> serials = new HashSet<>();
        Set<Long> macs = new HashSet<>();
        for (VmConfig m : machines) {
            if (m.serial().contains(":") && !serials.add(m.serial())) {
                throw new UsageException("machine %s: serial %s is another machine's already".formatted(m.name(), m.serial()));
            }
            for (NetworkConfig n : m.networks()) {
                if (n.mac() != 0 && !macs.add(n.mac())) {
                    throw new UsageException("machine %s: another adapter has the same mac".formatted(m.name()));
                }
            }
        }
        return this;
    }

    private record Use(VmConfig machine, DiskConfig disk) {}

    /** A disk that is written has one user: two would destroy its file system. Disks added later count as well. */
    private void checkDisks() {
        Map<Path, List<Use>> users = new HashMap<>();
        for (VmConfig m : machines) {
            List<DiskConfig> all = new ArrayList<>(m.disks());
            for (ScheduledAction a : m.actions()) {
                if (a.action() instanceof ScheduledAction.Action.AddDisk(DiskConfig disk)) {
                    all.add(disk);
                }
            }
            for (DiskConfig d : all) {
                users.computeIfAbsent(real(d.file()), _ -> new ArrayList<>()).add(new Use(m, d));
            }
        }
        for (Map.Entry<Path, List<Use>> e : users.entrySet()) {
            List<Use> uses = e.getValue();
            boolean written = uses.stream().anyMatch(u -> !u.disk().readOnly());
            if (written && uses.size() > 1) {
                throw new UsageException("disk %s: attached twice (machines %s and %s); attach it read-only everywhere (ro), or give each its own copy"
                        .formatted(uses.getFirst().disk().file(), uses.get(0).machine().name(), uses.get(1).machine().name()));
            }
        }
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return file.toAbsolutePath().normalize();
        }
    }
}
