package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Addition, subtraction and logic: results and all six flags from exact integer arithmetic, in every operand form. */
class AluTest {

    private static final String[] NAMES = {"ADD", "OR", "ADC", "SBB", "AND", "SUB", "XOR", "CMP"};
    private static final int[] SIZES = {8, 16, 32, 64};
    private static final long MEMORY = Bare.DATA + 0x40;

    private final Random random = new Random(17);
    private final Bare b = Bare.mode64();

    private long value(int size) {
        long v = switch (random.nextInt(5)) {
            case 0 -> random.nextInt(5) - 2;
            case 1 -> 1L << size - 1;
            case 2 -> (1L << size - 1) - 1;
            default -> random.nextLong();
        };
        return size == 64 ? v : v & (1L << size) - 1;
    }

    private static BigInteger unsigned(long v) {
        return new BigInteger(Long.toUnsignedString(v));
    }

    private static BigInteger signed(long v, int size) {
        return BigInteger.valueOf(v << 64 - size >> 64 - size);
    }

    /** Result and flags as the manual defines them; null result for CMP means that nothing is stored. */
    private record Expected(long result, String flags) {

        static Expected of(int op, int size, long a, long b, boolean carry) {
            BigInteger c = carry && (op == 2 || op == 3) ? BigInteger.ONE : BigInteger.ZERO;
            BigInteger modulus = BigInteger.ONE.shiftLeft(size);
            boolean subtract = op == 3 || op == 5 || op == 7;
            boolean logic = op == 1 || op == 4 || op == 6;
            BigInteger exact;
            BigInteger signedExact;
            long low;
            if (logic) {
                low = op == 1 ? a | b : op == 4 ? a & b : a ^ b;
                exact = unsigned(low);
                signedExact = signed(low, size);
            } else if (subtract) {
                exact = unsigned(a).subtract(unsigned(b)).subtract(c);
                signedExact = signed(a, size).subtract(signed(b, size)).subtract(c);
                low = (a & 15) - (b & 15) - c.intValue();
            } else {
                exact = unsigned(a).add(unsigned(b)).add(c);
                signedExact = signed(a, size).add(signed(b, size)).add(c);
                low = (a & 15) + (b & 15) + c.intValue();
            }
            BigInteger r = exact.mod(modulus);
            boolean cf = exact.signum() < 0 || exact.compareTo(modulus) >= 0;
            boolean of = !signedExact.equals(signed(r.longValue(), size));
            boolean af = !logic && (low < 0 || low > 15);
            boolean pf = Integer.bitCount(r.intValue() & 0xFF) % 2 == 0;
            String flags = (of ? "O" : ".") + (r.testBit(size - 1) ? "S" : ".") + (r.signum() == 0 ? "Z" : ".") + (af ? "A" : ".") + (pf ? "P" : ".") + (cf ? "C" : ".");
            return new Expected(r.longValue(), flags);
        }
    }

    private void code(int size, int opcode, int... rest) {
        int[] all = new int[2 + rest.length];
        all[0] = size == 16 ? 0x66 : size == 64 ? 0x48 : 0x3E;
        all[1] = opcode | (size == 8 ? 0 : 1);
        System.arraycopy(rest, 0, all, 2, rest.length);
        b.code(all);
    }

    @Test
    void everyFormGivesTheResultAndAllSixFlags() {
        for (int round = 0; round < 6000; round++) {
            int op = random.nextInt(8);
            int size = SIZES[random.nextInt(4)];
            int form = random.nextInt(4);
            long x = value(size);
            long y = value(size);
            boolean carry = random.nextBoolean();
            long keep = size == 32 ? 0 : size == 64 ? 0 : random.nextLong() << size;
            b.c.setRflags(Rflags.FIXED | (carry ? Rflags.CF : 0) | random.nextInt() & (Rflags.OF | Rflags.SF | Rflags.ZF | Rflags.AF | Rflags.PF));
            b.c.gpr(Cpu.RBX, MEMORY);
            b.put64(MEMORY, keep | x);
            b.c.gpr(Cpu.RAX, keep | x);
            b.c.gpr(Cpu.RCX, y);
            switch (form) {
                // register, register; memory, register; register, memory; register, sign-extended byte
                case 0 -> code(size, op << 3, 0xC8);
                case 1 -> code(size, op << 3, 0x0B);
                case 2 -> {
                    b.put64(MEMORY, y);
                    code(size, op << 3 | 2, 0x03);
                }
                default -> {
                    long extended = (byte) y;
                    y = size == 64 ? extended : extended & (1L << size) - 1;
                    if (size == 8) {
                        code(8, 0x80, 0xC0 | op << 3, (int) y & 0xFF);
                    } else {
                        code(size, 0x83, 0xC0 | op << 3, (int) y & 0xFF);
                    }
                }
            }
            b.step();
            var expected = Expected.of(op, size, x, y, carry);
            String what = NAMES[op] + size + " form " + form + " " + Long.toHexString(x) + "," + Long.toHexString(y) + " carry " + carry;
            long stored = form == 1 ? b.get64(MEMORY) : b.c.gpr(Cpu.RAX);
            assertThat(stored).as(what).isEqualTo(op == 7 ? keep | x : keep | expected.result());
            assertThat(b.flags()).as(what).isEqualTo(expected.flags());
        }
    }

    @Test
    void incAndDecKeepCarryAndNegIsASubtractionFromZero() {
        for (int round = 0; round < 2000; round++) {
            int size = SIZES[random.nextInt(4)];
            long x = value(size);
            boolean carry = random.nextBoolean();
            b.c.setRflags(Rflags.FIXED | (carry ? Rflags.CF : 0));
            b.c.gpr(Cpu.RAX, x);
            int which = random.nextInt(3);
            code(size, which == 2 ? 0xF6 : 0xFE, which == 0 ? 0xC0 : which == 1 ? 0xC8 : 0xD8);
            b.step();
            var e = which == 0 ? Expected.of(0, size, x, 1, false) : which == 1 ? Expected.of(5, size, x, 1, false) : Expected.of(5, size, 0, x, false);
            String flags = which == 2 ? e.flags() : e.flags().substring(0, 5) + (carry ? "C" : ".");
            assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(e.result());
            assertThat(b.flags()).isEqualTo(flags);
        }
    }

    @Test
    void notTouchesNoFlagsAndTestStoresNothing() {
        b.c.setRflags(Rflags.FIXED | Rflags.ARITHMETIC);
        b.c.gpr(Cpu.RAX, 0x0F0F);
        code(16, 0xF6, 0xD0);
        b.step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xF0F0);
        assertThat(b.flags()).isEqualTo("OSZAPC");
        b.c.gpr(Cpu.RCX, 0x0F0F);
        code(16, 0x84, 0xC8);
        b.step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xF0F0);
        assertThat(b.flags()).isEqualTo("..Z.P.");
    }

    @Test
    void highByteRegistersNeedTheAbsenceOfRex() {
        b.c.gpr(Cpu.RAX, 0x1100);
        b.c.gpr(Cpu.RSP, 0x2200);
        b.code(0x80, 0xC4, 1).step();
        assertThat(b.c.gpr(Cpu.RAX)).as("AH").isEqualTo(0x1200);
        b.code(0x40, 0x80, 0xC4, 1).step();
        assertThat(b.c.gpr(Cpu.RSP)).as("SPL").isEqualTo(0x2201);
    }

    @Test
    void aReadModifyWriteAcrossTwoPagesIsAllOrNothing() {
        long at = Bare.DATA + 0xFFC;
        b.put64(at, 0x0000_0001_FFFF_FFFFL);
        b.map(Bare.DATA + 0x1000, Bare.DATA + 0x1000, false);
        b.c.gpr(Cpu.RBX, at);
        b.c.gpr(Cpu.RCX, 1);
        b.c.setRflags(Rflags.FIXED | Rflags.OF);
        code(64, 0x00, 0x0B);
        assertThat(b.fault()).isEqualTo(Vector.PF);
        assertThat(b.c.pageFaultAddress).isEqualTo(Bare.DATA + 0x1000);
        assertThat(b.get64(at)).isEqualTo(0x0000_0001_FFFF_FFFFL);
        assertThat(b.flags()).isEqualTo("O.....");
        b.map(Bare.DATA + 0x1000, Bare.DATA + 0x1000, true);
        b.step();
        assertThat(b.get64(at)).isEqualTo(0x0000_0002_0000_0000L);
    }

    @Test
    void carriesRippleThroughAdcChains() {
        BigInteger x = new BigInteger(512, random);
        BigInteger y = new BigInteger(512, random);
        BigInteger sum = BigInteger.ZERO;
        b.c.setRflags(Rflags.FIXED);
        for (int i = 0; i < 8; i++) {
            b.c.gpr(Cpu.RAX, x.shiftRight(64 * i).longValue());
            b.c.gpr(Cpu.RCX, y.shiftRight(64 * i).longValue());
            code(64, 0x10, 0xC8);
            b.step();
            sum = sum.or(unsigned(b.c.gpr(Cpu.RAX)).shiftLeft(64 * i));
        }
        sum = sum.add(BigInteger.valueOf(b.c.rflags() & 1).shiftLeft(512));
        assertThat(sum).isEqualTo(x.add(y));
    }
}
