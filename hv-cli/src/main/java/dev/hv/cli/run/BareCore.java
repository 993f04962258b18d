package dev.hv.cli.run;

import dev.hv.cli.debug.ElfCore;
import dev.hv.cli.debug.MachineTarget;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.cpu.state.Cpu;
import java.util.List;

/** The bare machine's processors and memory, for a core file. */
final class BareCore implements ElfCore.Source {

    private final Machine machine;
    private final MachineTarget target;

    BareCore(Machine machine) {
        this.machine = machine;
        target = new MachineTarget(machine, machine.processors());
    }

    @Override
    public List<long[]> processors() {
        return machine.processors().stream().map(BareCore::registers).toList();
    }

    private static long[] registers(Cpu c) {
        return new long[] {c.gpr(15), c.gpr(14), c.gpr(13), c.gpr(12), c.gpr(Cpu.RBP), c.gpr(Cpu.RBX), c.gpr(11), c.gpr(10), c.gpr(9), c.gpr(8), c.gpr(Cpu.RAX), c.gpr(Cpu.RCX),
            c.gpr(Cpu.RDX), c.gpr(Cpu.RSI), c.gpr(Cpu.RDI), -1, c.rip, c.seg[Cpu.CS].selector, c.rflags(), c.gpr(Cpu.RSP), c.seg[Cpu.SS].selector, c.segBase(Cpu.FS), c.segBase(Cpu.GS),
            c.seg[Cpu.DS].selector, c.seg[Cpu.ES].selector, c.seg[Cpu.FS].selector, c.seg[Cpu.GS].selector};
    }

    @Override
    public List<MemoryRange> memory() {
        return machine.bus().memory().ranges();
    }

    @Override
    public boolean read(long physical, byte[] to) {
        return target.read(physical, to);
    }
}
