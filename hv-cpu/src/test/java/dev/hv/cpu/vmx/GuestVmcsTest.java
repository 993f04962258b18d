package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** VMREAD and VMWRITE of a guest with a shadow VMCS (SDM vol. 3C, 24.10, 25.1.3, 30.3), and the scaled time-stamp counter (25.3). */
class GuestVmcsTest {

    private static final int SHADOWING = 1 << 14;
    private static final int SCALING = 1 << 25;
    private static final long VMREAD_BITMAP = 0x9000;
    private static final long VMWRITE_BITMAP = 0xA000;
    private static final long SHADOW = 0xB000;
    private static final int CPUID = 10;
    private static final int VMREAD = 23;
    private static final int VMWRITE = 25;

    private final VmxFixture f = new VmxFixture();
    private final Cpu c = f.c;

    @BeforeEach
    void guestWithShadow() {
        // vmread rax, rbx; cpuid at 1000h, vmwrite rbx, rax; cpuid at 1100h
        f.code(0x1000, 0x0F, 0x78, 0xD8, 0x0F, 0xA2);
        f.code(0x1100, 0x0F, 0x79, 0xD8, 0x0F, 0xA2);
        f.with(VmcsField.SECONDARY_CONTROLS, SHADOWING);
        f.w(VmcsField.VMREAD_BITMAP, VMREAD_BITMAP);
        f.w(VmcsField.VMWRITE_BITMAP, VMWRITE_BITMAP);
        f.put64(SHADOW, Vmcs.REVISION | 0x80000000L);
        f.w(VmcsField.VMCS_LINK_POINTER, SHADOW);
    }

    @AfterEach
    void free() {
        f.close();
    }

    private int runAt(long rip) {
        f.w(VmcsField.GUEST_RIP, rip);
        return f.run();
    }

    private void intercept(long bitmap, int field) {
        f.put8(bitmap + (field >>> 3), f.get8(bitmap + (field >>> 3)) | 1 << (field & 7));
    }

    @Test
    void aGuestReadsAndWritesItsShadow() {
        c.gpr(Cpu.RBX, VmcsField.GUEST_RIP);
        c.gpr(Cpu.RAX, 0x1234_5678_9ABCL);
        assertThat(runAt(0x1100)).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RFLAGS)).isEqualTo(2);
        c.gpr(Cpu.RAX, 0);
        assertThat(runAt(0x1000)).isEqualTo(CPUID);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x1234_5678_9ABCL);
        f.unit.vmptrld(SHADOW);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1234_5678_9ABCL);
    }

    @Test
    void widthsAndHalvesAreThoseOfTheFields() {
        c.gpr(Cpu.RBX, VmcsField.GUEST_ES_SELECTOR);
        c.gpr(Cpu.RAX, 0x12345678);
        assertThat(runAt(0x1100)).isEqualTo(CPUID);
        assertThat(runAt(0x1000)).isEqualTo(CPUID);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x5678);
        c.gpr(Cpu.RBX, VmcsField.GUEST_EFER | 1);
        c.gpr(Cpu.RAX, 0x99);
        assertThat(runAt(0x1100)).isEqualTo(CPUID);
        c.gpr(Cpu.RBX, VmcsField.GUEST_EFER);
        assertThat(runAt(0x1000)).isEqualTo(CPUID);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x99_0000_0000L);
    }

    @Test
    void theBitmapsChooseWhatExits() {
        c.gpr(Cpu.RBX, VmcsField.GUEST_RIP);
        intercept(VMREAD_BITMAP, VmcsField.GUEST_RIP);
        assertThat(runAt(0x1000)).isEqualTo(VMREAD);
        assertThat(runAt(0x1100)).isEqualTo(CPUID);
        intercept(VMWRITE_BITMAP, VmcsField.GUEST_RIP);
        assertThat(runAt(0x1100)).isEqualTo(VMWRITE);
        c.gpr(Cpu.RBX, 0x8000);
        assertThat(runAt(0x1000)).as("beyond the bitmap").isEqualTo(VMREAD);
        c.gpr(Cpu.RBX, 1L << 32 | VmcsField.GUEST_RSP);
        assertThat(runAt(0x1100)).isEqualTo(VMWRITE);
        f.without(VmcsField.SECONDARY_CONTROLS, SHADOWING);
        f.w(VmcsField.VMCS_LINK_POINTER, -1);
        c.gpr(Cpu.RBX, VmcsField.GUEST_RSP);
        assertThat(runAt(0x1000)).as("without the control").isEqualTo(VMREAD);
    }

    @Test
    void failuresAreThoseOfRootOperation() {
        c.gpr(Cpu.RBX, 0x4834);
        assertThat(runAt(0x1000)).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RFLAGS)).as("VMfailValid").isEqualTo(0x42);
        assertThat(f.r(VmcsField.INSTRUCTION_ERROR)).isEqualTo(12);
        f.w(VmcsField.VMCS_LINK_POINTER, -1);
        c.gpr(Cpu.RBX, VmcsField.GUEST_RIP);
        assertThat(runAt(0x1100)).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RFLAGS)).as("VMfailInvalid").isEqualTo(3);
    }

    @Test
    void aGuestAtLevel3MayNot() {
        f.segment(1, 0x0B, 0, 0xFFFFFFFFL, 0xA0FB);
        f.segment(2, 0x13, 0, 0xFFFFFFFFL, 0xC0F3);
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 13);
        c.gpr(Cpu.RBX, VmcsField.GUEST_RIP);
        assertThat(runAt(0x1000)).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(0x80000B0DL);
    }

    @Test
    void theLinkPointersShadowIndicatorMustBeThatOfTheControl() {
        f.put64(SHADOW, Vmcs.REVISION);
        assertThat(f.unit.launch()).isZero();
        assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(0x80000021L);
        assertThat(f.qualification()).isEqualTo(4);
        f.put64(SHADOW, Vmcs.REVISION | 0x80000000L);
        f.without(VmcsField.SECONDARY_CONTROLS, SHADOWING);
        assertThat(f.unit.launch()).isZero();
        assertThat(f.qualification()).isEqualTo(4);
    }

    @Test
    void timeIsScaledBeforeItIsMoved() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 3);
        f.with(VmcsField.SECONDARY_CONTROLS, SCALING);
        // 2.5 times, and 2^40 on
        f.w(VmcsField.TSC_MULTIPLIER, 5L << 47);
        f.w(VmcsField.TSC_OFFSET, 1L << 40);
        c.time = () -> 0x7000_0000_0000_0002L;
        // rdtsc; cpuid
        f.code(0x1000, 0x0F, 0x31, 0x0F, 0xA2);
        assertThat(runAt(0x1000)).isEqualTo(CPUID);
        long expected = 0x7000_0000_0000_0002L * 2 + 0x3800_0000_0000_0001L + (1L << 40);
        assertThat(c.gpr(Cpu.RDX) << 32 | c.gpr(Cpu.RAX)).isEqualTo(expected);
        f.without(VmcsField.PRIMARY_CONTROLS, 1 << 3);
        assertThat(runAt(0x1000)).isEqualTo(CPUID);
        assertThat(c.gpr(Cpu.RDX) << 32 | c.gpr(Cpu.RAX)).as("without offsetting there is no scaling").isEqualTo(0x7000_0000_0000_0002L);
    }
}
