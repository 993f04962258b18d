package dev.hv.cli.debug;

import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.StopReason;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.NestedPaging;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** The bare machine to a debugger: its processors and system memory. */
public final class MachineTarget implements DebugTarget {

    private final Machine machine;
    private final List<Cpu> processors;

    /** A machine with its processors, in their order. */
    public MachineTarget(Machine machine, List<Cpu> processors) {
        this.machine = machine;
        this.processors = processors;
    }

    @Override
    public int processors() {
        return processors.size();
    }

    @Override
    public Cpu processor(int number) {
        return processors.get(number);
    }

    @Override
    public void change(int number, Runnable change) {
        change.run();
    }

    @Override
    public boolean waits(int number) {
        return processors.get(number).activity != Cpu.ACTIVE;
    }

    @Override
    public List<HostDebug> debugs(HostDebug.GuestListener listener) {
        List<HostDebug> all = new ArrayList<>();
        for (int i = 0; i < processors.size(); i++) {
            int number = i;
            Cpu c = processors.get(i);
            c.debug = new HostDebug(c, (at, why, address) -> listener.stopped(number, why, address));
            all.add(c.debug);
        }
        return all;
    }

    /** Its processors take turns on one thread, and who is told of a stop is on that. */
    @Override
    public void standStill(Runnable action) {
        action.run();
    }

    @Override
    public boolean read(long physical, byte[] to) {
        return machine.bus().memory().isRam(physical, to.length) && machine.bus().memory().copyOut(physical, to, 0, to.length);
    }

    @Override
    public boolean write(long physical, byte[] from) {
        return machine.bus().memory().isRam(physical, from.length) && machine.bus().memory().copyIn(from, 0, physical, from.length);
    }

    @Override
    public long[] memory() {
        return pairs(machine.bus().memory().ranges());
    }

    static long[] pairs(List<MemoryRange> ranges) {
        return ranges.stream().flatMapToLong(r -> LongStream.of(r.base(), r.length())).toArray();
    }

    @Override
    public NestedPaging.Tables second() {
        return null;
    }

    @Override
    public boolean readSystem(long physical, byte[] to) {
        return read(physical, to);
    }

    @Override
    public void kill() {
        // a run that has not begun forgets what was said before
        machine.post(() -> machine.stop(StopReason.of(StopReason.Kind.REQUESTED)));
    }
}
