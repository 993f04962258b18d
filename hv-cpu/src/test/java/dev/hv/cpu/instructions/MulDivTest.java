package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Multiplication and division against BigInteger. */
class MulDivTest {

    private static final int[] SIZES = {8, 16, 32, 64};
    private static final int DIVIDE_ERROR = 0;

    private final Random random = new Random(11);
    private final Bare b = Bare.mode64();

    private static BigInteger unsigned(long v, int size) {
        var r = BigInteger.valueOf(v).and(BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE));
        return r.mod(BigInteger.ONE.shiftLeft(size));
    }

    private static BigInteger signed(BigInteger v, int size) {
        return v.testBit(size - 1) ? v.subtract(BigInteger.ONE.shiftLeft(size)) : v;
    }

    private long value() {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextInt(4) - 2;
            case 1 -> 1L << random.nextInt(64);
            case 2 -> -(1L << random.nextInt(64));
            case 3 -> random.nextLong() >>> random.nextInt(64);
            default -> random.nextLong();
        };
    }

    /** The pair of registers that holds a double-size value: DX:AX and the like, AX for bytes. */
    private BigInteger pair(int size) {
        if (size == 8) {
            return unsigned(b.c.gpr(Cpu.RAX), 16);
        }
        return unsigned(b.c.gpr(Cpu.RDX), size).shiftLeft(size).or(unsigned(b.c.gpr(Cpu.RAX), size));
    }

    private void group3(int size, int digit) {
        int modrm = 0xC3 | digit << 3;
        switch (size) {
            case 8 -> b.code(0xF6, modrm);
            case 16 -> b.code(0x66, 0xF7, modrm);
            case 32 -> b.code(0xF7, modrm);
            default -> b.code(0x48, 0xF7, modrm);
        }
    }

    private String what(String name, int size) {
        return name + size + " rdx " + Long.toHexString(b.c.gpr(Cpu.RDX)) + " rax " + Long.toHexString(b.c.gpr(Cpu.RAX)) + " rbx " + Long.toHexString(b.c.gpr(Cpu.RBX));
    }

    private void operands() {
        b.c.gpr(Cpu.RAX, value());
        b.c.gpr(Cpu.RDX, random.nextInt(3) == 0 ? b.c.gpr(Cpu.RAX) >> 63 : value());
        b.c.gpr(Cpu.RBX, value());
    }

    @Test
    void productsFillTheDoubleSizePair() {
        for (int round = 0; round < 4000; round++) {
            int size = SIZES[random.nextInt(4)];
            boolean signed = random.nextBoolean();
            operands();
            BigInteger x = unsigned(b.c.gpr(Cpu.RAX), size);
            BigInteger y = unsigned(b.c.gpr(Cpu.RBX), size);
            BigInteger product = signed ? signed(x, size).multiply(signed(y, size)) : x.multiply(y);
            BigInteger low = product.mod(BigInteger.ONE.shiftLeft(size));
            boolean fits = (signed ? signed(low, size) : low).equals(product);
            String what = what(signed ? "IMUL" : "MUL", size);
            group3(size, signed ? 5 : 4);
            b.step();
            assertThat(pair(size)).as(what).isEqualTo(product.mod(BigInteger.ONE.shiftLeft(2 * size)));
            assertThat(Flags.cf(b.c)).as(what).isEqualTo(!fits);
            assertThat(Flags.of(b.c)).as(what).isEqualTo(!fits);
        }
    }

    @Test
    void quotientAndRemainderAreThoseOfTruncatingDivisionOrItIsADivideError() {
        int errors = 0;
        for (int round = 0; round < 12000; round++) {
            int size = SIZES[random.nextInt(4)];
            boolean signed = random.nextBoolean();
            operands();
            long rax = b.c.gpr(Cpu.RAX);
            long rdx = b.c.gpr(Cpu.RDX);
            BigInteger dividend = signed ? signed(pair(size), 2 * size) : pair(size);
            BigInteger divisor = unsigned(b.c.gpr(Cpu.RBX), size);
            divisor = signed ? signed(divisor, size) : divisor;
            String what = what(signed ? "IDIV" : "DIV", size);
            BigInteger[] q = divisor.signum() == 0 ? null : dividend.divideAndRemainder(divisor);
            boolean fits = q != null && (signed ? q[0].bitLength() < size : q[0].bitLength() <= size);
            group3(size, signed ? 7 : 6);
            if (!fits) {
                errors++;
                assertThat(b.fault()).as(what).isEqualTo(DIVIDE_ERROR);
                assertThat(b.c.gpr(Cpu.RAX)).as(what).isEqualTo(rax);
                assertThat(b.c.gpr(Cpu.RDX)).as(what).isEqualTo(rdx);
                continue;
            }
            b.step();
            BigInteger modulus = BigInteger.ONE.shiftLeft(size);
            BigInteger quotient = size == 8 ? unsigned(b.c.gpr(Cpu.RAX), 8) : unsigned(b.c.gpr(Cpu.RAX), size);
            BigInteger remainder = size == 8 ? unsigned(b.c.gpr(Cpu.RAX) >>> 8, 8) : unsigned(b.c.gpr(Cpu.RDX), size);
            assertThat(quotient).as(what).isEqualTo(q[0].mod(modulus));
            assertThat(remainder).as(what).isEqualTo(q[1].mod(modulus));
            if (size == 32) {
                assertThat(b.c.gpr(Cpu.RAX) >>> 32).as(what).isZero();
                assertThat(b.c.gpr(Cpu.RDX) >>> 32).as(what).isZero();
            }
        }
        assertThat(errors).isBetween(1000, 11000);
    }

    @Test
    void theMostNegativeQuotientFits() {
        b.c.gpr(Cpu.RDX, -1);
        b.c.gpr(Cpu.RAX, Long.MIN_VALUE);
        b.c.gpr(Cpu.RBX, 1);
        group3(64, 7);
        b.step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(Long.MIN_VALUE);
        assertThat(b.c.gpr(Cpu.RDX)).isZero();
    }

    @Test
    void theMostNegativeDividendByMinusOneIsADivideError() {
        b.c.gpr(Cpu.RDX, -1);
        b.c.gpr(Cpu.RAX, Long.MIN_VALUE);
        b.c.gpr(Cpu.RBX, -1);
        group3(64, 7);
        assertThat(b.fault()).isEqualTo(DIVIDE_ERROR);
        b.c.gpr(Cpu.RDX, 0x80000000L);
        b.c.gpr(Cpu.RAX, 0);
        group3(32, 7);
        assertThat(b.fault()).isEqualTo(DIVIDE_ERROR);
    }

    @Test
    void productsWithTwoAndThreeOperandsAreTruncated() {
        for (int round = 0; round < 3000; round++) {
            int size = SIZES[1 + random.nextInt(3)];
            boolean immediate = random.nextBoolean();
            operands();
            int imm = random.nextInt(256) - 128;
            BigInteger x = signed(unsigned(b.c.gpr(Cpu.RBX), size), size);
            BigInteger y = immediate ? BigInteger.valueOf(imm) : signed(unsigned(b.c.gpr(Cpu.RAX), size), size);
            BigInteger product = x.multiply(y);
            BigInteger low = product.mod(BigInteger.ONE.shiftLeft(size));
            String what = what("IMUL", size);
            int prefix = size == 16 ? 0x66 : size == 64 ? 0x48 : 0x3E;
            if (immediate) {
                b.code(prefix, 0x6B, 0xC3, imm & 0xFF);
            } else {
                b.code(prefix, 0x0F, 0xAF, 0xC3);
            }
            b.step();
            assertThat(unsigned(b.c.gpr(Cpu.RAX), size)).as(what).isEqualTo(low);
            assertThat(Flags.cf(b.c)).as(what).isEqualTo(!signed(low, size).equals(product));
            assertThat(Flags.of(b.c)).as(what).isEqualTo(Flags.cf(b.c));
        }
    }
}
