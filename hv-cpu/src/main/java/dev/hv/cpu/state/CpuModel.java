package dev.hv.cpu.state;

import java.util.EnumSet;
import java.util.Set;

/** A processor model: its name for people, its features, its address widths, its clock. CPUID is computed from it. */
public final class CpuModel {

    private final String name;
    private final boolean intel;
    private final EnumSet<Feature> features;
    private final long[] bits = new long[Feature.values().length + Long.SIZE - 1 >> 6];
    private final int[] words = new int[CpuidWord.values().length];
    private final int physicalBits;
    private final long tscHz;

    /**
     * A model.
     *
     * @param name brand string, at most 48 characters
     * @param intel vendor GenuineIntel, else AuthenticAMD
     * @param physicalBits MAXPHYADDR
     * @param tscHz frequency of the time-stamp counter
     */
    public CpuModel(String name, boolean intel, Set<Feature> features, int physicalBits, long tscHz) {
        this.name = name;
        this.intel = intel;
        this.features = EnumSet.copyOf(features);
        this.physicalBits = physicalBits;
        this.tscHz = tscHz;
        for (Feature f : features) {
            bits[f.ordinal() >> 6] |= 1L << f.ordinal();
            words[f.word.ordinal()] |= 1 << f.bit;
        }
    }

    /** Brand string. */
    public String name() {
        return name;
    }

    /** Whether the vendor is Intel. */
    public boolean intel() {
        return intel;
    }

    /** Whether the model has a feature. */
    public boolean has(Feature f) {
        return (bits[f.ordinal() >> 6] >>> f.ordinal() & 1) != 0;
    }

    /** The features that have their bits in a register of CPUID. */
    public int word(CpuidWord word) {
        return words[word.ordinal()];
    }

    /** All features, the caller's own. */
    public Set<Feature> features() {
        return EnumSet.copyOf(features);
    }

    /** MAXPHYADDR. */
    public int physicalBits() {
        return physicalBits;
    }

    /** Ones at every valid physical address bit. */
    public long physicalMask() {
        return (1L << physicalBits) - 1;
    }

    /** Frequency of the time-stamp counter in Hz. */
    public long tscHz() {
        return tscHz;
    }

    /** Processor signature, EAX of CPUID leaf 1 and EDX after reset. */
    public int signature() {
        // family 6 model 8F stepping 8: the oldest server part that operating systems list as free of what software must work around
        return intel ? 0x000806F8 : 0x00A10F11;
    }

    /**
     * Frequency in Hz of the core crystal clock, which the local APIC timer counts (SDM vol. 3A, 11.5.4); CPUID leaf 15H announces both.
     */
    public long crystalHz() {
        return 1_000_000_000L;
    }

    /** The default Intel model, VMX included. */
    public static CpuModel intelDefault() {
        return CpuModels.named("intel");
    }

    /** The default AMD model: the habits of AMD's processors, where those differ (docs/architecture.md). */
    public static CpuModel amdDefault() {
        return CpuModels.named("amd");
    }
}
