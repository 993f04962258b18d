package dev.hv.cpu.events;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.instructions.FarReturns;
import dev.hv.cpu.instructions.SoftwareInterrupts;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Event delivery in IA-32e mode and the way back (SDM vol. 3A, 7.14). */
class LongModeDeliveryTest {

    private static final long HANDLER = 0xFFFF_8000_0012_3456L;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;

    @Test
    void an_interrupt_from_user_code_switches_to_the_tss_stack_and_iretq_returns() {
        g.gate64(0x40, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.user();
        c.setRflags(0x202 | Rflags.CF);
        ExceptionDelivery.event(c, 0x40, EventKind.EXTERNAL_INTERRUPT, false, 0, c.rip, 0);

        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(c.cpl).isZero();
        assertThat(c.seg[Cpu.CS].selector).isEqualTo(Guest.KERNEL_CODE);
        assertThat(c.seg[Cpu.SS].selector).isZero();
        assertThat(c.seg[Cpu.SS].usable()).isFalse();
        long sp = Guest.KERNEL_STACK - 40;
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp);
        assertThat(g.get64(sp)).isEqualTo(Guest.CODE);
        assertThat(g.get64(sp + 8)).isEqualTo(Guest.USER_CODE | 3);
        assertThat(g.get64(sp + 16)).isEqualTo(0x203);
        assertThat(g.get64(sp + 24)).isEqualTo(Guest.USER_STACK);
        assertThat(g.get64(sp + 32)).isEqualTo(Guest.USER_DATA | 3);
        assertThat(c.rflags() & Rflags.IF).isZero();

        FarReturns.iret(c, g.insn(64, 2));
        assertThat(c.rip).isEqualTo(Guest.CODE);
        assertThat(c.cpl).isEqualTo(3);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(Guest.USER_STACK);
        assertThat(c.rflags()).isEqualTo(0x203);
        assertThat(c.seg[Cpu.SS].selector).isEqualTo(Guest.USER_DATA | 3);
        assertThat(c.mode64()).isTrue();
    }

    @Test
    void a_page_fault_pushes_its_error_code_sets_cr2_and_rf_in_the_image() {
        g.gate64(14, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        c.pageFaultAddress = 0xDEAD000;
        long rsp = 0x200_7FCL;
        c.gpr(Cpu.RSP, rsp);
        ExceptionDelivery.raise(c, c.fault(Vector.PF, 6));
        long sp = (rsp & ~15) - 48;
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp);
        assertThat(g.get64(sp)).isEqualTo(6);
        assertThat(g.get64(sp + 24) & Rflags.RF).isNotZero();
        assertThat(g.get64(sp + 32)).isEqualTo(rsp);
        assertThat(g.get64(sp + 40)).isEqualTo(Guest.KERNEL_DATA);
        assertThat(c.cr2()).isEqualTo(0xDEAD000);
        assertThat(c.rflags() & Rflags.RF).isZero();
        assertThat(c.delivering.present()).isFalse();
    }

    @Test
    void a_trap_gate_leaves_if_and_the_interrupt_stack_table_gives_the_stack() {
        g.gate64(2, Guest.KERNEL_CODE, HANDLER, 15, 0, 1);
        ExceptionDelivery.event(c, 2, EventKind.NMI, false, 0, c.rip, 0);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(0x281000 - 40);
        assertThat(c.rflags() & Rflags.IF).isNotZero();
        assertThat(c.nmiBlocked).isTrue();
        assertThat(c.seg[Cpu.SS].selector).isEqualTo(Guest.KERNEL_DATA);
    }

    @Test
    void int_n_asks_for_gate_privilege_and_reports_the_gate_without_ext() {
        g.gate64(0x80, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.user();
        var d = g.insn(32, 2);
        d.imm = 0x80;
        assertThat(fault(() -> SoftwareInterrupts.intN(c, d))).isEqualTo(with(Vector.GP, 0x80 * 8 + 2));
        assertThat(List.of(c.delivering.kind(), c.delivering.vector(), c.delivering.length())).isEqualTo(List.of(EventKind.SOFTWARE_INTERRUPT, 0x80, 2));
        c.delivering.clear();
        g.gate64(0x80, Guest.KERNEL_CODE, HANDLER, 14, 3, 0);
        assertThat(SoftwareInterrupts.intN(c, d)).isEqualTo(Outcome.BRANCH);
        assertThat(g.get64(c.gpr(Cpu.RSP))).isEqualTo(Guest.CODE + 2);
    }

    @Test
    void faults_of_the_gate_and_its_segment_carry_selector_and_ext() {
        g.user();
        Runnable hardware = () -> Interrupts.deliver(c, 0x21, EventKind.EXTERNAL_INTERRUPT, false, 0, c.rip, 0);
        int gateCode = 0x21 * 8 + 3;
        assertThat(fault(hardware)).as("empty gate").isEqualTo(with(Vector.GP, gateCode));
        g.gate64(0x21, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.put8(Guest.IDT + 0x21 * 16 + 5, 0x0E);
        assertThat(fault(hardware)).as("gate not present").isEqualTo(with(Vector.NP, gateCode));
        g.gate64(0x21, 0, HANDLER, 14, 0, 0);
        assertThat(fault(hardware)).as("null selector").isEqualTo(with(Vector.GP, 1));
        g.gate64(0x21, Guest.KERNEL_DATA, HANDLER, 14, 0, 0);
        assertThat(fault(hardware)).as("data segment").isEqualTo(with(Vector.GP, Guest.KERNEL_DATA + 1));
        g.gate64(0x21, Guest.USER_CODE32, HANDLER, 14, 0, 0);
        assertThat(fault(hardware)).as("compatibility code").isEqualTo(with(Vector.GP, Guest.USER_CODE32 + 1));
        g.gate64(0x21, 0x1000, HANDLER, 14, 0, 0);
        assertThat(fault(hardware)).as("beyond the table").isEqualTo(with(Vector.GP, 0x1001));
        g.put64(Guest.GDT + Guest.SPARE, Guest.CODE64 & ~(1L << 47));
        g.gate64(0x21, Guest.SPARE, HANDLER, 14, 0, 0);
        assertThat(fault(hardware)).as("segment not present").isEqualTo(with(Vector.NP, Guest.SPARE + 1));
        g.gate64(0x21, Guest.KERNEL_CODE, 0x8000_0000_0000L, 14, 0, 0);
        assertThat(fault(hardware)).as("handler not canonical").isEqualTo(with(Vector.GP, 1));
        g.gate64(0x21, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.put64(Guest.TSS + 4, 0x8000_0000_1000L);
        assertThat(fault(hardware)).as("stack not canonical").isEqualTo(with(Vector.SS, 1));
        c.tr.limit = 10;
        assertThat(fault(hardware)).as("TSS too short").isEqualTo(with(Vector.TS, Guest.TASK + 1));
        c.idtrLimit = 0x21 * 16 + 14;
        assertThat(fault(hardware)).as("beyond the IDT").isEqualTo(with(Vector.GP, gateCode));
        assertThat(c.cpl).isEqualTo(3);
        assertThat(c.rip).isEqualTo(Guest.CODE);
    }

    @Test
    void contributory_faults_in_delivery_become_a_double_fault_and_then_shutdown() {
        g.gate64(8, Guest.KERNEL_CODE, HANDLER, 14, 0, 1);
        assertThat(ExceptionDelivery.raise(c, c.fault(Vector.NP, 0x28))).isEqualTo(Outcome.BRANCH);
        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(0x281000 - 48);
        assertThat(g.get64(0x281000 - 48)).isZero();
        assertThat(g.get64(0x281000 - 24) & Rflags.RF).isZero();

        g.gate64(8, 0, HANDLER, 14, 0, 1);
        assertThat(ExceptionDelivery.raise(c, c.fault(Vector.NP, 0x28))).isEqualTo(Outcome.HALT);
        assertThat(c.activity).isEqualTo(Cpu.SHUTDOWN);
    }

    @Test
    void a_benign_exception_whose_gate_is_missing_gives_general_protection() {
        g.gate64(13, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        ExceptionDelivery.raise(c, c.fault(Vector.UD, 0));
        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(g.get64(c.gpr(Cpu.RSP))).isEqualTo(6 * 8 + 3);
    }

    @Test
    void a_page_fault_on_the_handlers_stack_is_delivered_on_its_own_after_a_benign_event() {
        g.gate64(0x30, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.gate64(14, Guest.KERNEL_CODE, HANDLER + 0x100, 14, 0, 1);
        g.put64(Guest.pte(Guest.KERNEL_STACK - 0x1000), 0);
        g.user();
        assertThat(ExceptionDelivery.event(c, 0x30, EventKind.EXTERNAL_INTERRUPT, false, 0, c.rip, 0)).isEqualTo(Outcome.BRANCH);
        assertThat(c.rip).isEqualTo(HANDLER + 0x100);
        assertThat(c.cr2()).isBetween((long) Guest.KERNEL_STACK - 40, (long) Guest.KERNEL_STACK);
        assertThat(g.get64(c.gpr(Cpu.RSP))).as("supervisor write").isEqualTo(2);
        assertThat(g.get64(c.gpr(Cpu.RSP) + 8)).isEqualTo(Guest.CODE);
    }

    @Test
    void iretq_to_compatibility_mode_truncates_and_hides_inner_data_segments() {
        long sp = Guest.KERNEL_STACK - 40;
        c.gpr(Cpu.RSP, sp);
        g.put64(sp, 0x1_0000_2000L);
        g.put64(sp + 8, Guest.USER_CODE32 | 3);
        g.put64(sp + 16, 0x3202);
        g.put64(sp + 24, 0x5_0000_3000L);
        g.put64(sp + 32, Guest.USER_DATA | 3);
        FarReturns.iret(c, g.insn(64, 2));
        assertThat(c.rip).isEqualTo(0x2000);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(0x3000);
        assertThat(c.mode64()).isFalse();
        assertThat(c.seg[Cpu.DS].usable()).isFalse();
        assertThat(c.rflags() & Rflags.IOPL).isEqualTo(0x3000);
    }

    @Test
    void iretq_checks_segments_before_it_changes_anything() {
        long sp = Guest.KERNEL_STACK - 40;
        c.gpr(Cpu.RSP, sp);
        g.put64(sp, 0x2000);
        g.put64(sp + 16, 2);
        Runnable iret = () -> FarReturns.iret(c, g.insn(64, 2));
        assertThat(fault(iret)).as("null CS").isEqualTo(with(Vector.GP, 0));
        g.put64(sp + 8, Guest.USER_CODE | 3);
        assertThat(fault(iret)).as("null SS at level 3").isEqualTo(with(Vector.GP, 0));
        g.put64(sp + 32, Guest.KERNEL_DATA);
        assertThat(fault(iret)).as("SS of another level").isEqualTo(with(Vector.GP, Guest.KERNEL_DATA));
        g.put64(sp + 32, Guest.USER_DATA | 3);
        g.put64(sp, 0x8000_0000_0000L);
        assertThat(fault(iret)).as("RIP not canonical").isEqualTo(with(Vector.GP, 0));
        c.rflagsOther(c.rflagsOther() | Rflags.NT);
        assertThat(fault(iret)).as("NT in IA-32e mode").isEqualTo(with(Vector.GP, 0));
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp);
        assertThat(c.cpl).isZero();
    }

    @Test
    void iretq_at_level_0_takes_a_null_stack_segment() {
        long sp = Guest.KERNEL_STACK - 40;
        c.gpr(Cpu.RSP, sp);
        g.put64(sp, HANDLER);
        g.put64(sp + 8, Guest.KERNEL_CODE);
        g.put64(sp + 16, 2);
        g.put64(sp + 24, 0x1000);
        FarReturns.iret(c, g.insn(64, 2));
        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(0x1000);
        assertThat(c.seg[Cpu.SS].access & Segment.UNUSABLE).isNotZero();
    }
}
