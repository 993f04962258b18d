package dev.hv.core.tlfs;

import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import java.util.EnumSet;
import java.util.Set;

/**
 * HV_PARTITION_PROCESSOR_FEATURES and HV_PARTITION_PROCESSOR_XSAVE_FEATURES: features of a partition's processors as bits, where this hypervisor knows the
 * feature; two banks. As a property a bit says that the feature is there, at creation that it is to be hidden.
 */
public final class HvProcessorFeatures {

    /** By bit of the first bank; null where there is nothing here to show or to hide. */
    private static final Feature[] BANK0 = new Feature[64];
    private static final Feature[] BANK1 = new Feature[64];
    private static final Feature[] XSAVE = {Feature.XSAVE, Feature.XSAVEOPT, Feature.AVX, Feature.AVX2, Feature.FMA, null, null, null, null, null, Feature.XSAVES, null, Feature.XSAVEC};

    static {
        at(BANK0, 0, Feature.SSE3, Feature.LAHF64, Feature.SSSE3, Feature.SSE41, Feature.SSE42, Feature.SSE4A, null, Feature.POPCNT, Feature.CX16, Feature.ALT_MOV_CR8, Feature.LZCNT,
                Feature.MISALIGNSSE, Feature.MMXEXT, null, null, Feature.PAGE1GB, Feature.AES, Feature.PCLMULQDQ, Feature.PCID, null, Feature.F16C, Feature.RDRAND, Feature.FSGSBASE,
                Feature.SMEP, Feature.ERMS, Feature.BMI1, Feature.BMI2);
        at(BANK0, 29, Feature.MOVBE, null, null, Feature.RDSEED, Feature.ADX, Feature.PREFETCHW, Feature.SMAP, null, null, Feature.RDTSCP, Feature.CLFLUSHOPT, Feature.CLWB, Feature.SHA, null,
                Feature.INVPCID, Feature.IBRS, Feature.STIBP, null, null, null, Feature.FSRM);
        at(BANK0, 56, null, Feature.RDPID, Feature.UMIP);
        at(BANK1, 1, Feature.INVARIANT_TSC, null, Feature.RDPRU, Feature.LA57, Feature.VMX_MBEC);
        at(BANK1, 8, Feature.SHSTK, Feature.IBT, null, null, Feature.WAITPKG, Feature.MOVDIRI, Feature.MOVDIR64B, null, Feature.SERIALIZE, Feature.TSC_DEADLINE, Feature.TSC_ADJUST,
                Feature.FZRM, Feature.FSRS);
    }

    private HvProcessorFeatures() {}

    private static void at(Feature[] bank, int first, Feature... features) {
        System.arraycopy(features, 0, bank, first, features.length);
    }

    /** The first bank of a model. */
    public static long bank0(CpuModel m) {
        return bits(m, BANK0);
    }

    /** The second bank of a model. */
    public static long bank1(CpuModel m) {
        return bits(m, BANK1);
    }

    /** What a model has of XSAVE and what needs it. */
    public static long xsave(CpuModel m) {
        return bits(m, XSAVE);
    }

    private static long bits(CpuModel m, Feature[] bank) {
        long bits = 0;
        for (int i = 0; i < bank.length; i++) {
            bits |= bank[i] != null && m.has(bank[i]) ? 1L << i : 0;
        }
        return bits;
    }

    /** The features that are to be hidden at creation, without those that need them. Bits that stand for nothing here hide nothing. */
    public static Set<Feature> hidden(long bank0, long bank1, long xsave) {
        Set<Feature> hidden = EnumSet.noneOf(Feature.class);
        add(hidden, BANK0, bank0);
        add(hidden, BANK1, bank1);
        add(hidden, XSAVE, xsave);
        return hidden;
    }

    private static void add(Set<Feature> into, Feature[] bank, long bits) {
        for (int i = 0; i < bank.length; i++) {
            if (bank[i] != null && (bits >>> i & 1) != 0) {
                into.add(bank[i]);
            }
        }
    }
}
