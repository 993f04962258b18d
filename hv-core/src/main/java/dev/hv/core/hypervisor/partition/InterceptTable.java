package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Vector;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the parent of a partition asked to be told of (HvCallInstallIntercept), beside what always comes to it: ports, memory that is not there, ends
 * of level-triggered interrupts, the end of the partition.
 */
public final class InterceptTable implements Saveable {

    private static final int VERSION = 1;
    private static final int NONE = 0;
    private static final int MOST = 1024;

    private static final int MSR_ACCESSES = HvInterceptType.READ | HvInterceptType.WRITE;
    private static final int VECTORS = 32;
    private static final int MSRS_AT = 24;
    private static final int EXCEPTIONS_AT = 32;

    /** Types of {@link HvInterceptType} that have no parameter, as bits; below {@link #MSRS_AT}. */
    private int types;
    /** Accesses to MSRs that are nobody's. */
    private int otherMsrs;
    /** Exceptions by vector, as bits. */
    private int exceptions;
    /** Accesses by CPUID leaf. */
    private final SortedMap<Integer, Integer> leaves = new TreeMap<>();
    /** Accesses by MSR. */
    private final SortedMap<Integer, Integer> msrs = new TreeMap<>();

    /**
     * Asks to be told, or no longer with no access.
     *
     * @param accesses {@link HvInterceptType#READ} and others
     * @param parameter CPUID leaf, MSR or vector, of the types that have one
     */
    public HvStatus install(int type, int accesses, long parameter) {
        return switch (type) {
            case HvInterceptType.CPUID -> install(leaves, accesses, HvInterceptType.EXECUTE, parameter);
            case HvInterceptType.MSR_INDEX -> install(msrs, accesses, MSR_ACCESSES, parameter);
            case HvInterceptType.MSR -> {
                if ((accesses & ~MSR_ACCESSES) != 0) {
                    yield HvStatus.INVALID_PARAMETER;
                }
                otherMsrs = accesses;
                yield HvStatus.SUCCESS;
            }
            case HvInterceptType.EXCEPTION -> {
                if ((accesses & ~HvInterceptType.EXECUTE) != 0 || parameter < 0 || parameter >= VECTORS || parameter == Vector.NMI) {
                    yield HvStatus.INVALID_PARAMETER;
                }
                exceptions = accesses == NONE ? exceptions & ~(1 << parameter) : exceptions | 1 << parameter;
                yield HvStatus.SUCCESS;
            }
            default -> {
                if (accesses == NONE) {
                    types &= ~(1 << type);
                } else {
                    types |= 1 << type;
                }
                yield HvStatus.SUCCESS;
            }
        };
    }

    private static HvStatus install(SortedMap<Integer, Integer> table, int accesses, int possible, long parameter) {
        if ((accesses & ~possible) != 0 || parameter >>> 32 != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (accesses == NONE) {
            table.remove((int) parameter);
        } else if (table.size() == MOST && !table.containsKey((int) parameter)) {
            return HvStatus.NO_RESOURCES;
        } else {
            table.put((int) parameter, accesses);
        }
        return HvStatus.SUCCESS;
    }

    /** Whether it is asked for one of the types without parameter. */
    public boolean has(int type) {
        return (types >>> type & 1) != 0;
    }

    /** Whether CPUID with a leaf is the parent's. */
    public boolean cpuid(int leaf) {
        return !leaves.isEmpty() && leaves.containsKey(leaf);
    }

    /** Whether an access to an MSR is the parent's. */
    public boolean msr(int number, int access) {
        return !msrs.isEmpty() && (msrs.getOrDefault(number, NONE) & access) != 0;
    }

    /** Whether an access to an MSR that the hypervisor has no meaning of its own for is the parent's. */
    public boolean otherMsr(int access) {
        return (otherMsrs & access) != 0;
    }

    /** The exceptions that are the parent's, as bits by vector. */
    public int exceptions() {
        return exceptions;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("intercept-table", VERSION);
        out.put("types", types | otherMsrs << MSRS_AT | (long) exceptions << EXCEPTIONS_AT);
        save(leaves, out);
        save(msrs, out);
        out.end();
    }

    private static void save(Map<Integer, Integer> table, StateWriter out) {
        out.put("table-count", table.size());
        table.forEach((parameter, accesses) -> {
            out.put("parameter", parameter);
            out.put("accesses", accesses);
        });
    }

    @Override
    public void restore(StateReader in) {
        in.begin("intercept-table", VERSION);
        long all = in.take();
        types = (int) all & (1 << MSRS_AT) - 1;
        otherMsrs = (int) all >>> MSRS_AT;
        exceptions = (int) (all >>> EXCEPTIONS_AT);
        restore(leaves, in);
        restore(msrs, in);
        in.end();
    }

    private static void restore(Map<Integer, Integer> table, StateReader in) {
        table.clear();
        for (long n = in.take(); n > 0; n--) {
            table.put((int) in.take(), (int) in.take());
        }
    }
}
