package dev.hv.cpu.apic;

/** IA32_APIC_BASE and the modes it puts a local APIC in (SDM vol. 3A, 12.4.4 and 12.12.5). */
final class ApicBase {

    private static final long BSP = 1 << 8;
    private static final long EXTD = 1 << 10;
    private static final long ENABLE = 1 << 11;
    private static final long DEFAULT = 0xFEE0_0000L;

    private final long reserved;
    private final long initial;
    private long value;

    ApicBase(ApicConfig config) {
        reserved = -1L << config.physicalBits() | 0x2FF | (config.x2apic() ? 0 : EXTD);
        initial = DEFAULT | ENABLE | (config.bootstrap() ? BSP : 0);
        value = initial;
    }

    void reset() {
        value = initial;
    }

    long value() {
        return value;
    }

    /** Whether the APIC is globally enabled. */
    boolean enabled() {
        return (value & ENABLE) != 0;
    }

    boolean x2apic() {
        return (value & EXTD) != 0;
    }

    /** Sets the value; false, without a change, for reserved bits and for transitions that the manual's state diagram lacks. */
    boolean set(long to) {
        boolean enable = (to & ENABLE) != 0;
        boolean extended = (to & EXTD) != 0;
        boolean legal = !extended || enable;
        if (x2apic()) {
            // x2APIC mode is left only by disabling the APIC.
            legal &= extended || !enable;
        } else if (!enabled()) {
            // A disabled APIC comes back in xAPIC mode.
            legal &= !extended;
        }
        if ((to & reserved) != 0 || !legal) {
            return false;
        }
        value = to;
        return true;
    }

    void restore(long saved) {
        value = saved;
    }
}
