package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Prefixes: how many, which one wins, where they are not allowed. */
class PrefixTest {

    private final Bare b = Bare.mode64();

    private static int[] prefixed(int count, int... rest) {
        int[] all = new int[count + rest.length];
        java.util.Arrays.fill(all, 0, count, 0x3E);
        System.arraycopy(rest, 0, all, count, rest.length);
        return all;
    }

    @Test
    void fifteenBytesAreAnInstructionAndSixteenAreNot() {
        b.code(prefixed(13, 0xFF, 0xC0)).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(1);
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 15);
        b.code(prefixed(14, 0xFF, 0xC0));
        assertThat(b.fault()).isEqualTo(Vector.GP);
    }

    @Test
    void lockIsForReadModifyWriteOfMemory() {
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.code(0xF0, 0xFF, 0x03).step();
        assertThat(b.get64(Bare.DATA)).isEqualTo(1);
        b.code(0xF0, 0xFF, 0xC0);
        assertThat(b.fault()).as("register").isEqualTo(Vector.UD);
        b.code(0xF0, 0x39, 0x03);
        assertThat(b.fault()).as("CMP").isEqualTo(Vector.UD);
        b.code(0xF0, 0x0F, 0xA3, 0x03);
        assertThat(b.fault()).as("BT").isEqualTo(Vector.UD);
        b.code(0xF0, 0xD1, 0x23);
        assertThat(b.fault()).as("SHL").isEqualTo(Vector.UD);
        b.code(0xF0, 0x90);
        assertThat(b.fault()).as("NOP").isEqualTo(Vector.UD);
    }

    @Test
    void rexCountsOnlyRightBeforeTheOpcode() {
        b.c.gpr(Cpu.RAX, -1);
        b.code(0x48, 0x66, 0xFF, 0xC0).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFF_FFFF_0000L);
        b.c.gpr(Cpu.RAX, 0xFFFF);
        b.code(0x66, 0x48, 0xFF, 0xC0).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x1_0000);
    }

    @Test
    void in64BitModeOnlyFsAndGsMoveAnOperand() {
        b.c.seg[Cpu.FS].base = 0x100;
        b.c.seg[Cpu.GS].base = 0x200;
        b.c.seg[Cpu.DS].base = 0x300;
        Modes.update(b.c);
        b.put64(Bare.DATA, 0x11);
        b.put64(Bare.DATA + 0x100, 0x22);
        b.put64(Bare.DATA + 0x200, 0x33);
        b.c.gpr(Cpu.RBX, Bare.DATA);
        b.code(0x8B, 0x03).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x11);
        b.code(0x64, 0x8B, 0x03).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x22);
        b.code(0x64, 0x65, 0x8B, 0x03).step();
        assertThat(b.c.gpr(Cpu.RAX)).as("the last of several").isEqualTo(0x33);
        b.code(0x65, 0x3E, 0x8B, 0x03).step();
        assertThat(b.c.gpr(Cpu.RAX)).as("an ignored one does not undo it").isEqualTo(0x33);
    }

    @Test
    void repeatPrefixesMeanNothingOnOtherInstructions() {
        b.c.gpr(Cpu.RCX, 5);
        b.code(0xF3, 0xFF, 0xC0).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(1);
        assertThat(b.c.gpr(Cpu.RCX)).isEqualTo(5);
    }

    @Test
    void anAddressSizePrefixCutsTheEffectiveAddress() {
        b.put64(Bare.DATA + 8, 0x77);
        b.c.gpr(Cpu.RBX, 0xABCD_0000_0000_0000L | Bare.DATA);
        b.code(0x67, 0x8B, 0x43, 0x08).step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0x77);
    }
}
