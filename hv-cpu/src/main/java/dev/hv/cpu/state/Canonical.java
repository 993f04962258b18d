package dev.hv.cpu.state;

/**
 * Canonical addresses (SDM vol. 1, 3.3.7.1; vol. 3A, 4.5.2 and the chapter on 5-level paging): bits above the linear-address width equal its highest
 * bit. Accesses and branches go by the width of the paging mode; registers that only hold an address by what the processor has.
 */
public final class Canonical {

    private static final int WIDTH = 48;
    private static final int WIDE = 57;

    private Canonical() {}

    /** Whether memory may be accessed, and code run, at an address in IA-32e mode. */
    public static boolean address(Cpu c, long a) {
        int unused = Long.SIZE - ((c.cr4 & Control.CR4_LA57) != 0 ? WIDE : WIDTH);
        return a << unused >> unused == a;
    }

    /** Whether data may be accessed at an address: once metadata are masked, it is canonical. */
    public static boolean data(Cpu c, long a) {
        return address(c, AddressMasking.masked(c, a));
    }

    /** Whether a base register, an MSR or a field of hardware virtualisation may hold an address. */
    public static boolean register(CpuModel m, long a) {
        return extended(m, a) == a;
    }

    /** An address with the bits above the processor's linear-address width made copies of the highest within it. */
    public static long extended(CpuModel m, long a) {
        int unused = Long.SIZE - width(m);
        return a << unused >> unused;
    }

    /** Whether an address is canonical whatever the paging mode. */
    public static boolean always(long a) {
        return a << Long.SIZE - WIDTH >> Long.SIZE - WIDTH == a;
    }

    /** Linear-address width of a model. */
    public static int width(CpuModel m) {
        return m.has(Feature.LA57) ? WIDE : WIDTH;
    }
}
