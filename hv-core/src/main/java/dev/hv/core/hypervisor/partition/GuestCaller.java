package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvMapFlags;

/** A virtual processor whose guest makes a hypercall. */
final class GuestCaller implements Caller {

    private final VirtualProcessor vp;
    private final SystemMemory memory;

    GuestCaller(VirtualProcessor vp, SystemMemory memory) {
        this.vp = vp;
        this.memory = memory;
    }

    @Override
    public VirtualProcessor vp() {
        return vp;
    }

    @Override
    public Partition partition() {
        return vp.partition();
    }

    @Override
    public boolean longMode() {
        return vp.context().longMode();
    }

    @Override
    public long gpr(int index) {
        return vp.context().gpr(index);
    }

    @Override
    public void setGpr(int index, long value) {
        vp.context().setGpr(index, value);
    }

    @Override
    public long xmm(int register, int half) {
        return vp.context().xmm(register, half);
    }

    @Override
    public void setXmm(int register, int half, long value) {
        vp.context().setXmm(register, half, value);
    }

    @Override
    public boolean has(long privileges) {
        return vp.partition().has(privileges);
    }

    @Override
    public boolean leavesUnknownCalls() {
        return vp.partition().intercepts().has(HvInterceptType.HYPERCALL);
    }

    @Override
    public boolean read(long gpa, byte[] to, int offset, int length) {
        long system = vp.partition().space().translate(gpa, HvMapFlags.READABLE);
        return system >= 0 && memory.copyOut(system, to, offset, length);
    }

    @Override
    public boolean write(long gpa, byte[] from, int offset, int length) {
        long system = vp.partition().space().translate(gpa, HvMapFlags.WRITABLE);
        return system >= 0 && memory.copyIn(from, offset, system, length);
    }
}
