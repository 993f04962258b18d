package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What MMX instructions do to the x87 state they live in. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MmxTest {

    private static final int TOP5 = 5 << 11;
    private static final int EMPTY = 0xFFFF;

    private final Bare bare = Bare.mode64();
    private final Cpu c = bare.c;

    @BeforeEach
    void floatingPointState() {
        c.fsw = TOP5 | 0x4700;
        c.ftw = EMPTY;
        for (int i = 0; i < 8; i++) {
            c.fpSignificand[i] = 0x0101010101010101L * i;
            c.fpSignExp[i] = 0x4000 + i;
        }
        c.gpr(Cpu.RSI, Bare.DATA);
        bare.map(Bare.DATA + 0x1000, Bare.DATA + 0x1000, true);
        bare.put64(Bare.DATA, 0x1020304050607080L);
    }

    @Test
    void anInstructionMakesAllRegistersValidAndTopZero() {
        bare.code(0x0F, 0xFC, 0xCA).step();
        assertThat(c.fpSignificand[1]).isEqualTo(0x0303030303030303L);
        assertThat(c.fpSignExp[1]).as("exponent of the register written").isEqualTo(0xFFFF);
        assertThat(c.fpSignExp[2]).as("exponent of the register read").isEqualTo(0x4002);
        assertThat(c.fsw).as("TOP, condition codes kept").isEqualTo(0x4700);
        assertThat(c.ftw).isZero();
    }

    @Test
    void readingARegisterEntersMmxStateToo() {
        for (int[] bytes : new int[][] {
            {0x0F, 0x7F, 0x0E}, // MOVQ [rsi], mm1
            {0x0F, 0x7E, 0x0E}, // MOVD [rsi], mm1
            {0x0F, 0xE7, 0x0E}, // MOVNTQ
            {0x0F, 0xD7, 0xC1}, // PMOVMSKB eax, mm1
            {0x0F, 0xC5, 0xC1, 0}, // PEXTRW eax, mm1, 0
            {0xF3, 0x0F, 0xD6, 0xC1}, // MOVQ2DQ xmm0, mm1
            {0x0F, 0xF7, 0xC1}}) { // MASKMOVQ mm0, mm1
            floatingPointState();
            bare.code(bytes).step();
            assertThat(c.fsw).isEqualTo(0x4700);
            assertThat(c.ftw).isZero();
            assertThat(c.fpSignExp[1]).isEqualTo(0x4001);
        }
    }

    @Test
    void emmsEmptiesAllRegisters() {
        c.ftw = 0;
        bare.code(0x0F, 0x77).step();
        assertThat(c.ftw).isEqualTo(EMPTY);
        assertThat(c.fpSignificand[3]).isEqualTo(0x0303030303030303L);
    }

    @Test
    void aPendingFloatingPointFaultComesBeforeTheMemoryOperand() {
        c.fsw |= 0x80;
        c.gpr(Cpu.RSI, 0x4000_0000L);
        for (int[] bytes : new int[][] {{0x0F, 0xFC, 0x0E}, {0x0F, 0x6F, 0x0E}, {0x0F, 0x7F, 0x0E}, {0x0F, 0x77}, {0x0F, 0xF7, 0xC1}}) {
            assertThat(bare.code(bytes).fault()).isEqualTo(Vector.MF);
            assertThat(c.ftw).isEqualTo(EMPTY);
        }
    }

    @Test
    void aFaultInTheMemoryOperandLeavesTheFloatingPointState() {
        c.gpr(Cpu.RSI, 0x4000_0000L);
        for (int[] bytes : new int[][] {{0x0F, 0xFC, 0x0E}, {0x0F, 0x6F, 0x0E}, {0x0F, 0x60, 0x0E}}) {
            assertThat(bare.code(bytes).fault()).isEqualTo(Vector.PF);
            assertThat(c.ftw).isEqualTo(EMPTY);
            assertThat(c.fsw).isEqualTo(TOP5 | 0x4700);
            assertThat(c.fpSignificand[1]).isEqualTo(0x0101010101010101L);
        }
        // of stores, Intel's processors have set TOP to 0 by then
        for (int[] bytes : new int[][] {{0x0F, 0x7F, 0x0E}, {0x0F, 0x7E, 0x0E}}) {
            c.fsw = TOP5 | 0x4700;
            assertThat(bare.code(bytes).fault()).isEqualTo(Vector.PF);
            assertThat(c.ftw).isEqualTo(EMPTY);
            assertThat(c.fsw).isEqualTo(0x4700);
            assertThat(c.fpSignificand[1]).isEqualTo(0x0101010101010101L);
        }
    }

    @Test
    void memoryOperandsNeedNoAlignmentAndTheirOwnSize() {
        c.gpr(Cpu.RSI, Bare.DATA + 0x1000 - 4);
        bare.unmap(Bare.DATA + 0x1000);
        bare.code(0x0F, 0x60, 0x0E).step(); // PUNPCKLBW mm1, m32
        assertThat(c.ftw).isZero();
        assertThat(bare.code(0x0F, 0x68, 0x0E).fault()).as("PUNPCKHBW mm1, m64").isEqualTo(Vector.PF);
        assertThat(bare.code(0x0F, 0xD1, 0x0E).fault()).as("PSRLW mm1, m64").isEqualTo(Vector.PF);
    }

    @Test
    void registerNumbersIgnoreRex() {
        bare.code(0x45, 0x0F, 0x6F, 0xCA).step();
        assertThat(c.fpSignificand[1]).isEqualTo(0x0202020202020202L);
    }
}
