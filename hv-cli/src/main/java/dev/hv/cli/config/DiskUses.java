package dev.hv.cli.config;

import dev.hv.cli.config.ScheduledAction.Action;
import dev.hv.cli.config.ScheduledAction.When;
import dev.hv.devices.storage.ScsiAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** When which machine has which file as a disk: from the start or an action that adds it to the action that takes it away. */
final class DiskUses {

    /** A machine has a disk, from one event on and before another; events count from 0 at the start. */
    private static final class Use {
        private final VmConfig machine;
        private final DiskConfig disk;
        private final int from;
        private int to = Integer.MAX_VALUE;

        Use(VmConfig machine, DiskConfig disk, int from) {
            this.machine = machine;
            this.disk = disk;
            this.from = from;
        }

        boolean meets(Use other) {
            return from < other.to && other.from < to;
        }
    }

    private record Event(VmConfig machine, ScheduledAction action) {

        /** Nobody knows when a console prints something: disks may come at the start, and go at the end. */
        long time() {
            return switch (action.when()) {
                case When.At(long nanos) -> nanos;
                case When.Printed _ -> action.action() instanceof Action.AddDisk ? 0 : Long.MAX_VALUE;
            };
        }
    }

    private final List<Use> all = new ArrayList<>();
    /** Disks of a machine by their number, which only those on SCSI have. */
    private final Map<VmConfig, NavigableMap<Integer, Use>> numbered = new HashMap<>();

    private DiskUses() {}

    /**
     * Checks that a disk that is written has one user at a time: two would destroy its file system.
     *
     * @throws UsageException when two have it at once
     */
    static void check(List<VmConfig> machines) {
        var uses = new DiskUses();
        List<Event> events = new ArrayList<>();
        for (VmConfig m : machines) {
            m.disks().forEach(d -> uses.begin(m, d, 0));
            m.actions().forEach(a -> events.add(new Event(m, a)));
        }
        // stable: what is due at the same time happens in the order given
        events.sort(Comparator.comparingLong(Event::time));
        int now = 1;
        for (Event e : events) {
            switch (e.action().action()) {
                case Action.AddDisk(var disk) -> uses.begin(e.machine(), disk, now);
                case Action.RemoveDisk(int number) -> uses.end(e.machine(), number, now);
                default -> { }
            }
            now++;
        }
        uses.checkAll();
    }

    private void begin(VmConfig machine, DiskConfig disk, int now) {
        var use = new Use(machine, disk, now);
        all.add(use);
        if (disk.bus() == DiskConfig.Bus.SCSI) {
            NavigableMap<Integer, Use> disks = numbered.computeIfAbsent(machine, _ -> new TreeMap<>());
            int number = disks.isEmpty() ? 0 : disks.lastKey() + 1;
            // a disk that is there still keeps its place from later ones
            for (int tries = 0; tries < ScsiAddress.PLACES && taken(disks, number); tries++) {
                number++;
            }
            disks.put(number, use);
        }
    }

    private static boolean taken(Map<Integer, Use> disks, int number) {
        for (int before = number - ScsiAddress.PLACES; before >= 0; before -= ScsiAddress.PLACES) {
            Use use = disks.get(before);
            if (use != null && use.to == Integer.MAX_VALUE) {
                return true;
            }
        }
        return false;
    }

    private void end(VmConfig machine, int number, int now) {
        Use use = numbered.getOrDefault(machine, new TreeMap<>()).get(number);
        if (use != null) {
            use.to = Math.min(use.to, now);
        }
    }

    private void checkAll() {
        Map<Path, List<Use>> byFile = new HashMap<>();
        for (Use u : all) {
            List<Use> others = byFile.computeIfAbsent(real(u.disk.file()), _ -> new ArrayList<>());
            for (Use other : others) {
                if ((u.disk.written() || other.disk.written()) && u.meets(other)) {
                    throw new UsageException(("disk %s: attached twice (machines %s and %s); take it away from one before the other has it, attach it everywhere "
                            + "read-only (ro) or with its changes kept apart (snapshot), or give each its own copy").formatted(u.disk.file(), other.machine.name(),
                            u.machine.name()));
                }
            }
            others.add(u);
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
