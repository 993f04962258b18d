package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.state.Cpu;
import org.junit.jupiter.api.Test;

/** A processor saved in the middle of a guest goes on elsewhere. */
class VmxSnapshotTest {

    @Test
    void aGuestSavedWhileItRunsGoesOnInAnotherProcessor() {
        try (var from = new VmxFixture(); var to = new VmxFixture()) {
            from.with(VmcsField.PIN_CONTROLS, 1 << 6);
            from.w(VmcsField.PREEMPTION_TIMER, 100);
            // inc rbx; jmp $-3
            int[] loop = {0x48, 0xFF, 0xC3, 0xEB, 0xFB};
            from.code(0x1000, loop);
            to.code(0x1000, loop);
            from.enter();
            assertThat(from.engine.run(1000)).isEqualTo(RunResult.BUDGET);
            RecordedState.copy(from.c, to.c);
            RecordedState.copy(from.unit, to.unit);
            assertThat(to.unit.inGuest()).isTrue();
            assertThat(from.engine.run(10_000)).isEqualTo(RunResult.VM_EXIT);
            assertThat(to.engine.run(10_000)).isEqualTo(RunResult.VM_EXIT);
            assertThat(to.r(VmcsField.EXIT_REASON)).isEqualTo(52);
            assertThat(to.c.gpr(Cpu.RBX)).isEqualTo(from.c.gpr(Cpu.RBX)).isGreaterThan(1000);
            assertThat(to.c.instructions).isEqualTo(from.c.instructions);
        }
    }
}
