package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Bare.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Linear-address masking: metadata in pointers to data (SDM vol. 3A, 4.4.2). */
class AddressMaskingTest {

    private static final long BITS_62_TO_57 = 0x7E00000000000000L;
    private static final long BITS_62_TO_48 = 0x7FFF000000000000L;
    private static final int[] STORE = {0x88, 0x03};
    private static final int[] LOCKED_ADD = {0xF0, 0x48, 0x01, 0x03};
    private static final int[] PUSH = {0x50};
    private static final int[] JUMP = {0xFF, 0xE3};
    private static final long HIGH_HALF = 0xFFFF800000000000L;

    private final Bare bare = Bare.mode64(CpuModels.parse("max"));
    private final Cpu c = bare.c;

    /** Vector of the fault of a store to an address; -1 when it goes to {@link Bare#DATA}. */
    private int store(long address) {
        bare.put8(DATA, 0);
        c.gpr(Cpu.RBX, address);
        c.gpr(Cpu.RAX, 0x77);
        bare.code(STORE);
        try {
            bare.step();
        } catch (GuestFault f) {
            return f.vector;
        }
        assertThat(bare.get8(DATA)).isEqualTo(0x77);
        return -1;
    }

    private void controls(long cr3Bits, long cr4Bits) {
        c.cr3 = c.cr3 & 0xFFFFF000L | cr3Bits;
        c.cr4 = c.cr4 & ~Control.CR4_LAM_SUP | cr4Bits;
        Modes.update(c);
    }

    @Test
    void withoutItMetadataAreNotCanonical() {
        assertThat(store(DATA | 1L << 62)).isEqualTo(Vector.GP);
        assertThat(store(DATA)).isEqualTo(-1);
    }

    @Test
    void theUsersHalfGoesByCr3() {
        controls(Control.CR3_LAM_U57, 0);
        assertThat(store(DATA | BITS_62_TO_57)).isEqualTo(-1);
        assertThat(store(DATA | 1L << 56)).isEqualTo(Vector.GP);
        assertThat(store(DATA | 1L << 48)).isEqualTo(Vector.GP);
        controls(Control.CR3_LAM_U48, 0);
        assertThat(store(DATA | BITS_62_TO_48)).isEqualTo(-1);
        assertThat(store(DATA | 1L << 47)).isEqualTo(Vector.GP);
        controls(Control.CR3_LAM_U48 | Control.CR3_LAM_U57, 0);
        assertThat(store(DATA | 1L << 48)).isEqualTo(Vector.GP);
    }

    @Test
    void theOtherHalfGoesByCr4() {
        // the highest entry of the root maps what the lowest does
        bare.put64(0x1000 + 8 * 256, bare.get64(0x1000));
        c.tlb.flushAll();
        controls(Control.CR3_LAM_U48, 0);
        assertThat(store(HIGH_HALF + DATA)).isEqualTo(-1);
        assertThat(store(HIGH_HALF + DATA & ~(1L << 48))).isEqualTo(Vector.GP);
        controls(0, Control.CR4_LAM_SUP);
        assertThat(store(HIGH_HALF + DATA & ~BITS_62_TO_48)).isEqualTo(-1);
        assertThat(store(HIGH_HALF + DATA & ~(1L << 47))).isEqualTo(Vector.GP);
    }

    @Test
    void pageFaultsTellTheAddressWithoutMetadata() {
        controls(Control.CR3_LAM_U48, 0);
        bare.unmap(DATA);
        c.gpr(Cpu.RBX, DATA + 5 | BITS_62_TO_48);
        assertThat(bare.code(STORE).fault()).isEqualTo(Vector.PF);
        assertThat(c.pageFaultAddress).isEqualTo(DATA + 5);
    }

    @Test
    void lockedAndStackAccessesAreMaskedAndBranchesAreNot() {
        controls(Control.CR3_LAM_U48, 0);
        c.gpr(Cpu.RBX, DATA | 3L << 60);
        c.gpr(Cpu.RAX, 5);
        bare.put64(DATA, 2);
        bare.code(LOCKED_ADD).step();
        assertThat(bare.get64(DATA)).isEqualTo(7);
        c.gpr(Cpu.RSP, DATA + 8 | 1L << 60);
        bare.code(PUSH).step();
        assertThat(bare.get64(DATA)).isEqualTo(5);
        c.gpr(Cpu.RBX, Bare.CODE | 1L << 60);
        assertThat(bare.code(JUMP).fault()).isEqualTo(Vector.GP);
    }

    /** Vector operands that begin seven bytes before the end of a page, whose neighbour lies elsewhere in memory. */
    @ParameterizedTest
    @CsvSource({"16, '0F 10 01', '0F 11 03', '0F 10 03', '0F 11 02'", "32, 'C5 FE 6F 01', 'C5 FE 7F 03', 'C5 FE 6F 03', 'C5 FE 7F 02'"})
    void wideOperandsAcrossPagesAreMasked(int size, String load, String storeMasked, String loadMasked, String store) {
        c.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE;
        c.xcr0 = 7;
        controls(Control.CR3_LAM_U48, 0);
        bare.map(DATA + 0x1000, DATA + 0x5000, true);
        c.tlb.flushAll();
        for (int i = 0; i < size; i++) {
            bare.put8(DATA + 0x2000 + i, 0x40 + i);
        }
        c.gpr(Cpu.RCX, DATA + 0x2000);
        c.gpr(Cpu.RBX, DATA + 0xFF9 | BITS_62_TO_48 & ~(5L << 50));
        c.gpr(Cpu.RDX, DATA + 0x3000);
        for (String code : new String[] {load, storeMasked, loadMasked, store}) {
            bare.code(bytes(code)).step();
        }
        for (int i = 0; i < size; i++) {
            assertThat(bare.get8(i < 7 ? DATA + 0xFF9 + i : DATA + 0x5000 + i - 7)).as("stored byte %d", i).isEqualTo(0x40 + i);
            assertThat(bare.get8(DATA + 0x3000 + i)).as("byte %d loaded again", i).isEqualTo(0x40 + i);
        }
    }

    private static int[] bytes(String code) {
        return Arrays.stream(code.split(" ")).mapToInt(b -> Integer.parseInt(b, 16)).toArray();
    }

    @Test
    void compatibilityModeHasNoMetadata() {
        Bare narrow = Bare.mode32();
        narrow.c.cr3 |= Control.CR3_LAM_U48;
        Modes.update(narrow.c);
        narrow.c.gpr(Cpu.RBX, DATA);
        narrow.c.gpr(Cpu.RAX, 9);
        narrow.code(STORE).step();
        assertThat(narrow.get8(DATA)).isEqualTo(9);
    }

    @Test
    void onlyAModelWithItTakesTheBits() {
        // MOV CR3, RBX
        c.gpr(Cpu.RBX, c.cr3 | Control.CR3_LAM_U48 | Control.CR3_LAM_U57);
        bare.code(0x0F, 0x22, 0xDB).step();
        assertThat(c.cr3 >>> 61).isEqualTo(3);
        Bare without = Bare.mode64();
        without.c.gpr(Cpu.RBX, without.c.cr3 | Control.CR3_LAM_U48);
        assertThat(without.code(0x0F, 0x22, 0xDB).fault()).isEqualTo(Vector.GP);
        assertThat(ControlRegisters.cr4Valid(without.c.model) & Control.CR4_LAM_SUP).isZero();
    }
}
