package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Rflags;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Shifts and rotates against a model that moves one bit at a time, as the manuals describe them. */
class ShiftTest {

    private static final int[] SIZES = {8, 16, 32, 64};
    private static final String[] NAMES = {"ROL", "ROR", "RCL", "RCR", "SHL", "SHR", "SAL", "SAR"};

    private final Random random = new Random(7);
    private final Bare b = Bare.mode64();

    /** State of the model. */
    private static final class Model {
        final int size;
        long v;
        boolean cf;
        boolean of;

        Model(int size, long v, boolean cf) {
            this.size = size;
            this.v = v;
            this.cf = cf;
        }

        boolean bit(int n) {
            return (v >>> n & 1) != 0;
        }

        void shiftIn(boolean left, boolean in) {
            if (left) {
                v = v << 1 | (in ? 1 : 0);
            } else {
                v = v >>> 1 | (in ? 1L << size - 1 : 0);
            }
            if (size < 64) {
                v &= (1L << size) - 1;
            }
        }

        void once(int op) {
            boolean top = bit(size - 1);
            boolean low = bit(0);
            boolean oldCf = cf;
            switch (op) {
                case 0 -> {
                    cf = top;
                    shiftIn(true, top);
                }
                case 1 -> {
                    cf = low;
                    shiftIn(false, low);
                }
                case 2 -> {
                    cf = top;
                    shiftIn(true, oldCf);
                }
                case 3 -> {
                    cf = low;
                    shiftIn(false, oldCf);
                }
                case 5 -> {
                    cf = low;
                    shiftIn(false, false);
                }
                case 7 -> {
                    cf = low;
                    shiftIn(false, top);
                }
                default -> {
                    cf = top;
                    shiftIn(true, false);
                }
            }
            of = bit(size - 1) != top;
        }
    }

    private long truncated(int size) {
        long v = switch (random.nextInt(4)) {
            case 0 -> 1L << size - 1;
            case 1 -> -1;
            default -> random.nextLong();
        };
        return size == 64 ? v : v & (1L << size) - 1;
    }

    private void place(int size, int op, long value, int count, long flags) {
        Cpu c = b.c;
        c.gpr(Cpu.RBX, value);
        c.gpr(Cpu.RCX, 0x5500 | count);
        c.setRflags(flags | Rflags.FIXED);
        int modrm = 0xC3 | op << 3;
        switch (size) {
            case 8 -> b.code(0xD2, modrm);
            case 16 -> b.code(0x66, 0xD3, modrm);
            case 32 -> b.code(0xD3, modrm);
            default -> b.code(0x48, 0xD3, modrm);
        }
    }

    @Test
    void shiftsAndRotatesByClMoveOneBitAtATime() {
        for (int round = 0; round < 4000; round++) {
            int size = SIZES[random.nextInt(4)];
            int op = random.nextInt(8);
            int count = random.nextInt(256);
            int masked = count & (size == 64 ? 63 : 31);
            long value = truncated(size);
            long before = random.nextInt() & Rflags.ARITHMETIC;
            var model = new Model(size, value, (before & Rflags.CF) != 0);
            for (int i = 0; i < masked; i++) {
                model.once(op);
            }
            place(size, op, value, count, before);
            b.step();
            String what = NAMES[op] + size + " " + Long.toHexString(value) + " by " + count;
            assertThat(b.c.gpr(Cpu.RBX)).as(what).isEqualTo(model.v);
            if (masked == 0) {
                assertThat(b.c.rflags() & Rflags.ARITHMETIC).as(what).isEqualTo(before);
                continue;
            }
            // CF of a shift by more than the size is undefined
            if (op < 4 || op == 7 || masked <= size) {
                assertThat(Flags.cf(b.c)).as(what).isEqualTo(model.cf);
            }
            if (masked == 1) {
                assertThat(Flags.of(b.c)).as(what).isEqualTo(model.of);
            }
            if (op < 4) {
                long untouched = Rflags.SF | Rflags.ZF | Rflags.AF | Rflags.PF;
                assertThat(b.c.rflags() & untouched).as(what).isEqualTo(before & untouched);
            } else {
                assertThat(Flags.zf(b.c)).as(what).isEqualTo(model.v == 0);
                assertThat(Flags.sf(b.c)).as(what).isEqualTo(model.bit(size - 1));
                assertThat(Flags.pf(b.c)).as(what).isEqualTo(Long.bitCount(model.v & 0xFF) % 2 == 0);
            }
        }
    }

    @Test
    void doubleShiftsTakeTheirBitsFromTheSecondRegister() {
        for (int round = 0; round < 3000; round++) {
            int size = SIZES[1 + random.nextInt(3)];
            boolean left = random.nextBoolean();
            long a = truncated(size);
            long source = truncated(size);
            int count = random.nextInt(256);
            int masked = count & (size == 64 ? 63 : 31);
            long before = random.nextInt() & Rflags.ARITHMETIC;
            var model = new Model(size, a, false);
            var from = new Model(size, source, false);
            boolean cf = false;
            for (int i = 0; i < masked; i++) {
                cf = model.bit(left ? size - 1 : 0);
                boolean in = from.bit(left ? size - 1 : 0);
                // behind the source's bits come the destination's own, where a word is shifted by more than 16
                from.shiftIn(left, i < size && (left ? (a >>> size - 1 - i & 1) != 0 : (a >>> i & 1) != 0));
                model.shiftIn(left, in);
            }
            b.c.gpr(Cpu.RBX, a);
            b.c.gpr(Cpu.RSI, source);
            b.c.gpr(Cpu.RCX, count);
            b.c.setRflags(before | Rflags.FIXED);
            int opcode = left ? 0xA5 : 0xAD;
            switch (size) {
                case 16 -> b.code(0x66, 0x0F, opcode, 0xF3);
                case 32 -> b.code(0x0F, opcode, 0xF3);
                default -> b.code(0x48, 0x0F, opcode, 0xF3);
            }
            b.step();
            String what = (left ? "SHLD" : "SHRD") + size + " " + Long.toHexString(a) + "," + Long.toHexString(source) + " by " + count;
            assertThat(b.c.gpr(Cpu.RBX)).as(what).isEqualTo(model.v);
            if (masked == 0) {
                assertThat(b.c.rflags() & Rflags.ARITHMETIC).as(what).isEqualTo(before);
            } else {
                if (masked <= size) {
                    assertThat(Flags.cf(b.c)).as(what).isEqualTo(cf);
                }
                assertThat(Flags.zf(b.c)).as(what).isEqualTo(model.v == 0);
                if (masked == 1) {
                    assertThat(Flags.of(b.c)).as(what).isEqualTo(model.bit(size - 1) != (a >>> size - 1 & 1) > 0);
                }
            }
        }
    }

    @Test
    void aShiftOfMemoryByZeroStillNeedsAWritableOperand() {
        b.map(Bare.DATA, Bare.DATA, false);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.c.gpr(Cpu.RCX, 0);
        b.code(0xD3, 0x23);
        assertThat(b.fault()).isEqualTo(14);
        assertThat(b.c.pageFaultAddress).isEqualTo(Bare.DATA);
    }

    @Test
    void aShiftOfADoublewordRegisterByZeroClearsItsUpperHalf() {
        b.c.gpr(Cpu.RBX, 0xFFFF_FFFF_0000_0001L);
        b.c.gpr(Cpu.RCX, 32);
        b.code(0xD3, 0xE3).step();
        assertThat(b.c.gpr(Cpu.RBX)).isEqualTo(1);
    }
}
