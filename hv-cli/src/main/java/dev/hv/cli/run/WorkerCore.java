package dev.hv.cli.run;

import dev.hv.cli.debug.ElfCore;
import dev.hv.cli.root.worker.Worker;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import java.util.ArrayList;
import java.util.List;

/** A virtual machine's processors and memory, for a core file. */
final class WorkerCore implements ElfCore.Source {

    private final Worker worker;
    private final int processors;

    WorkerCore(Worker worker, int processors) {
        this.worker = worker;
        this.processors = processors;
    }

    @Override
    public List<long[]> processors() {
        List<long[]> all = new ArrayList<>();
        for (int vp = 0; vp < processors; vp++) {
            var values = new long[ElfCore.Register.values().length];
            for (ElfCore.Register r : ElfCore.Register.values()) {
                values[r.ordinal()] = value(vp, r);
            }
            all.add(values);
        }
        return all;
    }

    private long value(int vp, ElfCore.Register r) {
        return switch (r) {
            case ORIG_RAX -> -1;
            case RAX -> low(vp, HvRegister.RAX);
            case RBX -> low(vp, HvRegister.RBX);
            case RCX -> low(vp, HvRegister.RCX);
            case RDX -> low(vp, HvRegister.RDX);
            case RSI -> low(vp, HvRegister.RSI);
            case RDI -> low(vp, HvRegister.RDI);
            case RBP -> low(vp, HvRegister.RBP);
            case RSP -> low(vp, HvRegister.RSP);
            case R8, R9, R10, R11, R12, R13, R14, R15 -> low(vp, HvRegister.R8 + Integer.parseInt(r.name().substring(1)) - 8);
            case RIP -> low(vp, HvRegister.RIP);
            case EFLAGS -> low(vp, HvRegister.RFLAGS);
            case FS_BASE -> low(vp, HvRegister.FS);
            case GS_BASE -> low(vp, HvRegister.GS);
            case CS -> selector(vp, HvRegister.CS);
            case SS -> selector(vp, HvRegister.SS);
            case DS -> selector(vp, HvRegister.DS);
            case ES -> selector(vp, HvRegister.ES);
            case FS -> selector(vp, HvRegister.FS);
            case GS -> selector(vp, HvRegister.GS);
        };
    }

    private long low(int vp, int name) {
        return worker.register(vp, name).low();
    }

    /** A segment's register has the base below, and limit, selector and attributes above (TLFS 7.9.1). */
    private long selector(int vp, int name) {
        HvRegisterValue value = worker.register(vp, name);
        return value.selector();
    }

    @Override
    public List<MemoryRange> memory() {
        return worker.memory().ranges();
    }

    @Override
    public boolean read(long physical, byte[] to) {
        return worker.memory().read(physical, to, 0, to.length);
    }
}
