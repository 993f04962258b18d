package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/** What a parent has CPUID answer in a partition's processors (HvCallRegisterInterceptResult): values for bits of a leaf, in the place of the hypervisor's own. */
public final class CpuidResults implements Saveable {

    private static final int VERSION = 1;
    private static final int MOST = 4096;
    private static final int REGISTERS = 4;
    /** Of all processors. */
    public static final int ANY_PROCESSOR = -1;

    /**
     * A result.
     *
     * @param vp processor, or {@link #ANY_PROCESSOR}
     * @param subleaf -1 when it holds for all
     * @param values of EAX, EBX, ECX, EDX and the bits of each that count, in turn
     */
    private record Result(int vp, int leaf, long subleaf, long[] values) {
        boolean same(int otherVp, int otherLeaf, long otherSubleaf) {
            return vp == otherVp && leaf == otherLeaf && subleaf == otherSubleaf;
        }
    }

    private final List<Result> all = new ArrayList<>();

    CpuidResults() {}

    /** Has a leaf answered so, instead of what was said of it before. NO_RESOURCES when there are too many. */
    public HvStatus set(int vp, int leaf, long subleaf, long[] values) {
        all.removeIf(r -> r.same(vp, leaf, subleaf));
        if (all.size() == MOST) {
            return HvStatus.NO_RESOURCES;
        }
        all.add(new Result(vp, leaf, subleaf, values.clone()));
        return HvStatus.SUCCESS;
    }

    /** Has a leaf answered as if this had never been said of it; whether it had been. */
    public boolean remove(int vp, int leaf, long subleaf) {
        return all.removeIf(r -> r.same(vp, leaf, subleaf));
    }

    /** Changes the hypervisor's answer to what was said of the leaf; what was said of one subleaf or one processor comes last. */
    public void apply(int vp, int leaf, int subleaf, int[] answer) {
        if (all.isEmpty()) {
            return;
        }
        for (int pass = 0; pass < REGISTERS; pass++) {
            for (Result r : all) {
                boolean special = (pass & 1) != 0;
                boolean its = (pass & 2) != 0;
                if (r.leaf == leaf && (special ? r.subleaf == (subleaf & 0xFFFF_FFFFL) : r.subleaf < 0) && r.vp == (its ? vp : ANY_PROCESSOR)) {
                    for (int i = 0; i < REGISTERS; i++) {
                        int mask = (int) r.values[2 * i + 1];
                        answer[i] = answer[i] & ~mask | (int) r.values[2 * i] & mask;
                    }
                }
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("cpuid-results", VERSION);
        out.put("all-count", all.size());
        for (Result r : all) {
            out.put("vp", r.vp);
            out.put("leaf", r.leaf);
            out.put("subleaf", r.subleaf);
            out.put("values", r.values);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("cpuid-results", VERSION);
        all.clear();
        for (long n = in.take(); n > 0; n--) {
            int vp = (int) in.take();
            int leaf = (int) in.take();
            long subleaf = in.take();
            long[] values = new long[2 * REGISTERS];
            in.take(values);
            all.add(new Result(vp, leaf, subleaf, values));
        }
        in.end();
    }
}
