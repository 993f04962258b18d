package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bit tests, scans, counts and CRC32. */
class BitsTest {

    private static final long ANCHOR = Bare.DATA + 0x8000;

    private final Random random = new Random(3);
    private final Bare b = Bare.mode64();

    private static CpuModel model(Feature... features) {
        var all = EnumSet.copyOf(CpuModel.intelDefault().features());
        all.removeAll(EnumSet.of(Feature.LZCNT, Feature.BMI1, Feature.POPCNT));
        for (Feature f : features) {
            all.add(f);
        }
        return new CpuModel("test", true, all, 40, 1_000_000_000);
    }

    @Test
    void aBitNumberInARegisterReachesBeyondTheMemoryOperandInBothDirections() {
        for (int round = 0; round < 1000; round++) {
            int op = random.nextInt(4);
            int size = 16 << random.nextInt(3);
            // a word's number is 16 bits of the register, a doubleword's 32
            long number = random.nextInt(0x8000) - 0x4000;
            long junk = size == 64 ? 0 : random.nextLong() << size;
            long at = ANCHOR + Math.floorDiv(number, 8L);
            int bit = (int) Math.floorMod(number, 8L);
            int before = random.nextInt(256);
            b.put8(at, before);
            b.c.gpr(Cpu.RBX, ANCHOR);
            b.c.gpr(Cpu.RCX, junk | (size == 64 ? number : number & (1L << size) - 1));
            b.c.setRflags(Rflags.FIXED | Rflags.ZF);
            int opcode = new int[] {0xA3, 0xAB, 0xB3, 0xBB}[op];
            b.code(size == 16 ? 0x66 : size == 64 ? 0x48 : 0x3E, 0x0F, opcode, 0x0B);
            b.step();
            int mask = 1 << bit;
            int after = switch (op) {
                case 0 -> before;
                case 1 -> before | mask;
                case 2 -> before & ~mask;
                default -> before ^ mask;
            };
            String what = "op " + op + " size " + size + " bit " + number;
            assertThat(b.get8(at)).as(what).isEqualTo(after);
            assertThat(Flags.cf(b.c)).as(what).isEqualTo((before & mask) != 0);
            assertThat(Flags.zf(b.c)).as(what).isTrue();
        }
    }

    @Test
    void anImmediateBitNumberStaysWithinTheOperand() {
        b.put64(ANCHOR, 0);
        b.put64(ANCHOR + 8, 0);
        b.c.gpr(Cpu.RBX, ANCHOR);
        b.code(0x0F, 0xBA, 0x2B, 33).step();
        assertThat(b.get64(ANCHOR)).isEqualTo(2);
        assertThat(b.get64(ANCHOR + 8)).isZero();
    }

    @Test
    void bitTestsOfMemoryThatCannotBeWrittenFaultOnlyWhenTheyWrite() {
        b.map(ANCHOR, ANCHOR, false);
        b.c.gpr(Cpu.RBX, ANCHOR);
        b.c.gpr(Cpu.RCX, 3);
        b.code(0x0F, 0xA3, 0x0B).step();
        b.code(0x0F, 0xAB, 0x0B);
        assertThat(b.fault()).isEqualTo(Vector.PF);
    }

    @Test
    void scansOfZeroLeaveTheDestinationWhole() {
        for (int opcode : new int[] {0xBC, 0xBD}) {
            b.c.gpr(Cpu.RAX, 0x1234_5678_9ABC_DEF0L);
            b.c.gpr(Cpu.RBX, 0xFFFF_FFFF_0000_0000L);
            b.code(0x0F, opcode, 0xC3).step();
            assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x1234_5678_9ABC_DEF0L);
            assertThat(Flags.zf(b.c)).isTrue();
        }
    }

    @Test
    void scansFindTheLowestAndTheHighestBit() {
        for (int bit = 0; bit < 64; bit++) {
            b.c.gpr(Cpu.RBX, 1L << bit | Long.MIN_VALUE);
            b.code(0x48, 0x0F, 0xBC, 0xC3).step();
            assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(bit);
            assertThat(Flags.zf(b.c)).isFalse();
            b.c.gpr(Cpu.RBX, 1L << bit | 1);
            b.code(0x48, 0x0F, 0xBD, 0xC3).step();
            assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(bit);
        }
    }

    @Test
    void countsRunAsScansOnProcessorsWithoutThem() {
        var old = Bare.mode64(model());
        old.c.gpr(Cpu.RBX, 0x10);
        old.code(0xF3, 0x0F, 0xBD, 0xC3).step();
        assertThat(old.c.gpr(Cpu.RAX)).as("LZCNT is BSR").isEqualTo(4);
        old.c.gpr(Cpu.RBX, 0);
        old.code(0xF3, 0x0F, 0xBC, 0xC3).step();
        assertThat(old.c.gpr(Cpu.RAX)).as("TZCNT is BSF").isEqualTo(4);
        old.code(0xF3, 0x0F, 0xB8, 0xC3);
        assertThat(old.fault()).isEqualTo(Vector.UD);
    }

    @Test
    void countsOfZeroGiveTheOperandSizeAndSetCarry() {
        var modern = Bare.mode64(model(Feature.LZCNT, Feature.BMI1, Feature.POPCNT));
        for (int opcode : new int[] {0xBC, 0xBD}) {
            modern.c.gpr(Cpu.RBX, 0);
            modern.code(0xF3, 0x0F, opcode, 0xC3).step();
            assertThat(modern.c.gpr(Cpu.RAX)).isEqualTo(32);
            assertThat(Flags.cf(modern.c)).isTrue();
            assertThat(Flags.zf(modern.c)).isFalse();
            modern.code(0x66, 0xF3, 0x0F, opcode, 0xC3).step();
            assertThat(modern.c.gpr(Cpu.RAX)).isEqualTo(16);
            modern.code(0xF3, 0x48, 0x0F, opcode, 0xC3).step();
            assertThat(modern.c.gpr(Cpu.RAX)).isEqualTo(64);
        }
        modern.c.gpr(Cpu.RBX, 0xFFFF_FFFF_8000_0001L);
        modern.c.setRflags(Rflags.FIXED | Rflags.ARITHMETIC);
        modern.code(0xF3, 0x0F, 0xB8, 0xC3).step();
        assertThat(modern.c.gpr(Cpu.RAX)).isEqualTo(2);
        assertThat(modern.flags()).isEqualTo("......");
    }

    @Test
    void crc32GivesTheCheckValueOfCrc32c() {
        // the check value of the parameters known as CRC-32/ISCSI
        byte[] text = "123456789".getBytes(StandardCharsets.US_ASCII);
        b.c.gpr(Cpu.RAX, 0xFFFF_FFFFL);
        for (byte x : text) {
            b.c.gpr(Cpu.RBX, x);
            b.code(0xF2, 0x0F, 0x38, 0xF0, 0xC3).step();
        }
        assertThat(~b.c.gpr(Cpu.RAX) & 0xFFFF_FFFFL).isEqualTo(0xE306_9283L);
    }

    @Test
    void crc32OfAQuadwordIsThatOfItsBytes() {
        long data = random.nextLong();
        b.c.gpr(Cpu.RAX, 0xFFFF_FFFF_1234_5678L);
        for (int i = 0; i < 8; i++) {
            b.c.gpr(Cpu.RBX, data >>> 8 * i);
            b.code(0xF2, 0x0F, 0x38, 0xF0, 0xC3).step();
        }
        long bytes = b.c.gpr(Cpu.RAX);
        b.c.gpr(Cpu.RAX, 0xFFFF_FFFF_1234_5678L);
        b.c.gpr(Cpu.RBX, data);
        b.code(0xF2, 0x48, 0x0F, 0x38, 0xF1, 0xC3).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(bytes);
    }
}
