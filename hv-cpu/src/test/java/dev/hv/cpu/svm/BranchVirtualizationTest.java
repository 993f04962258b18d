package dev.hv.cpu.svm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import org.junit.jupiter.api.Test;

/** Last-branch records of host and guest (APM vol. 2, 15.23): VMCB fields 0x0B8, 0x670 to 0x690. */
class BranchVirtualizationTest {

    private static final long HOST_FROM = 0x111000;

    private static SvmFixture fixture(String model, int extensions) {
        SvmFixture f = new SvmFixture(CpuModels.parse(model));
        Msrs.write(f.c, 0x1D9, 1);
        f.c.branches.setLast(0, HOST_FROM);
        f.w(0xB8, extensions);
        f.w(0x670, 1);
        f.w(0x678, 0x333000);
        // jmp over a nop; vmmcall
        f.code(0x1000, 0xEB, 1, 0x90, 0x0F, 0x01, 0xD9);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        return f;
    }

    @Test
    void aGuestWithRecordsOfItsOwnLeavesTheHostsAlone() {
        try (SvmFixture f = fixture("amd", 1)) {
            assertThat(f.r(0x670)).isEqualTo(1);
            assertThat(f.r(0x678)).isEqualTo(0x1000);
            assertThat(f.r(0x680)).isEqualTo(0x1003);
            assertThat(Msrs.read(f.c, 0x1DB)).isEqualTo(HOST_FROM);
            assertThat(Msrs.read(f.c, 0x1D9)).isEqualTo(1);
            assertThat(f.c.events & Cpu.EVENT_DEBUG).as("the host records again").isNotZero();
        }
    }

    @Test
    void withoutThemTheProcessorsAreTheGuestsToo() {
        for (SvmFixture f : new SvmFixture[] {fixture("amd", 0), fixture("amd,-lbrv", 1)}) {
            assertThat(f.r(0x678)).as("the VMCB is not looked at").isEqualTo(0x333000);
            assertThat(Msrs.read(f.c, 0x1DB)).isEqualTo(0x1000);
            f.close();
        }
    }

    /** Reserved bits of the field are none of DEBUGCTL's. */
    @Test
    void reservedBitsAreIgnored() {
        try (SvmFixture f = new SvmFixture()) {
            f.w(0xB8, 1);
            f.w(0x670, -1 & ~3L);
            f.code(0x1000, SvmFixture.CALL);
            assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
            assertThat(f.r(0x670)).isEqualTo(0x3C);
            assertThat(Msrs.read(f.c, 0x1D9)).isZero();
        }
    }
}
