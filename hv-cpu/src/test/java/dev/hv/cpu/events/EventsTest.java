package dev.hv.cpu.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.instructions.FlagInstructions;
import dev.hv.cpu.instructions.Segments;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Events between instructions: order, blocking, single step (SDM vol. 3A, table 7-2; vol. 3B, 18.3). */
class EventsTest {

    private static final long DEBUG = 0x11_0000;
    private static final long NMI = 0x12_0000;
    private static final long TIMER = 0x13_0000;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;
    private final PendingVector apic = new PendingVector();

    @BeforeEach
    void handlers() {
        g.gate64(1, Guest.KERNEL_CODE, DEBUG, 14, 0, 0);
        g.gate64(2, Guest.KERNEL_CODE, NMI, 14, 0, 0);
        g.gate64(0x40, Guest.KERNEL_CODE, TIMER, 14, 0, 0);
        c.apic = apic;
        apic.vector = 0x40;
    }

    @Test
    void debug_traps_come_before_nmi_and_nmi_before_interrupts() {
        c.pendingDebug = Events.SINGLE_STEP;
        c.raise(Cpu.EVENT_NMI | Cpu.EVENT_INTERRUPT);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.rip).isEqualTo(DEBUG);
        assertThat(c.dr[6]).isEqualTo(0xFFFF4FF0L);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.rip).isEqualTo(NMI);
        assertThat(c.nmiBlocked).isTrue();
        c.raise(Cpu.EVENT_NMI);
        assertThat(Events.take(c)).as("NMI blocked, IF clear").isFalse();
        c.rflagsOther(c.rflagsOther() | Rflags.IF);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.rip).isEqualTo(TIMER);
        assertThat(c.events & Cpu.EVENT_INTERRUPT).isZero();
    }

    @Test
    void an_interrupt_wakes_a_halted_processor_only_when_it_can_be_taken() {
        c.activity = Cpu.HALTED;
        c.rflagsOther(c.rflagsOther() & ~Rflags.IF);
        c.raise(Cpu.EVENT_INTERRUPT);
        assertThat(Events.take(c)).isFalse();
        assertThat(c.activity).isEqualTo(Cpu.HALTED);
        c.rflagsOther(c.rflagsOther() | Rflags.IF);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.activity).isEqualTo(Cpu.ACTIVE);
    }

    @Test
    void sti_holds_interrupts_back_for_one_instruction() {
        c.rflagsOther(c.rflagsOther() & ~Rflags.IF);
        c.raise(Cpu.EVENT_INTERRUPT);
        assertThat(FlagInstructions.sti(c, g.insn(32, 1))).as("ends the block: an interrupt waits").isEqualTo(Outcome.BRANCH);
        assertThat(c.rip).isEqualTo(Guest.CODE + 1);
        assertThat(Events.take(c)).isFalse();
        assertThat(c.events & Cpu.EVENT_SHADOW).isNotZero();
        assertThat(Events.beforeStep(c)).isFalse();
        c.rip++;
        Events.afterStep(c, Outcome.NEXT, c.rip, -1);
        assertThat(c.events & Cpu.EVENT_SHADOW).isZero();
        assertThat(Events.take(c)).isTrue();
    }

    @Test
    void sti_shadow_has_passed_when_the_block_went_on() {
        c.rflagsOther(c.rflagsOther() & ~Rflags.IF);
        assertThat(FlagInstructions.sti(c, g.insn(32, 1))).isEqualTo(Outcome.NEXT);
        c.rip += 5;
        c.raise(Cpu.EVENT_INTERRUPT);
        assertThat(Events.take(c)).isTrue();
    }

    @Test
    void mov_ss_holds_back_nmi_and_debug_traps_and_a_second_one_does_not_prolong_it() {
        c.gpr(Cpu.RAX, Guest.KERNEL_DATA);
        c.raise(Cpu.EVENT_NMI);
        Segments.movToSreg(c, g.registers(32, Cpu.SS, Cpu.RAX));
        c.pendingDebug = Events.BREAKPOINT_MET | 1;
        assertThat(Events.take(c)).isFalse();
        assertThat(Events.beforeStep(c)).isFalse();
        Segments.movToSreg(c, g.registers(32, Cpu.SS, Cpu.RAX));
        Events.afterStep(c, Outcome.BRANCH, c.rip, -1);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.rip).isEqualTo(DEBUG);
        assertThat(c.dr[6] & 0xF).isEqualTo(1);
    }

    @Test
    void single_step_traps_after_the_instruction_that_began_with_tf() {
        c.rflagsOther(c.rflagsOther() | Rflags.TF);
        Modes.update(c);
        assertThat(c.events & Cpu.EVENT_DEBUG).isNotZero();
        assertThat(Events.take(c)).isFalse();
        Events.beforeStep(c);
        c.rip += 3;
        Events.afterStep(c, Outcome.NEXT, c.rip, -1);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.rip).isEqualTo(DEBUG);
        assertThat(g.get64(c.gpr(Cpu.RSP))).isEqualTo(Guest.CODE + 3);
        assertThat(g.get64(c.gpr(Cpu.RSP) + 16) & Rflags.TF).isNotZero();
        assertThat(c.rflags() & Rflags.TF).isZero();
        assertThat(Events.take(c)).isFalse();
        assertThat(c.events & Cpu.EVENT_DEBUG).isZero();
    }

    @Test
    void instruction_breakpoints_fault_before_the_instruction_unless_rf_is_set() {
        c.dr[0] = Guest.CODE;
        c.dr[7] = 0x402;
        Modes.update(c);
        assertThat(c.events & Cpu.EVENT_DEBUG).isNotZero();
        assertThat(Events.beforeStep(c)).isTrue();
        assertThat(c.rip).isEqualTo(DEBUG);
        assertThat(c.dr[6] & 0xF).isEqualTo(1);
        c.rip = Guest.CODE;
        c.rflagsOther(c.rflagsOther() | Rflags.RF);
        assertThat(Events.beforeStep(c)).isFalse();
        c.rip++;
        Events.afterStep(c, Outcome.NEXT, c.rip, -1);
        assertThat(c.rflags() & Rflags.RF).as("RF lasts for one instruction").isZero();
    }

    @Test
    void init_waits_for_a_startup_interrupt_that_sets_the_code_segment() {
        apic.base = 0xFEE00800L;
        c.raise(Cpu.EVENT_INIT);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.activity).isEqualTo(Cpu.WAIT_FOR_SIPI);
        c.raise(Cpu.EVENT_INTERRUPT);
        assertThat(Events.take(c)).isFalse();
        c.sipiVector = 0x9A;
        c.raise(Cpu.EVENT_SIPI);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.activity).isEqualTo(Cpu.ACTIVE);
        assertThat(c.seg[Cpu.CS].selector).isEqualTo(0x9A00);
        assertThat(c.seg[Cpu.CS].base).isEqualTo(0x9A000);
        assertThat(c.rip).isZero();
    }
}
