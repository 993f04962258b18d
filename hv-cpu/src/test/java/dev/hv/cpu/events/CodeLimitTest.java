package dev.hv.cpu.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Instructions that reach over the end of their code segment: #GP(0) before they do anything (SDM vol. 3A, 6.3). */
class CodeLimitTest {

    private static final int HANDLER = 0x120000;
    private static final int HLT = 0xF4;

    private static void code(Guest g, int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            g.put8(at + i, bytes[i]);
        }
    }

    /** Where the segment ends: at a page end and within a page, in each case in the middle of an instruction of five bytes. */
    @ParameterizedTest
    @ValueSource(ints = {0x100FFE, 0x100FFF, 0x101000, 0x101001, 0x101002, 0x100802})
    void an_instruction_over_the_limit_faults_in_32_bit_code(int limit) {
        for (int begin = limit - 3; begin <= limit; begin++) {
            Guest g = Guest.protected32();
            code(g, HANDLER, HLT);
            // mov eax, 0x12345678, and a handler in another segment
            code(g, begin, 0xB8, 0x78, 0x56, 0x34, 0x12);
            g.put64(Guest.GDT + Guest.SPARE, Guest.CODE32);
            g.gate(13, Guest.SPARE, HANDLER, 14, 0);
            g.c.seg[Cpu.CS].set(Guest.KERNEL_CODE, 0, limit, 0xC09B);
            g.c.rip = begin;
            g.c.tlb.forgetFetches();
            Modes.update(g.c);
            new Interpreter(g.c).run(10);
            assertThat(g.c.rip).as("begin %x", begin).isEqualTo(HANDLER + 1);
            assertThat(g.get32(g.c.gpr(Cpu.RSP))).as("error code").isZero();
            assertThat(g.get32(g.c.gpr(Cpu.RSP) + 4)).isEqualTo(begin);
            assertThat(g.c.gpr(Cpu.RAX)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x100FFE, 0x101001, 0x100802})
    void an_instruction_up_to_the_limit_runs(int limit) {
        Guest g = Guest.protected32();
        code(g, HANDLER, HLT);
        code(g, limit - 4, 0xB8, 0x78, 0x56, 0x34, 0x12);
        g.put64(Guest.GDT + Guest.SPARE, Guest.CODE32);
        g.gate(13, Guest.SPARE, HANDLER, 14, 0);
        g.c.seg[Cpu.CS].set(Guest.KERNEL_CODE, 0, limit, 0xC09B);
        g.c.rip = limit - 4;
        Modes.update(g.c);
        new Interpreter(g.c).run(10);
        assertThat(g.c.gpr(Cpu.RAX)).isEqualTo(0x12345678);
        assertThat(g.get32(g.c.gpr(Cpu.RSP) + 4)).as("the next one faults").isEqualTo(limit + 1);
    }

    /** CS bases with the segment's end at a page end, and 16 bytes beyond one. */
    @ParameterizedTest
    @ValueSource(ints = {0x10000, 0x10010})
    void offset_ffff_is_the_end_in_real_mode(int base) {
        Guest g = Guest.real();
        g.put32(13 * 4, 0x0000_9000);
        g.put8(0x9000, HLT);
        // mov al, 0x55 with the 0x55 at offset 10000h
        g.put8(base + 0xFFFF, 0xB0);
        g.put8(base + 0x10000, 0x55);
        g.c.seg[Cpu.CS].set(base >> 4, base, 0xFFFF, 0x9B);
        g.c.rip = 0xFFFF;
        Modes.update(g.c);
        new Interpreter(g.c).run(10);
        assertThat(g.c.rip).isEqualTo(0x9001);
        assertThat(g.get16(0x8000 - 6)).isEqualTo(0xFFFF);
        assertThat(g.c.gpr(Cpu.RAX) & 0xFF).isZero();
    }

    @Test
    void code_that_was_decoded_under_a_wider_limit_faults_under_a_narrower_one() {
        Guest g = Guest.protected32();
        code(g, HANDLER, HLT);
        code(g, 0x100FFE, 0xB8, 0x78, 0x56, 0x34, 0x12, HLT);
        g.put64(Guest.GDT + Guest.SPARE, Guest.CODE32);
        g.gate(13, Guest.SPARE, HANDLER, 14, 0);
        Interpreter engine = new Interpreter(g.c);
        g.c.rip = 0x100FFE;
        engine.run(10);
        assertThat(g.c.gpr(Cpu.RAX)).isEqualTo(0x12345678);
        g.c.activity = Cpu.ACTIVE;
        g.c.gpr(Cpu.RAX, 0);
        g.c.seg[Cpu.CS].set(Guest.KERNEL_CODE, 0, 0x101001, 0xC09B);
        g.c.rip = 0x100FFE;
        g.c.tlb.forgetFetches();
        Modes.update(g.c);
        engine.run(10);
        assertThat(g.c.rip).isEqualTo(HANDLER + 1);
        assertThat(g.c.gpr(Cpu.RAX)).isZero();
    }
}
