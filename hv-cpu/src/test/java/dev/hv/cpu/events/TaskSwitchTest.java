package dev.hv.cpu.events;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.instructions.FarReturns;
import dev.hv.cpu.instructions.FarTransfers;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hardware task switches (SDM vol. 3A, chapter 9). */
class TaskSwitchTest {

    private static final int OTHER = 0x58;
    private static final int OTHER_TSS = 0x6000;

    private final Guest g = Guest.protected32();
    private final Cpu c = g.c;

    @BeforeEach
    void secondTask() {
        g.put64(Guest.GDT + OTHER, Guest.tss(OTHER_TSS, 0x67, 9));
        g.put32(OTHER_TSS + 0x20, 0x2222);
        g.put32(OTHER_TSS + 0x24, 0x2);
        for (int i = 0; i < 8; i++) {
            g.put32(OTHER_TSS + 0x28 + 4 * i, 0x1000 + i);
        }
        int[] selectors = {Guest.KERNEL_DATA, Guest.KERNEL_CODE, Guest.KERNEL_DATA, Guest.KERNEL_DATA, 0, 0};
        for (int i = 0; i < 6; i++) {
            g.put32(OTHER_TSS + 0x48 + 4 * i, selectors[i]);
        }
        for (int i = 0; i < 8; i++) {
            c.gpr(i, i == Cpu.RSP ? c.gpr(i) : 0x7000 + i);
        }
    }

    private int jump(boolean call, int selector) {
        var d = g.insn(32, 7);
        d.imm2 = selector;
        return call ? FarTransfers.callDirect(c, d) : FarTransfers.jmpDirect(c, d);
    }

    private int type(int selector) {
        return g.get8(Guest.GDT + selector + 5) & 15;
    }

    @Test
    void jmp_saves_one_task_and_loads_the_other() {
        jump(false, OTHER);
        assertThat(c.rip).isEqualTo(0x2222);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x1000);
        assertThat(c.gpr(Cpu.RDI)).isEqualTo(0x1007);
        assertThat(c.tr.selector).isEqualTo(OTHER);
        assertThat(c.tr.base).isEqualTo(OTHER_TSS);
        assertThat(c.cr0(Control.CR0_TS)).isTrue();
        assertThat(type(OTHER)).isEqualTo(11);
        assertThat(type(Guest.TASK)).isEqualTo(9);
        assertThat(g.get32(Guest.TSS + 0x20)).isEqualTo(Guest.CODE + 7);
        assertThat(g.get32(Guest.TSS + 0x28)).isEqualTo(0x7000);
        assertThat(g.get16(Guest.TSS + 0x4C)).isEqualTo(Guest.KERNEL_CODE);
        assertThat(c.rflags() & Rflags.NT).isZero();
    }

    @Test
    void call_links_back_and_iret_returns() {
        jump(true, OTHER);
        assertThat(c.rflags() & Rflags.NT).isNotZero();
        assertThat(g.get16(OTHER_TSS)).isEqualTo(Guest.TASK);
        assertThat(type(Guest.TASK)).isEqualTo(11);
        assertThat(type(OTHER)).isEqualTo(11);
        c.gpr(Cpu.RBX, 0x99);
        FarReturns.iret(c, g.insn(32, 1));
        assertThat(c.tr.selector).isEqualTo(Guest.TASK);
        assertThat(c.rip).isEqualTo(Guest.CODE + 7);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x7000);
        assertThat(type(OTHER)).isEqualTo(9);
        assertThat(g.get32(OTHER_TSS + 0x34)).isEqualTo(0x99);
        assertThat(g.get32(OTHER_TSS + 0x24) & Rflags.NT).isZero();
    }

    @Test
    void a_task_gate_in_the_idt_switches_and_pushes_the_error_code_on_the_new_stack() {
        g.gate(Vector.GP, OTHER, 0, 5, 0);
        g.put32(OTHER_TSS + 0x38, 0x8000);
        ExceptionDelivery.raise(c, c.fault(Vector.GP, 0x48));
        assertThat(c.tr.selector).isEqualTo(OTHER);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(0x7FFC);
        assertThat(g.get32(0x7FFC)).isEqualTo(0x48);
        assertThat(g.get32(Guest.TSS + 0x20)).as("returns to the instruction at fault").isEqualTo(Guest.CODE);
        assertThat(g.get32(Guest.TSS + 0x24) & Rflags.RF).isNotZero();
    }

    @Test
    void bad_targets_fault_in_the_old_task() {
        g.put8(Guest.GDT + OTHER + 5, 0x8B);
        assertThat(fault(() -> jump(false, OTHER))).as("busy").isEqualTo(with(Vector.GP, OTHER));
        g.put8(Guest.GDT + OTHER + 5, 0x09);
        assertThat(fault(() -> jump(false, OTHER))).as("not present").isEqualTo(with(Vector.NP, OTHER));
        g.put64(Guest.GDT + OTHER, Guest.tss(OTHER_TSS, 0x66, 9));
        assertThat(fault(() -> jump(false, OTHER))).as("too short").isEqualTo(with(Vector.TS, OTHER));
        c.rflagsOther(c.rflagsOther() | Rflags.NT);
        g.put16(Guest.TSS, OTHER);
        g.put64(Guest.GDT + OTHER, Guest.tss(OTHER_TSS, 0x67, 9));
        assertThat(fault(() -> FarReturns.iret(c, g.insn(32, 1)))).as("IRET to a task that is not busy").isEqualTo(with(Vector.TS, OTHER));
        assertThat(c.tr.selector).isEqualTo(Guest.TASK);
    }

    @Test
    void bad_segments_fault_in_the_new_task() {
        g.put32(OTHER_TSS + 0x50, Guest.USER_DATA | 3);
        assertThat(fault(() -> jump(false, OTHER))).isEqualTo(with(Vector.TS, Guest.USER_DATA));
        assertThat(c.tr.selector).isEqualTo(OTHER);
        assertThat(c.rip).isEqualTo(0x2222);
        assertThat(c.seg[Cpu.SS].usable()).isFalse();
        assertThat(c.seg[Cpu.CS].usable()).isTrue();
    }

    @Test
    void the_t_flag_makes_a_debug_trap_pending() {
        g.put8(OTHER_TSS + 0x64, 1);
        jump(false, OTHER);
        assertThat(c.pendingDebug).isEqualTo(1 << 15);
    }

    @Test
    void a_16_bit_task_loads_words_and_leaves_fs_and_gs_null() {
        g.put64(Guest.GDT + OTHER, Guest.tss(OTHER_TSS, 0x2B, 1));
        for (int i = 0; i < 0x2C; i += 2) {
            g.put16(OTHER_TSS + i, 0);
        }
        g.put16(OTHER_TSS + 0x0E, 0x1234);
        g.put16(OTHER_TSS + 0x12, 0xAAAA);
        g.put16(OTHER_TSS + 0x22, Guest.KERNEL_DATA);
        g.put16(OTHER_TSS + 0x24, Guest.KERNEL_CODE);
        g.put16(OTHER_TSS + 0x26, Guest.KERNEL_DATA);
        g.put16(OTHER_TSS + 0x28, Guest.KERNEL_DATA);
        jump(false, OTHER);
        assertThat(c.rip).isEqualTo(0x1234);
        assertThat(c.gpr(Cpu.RAX) & 0xFFFF).isEqualTo(0xAAAA);
        assertThat(c.seg[Cpu.FS].usable()).isFalse();
        assertThat(type(OTHER)).isEqualTo(3);
    }
}
