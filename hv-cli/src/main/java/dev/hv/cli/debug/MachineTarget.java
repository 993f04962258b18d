package dev.hv.cli.debug;

import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.StopReason;
import dev.hv.cpu.state.Cpu;
import java.util.List;

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
    public boolean read(long physical, byte[] to) {
        return machine.bus().memory().isRam(physical, to.length) && machine.bus().memory().copyOut(physical, to, 0, to.length);
    }

    @Override
    public boolean write(long physical, byte[] from) {
        return machine.bus().memory().isRam(physical, from.length) && machine.bus().memory().copyIn(from, 0, physical, from.length);
    }

    @Override
    public long[] memory() {
        List<MemoryRange> ranges = machine.bus().memory().ranges();
        long[] all = new long[2 * ranges.size()];
        for (int i = 0; i < ranges.size(); i++) {
            all[2 * i] = ranges.get(i).base();
            all[2 * i + 1] = ranges.get(i).end() - ranges.get(i).base();
        }
        return all;
    }

    @Override
    public void kill() {
        // a run that has not begun forgets what was said before
        machine.post(() -> machine.stop(StopReason.of(StopReason.Kind.REQUESTED)));
    }
}
