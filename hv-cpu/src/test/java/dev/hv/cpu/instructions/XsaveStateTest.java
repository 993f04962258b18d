package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Bare.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.ProtectionKeys;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** XSAVE and its kin, XCR0 (SDM vol. 1, chapter 13). */
class XsaveStateTest {

    private static final long XSTATE_BV = DATA + 512;
    private static final long XCOMP_BV = DATA + 520;
    private static final long AVX = DATA + 576;
    private static final long COMPACT = Long.MIN_VALUE;
    // ModRM and SIB say [RBX]
    private static final int[] XSAVE = {0x0F, 0xAE, 0x23};
    private static final int[] XSAVE64 = {0x48, 0x0F, 0xAE, 0x23};
    private static final int[] XRSTOR = {0x0F, 0xAE, 0x2B};
    private static final int[] XSAVEOPT = {0x0F, 0xAE, 0x33};
    private static final int[] XRSTORS = {0x0F, 0xC7, 0x1B};
    private static final int[] XSAVEC = {0x0F, 0xC7, 0x23};
    private static final int[] XSAVES = {0x0F, 0xC7, 0x2B};
    private static final int[] XGETBV = {0x0F, 0x01, 0xD0};
    private static final int[] XSETBV = {0x0F, 0x01, 0xD1};

    private final Bare bare = Bare.mode64();
    private final Cpu c = bare.c;

    @BeforeEach
    void enable() {
        c.cr4 |= Control.CR4_OSXSAVE;
        c.xcr0 = 7;
        Modes.update(c);
        c.gpr(Cpu.RBX, DATA);
        ask(7);
        c.fcw = 0x37F;
        c.ftw = 0xFFFF;
    }

    private void ask(long components) {
        c.gpr(Cpu.RAX, components & 0xFFFFFFFFL);
        c.gpr(Cpu.RDX, components >>> 32);
    }

    private void run(int... code) {
        bare.code(code).step();
    }

    private int fault(int... code) {
        return bare.code(code).fault();
    }

    private void fill() {
        for (int i = 0; i < 32; i++) {
            c.xmm(i, 0x1111L * (i + 1));
            c.ymmHigh(i, 0x2222_0000L * (i + 1));
        }
        c.fpSignificand[3] = 0x8000_0000_0000_0001L;
        c.fpSignExp[3] = 0x3FFF;
        c.ftw = 0xFF3F;
        c.mxcsr(0x1FBF);
    }

    private void forget() {
        for (int i = 0; i < 32; i++) {
            c.xmm(i, -1);
            c.ymmHigh(i, -1);
        }
        c.fpSignificand[3] = 0;
        c.fpSignExp[3] = 0;
        c.ftw = 0;
        c.mxcsr(0x1F80);
    }

    private void isFilled() {
        for (int i = 0; i < 32; i++) {
            assertThat(c.xmm(i)).isEqualTo(0x1111L * (i + 1));
            assertThat(c.ymmHigh(i)).isEqualTo(0x2222_0000L * (i + 1));
        }
        assertThat(c.fpSignificand[3]).isEqualTo(0x8000_0000_0000_0001L);
        assertThat(c.ftw).isEqualTo(0xFF3F);
        assertThat(c.mxcsr()).isEqualTo(0x1FBF);
    }

    @Test
    void whatIsSavedComesBackFromEitherFormat() {
        for (int[][] pair : new int[][][] {{XSAVE, XRSTOR}, {XSAVE64, XRSTOR}, {XSAVEOPT, XRSTOR}, {XSAVEC, XRSTOR}, {XSAVES, XRSTORS}}) {
            for (long a = DATA; a < DATA + 1024; a += 8) {
                bare.put64(a, 0);
            }
            fill();
            run(pair[0]);
            forget();
            run(pair[1]);
            isFilled();
        }
    }

    @Test
    void onlyComponentsAskedForAndEnabledAreWritten() {
        fill();
        ask(6);
        c.xcr0 = 3;
        bare.put64(DATA, 0x5555);
        bare.put64(XSTATE_BV, 5);
        bare.put64(AVX, 0x77);
        run(XSAVE);
        assertThat(bare.get64(DATA)).as("x87 was not asked for").isEqualTo(0x5555);
        assertThat(bare.get64(AVX)).as("AVX is not enabled").isEqualTo(0x77);
        assertThat(bare.get64(DATA + 160)).isEqualTo(0x1111);
        assertThat(bare.get64(XSTATE_BV)).as("the other bits stay").isEqualTo(7);
    }

    @Test
    void componentsAsAfterInitialisationAreNotWrittenByTheOptimisedForms() {
        for (int[] code : new int[][] {XSAVEOPT, XSAVEC, XSAVES}) {
            bare.put64(XSTATE_BV, 7);
            bare.put64(XCOMP_BV, 0);
            bare.put64(DATA + 160, 0x99);
            bare.put64(AVX, 0x99);
            c.ymmHigh(5, 1);
            run(code);
            assertThat(bare.get64(XSTATE_BV)).isEqualTo(4);
            assertThat(bare.get64(DATA + 160)).isEqualTo(0x99);
            assertThat(bare.get64(AVX + 40)).isEqualTo(1);
            assertThat(bare.get64(AVX)).isZero();
        }
        assertThat(bare.get64(XCOMP_BV)).isEqualTo(COMPACT | 7);
        c.mxcsr(0x1FA0);
        run(XSAVEC);
        assertThat(bare.get64(XSTATE_BV)).as("MXCSR is in the SSE component").isEqualTo(6);
    }

    @Test
    void absentComponentsAreInitialised() {
        fill();
        c.xmm(0, 0);
        bare.put64(DATA + 24, 0x1F80);
        run(XRSTOR);
        assertThat(c.xmm(5) | c.ymmHigh(7) | c.fpSignificand[3]).isZero();
        assertThat(c.ftw).isEqualTo(0xFFFF);
        assertThat(c.fcw).isEqualTo(0x37F);
    }

    @Test
    void mxcsrComesByTheFormat() {
        bare.put64(DATA + 24, 0x1FC0);
        ask(4);
        run(XRSTOR);
        assertThat(c.mxcsr()).as("in the standard format for AVX alone, too").isEqualTo(0x1FC0);
        c.mxcsr(0x1FA0);
        bare.put64(XCOMP_BV, COMPACT | 7);
        run(XRSTOR);
        assertThat(c.mxcsr()).as("not in the compacted one").isEqualTo(0x1FA0);
        ask(2);
        run(XRSTOR);
        assertThat(c.mxcsr()).as("where an absent SSE component has the initial one").isEqualTo(0x1F80);
    }

    @ParameterizedTest
    @CsvSource({"8, 0, 0", "0, 1, 0", "0, 0, 1", "0, -9223372036854775800, 0", "4, -9223372036854775806, 0", "0, -9223372036854775807, 1"})
    void badHeadersAreGeneralProtection(long present, long format, long reserved) {
        bare.put64(DATA + 24, 0x1F80);
        bare.put64(XSTATE_BV, present);
        bare.put64(XCOMP_BV, format);
        bare.put64(DATA + 528, reserved);
        assertThat(fault(XRSTOR)).isEqualTo(Vector.GP);
    }

    @Test
    void reservedBitsOfMxcsrAreGeneralProtectionAndNothingChanges() {
        fill();
        bare.put64(DATA + 24, 0x1_0000_0000L);
        bare.put64(DATA + 24, 0x8001_0000L);
        assertThat(fault(XRSTOR)).isEqualTo(Vector.GP);
        isFilled();
        assertThat(fault(XRSTORS)).as("compacted alone").isEqualTo(Vector.GP);
    }

    @Test
    void wholeAreasMustBeThere() {
        long end = DATA + 4096 - 576;
        bare.unmap(DATA + 4096);
        c.gpr(Cpu.RBX, end);
        fill();
        assertThat(fault(XSAVE)).isEqualTo(Vector.PF);
        assertThat(bare.get64(end)).isZero();
        ask(3);
        run(XSAVE);
        assertThat(bare.get64(end + 512)).isEqualTo(3);
    }

    @Test
    void theirConditionsAreChecked() {
        c.gpr(Cpu.RBX, DATA + 32);
        for (int[] code : new int[][] {XSAVE, XRSTOR, XSAVEOPT, XSAVEC, XSAVES, XRSTORS}) {
            assertThat(fault(code)).as("alignment").isEqualTo(Vector.GP);
        }
        c.gpr(Cpu.RBX, DATA);
        c.cr0 |= Control.CR0_TS;
        Modes.update(c);
        assertThat(fault(XSAVE)).isEqualTo(Vector.NM);
        c.cr4 &= ~Control.CR4_OSXSAVE;
        Modes.update(c);
        for (int[] code : new int[][] {XSAVE, XRSTOR, XSAVEOPT, XSAVEC, XSAVES, XRSTORS, XGETBV, XSETBV}) {
            assertThat(fault(code)).isEqualTo(Vector.UD);
        }
        Bare old = Bare.mode64(CpuModels.parse("x86-64-v2"));
        assertThat(old.code(XSAVE).fault()).isEqualTo(Vector.UD);
        Bare plain = Bare.mode64(CpuModels.parse("x86-64-v3"));
        plain.c.cr4 |= Control.CR4_OSXSAVE;
        for (int[] code : new int[][] {XSAVEOPT, XSAVEC, XSAVES, XRSTORS}) {
            assertThat(plain.code(code).fault()).isEqualTo(Vector.UD);
        }
    }

    @Test
    void supervisorFormsNeedPrivilege() {
        bare.openToUser();
        c.cpl = 3;
        Modes.update(c);
        assertThat(fault(XSAVES)).isEqualTo(Vector.GP);
        assertThat(fault(XRSTORS)).isEqualTo(Vector.GP);
        c.gpr(Cpu.RCX, 0);
        assertThat(fault(XSETBV)).isEqualTo(Vector.GP);
        run(XGETBV);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2, 4, 5, 6, 8, 15, 0x1_0000_0007L})
    void registersOfStateThatCannotBeAreRefused(long value) {
        c.gpr(Cpu.RCX, 0);
        ask(value);
        assertThat(fault(XSETBV)).isEqualTo(Vector.GP);
        assertThat(c.xcr0).isEqualTo(7);
    }

    @Test
    void vectorsUnderVexNeedTheirStateEnabled() {
        // VADDPS ymm0, ymm0, ymm0
        int[] add = {0xC5, 0xFC, 0x58, 0xC0};
        run(add);
        for (long state : new long[] {1, 3}) {
            ask(state);
            c.gpr(Cpu.RCX, 0);
            run(XSETBV);
            assertThat(fault(add)).isEqualTo(Vector.UD);
        }
        ask(7);
        run(XSETBV);
        run(add);
        c.cr0 |= Control.CR0_TS;
        Modes.update(c);
        assertThat(fault(add)).isEqualTo(Vector.NM);
        // ANDN is no vector instruction
        run(0xC4, 0xE2, 0x78, 0xF2, 0xC1);
    }

    @Test
    void xgetbvSaysWhatIsInUse() {
        c.gpr(Cpu.RCX, 1);
        run(XGETBV);
        assertThat(c.gpr(Cpu.RAX)).isZero();
        c.ymmHigh(31, 1);
        run(XGETBV);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(4);
        c.gpr(Cpu.RCX, 2);
        assertThat(fault(XGETBV)).isEqualTo(Vector.GP);
    }

    @Test
    void cpuidSaysSizesByWhatIsEnabled() {
        int[] out = new int[4];
        c.xcr0 = 3;
        Cpuid.leaf(c, 0xD, 0, out);
        assertThat(out).containsExactly(7 | 1 << 9, 576, 840, 0);
        Cpuid.leaf(c, 0xD, 1, out);
        assertThat(out).containsExactly(15, 576, 0, 0);
        c.xcr0 = 7;
        Cpuid.leaf(c, 0xD, 1, out);
        assertThat(out[1]).isEqualTo(832);
        Cpuid.leaf(c, 0xD, 2, out);
        assertThat(out).containsExactly(256, 576, 0, 0);
        Cpuid.leaf(c, 0xD, 3, out);
        assertThat(out).containsExactly(0, 0, 0, 0);
    }

    @Test
    void pkruIsAComponentAtItsPlaceInEitherFormat() {
        c.xcr0 = 7 | 1 << 9;
        ProtectionKeys.pkru(c, 0x12345678);
        c.ymmHigh(0, 5);
        ask(1 << 9 | 7);
        run(XSAVE);
        assertThat(bare.get64(XSTATE_BV)).isEqualTo(1 << 9 | 4);
        assertThat(bare.get64(DATA + 832)).isEqualTo(0x12345678);
        ProtectionKeys.pkru(c, 0);
        run(XRSTOR);
        assertThat(c.pkru()).isEqualTo(0x12345678);
        ask(1 << 9);
        run(XSAVEC);
        assertThat(bare.get64(XCOMP_BV)).isEqualTo(COMPACT | 1 << 9);
        assertThat(bare.get64(AVX)).isEqualTo(0x12345678);
        ProtectionKeys.pkru(c, -1);
        run(XRSTOR);
        assertThat(c.pkru()).isEqualTo(0x12345678);
        bare.put64(XSTATE_BV, 0);
        run(XRSTOR);
        assertThat(c.pkru()).isZero();
    }
}
