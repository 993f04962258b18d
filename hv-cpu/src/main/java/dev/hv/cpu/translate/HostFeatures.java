package dev.hv.cpu.translate;

import dev.hv.cpu.state.Feature;
import java.util.EnumSet;
import java.util.Set;

/** What the host's processor can do, asked of itself by CPUID (SDM vol. 2A, "CPUID"). */
final class HostFeatures {

    private final boolean shiftsAlike;
    private final Set<Feature> features = EnumSet.noneOf(Feature.class);

    /** @param leaf1 ECX above EDX of leaf 1. @param leaf7 EBX of leaf 7. @param extended ECX of leaf 80000001. @param shiftsAlike see there */
    HostFeatures(long leaf1, long leaf7, long extended, boolean shiftsAlike) {
        this.shiftsAlike = shiftsAlike;
        long ecx = leaf1 >>> 32;
        set(leaf1, 15, Feature.CMOV);
        set(leaf1, 25, Feature.SSE);
        set(leaf1, 26, Feature.SSE2);
        set(ecx, 0, Feature.SSE3);
        set(ecx, 1, Feature.PCLMULQDQ);
        set(ecx, 9, Feature.SSSE3);
        set(ecx, 19, Feature.SSE41);
        set(ecx, 20, Feature.SSE42);
        set(ecx, 22, Feature.MOVBE);
        set(ecx, 23, Feature.POPCNT);
        set(leaf7, 3, Feature.BMI1);
        set(leaf7, 8, Feature.BMI2);
        set(ecx, 13, Feature.CX16);
        set(ecx, 25, Feature.AES);
        set(extended, 5, Feature.LZCNT);
        features.add(Feature.PREFETCHW);
    }

    private void set(long word, int bit, Feature f) {
        if ((word >>> bit & 1) != 0) {
            features.add(f);
        }
    }

    /** Whether OF after shifts and rotates by more than one, undefined in the manuals, is what the interpreter makes it. */
    boolean shiftsAlike() {
        return shiftsAlike;
    }

    boolean has(Feature f) {
        return features.contains(f);
    }
}
