package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What SSE floating-point instructions do with MXCSR, their destination and EFLAGS. */
class SseFpTest {

    private static final long ONE = 0x3FF0000000000000L;
    private static final long THREE = 0x4008000000000000L;
    private static final int DEFAULT = 0x1F80;

    private final Bare bare = Bare.mode64();
    private final Cpu c = bare.c;

    @BeforeEach
    void registers() {
        c.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT;
        dev.hv.cpu.state.Modes.update(c);
        c.mxcsr(DEFAULT);
        c.xmm(0, ONE);
        c.xmm(1, 0x1122334455667788L);
        c.xmm(2, THREE);
        c.xmm(3, 0);
    }

    @Test
    void aMaskedExceptionLeavesItsFlag() {
        bare.code(0xF2, 0x0F, 0x5E, 0xC1).step(); // DIVSD xmm0, xmm1
        assertThat(Double.longBitsToDouble(c.xmm(0))).isEqualTo(1.0 / 3);
        assertThat(c.xmm(1)).as("upper half").isEqualTo(0x1122334455667788L);
        assertThat(c.mxcsr()).isEqualTo(DEFAULT | 1 << 5);
    }

    @Test
    void anUnmaskedExceptionWritesNothing() {
        c.mxcsr(DEFAULT & ~(1 << 9)); // divide by zero
        c.xmm(1, ONE);
        var f = catchThrowableOfType(GuestFault.class, () -> bare.code(0x66, 0x0F, 0x5E, 0xC1).step()); // DIVPD
        assertThat(f.vector).isEqualTo(Vector.XM);
        assertThat(c.xmm(0)).isEqualTo(ONE);
        assertThat(c.xmm(1)).isEqualTo(ONE);
        assertThat(c.mxcsr() & 0x3F).as("the other element's inexact result was not computed").isEqualTo(1 << 2);
    }

    @Test
    void withoutOsxmmexcptItIsAnInvalidOpcode() {
        c.cr4 &= ~Control.CR4_OSXMMEXCPT;
        c.mxcsr(0);
        var f = catchThrowableOfType(GuestFault.class, () -> bare.code(0xF2, 0x0F, 0x5E, 0xC1).step());
        assertThat(f.vector).isEqualTo(Vector.UD);
    }

    @Test
    void comisdSetsTheFlagsOfAnUnsignedComparison() {
        bare.code(0x66, 0x0F, 0x2F, 0xC1).step();
        assertThat(c.rflags() & Rflags.ARITHMETIC).isEqualTo(Rflags.CF);
        c.xmm(2, ONE);
        bare.code(0x66, 0x0F, 0x2F, 0xC1).step();
        assertThat(c.rflags() & Rflags.ARITHMETIC).isEqualTo(Rflags.ZF);
        c.xmm(2, 0x7FF8000000000000L);
        bare.code(0x66, 0x0F, 0x2E, 0xC1).step();
        assertThat(c.rflags() & Rflags.ARITHMETIC).isEqualTo(Rflags.ZF | Rflags.PF | Rflags.CF);
        assertThat(c.mxcsr()).as("UCOMISD takes quiet NaNs").isEqualTo(DEFAULT);
    }

    @Test
    void conversionsToGeneralRegistersZeroTheUpperHalf() {
        c.xmm(0, Double.doubleToRawLongBits(-2.5));
        c.gpr(Cpu.RAX, -1);
        bare.code(0xF2, 0x0F, 0x2D, 0xC0).step(); // CVTSD2SI eax, xmm0
        assertThat(c.gpr(Cpu.RAX)).as("to even").isEqualTo(0xFFFFFFFEL);
        bare.code(0xF2, 0x48, 0x0F, 0x2C, 0xC0).step(); // CVTTSD2SI rax, xmm0
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(-2);
    }
}
