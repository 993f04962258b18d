package dev.hv.cpu.instructions.system;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.instructions.FarReturns;
import dev.hv.cpu.instructions.FarTransfers;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** JMP, CALL and RET far (SDM vol. 2; vol. 3A, 6.8). */
class FarTransfersTest {

    private static int jump(Guest g, int opSize, int selector, long offset) {
        var d = g.insn(opSize, 7);
        d.imm = offset;
        d.imm2 = selector;
        return FarTransfers.jmpDirect(g.c, d);
    }

    private static int call(Guest g, int opSize, int selector, long offset) {
        var d = g.insn(opSize, 7);
        d.imm = offset;
        d.imm2 = selector;
        return FarTransfers.callDirect(g.c, d);
    }

    @Test
    void real_mode_keeps_the_hidden_limit_and_checks_it() {
        Guest g = Guest.real();
        jump(g, 16, 0x1234, 0x10);
        assertThat(g.c.seg[Cpu.CS].base).isEqualTo(0x12340);
        assertThat(g.c.rip).isEqualTo(0x10);
        assertThat(fault(() -> jump(g, 32, 0, 0x10000))).isEqualTo(with(Vector.GP, 0));
        call(g, 16, 0x2000, 0x20);
        assertThat(g.get16(0x7FFC)).isEqualTo(0x17);
        assertThat(g.get16(0x7FFE)).isEqualTo(0x1234);
        FarReturns.retFar(g.c, g.insn(16, 1));
        assertThat(g.c.seg[Cpu.CS].selector).isEqualTo(0x1234);
        assertThat(g.c.rip).isEqualTo(0x17);
    }

    @Test
    void the_way_from_real_mode_to_32_bit_code() {
        Guest g = Guest.real();
        Cpu c = g.c;
        g.put64(Guest.GDT + 8, Guest.CODE32);
        c.gdtrBase = Guest.GDT;
        c.gdtrLimit = 0xFF;
        c.cr0 |= Control.CR0_PE;
        Modes.update(c);
        jump(g, 32, 8, 0x123456);
        assertThat(c.rip).isEqualTo(0x123456);
        assertThat(c.mode & (Modes.CODE32 | Modes.PROTECTED)).isEqualTo(Modes.CODE32 | Modes.PROTECTED);
        assertThat(c.seg[Cpu.CS].limit).isEqualTo(-1);
    }

    @Test
    void a_jump_sets_the_accessed_bit() {
        Guest g = Guest.protected32();
        g.put64(Guest.GDT + Guest.SPARE, Guest.CODE32 & ~(1L << 40));
        jump(g, 32, Guest.SPARE, 0x5000);
        assertThat(g.get64(Guest.GDT + Guest.SPARE)).isEqualTo(Guest.CODE32);
        assertThat(g.c.seg[Cpu.CS].access & 0xFF).isEqualTo(0x9B);
    }

    @Test
    void direct_targets_are_checked() {
        Guest g = Guest.protected32();
        assertThat(fault(() -> jump(g, 32, 3, 0))).as("null").isEqualTo(with(Vector.GP, 0));
        assertThat(fault(() -> jump(g, 32, 0x2003, 0))).as("beyond the table").isEqualTo(with(Vector.GP, 0x2000));
        assertThat(fault(() -> jump(g, 32, Guest.KERNEL_DATA, 0))).as("data").isEqualTo(with(Vector.GP, Guest.KERNEL_DATA));
        assertThat(fault(() -> jump(g, 32, Guest.USER_CODE, 0))).as("outer level").isEqualTo(with(Vector.GP, Guest.USER_CODE));
        assertThat(fault(() -> jump(g, 32, Guest.KERNEL_CODE | 3, 0))).as("RPL").isEqualTo(with(Vector.GP, Guest.KERNEL_CODE));
        g.put64(Guest.GDT + Guest.SPARE, Guest.CODE32 & ~(1L << 47));
        assertThat(fault(() -> jump(g, 32, Guest.SPARE, 0))).as("not present").isEqualTo(with(Vector.NP, Guest.SPARE));
        g.put64(Guest.GDT + Guest.SPARE, 0x00409B000000_0FFFL);
        assertThat(fault(() -> jump(g, 32, Guest.SPARE, 0x1000))).as("limit").isEqualTo(with(Vector.GP, 0));
        g.put64(Guest.GDT + Guest.SPARE, Guest.CODE32 | 1L << 42);
        g.user();
        jump(g, 32, Guest.SPARE, 0x1000);
        assertThat(g.c.seg[Cpu.CS].selector).as("conforming code runs at the caller's level").isEqualTo(Guest.SPARE | 3);
    }

    @Test
    void a_call_gate_to_an_inner_level_copies_parameters_and_ret_releases_them() {
        Guest g = Guest.protected32();
        Cpu c = g.c;
        g.user();
        g.put64(Guest.GDT + Guest.SPARE, Guest.descriptorOfGate(Guest.KERNEL_CODE, 0x4444, 12, 3, 2));
        c.gpr(Cpu.RSP, Guest.USER_STACK - 8);
        g.put32(Guest.USER_STACK - 8, 0xAAAA);
        g.put32(Guest.USER_STACK - 4, 0xBBBB);
        call(g, 32, Guest.SPARE, 0x9999);
        int sp = Guest.KERNEL_STACK - 24;
        assertThat(c.rip).isEqualTo(0x4444);
        assertThat(c.cpl).isZero();
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(sp);
        int[] frame = {Guest.CODE + 7, Guest.USER_CODE | 3, 0xAAAA, 0xBBBB, Guest.USER_STACK - 8, Guest.USER_DATA | 3};
        for (int i = 0; i < frame.length; i++) {
            assertThat(g.get32(sp + 4 * i)).as("word %d", i).isEqualTo(frame[i]);
        }
        var ret = g.insn(32, 3);
        ret.imm = 8;
        FarReturns.retFar(c, ret);
        assertThat(c.cpl).isEqualTo(3);
        assertThat(c.rip).isEqualTo(Guest.CODE + 7);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(Guest.USER_STACK);
    }

    @Test
    void call_gates_are_checked_before_their_target() {
        Guest g = Guest.protected32();
        g.user();
        g.put64(Guest.GDT + Guest.SPARE, Guest.descriptorOfGate(Guest.KERNEL_CODE, 0x4444, 12, 0, 0));
        assertThat(fault(() -> call(g, 32, Guest.SPARE | 3, 0))).as("gate's level").isEqualTo(with(Vector.GP, Guest.SPARE));
        g.put64(Guest.GDT + Guest.SPARE, Guest.descriptorOfGate(Guest.KERNEL_CODE, 0x4444, 12, 3, 0) & ~(1L << 47));
        assertThat(fault(() -> call(g, 32, Guest.SPARE, 0))).as("not present").isEqualTo(with(Vector.NP, Guest.SPARE));
        g.put64(Guest.GDT + Guest.SPARE, Guest.descriptorOfGate(0, 0x4444, 12, 3, 0));
        assertThat(fault(() -> call(g, 32, Guest.SPARE, 0))).as("null target").isEqualTo(with(Vector.GP, 0));
        g.put64(Guest.GDT + Guest.SPARE, Guest.descriptorOfGate(Guest.KERNEL_CODE, 0x4444, 12, 3, 0));
        assertThat(fault(() -> jump(g, 32, Guest.SPARE, 0))).as("JMP cannot go inwards").isEqualTo(with(Vector.GP, Guest.KERNEL_CODE));
    }

    @Test
    void a_64_bit_call_gate_switches_to_rsp_of_the_tss_with_a_null_stack_segment() {
        Guest g = Guest.long64();
        Cpu c = g.c;
        g.user();
        g.put64(Guest.GDT + Guest.SPARE, Guest.descriptorOfGate(Guest.KERNEL_CODE, 0x12345678, 12, 3, 0));
        g.put64(Guest.GDT + Guest.SPARE + 8, 0xFFFF9000L);
        g.put32(0x7000, 0);
        g.put16(0x7004, Guest.SPARE | 3);
        FarTransfers.callMemory(c, g.memory(32, 3, 0x7000));
        assertThat(c.rip).isEqualTo(0xFFFF_9000_1234_5678L);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(Guest.KERNEL_STACK - 32);
        assertThat(c.seg[Cpu.SS].selector).isZero();
        assertThat(g.get64(Guest.KERNEL_STACK - 32)).isEqualTo(Guest.CODE + 5);
        assertThat(g.get64(Guest.KERNEL_STACK - 8)).isEqualTo(Guest.USER_DATA | 3);
        g.put64(Guest.GDT + Guest.SPARE + 8, 0x0100_FFFF9000L << 4);
        c.cpl = 0;
        assertThat(fault(() -> FarTransfers.callMemory(c, g.memory(32, 3, 0x7000)))).as("type in the upper half").isEqualTo(with(Vector.GP, Guest.SPARE));
    }

    @Test
    void from_compatibility_mode_to_64_bit_code_and_back() {
        Guest g = Guest.long64();
        Cpu c = g.c;
        g.put64(Guest.GDT + Guest.SPARE, Guest.CODE32);
        g.put64(0x7000, 0x3_0000_1000L);
        g.put16(0x7008, Guest.SPARE);
        FarTransfers.jmpMemory(c, g.memory(64, 5, 0x7000));
        assertThat(c.mode64()).isFalse();
        assertThat(c.rip).isEqualTo(0x1000);
        jump(g, 32, Guest.KERNEL_CODE, 0x2000);
        assertThat(c.mode64()).isTrue();
        g.put64(Guest.GDT + Guest.SPARE, Guest.CODE64 | 1L << 54);
        assertThat(fault(() -> FarTransfers.jmpMemory(c, g.memory(64, 5, 0x7000)))).as("L and D").isEqualTo(with(Vector.GP, Guest.SPARE));
    }

    @Test
    void ret_far_to_an_inner_level_is_general_protection() {
        Guest g = Guest.protected32().user();
        g.put32(Guest.USER_STACK, 0x1000);
        g.put32(Guest.USER_STACK + 4, Guest.KERNEL_CODE);
        assertThat(fault(() -> FarReturns.retFar(g.c, g.insn(32, 1)))).isEqualTo(with(Vector.GP, Guest.KERNEL_CODE));
        assertThat(g.c.gpr(Cpu.RSP)).isEqualTo(Guest.USER_STACK);
    }
}
