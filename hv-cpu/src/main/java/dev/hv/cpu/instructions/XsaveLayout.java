package dev.hv.cpu.instructions;

/**
 * Where the state components of an XSAVE area lie (SDM vol. 1, 13.4 and 13.5.8): the legacy image and the header, behind them in the standard
 * format each component at its own place, in the compacted one those that are there in order. No component asks for alignment.
 */
public final class XsaveLayout {

    /** Numbers of components behind the header. */
    static final int AVX = 2;
    static final int PKRU = 9;
    static final int CET_USER = 11;
    static final int CET_SUPERVISOR = 12;

    /** Bytes of the legacy image and the header. */
    public static final int BASE = 576;

    /** The compacted format, in XCOMP_BV. */
    static final long COMPACT = Long.MIN_VALUE;

    private static final int LEGACY = 3;
    private static final int PKRU_OFFSET = 832;

    private XsaveLayout() {}

    /** Bytes of a component. */
    public static int size(int component) {
        return switch (component) {
            case AVX -> 256;
            case PKRU -> 8;
            case CET_USER -> 16;
            case CET_SUPERVISOR -> 24;
            default -> 0;
        };
    }

    /** Where a component is in the standard format; 0 for one that is only in the compacted one. */
    static int standard(int component) {
        return switch (component) {
            case AVX -> BASE;
            case PKRU -> PKRU_OFFSET;
            default -> 0;
        };
    }

    /** Where a component is in an area with this XCOMP_BV (0 for the standard format). */
    static int offset(long format, int component) {
        return format >= 0 ? standard(component) : compactSize(format & (1L << component) - 1);
    }

    /** Bytes of an area in the standard format that holds components. */
    static int standardSize(long components) {
        int size = BASE;
        for (long rest = components & ~LEGACY & ~COMPACT; rest != 0; rest &= rest - 1) {
            int component = Long.numberOfTrailingZeros(rest);
            size = Math.max(size, standard(component) + size(component));
        }
        return size;
    }

    /** Bytes of an area in the compacted format that holds components. */
    static int compactSize(long components) {
        int size = BASE;
        for (long rest = components & ~LEGACY & ~COMPACT; rest != 0; rest &= rest - 1) {
            size += size(Long.numberOfTrailingZeros(rest));
        }
        return size;
    }
}
