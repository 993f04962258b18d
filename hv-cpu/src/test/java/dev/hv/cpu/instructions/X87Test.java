package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The x87 register stack, its faults, pending exceptions and state images. */
class X87Test {

    private static final int IE = 1;
    private static final int ZE = 1 << 2;
    private static final int SF = 1 << 6;
    private static final int ES = 1 << 7 | 1 << 15;
    private static final int C1 = 1 << 9;
    private static final int TOP = 7 << 11;

    private final Bare bare = Bare.mode64();
    private final Cpu c = bare.c;

    @BeforeEach
    void initialise() {
        bare.code(0xDB, 0xE3).step(); // FNINIT
        c.gpr(Cpu.RSI, Bare.DATA);
    }

    @Test
    void numbersArePushedAndPopped() {
        bare.put64(Bare.DATA, Double.doubleToRawLongBits(2.5));
        bare.code(0xDD, 0x06).step(); // FLD m64
        bare.code(0xD9, 0xE8).step(); // FLD1
        assertThat(c.fsw & TOP).isEqualTo(6 << 11);
        bare.code(0xDE, 0xC1).step(); // FADDP
        assertThat(c.fsw & TOP).isEqualTo(7 << 11);
        bare.code(0xDD, 0x5E, 0x08).step(); // FSTP m64
        assertThat(bare.get64(Bare.DATA + 8)).isEqualTo(Double.doubleToRawLongBits(3.5));
        assertThat(c.fsw).isZero();
        assertThat(c.ftw).isEqualTo(0xFFFF);
    }

    @Test
    void theNinthNumberOverflowsTheStack() {
        for (int i = 0; i < 9; i++) {
            bare.code(0xD9, 0xE8).step();
        }
        assertThat(c.fsw).isEqualTo(7 << 11 | C1 | SF | IE);
        assertThat(c.fpSignExp[7]).isEqualTo(0xFFFF);
        assertThat(c.fpSignificand[7]).isEqualTo(3L << 62);
    }

    @Test
    void anEmptyRegisterUnderflowsTheStack() {
        bare.code(0xD9, 0xFA).step(); // FSQRT
        assertThat(c.fsw).isEqualTo(SF | IE);
        assertThat(c.fpSignificand[0]).isEqualTo(3L << 62);
    }

    @Test
    void anUnmaskedExceptionWaitsForTheNextInstruction() {
        c.fcw = 0x37F & ~ZE;
        bare.code(0xD9, 0xE8).step(); // FLD1
        bare.code(0xD9, 0xEE).step(); // FLDZ
        bare.code(0xDC, 0xF9).step(); // FDIV ST1, ST0: 1 / 0
        assertThat(c.fsw & (ES | 0x3F)).isEqualTo(ES | ZE);
        assertThat(c.fpSignificand[7]).as("left as it was").isEqualTo(Long.MIN_VALUE);
        assertThat(c.fpSignExp[7]).isEqualTo(0x3FFF);
        var f = catchThrowableOfType(GuestFault.class, () -> bare.code(0xD9, 0xE8).step());
        assertThat(f.vector).isEqualTo(Vector.MF);
        bare.code(0xDB, 0xE2).step(); // FNCLEX does not wait
        bare.code(0xD9, 0xE8).step();
        assertThat(c.fsw & ES).isZero();
    }

    @Test
    void theEnvironmentComesBack() {
        bare.code(0xD9, 0xE8).step();
        int top = c.fsw & TOP;
        c.fcw = 0x27F;
        bare.code(0xDD, 0x36).step(); // FNSAVE
        assertThat(c.ftw).isEqualTo(0xFFFF);
        assertThat(c.fcw).isEqualTo(0x37F);
        assertThat(bare.get64(Bare.DATA) & 0xFFFFFFFFL).isEqualTo(0xFFFF027FL);
        assertThat(bare.get64(Bare.DATA + 28)).as("ST0").isEqualTo(Long.MIN_VALUE);
        bare.code(0xDD, 0x26).step(); // FRSTOR
        assertThat(c.fcw).isEqualTo(0x27F);
        assertThat(c.fsw & TOP).isEqualTo(top);
        assertThat(c.fpSignExp[7]).isEqualTo(0x3FFF);
        assertThat(c.ftw).isEqualTo(0x3FFF);
    }

    @Test
    void constantsFollowTheRoundingControl() {
        bare.code(0xD9, 0xEB).step(); // FLDPI
        assertThat(c.fpSignificand[7]).isEqualTo(0xC90FDAA22168C235L);
        c.fcw |= 3 << 10;
        bare.code(0xD9, 0xEB).step();
        assertThat(c.fpSignificand[6]).isEqualTo(0xC90FDAA22168C234L);
    }
}
