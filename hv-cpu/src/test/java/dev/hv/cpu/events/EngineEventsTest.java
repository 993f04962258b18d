package dev.hv.cpu.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import org.junit.jupiter.api.Test;

/** Events and system instructions as code meets them: machine code through decoder, engine and delivery. */
class EngineEventsTest {

    private static final int HANDLER = 0x120000;
    private static final int HLT = 0xF4;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;
    private final Interpreter engine = new Interpreter(c);
    private final PendingVector apic = new PendingVector();

    EngineEventsTest() {
        c.apic = apic;
        code(HANDLER, HLT);
    }

    private void code(int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            g.put8(at + i, bytes[i]);
        }
    }

    private long frame(int slot) {
        return g.get64(c.gpr(Cpu.RSP) + 8 * slot);
    }

    @Test
    void sti_nop_cli_lets_a_pending_interrupt_in_after_the_nop() {
        code(Guest.CODE, 0xFB, 0x90, 0xFA, HLT);
        g.gate64(0x40, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        c.rflagsOther(c.rflagsOther() & ~Rflags.IF);
        Modes.update(c);
        apic.vector = 0x40;
        c.raise(Cpu.EVENT_INTERRUPT);
        assertThat(engine.run(100)).isEqualTo(RunResult.HALT);
        assertThat(c.rip).isEqualTo(HANDLER + 1);
        assertThat(frame(0)).isEqualTo(Guest.CODE + 2);
    }

    @Test
    void sti_hlt_sleeps_before_it_wakes() {
        code(Guest.CODE, 0xFB, HLT);
        g.gate64(0x40, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        c.rflagsOther(c.rflagsOther() & ~Rflags.IF);
        Modes.update(c);
        apic.vector = 0x40;
        c.raise(Cpu.EVENT_INTERRUPT);
        engine.run(100);
        assertThat(frame(0)).as("returns behind HLT").isEqualTo(Guest.CODE + 2);
    }

    @Test
    void sti_holds_an_nmi_back_for_one_instruction() {
        // sti; nop; hlt
        code(Guest.CODE, 0xFB, 0x90, HLT);
        g.gate64(2, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        c.rflagsOther(c.rflagsOther() & ~Rflags.IF);
        Modes.update(c);
        engine.run(1);
        c.raise(Cpu.EVENT_NMI);
        engine.run(100);
        assertThat(c.rip).isEqualTo(HANDLER + 1);
        assertThat(frame(0)).isEqualTo(Guest.CODE + 2);
    }

    @Test
    void undefined_instructions_reach_their_handler_with_exact_rip_and_count() {
        code(Guest.CODE, 0x90, 0x90, 0x0F, 0x0B);
        g.gate64(6, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        engine.run(100);
        assertThat(frame(0)).isEqualTo(Guest.CODE + 2);
        assertThat(frame(2) & Rflags.RF).isNotZero();
        assertThat(c.instructions).as("two NOPs and HLT").isEqualTo(3);
    }

    @Test
    void an_exception_without_an_idt_shuts_the_processor_down() {
        code(Guest.CODE, 0x0F, 0x0B);
        c.idtrLimit = 0;
        assertThat(engine.run(100)).isEqualTo(RunResult.SHUTDOWN);
        assertThat(c.rip).isEqualTo(Guest.CODE);
    }

    @Test
    void int_and_iretq_from_user_code() {
        code(Guest.CODE, 0xCD, 0x80, 0x0F, 0x0B);
        code(HANDLER, 0x48, 0xCF);
        g.gate64(0x80, Guest.KERNEL_CODE, HANDLER, 14, 3, 0);
        g.gate64(6, Guest.KERNEL_CODE, HANDLER + 0x100, 14, 0, 0);
        code(HANDLER + 0x100, HLT);
        g.user();
        assertThat(engine.run(100)).isEqualTo(RunResult.HALT);
        assertThat(frame(0)).isEqualTo(Guest.CODE + 2);
        assertThat(frame(1)).isEqualTo(Guest.USER_CODE | 3);
        assertThat(frame(3)).isEqualTo(Guest.USER_STACK);
    }

    @Test
    void syscall_and_sysretq() {
        // syscall; inc eax; ud2 — and at the entry: mov ebx, 5; sysretq
        code(Guest.CODE, 0x0F, 0x05, 0xFF, 0xC0, 0x0F, 0x0B);
        code(0x130000, 0xBB, 5, 0, 0, 0, 0x48, 0x0F, 0x07);
        g.gate64(6, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        c.star = 0x0018_0008_0000_0000L;
        c.lstar(0x130000);
        g.user();
        engine.run(100);
        assertThat(c.gpr(Cpu.RBX)).isEqualTo(5);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(1);
        assertThat(frame(0)).isEqualTo(Guest.CODE + 4);
        assertThat(frame(1)).isEqualTo(0x2B);
    }

    @Test
    void single_step_passes_over_mov_ss_with_the_instruction_behind_it() {
        // mov ss, eax; nop; nop
        code(Guest.CODE, 0x8E, 0xD0, 0x90, 0x90);
        g.gate64(1, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        c.gpr(Cpu.RAX, Guest.KERNEL_DATA);
        c.setRflags(0x102);
        engine.run(100);
        assertThat(frame(0)).isEqualTo(Guest.CODE + 3);
        assertThat(c.dr[6] & 0xE00F).isEqualTo(0x4000);
    }

    /** Unlike POPF it traps by the flag that it has just set. */
    @Test
    void sysret_with_tf_traps_before_the_code_it_returns_to() {
        // sysret, 64 bits; never reached
        code(Guest.CODE, 0x48, 0x0F, 0x07);
        code(Guest.CODE + 0x100, 0x90, 0x90);
        g.gate64(1, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        c.efer |= 1;
        c.star = (long) (Guest.USER_CODE32) << 48;
        c.gpr(Cpu.RCX, Guest.CODE + 0x100);
        c.gpr(11, 0x302);
        Modes.update(c);
        assertThat(engine.run(100)).isEqualTo(RunResult.HALT);
        assertThat(frame(0)).isEqualTo(Guest.CODE + 0x100);
        assertThat(frame(1) & 3).as("from user code").isEqualTo(3);
    }

    @Test
    void popf_with_tf_traps_after_the_next_instruction() {
        // push 0x102; popf; nop; nop
        code(Guest.CODE, 0x68, 0x02, 0x01, 0, 0, 0x9D, 0x90, 0x90);
        g.gate64(1, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        engine.run(100);
        assertThat(frame(0)).isEqualTo(Guest.CODE + 7);
    }

    @Test
    void a_page_fault_on_fetch_names_the_address() {
        g.gate64(14, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        c.rip = 0x7FFF_0000_0000L;
        engine.run(100);
        assertThat(c.cr2()).isEqualTo(0x7FFF_0000_0000L);
        assertThat(frame(0)).as("instruction fetch, not present").isEqualTo(0x10);
        assertThat(frame(1)).isEqualTo(0x7FFF_0000_0000L);
    }

    @Test
    void arpl_outside_and_movsxd_inside_64_bit_mode_share_an_opcode() {
        // movsxd rax, ebx
        code(Guest.CODE, 0x48, 0x63, 0xC3, HLT);
        c.gpr(Cpu.RBX, 0x80000000L);
        engine.run(10);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFF_8000_0000L);
        Guest p = Guest.protected32();
        p.put16(Guest.CODE, 0xC363);
        p.put8(Guest.CODE + 2, HLT);
        p.c.gpr(Cpu.RBX, 0x10);
        p.c.gpr(Cpu.RAX, 3);
        // 63 C3: arpl bx, ax
        new Interpreter(p.c).run(10);
        assertThat(p.c.gpr(Cpu.RBX)).isEqualTo(0x13);
    }
}
