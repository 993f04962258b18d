package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** How often a virtual processor that is a hypervisor has used what makes its guests lighter (TLFS, "Nested virtualization"): what it could do without, so that nothing else would tell. */
public final class NestedCounts implements Saveable {

    private static final int VERSION = 1;

    /** Entries of its guests by an enlightened VMCS. */
    public long enlightenedEntries;
    /** Of these the ones that said that the MSR bitmap was unchanged. */
    public long unchangedBitmaps;
    /** Flushes of its guests' that were carried out without it. */
    public long directFlushes;

    @Override
    public void save(StateWriter out) {
        out.begin("nested-counts", VERSION);
        out.put("enlightened-entries", enlightenedEntries);
        out.put("unchanged-bitmaps", unchangedBitmaps);
        out.put("direct-flushes", directFlushes);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("nested-counts", VERSION);
        enlightenedEntries = in.take();
        unchangedBitmaps = in.take();
        directFlushes = in.take();
        in.end();
    }
}
