package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Moves in their encodings: what a load zeroes, what a register move leaves, what a store writes. XMM1 and XMM2, memory at RSI. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SimdMovesTest {

    private static final long A0 = 0x1111111122222222L;
    private static final long A1 = 0x3333333344444444L;
    private static final long B0 = 0x5555555566666666L;
    private static final long B1 = 0x7777777788888888L;
    private static final long M0 = 0xA1A2A3A4A5A6A7A8L;
    private static final long M1 = 0xB1B2B3B4B5B6B7B8L;

    private final Bare bare = Bare.mode64();
    private final Cpu c = bare.c;

    @BeforeEach
    void operands() {
        reset();
    }

    private void reset() {
        c.xmm(2, A0);
        c.xmm(3, A1);
        c.xmm(4, B0);
        c.xmm(5, B1);
        bare.put64(Bare.DATA, M0);
        bare.put64(Bare.DATA + 8, M1);
        c.gpr(Cpu.RSI, Bare.DATA);
    }

    /** XMM1 after an instruction. */
    private long[] after(int... code) {
        reset();
        bare.code(code).step();
        return new long[] {c.xmm(2), c.xmm(3)};
    }

    private long[] memoryAfter(int... code) {
        after(code);
        return new long[] {bare.get64(Bare.DATA), bare.get64(Bare.DATA + 8)};
    }

    @Test
    void scalarLoadsZeroTheRestAndRegisterMovesKeepIt() {
        assertThat(after(0xF3, 0x0F, 0x10, 0x0E)).as("MOVSS xmm1, [rsi]").containsExactly(0xA5A6A7A8L, 0);
        assertThat(after(0xF3, 0x0F, 0x10, 0xCA)).as("MOVSS xmm1, xmm2").containsExactly(0x1111111166666666L, A1);
        assertThat(after(0xF3, 0x0F, 0x11, 0xD1)).as("MOVSS xmm1, xmm2 by 0F11").containsExactly(0x1111111166666666L, A1);
        assertThat(after(0xF2, 0x0F, 0x10, 0x0E)).as("MOVSD xmm1, [rsi]").containsExactly(M0, 0);
        assertThat(after(0xF2, 0x0F, 0x10, 0xCA)).as("MOVSD xmm1, xmm2").containsExactly(B0, A1);
        assertThat(after(0xF2, 0x0F, 0x11, 0xD1)).as("MOVSD xmm1, xmm2 by 0F11").containsExactly(B0, A1);
        assertThat(after(0xF3, 0x0F, 0x7E, 0x0E)).as("MOVQ xmm1, [rsi]").containsExactly(M0, 0);
        assertThat(after(0xF3, 0x0F, 0x7E, 0xCA)).as("MOVQ xmm1, xmm2").containsExactly(B0, 0);
        assertThat(after(0x66, 0x0F, 0xD6, 0xD1)).as("MOVQ xmm1, xmm2 by 0FD6").containsExactly(B0, 0);
        assertThat(after(0x66, 0x0F, 0x6E, 0x0E)).as("MOVD xmm1, [rsi]").containsExactly(0xA5A6A7A8L, 0);
        assertThat(after(0x66, 0x48, 0x0F, 0x6E, 0x0E)).as("MOVQ xmm1, [rsi] by 0F6E").containsExactly(M0, 0);
        assertThat(after(0x66, 0x48, 0x0F, 0x6E, 0xCE)).as("MOVQ xmm1, rsi").containsExactly(Bare.DATA, 0);
    }

    @Test
    void fullMovesCopyBothHalves() {
        for (int[] load : new int[][] {{0x0F, 0x10}, {0x66, 0x0F, 0x10}, {0x0F, 0x28}, {0x66, 0x0F, 0x28}, {0x66, 0x0F, 0x6F}, {0xF3, 0x0F, 0x6F}}) {
            assertThat(after(with(load, 0x0E))).containsExactly(M0, M1);
            assertThat(after(with(load, 0xCA))).containsExactly(B0, B1);
        }
        for (int[] store : new int[][] {{0x0F, 0x11}, {0x66, 0x0F, 0x11}, {0x0F, 0x29}, {0x66, 0x0F, 0x29}, {0x66, 0x0F, 0x7F}, {0xF3, 0x0F, 0x7F}}) {
            assertThat(memoryAfter(with(store, 0x16))).containsExactly(B0, B1);
            assertThat(after(with(store, 0xD1))).containsExactly(B0, B1);
        }
        assertThat(memoryAfter(0x0F, 0x2B, 0x16)).as("MOVNTPS").containsExactly(B0, B1);
        assertThat(memoryAfter(0x66, 0x0F, 0x2B, 0x16)).as("MOVNTPD").containsExactly(B0, B1);
        assertThat(memoryAfter(0x66, 0x0F, 0xE7, 0x16)).as("MOVNTDQ").containsExactly(B0, B1);
        assertThat(after(0xF2, 0x0F, 0xF0, 0x0E)).as("LDDQU").containsExactly(M0, M1);
        assertThat(after(0x66, 0x0F, 0x38, 0x2A, 0x0E)).as("MOVNTDQA").containsExactly(M0, M1);
    }

    private static int[] with(int[] opcode, int modrm) {
        int[] code = Arrays.copyOf(opcode, opcode.length + 1);
        code[opcode.length] = modrm;
        return code;
    }

    @Test
    void halfMovesTouchOneHalf() {
        assertThat(after(0x0F, 0x12, 0x0E)).as("MOVLPS load").containsExactly(M0, A1);
        assertThat(after(0x66, 0x0F, 0x12, 0x0E)).as("MOVLPD load").containsExactly(M0, A1);
        assertThat(after(0x0F, 0x16, 0x0E)).as("MOVHPS load").containsExactly(A0, M0);
        assertThat(after(0x66, 0x0F, 0x16, 0x0E)).as("MOVHPD load").containsExactly(A0, M0);
        assertThat(after(0x0F, 0x12, 0xCA)).as("MOVHLPS").containsExactly(B1, A1);
        assertThat(after(0x0F, 0x16, 0xCA)).as("MOVLHPS").containsExactly(A0, B0);
        assertThat(memoryAfter(0x0F, 0x13, 0x16)).as("MOVLPS store").containsExactly(B0, M1);
        assertThat(memoryAfter(0x0F, 0x17, 0x16)).as("MOVHPS store").containsExactly(B1, M1);
        assertThat(memoryAfter(0x66, 0x0F, 0x17, 0x16)).as("MOVHPD store").containsExactly(B1, M1);
        assertThat(memoryAfter(0xF3, 0x0F, 0x11, 0x16)).as("MOVSS store").containsExactly(0xA1A2A3A466666666L, M1);
        assertThat(memoryAfter(0xF2, 0x0F, 0x11, 0x16)).as("MOVSD store").containsExactly(B0, M1);
        assertThat(memoryAfter(0x66, 0x0F, 0x7E, 0x16)).as("MOVD store").containsExactly(0xA1A2A3A466666666L, M1);
        assertThat(memoryAfter(0x66, 0x0F, 0x3A, 0x14, 0x16, 5)).as("PEXTRB store").containsExactly(0xA1A2A3A4A5A6A755L, M1);
        assertThat(memoryAfter(0x66, 0x0F, 0x3A, 0x15, 0x16, 5)).as("PEXTRW store").containsExactly(0xA1A2A3A4A5A68888L, M1);
    }

    @Test
    void duplicatingMovesRepeatElements() {
        assertThat(after(0xF2, 0x0F, 0x12, 0x0E)).as("MOVDDUP load").containsExactly(M0, M0);
        assertThat(after(0xF2, 0x0F, 0x12, 0xCA)).as("MOVDDUP").containsExactly(B0, B0);
        assertThat(after(0xF3, 0x0F, 0x12, 0xCA)).as("MOVSLDUP").containsExactly(0x6666666666666666L, 0x8888888888888888L);
        assertThat(after(0xF3, 0x0F, 0x16, 0xCA)).as("MOVSHDUP").containsExactly(0x5555555555555555L, 0x7777777777777777L);
    }

    @Test
    void movesToGeneralRegistersZeroTheUpperHalf() {
        c.gpr(Cpu.RAX, -1);
        after(0x66, 0x0F, 0x7E, 0xD0);
        assertThat(c.gpr(Cpu.RAX)).as("MOVD eax, xmm2").isEqualTo(0x66666666L);
        c.gpr(Cpu.RAX, -1);
        after(0x66, 0x48, 0x0F, 0x7E, 0xD0);
        assertThat(c.gpr(Cpu.RAX)).as("MOVQ rax, xmm2").isEqualTo(B0);
        c.gpr(Cpu.RAX, -1);
        after(0x66, 0x0F, 0x3A, 0x14, 0xD0, 15);
        assertThat(c.gpr(Cpu.RAX)).as("PEXTRB eax, xmm2, 15").isEqualTo(0x77);
        c.gpr(Cpu.RAX, -1);
        after(0x66, 0x0F, 0xD7, 0xC2);
        assertThat(c.gpr(Cpu.RAX)).as("PMOVMSKB eax, xmm2").isEqualTo(0x0F00);
        c.gpr(Cpu.RAX, -1);
        after(0x66, 0x0F, 0x3A, 0x17, 0xD0, 3);
        assertThat(c.gpr(Cpu.RAX)).as("EXTRACTPS eax, xmm2, 3").isEqualTo(0x77777777L);
    }

    @Test
    void registersEightToFifteenNeedTheirPrefix() {
        c.xmm(30, 7);
        c.xmm(31, 8);
        assertThat(after(0x41, 0x0F, 0x28, 0xCF)).as("MOVAPS xmm1, xmm15").containsExactly(7, 8);
        after(0x44, 0x0F, 0x28, 0xFA);
        assertThat(new long[] {c.xmm(30), c.xmm(31)}).as("MOVAPS xmm15, xmm2").containsExactly(B0, B1);
    }

    @Test
    void maskedStoresWriteTheChosenBytes() {
        c.gpr(Cpu.RDI, Bare.DATA);
        c.xmm(2, 0x8000000000000080L);
        c.xmm(3, 0x0080000000000000L);
        bare.code(0x66, 0x0F, 0xF7, 0xD1).step();
        assertThat(bare.get64(Bare.DATA)).isEqualTo(0x55A2A3A4A5A6A766L);
        assertThat(bare.get64(Bare.DATA + 8)).isEqualTo(0xB177B3B4B5B6B7B8L);
        c.fpSignificand[2] = B0;
        c.fpSignificand[1] = 0x0000000000008000L;
        bare.code(0x0F, 0xF7, 0xD1).step();
        assertThat(bare.get64(Bare.DATA)).isEqualTo(0x55A2A3A4A5A66666L);
    }

    @Test
    void movesBetweenMmxAndXmm() {
        c.fpSignificand[2] = M0;
        assertThat(after(0xF3, 0x0F, 0xD6, 0xCA)).as("MOVQ2DQ xmm1, mm2").containsExactly(M0, 0);
        after(0xF2, 0x0F, 0xD6, 0xCA);
        assertThat(c.fpSignificand[1]).as("MOVDQ2Q mm1, xmm2").isEqualTo(B0);
        assertThat(c.fpSignExp[1]).isEqualTo(0xFFFF);
    }
}
