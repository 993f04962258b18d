package dev.hv.core.hypervisor.calls;

import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.machine.SystemMemory;

/** Services of the root partition as makers of hypercalls: registers that they filled, and the root's memory, which is the system's. */
public final class RootCaller implements Caller {

    private static final int REGISTERS = 16;
    private static final int XMM_HALVES = 12;

    private final Partition root;
    private final SystemMemory memory;
    private final long[] gpr = new long[REGISTERS];
    private final long[] xmm = new long[XMM_HALVES];

    public RootCaller(Partition root, SystemMemory memory) {
        this.root = root;
        this.memory = memory;
    }

    @Override
    public Partition partition() {
        return root;
    }

    @Override
    public VirtualProcessor vp() {
        return null;
    }

    @Override
    public boolean longMode() {
        return true;
    }

    @Override
    public long gpr(int index) {
        return gpr[index];
    }

    @Override
    public void setGpr(int index, long value) {
        gpr[index] = value;
    }

    @Override
    public long xmm(int register, int half) {
        return xmm[2 * register + half];
    }

    @Override
    public void setXmm(int register, int half, long value) {
        xmm[2 * register + half] = value;
    }

    @Override
    public boolean has(long privileges) {
        return root.has(privileges);
    }

    @Override
    public boolean read(long gpa, byte[] to, int offset, int length) {
        return memory.copyOut(gpa, to, offset, length);
    }

    @Override
    public boolean write(long gpa, byte[] from, int offset, int length) {
        return memory.copyIn(from, offset, gpa, length);
    }
}
