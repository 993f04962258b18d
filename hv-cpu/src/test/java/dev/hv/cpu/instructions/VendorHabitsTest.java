package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.decode.Decoder;
import dev.hv.cpu.decode.Insn;
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
    void conversionsFromMemoryAreNoMmxInstructions() {
        for (Bare m : new Bare[] {intel, amd}) {
            m.c.cr4 |= Control.CR4_OSXMMEXCPT;
            m.c.fcw = 0x37E;
            m.c.fsw = 0xB881;
            m.c.gpr(Cpu.RBX, Bare.DATA);
            m.put64(Bare.DATA, 3L << 32 | 2);
            // cvtpi2ps xmm0, [rbx], with an x87 error pending
            m.code(0x0F, 0x2A, 0x03).step();
            assertThat(m.c.xmm(0)).isEqualTo(0x4040000040000000L);
            assertThat(m.c.fsw).isEqualTo(0xB881);
        }
    }

    @Test
    void anOperandAroundTheEndOfAFlatSegment() {
        for (CpuModel model : new CpuModel[] {CpuModel.intelDefault(), CpuModel.amdDefault()}) {
            Bare m = Bare.mode32(model);
            m.c.gpr(Cpu.RBX, 0xFFFFFFFEL);
            // mov eax, [ebx]
            int fault = m.code(0x8B, 0x03).fault();
            assertThat(fault).isEqualTo(model.intel() ? Vector.PF : Vector.GP);
        }
    }

    @Test
    void aRepeatedInstructionThatDoesNothingShortensItsCount() {
        for (Bare m : new Bare[] {intel, amd}) {
            m.c.gpr(Cpu.RCX, 5L << 32);
            m.c.gpr(Cpu.RSI, 6L << 32);
            m.c.gpr(Cpu.RDI, 7L << 32);
            // rep movsb with 32-bit addresses
            m.code(0x67, 0xF3, 0xA4).step();
            assertThat(m.c.gpr(Cpu.RCX)).isEqualTo(m == intel ? 0 : 5L << 32);
            assertThat(m.c.gpr(Cpu.RSI)).isEqualTo(m == intel ? 0 : 6L << 32);
            assertThat(m.c.gpr(Cpu.RDI)).isEqualTo(m == intel ? 0 : 7L << 32);
        }
    }

    @Test
    void flagsOfAComparisonThatFaultsOnItsWay() {
        for (Bare m : new Bare[] {intel, amd}) {
            m.unmap(Bare.DATA + 0x1000);
            m.c.setRflags(Rflags.FIXED | Rflags.CF);
            m.c.gpr(Cpu.RCX, 9);
            m.c.gpr(Cpu.RDI, Bare.DATA + 0xFFC);
            m.c.gpr(Cpu.RAX, 1);
            // repne scasb
            assertThat(m.code(0xF2, 0xAE).fault()).isEqualTo(Vector.PF);
            assertThat(m.c.gpr(Cpu.RCX)).isEqualTo(5);
            // 1 - 0 leaves no flag; before it was CF
            assertThat(m.c.rflags() & Rflags.CF).isEqualTo(m == intel ? Rflags.CF : 0);
        }
    }

    @Test
    void whatIsFetchedOfInstructionsThatAreNone() {
        // 0F 3C and a ModRM byte; C4 to no map is LES, with a displacement behind its ModRM byte
        for (int[] code : new int[][] {{0x0F, 0x3C, 0x00, 0xC0}, {0xC4, 0x84, 0, 0, 0, 0, 0}}) {
            var d = new Insn();
            long low = 0;
            for (int i = 0; i < code.length; i++) {
                low |= (long) code[i] << 8 * i;
            }
            int mode = intel.c.mode;
            assertThat(new Decoder(d, false).decode(low, 0, 15, 0, mode)).isEqualTo(code.length);
            assertThat(d.id).isNegative();
            assertThat(new Decoder(d, false).decode(low, 0, code.length - 1, 0, mode)).isEqualTo(Decoder.TRUNCATED);
        }
        // PREFETCHW of a register
        intel.code(0x0F, 0x0D, 0xC8).step();
        assertThat(amd.code(0x0F, 0x0D, 0xC8).fault()).isEqualTo(Vector.UD);
    }

    @Test
    void bytesThatAMaskedStoreLeavesOut() {
        for (Bare m : new Bare[] {intel, amd}) {
            m.unmap(Bare.DATA);
            m.unmap(Bare.DATA + 0x1000);
            m.c.gpr(Cpu.RDI, Bare.DATA + 0xFF8);
            m.c.xmm(2, 0);
            m.c.xmm(3, 0);
            // maskmovdqu xmm0, xmm1: not a byte
            m.code(0x66, 0x0F, 0xF7, 0xC1);
            assertThat(m.fault()).isEqualTo(Vector.PF);
        }
        // Intel's processors look at the upper half first
        assertThat(intel.c.pageFaultAddress).isEqualTo(Bare.DATA + 0x1000);
        assertThat(amd.c.pageFaultAddress).isEqualTo(Bare.DATA + 0xFF8);
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
