package dev.hv.cpu.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.Modes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An instruction breakpoint on the instruction behind MOV SS: Intel's processors pass over it (SDM vol. 3A, 6.8.3), those of AMD do not. */
class StackSegmentShadowTest {

    private static final int HANDLER = 0x120000;
    private static final int HLT = 0xF4;

    @ParameterizedTest
    @CsvSource({"intel, 0x100003", "amd, 0x120001"})
    void breakpointsBehindMovSsAreMetByVendor(String model, String end) {
        Guest g = Guest.long64(CpuModels.parse(model));
        Cpu c = g.c;
        g.gate64(1, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.put8(HANDLER, HLT);
        // mov ss, eax; hlt
        g.put8(Guest.CODE, 0x8E);
        g.put8(Guest.CODE + 1, 0xD0);
        g.put8(Guest.CODE + 2, HLT);
        c.gpr(Cpu.RAX, Guest.KERNEL_DATA);
        c.dr[0] = Guest.CODE + 2;
        c.dr[7] = 0x402;
        Modes.update(c);
        assertThat(new Interpreter(c).run(100)).isEqualTo(RunResult.HALT);
        assertThat(c.rip).isEqualTo(Integer.decode(end).longValue());
    }
}
