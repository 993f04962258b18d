package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Vector;
import java.util.EnumSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** BMI1 and BMI2 against bit loops, and the rules of the VEX prefix. */
class BmiTest {

    private static final int MAP_38 = 2;
    private static final int MAP_3A = 3;
    private static final int NONE = 0;
    private static final int P66 = 1;
    private static final int PF3 = 2;
    private static final int PF2 = 3;

    private final Random random = new Random(13);
    private final Bare b = Bare.mode64();

    /** reg RAX, vvvv RBX, rm RCX. */
    private void vex(int map, int prefix, boolean wide, int opcode, int modrm, int... rest) {
        int[] code = new int[5 + rest.length];
        code[0] = 0xC4;
        code[1] = 0xE0 | map;
        code[2] = (wide ? 0x80 : 0) | (~Cpu.RBX & 15) << 3 | prefix;
        code[3] = opcode;
        code[4] = modrm;
        System.arraycopy(rest, 0, code, 5, rest.length);
        b.code(code).step();
    }

    private static long fit(long v, boolean wide) {
        return wide ? v : v & 0xFFFF_FFFFL;
    }

    @Test
    void depositAndExtractWalkTheMaskFromTheBottom() {
        for (int round = 0; round < 500; round++) {
            boolean wide = random.nextBoolean();
            long source = random.nextLong();
            long mask = random.nextLong() & random.nextLong();
            long deposited = 0;
            long extracted = 0;
            int k = 0;
            for (int i = 0; i < (wide ? 64 : 32); i++) {
                if ((mask >>> i & 1) != 0) {
                    deposited |= (source >>> k & 1) << i;
                    extracted |= (source >>> i & 1) << k;
                    k++;
                }
            }
            b.c.gpr(Cpu.RBX, source);
            b.c.gpr(Cpu.RCX, mask);
            vex(MAP_38, PF2, wide, 0xF5, 0xC1);
            assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(deposited);
            vex(MAP_38, PF3, wide, 0xF5, 0xC1);
            assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(extracted);
        }
    }

    @Test
    void bitFieldsAreCutWhereTheControlSays() {
        for (int round = 0; round < 500; round++) {
            boolean wide = random.nextBoolean();
            int size = wide ? 64 : 32;
            long source = random.nextLong();
            int start = random.nextInt(80);
            int length = random.nextInt(80);
            long field = 0;
            for (int i = 0; i < length && start + i < size; i++) {
                field |= i < size ? (source >>> start + i & 1) << i : 0;
            }
            b.c.gpr(Cpu.RCX, source);
            b.c.gpr(Cpu.RBX, 0xABCD_0000L | length << 8 | start);
            vex(MAP_38, NONE, wide, 0xF7, 0xC1);
            assertThat(b.c.gpr(Cpu.RAX)).as("BEXTR " + start + " " + length).isEqualTo(field);
            assertThat(Flags.zf(b.c)).isEqualTo(field == 0);
            b.c.gpr(Cpu.RBX, length);
            vex(MAP_38, NONE, wide, 0xF5, 0xC1);
            long low = 0;
            for (int i = 0; i < Math.min(length, size); i++) {
                low |= source & 1L << i;
            }
            assertThat(b.c.gpr(Cpu.RAX)).as("BZHI " + length).isEqualTo(low);
            assertThat(Flags.cf(b.c)).isEqualTo(length >= size);
        }
    }

    @Test
    void lowestSetBitsAreClearedMaskedAndKept() {
        for (int bit = 0; bit < 64; bit++) {
            long source = random.nextLong() << 1 << bit | 1L << bit;
            b.c.gpr(Cpu.RCX, source);
            vex(MAP_38, NONE, true, 0xF3, 0xC1 | 1 << 3);
            assertThat(b.c.gpr(Cpu.RBX)).isEqualTo(source - (1L << bit));
            assertThat(Flags.cf(b.c)).isFalse();
            vex(MAP_38, NONE, true, 0xF3, 0xC1 | 2 << 3);
            assertThat(Long.bitCount(b.c.gpr(Cpu.RBX))).isEqualTo(bit + 1);
            vex(MAP_38, NONE, true, 0xF3, 0xC1 | 3 << 3);
            assertThat(b.c.gpr(Cpu.RBX)).isEqualTo(1L << bit);
            assertThat(Flags.cf(b.c)).isTrue();
        }
        b.c.gpr(Cpu.RCX, 0);
        vex(MAP_38, NONE, true, 0xF3, 0xC1 | 1 << 3);
        assertThat(Flags.cf(b.c)).isTrue();
        vex(MAP_38, NONE, true, 0xF3, 0xC1 | 3 << 3);
        assertThat(Flags.cf(b.c)).isFalse();
    }

    @Test
    void shiftsAndProductsLeaveTheFlagsAlone() {
        String flags = b.flags();
        b.c.gpr(Cpu.RCX, 0x8000_0000_0000_0001L);
        b.c.gpr(Cpu.RBX, 64 + 4);
        vex(MAP_38, P66, true, 0xF7, 0xC1);
        assertThat(b.c.gpr(Cpu.RAX)).as("SHLX").isEqualTo(0x10);
        vex(MAP_38, PF3, true, 0xF7, 0xC1);
        assertThat(b.c.gpr(Cpu.RAX)).as("SARX").isEqualTo(0xF800_0000_0000_0000L);
        vex(MAP_38, PF2, true, 0xF7, 0xC1);
        assertThat(b.c.gpr(Cpu.RAX)).as("SHRX").isEqualTo(0x0800_0000_0000_0000L);
        // VEX.vvvv, which names BL in all the others, must name nothing
        b.code(0xC4, 0xE3, 0xFB, 0xF0, 0xC1, 1).step();
        assertThat(b.c.gpr(Cpu.RAX)).as("RORX").isEqualTo(0xC000_0000_0000_0000L);
        b.c.gpr(Cpu.RDX, -1);
        b.c.gpr(Cpu.RCX, -1);
        vex(MAP_38, PF2, true, 0xF6, 0xC1);
        assertThat(b.c.gpr(Cpu.RAX)).as("MULX high").isEqualTo(-2);
        assertThat(b.c.gpr(Cpu.RBX)).as("MULX low").isEqualTo(1);
        b.c.gpr(Cpu.RCX, 0x0F);
        b.c.gpr(Cpu.RBX, 0x3C);
        assertThat(b.flags()).isEqualTo(flags);
        vex(MAP_38, NONE, true, 0xF2, 0xC1);
        assertThat(b.c.gpr(Cpu.RAX)).as("ANDN").isEqualTo(0x03);
    }

    @Test
    void otherPrefixesAndOtherLengthsAreInvalid() {
        int[] andn = {0xC4, 0xE2, 0x60, 0xF2, 0xC1};
        b.code(andn).step();
        for (int prefix : new int[] {0x66, 0xF2, 0xF3, 0xF0, 0x48}) {
            b.code(prefix, andn[0], andn[1], andn[2], andn[3], andn[4]);
            assertThat(b.fault()).as(Integer.toHexString(prefix)).isEqualTo(Vector.UD);
        }
        b.code(andn[0], andn[1], andn[2] | 4, andn[3], andn[4]);
        assertThat(b.fault()).as("L").isEqualTo(Vector.UD);
        b.code(andn[0], 0xE4, andn[2], andn[3], andn[4]);
        assertThat(b.fault()).as("map").isEqualTo(Vector.UD);
        var features = EnumSet.copyOf(CpuModel.intelDefault().features());
        features.remove(Feature.BMI1);
        var old = Bare.mode64(new CpuModel("test", true, features, 40, 1_000_000_000));
        old.code(andn);
        assertThat(old.fault()).as("without the feature").isEqualTo(Vector.UD);
    }

    @Test
    void outside64BitModeTheOpcodeIsStillLesWithAMemoryOperand() {
        var p = Bare.mode32();
        p.c.gpr(Cpu.RBX, 0xF0);
        p.c.gpr(Cpu.RCX, 0xFF);
        p.code(0xC4, 0xE2, 0x60, 0xF2, 0xC1).step();
        assertThat(p.c.gpr(Cpu.RAX)).isEqualTo(0x0F);
        // LES EAX, [ECX]: loads a null selector
        p.c.gpr(Cpu.RCX, Bare.DATA);
        p.put64(Bare.DATA, 0x1234_5678L);
        p.code(0xC4, 0x01).step();
        assertThat(p.c.gpr(Cpu.RAX)).isEqualTo(0x1234_5678L);
        assertThat(p.c.seg[Cpu.ES].selector).isZero();
    }
}
