package dev.hv.cpu.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.events.PendingVector;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Code that keeps the engine busy without retiring an instruction: budgets end it, requests are heard, and it counts the same however it is cut. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineLimitsTest {

    private static final int INTERRUPT_GATE = 14;

    /** The handler of #UD is UD2, on a stack of its own that never runs down. */
    private static Guest faultingHandler() {
        Guest g = Guest.long64();
        code(g, Guest.CODE, 0x0F, 0x0B);
        g.gate64(6, Guest.KERNEL_CODE, Guest.CODE, INTERRUPT_GATE, 0, 1);
        return g;
    }

    private static void code(Guest g, int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            g.put8(at + i, bytes[i]);
        }
    }

    private static void ends(Guest g, String why) {
        long before = g.c.progress();
        assertThat(new Interpreter(g.c).run(1000)).as(why).isEqualTo(RunResult.BUDGET);
        assertThat(g.c.progress() - before).as(why).isEqualTo(1000);
    }

    @Test
    void aHandlerThatFaultsAtItsFirstInstruction() {
        Guest g = faultingHandler();
        ends(g, "#UD in the handler of #UD");
        assertThat(g.c.instructions).as("none retired").isZero();
    }

    @Test
    void requestsAreHeardBetweenFaults() throws Exception {
        Guest g = faultingHandler();
        Thread.ofPlatform().daemon().start(() -> g.c.request(Cpu.REQUEST_RETURN)).join();
        assertThat(new Interpreter(g.c).run(Long.MAX_VALUE / 2)).isEqualTo(RunResult.REQUESTED);
        Thread other = Thread.ofPlatform().daemon().start(() -> {
            while (g.c.steps < 1000) {
                Thread.onSpinWait();
            }
            g.c.request(Cpu.REQUEST_RETURN);
        });
        assertThat(new Interpreter(g.c).run(Long.MAX_VALUE / 2)).isEqualTo(RunResult.REQUESTED);
        other.join();
    }

    @Test
    void aBreakpointOnItsOwnHandler() {
        Guest g = Guest.long64();
        code(g, Guest.CODE, 0x90);
        g.gate64(1, Guest.KERNEL_CODE, Guest.CODE, INTERRUPT_GATE, 0, 1);
        g.c.dr[0] = Guest.CODE;
        g.c.dr[7] = 0x402;
        Modes.update(g.c);
        ends(g, "#DB in the handler of #DB");
        assertThat(g.c.instructions).isZero();
    }

    @Test
    void anInterruptThatIsThereAtOnceAgain() {
        Guest g = Guest.long64();
        var apic = new PendingVector();
        g.c.apic = apic;
        // the handler turns interrupts on by its gate alone, a trap gate, and never gets to its first instruction
        g.gate64(0x40, Guest.KERNEL_CODE, Guest.CODE, 15, 0, 1);
        g.c.rflagsOther(g.c.rflagsOther() | Rflags.IF);
        Modes.update(g.c);
        apic.stays = true;
        apic.vector = 0x40;
        g.c.raise(Cpu.EVENT_INTERRUPT);
        ends(g, "interrupts without an instruction between them");
        assertThat(g.c.instructions).isZero();
    }

    @Test
    void aRepeatedInstructionCountsItsParts() {
        Guest g = Guest.protected32();
        // addr16 rep lodsb: 65,535 elements of no run
        code(g, Guest.CODE, 0x67, 0xF3, 0xAC, 0xEB, 0xFB);
        g.c.gpr(Cpu.RCX, 0xFFFF);
        Interpreter engine = new Interpreter(g.c);
        assertThat(engine.run(10)).isEqualTo(RunResult.BUDGET);
        assertThat(g.c.instructions).isZero();
        assertThat(g.c.steps).isEqualTo(10);
        assertThat(g.c.gpr(Cpu.RCX)).isEqualTo(0xFFFF - 10 * 1024);
    }

    @Test
    void copiesCountTheSameOverCodeThatWasDecodedAsOverData() {
        assertThat(copy(true)).isEqualTo(copy(false)).isPositive();
    }

    /** Parts of a copy of a megabyte. */
    private static long copy(boolean decoded) {
        Guest g = Guest.long64();
        Interpreter engine = new Interpreter(g.c);
        int target = Guest.CODE + 0x8000;
        if (decoded) {
            // jmp to the second page of the target: it has code in it from then on
            code(g, Guest.CODE, 0xE9, 0xFB, 0x8F, 0, 0);
            code(g, target + 0x1000, 0xEB, 0xFE);
            engine.run(10);
        }
        g.c.instructions = 0;
        g.c.steps = 0;
        code(g, Guest.CODE + 0x100, 0xF3, 0xA4, 0xF4);
        g.c.rip = Guest.CODE + 0x100;
        g.c.gpr(Cpu.RSI, 0x200000);
        g.c.gpr(Cpu.RDI, target);
        g.c.gpr(Cpu.RCX, 0x80000);
        assertThat(engine.run(1_000_000)).isEqualTo(RunResult.HALT);
        return g.c.steps;
    }

    @Test
    void howTheBudgetIsCutMakesNoDifference() {
        Guest whole = faultingHandler();
        Guest cut = faultingHandler();
        new Interpreter(whole.c).run(777);
        Interpreter engine = new Interpreter(cut.c);
        for (int i = 0; i < 777; i++) {
            assertThat(engine.run(1)).isEqualTo(RunResult.BUDGET);
        }
        assertThat(cut.c.steps).isEqualTo(whole.c.steps);
        assertThat(cut.c.rip).isEqualTo(whole.c.rip);
        assertThat(cut.c.generalRegisters()).isEqualTo(whole.c.generalRegisters());
    }
}
