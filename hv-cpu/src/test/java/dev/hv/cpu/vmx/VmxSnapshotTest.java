package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A processor saved in the middle of a guest goes on elsewhere. */
class VmxSnapshotTest {

    /** Keeps what was written in a queue. */
    private static final class Tape implements StateWriter, StateReader {
        private final ArrayDeque<Object> items = new ArrayDeque<>();

        @Override
        public void begin(String name, int version) {
            items.add(name);
        }

        @Override
        public void put(long value) {
            items.add(value);
        }

        @Override
        public void put(byte[] bytes, int offset, int length) {
            items.add(Arrays.copyOfRange(bytes, offset, offset + length));
        }

        @Override
        public int begin(String name) {
            assertThat(items.remove()).isEqualTo(name);
            return 1;
        }

        @Override
        public void end() {}

        @Override
        public long take() {
            return (Long) items.remove();
        }

        @Override
        public byte[] takeBytes() {
            return (byte[]) items.remove();
        }
    }

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
            Tape tape = new Tape();
            from.c.save(tape);
            from.unit.save(tape);
            to.c.restore(tape);
            to.unit.restore(tape);
            assertThat(tape.items).isEmpty();
            assertThat(to.unit.inGuest()).isTrue();
            assertThat(from.engine.run(10_000)).isEqualTo(RunResult.VM_EXIT);
            assertThat(to.engine.run(10_000)).isEqualTo(RunResult.VM_EXIT);
            assertThat(to.r(VmcsField.EXIT_REASON)).isEqualTo(52);
            assertThat(to.c.gpr[Cpu.RBX]).isEqualTo(from.c.gpr[Cpu.RBX]).isGreaterThan(1000);
            assertThat(to.c.instructions).isEqualTo(from.c.instructions);
        }
    }
}
