package dev.hv.cpu.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.instructions.Cpuid;
import dev.hv.cpu.instructions.Msrs;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every model is consistent, and CPUID says of it what the table says. */
class CpuModelsTest {

    private static final int OSXSAVE = 1 << 27;

    @Test
    void noTwoFeaturesShareABit() {
        Set<String> places = new HashSet<>();
        for (Feature f : Feature.values()) {
            assertThat(places.add(f.word + " " + f.bit)).as(f.text()).isTrue();
        }
    }

    @Test
    void everyModelIsConsistentAndCpuidSaysItsFeatures() {
        int[] out = new int[4];
        for (String name : CpuModels.names()) {
            CpuModel model = CpuModels.parse(name);
            assertThat(CpuModels.inconsistency(model)).as(name).isNull();
            Cpu c = new Cpu(0, model, null);
            Reset.powerOn(c);
            c.efer |= Control.EFER_LMA;
            c.seg[Cpu.CS].access |= Segment.L;
            Modes.update(c);
            for (Feature f : model.features()) {
                if (f.word.leaf < 0) {
                    continue;
                }
                Cpuid.leaf(c, f.word.leaf, f.word.subleaf, out);
                assertThat(out[f.word.register] >>> f.bit & 1).as(name + " " + f.text()).isEqualTo(1);
            }
        }
    }

    @Test
    void eachLevelHasWhatTheOneBelowHas() {
        assertThat(CpuModels.parse("x86-64-v2").features()).containsAll(CpuModels.parse("x86-64-v1").features())
                .contains(Feature.CX16, Feature.LAHF64, Feature.POPCNT, Feature.SSE3, Feature.SSE41, Feature.SSE42, Feature.SSSE3);
        assertThat(CpuModels.parse("x86-64-v3").features()).containsAll(CpuModels.parse("x86-64-v2").features())
                .contains(Feature.AVX, Feature.AVX2, Feature.BMI1, Feature.BMI2, Feature.F16C, Feature.FMA, Feature.LZCNT, Feature.MOVBE, Feature.XSAVE);
        assertThat(CpuModels.parse("x86-64-v1").has(Feature.SSE3)).isFalse();
        assertThat(CpuModels.parse("x86-64-v2").has(Feature.AVX)).isFalse();
        assertThat(CpuModels.parse("max").features()).containsAll(CpuModels.parse("intel").features());
    }

    @Test
    void amdsModelRepeatsLeaf1WhereItsProcessorsDo() {
        int[] out = new int[4];
        CpuModel model = CpuModels.parse("amd");
        Cpuid.leaf(new Cpu(0, model, null), 0x80000001, 0, out);
        // FPU to APIC, MTRR to PSE36, MMX, FXSR (APM vol. 3, appendix E.4.2)
        assertThat(out[3] & 0x0183F3FF).isEqualTo(0x0183F3FF & model.word(CpuidWord.L1_EDX));
        assertThat(out[3] & (1 << Feature.FFXSR.bit)).isZero();
    }

    @Test
    void osxsaveFollowsTheControlRegister() {
        int[] out = new int[4];
        Cpu c = new Cpu(0, CpuModels.parse("intel"), null);
        Cpuid.leaf(c, 1, 0, out);
        assertThat(out[2] & OSXSAVE).isZero();
        c.cr4 |= Control.CR4_OSXSAVE;
        Cpuid.leaf(c, 1, 0, out);
        assertThat(out[2] & OSXSAVE).isNotZero();
    }

    /** What IA32_MISC_ENABLE switches off is not announced, and does not work. */
    @Test
    void miscEnableSwitchesFeaturesOff() {
        int[] out = new int[4];
        Cpu c = new Cpu(0, CpuModels.parse("max"), null);
        Reset.powerOn(c);
        assertThat(c.miscEnable).isEqualTo(1 | 1 << 7 | 1 << 11 | 1 << 12 | 1 << 18);
        Msrs.write(c, Msrs.MISC_ENABLE, 1 << 22 | 1L << 34);
        assertThat(Msrs.read(c, Msrs.MISC_ENABLE)).as("what is read-only stays").isEqualTo(1 << 7 | 1 << 11 | 1 << 12 | 1 << 22 | 1L << 34);
        Cpuid.leaf(c, 0, 0, out);
        assertThat(out[0]).isEqualTo(3);
        Cpuid.leaf(c, 1, 0, out);
        assertThat(out[2] >>> Feature.MONITOR.bit & 1).isZero();
        Cpuid.leaf(c, 0x80000001, 0, out);
        assertThat(out[3] >>> Feature.NX.bit & 1).isZero();
        assertThatThrownBy(() -> Msrs.write(c, Msrs.EFER, Control.EFER_NXE)).isInstanceOf(GuestFault.class);
        Msrs.write(c, Msrs.MISC_ENABLE, 1 << 18);
        Msrs.write(c, Msrs.EFER, Control.EFER_NXE);
        Cpuid.leaf(c, 0, 0, out);
        assertThat(out[0]).isEqualTo(0x16);
        Cpuid.leaf(c, 1, 0, out);
        assertThat(out[2] >>> Feature.MONITOR.bit & 1).isEqualTo(1);
    }

    /** Every leaf that tells of processors tells of as many: one thread a core, one package (SDM vol. 3A, 10.9; APM vol. 3, appendix E). */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 8, 33, 64})
    void topologyIsCoherent(int processors) {
        int[] out = new int[4];
        for (String name : CpuModels.names()) {
            CpuModel model = CpuModels.parse(name);
            for (int i : new int[] {0, processors / 2, processors - 1}) {
                Cpu c = new Cpu(i, model, null);
                c.processors = processors;
                Cpuid.leaf(c, 1, 0, out);
                assertThat(out[1] >>> 24).as("APIC ID").isEqualTo(i);
                int ids = out[1] >>> 16 & 0xFF;
                assertThat(ids).isGreaterThanOrEqualTo(processors).isLessThan(2 * processors);
                assertThat(out[3] >>> 28 & 1).as("HTT").isEqualTo(processors > 1 ? 1 : 0);
                Cpuid.leaf(c, 0xB, 0, out);
                assertThat(out).as("threads").containsExactly(0, 1, 1 << 8, i);
                Cpuid.leaf(c, 0xB, 1, out);
                assertThat(out).as("cores").containsExactly(Integer.numberOfTrailingZeros(ids), processors, 2 << 8 | 1, i);
                Cpuid.leaf(c, 0xB, 2, out);
                assertThat(out).as("the end").containsExactly(0, 0, 2, i);
                for (int cache = 0; cache < 5; cache++) {
                    Cpuid.leaf(c, model.intel() ? 4 : 0x8000001D, cache, out);
                    assertThat(out[0] & 0x1F).as("type of cache " + cache).isEqualTo(cache == 4 ? 0 : Math.min(cache + 1, 3));
                    if (cache < 4) {
                        assertThat((out[0] >>> 14 & 0xFFF) + 1).as("who shares cache " + cache).isEqualTo(cache == 3 ? ids : 1);
                        assertThat((out[0] >>> 26) + 1).as("cores").isEqualTo(model.intel() ? ids : 1);
                    }
                }
                if (!model.intel()) {
                    Cpuid.leaf(c, 0x80000008, 0, out);
                    assertThat(out[2] & 0xFF).as("cores less one").isEqualTo(processors - 1);
                    Cpuid.leaf(c, 0x8000001E, 0, out);
                    assertThat(out).as("extended APIC ID, core, node").containsExactly(i, i, 0, 0);
                }
            }
        }
    }

    @Test
    void featuresAreAddedAndTakenAway() {
        assertThat(CpuModels.parse("intel,-adx,-rdseed").features()).doesNotContain(Feature.ADX, Feature.RDSEED).contains(Feature.RDRAND);
        assertThat(CpuModels.parse("x86-64-v1,+sse3").has(Feature.SSE3)).isTrue();
        assertThat(CpuModels.parse("amd,-adx,+adx").has(Feature.ADX)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"'', one of intel", "Intel, one of intel", "'intel,', no +feature", "'intel,adx', no +feature", "'intel,+hypervisor', no feature of Intel", "'intel,-sse2', sse2",
        "'intel,+sse4a', no feature of Intel", "'amd,+tsc-deadline', no feature of AMD", "'x86-64-v1,+ssse3', ssse3 needs sse3", "'intel,-rdrand', rdseed needs rdrand",
        "'intel,-xsave', needs", "'x86-64-v3,-avx', needs avx", "'x86-64-v2,+avx', avx needs xsave"})
    void whatCannotBeIsRefused(String text, String why) {
        assertThatThrownBy(() -> CpuModels.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(why).hasMessageNotContaining("\n");
    }

    /** Type, level, ways, sets of each cache, and who shares it (APM vol. 3, appendix E.4.15). */
    @Test
    void amdsModelTellsItsCachesAndItsTopology() {
        int[] out = new int[4];
        Cpu c = new Cpu(2, CpuModels.parse("amd"), null);
        c.processors = 3;
        Cpuid.leaf(c, 0x80000000, 0, out);
        assertThat(out[0]).isEqualTo(0x80000021);
        int[][] caches = {{1, 1, 8, 64, 0}, {2, 1, 8, 64, 0}, {3, 2, 16, 2048, 0}, {3, 3, 16, 16384, 3}};
        for (int i = 0; i < caches.length; i++) {
            Cpuid.leaf(c, 0x8000001D, i, out);
            int[] is = {out[0] & 0x1F, out[0] >>> 5 & 7, (out[1] >>> 22) + 1, out[2] + 1, out[0] >>> 14 & 0xFFF};
            assertThat(is).as("cache " + i).isEqualTo(caches[i]);
            assertThat(out[1] & 0xFFF).isEqualTo(63);
        }
        Cpuid.leaf(c, 0x8000001D, 4, out);
        assertThat(out).containsOnly(0);
        Cpuid.leaf(c, 0x80000006, 0, out);
        assertThat(out[3] >>> 18).as("half MiB of L3").isEqualTo(32);
        Cpuid.leaf(c, 0x8000001E, 0, out);
        assertThat(out).containsExactly(2, 2, 0, 0);
        Cpuid.leaf(new Cpu(0, CpuModels.parse("amd,-topoext"), null), 0x8000001D, 0, out);
        assertThat(out).containsOnly(0);
    }
}
