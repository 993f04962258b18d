package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Bare.DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What VEX-encoded instructions do beyond what vectors of silicon hold: faults in every order, features, upper halves. */
class AvxTest {

    private final Bare bare = enabled(CpuModel.intelDefault());
    private final Cpu c = bare.c;

    private static Bare enabled(CpuModel model) {
        Bare b = Bare.mode64(model);
        b.c.cr4 |= Control.CR4_OSXSAVE | Control.CR4_OSXMMEXCPT;
        b.c.xcr0 = 7;
        Modes.update(b.c);
        return b;
    }

    private static int[] code(String hex) {
        byte[] b = HexFormat.of().parseHex(hex);
        int[] code = new int[b.length];
        for (int i = 0; i < b.length; i++) {
            code[i] = b[i] & 0xFF;
        }
        return code;
    }

    private void run(String hex) {
        bare.code(code(hex)).step();
    }

    private int fault(String hex) {
        return bare.code(code(hex)).fault();
    }

    private void set(int x, long v0, long v1, long v2, long v3) {
        Ymm.set(c, x, v0, v1, v2, v3);
    }

    private long[] ymm(int x) {
        return new long[] {c.xmm(2 * x), c.xmm(2 * x + 1), c.ymmHigh(2 * x), c.ymmHigh(2 * x + 1)};
    }

    @Test
    void sseLeavesUpperHalvesAndVexClearsThem() {
        set(1, 1, 2, 3, 4);
        // PADDD xmm1, xmm1
        run("660ffec9");
        assertThat(ymm(1)).containsExactly(2, 4, 3, 4);
        // VPADDD xmm1, xmm1, xmm1
        run("c5f1fec9");
        assertThat(ymm(1)).containsExactly(4, 8, 0, 0);
    }

    /** LOCK, 66, F2, F3 and REX before VEX; VEX.vvvv of an instruction without such an operand; W and L that do not exist; a map that does not. */
    @ParameterizedTest
    @ValueSource(strings = {"f0c5fc58c0", "66c5fc58c0", "f2c5fc58c0", "f3c5fc58c0", "40c5fc58c0", "c5f410c0", "c4e2fd18c0", "c4e2791ac0", "c4e27d41c1", "c4e37519c001",
        "c4e0fc58c0", "c4e4fc58c0", "c4e2fd8cc1", "c5f477"})
    void malformedVexIsUndefined(String hex) {
        assertThat(fault(hex)).isEqualTo(Vector.UD);
    }

    @Test
    void eachExtensionStandsAlone() {
        String[][] cases = {{"-avx2", "c5fdfec0", "c5f9fec0"}, {"-fma", "c4e27d98c0", null}, {"-f16c", "c4e27d13c0", null}, {"-vaes", "c4e27ddcc0", "c4e279dcc0"},
            {"-vpclmulqdq", "c4e37d44c000", "c4e37944c000"}, {"-gfni", "c4e27dcfc0", null}, {"-sha", "0f38c8c0", null}, {"-avx2", "c4e27918c0", null}};
        for (String[] test : cases) {
            Bare without = enabled(CpuModels.parse("intel," + test[0]));
            assertThat(without.code(code(test[1])).fault()).as(test[0]).isEqualTo(Vector.UD);
            bare.code(code(test[1])).step();
            if (test[2] != null) {
                without.code(code(test[2])).step();
            }
        }
    }

    @Test
    void onlyMovesThatSaySoNeedAlignment() {
        c.gpr(Cpu.RBX, DATA + 16);
        // VMOVAPS ymm0, [rbx]; VMOVUPS; VADDPS ymm0, ymm0, [rbx]; VMOVNTDQ [rbx], ymm0; VMOVAPS xmm0, [rbx]
        assertThat(fault("c5fc2803")).isEqualTo(Vector.GP);
        assertThat(fault("c5fde703")).isEqualTo(Vector.GP);
        run("c5fc1003");
        run("c5fc5803");
        run("c5f82803");
    }

    @Test
    void aStoreThatReachesAPageThatIsNotThereStoresNothing() {
        bare.unmap(DATA + 4096);
        c.gpr(Cpu.RBX, DATA + 4096 - 16);
        set(0, 1, 2, 3, 4);
        assertThat(fault("c5fc1103")).isEqualTo(Vector.PF);
        assertThat(c.pageFaultAddress).isEqualTo(DATA + 4096);
        assertThat(bare.get64(DATA + 4096 - 16)).isZero();
    }

    @Test
    void exceptionsOfAllLanesAreGatheredBeforeOneIsRaised() {
        long one = 0x3F800000_3F800000L;
        // the lower lane divides by zero, the upper one has a signalling NaN; both are masked but the division
        set(1, one, one, 0x7F800001L | 0x3F800000L << 32, one);
        set(2, 0x3F800000L, one, one, one);
        c.mxcsr(0x1F80 & ~(1 << 9));
        set(0, 9, 9, 9, 9);
        // VDIVPS ymm0, ymm1, ymm2
        assertThat(fault("c5f45ec2")).isEqualTo(Vector.XM);
        assertThat(c.mxcsr() & 0x3F).as("invalid and division by zero").isEqualTo(5);
        assertThat(ymm(0)).containsExactly(9, 9, 9, 9);
        // the instruction after it begins anew
        c.mxcsr(0x1F80);
        run("c5f458c1");
        assertThat(c.mxcsr() & 0x3F).isEqualTo(1);
    }

    @Test
    void aMaskedLoadTouchesOnlyWhatIsChosen() {
        bare.unmap(DATA + 4096);
        c.gpr(Cpu.RBX, DATA + 4096 - 8);
        bare.put64(DATA + 4096 - 8, 0x22222222_11111111L);
        set(1, 0x80000000_00000000L, 0, 0, 0);
        // VMASKMOVPS ymm0, ymm1, [rbx]
        run("c4e2752c03");
        assertThat(ymm(0)).containsExactly(0x22222222_00000000L, 0, 0, 0);
        set(1, 0x80000000_00000000L, 0x80000000L, 0, 0);
        assertThat(fault("c4e2752c03")).isEqualTo(Vector.PF);
        assertThat(c.pageFaultAddress).isEqualTo(DATA + 4096);
    }

    @Test
    void aGatherThatFaultsKeepsWhatIsDoneAndGoesOnThere() {
        bare.unmap(DATA + 4096);
        c.gpr(Cpu.RBX, DATA);
        bare.put64(DATA + 8, 0xAAAA);
        set(1, 8, 4096, 0, 0);
        set(2, 0x8000_0000_0000_0000L, 0xC000_0000_0000_0000L, 5, 6);
        set(0, 1, 2, 3, 4);
        // VPGATHERQQ xmm0, [rbx+xmm1], xmm2
        assertThat(fault("c4e2e991040b")).isEqualTo(Vector.PF);
        assertThat(ymm(0)[0]).isEqualTo(0xAAAA);
        assertThat(ymm(0)[1]).isEqualTo(2);
        assertThat(ymm(2)).as("elements of the mask are whole, its upper half is gone").containsExactly(0, -1, 0, 0);
        bare.map(DATA + 4096, DATA + 4096, true);
        bare.put64(DATA + 4096, 0xBBBB);
        run("c4e2e991040b");
        assertThat(ymm(0)).containsExactly(0xAAAA, 0xBBBB, 0, 0);
        assertThat(ymm(2)).containsExactly(0, 0, 0, 0);
    }

    /** Destination, index and mask not all different; no SIB byte; a 16-bit address is not to be had here. */
    @ParameterizedTest
    @ValueSource(strings = {"c4e2f991040b", "c4e2e9910413", "c4e2f191040b", "c4e2e99103"})
    void gathersOfOverlappingRegistersAreUndefined(String hex) {
        assertThat(fault(hex)).isEqualTo(Vector.UD);
    }

    @Test
    void zeroingSparesRegistersThatTheModeDoesNotHave() {
        Bare b = Bare.mode32();
        b.c.cr4 |= Control.CR4_OSXSAVE;
        b.c.xcr0 = 7;
        Modes.update(b.c);
        for (int x = 0; x < 16; x++) {
            Ymm.set(b.c, x, 1, 1, 1, 1);
        }
        b.code(code("c5f877")).step();
        assertThat(b.c.ymmHigh(15)).isZero();
        assertThat(b.c.ymmHigh(16)).isEqualTo(1);
        assertThat(b.c.xmm(0)).isEqualTo(1);
        b.code(code("c5fc77")).step();
        assertThat(b.c.xmm(0)).isZero();
        assertThat(b.c.xmm(16)).isEqualTo(1);
    }

    @Test
    void wideAndCarrylessForms() {
        set(1, 3, 0, 5, 0);
        set(2, 7, 0, 9, 0);
        // VPCLMULQDQ ymm0, ymm1, ymm2, 0: (x + 1)(x² + x + 1), (x² + 1)(x³ + 1)
        run("c4e37544c200");
        assertThat(ymm(0)).containsExactly(9, 0, 0b101101, 0);
    }

    @Test
    void bitFieldsOfAmd() {
        Bare amd = Bare.mode64(CpuModel.amdDefault());
        amd.c.xmm(2, 0xABCD_EF01_2345_6789L);
        // EXTRQ xmm1, 8, 12
        amd.code(code("660f78c1080c")).step();
        assertThat(amd.c.xmm(2)).isEqualTo(0x56);
        amd.c.xmm(2, -1);
        amd.c.xmm(4, 0x12);
        // INSERTQ xmm1, xmm2, 8, 16
        amd.code(code("f20f78ca0810")).step();
        assertThat(amd.c.xmm(2)).isEqualTo(0xFFFF_FFFF_FF12_FFFFL);
        amd.c.xmm(5, 0x1000);
        amd.c.xmm(4, 5);
        // INSERTQ xmm1, xmm2: a length of 0 is 64
        amd.c.xmm(5, 0);
        amd.code(code("f20f79ca")).step();
        assertThat(amd.c.xmm(2)).isEqualTo(5);
        assertThat(fault("660f78c1080c")).as("no instruction of Intel's").isEqualTo(Vector.UD);
    }

    @Test
    void directStores() {
        c.gpr(Cpu.RBX, DATA);
        c.gpr(Cpu.RAX, 0x1122334455667788L);
        // MOVDIRI [rbx], rax
        run("480f38f903");
        assertThat(bare.get64(DATA)).isEqualTo(0x1122334455667788L);
        bare.put64(DATA + 56, 7);
        c.gpr(Cpu.RCX, DATA + 128);
        // MOVDIR64B rcx, [rbx]
        run("660f38f80b");
        assertThat(bare.get64(DATA + 128)).isEqualTo(0x1122334455667788L);
        assertThat(bare.get64(DATA + 184)).isEqualTo(7);
        c.gpr(Cpu.RCX, DATA + 132);
        assertThat(fault("660f38f80b")).isEqualTo(Vector.GP);
    }
}
