package dev.hv.cpu.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Rflags;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** IA32_DEBUGCTL.LBR and BTF on both vendors' models (SDM vol. 3B, 18.4; APM vol. 2, 13.1.1). */
class BranchRecordsTest {

    private static final int CODE = Guest.CODE;
    private static final int HANDLER = 0x120000;
    private static final int HLT = 0xF4;
    /** mov ecx, 0x1D9; xor edx, edx; mov eax, IMM; wrmsr: 14 bytes. */
    private static final int[] SET_DEBUGCTL = {0xB9, 0xD9, 1, 0, 0, 0x31, 0xD2, 0xB8, 0, 0, 0, 0, 0x0F, 0x30};

    private Guest g;
    private Cpu c;
    private Interpreter engine;
    private int at = CODE;

    private void on(String model) {
        g = Guest.long64(CpuModels.parse(model));
        c = g.c;
        engine = new Interpreter(c);
        g.gate64(1, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.gate64(6, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.put8(HANDLER, HLT);
    }

    private int code(int... bytes) {
        int from = at;
        for (int b : bytes) {
            g.put8(at++, b);
        }
        return from;
    }

    private void setDebugctl(int value) {
        int from = code(SET_DEBUGCTL);
        g.put8(from + 8, value);
    }

    private long msr(int number) {
        return Msrs.read(c, number);
    }

    /** Address of the last branch; on Intel's model the ring's newest. */
    private long from() {
        return c.model.intel() ? msr(0x680 + (int) msr(0x1C9)) : msr(0x1DB);
    }

    private long to() {
        return c.model.intel() ? msr(0x6C0 + (int) msr(0x1C9)) : msr(0x1DC);
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void theLastTakenBranchIsRecordedWhileLbrIsSet(String model) {
        on(model);
        code(0xEB, 0);
        setDebugctl(1);
        int jump = code(0xEB, 1, 0x90);
        // xor eax, eax; jnz (not taken); jump to the next instruction
        code(0x31, 0xC0, 0x75, 5);
        int last = code(0xEB, 0);
        code(0x90);
        setDebugctl(0);
        code(0xEB, 0, HLT);
        assertThat(engine.run(1000)).isEqualTo(RunResult.HALT);
        assertThat(from()).isEqualTo(last);
        assertThat(to()).isEqualTo(last + 2);
        if (c.model.intel()) {
            assertThat(msr(0x1C9)).isEqualTo(2);
            assertThat(msr(0x681)).isEqualTo(jump);
            assertThat(msr(0x6C1)).isEqualTo(jump + 3);
        }
    }

    /** An exception's record is the newest, and the branch before it is kept. */
    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void exceptionsLeaveARecordAndKeepTheBranchBefore(String model) {
        on(model);
        setDebugctl(1);
        int jump = code(0xEB, 0);
        int fault = code(0x0F, 0x0B);
        assertThat(engine.run(1000)).isEqualTo(RunResult.HALT);
        assertThat(from()).isEqualTo(fault);
        assertThat(to()).isEqualTo(HANDLER);
        assertThat(msr(0x1DD)).isEqualTo(jump);
        assertThat(msr(0x1DE)).isEqualTo(jump + 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void branchTrapsComeAfterTakenBranchesAlone(String model) {
        on(model);
        setDebugctl(3);
        // pushf; or dword [rsp], TF; popf
        code(0x9C, 0x81, 0x0C, 0x24, 0, 1, 0, 0, 0x9D);
        code(0x90, 0x31, 0xC0, 0x75, 1, 0x90);
        int jump = code(0xEB, 1, 0x90);
        int target = code(0x90, HLT);
        assertThat(engine.run(1000)).isEqualTo(RunResult.HALT);
        assertThat(c.rip).as("in the handler").isEqualTo(HANDLER + 1);
        assertThat(g.get64(c.gpr(Cpu.RSP))).as("it returns to the target").isEqualTo(target);
        assertThat(c.dr[6] & 1 << 14).isNotZero();
        assertThat(msr(0x1D9)).as("#DB clears LBR and BTF").isZero();
        assertThat(from()).as("and leaves no record").isEqualTo(jump);
        assertThat((int) g.get64(c.gpr(Cpu.RSP) + 16) & Rflags.TF).isNotZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void recordsAreSavedAndForgottenAtReset(String model) {
        on(model);
        setDebugctl(1);
        code(0xEB, 0, HLT);
        engine.run(1000);
        long from = from();
        assertThat(from).isNotZero();
        Guest other = Guest.long64(c.model);
        RecordedState.copy(c, other.c);
        Reset.init(c);
        assertThat(from()).isZero();
        c = other.c;
        assertThat(from()).isEqualTo(from);
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void reservedBitsAndReadOnlyRegistersFault(String model) {
        on(model);
        CpuModel m = c.model;
        for (int msr : m.intel() ? new int[] {0x1DD, 0x1DE} : new int[] {0x1DB, 0x1DC, 0x1DD, 0x1DE}) {
            assertThatThrownBy(() -> Msrs.write(c, msr, 0)).isSameAs(c.lastFault());
        }
        assertThatThrownBy(() -> Msrs.write(c, 0x1D9, m.intel() ? 4 : 1 << 6)).isSameAs(c.lastFault());
    }
}
