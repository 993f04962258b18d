package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.DeviceAccess;
import dev.hv.core.tlfs.HvPort;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.VmExitSignal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Doorbells of a partition (TLFS, HvPortTypeDoorbell): addresses without memory, a write to which its parent hears of as a port, instead of as an intercept of the
 * processor, which goes on at once.
 */
public final class Doorbells implements Saveable {

    private static final int VERSION = 2;
    private static final int MOST = 1024;

    /**
     * A doorbell.
     *
     * @param connection its id
     * @param port of the partition's parent
     * @param gpa where it is
     * @param value what must be written, unless any value rings
     * @param flags {@link HvPort#DOORBELL_SIZE}, {@link HvPort#DOORBELL_ANY_VALUE}
     */
    private record Doorbell(int connection, Port port, long gpa, long value, long flags) {
        boolean rings(long at, int size, long written) {
            int code = (int) flags & HvPort.DOORBELL_SIZE;
            boolean its = code == 0 || size == 1 << code - 1;
            return at == gpa && its && ((flags & HvPort.DOORBELL_ANY_VALUE) != 0 || written == (value & -1L >>> 64 - 8 * size));
        }
    }

    private final Partition partition;
    private final SystemMemory memory;
    private final List<Doorbell> all = new ArrayList<>();
    /** The partition's own ports at which doorbells of its children were rung without room in its ring. */
    private final Set<Port> unheard = new LinkedHashSet<>();

    Doorbells(Partition partition, SystemMemory memory) {
        this.partition = partition;
        this.memory = memory;
    }

    /** Connects a doorbell. */
    public HvStatus connect(int connection, Port port, long gpa, long value, long flags) {
        if ((flags & ~HvPort.DOORBELL_FLAGS) != 0 || (flags & HvPort.DOORBELL_SIZE) > HvPort.DOORBELL_QUADWORD) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (all.stream().anyMatch(d -> d.connection == connection)) {
            return HvStatus.OBJECT_IN_USE;
        }
        if (all.size() == MOST) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        all.add(new Doorbell(connection, port, gpa, value, flags));
        return HvStatus.SUCCESS;
    }

    /** Disconnects a doorbell. */
    public HvStatus disconnect(int connection) {
        return all.removeIf(d -> d.connection == connection) ? HvStatus.SUCCESS : HvStatus.INVALID_CONNECTION_ID;
    }

    void clear() {
        all.clear();
    }

    /** Whether there is any in the page of an address. */
    public boolean near(long gpa) {
        for (Doorbell d : all) {
            if (d.gpa >>> 12 == gpa >>> 12) {
                return true;
            }
        }
        return false;
    }

    void ringLater(Port port) {
        unheard.add(port);
    }

    /** Ports of the partition's own at which doorbells were rung without room in its ring, in their order. */
    Set<Port> unheard() {
        return unheard;
    }

    /** There is room in its ring of port ids. */
    public void ringAgain() {
        unheard.removeIf(port -> partition.ports().get(port.id()) != port || port.tryRing());
    }

    /** The ring of port ids of one of the partition's own processors. */
    GuestRing ring(VirtualProcessor own) {
        return new GuestRing(partition.space(), memory, own.synic().ringPage());
    }

    /** Carries out a write near a doorbell: false, and nothing is done, when it does not ring. */
    public boolean rings(VirtualProcessor vp) {
        vp.bus().lend(access(vp));
        VmExitSignal unreached;
        try {
            unreached = vp.emulator(false).step();
        } finally {
            vp.bus().lend(null);
        }
        if (unreached == null) {
            vp.takeBack();
        }
        return unreached == null;
    }

    /** What an instruction of a processor reaches: doorbells that ring, and nothing else. */
    private DeviceAccess access(VirtualProcessor vp) {
        return new DeviceAccess() {
            @Override
            public void write(long gpa, int size, long value) {
                boolean rang = false;
                for (Doorbell d : all) {
                    if (d.rings(gpa, size, value)) {
                        d.port.ring();
                        rang = true;
                    }
                }
                if (!rang) {
                    throw unreached(Mem.WRITE, gpa);
                }
            }

            @Override
            public long read(long gpa, int size) {
                throw unreached(Mem.READ, gpa);
            }

            @Override
            public int in(int port, int size) {
                throw unreached(Mem.READ, -1);
            }

            @Override
            public void out(int port, int size, int value) {
                throw unreached(Mem.WRITE, -1);
            }

            @Override
            public boolean numericError() {
                throw unreached(Mem.READ, -1);
            }

            private RuntimeException unreached(int access, long gpa) {
                return vp.registers().exit(VmExitSignal.Kind.UNREACHED, access, 0, gpa, 0);
            }
        };
    }

    @Override
    public void save(StateWriter out) {
        out.begin("doorbells", VERSION);
        out.put("all-count", all.size());
        for (Doorbell d : all) {
            out.put("connection", d.connection);
            PartitionLinks.saveTarget(d.port, out);
            out.put("gpa", d.gpa);
            out.put("value", d.value);
            out.put("flags", d.flags);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("doorbells", VERSION);
        all.clear();
        for (long n = in.take(); n > 0; n--) {
            int connection = (int) in.take();
            long owner = in.take();
            Port port = PartitionLinks.restoreTarget(partition, owner == partition.id() ? partition : partition.owner(), in.takeBoolean(), in);
            all.add(new Doorbell(connection, port, in.take(), in.take(), in.take()));
        }
        in.end();
    }
}
