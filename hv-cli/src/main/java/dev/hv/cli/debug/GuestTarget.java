package dev.hv.cli.debug;

import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.hypervisor.partition.GuestDebug;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.StopReason;
import dev.hv.core.vid.ChildMemory;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.NestedPaging;
import java.util.List;

/** A virtual machine to a debugger: its virtual processors and its guest-physical memory. While it is looked at, the whole computer stands. */
public final class GuestTarget implements DebugTarget {

    private final Machine machine;
    private final Hypervisor hypervisor;
    private final long partition;
    private final int processors;
    private final ChildMemory memory;
    private GuestDebug debug;

    /** A child partition on a machine with a hypervisor. */
    public GuestTarget(Machine machine, Hypervisor hypervisor, long partition, int processors, ChildMemory memory) {
        this.machine = machine;
        this.hypervisor = hypervisor;
        this.partition = partition;
        this.processors = processors;
        this.memory = memory;
        debug = hypervisor.debug(partition, 0, (number, why, address) -> { });
    }

    @Override
    public int processors() {
        return processors;
    }

    @Override
    public Cpu processor(int number) {
        return debug.registers(number);
    }

    @Override
    public void change(int number, Runnable change) {
        debug.change(number, change);
    }

    @Override
    public boolean waits(int number) {
        return debug.waits(number);
    }

    @Override
    public List<HostDebug> debugs(HostDebug.GuestListener listener) {
        debug = hypervisor.debug(partition, processors, listener);
        return debug.debugs();
    }

    @Override
    public void standStill(Runnable action) {
        hypervisor.standStill(action);
    }

    @Override
    public boolean read(long physical, byte[] to) {
        return memory.read(physical, to, 0, to.length);
    }

    @Override
    public boolean write(long physical, byte[] from) {
        // all of it, or nothing
        return memory.read(physical, new byte[from.length], 0, from.length) && memory.write(physical, from, 0, from.length);
    }

    @Override
    public long[] memory() {
        return MachineTarget.pairs(memory.ranges());
    }

    @Override
    public NestedPaging.Tables second() {
        return debug.tables();
    }

    @Override
    public boolean readSystem(long physical, byte[] to) {
        return machine.bus().memory().isRam(physical, to.length) && machine.bus().memory().copyOut(physical, to, 0, to.length);
    }

    @Override
    public void kill() {
        // a run that has not begun forgets what was said before
        machine.post(() -> machine.stop(StopReason.of(StopReason.Kind.REQUESTED)));
    }
}
