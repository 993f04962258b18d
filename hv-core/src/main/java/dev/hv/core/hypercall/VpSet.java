package dev.hv.core.hypercall;

/** A set of virtual processors of a hypercall, HV_VP_SET, as far as 64 processors go: bank 0. */
public final class VpSet {

    /** All processors. */
    public static final long ALL = -1;

    private static final long SPARSE = 0;
    private static final long EVERYBODY = 1;

    private VpSet() {}

    /** Whether a sparse set's banks are as many as its mask says, and the format exists. */
    public static boolean valid(long format, long bankMask, int banks) {
        return format == EVERYBODY || format == SPARSE && Long.bitCount(bankMask) == banks;
    }

    /**
     * The members with indices below 64, as a mask.
     *
     * @param banksAt offset of the first bank in the input
     */
    public static long mask(long format, long bankMask, HypercallParameters p, int banksAt) {
        if (format == EVERYBODY) {
            return ALL;
        }
        // banks are packed: that of processors 0 to 63 comes first if it is there at all
        return (bankMask & 1) != 0 ? p.u64(banksAt) : 0;
    }

    /** Whether the set at an offset of the input, its banks being all of the variable header, makes no sense. */
    public static boolean bad(HypercallParameters p, int at) {
        return !valid(p.u64(at), p.u64(at + 8), p.variableSize() / 8);
    }

    /** The members of the set at an offset of the input, its banks being the variable header. */
    public static long mask(HypercallParameters p, int at) {
        return mask(p.u64(at), p.u64(at + 8), p, p.variableAt());
    }
}
