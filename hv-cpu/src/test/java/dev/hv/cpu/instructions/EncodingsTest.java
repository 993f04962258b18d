package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Encodings that are one bit away from an instruction (SDM vol. 2, the opcode tables of the pages of the names). */
class EncodingsTest {

    private final Bare m = Bare.mode64();

    private void invalid(int... bytes) {
        m.c.gpr(Cpu.RBX, Bare.DATA);
        assertThat(m.code(bytes).fault()).isEqualTo(Vector.UD);
    }

    @Test
    void prefixesThatMakeAnInstructionInvalid() {
        // movbe and movnti
        invalid(0xF3, 0x0F, 0x38, 0xF0, 0x03);
        invalid(0x66, 0xF3, 0x0F, 0x38, 0xF1, 0x03);
        invalid(0x66, 0x0F, 0xC3, 0x03);
        invalid(0xF2, 0x0F, 0xC3, 0x03);
        invalid(0xF3, 0x0F, 0xC3, 0x03);
        m.put64(Bare.DATA, 0x0102030405060708L);
        m.code(0x66, 0x0F, 0x38, 0xF0, 0x03).step();
        assertThat(m.c.gpr(Cpu.RAX) & 0xFFFF).isEqualTo(0x0807);
    }

    @Test
    void rorxNamesNoRegisterInVvvv() {
        m.c.gpr(Cpu.RCX, 0x10);
        m.code(0xC4, 0xE3, 0x7B, 0xF0, 0xC1, 4).step();
        assertThat(m.c.gpr(Cpu.RAX)).isEqualTo(1);
        invalid(0xC4, 0xE3, 0x73, 0xF0, 0xC1, 4);
        // outside 64-bit mode the upper bit counts too
        assertThat(Bare.mode32().code(0xC4, 0xE3, 0x3B, 0xF0, 0xC1, 4).fault()).isEqualTo(Vector.UD);
    }

    @Test
    void pauseUnderRexBIsAnExchangeOnAmd() {
        Bare amd = Bare.mode64(CpuModel.amdDefault());
        for (Bare one : new Bare[] {m, amd}) {
            one.c.gpr(Cpu.RAX, 1);
            one.c.gpr(8, 2);
            one.code(0xF3, 0x49, 0x90).step();
            assertThat(one.c.gpr(Cpu.RAX)).isEqualTo(one == amd ? 2 : 1);
            assertThat(one.c.gpr(8)).isEqualTo(one == amd ? 1 : 2);
        }
    }

    @Test
    void anInvalidInstructionIsFetchedToItsEndFirst() {
        // the last bytes of a page whose successor is missing
        int[][] cut = {{0x0F, 0x38, 0xAD}, {0x66, 0x0F, 0x3A, 0x1A, 0xCA}, {0xC4, 0xE3, 0x7C, 0xF0, 0x04}, {0x0F, 0x72, 0xEE}, {0x82, 0xD0}};
        m.unmap(Bare.CODE + 0x1000);
        for (int[] bytes : cut) {
            long at = Bare.CODE + 0x1000 - bytes.length;
            for (int i = 0; i < bytes.length; i++) {
                m.put8(at + i, bytes[i]);
            }
            m.c.rip = at;
            m.engine.clearCode();
            assertThat(m.fault()).isEqualTo(Vector.PF);
            assertThat(m.c.pageFaultAddress).isEqualTo(Bare.CODE + 0x1000);
        }
    }

    @Test
    void aStoreThatFaultsHidesTheX87ErrorOfItsOwnResultOnAmd() {
        Bare m = Bare.mode64(CpuModel.amdDefault());
        m.unmap(Bare.DATA + 0x1000);
        m.c.gpr(Cpu.RBX, Bare.DATA + 0x1000);
        // fst m32, fist m16, fstp m80, fbstp, fisttp m64
        int[][] stores = {{0xD9, 0x13}, {0xDF, 0x13}, {0xDB, 0x3B}, {0xDF, 0x33}, {0xDD, 0x0B}};
        for (int[] store : stores) {
            // an empty stack, and invalid operations unmasked
            m.c.fcw = 0x37E;
            m.c.fsw = 0;
            m.c.ftw = 0xFFFF;
            try {
                m.code(store).step();
                throw new AssertionError("no fault");
            } catch (GuestFault f) {
                assertThat(f.vector).isEqualTo(Vector.PF);
            }
            assertThat(m.c.fsw).isZero();
        }
    }

    @Test
    void anX87ErrorKeepsAStoreFromMemoryOnIntel() {
        m.unmap(Bare.DATA + 0x1000);
        m.c.gpr(Cpu.RBX, Bare.DATA + 0x1000);
        m.c.fcw = 0x37E;
        m.c.ftw = 0xFFFF;
        // fst m32
        m.code(0xD9, 0x13).step();
        assertThat(m.c.fsw).isEqualTo(0x80C1);
    }

    @Test
    void anX87ImageThatCrossesAPage() {
        m.unmap(Bare.DATA + 0x1000);
        // the first element, else the last byte, names the fault: fnstenv, fldenv, fnsave, frstor
        int[][] images = {{0xD9, 0x33, 28}, {0xD9, 0x23, 28}, {0xDD, 0x33, 108}, {0xDD, 0x23, 108}};
        for (int[] image : images) {
            for (int before : new int[] {3, 4, 20}) {
                m.c.gpr(Cpu.RBX, Bare.DATA + 0x1000 - before);
                assertThat(m.code(image[0], image[1]).fault()).isEqualTo(Vector.PF);
                assertThat(m.c.pageFaultAddress).isEqualTo(before < 4 ? Bare.DATA + 0x1000 : Bare.DATA + 0x1000 - before + image[2] - 1);
            }
        }
    }
}
