package dev.hv.cpu.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.CpuModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The processor, with the habits of AMD's, does what silicon of AMD did: a selection of recorded vectors of every group, and in folder oracle what
 * hv-cpu/src/oracle recorded of every form of the instruction table that can run at privilege level 3. In folder amd is what it recorded on newer
 * silicon of AMD of groups that had not been recorded there, and of what was wrong once; in folder intel, what it recorded on silicon of Intel, for the Intel model.
 */
class VectorsTest {

    /** The folder of what silicon of Intel did: of each form one, of each kind that was wrong once three. */
    private static final String INTEL = "intel/";

    static List<String> groups() {
        return List.of("alu", "muldiv", "shift", "bit", "xchg", "mov", "branch", "stack", "string", "legacy32", "prefix", "fetch", "mmx", "sseint", "pcmpstr",
                "memfault", "ssefp", "ssecvt", "x87mem", "x87reg", "x87ctl", "kinds", "avxint", "avxfp", "fma", "f16c", "crypto", "gfni", "gather",
                "oracle/alu", "oracle/amdbranch", "oracle/approx", "oracle/avxfp", "oracle/avxint", "oracle/bit", "oracle/branch", "oracle/crypto",
                "oracle/decode", "oracle/f16c", "oracle/fetch", "oracle/flag", "oracle/fma", "oracle/fuzz", "oracle/gather", "oracle/legacy32",
                "oracle/memfault", "oracle/mmx", "oracle/mov", "oracle/muldiv", "oracle/pcmpstr", "oracle/prefix", "oracle/shift", "oracle/ssecvt",
                "oracle/ssefp", "oracle/sseint", "oracle/stack", "oracle/string", "oracle/system", "oracle/x87ctl", "oracle/x87mem", "oracle/x87reg",
                "oracle/x87trans", "oracle/xchg", "amd/align", "amd/edges", "amd/gfni", "amd/kinds", "amd/masked", "amd/x87trans", INTEL + "silicon", INTEL + "align", INTEL + "edges", INTEL + "ends");
    }

    @ParameterizedTest
    @MethodSource("groups")
    void theInterpreterAgreesWithSilicon(String group) throws IOException {
        agrees(group, runner(group, VectorEngine.INTERPRETER));
    }

    @ParameterizedTest
    @MethodSource("groups")
    void theSingleStepperAgreesWithSilicon(String group) throws IOException {
        agrees(group, runner(group, VectorEngine.SINGLE_STEPPER));
    }

    @ParameterizedTest
    @MethodSource("groups")
    void machineCodeAgreesWithSiliconWhenNothingIsCached(String group) throws IOException {
        agrees(group, runner(group, VectorEngine.MACHINE_CODE));
    }

    @ParameterizedTest
    @MethodSource("groups")
    void machineCodeAgreesWithSiliconWhenPagesAreCached(String group) throws IOException {
        agrees(group, runner(group, VectorEngine.MACHINE_CODE_WARM));
    }

    @ParameterizedTest
    @MethodSource("groups")
    void machineCodeAgreesWithSiliconInTheMiddleOfABlock(String group) throws IOException {
        agrees(group, runner(group, VectorEngine.MACHINE_CODE_MIDDLE));
    }

    private static VectorRunner runner(String group, VectorEngine engine) {
        return new VectorRunner(group.startsWith(INTEL) ? CpuModel.intelDefault() : CpuModel.amdDefault(), engine);
    }

    private static void agrees(String group, VectorRunner runner) throws IOException {
        String name = "/vectors/" + group + ".jsonl.xz";
        int count = 0;
        List<String> differences = new ArrayList<>();
        try (var reader = new VectorReader(name, VectorsTest.class.getResourceAsStream(name))) {
            for (Vector v = reader.next(); v != null; v = reader.next()) {
                count++;
                String difference = runner.run(v);
                if (difference != null && !runner.lacksExtension(v)) {
                    differences.add(difference);
                }
            }
        }
        assertThat(differences).isEmpty();
        assertThat(count).isGreaterThan(100);
    }
}
