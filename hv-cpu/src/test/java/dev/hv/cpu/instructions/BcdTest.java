package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Decimal adjustment: what it is for is the check, decimal arithmetic with its carries. */
class BcdTest {

    private static final int AL_BL = 0xD8;

    private final Bare b = Bare.mode32();

    private static int bcd(int n) {
        return n / 10 << 4 | n % 10;
    }

    /** Binary operation AL, BL with carry in, then an adjustment. */
    private void run(int opcode, int adjustment, int al, int bl, boolean carry) {
        b.c.gpr(Cpu.RAX, al);
        b.c.gpr(Cpu.RBX, bl);
        b.c.setRflags(Rflags.FIXED | (carry ? Rflags.CF : 0));
        b.code(opcode, AL_BL).step();
        b.code(adjustment).step();
    }

    @Test
    void daaMakesPackedDecimalSums() {
        for (int x = 0; x < 100; x++) {
            for (int y = 0; y < 100; y++) {
                boolean carry = (x + y) % 3 == 0;
                run(0x10, 0x27, bcd(x), bcd(y), carry);
                int sum = x + y + (carry ? 1 : 0);
                assertThat(b.c.gpr(Cpu.RAX)).as(x + "+" + y).isEqualTo(bcd(sum % 100));
                assertThat(Flags.cf(b.c)).as(x + "+" + y).isEqualTo(sum >= 100);
                assertThat(Flags.zf(b.c)).isEqualTo(sum % 100 == 0);
            }
        }
    }

    @Test
    void dasMakesPackedDecimalDifferences() {
        for (int x = 0; x < 100; x++) {
            for (int y = 0; y < 100; y++) {
                boolean borrow = (x + y) % 3 == 0;
                run(0x18, 0x2F, bcd(x), bcd(y), borrow);
                int difference = x - y - (borrow ? 1 : 0);
                assertThat(b.c.gpr(Cpu.RAX)).as(x + "-" + y).isEqualTo(bcd(Math.floorMod(difference, 100)));
                assertThat(Flags.cf(b.c)).as(x + "-" + y).isEqualTo(difference < 0);
            }
        }
    }

    @Test
    void aaaAndAasCarryIntoAh() {
        for (int x = 0; x < 10; x++) {
            for (int y = 0; y < 10; y++) {
                run(0x00, 0x37, 0x0300 | x, y, false);
                assertThat(b.c.gpr(Cpu.RAX)).as(x + "+" + y).isEqualTo((x + y > 9 ? 0x0400 : 0x0300) | (x + y) % 10);
                assertThat(Flags.cf(b.c)).isEqualTo(x + y > 9);
                run(0x28, 0x3F, 0x0300 | x, y, false);
                assertThat(b.c.gpr(Cpu.RAX)).as(x + "-" + y).isEqualTo((x < y ? 0x0200 : 0x0300) | Math.floorMod(x - y, 10));
                assertThat(Flags.cf(b.c)).isEqualTo(x < y);
            }
        }
    }

    @Test
    void aamSplitsAndAadJoinsDigitsOfAnyBase() {
        b.c.gpr(Cpu.RAX, 0xAAAA_FF00L | 63);
        b.code(0xD4, 10).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xAAAA_0603L);
        b.code(0xD5, 10).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xAAAA_003FL);
        b.c.gpr(Cpu.RAX, 0xFE);
        b.code(0xD4, 16).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x0F0E);
    }

    @Test
    void aamOfBaseZeroIsADivideError() {
        b.code(0xD4, 0);
        assertThat(b.fault()).isEqualTo(Vector.DE);
    }

    @Test
    void theyAreInvalidIn64BitMode() {
        var wide = Bare.mode64();
        for (int opcode : new int[] {0x27, 0x2F, 0x37, 0x3F, 0xD4, 0xD5}) {
            wide.code(opcode, 10);
            assertThat(wide.fault()).as(Integer.toHexString(opcode)).isEqualTo(Vector.UD);
        }
    }
}
