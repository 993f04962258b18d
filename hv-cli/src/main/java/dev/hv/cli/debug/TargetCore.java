package dev.hv.cli.debug;

import dev.hv.core.machine.MemoryRange;
import dev.hv.cpu.state.Cpu;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A machine's processors and memory, for a core file. The machine stands. */
public final class TargetCore implements ElfCore.Source {

    private final DebugTarget target;

    public TargetCore(DebugTarget target) {
        this.target = target;
    }

    @Override
    public List<long[]> processors() {
        return IntStream.range(0, target.processors()).mapToObj(i -> registers(target.processor(i))).toList();
    }

    private static long[] registers(Cpu c) {
        return new long[] {c.gpr(15), c.gpr(14), c.gpr(13), c.gpr(12), c.gpr(Cpu.RBP), c.gpr(Cpu.RBX), c.gpr(11), c.gpr(10), c.gpr(9), c.gpr(8), c.gpr(Cpu.RAX), c.gpr(Cpu.RCX),
            c.gpr(Cpu.RDX), c.gpr(Cpu.RSI), c.gpr(Cpu.RDI), -1, c.rip, c.seg[Cpu.CS].selector, c.rflags(), c.gpr(Cpu.RSP), c.seg[Cpu.SS].selector, c.segBase(Cpu.FS), c.segBase(Cpu.GS),
            c.seg[Cpu.DS].selector, c.seg[Cpu.ES].selector, c.seg[Cpu.FS].selector, c.seg[Cpu.GS].selector};
    }

    @Override
    public List<MemoryRange> memory() {
        long[] pairs = target.memory();
        List<MemoryRange> ranges = new ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) {
            ranges.add(new MemoryRange(pairs[i], pairs[i + 1]));
        }
        return ranges;
    }

    @Override
    public boolean read(long physical, byte[] to) {
        return target.read(physical, to);
    }
}
