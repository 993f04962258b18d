package dev.hv.cpu.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import java.util.EnumSet;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A vector is skipped for an extension that the model lacks by CPUID, not for every encoding that raises #UD. */
class ExtensionsTest {

    private static CpuModel without(Feature... features) {
        EnumSet<Feature> f = EnumSet.allOf(Feature.class);
        for (Feature x : features) {
            f.remove(x);
        }
        return new CpuModel("test", false, f, 48, 1_000_000_000L);
    }

    private static boolean lacking(CpuModel model, String bytes, int mode) {
        return Extensions.lacking(model, HexFormat.of().parseHex(bytes), mode == 64);
    }

    @ParameterizedTest
    @CsvSource({"c5f058c2, 64, AVX", "c5f058c2, 32, AVX", "c5f5fec2, 64, AVX2", "c4e27d36c1, 64, AVX2", "c4e2f198c2, 64, FMA", "c4e27913c1, 64, F16C", "c4e278f2c1, 64, BMI1",
        "c4e2fbf5c1, 64, BMI2", "c4e37bf0c107, 32, BMI2", "660f38dcc1, 64, AES", "66450f38ddc1, 64, AES", "c4e271dcc2, 64, AVX", "0f38c8c1, 64, SHA", "0f3accc100, 32, SHA",
        "660f38cfc1, 64, GFNI", "660f3a44c100, 64, PCLMULQDQ", "660f79c1, 64, SSE4A", "f20f78c10102, 64, SSE4A", "f30f2b00, 64, SSE4A", "480fc7f0, 64, RDRAND", "660fc7f8, 64, RDSEED",
        "f30fc7f8, 64, RDPID", "0fae20, 64, XSAVE", "2e670fc720, 64, XSAVE"})
    void anInstructionIsMissingWithItsFeature(String bytes, int mode, Feature feature) {
        assertThat(lacking(without(feature), bytes, mode)).isTrue();
        assertThat(lacking(without(), bytes, mode)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"f30f38f000, 64", "f30fc300, 64", "c40f, 32", "c50f, 32", "620f, 32", "0f0b, 64", "8ec8, 64", "0fae10, 64", "0fc70f, 64", "0f2b00, 64", "f3, 64", "c4, 32"})
    void whatIsInvalidOrOlderIsNeverMissing(String bytes, int mode) {
        assertThat(lacking(without(Feature.AVX, Feature.AVX2, Feature.XSAVE, Feature.SSE4A, Feature.AES, Feature.SHA, Feature.GFNI), bytes, mode)).isFalse();
    }

    @Test
    void noModelHasWhatEvexEncodes() {
        assertThat(lacking(without(), "62f17c4858c2", 64)).isTrue();
    }

    @Test
    void aGeneralInstructionUnderVexIsNotSkippedForWantOfAvx() {
        // ANDN with L = 1, which is #UD: a processor that executes it is wrong, and one without AVX no less
        assertThat(lacking(CpuModel.intelDefault(), "c4e27cf2c1", 64)).isFalse();
    }
}
