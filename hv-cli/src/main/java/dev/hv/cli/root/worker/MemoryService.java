package dev.hv.cli.root.worker;

import dev.hv.core.machine.MemoryRange;
import dev.hv.core.vid.Vid;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.memory.DynamicMemory;
import dev.hv.devices.memory.MemoryReport;
import dev.hv.vmbus.Vmbus;
import java.util.List;

/** Dynamic memory of one virtual machine: its provider on VMBus, its bounds, and how much it wants. */
public final class MemoryService implements Saveable {

    private static final int STATE_VERSION = 1;

    private final MemoryBounds bounds;
    private final LentMemory memory;
    private final DynamicMemory provider;
    private final long startup;
    /** Somebody said how much the machine is to have, and it is not looked at what it needs. */
    private boolean fixed;

    /**
     * Offers the provider.
     *
     * @param startup what the machine starts with
     * @param video the memory of its screen; null without
     */
    MemoryService(Vid vid, long partition, List<MemoryRange> startup, VideoRam video, MemoryBounds bounds, Vmbus bus) {
        this.bounds = bounds;
        memory = new LentMemory(vid, partition, startup, video);
        this.startup = startup.stream().mapToLong(MemoryRange::length).sum() / Page.SIZE;
        provider = new DynamicMemory(memory, bounds.maximum() / Page.SIZE);
        provider.offered(bus.offer(provider.offer(), provider));
    }

    /** The provider. */
    public DynamicMemory provider() {
        return provider;
    }

    /** Between which bounds. */
    public MemoryBounds bounds() {
        return bounds;
    }

    /** Pages that the machine has. */
    public long pages() {
        return memory.pages();
    }

    /** Whether somebody said how much it is to have. */
    public boolean fixed() {
        return fixed;
    }

    /** Has the machine come to so many pages, whatever it needs, within its bounds. */
    public void fix(long pages) {
        fixed = true;
        provider.target(within(pages));
    }

    /** Has it again what it needs. */
    public void release() {
        fixed = false;
    }

    /** Pages that it wants: what programs were promised, and the buffer; what it has while it has said nothing. What was taken from it counts as promised. */
    public long wanted() {
        MemoryReport r = provider.report();
        if (fixed || r == null) {
            return fixed ? provider.target() : pages();
        }
        // pages that were taken are committed for the guest: it has, and may ask for, what it had at first and what was added
        long taken = Math.max(0, startup - pages());
        long need = Math.clamp(r.committed() - taken, 0, bounds.maximum() / Page.SIZE);
        return within(need + need * bounds.buffer() / 100);
    }

    private long within(long pages) {
        return Math.clamp(pages, bounds.minimum() / Page.SIZE, bounds.maximum() / Page.SIZE);
    }

    /**
     * The virtual machine is reset, and its bus has been.
     *
     * @return false when the host has not left what the machine starts with
     */
    boolean reset() {
        provider.reset();
        return memory.whole();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("memory-service", STATE_VERSION);
        out.put("fixed", fixed);
        memory.save(out);
        provider.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("memory-service", STATE_VERSION);
        fixed = in.takeBoolean();
        memory.restore(in);
        provider.restore(in);
        in.end();
    }
}
