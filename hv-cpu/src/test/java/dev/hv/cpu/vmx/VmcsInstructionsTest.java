package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Intercept;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** VMXON to VMWRITE as their pseudocode in SDM vol. 3C, 30.3 says; error numbers of table 30-1. */
class VmcsInstructionsTest {

    private final VmxFixture f = new VmxFixture();
    private final VmxUnit unit = f.unit;

    @AfterEach
    void free() {
        f.close();
    }

    @Test
    void fieldsKeepAsManyBitsAsTheirWidth() {
        f.w(VmcsField.VPID, 0x12345);
        f.w(VmcsField.EXCEPTION_BITMAP, 0x1_89AB_CDEFL);
        f.w(VmcsField.TSC_OFFSET, 0x0123456789ABCDEFL);
        f.w(VmcsField.GUEST_RSP, -2);
        assertThat(f.r(VmcsField.VPID)).isEqualTo(0x2345);
        assertThat(f.r(VmcsField.EXCEPTION_BITMAP)).isEqualTo(0x89ABCDEFL);
        assertThat(f.r(VmcsField.TSC_OFFSET)).isEqualTo(0x0123456789ABCDEFL);
        assertThat(f.r(VmcsField.GUEST_RSP)).isEqualTo(-2);
    }

    @Test
    void halvesOf64BitFieldsAreReadAndWrittenApart() {
        f.w(VmcsField.TSC_OFFSET, 0x1111111122222222L);
        assertThat(f.r(VmcsField.TSC_OFFSET | 1)).isEqualTo(0x11111111L);
        f.w(VmcsField.TSC_OFFSET | 1, 0x33333333L);
        assertThat(f.r(VmcsField.TSC_OFFSET)).isEqualTo(0x3333333322222222L);
        f.w(VmcsField.TSC_OFFSET, 5);
        assertThat(f.r(VmcsField.TSC_OFFSET)).as("the full encoding replaces both halves").isEqualTo(5);
    }

    @Test
    void dataSurvivesWhileAnotherVmcsIsCurrent() {
        f.w(VmcsField.GUEST_RIP, 0x1234);
        assertThat(unit.vmclear(VmxFixture.VMCS2)).isZero();
        assertThat(unit.vmptrld(VmxFixture.VMCS2)).isZero();
        f.w(VmcsField.GUEST_RIP, 0x5678);
        assertThat(unit.vmptrld(VmxFixture.VMCS)).isZero();
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1234);
        assertThat(unit.vmptrst()).isEqualTo(VmxFixture.VMCS);
        assertThat(unit.vmptrld(VmxFixture.VMCS2)).isZero();
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x5678);
    }

    @Test
    void vmclearWritesTheDataBackAndLeavesNoVmcsCurrent() {
        f.w(VmcsField.GUEST_RIP, 0x1234);
        assertThat(unit.vmclear(VmxFixture.VMCS)).isZero();
        assertThat(unit.vmptrst()).isEqualTo(-1);
        assertThat(unit.vmwrite(VmcsField.GUEST_RIP, 0)).isEqualTo(VmxError.INVALID);
        assertThat(unit.vmptrld(VmxFixture.VMCS)).isZero();
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1234);
    }

    @Test
    void badPointersFailWithTheirNumbers() {
        assertThat(unit.vmclear(0x2001)).isEqualTo(2);
        assertThat(unit.vmclear(1L << 46)).isEqualTo(2);
        assertThat(unit.vmclear(VmxFixture.VMXON)).isEqualTo(3);
        assertThat(unit.vmptrld(0x2800)).isEqualTo(9);
        assertThat(unit.vmptrld(1L << 46)).isEqualTo(9);
        assertThat(unit.vmptrld(VmxFixture.VMXON)).isEqualTo(10);
        assertThat(unit.vmptrld(0x9000)).isEqualTo(11);
        assertThat(f.r(VmcsField.INSTRUCTION_ERROR)).isEqualTo(11);
    }

    @Test
    void aShadowVmcsIsReadAndWrittenButNotEntered() {
        f.put64(0x9000, f.get64(VmxFixture.VMCS) & 0x7FFFFFFFL | 0x80000000L);
        assertThat(unit.vmptrld(0x9000)).isZero();
        assertThat(unit.vmwrite(VmcsField.GUEST_RIP, 0x77)).isZero();
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x77);
        assertThat(unit.launch()).isEqualTo(VmxError.INVALID);
        assertThat(unit.vmxoff()).isZero();
        assertThat(unit.vmxon(0x9000)).as("no VMXON region").isEqualTo(VmxError.INVALID);
    }

    @Test
    void withoutVmcsShadowingVmptrldRefusesTheShadowIndicator() {
        try (VmxFixture without = new VmxFixture("intel,-vmx-shadow-vmcs")) {
            without.put64(0x9000, without.get64(VmxFixture.VMCS) & 0x7FFFFFFFL | 0x80000000L);
            assertThat(without.unit.vmptrld(0x9000)).isEqualTo(11);
        }
    }

    @Test
    void unknownFieldsFailWithError12() {
        assertThat(unit.vmwrite(0x4834, 0)).isEqualTo(12);
        assertThat(f.r(VmcsField.INSTRUCTION_ERROR)).isEqualTo(12);
        assertThat(unit.checkField(0x4834)).isEqualTo(12);
    }

    @Test
    void readOnlyFieldsCanBeWrittenAsMiscSays() {
        assertThat(unit.readMsr(f.c, 0x485) >>> 29 & 1).isEqualTo(1);
        assertThat(unit.vmwrite(VmcsField.EXIT_QUALIFICATION, 77)).isZero();
        assertThat(f.r(VmcsField.EXIT_QUALIFICATION)).isEqualTo(77);
    }

    @Test
    void vmxonAndVmcallInRootOperationFail() {
        assertThat(unit.vmxon(0x9000)).isEqualTo(15);
        assertThat(unit.vmcallInRoot()).isEqualTo(1);
    }

    @Test
    void vmxonNeedsAnAlignedRegionWithTheRevisionIdentifier() {
        unit.vmxoff();
        assertThat(unit.vmxon(0x1001)).isEqualTo(VmxError.INVALID);
        assertThat(unit.vmxon(0x9000)).isEqualTo(VmxError.INVALID);
        assertThat(unit.inVmxOperation()).isFalse();
        assertThat(unit.vmxon(VmxFixture.VMXON)).isZero();
        assertThat(unit.vmcallInRoot()).as("no VMCS is current").isEqualTo(VmxError.INVALID);
    }

    @Test
    void launchAndResumeFollowTheLaunchState() {
        var cpuid = new Insn();
        cpuid.length = 2;
        assertThat(unit.resume()).isEqualTo(5);
        assertThat(unit.launch()).isZero();
        f.c.guest.instruction(f.c, Intercept.CPUID, cpuid);
        assertThat(unit.launch()).isEqualTo(4);
        assertThat(unit.resume()).isZero();
        f.c.guest.instruction(f.c, Intercept.CPUID, cpuid);
        unit.vmclear(VmxFixture.VMCS);
        unit.vmptrld(VmxFixture.VMCS);
        assertThat(unit.resume()).isEqualTo(5);
    }

    @Test
    void entryWithoutACurrentVmcsFailsInvalid() {
        unit.vmclear(VmxFixture.VMCS);
        assertThat(unit.launch()).isEqualTo(VmxError.INVALID);
    }

    @Test
    void entryRightAfterMovSsFailsWithError26() {
        f.c.shadow = 2;
        f.c.shadowRip = f.c.rip;
        assertThat(unit.launch()).isEqualTo(26);
    }

    @Test
    void inveptAndInvvpidCheckTypeAndDescriptor() {
        assertThat(unit.invept(1, VmxFixture.EPTP)).isZero();
        assertThat(unit.invept(2, 0)).isZero();
        assertThat(unit.invept(0, 0)).isEqualTo(28);
        assertThat(unit.invept(3, 0)).isEqualTo(28);
        assertThat(unit.invept(1, VmxFixture.EPTP | 1 << 8)).isEqualTo(28);
        assertThat(unit.invept(2, 0, 1)).isEqualTo(28);
        assertThat(unit.invvpid(0, 1, 0x1000)).isZero();
        assertThat(unit.invvpid(0, 1, 1L << 47)).isEqualTo(28);
        assertThat(unit.invvpid(1, 0, 0)).isEqualTo(28);
        assertThat(unit.invvpid(2, 0, 0)).isZero();
        assertThat(unit.invvpid(3, 1, 0)).isZero();
        assertThat(unit.invvpid(4, 1, 0)).isEqualTo(28);
        assertThat(unit.invvpid(1, 0x10001, 0)).isEqualTo(28);
    }
}
