package dev.hv.cpu.instructions.system;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.instructions.SystemCalls;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** SYSCALL, SYSRET, SYSENTER, SYSEXIT (SDM vol. 2B). */
class SystemCallsTest {

    private static final long ENTRY = 0xFFFF_8000_0000_1000L;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;

    @Test
    void syscall_and_sysret_go_there_and_back() {
        c.star = 0x0018_0008_0000_0000L;
        c.lstar(ENTRY);
        c.fmask(Rflags.IF | Rflags.TF);
        g.user();
        c.setRflags(0x203);
        SystemCalls.syscall(c, g.insn(32, 2));
        assertThat(c.rip).isEqualTo(ENTRY);
        assertThat(c.gpr(Cpu.RCX)).isEqualTo(Guest.CODE + 2);
        assertThat(c.gpr(11)).isEqualTo(0x203);
        assertThat(c.rflags()).isEqualTo(3);
        assertThat(c.cpl).isZero();
        assertThat(c.seg[Cpu.CS].selector).isEqualTo(8);
        assertThat(c.seg[Cpu.CS].access).isEqualTo(0xA09B);
        assertThat(c.seg[Cpu.SS].selector).isEqualTo(16);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(Guest.USER_STACK);

        SystemCalls.sysret(c, g.insn(64, 3));
        assertThat(c.rip).isEqualTo(Guest.CODE + 2);
        assertThat(c.cpl).isEqualTo(3);
        assertThat(c.seg[Cpu.CS].selector).isEqualTo(0x2B);
        assertThat(c.seg[Cpu.SS].selector).isEqualTo(0x23);
        assertThat(c.seg[Cpu.SS].access).isEqualTo(0xC0F3);
        assertThat(c.rflags()).isEqualTo(0x203);
        assertThat(c.mode64()).isTrue();
    }

    @Test
    void sysret_to_compatibility_mode_truncates_rip() {
        c.star = 0x0018_0008_0000_0000L;
        c.gpr(Cpu.RCX, 0x9_0000_5000L);
        c.gpr(11, -1);
        SystemCalls.sysret(c, g.insn(32, 2));
        assertThat(c.rip).isEqualTo(0x5000);
        assertThat(c.seg[Cpu.CS].selector).isEqualTo(0x1B);
        assertThat(c.mode64()).isFalse();
        assertThat(c.rflags()).as("RF and VM cannot be set").isEqualTo(0x3C7FD7);
    }

    @Test
    void syscall_is_undefined_without_sce_and_in_compatibility_mode_on_intel() {
        c.efer &= ~Control.EFER_SCE;
        assertThat(fault(() -> SystemCalls.syscall(c, g.insn(32, 2)))).isEqualTo(with(Vector.UD, 0));
        c.efer |= Control.EFER_SCE;
        c.gpr(Cpu.RCX, 0x8000_0000_0000L);
        assertThat(fault(() -> SystemCalls.sysret(c, g.insn(64, 3)))).as("RCX not canonical").isEqualTo(with(Vector.GP, 0));
        SystemCalls.sysret(c, g.insn(32, 2));
        assertThat(fault(() -> SystemCalls.syscall(c, g.insn(32, 2)))).isEqualTo(with(Vector.UD, 0));
    }

    @Test
    void sysret_with_tf_in_r11_traps_right_after_itself() {
        c.gpr(11, Rflags.TF | 2);
        SystemCalls.sysret(c, g.insn(64, 3));
        assertThat(c.stepping).isTrue();
    }

    @Test
    void sysenter_and_sysexit_use_fixed_offsets_from_the_msr() {
        Guest p = Guest.protected32().user();
        Cpu k = p.c;
        assertThat(fault(() -> SystemCalls.sysenter(k, p.insn(32, 2)))).as("no target").isEqualTo(with(Vector.GP, 0));
        k.sysenterCs = 8;
        k.sysenterEsp = 0x7000;
        k.sysenterEip = 0x8000;
        SystemCalls.sysenter(k, p.insn(32, 2));
        assertThat(k.rip).isEqualTo(0x8000);
        assertThat(k.gpr(Cpu.RSP)).isEqualTo(0x7000);
        assertThat(k.cpl).isZero();
        assertThat(k.seg[Cpu.CS].access).isEqualTo(0xC09B);
        assertThat(k.rflags() & Rflags.IF).isZero();
        k.gpr(Cpu.RCX, 0x1111);
        k.gpr(Cpu.RDX, 0x2222);
        SystemCalls.sysexit(k, p.insn(32, 2));
        assertThat(k.rip).isEqualTo(0x2222);
        assertThat(k.gpr(Cpu.RSP)).isEqualTo(0x1111);
        assertThat(k.seg[Cpu.CS].selector).isEqualTo(0x1B);
        assertThat(k.seg[Cpu.SS].selector).isEqualTo(0x23);
        assertThat(fault(() -> SystemCalls.sysexit(k, p.insn(32, 2)))).as("level 3").isEqualTo(with(Vector.GP, 0));
    }

    @Test
    void sysexit_to_64_bit_code() {
        c.sysenterCs = 8;
        c.gpr(Cpu.RCX, 0x7FFF_0000_1000L);
        c.gpr(Cpu.RDX, 0x7FFF_0000_2000L);
        SystemCalls.sysexit(c, g.insn(64, 3));
        assertThat(c.rip).isEqualTo(0x7FFF_0000_2000L);
        assertThat(c.seg[Cpu.CS].selector).isEqualTo(0x2B);
        assertThat(c.seg[Cpu.SS].selector).isEqualTo(0x33);
        assertThat(c.mode64()).isTrue();
    }
}
