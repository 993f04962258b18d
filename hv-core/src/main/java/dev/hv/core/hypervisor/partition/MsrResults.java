package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What becomes of accesses to single MSRs that the hypervisor has no meaning of its own for, by a parent's wish (HvCallRegisterInterceptResult): an exception, or nothing, whatever
 * holds for the others.
 */
public final class MsrResults implements Saveable {

    private static final int VERSION = 1;
    private static final int MOST = 4096;
    private static final int MSR_BITS = 32;

    /** Whether an access is ignored, by processor, MSR and access. */
    private final SortedMap<Long, Boolean> all = new TreeMap<>();

    MsrResults() {}

    private static long key(int vp, int msr, boolean write) {
        return (vp + 1L) << MSR_BITS + 1 | (msr & 0xFFFF_FFFFL) << 1 | (write ? 1 : 0);
    }

    /**
     * Says what becomes of an access. NO_RESOURCES when there are too many.
     *
     * @param vp processor, or {@link CpuidResults#ANY_PROCESSOR}
     * @param ignored a read gives 0 and a write does nothing; otherwise it is #GP
     */
    public HvStatus set(int vp, int msr, boolean write, boolean ignored) {
        long key = key(vp, msr, write);
        if (all.size() == MOST && !all.containsKey(key)) {
            return HvStatus.NO_RESOURCES;
        }
        all.put(key, ignored);
        return HvStatus.SUCCESS;
    }

    /** Takes back what was said of an access; whether something was. */
    public boolean remove(int vp, int msr, boolean write) {
        return all.remove(key(vp, msr, write)) != null;
    }

    /**
     * Whether an access is ignored.
     *
     * @param others what holds for MSRs of which nothing was said
     */
    public boolean ignored(int vp, int msr, boolean write, boolean others) {
        if (all.isEmpty()) {
            return others;
        }
        return all.getOrDefault(key(vp, msr, write), all.getOrDefault(key(CpuidResults.ANY_PROCESSOR, msr, write), others));
    }

    @Override
    public void save(StateWriter out) {
        out.begin("msr-results", VERSION);
        out.put("all-count", all.size());
        all.forEach((key, ignored) -> {
            out.put("access", key);
            out.put("ignored", ignored);
        });
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("msr-results", VERSION);
        all.clear();
        for (long n = in.take(); n > 0; n--) {
            all.put(in.take(), in.takeBoolean());
        }
        in.end();
    }
}
