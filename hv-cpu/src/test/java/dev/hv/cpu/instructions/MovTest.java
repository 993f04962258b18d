package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Moves, extensions, exchanges and conditional forms. */
class MovTest {

    private final Bare b = Bare.mode64();

    @Test
    void doublewordResultsClearTheUpperHalfAndSmallerOnesKeepTheRest() {
        b.c.gpr(Cpu.RAX, -1);
        b.c.gpr(Cpu.RCX, 0x1234_5678_9ABC_DEF0L);
        b.code(0x88, 0xC8).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFF_FFFF_FFF0L);
        b.code(0x66, 0x89, 0xC8).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFF_FFFF_DEF0L);
        b.code(0x89, 0xC8).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x9ABC_DEF0L);
        b.code(0x48, 0x89, 0xC8).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x1234_5678_9ABC_DEF0L);
    }

    @Test
    void aConditionalMoveThatDoesNotMoveStillReadsAndStillClearsTheUpperHalf() {
        b.c.gpr(Cpu.RAX, -1);
        b.c.setRflags(Rflags.FIXED);
        b.code(0x0F, 0x44, 0xC1).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFFL);
        b.unmap(Bare.DATA);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.code(0x0F, 0x44, 0x03);
        assertThat(b.fault()).isEqualTo(Vector.PF);
    }

    @Test
    void allSixteenConditionsFollowTheirFlags() {
        for (int flags = 0; flags < 64; flags++) {
            boolean o = (flags & 1) != 0;
            boolean s = (flags & 2) != 0;
            boolean z = (flags & 4) != 0;
            boolean p = (flags & 8) != 0;
            boolean cy = (flags & 16) != 0;
            b.c.setRflags(Rflags.FIXED | (o ? Rflags.OF : 0) | (s ? Rflags.SF : 0) | (z ? Rflags.ZF : 0) | (p ? Rflags.PF : 0) | (cy ? Rflags.CF : 0)
                    | ((flags & 32) != 0 ? Rflags.AF : 0));
            boolean[] positive = {o, cy, z, cy || z, s, p, s != o, z || s != o};
            for (int cc = 0; cc < 16; cc++) {
                b.c.gpr(Cpu.RAX, 0);
                b.code(0x0F, 0x90 | cc, 0xC0).step();
                assertThat(b.c.gpr(Cpu.RAX) == 1).as("SETcc " + cc + " flags " + flags).isEqualTo(positive[cc >> 1] ^ (cc & 1) != 0);
            }
        }
    }

    @Test
    void exchangeAndAddLeavesTheSumWhereBothOperandsAreOneRegister() {
        b.c.gpr(Cpu.RAX, 21);
        b.code(0x0F, 0xC1, 0xC0).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(42);
        b.put64(Bare.DATA, 5);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.c.gpr(Cpu.RCX, 7);
        b.code(0xF0, 0x48, 0x0F, 0xC1, 0x0B).step();
        assertThat(b.get64(Bare.DATA)).isEqualTo(12);
        assertThat(b.c.gpr(Cpu.RCX)).isEqualTo(5);
    }

    @Test
    void compareAndExchangeStoresOnlyWhenTheAccumulatorMatches() {
        b.put64(Bare.DATA, 5);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.c.gpr(Cpu.RAX, 5);
        b.c.gpr(Cpu.RCX, 9);
        b.code(0xF0, 0x48, 0x0F, 0xB1, 0x0B).step();
        assertThat(b.get64(Bare.DATA)).isEqualTo(9);
        assertThat(Flags.zf(b.c)).isTrue();
        b.code(0xF0, 0x48, 0x0F, 0xB1, 0x0B).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(9);
        assertThat(Flags.zf(b.c)).isFalse();
        assertThat(Flags.cf(b.c)).as("5 - 9 borrows").isTrue();
    }

    @Test
    void aFailedCompareAndExchangeOfReadOnlyMemoryFaultsAllTheSame() {
        b.map(Bare.DATA, Bare.DATA, false);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.c.gpr(Cpu.RAX, 1);
        b.code(0x0F, 0xB1, 0x0B);
        assertThat(b.fault()).isEqualTo(Vector.PF);
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(1);
    }

    @Test
    void theWideCompareAndExchangeWantsAlignment() {
        b.put64(Bare.DATA, 1);
        b.put64(Bare.DATA + 8, 2);
        b.c.gpr(Cpu.RDI, Bare.DATA);
        b.c.gpr(Cpu.RAX, 1);
        b.c.gpr(Cpu.RDX, 2);
        b.c.gpr(Cpu.RBX, 3);
        b.c.gpr(Cpu.RCX, 4);
        b.c.setRflags(Rflags.FIXED | Rflags.CF | Rflags.OF);
        b.code(0x48, 0x0F, 0xC7, 0x0F).step();
        assertThat(b.get64(Bare.DATA)).isEqualTo(3);
        assertThat(b.get64(Bare.DATA + 8)).isEqualTo(4);
        assertThat(b.flags()).as("only ZF changes").isEqualTo("O.Z..C");
        b.c.gpr(Cpu.RDI, Bare.DATA + 8);
        b.code(0x48, 0x0F, 0xC7, 0x0F);
        assertThat(b.fault()).isEqualTo(Vector.GP);
        b.code(0x0F, 0xC7, 0x0F).step();
        assertThat(b.c.gpr(Cpu.RAX)).as("the 8-byte form does not").isEqualTo(4);
    }

    @Test
    void byteSwapsReverse() {
        b.c.gpr(Cpu.RAX, 0x0102_0304_0506_0708L);
        b.code(0x48, 0x0F, 0xC8).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x0807_0605_0403_0201L);
        b.code(0x0F, 0xC8).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x0102_0304L);
        b.put64(Bare.DATA, 0x1122_3344_5566_7788L);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.code(0x66, 0x0F, 0x38, 0xF0, 0x03).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x0102_8877L);
    }

    @Test
    void ninetyIsNopExceptWithRexB() {
        b.c.gpr(Cpu.RAX, -1);
        b.code(0x90).step();
        assertThat(b.c.gpr(Cpu.RAX)).as("the upper half stays").isEqualTo(-1);
        b.c.gpr(8, 7);
        b.code(0x49, 0x90).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(7);
        assertThat(b.c.gpr(8)).isEqualTo(-1);
    }

    @Test
    void leaTakesNoSegmentAndXlatDoes() {
        b.c.seg[Cpu.FS].base = 0x1000;
        Modes.update(b.c);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.code(0x64, 0x48, 0x8D, 0x43, 0x10).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(Bare.DATA + 0x10);
        b.put8(Bare.DATA + 0x1000 + 0x10, 0x99);
        b.code(0x64, 0xD7).step();
        assertThat(b.c.gpr(Cpu.RAX) & 0xFF).isEqualTo(0x99);
    }

    @Test
    void signExtensionsOfTheAccumulator() {
        b.c.gpr(Cpu.RAX, 0x8000_0000L);
        b.code(0x48, 0x98).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFF_8000_0000L);
        b.code(0x48, 0x99).step();
        assertThat(b.c.gpr(Cpu.RDX)).isEqualTo(-1);
        b.code(0x99).step();
        assertThat(b.c.gpr(Cpu.RDX)).isEqualTo(0xFFFF_FFFFL);
        b.c.gpr(Cpu.RAX, 0x7F80);
        b.code(0x66, 0x98).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xFF80);
    }

    @Test
    void aStoreBeyondAnExpandDownLimitFaultsOnTheRightSide() {
        var p = Bare.mode32();
        p.c.seg[Cpu.DS].set(0x10, 0, 0xFFF, 0x97 | Segment.DB);
        Modes.update(p.c);
        p.c.gpr(Cpu.RBX, 0xFFF);
        p.code(0x88, 0x03);
        assertThat(p.fault()).isEqualTo(Vector.GP);
        p.c.gpr(Cpu.RBX, Bare.DATA);
        p.code(0x88, 0x03).step();
        p.c.seg[Cpu.DS].set(0x10, 0, 0xFFF, 0x91 | Segment.DB);
        Modes.update(p.c);
        p.c.gpr(Cpu.RBX, 0x800);
        p.code(0x8A, 0x03).step();
        p.code(0x88, 0x03);
        assertThat(p.fault()).as("read-only data").isEqualTo(Vector.GP);
    }
}
