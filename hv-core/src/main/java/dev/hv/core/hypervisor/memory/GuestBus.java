package dev.hv.core.hypervisor.memory;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.DeviceAccess;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvTranslation;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Intercepts;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.NumericErrorPins;
import dev.hv.cpu.state.PortBus;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.state.VmExitSignal;

/**
 * The address spaces of a virtual processor's registers when an instruction is carried out on them: guest-physical memory through the partition's
 * mappings, and where there is none, the devices of the partition's owner while the registers are lent to it. An instruction that the hypervisor
 * carries out itself reaches no devices: the access ends it. No page is ever accessed directly, so nothing read here outlives a change of the
 * mappings.
 */
public final class GuestBus implements PhysicalBus, PortBus, NumericErrorPins {

    /** In the place of a guest-physical address: what is not reached is no memory. */
    public static final long NOWHERE = -1;

    /** What concerns others than the instruction that makes an access. */
    public interface Listener {

        /** An access has gone to a device. */
        void deviceAccessed();

        /** FERR# is no longer asserted. */
        void numericErrorCleared();
    }

    private final GuestPhysicalSpace space;
    private final SystemMemory memory;
    private final Listener listener;
    private Cpu registers;
    /** Null while the registers are not lent. */
    private DeviceAccess devices;
    private boolean probing;
    private boolean probeMarks;
    private int unreached;
    /** Where nothing is mapped there is nothing: no device, and nobody to hear of it. */
    private boolean alone;
    /** {@link Cpu#guest} when the instruction began. */
    private Intercepts guest;

    /** The bus of a virtual processor in a guest-physical space. */
    public GuestBus(GuestPhysicalSpace space, SystemMemory memory, Listener listener) {
        this.space = space;
        this.memory = memory;
        this.listener = listener;
    }

    /** Connects the registers that it is the bus of: what cannot be done is their fault or exit. */
    public void attach(Cpu its) {
        registers = its;
        its.ports = this;
        its.numericErrors = this;
    }

    /**
     * From now on page tables are only looked at: what has no memory reads as 0, and no device hears of it.
     *
     * @param marking whether accessed and dirty bits are set
     */
    public void probe(boolean marking) {
        probing = true;
        probeMarks = marking;
        unreached = HvTranslation.SUCCESS;
    }

    /** Accesses are the guest's again. */
    public void endProbe() {
        probing = false;
    }

    /**
     * An instruction begins, or an event's delivery. Once it has entered or left a guest of the registers it cannot be done again: what its accesses do not
     * reach is absent from then on.
     *
     * @param virtualization it is an instruction of hardware virtualisation, none of whose accesses is to a device
     */
    public void begin(boolean virtualization) {
        alone = virtualization;
        guest = registers.guest;
    }

    private boolean absent() {
        return devices == null && (alone || registers.guest != guest);
    }

    /** The registers are lent to who has these devices; null: they are not lent any more. */
    public void lend(DeviceAccess its) {
        devices = its;
    }

    private DeviceAccess devices(int access, long physical) {
        if (devices == null) {
            throw registers.exit(VmExitSignal.Kind.UNREACHED, access, 0, physical, 0);
        }
        return devices;
    }

    /** Why the walk since {@link #probe} could not read or mark an entry, one of {@link HvTranslation}'s results; SUCCESS when it could. */
    public int unreached() {
        return unreached;
    }

    private int why(long physical, int mapped) {
        return unreached != HvTranslation.SUCCESS ? unreached : space.overlays().covers(physical >>> 12) ? HvTranslation.GPA_ILLEGAL_OVERLAY_ACCESS
                : space.mapped(physical >>> 12) ? mapped : HvTranslation.GPA_UNMAPPED;
    }

    @Override
    public long pageAddress(long physical) {
        return 0;
    }

    @Override
    public long plainPage(long physical) {
        if (probing || space.tracked()) {
            return 0;
        }
        long system = space.translate(physical, HvMapFlags.READABLE | HvMapFlags.WRITABLE);
        return system < 0 || memory.codeWatched(system) || !memory.isRam(system) ? 0 : memory.pageAddress(system);
    }

    @Override
    public int pageRights(long physical) {
        return READ | WRITE;
    }

    @Override
    public long read(long physical, int size) {
        long system = space.translate(physical, HvMapFlags.READABLE);
        if (system >= 0) {
            return memory.read(system, size);
        }
        if (probing) {
            unreached = why(physical, HvTranslation.GPA_NO_READ_ACCESS);
            return 0;
        }
        if (absent()) {
            return -1L >>> 64 - 8 * size;
        }
        DeviceAccess its = devices(Mem.READ, physical);
        listener.deviceAccessed();
        return its.read(physical, size) & -1L >>> 64 - 8 * size;
    }

    /** Reads memory alone, without waking a device: 1 to 8 bytes, zero-extended; -1 where there is none. */
    public long readMemory(long physical, int size) {
        long system = space.translate(physical, HvMapFlags.READABLE);
        return system < 0 ? -1 : memory.read(system, size);
    }

    @Override
    public void write(long physical, int size, long value) {
        if (probing && !probeMarks) {
            return;
        }
        long system = space.translate(physical, HvMapFlags.WRITABLE);
        if (system >= 0) {
            memory.write(system, size, value);
            return;
        }
        if (probing) {
            unreached = why(physical, HvTranslation.GPA_NO_WRITE_ACCESS);
            return;
        }
        if (absent()) {
            return;
        }
        if (space.overlays().covers(physical >>> 12)) {
            // TLFS, "Establishing the hypercall interface": the page can be read and executed
            throw registers.fault(Vector.GP, 0);
        }
        DeviceAccess its = devices(Mem.WRITE, physical);
        listener.deviceAccessed();
        its.write(physical, size, value & -1L >>> 64 - 8 * size);
    }

    @Override
    public boolean replace(long physical, int size, long expected, long value) {
        if (probing && !probeMarks) {
            return true;
        }
        long system = space.translate(physical, HvMapFlags.WRITABLE);
        if (system >= 0) {
            return memory.compareAndSet(system, size, expected, value);
        }
        write(physical, size, value);
        return true;
    }

    /** Nothing decoded from here is kept. */
    @Override
    public void watchCode(long physical, int lines, CodeWatcher watcher) {}

    @Override
    public boolean raise() {
        return devices(Mem.READ, NOWHERE).numericError();
    }

    /** Told at once, lent or not: nobody waits for an answer. */
    @Override
    public void lower() {
        listener.numericErrorCleared();
    }

    @Override
    public int in(int port, int size) {
        return devices(Mem.READ, NOWHERE).in(port, size) & -1 >>> 32 - 8 * size;
    }

    @Override
    public void out(int port, int size, int value) {
        devices(Mem.WRITE, NOWHERE).out(port, size, value & -1 >>> 32 - 8 * size);
    }
}
