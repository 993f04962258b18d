package dev.hv.cpu.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** #AC (SDM vol. 3A, 7.15, "Interrupt 17"): at privilege level 3 alone, with CR0.AM and RFLAGS.AC, and not of what the processor does for itself. Operands of all forms are {@code VectorsTest}'s. */
class AlignmentCheckTest {

    private static final int HANDLER = Guest.CODE + 0x1000;
    private static final int DATA = 0x280001;
    private static final int ROUNDS = 200;
    private static final int INTERRUPT = 0x40;
    /** mov eax, [rbx] twice; inc r8; jmp back: eight bytes to the jump. */
    private static final int[] READS = {0x8B, 0x03, 0x8B, 0x03, 0x49, 0xFF, 0xC0, 0xEB, 0xF7};
    /** movups xmm0, [rbx]; inc r8; jmp back. */
    private static final int[] WIDE = {0x0F, 0x10, 0x03, 0x49, 0xFF, 0xC0, 0xEB, 0xF8};

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;

    private Interpreter engine(EngineKind kind, int... code) {
        for (int i = 0; i < code.length; i++) {
            g.put8(Guest.CODE + i, code[i]);
        }
        g.gate64(Vector.AC, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.gate64(INTERRUPT, Guest.KERNEL_CODE, HANDLER, 14, 3, 0);
        g.put8(HANDLER, 0xF4);
        c.cr0 |= Control.CR0_AM;
        g.user();
        c.gpr(Cpu.RBX, DATA);
        c.rip = Guest.CODE;
        var engine = new Interpreter(c);
        engine.use(kind, 1 << 20);
        engine.warmAfter(2);
        return engine;
    }

    private void check(boolean on) {
        c.setRflags(on ? c.rflags() | Rflags.AC : c.rflags() & ~(long) Rflags.AC);
        Modes.update(c);
    }

    private void stopped() {
        assertThat(c.rip).isEqualTo(HANDLER + 1);
        assertThat(c.cpl).isZero();
        assertThat(g.get64(c.gpr(Cpu.RSP))).as("error code").isZero();
        assertThat(g.get64(c.gpr(Cpu.RSP) + 8)).as("return address").isEqualTo(Guest.CODE);
    }

    /** Code that was hot before the check is on meets it all the same. */
    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void usersAreChecked(EngineKind kind) {
        Interpreter engine = engine(kind, READS);
        assertThat(engine.run(4 * ROUNDS)).isEqualTo(RunResult.BUDGET);
        assertThat(c.gpr(8)).isEqualTo(ROUNDS);
        check(true);
        assertThat(engine.run(4 * ROUNDS)).isEqualTo(RunResult.HALT);
        stopped();
    }

    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void addressesThatAreAlignedPass(EngineKind kind) {
        Interpreter engine = engine(kind, READS);
        c.gpr(Cpu.RBX, DATA + 3);
        check(true);
        assertThat(engine.run(4 * ROUNDS)).isEqualTo(RunResult.BUDGET);
        c.gpr(Cpu.RBX, DATA + 1);
        assertThat(engine.run(4 * ROUNDS)).isEqualTo(RunResult.HALT);
        stopped();
    }

    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void wideOperandsAreNot(EngineKind kind) {
        Interpreter engine = engine(kind, WIDE);
        check(true);
        assertThat(engine.run(3 * ROUNDS)).isEqualTo(RunResult.BUDGET);
        assertThat(c.gpr(8)).isEqualTo(ROUNDS);
    }

    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void nobodyIsCheckedWithoutTheMaskOrAtAnInnerLevel(EngineKind kind) {
        Interpreter engine = engine(kind, READS);
        c.cr0 &= ~Control.CR0_AM;
        check(true);
        assertThat(engine.run(4 * ROUNDS)).isEqualTo(RunResult.BUDGET);
        c.cr0 |= Control.CR0_AM;
        c.cpl = 0;
        check(true);
        assertThat(engine.run(4 * ROUNDS)).isEqualTo(RunResult.BUDGET);
    }

    /** The frame of an event goes to a stack that is aligned anyhow, and tables may lie anywhere. */
    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void whatTheProcessorDoesForItselfIsNotChecked(EngineKind kind) {
        // int 40h
        Interpreter engine = engine(kind, 0xCD, INTERRUPT);
        for (int i = 0x1000 - 8; i >= 0; i--) {
            g.put8(0x7001 + i, g.get8(Guest.IDT + i));
        }
        c.idtrBase = 0x7001;
        check(true);
        assertThat(engine.run(ROUNDS)).isEqualTo(RunResult.HALT);
        assertThat(c.rip).isEqualTo(HANDLER + 1);
        assertThat(g.get64(c.gpr(Cpu.RSP))).isEqualTo(Guest.CODE + 2);
    }
}
