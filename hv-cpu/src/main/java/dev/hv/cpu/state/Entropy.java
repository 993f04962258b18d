package dev.hv.cpu.state;

/**
 * The random number generator of a processor, behind RDRAND and RDSEED: SplitMix64, whose state is {@link Cpu#entropy}. Equal seeds give equal
 * numbers, so that runs can be repeated; who wants numbers that nobody can guess seeds it from the host.
 */
public final class Entropy {

    /** Seed of processors that nobody has seeded. */
    public static final long DEFAULT_SEED = 0;

    private static final long STEP = 0x9E3779B97F4A7C15L;

    private Entropy() {}

    /** Seeds a processor; processors of other numbers get other sequences from the same seed. */
    public static void seed(Cpu c, long seed) {
        c.entropy = mix(mix(seed + STEP) + c.index);
    }

    /** The next number. */
    public static long next(Cpu c) {
        c.entropy += STEP;
        return mix(c.entropy);
    }

    private static long mix(long v) {
        v = (v ^ v >>> 30) * 0xBF58476D1CE4E5B9L;
        v = (v ^ v >>> 27) * 0x94D049BB133111EBL;
        return v ^ v >>> 31;
    }
}
