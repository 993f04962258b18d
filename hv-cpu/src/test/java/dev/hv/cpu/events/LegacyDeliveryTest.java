package dev.hv.cpu.events;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.instructions.FarReturns;
import dev.hv.cpu.instructions.SoftwareInterrupts;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Event delivery in real, protected and virtual-8086 mode, and IRET from there (SDM vol. 3A, 7.12; vol. 3B, 21.3). */
class LegacyDeliveryTest {

    @Test
    void real_mode_pushes_three_words_and_reads_the_vector_table() {
        Guest g = Guest.real();
        Cpu c = g.c;
        g.put32(0x21 * 4, 0x1234_0100);
        c.setRflags(0x302 | Rflags.CF);
        var d = g.insn(16, 2);
        d.imm = 0x21;
        SoftwareInterrupts.intN(c, d);
        assertThat(c.seg[Cpu.CS].selector).isEqualTo(0x1234);
        assertThat(c.seg[Cpu.CS].base).isEqualTo(0x12340);
        assertThat(c.rip).isEqualTo(0x100);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(0x7FFA);
        assertThat(g.get16(0x7FFA)).isEqualTo(0x7C02);
        assertThat(g.get16(0x7FFC)).isZero();
        assertThat(g.get16(0x7FFE)).isEqualTo(0x303);
        assertThat(c.rflags() & (Rflags.IF | Rflags.TF)).isZero();

        FarReturns.iret(c, g.insn(16, 1));
        assertThat(c.rip).isEqualTo(0x7C02);
        assertThat(c.seg[Cpu.CS].base).isZero();
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(0x8000);
        assertThat(c.rflags()).isEqualTo(0x303);
    }

    @Test
    void a_vector_beyond_the_real_mode_table_is_general_protection() {
        Guest g = Guest.real();
        g.c.idtrLimit = 0x20 * 4 + 2;
        assertThat(fault(() -> Interrupts.deliver(g.c, 0x20, EventKind.EXTERNAL_INTERRUPT, false, 0, 0, 0))).isEqualTo(with(Vector.GP, 0));
    }

    @Test
    void a_32_bit_gate_to_the_same_level_pushes_three_words_and_an_error_code() {
        Guest g = Guest.protected32();
        Cpu c = g.c;
        g.gate(13, Guest.KERNEL_CODE, 0x123456, 14, 0);
        long sp = c.gpr(Cpu.RSP);
        ExceptionDelivery.raise(c, c.fault(Vector.GP, 0x50));
        assertThat(c.rip).isEqualTo(0x123456);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp - 16);
        assertThat(g.get32(sp - 16)).isEqualTo(0x50);
        assertThat(g.get32(sp - 12)).isEqualTo(Guest.CODE);
        assertThat(g.get32(sp - 8)).isEqualTo(Guest.KERNEL_CODE);
        assertThat(g.get32(sp - 4)).isEqualTo(0x202 | Rflags.RF);
    }

    @Test
    void a_16_bit_gate_pushes_words() {
        Guest g = Guest.protected32();
        Cpu c = g.c;
        g.gate(0x20, Guest.KERNEL_CODE, 0xABCD, 7, 0);
        long sp = c.gpr(Cpu.RSP);
        ExceptionDelivery.event(c, 0x20, EventKind.EXTERNAL_INTERRUPT, false, 0, c.rip, 0);
        assertThat(c.rip).isEqualTo(0xABCD);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp - 6);
        assertThat(g.get16(sp - 6)).isEqualTo(Guest.CODE & 0xFFFF);
        assertThat(c.rflags() & Rflags.IF).as("trap gate").isNotZero();
    }

    @Test
    void a_gate_to_an_inner_level_takes_ss_and_esp_from_the_tss_and_iretd_goes_back() {
        Guest g = Guest.protected32();
        Cpu c = g.c;
        g.gate(0x80, Guest.KERNEL_CODE, 0x111111, 14, 3);
        g.user();
        var d = g.insn(32, 2);
        d.imm = 0x80;
        SoftwareInterrupts.intN(c, d);
        int sp = Guest.KERNEL_STACK - 20;
        assertThat(c.cpl).isZero();
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp);
        assertThat(c.seg[Cpu.SS].selector).isEqualTo(Guest.KERNEL_DATA);
        assertThat(g.get32(sp)).isEqualTo(Guest.CODE + 2);
        assertThat(g.get32(sp + 4)).isEqualTo(Guest.USER_CODE | 3);
        assertThat(g.get32(sp + 12)).isEqualTo(Guest.USER_STACK);
        assertThat(g.get32(sp + 16)).isEqualTo(Guest.USER_DATA | 3);
        FarReturns.iret(c, g.insn(32, 1));
        assertThat(c.cpl).isEqualTo(3);
        assertThat(c.rip).isEqualTo(Guest.CODE + 2);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(Guest.USER_STACK);
        assertThat(c.seg[Cpu.DS].usable()).as("level-3 data segment stays").isTrue();
    }

    @Test
    void inner_stack_faults_name_the_stack_segment() {
        Guest g = Guest.protected32();
        Cpu c = g.c;
        g.gate(0x80, Guest.KERNEL_CODE, 0x111111, 14, 3);
        g.user();
        Runnable event = () -> Interrupts.deliver(c, 0x80, EventKind.SOFTWARE_INTERRUPT, false, 0, c.rip, 2);
        g.put32(Guest.TSS + 8, 0);
        assertThat(fault(event)).as("null").isEqualTo(with(Vector.TS, 0));
        g.put32(Guest.TSS + 8, Guest.USER_DATA | 3);
        assertThat(fault(event)).as("RPL").isEqualTo(with(Vector.TS, Guest.USER_DATA));
        g.put64(Guest.GDT + Guest.SPARE, Guest.DATA32 & ~(1L << 47));
        g.put32(Guest.TSS + 8, Guest.SPARE);
        assertThat(fault(event)).as("not present").isEqualTo(with(Vector.SS, Guest.SPARE));
        g.put64(Guest.GDT + Guest.SPARE, 0x004093000000_0010L);
        assertThat(fault(event)).as("no room").isEqualTo(with(Vector.SS, Guest.SPARE));
        c.tr.limit = 8;
        assertThat(fault(event)).as("TSS too short").isEqualTo(with(Vector.TS, Guest.TASK));
    }

    @Test
    void handlers_beyond_the_segment_limit_fault_in_the_caller() {
        Guest g = Guest.protected32();
        g.put64(Guest.GDT + Guest.SPARE, 0x00409B000000_1000L);
        g.gate(0x20, Guest.SPARE, 0x1001, 14, 0);
        assertThat(fault(() -> Interrupts.deliver(g.c, 0x20, EventKind.EXTERNAL_INTERRUPT, false, 0, 0, 0))).isEqualTo(with(Vector.GP, 1));
    }

    private static Guest virtual8086(int iopl) {
        Guest g = Guest.protected32();
        Cpu c = g.c;
        long sp = c.gpr(Cpu.RSP);
        int[] frame = {0x100, 0x2000, 0x202 | Rflags.VM | iopl << 12, 0x1000, 0x3000, 0x11, 0x22, 0x33, 0x44};
        for (int i = 0; i < frame.length; i++) {
            g.put32(sp + 4 * i, frame[i]);
        }
        FarReturns.iret(c, g.insn(32, 1));
        return g;
    }

    @Test
    void iretd_with_vm_enters_virtual_8086_mode_and_an_interrupt_leaves_it() {
        Guest g = virtual8086(0);
        Cpu c = g.c;
        assertThat(c.cpl).isEqualTo(3);
        assertThat(c.seg[Cpu.CS].base).isEqualTo(0x20000);
        assertThat(c.seg[Cpu.SS].base).isEqualTo(0x30000);
        assertThat(c.seg[Cpu.GS].selector).isEqualTo(0x44);
        assertThat(c.rip).isEqualTo(0x100);
        g.gate(0x20, Guest.KERNEL_CODE, 0x5000, 14, 0);
        ExceptionDelivery.event(c, 0x20, EventKind.EXTERNAL_INTERRUPT, false, 0, c.rip, 0);
        int sp = Guest.KERNEL_STACK - 36;
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp);
        int[] expected = {0x100, 0x2000, 0x202 | Rflags.VM, 0x1000, 0x3000, 0x11, 0x22, 0x33, 0x44};
        for (int i = 0; i < expected.length; i++) {
            assertThat(g.get32(sp + 4 * i)).as("word %d", i).isEqualTo(expected[i]);
        }
        assertThat(c.rflags() & Rflags.VM).isZero();
        assertThat(c.seg[Cpu.DS].usable()).isFalse();
        assertThat(c.seg[Cpu.DS].selector).isZero();
    }

    @Test
    void int_n_in_virtual_8086_mode_needs_iopl_3_or_the_redirection_bitmap() {
        Guest g = virtual8086(0);
        Cpu c = g.c;
        var d = g.insn(16, 2);
        d.imm = 0x21;
        assertThat(fault(() -> SoftwareInterrupts.intN(c, d))).isEqualTo(with(Vector.GP, 0));
        c.delivering.clear();
        c.cr4 |= Control.CR4_VME;
        // I/O map at 0x88: the 32 bytes before it are the redirection bitmap, all clear
        g.put16(Guest.TSS + 102, 0x88);
        c.tr.limit = 0xFF;
        g.put32(0x21 * 4, 0x4000_0055);
        c.rflagsOther(c.rflagsOther() | Rflags.VIF);
        SoftwareInterrupts.intN(c, d);
        assertThat(c.rflags() & Rflags.VM).isNotZero();
        assertThat(c.seg[Cpu.CS].selector).isEqualTo(0x4000);
        assertThat(c.rip).isEqualTo(0x55);
        assertThat(g.get16(0x30000 + 0xFFE)).as("VIF as IF, IOPL 3").isEqualTo(0x3202);
        assertThat(c.rflags() & Rflags.VIF).isZero();
        assertThat(c.rflags() & Rflags.IF).isNotZero();
    }

    @Test
    void iret_in_virtual_8086_mode_keeps_iopl() {
        Guest g = virtual8086(3);
        Cpu c = g.c;
        g.put16(0x30000 + 0x1000, 0x200);
        g.put16(0x30000 + 0x1002, 0x1800);
        g.put16(0x30000 + 0x1004, 0x0002);
        FarReturns.iret(c, g.insn(16, 1));
        assertThat(c.rip).isEqualTo(0x200);
        assertThat(c.seg[Cpu.CS].base).isEqualTo(0x18000);
        assertThat(c.rflags()).isEqualTo(2 | Rflags.VM | Rflags.IOPL);
    }
}
