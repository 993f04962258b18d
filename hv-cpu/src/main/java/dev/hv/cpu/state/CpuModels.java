package dev.hv.cpu.state;

import static dev.hv.cpu.state.Feature.*;

import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The table of processor models. Those called after a level of the x86-64 psABI have of what programs see that level alone; what only systems
 * see, virtualisation included, is the Intel model's.
 */
public final class CpuModels {

    private static final long TSC_HZ = 2_000_000_000L;
    private static final int INTEL_BITS = 46;
    private static final int AMD_BITS = 48;

    /** What a system has the use of, or tells nobody of. */
    private static final Set<Feature> SYSTEM = EnumSet.of(FPU, VME, DE, PSE, TSC, MSR, PAE, MCE, CX8, APIC, SEP, MTRR, PGE, MCA, CMOV, PAT, PSE36, CLFSH, MMX, FXSR,
            SSE, SSE2, SYSCALL, NX, PAGE1GB, RDTSCP, LM, PCID, INVPCID, X2APIC, SMEP, SMAP, UMIP, INVARIANT_TSC);
    private static final Set<Feature> INTEL_SYSTEM = EnumSet.of(SS, PDCM, VMX, TSC_DEADLINE, TSC_ADJUST, IBRS, STIBP, ARCH_CAPABILITIES, SSBD, BHI_CTRL);
    private static final Set<Feature> VT_X = EnumSet.of(VMX_APIC_REGISTERS, VMX_INTERRUPT_DELIVERY, VMX_POSTED_INTERRUPTS, VMX_X2APIC, VMX_VMFUNC,
            VMX_SHADOW_VMCS, VMX_EPT_AD, VMX_PML, VMX_VE, VMX_MBEC, VMX_TSC_SCALING);
    private static final Set<Feature> AMD_SYSTEM = EnumSet.of(MMXEXT, TOPOEXT, PERFCTR_CORE, AMD_IBPB, AMD_IBRS, AMD_STIBP, AMD_SSBD, AMD_SSB_NO, LFENCE_RDTSC,
            NULL_SEL_CLR_BASE, AUTOIBRS, SRSO_NO, TSA_SQ_NO, TSA_L1_NO);
    private static final Set<Feature> AMD_V = EnumSet.of(SVM, NPT, LBRV, SVM_LOCK, NRIP_SAVE, TSC_SCALE, VMCB_CLEAN, FLUSHBYASID, DECODEASSISTS, PAUSEFILTER, PFTHRESHOLD,
            AVIC, V_VMSAVE_VMLOAD, VGIF, X2AVIC, VNMI);
    private static final Set<Feature> LEVEL_2 = EnumSet.of(SSE3, SSSE3, SSE41, SSE42, POPCNT, CX16, LAHF64);
    private static final Set<Feature> LEVEL_3 = EnumSet.of(BMI1, BMI2, LZCNT, MOVBE, XSAVE, AVX, AVX2, F16C, FMA);
    /** What programs find on servers of today beyond the levels. */
    private static final Set<Feature> SERVER = EnumSet.of(PREFETCHW, FSGSBASE, ERMS, FSRM, FZRM, FSRS, RDRAND, RDSEED, ADX, CLFLUSHOPT, CLWB, RDPID,
            AES, VAES, PCLMULQDQ, VPCLMULQDQ, SHA, GFNI, XSAVEOPT, XSAVEC, XGETBV1, XSAVES, PKU);
    private static final Set<Feature> AMD_SERVER = EnumSet.of(ALT_MOV_CR8, SSE4A, MISALIGNSSE, RDPRU);
    /** What newer servers of Intel have. */
    private static final Set<Feature> INTEL_SERVER = EnumSet.of(MOVDIRI, MOVDIR64B, SERIALIZE);

    /** What systems seldom want, and the newest processors alone have together. */
    private static final Set<Feature> REST = EnumSet.of(PKS, MONITOR, WAITPKG, LA57, LAM, SHSTK, IBT);

    /** Only processors of Intel have these. */
    private static final Set<Feature> INTEL_ONLY = with(VT_X, PDCM, VMX, TSC_DEADLINE, ARCH_CAPABILITIES, BHI_CTRL, PKS, WAITPKG, LAM, IBT);
    /** Only processors of AMD have these. */
    private static final Set<Feature> AMD_ONLY = with(AMD_V, TOPOEXT, PERFCTR_CORE, ALT_MOV_CR8, SSE4A, MISALIGNSSE, FFXSR, RDPRU, AMD_IBPB, AMD_IBRS, AMD_STIBP, AMD_SSBD,
            AMD_SSB_NO, LFENCE_RDTSC, NULL_SEL_CLR_BASE, AUTOIBRS, SRSO_NO, TSA_SQ_NO, TSA_L1_NO);

    private static final Map<String, CpuModel> BY_NAME = table();

    private CpuModels() {}

    private static Set<Feature> with(Set<Feature> some, Feature... more) {
        EnumSet<Feature> all = EnumSet.copyOf(some);
        Collections.addAll(all, more);
        return all;
    }

    private static Map<String, CpuModel> table() {
        var t = new LinkedHashMap<String, CpuModel>();
        add(t, "intel", "hv virtual processor (Intel model)", true, SYSTEM, INTEL_SYSTEM, VT_X, LEVEL_2, LEVEL_3, SERVER, INTEL_SERVER);
        add(t, "amd", "hv virtual processor (AMD model)", false, SYSTEM, AMD_SYSTEM, AMD_V, LEVEL_2, LEVEL_3, SERVER, AMD_SERVER);
        add(t, "x86-64-v1", "hv virtual processor (x86-64-v1)", true, SYSTEM, INTEL_SYSTEM, VT_X);
        add(t, "x86-64-v2", "hv virtual processor (x86-64-v2)", true, SYSTEM, INTEL_SYSTEM, VT_X, LEVEL_2);
        add(t, "x86-64-v3", "hv virtual processor (x86-64-v3)", true, SYSTEM, INTEL_SYSTEM, VT_X, LEVEL_2, LEVEL_3);
        add(t, "max", "hv virtual processor (all features)", true, SYSTEM, INTEL_SYSTEM, VT_X, LEVEL_2, LEVEL_3, SERVER, INTEL_SERVER, REST, Set.of(MMXEXT));
        return Collections.unmodifiableMap(t);
    }

    @SafeVarargs
    private static void add(Map<String, CpuModel> table, String name, String brand, boolean intel, Set<Feature>... parts) {
        EnumSet<Feature> all = EnumSet.noneOf(Feature.class);
        for (Set<Feature> part : parts) {
            all.addAll(part);
        }
        var model = new CpuModel(brand, intel, all, intel ? INTEL_BITS : AMD_BITS, TSC_HZ);
        String wrong = inconsistency(model);
        if (wrong != null) {
            throw new IllegalStateException(name + ": " + wrong);
        }
        table.put(name, model);
    }

    /** Names of the models. */
    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /** A model by a name that is in the table. */
    static CpuModel named(String name) {
        return BY_NAME.get(name);
    }

    /**
     * The model that a text of the form {@code NAME[,+feature][,-feature]…} says; later parts count over earlier ones. Without VT-x or AMD-V a
     * model is without their parts, too.
     *
     * @throws IllegalArgumentException with what is wrong and what would be right, in one line
     */
    public static CpuModel parse(String text) {
        String[] parts = text.split(",", -1);
        CpuModel base = BY_NAME.get(parts[0]);
        if (base == null) {
            throw new IllegalArgumentException(parts[0] + " is no processor model; one of " + String.join(", ", BY_NAME.keySet()));
        }
        Set<Feature> features = base.features();
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i];
            if (part.isEmpty() || part.charAt(0) != '+' && part.charAt(0) != '-') {
                throw new IllegalArgumentException("'" + part + "' is no +feature or -feature");
            }
            Feature f = feature(part.substring(1), base.intel());
            if (part.charAt(0) == '+') {
                features.add(f);
            } else {
                features.remove(f);
                if (f == VMX || f == SVM) {
                    features.removeIf(of -> of.word.virtualization());
                }
            }
        }
        if (parts.length == 1) {
            return base;
        }
        var model = new CpuModel(base.name(), base.intel(), features, base.physicalBits(), base.tscHz());
        String wrong = inconsistency(model);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
        return model;
    }

    private static Feature feature(String name, boolean intel) {
        Set<Feature> known = implemented(intel);
        for (Feature f : known) {
            if (f.text().equals(name)) {
                return f;
            }
        }
        throw new IllegalArgumentException("'" + name + "' is no feature of " + (intel ? "Intel" : "AMD") + " models; one of "
                + String.join(", ", known.stream().map(Feature::text).sorted().toList()));
    }

    /** What models of a vendor can have: everything that works. */
    static Set<Feature> implemented(boolean intel) {
        EnumSet<Feature> all = EnumSet.noneOf(Feature.class);
        BY_NAME.values().forEach(m -> all.addAll(m.features()));
        all.removeAll(intel ? AMD_ONLY : INTEL_ONLY);
        return all;
    }

    /** What a model has but may not have, or has without what that needs; null for a consistent one. */
    static String inconsistency(CpuModel model) {
        for (Feature f : model.features()) {
            for (Feature needed : f.needs()) {
                if (!model.has(needed)) {
                    return f.text() + " needs " + needed.text() + ", which the model is without; add +" + needed.text() + " or -" + f.text();
                }
            }
            if ((model.intel() ? AMD_ONLY : INTEL_ONLY).contains(f)) {
                return f.text() + " is no feature of " + (model.intel() ? "Intel" : "AMD") + "'s processors";
            }
        }
        return null;
    }
}
