package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Where processors of Intel and of AMD do different things (SDM and APM vol. 3, the pages of the names; docs/architecture.md). */
class VendorHabitsTest {

    private final Bare intel = Bare.mode64();
    private final Bare amd = Bare.mode64(CpuModel.amdDefault());

    @Test
    void nearBranchesUnderAnOperandSizePrefix() {
        // jmp +0x10 with 66
        intel.code(0x66, 0xEB, 0x10).step();
        assertThat(intel.c.rip).isEqualTo(Bare.CODE + 0x13);
        amd.code(0x66, 0xEB, 0x10).step();
        assertThat(amd.c.rip).isEqualTo(Bare.CODE + 0x13 & 0xFFFF);
        // jne, not taken: no truncation
        amd.c.setRflags(Rflags.FIXED | Rflags.ZF);
        amd.code(0x66, 0x75, 0x10).step();
        assertThat(amd.c.rip).isEqualTo(Bare.CODE + 3);
        // call: displacement and return address of 32 and 64 bits, or of 16
        intel.code(0x66, 0xE8, 0x10, 0x00, 0x00, 0x00).step();
        assertThat(intel.c.rip).isEqualTo(Bare.CODE + 0x16);
        assertThat(intel.c.gpr(Cpu.RSP)).isEqualTo(Bare.DATA - 8);
        amd.code(0x66, 0xE8, 0x10, 0x00).step();
        assertThat(amd.c.rip).isEqualTo(Bare.CODE + 0x14 & 0xFFFF);
        assertThat(amd.c.gpr(Cpu.RSP)).isEqualTo(Bare.DATA - 2);
        // ret
        intel.code(0x66, 0xC3).step();
        assertThat(intel.c.rip).isEqualTo(Bare.CODE + 6);
        amd.code(0x66, 0xC3).step();
        assertThat(amd.c.rip).isEqualTo(Bare.CODE + 4 & 0xFFFF);
        assertThat(amd.c.gpr(Cpu.RSP)).isEqualTo(Bare.DATA);
    }

    @Test
    void aRepeatPrefixReplacesTheConditionOfLoop() {
        for (Bare m : new Bare[] {intel, amd}) {
            m.c.setRflags(Rflags.FIXED | Rflags.ZF);
            m.c.gpr(Cpu.RCX, 5);
            // repne loope
            m.code(0xF2, 0xE1, 0x10).step();
            assertThat(m.c.rip).isEqualTo(Bare.CODE + (m == intel ? 0x13 : 3));
            assertThat(m.c.gpr(Cpu.RCX)).isEqualTo(4);
            // repe loopne
            m.code(0xF3, 0xE0, 0x10).step();
            assertThat(m.c.rip).isEqualTo(Bare.CODE + (m == intel ? 3 : 0x13));
        }
    }

    @Test
    void offsetsOfFsAndGs() {
        for (Bare m : new Bare[] {intel, amd}) {
            m.c.seg[Cpu.FS].base = 0xFFFF800000000000L;
            m.c.segBase(Cpu.FS, 0xFFFF800000000000L);
            m.c.gpr(Cpu.RBX, Bare.DATA + 0x800000000000L);
            m.put64(Bare.DATA, 42);
            m.code(0x64, 0x48, 0x8B, 0x03);
        }
        intel.step();
        assertThat(intel.c.gpr(Cpu.RAX)).isEqualTo(42);
        assertThat(amd.fault()).isEqualTo(Vector.GP);
    }

    @Test
    void aPendingX87ErrorAndConversionsFromMemory() {
        for (Bare m : new Bare[] {intel, amd}) {
            m.c.cr4 |= Control.CR4_OSXMMEXCPT;
            m.c.fcw = 0x37E;
            m.c.fsw = 0x8081;
            m.c.gpr(Cpu.RBX, Bare.DATA);
            m.put64(Bare.DATA, 3L << 32 | 2);
            // cvtpi2ps xmm0, [rbx]
            m.code(0x0F, 0x2A, 0x03);
        }
        assertThat(intel.fault()).isEqualTo(Vector.MF);
        amd.step();
        assertThat(amd.c.xmm(0)).isEqualTo(0x4040000040000000L);
        // cvtpi2pd is one of the x87 family on neither, when its source is memory
        intel.code(0x66, 0x0F, 0x2A, 0x03).step();
        assertThat(intel.c.xmm(0)).isEqualTo(Double.doubleToRawLongBits(2));
    }

    @Test
    void bytesThatAMaskedStoreLeavesOut() {
        for (Bare m : new Bare[] {intel, amd}) {
            m.unmap(Bare.DATA + 0x1000);
            m.c.gpr(Cpu.RDI, Bare.DATA + 0xFF8);
            m.c.xmm(2, -1);
            m.c.xmm(3, 0);
            // maskmovdqu xmm0, xmm1: the lower half alone
            m.code(0x66, 0x0F, 0xF7, 0xC1);
        }
        intel.step();
        assertThat(amd.fault()).isEqualTo(Vector.PF);
        assertThat(amd.c.pageFaultAddress).isEqualTo(Bare.DATA + 0x1000);
    }

    @Test
    void wordsShiftedFurtherThanTheyAreWide() {
        for (Bare m : new Bare[] {intel, amd}) {
            m.c.gpr(Cpu.RAX, 0x5B90);
            m.c.gpr(Cpu.RDX, 0x1070);
            // shld ax, dx, 27
            m.code(0x66, 0x0F, 0xA4, 0xD0, 27).step();
        }
        assertThat(amd.c.gpr(Cpu.RAX)).isEqualTo(0x8083);
        assertThat(intel.c.gpr(Cpu.RAX)).isEqualTo(0x82DC);
    }
}
