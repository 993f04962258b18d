package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.memory.LittleEndian;
import org.junit.jupiter.api.Test;

/** XCR0, IA32_XSS and the YMM registers are each virtual processor's own, whoever runs between two of its slices. */
class VectorStateTest {

    private final Rig rig = new Rig().start();

    private int peek(Rig.Child child, long address) {
        byte[] b = new byte[4];
        assertThat(rig.vid.memory(child.id).read(address, b, 0, 4)).isTrue();
        return LittleEndian.u32(b, 0);
    }

    @Test
    void twoProcessorsKeepWhatEachHasEnabledAndLoaded() {
        Rig.Child wide = rig.child(4 << 20).code(true,
                0x0F, 0x20, 0xE0, 0x0D, 0x00, 0x06, 0x04, 0x00, 0x0F, 0x22, 0xE0, // CR4: OSFXSR, OSXMMEXCPT, OSXSAVE
                0x31, 0xC9, 0x31, 0xD2, 0xB8, 7, 0, 0, 0, 0x0F, 0x01, 0xD1,       // xsetbv: x87, SSE and AVX
                0xC5, 0xF5, 0x76, 0xC9,                                          // vpcmpeqd ymm1, ymm1, ymm1
                0xB9, 0x40, 0x0D, 0x03, 0x00, 0xE2, 0xFE,                         // 200,000 times round
                0xC4, 0xE3, 0x7D, 0x39, 0xCA, 0x01,                               // vextracti128 xmm2, ymm1, 1
                0xC5, 0xF9, 0x7E, 0x15, 0x00, 0x40, 0x00, 0x00,                   // vmovd [0x4000], xmm2
                0x31, 0xC9, 0x0F, 0x01, 0xD0, 0xA3, 0x04, 0x40, 0x00, 0x00,       // xgetbv; mov [0x4004], eax
                0xE6, 0xF4);
        Rig.Child narrow = rig.child(4 << 20).code(true,
                0x0F, 0x20, 0xE0, 0x0D, 0x00, 0x06, 0x04, 0x00, 0x0F, 0x22, 0xE0,
                0x31, 0xC9, 0x31, 0xD2, 0xB8, 3, 0, 0, 0, 0x0F, 0x01, 0xD1,       // xsetbv: x87 and SSE
                0x0F, 0x57, 0xC9,                                                // xorps xmm1, xmm1
                0x31, 0xC9, 0x0F, 0x01, 0xD0, 0xA3, 0x04, 0x40, 0x00, 0x00,       // xgetbv; mov [0x4004], eax
                0xEB, 0xF1);
        narrow.go();
        wide.go();
        rig.run(2_000_000);
        assertThat(wide.done).isTrue();
        assertThat(peek(wide, 0x4000)).isEqualTo(-1);
        assertThat(peek(wide, 0x4004)).isEqualTo(7);
        assertThat(peek(narrow, 0x4004)).isEqualTo(3);
        assertThat(wide.get(HvRegister.XFEM)).isEqualTo(7);
        assertThat(narrow.get(HvRegister.XFEM)).isEqualTo(3);
    }

    @Test
    void theRootSetsOnlyWhatAProcessorCanHave() {
        Rig.Child child = rig.child(4 << 20).code(true, 0x90);
        for (long v : new long[] {0, 2, 5, 8, 1L << 63 | 7}) {
            assertThat(set(child, HvRegister.XFEM, v)).isEqualTo(HvStatus.INVALID_REGISTER_VALUE);
        }
        assertThat(set(child, HvRegister.XFEM, 7)).isEqualTo(HvStatus.SUCCESS);
        assertThat(child.get(HvRegister.XFEM)).isEqualTo(7);
        assertThat(set(child, HvRegister.XSS, 1)).isEqualTo(HvStatus.INVALID_REGISTER_VALUE);
        assertThat(set(child, HvRegister.XSS, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(child.get(HvRegister.XSS)).isZero();
    }

    private HvStatus set(Rig.Child child, int register, long value) {
        return rig.winHv.setVpRegisters(child.id, 0, new int[] {register}, new HvRegisterValue[] {HvRegisterValue.of(value)});
    }
}
