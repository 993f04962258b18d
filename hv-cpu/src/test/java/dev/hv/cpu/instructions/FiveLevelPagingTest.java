package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Bare.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Five levels of page tables and addresses of 57 bits (SDM vol. 3A, 4.5). */
class FiveLevelPagingTest {

    private static final long ROOT = 0x6000;
    private static final long FOUR_LEVELS = 0x1000;
    private static final long PRESENT = 3;
    private static final int SECOND = 1;
    /** An address that only 57 bits make canonical, and that the second entry of the root maps as the first one maps 0. */
    private static final long HIGH = (long) SECOND << 48;
    /** Canonical for no width. */
    private static final long NOWHERE = 1L << 57;
    private static final int KERNEL_GS_BASE = 0xC0000102;
    private static final int PAGE_SIZE = 1 << 7;

    private final CpuModel model = CpuModels.parse("max");
    private final Bare bare = Bare.mode64(model);
    private final Cpu c = bare.c;

    @BeforeEach
    void fiveLevels() {
        bare.put64(ROOT, FOUR_LEVELS | PRESENT);
        bare.put64(ROOT + 8 * SECOND, FOUR_LEVELS | PRESENT);
        c.cr3 = ROOT;
        c.cr4 |= Control.CR4_LA57;
        c.tlb.flushAll();
        Modes.update(c);
    }

    /** MOV AL, [RBX]: its fault, or 0. */
    private int load(long address) {
        c.gpr(Cpu.RBX, address);
        bare.code(0x8A, 0x03);
        try {
            bare.step();
            return 0;
        } catch (GuestFault f) {
            return f.vector;
        }
    }

    @Test
    void everyEntryOfTheRootIsWalked() {
        bare.put8(DATA, 0x5A);
        assertThat(load(HIGH + DATA)).isZero();
        assertThat(c.gpr(Cpu.RAX) & 0xFF).isEqualTo(0x5A);
        assertThat(load(DATA)).isZero();
        assertThat(load((2L << 48) + DATA)).isEqualTo(Vector.PF);
        assertThat(load(NOWHERE + DATA)).isEqualTo(Vector.GP);
    }

    @Test
    void theRootMapsNoPages() {
        bare.put64(ROOT + 8 * SECOND, FOUR_LEVELS | PRESENT | PAGE_SIZE);
        assertThat(load(HIGH + DATA)).isEqualTo(Vector.PF);
        assertThat(c.lastFault().errorCode & 8).isEqualTo(8);
    }

    @Test
    void withFourLevelsTheAddressesAreNotCanonical() {
        c.cr3 = FOUR_LEVELS;
        c.cr4 &= ~Control.CR4_LA57;
        c.tlb.flushAll();
        assertThat(load(HIGH + DATA)).isEqualTo(Vector.GP);
        // JMP RBX
        c.gpr(Cpu.RBX, HIGH + Bare.CODE);
        assertThat(bare.code(0xFF, 0xE3).fault()).isEqualTo(Vector.GP);
    }

    @Test
    void codeRunsAtHighAddresses() {
        c.gpr(Cpu.RBX, HIGH + Bare.CODE);
        bare.code(0xFF, 0xE3).step();
        assertThat(c.rip).isEqualTo(HIGH + Bare.CODE);
        bare.step();
        assertThat(c.rip).isEqualTo(HIGH + Bare.CODE);
    }

    @Test
    void registersTakeWhatTheProcessorHasWhateverTheMode() {
        for (boolean five : new boolean[] {true, false}) {
            c.cr4 = five ? c.cr4 | Control.CR4_LA57 : c.cr4 & ~Control.CR4_LA57;
            Msrs.write(c, KERNEL_GS_BASE, HIGH);
            assertThat(c.kernelGsBase()).isEqualTo(HIGH);
            assertThat(refused(c, NOWHERE)).isTrue();
        }
        assertThat(refused(Bare.mode64().c, HIGH)).isTrue();
    }

    private static boolean refused(Cpu c, long base) {
        try {
            Msrs.write(c, KERNEL_GS_BASE, base);
            return false;
        } catch (GuestFault f) {
            return true;
        }
    }

    @Test
    void theLevelsCannotBeChangedInLongMode() {
        c.gpr(Cpu.RBX, c.cr4 & ~Control.CR4_LA57);
        // MOV CR4, RBX
        assertThat(bare.code(0x0F, 0x22, 0xE3).fault()).isEqualTo(Vector.GP);
    }

    @Test
    void cpuidSaysTheWidth() {
        int[] out = new int[4];
        Cpuid.leaf(c, 0x80000008, 0, out);
        assertThat(out[0] >>> 8 & 0xFF).isEqualTo(57);
        Cpuid.leaf(Bare.mode64().c, 0x80000008, 0, out);
        assertThat(out[0] >>> 8 & 0xFF).isEqualTo(48);
    }
}
