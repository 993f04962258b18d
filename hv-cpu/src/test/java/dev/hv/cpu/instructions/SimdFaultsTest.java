package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults of MMX and SSE instructions: which, in which order, and that nothing has changed when they come. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SimdFaultsTest {

    private static final long PAGE = Bare.DATA + 0x1000;
    private static final long KEPT = 0x0123456789ABCDEFL;

    private final Bare bare = Bare.mode64();
    private final Cpu c = bare.c;
    private final long cr0 = c.cr0;
    private final long cr4 = c.cr4;

    @BeforeEach
    void memoryAndControlRegisters() {
        bare.map(PAGE, PAGE, true);
        c.cr0 = cr0;
        c.cr4 = cr4;
        Modes.update(c);
    }

    private static int[] code(int... bytes) {
        return bytes;
    }

    /** Loads and arithmetic with an unaligned 128-bit operand at RSI. */
    static Stream<int[]> unalignedLoads() {
        return Stream.of(code(0x0F, 0x10, 0x0E), code(0x66, 0x0F, 0x10, 0x0E), code(0xF3, 0x0F, 0x6F, 0x0E), code(0xF2, 0x0F, 0xF0, 0x0E),
                code(0x66, 0x0F, 0x3A, 0x62, 0x0E, 0));
    }

    /** Stores of 128 bits to RSI without alignment. */
    static Stream<int[]> unalignedStores() {
        return Stream.of(code(0x0F, 0x11, 0x0E), code(0x66, 0x0F, 0x11, 0x0E), code(0xF3, 0x0F, 0x7F, 0x0E));
    }

    /** Instructions whose 128-bit operand at RSI must be aligned; the rare form among them. */
    static Stream<int[]> aligned() {
        return Stream.of(code(0x0F, 0x28, 0x0E), code(0x66, 0x0F, 0x28, 0x0E), code(0x66, 0x0F, 0x6F, 0x0E), code(0x66, 0x0F, 0xFC, 0x0E), code(0x0F, 0x57, 0x0E),
                code(0x66, 0x0F, 0x60, 0x0E), code(0x66, 0x0F, 0xD1, 0x0E), code(0x66, 0x0F, 0x63, 0x0E), code(0x66, 0x0F, 0x38, 0x1C, 0x0E),
                code(0x66, 0x0F, 0x38, 0x2A, 0x0E), code(0x66, 0x0F, 0x3A, 0x0E, 0x0E, 1), code(0x66, 0x0F, 0x38, 0x17, 0x0E), code(0x0F, 0x29, 0x0E),
                code(0x66, 0x0F, 0x29, 0x0E), code(0x66, 0x0F, 0x7F, 0x0E), code(0x0F, 0x2B, 0x0E), code(0x66, 0x0F, 0xE7, 0x0E));
    }

    private void operands(long address) {
        for (int i = 0; i < 32; i++) {
            c.xmm(i, KEPT + i);
        }
        c.gpr(Cpu.RSI, address);
        c.gpr(Cpu.RCX, 0x77);
    }

    private void unchanged() {
        for (int i = 0; i < 32; i++) {
            assertThat(c.xmm(i)).as("xmm half %d", i).isEqualTo(KEPT + i);
        }
        assertThat(c.gpr(Cpu.RCX)).isEqualTo(0x77);
        assertThat(c.rip).isEqualTo(Bare.CODE);
    }

    @ParameterizedTest
    @MethodSource("aligned")
    void misalignedOperandsAreGeneralProtectionFaults(int[] bytes) {
        for (int off : new int[] {1, 4, 8, 15}) {
            operands(Bare.DATA + off);
            bare.put64(Bare.DATA + 8, KEPT);
            assertThat(bare.code(bytes).fault()).isEqualTo(Vector.GP);
            unchanged();
            assertThat(bare.get64(Bare.DATA + 8)).isEqualTo(KEPT);
        }
    }

    @ParameterizedTest
    @MethodSource("aligned")
    void alignedOperandsAreFine(int[] bytes) {
        operands(Bare.DATA + 16);
        bare.code(bytes).step();
        assertThat(c.rip).isEqualTo(Bare.CODE + bytes.length);
    }

    @ParameterizedTest
    @MethodSource("unalignedLoads")
    void aLoadThatStraddlesAnUnmappedPageChangesNothing(int[] bytes) {
        bare.unmap(PAGE);
        for (int off : new int[] {1, 7, 8, 9, 15}) {
            operands(PAGE - 16 + off);
            assertThat(bare.code(bytes).fault()).isEqualTo(Vector.PF);
            assertThat(c.pageFaultAddress).isEqualTo(PAGE);
            unchanged();
        }
    }

    @ParameterizedTest
    @MethodSource("unalignedLoads")
    void aLoadThatBeginsInAnUnmappedPageFaultsAtItsFirstByte(int[] bytes) {
        bare.unmap(PAGE);
        for (int off : new int[] {1, 8, 15}) {
            operands(PAGE + 0x1000 - off);
            assertThat(bare.code(bytes).fault()).isEqualTo(Vector.PF);
            assertThat(c.pageFaultAddress).isEqualTo(PAGE + 0x1000 - off);
            unchanged();
        }
    }

    @ParameterizedTest
    @MethodSource("unalignedStores")
    void aStoreThatStraddlesAnUnmappedPageWritesNothing(int[] bytes) {
        bare.unmap(PAGE);
        storesFault(bytes);
    }

    @ParameterizedTest
    @MethodSource("unalignedStores")
    void aStoreThatStraddlesAReadOnlyPageWritesNothing(int[] bytes) {
        bare.map(PAGE, PAGE, false);
        storesFault(bytes);
    }

    private void storesFault(int[] bytes) {
        for (int off : new int[] {1, 7, 8, 9, 15}) {
            bare.put64(PAGE - 16, KEPT);
            bare.put64(PAGE - 8, KEPT);
            bare.put64(PAGE, KEPT);
            // on the way in the first page has no translation cached, on the next rounds it has
            operands(PAGE - 16 + off);
            assertThat(bare.code(bytes).fault()).isEqualTo(Vector.PF);
            assertThat(c.pageFaultAddress).isEqualTo(PAGE);
            unchanged();
            assertThat(bare.get64(PAGE - 16)).isEqualTo(KEPT);
            assertThat(bare.get64(PAGE - 8)).isEqualTo(KEPT);
            assertThat(bare.get64(PAGE)).isEqualTo(KEPT);
        }
    }

    @ParameterizedTest
    @MethodSource("unalignedStores")
    void aStoreAcrossTwoPagesWritesBoth(int[] bytes) {
        bare.map(PAGE, PAGE + 0x8000, true);
        for (int off = 1; off < 16; off++) {
            operands(PAGE - 16 + off);
            bare.code(bytes).step();
            for (int i = 0; i < 16; i++) {
                long at = PAGE - 16 + off + i;
                int expected = (int) (c.xmm(2 + i / 8) >>> 8 * (i % 8)) & 0xFF;
                assertThat(bare.get8(at < PAGE ? at : at + 0x8000)).as("%d + %d", off, i).isEqualTo(expected);
            }
        }
    }

    @Test
    void addressesThatAreNotCanonicalFaultEvenInTheLastByte() {
        operands(0x0000_7FFF_FFFF_FFF8L);
        assertThat(bare.code(0x0F, 0x11, 0x0E).fault()).isEqualTo(Vector.GP);
        unchanged();
        operands(0x8000_0000_0000_0000L);
        assertThat(bare.code(0x0F, 0x28, 0x0E).fault()).isEqualTo(Vector.GP);
        unchanged();
    }

    @Test
    void storesUnderMasksFaultForTheWholeOperandAndKeepAllOfIt() {
        bare.unmap(PAGE);
        operands(0);
        c.gpr(Cpu.RDI, PAGE - 8);
        bare.put64(PAGE - 8, KEPT);
        c.xmm(2, -1);
        // whether bytes beyond the page are chosen or not
        for (int upper : new int[] {0, 0x80}) {
            c.xmm(3, upper);
            assertThat(bare.code(0x66, 0x0F, 0xF7, 0xD1).fault()).isEqualTo(Vector.PF);
            assertThat(c.pageFaultAddress).isEqualTo(PAGE);
            assertThat(bare.get64(PAGE - 8)).isEqualTo(KEPT);
        }
        c.gpr(Cpu.RDI, PAGE - 16);
        bare.put64(PAGE - 16, 0);
        c.xmm(3, 0);
        bare.code(0x66, 0x0F, 0xF7, 0xD1).step();
        assertThat(bare.get64(PAGE - 16)).isEqualTo(c.xmm(4));
        assertThat(bare.get64(PAGE - 8)).isEqualTo(KEPT);
    }

    @Test
    void availabilityFollowsTheControlRegisters() {
        int[] sse = code(0x66, 0x0F, 0xFC, 0xCA);
        int[] mmx = code(0x0F, 0xFC, 0xCA);
        int[] fence = code(0x0F, 0xAE, 0xE8);
        expect(cr0, cr4 & ~Control.CR4_OSFXSR, sse, Vector.UD);
        expect(cr0, cr4 & ~Control.CR4_OSFXSR, mmx, -1);
        expect(cr0, cr4 & ~Control.CR4_OSFXSR, code(0xF2, 0x0F, 0xD6, 0xCA), Vector.UD);
        expect(cr0 | Control.CR0_EM, cr4, sse, Vector.UD);
        expect(cr0 | Control.CR0_EM, cr4, mmx, Vector.UD);
        expect(cr0 | Control.CR0_EM | Control.CR0_TS, cr4, mmx, Vector.UD);
        expect(cr0 | Control.CR0_TS, cr4, sse, Vector.NM);
        expect(cr0 | Control.CR0_TS, cr4, mmx, Vector.NM);
        expect(cr0 | Control.CR0_TS, cr4, code(0x0F, 0x77), Vector.NM);
        expect(cr0 | Control.CR0_TS | Control.CR0_EM, cr4 & ~Control.CR4_OSFXSR, fence, -1);
    }

    private void expect(long cr0, long cr4, int[] bytes, int vector) {
        c.cr0 = cr0;
        c.cr4 = cr4;
        Modes.update(c);
        bare.code(bytes);
        if (vector < 0) {
            bare.step();
            assertThat(c.rip).isEqualTo(Bare.CODE + bytes.length);
        } else {
            assertThat(bare.fault()).isEqualTo(vector);
            assertThat(c.rip).isEqualTo(Bare.CODE);
        }
    }

    @Test
    void encodingsThatDoNotExistAreInvalid() {
        operands(Bare.DATA);
        for (int[] bytes : new int[][] {
            code(0xC5, 0xF8, 0x10, 0xC1), // VMOVUPS
            code(0xC4, 0xE2, 0x79, 0x00, 0xC1), // VPSHUFB
            code(0x62, 0xF1, 0x7C, 0x48, 0x10, 0xC1), // VMOVUPS zmm
            code(0x66, 0x0F, 0x16, 0xCA), // MOVHPD between registers
            code(0x66, 0x0F, 0x12, 0xCA), // MOVLPD between registers
            code(0x0F, 0x13, 0xCA), // MOVLPS to a register
            code(0x0F, 0x2B, 0xCA), // MOVNTPS to a register
            code(0x0F, 0xE7, 0xCA), // MOVNTQ to a register
            code(0x0F, 0x50, 0x0E), // MOVMSKPS of memory
            code(0x0F, 0xF7, 0x0E), // MASKMOVQ of memory
            code(0xF2, 0x0F, 0xF0, 0xCA), // LDDQU of a register
            code(0x66, 0x0F, 0x71, 0x16, 1), // PSRLW of memory
            code(0x66, 0x0F, 0x71, 0xC1, 1), // group 12, /0
            code(0x0F, 0x73, 0xD9, 1), // PSRLDQ of an MMX register
            code(0x0F, 0x6C, 0xCA), // PUNPCKLQDQ of MMX registers
            code(0xF3, 0x0F, 0xFC, 0xCA), // PADDB with F3
            code(0x0F, 0x38, 0x10, 0xCA), // PBLENDVB without 66
            code(0xF0, 0x0F, 0xFC, 0x0E), // LOCK PADDB
            code(0xF0, 0x66, 0x0F, 0x7F, 0x0E)}) { // LOCK MOVDQA
            assertThat(bare.code(bytes).fault()).as(HexFormat.of().withDelimiter(" ").formatHex(asBytes(bytes))).isEqualTo(Vector.UD);
            unchanged();
        }
    }

    private static byte[] asBytes(int[] v) {
        byte[] b = new byte[v.length];
        for (int i = 0; i < v.length; i++) {
            b[i] = (byte) v[i];
        }
        return b;
    }
}
