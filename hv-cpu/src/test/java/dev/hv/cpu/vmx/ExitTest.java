package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Guest code that exits: reason, qualification, length, information, saved guest state, loaded host state (SDM vol. 3C, 27). */
class ExitTest {

    private final VmxFixture f = new VmxFixture();
    private final Cpu c = f.c;

    @AfterEach
    void free() {
        f.close();
    }

    @Test
    void cpuidExitsBeforeItChangesAnything() {
        c.gpr(Cpu.RAX, 1);
        c.gpr(Cpu.RBX, 77);
        f.code(0x1000, 0x90, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1001);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_LENGTH)).isEqualTo(2);
        assertThat(f.qualification()).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isZero();
        assertThat(f.r(VmcsField.IDT_VECTORING_INFO)).isZero();
        assertThat(c.gpr(Cpu.RBX)).isEqualTo(77);
    }

    @Test
    void guestStateIsSavedAndHostStateLoaded() {
        f.with(VmcsField.EXIT_CONTROLS, 1 << 20 | 1 << 18);
        f.with(VmcsField.ENTRY_CONTROLS, 1 << 15);
        f.w(VmcsField.HOST_FS_BASE, 0x123456789000L);
        f.w(VmcsField.HOST_SYSENTER_EIP, 0x4444);
        // mov rsp, 0x6ff0; stc; wrfsbase rax would need CR4; mov ds, ax; cpuid
        c.gpr(Cpu.RAX, 0);
        f.code(0x1000, 0x48, 0xC7, 0xC4, 0xF0, 0x6F, 0, 0, 0xF9, 0x8E, 0xD8, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RSP)).isEqualTo(0x6FF0);
        assertThat(f.r(VmcsField.GUEST_RFLAGS)).isEqualTo(3);
        assertThat(f.r(VmcsField.GUEST_DS_ACCESS_RIGHTS) & 0x10000).as("null selector").isEqualTo(0x10000);
        assertThat(f.r(VmcsField.GUEST_CR0)).isEqualTo(0x80010033L);
        assertThat(f.r(VmcsField.GUEST_EFER)).isEqualTo(0xD01);
        assertThat(f.r(VmcsField.ENTRY_CONTROLS) & 1 << 9).isEqualTo(1 << 9);
        assertThat(f.r(VmcsField.GUEST_PAT)).isEqualTo(0x0007040600070406L);
        assertThat(c.rip).isEqualTo(0xFFFF800000001000L);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(0xFFFF800000002000L);
        assertThat(c.rflags()).isEqualTo(2);
        assertThat(c.seg[Cpu.FS].base).isEqualTo(0x123456789000L);
        assertThat(c.seg[Cpu.CS].access).isEqualTo(0xA09B);
        assertThat(c.tr.limit).isEqualTo(0x67);
        assertThat(c.gdtrLimit).isEqualTo(0xFFFF);
        assertThat(c.dr[7]).isEqualTo(0x400);
        assertThat(c.sysenterEip).isEqualTo(0x4444);
        assertThat(c.cpl).isZero();
        assertThat(c.guest).isNull();
        assertThat(c.nested).isNull();
    }

    @Test
    void theGuestGoesOnWhereTheHypervisorPutsIt() {
        f.code(0x1000, 0x0F, 0xA2, 0x48, 0xFF, 0xC3, 0x0F, 0xA2);
        c.gpr(Cpu.RBX, 41);
        f.run();
        f.w(VmcsField.GUEST_RIP, 0x1002);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1005);
        assertThat(c.gpr(Cpu.RBX)).isEqualTo(42);
    }

    @Test
    void hltExitsOnlyWithItsControl() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 7);
        f.code(0x1000, 0xF4);
        assertThat(f.run()).isEqualTo(12);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_LENGTH)).isEqualTo(1);
        assertThat(f.r(VmcsField.GUEST_ACTIVITY)).isZero();
    }

    @Test
    void randomNumbersExitWithTheirControlsAndNameTheirOperand() {
        f.with(VmcsField.SECONDARY_CONTROLS, 1 << 11 | 1 << 16);
        c.gpr(Cpu.RBX, 77);
        // rdrand r11; rdseed bx
        f.code(0x1000, 0x49, 0x0F, 0xC7, 0xF3, 0x66, 0x0F, 0xC7, 0xFB);
        assertThat(f.run()).isEqualTo(57);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_LENGTH)).isEqualTo(4);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO)).isEqualTo(11 << 3 | 2 << 11);
        assertThat(f.qualification()).isZero();
        f.w(VmcsField.GUEST_RIP, 0x1004);
        assertThat(f.run()).isEqualTo(61);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO)).isEqualTo(3 << 3);
        assertThat(c.gpr(Cpu.RBX)).isEqualTo(77);
    }

    @Test
    void randomNumbersComeInTheGuestWithoutTheirControls() {
        // rdrand eax; rdseed ecx; cpuid
        f.code(0x1000, 0x0F, 0xC7, 0xF0, 0x0F, 0xC7, 0xF9, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1006);
        assertThat(c.gpr(Cpu.RAX)).isNotZero().isNotEqualTo(c.gpr(Cpu.RCX));
    }

    @Test
    void portsExitByBitmap() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 25);
        f.w(VmcsField.IO_BITMAP_A, VmxFixture.IO_A);
        f.w(VmcsField.IO_BITMAP_B, VmxFixture.IO_B);
        f.put8(VmxFixture.IO_A + (0x71 >> 3), 1 << (0x71 & 7));
        f.put8(VmxFixture.IO_B, 1 << 2);
        // in al, 0x70; in ax, 0x70
        f.code(0x1000, 0xE4, 0x70, 0x66, 0xE5, 0x70);
        assertThat(f.run()).isEqualTo(30);
        assertThat(f.r(VmcsField.GUEST_RIP)).as("a word at 70h covers 71h").isEqualTo(0x1002);
        assertThat(f.qualification()).isEqualTo(0x70L << 16 | 1 << 6 | 1 << 3 | 1);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_LENGTH)).isEqualTo(3);
        // out dx, eax at 8002h
        c.gpr(Cpu.RDX, 0x8002);
        f.code(0x1100, 0xEF);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(30);
        assertThat(f.qualification()).isEqualTo(0x8002L << 16 | 3);
    }

    @Test
    void aPortAccessThatWrapsExitsWhateverTheBitmapSays() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 25);
        f.w(VmcsField.IO_BITMAP_A, VmxFixture.IO_A);
        f.w(VmcsField.IO_BITMAP_B, VmxFixture.IO_B);
        c.gpr(Cpu.RDX, 0xFFFF);
        f.code(0x1000, 0x66, 0xEF);
        assertThat(f.run()).isEqualTo(30);
    }

    @Test
    void stringPortsReportAddressAndInformation() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 24);
        c.gpr(Cpu.RDX, 0x1F0);
        c.gpr(Cpu.RSI, 0x5000);
        c.gpr(Cpu.RCX, 4);
        // rep outsw
        f.code(0x1000, 0xF3, 0x66, 0x6F);
        assertThat(f.run()).isEqualTo(30);
        assertThat(f.qualification()).isEqualTo(0x1F0L << 16 | 1 << 5 | 1 << 4 | 1);
        assertThat(f.r(VmcsField.GUEST_LINEAR_ADDRESS)).isEqualTo(0x5000);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO) & 0x380).as("64-bit addresses").isEqualTo(2 << 7);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO) >> 15 & 7).as("DS").isEqualTo(3);
    }

    @Test
    void msrsExitByBitmap() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 28);
        f.w(VmcsField.MSR_BITMAP, VmxFixture.MSR_BITMAP);
        f.put8(VmxFixture.MSR_BITMAP + 1024 + (0x81 >> 3), 1 << (0x81 & 7));
        f.put8(VmxFixture.MSR_BITMAP + 2048 + (0x174 >> 3), 1 << (0x174 & 7));
        c.star = 0x1122334455667788L;
        c.gpr(Cpu.RCX, 0x174);
        // rdmsr; mov ecx, 0xC0000081; rdmsr
        f.code(0x1000, 0x0F, 0x32, 0xB9, 0x81, 0, 0, 0xC0, 0x0F, 0x32);
        assertThat(f.run()).isEqualTo(31);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1007);
        c.gpr(Cpu.RCX, 0x174);
        f.code(0x1100, 0x0F, 0x30);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(32);
        c.gpr(Cpu.RCX, 0x40000000);
        f.code(0x1200, 0x0F, 0x32);
        f.w(VmcsField.GUEST_RIP, 0x1200);
        assertThat(f.run()).as("outside both ranges").isEqualTo(31);
    }

    @Test
    void ownedControlRegisterBitsAreReadFromTheShadowAndExitWhenChanged() {
        f.w(VmcsField.CR0_MASK, 1 << 3 | 1 << 5);
        f.w(VmcsField.CR0_SHADOW, 0);
        // mov rax, cr0; or eax, 2; mov cr0, rax; or eax, 8; mov cr0, rax
        f.code(0x1000, 0x0F, 0x20, 0xC0, 0x83, 0xC8, 2, 0x0F, 0x22, 0xC0, 0x83, 0xC8, 8, 0x0F, 0x22, 0xC0);
        assertThat(f.run()).isEqualTo(28);
        assertThat(c.gpr(Cpu.RAX)).as("NE and TS come from the shadow").isEqualTo(0x8001001AL | 1);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x100C);
        assertThat(f.r(VmcsField.GUEST_CR0)).as("NE stays").isEqualTo(0x80010033L);
        assertThat(f.qualification()).isZero();
    }

    @Test
    void controlRegisterExitsTellRegisterAndDirection() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 15 | 1 << 16);
        f.w(VmcsField.CR3_TARGET_COUNT, 1);
        f.w(VmcsField.CR3_TARGET0, VmxFixture.GUEST_PML4);
        c.gpr(Cpu.RBX, VmxFixture.GUEST_PML4);
        c.gpr(Cpu.RCX, 0x20000);
        // mov cr3, rbx; mov cr3, rcx
        f.code(0x1000, 0x0F, 0x22, 0xDB, 0x0F, 0x22, 0xD9);
        assertThat(f.run()).isEqualTo(28);
        assertThat(f.r(VmcsField.GUEST_RIP)).as("a target value does not exit").isEqualTo(0x1003);
        assertThat(f.qualification()).isEqualTo(3 | 1 << 8);
        // mov r9, cr3
        f.code(0x1100, 0x41, 0x0F, 0x20, 0xD9);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(28);
        assertThat(f.qualification()).isEqualTo(3 | 1 << 4 | 9 << 8);
    }

    @Test
    void controlsOfCr8ConcernCr8Alone() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 19 | 1 << 20);
        // mov rax, cr0; mov rbx, cr2; mov rdx, cr4; mov cr2, rsp; mov r10, cr8
        f.code(0x1000, 0x0F, 0x20, 0xC0, 0x0F, 0x20, 0xD3, 0x0F, 0x20, 0xE2, 0x0F, 0x22, 0xD4, 0x45, 0x0F, 0x20, 0xC2);
        assertThat(f.run()).isEqualTo(28);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x100C);
        assertThat(f.qualification()).isEqualTo(8 | 1 << 4 | 10 << 8);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x80010033L);
        assertThat(c.cr2()).isEqualTo(0x7000);
        // mov cr8, rax
        f.code(0x1100, 0x44, 0x0F, 0x22, 0xC0);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(28);
        assertThat(f.qualification()).isEqualTo(8);
    }

    @Test
    void theFirstAddressBeyondTheLowerHalfCanBeEnteredAndFaultsWhenFetched() {
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 13);
        f.w(VmcsField.GUEST_RIP, 1L << 47);
        assertThat(f.run()).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(0x80000B0DL);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(1L << 47);
    }

    @Test
    void aBreakpointOnAnAccessThatExitsIsNotPending() {
        f.put64(VmxFixture.EPT_PT + 8 * 0x50, 0);
        f.w(VmcsField.GUEST_DR7, 0x400 | 1 | 3 << 16);
        c.dr[0] = 0x50000;
        // nop; mov al, [0x50000]
        f.code(0x1000, 0x90, 0x8A, 0x04, 0x25, 0, 0, 5, 0);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1001);
        assertThat(f.r(VmcsField.GUEST_PENDING_DEBUG)).isZero();
    }

    @Test
    void cltsAndLmswExitWithTheirTypes() {
        f.w(VmcsField.CR0_MASK, 1 << 3);
        f.w(VmcsField.CR0_SHADOW, 1 << 3);
        f.code(0x1000, 0x0F, 0x06);
        assertThat(f.run()).isEqualTo(28);
        assertThat(f.qualification()).isEqualTo(2 << 4);
        // lmsw ax with TS clear against the shadow
        c.gpr(Cpu.RAX, 3);
        f.code(0x1100, 0x0F, 0x01, 0xF0);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(28);
        assertThat(f.qualification()).isEqualTo(3 << 4 | 3 << 16);
    }

    @Test
    void cltsOnAnOwnedBitWhoseShadowIsClearDoesNothing() {
        f.w(VmcsField.GUEST_CR0, 0x8001003BL);
        f.w(VmcsField.CR0_MASK, 1 << 3);
        f.code(0x1000, 0x0F, 0x06, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_CR0)).isEqualTo(0x8001003BL);
    }

    @Test
    void debugRegisterMovesExitWithTheirControl() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 23);
        // mov rdx, dr6
        f.code(0x1000, 0x0F, 0x21, 0xF2);
        assertThat(f.run()).isEqualTo(29);
        assertThat(f.qualification()).isEqualTo(6 | 1 << 4 | 2 << 8);
    }

    @Test
    void invlpgReportsTheAddress() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 9);
        c.gpr(Cpu.RAX, 0x123456789000L);
        f.code(0x1000, 0x0F, 0x01, 0x78, 0x10);
        assertThat(f.run()).isEqualTo(14);
        assertThat(f.qualification()).isEqualTo(0x123456789010L);
    }

    @Test
    void timeIsOffset() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 3);
        f.w(VmcsField.TSC_OFFSET, 1L << 40);
        f.code(0x1000, 0x0F, 0x31, 0x0F, 0xA2);
        f.run();
        assertThat(c.gpr(Cpu.RDX)).isEqualTo(1 << 8);
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 12);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(16);
    }

    @Test
    void rdtscpWithoutItsControlIsUndefined() {
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 6);
        f.code(0x1000, 0x0F, 0x01, 0xF9);
        assertThat(f.run()).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(0x80000306L);
        f.with(VmcsField.SECONDARY_CONTROLS, 1 << 3);
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 12);
        assertThat(f.run()).isEqualTo(51);
    }

    @Test
    void descriptorTableInstructionsExitWithInformation() {
        f.with(VmcsField.SECONDARY_CONTROLS, 1 << 2);
        // lgdt [rbx + rcx*4 + 0x20]
        f.code(0x1000, 0x0F, 0x01, 0x54, 0x8B, 0x20);
        assertThat(f.run()).isEqualTo(46);
        assertThat(f.qualification()).isEqualTo(0x20);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO) & 0x3).as("scale 4").isEqualTo(2);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO) >> 28 & 3).as("LGDT").isEqualTo(2);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO) >> 23 & 15).as("base RBX").isEqualTo(3);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO) >> 18 & 15).as("index RCX").isEqualTo(1);
    }

    @Test
    void vmxInstructionsExitFromTheGuest() {
        f.code(0x1000, 0x0F, 0x01, 0xC1);
        assertThat(f.run()).isEqualTo(18);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_LENGTH)).isEqualTo(3);
        // vmread [rax + 8], r10
        f.code(0x1200, 0x44, 0x0F, 0x78, 0x50, 0x08);
        f.w(VmcsField.GUEST_RIP, 0x1200);
        assertThat(f.run()).isEqualTo(23);
        assertThat(f.qualification()).isEqualTo(8);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO) >>> 28).isEqualTo(10);
        // vmwrite rdx, rax
        f.code(0x1100, 0x0F, 0x79, 0xD0);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(25);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO)).isEqualTo(1 << 10 | 2L << 28);
    }

    @Test
    void pauseLoopsExit() {
        f.with(VmcsField.SECONDARY_CONTROLS, 1 << 10);
        f.w(VmcsField.PLE_GAP, 10);
        f.w(VmcsField.PLE_WINDOW, 100);
        // pause; jmp $-2
        f.code(0x1000, 0xF3, 0x90, 0xEB, 0xFC);
        long before = c.instructions;
        assertThat(f.run()).isEqualTo(40);
        assertThat(c.instructions - before).isBetween(100L, 130L);
    }

    @Test
    void msrAreasAreStoredAndLoaded() {
        f.w(VmcsField.EXIT_MSR_STORE_COUNT, 1);
        f.w(VmcsField.EXIT_MSR_STORE_ADDRESS, VmxFixture.MSR_AREA);
        f.put64(VmxFixture.MSR_AREA, 0xC0000102L);
        f.w(VmcsField.EXIT_MSR_LOAD_COUNT, 1);
        f.w(VmcsField.EXIT_MSR_LOAD_ADDRESS, VmxFixture.MSR_AREA + 0x100);
        f.put64(VmxFixture.MSR_AREA + 0x100, 0xC0000102L);
        f.put64(VmxFixture.MSR_AREA + 0x108, 0x77);
        f.w(VmcsField.ENTRY_MSR_LOAD_COUNT, 1);
        f.w(VmcsField.ENTRY_MSR_LOAD_ADDRESS, VmxFixture.MSR_AREA + 0x200);
        f.put64(VmxFixture.MSR_AREA + 0x200, 0xC0000102L);
        f.put64(VmxFixture.MSR_AREA + 0x208, 0x99);
        f.code(0x1000, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.get64(VmxFixture.MSR_AREA + 8)).isEqualTo(0x99);
        assertThat(c.kernelGsBase()).isEqualTo(0x77);
    }

    @Test
    void realModeGuestsRunUnpaged() {
        f.realMode();
        // mov ax, 0x1234; mov [0x2000], ax; cpuid
        f.code(0x1000, 0xB8, 0x34, 0x12, 0xA3, 0x00, 0x20, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.get64(VmxFixture.GUEST + 0x2000) & 0xFFFF).isEqualTo(0x1234);
        assertThat(f.r(VmcsField.ENTRY_CONTROLS) & 1 << 9).isZero();
    }

    @Test
    void aGuestMayGoFromRealToProtectedModeByItself() {
        f.realMode();
        f.put64(VmxFixture.GUEST + 0x3000, 0);
        f.put64(VmxFixture.GUEST + 0x3008, 0x00CF9B000000FFFFL);
        f.put64(VmxFixture.GUEST + 0x3010, 0xFL | 0x3000L << 16);
        // lgdt [0x3010]; mov eax, cr0; or al, 1; mov cr0, eax; jmp 8:0x1100
        f.code(0x1000, 0x0F, 0x01, 0x16, 0x10, 0x30, 0x0F, 0x20, 0xC0, 0x0C, 1, 0x0F, 0x22, 0xC0, 0xEA, 0, 0x11, 8, 0);
        f.code(0x1100, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1100);
        assertThat(f.r(VmcsField.GUEST_CR0)).isEqualTo(0x31);
        assertThat(f.r(VmcsField.GUEST_CS_SELECTOR)).isEqualTo(8);
        assertThat(f.r(VmcsField.GUEST_CS_ACCESS_RIGHTS)).isEqualTo(0xC09B);
    }

    @Test
    void blockingByMovSsIsSaved() {
        // mov ss, ax; cpuid
        c.gpr(Cpu.RAX, 0);
        f.code(0x1000, 0x8E, 0xD0, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_INTERRUPTIBILITY)).isEqualTo(2);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1002);
    }

    @Test
    void codeAtOneIpUnderTwoCodeBasesIsToldApart() {
        f.realMode();
        // mov al, 1; cpuid at 1000h, mov al, 2; cpuid at 3000h
        f.code(0x1000, 0xB0, 1, 0x0F, 0xA2);
        f.code(0x3000, 0xB0, 2, 0x0F, 0xA2);
        for (int i = 0; i < 4; i++) {
            int segment = (i & 1) * 0x200;
            f.segment(1, segment, (long) segment << 4, 0xFFFF, 0x9B);
            f.w(VmcsField.GUEST_RIP, 0x1000);
            f.run();
            assertThat(c.gpr(Cpu.RAX) & 0xFF).isEqualTo(1 + (i & 1));
        }
    }

    @Test
    void paeGuestsKeepTheirPdptesInTheVmcs() {
        f.w(VmcsField.ENTRY_CONTROLS, 0x11FB | 1 << 15);
        f.w(VmcsField.GUEST_EFER, 0);
        f.segment(1, 0x08, 0, 0xFFFFFFFFL, 0xC09B);
        f.w(VmcsField.GUEST_PDPTE0, VmxFixture.GUEST_PML4 + 0x2000 | 1);
        // mov eax, cr3; mov cr3, eax (loads the PDPTEs of a table at 10000h); vmcall
        f.code(0x1000, 0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8, 0x0F, 0x01, 0xC1);
        f.put64(VmxFixture.GUEST + VmxFixture.GUEST_PML4, VmxFixture.GUEST_PML4 + 0x2000 | 1);
        f.put64(VmxFixture.GUEST + VmxFixture.GUEST_PML4 + 8, 0x9001);
        assertThat(f.run()).isEqualTo(18);
        assertThat(f.r(VmcsField.GUEST_PDPTE0)).isEqualTo(VmxFixture.GUEST_PML4 + 0x2000 | 1);
        assertThat(f.r(VmcsField.GUEST_PDPTE0 + 2)).isEqualTo(0x9001);
    }

    @Test
    void loadingPdptesWithoutRightsIsAViolationWithoutALinearAddress() {
        f.w(VmcsField.ENTRY_CONTROLS, 0x11FB | 1 << 15);
        f.w(VmcsField.GUEST_EFER, 0);
        f.segment(1, 0x08, 0, 0xFFFFFFFFL, 0xC09B);
        f.w(VmcsField.GUEST_PDPTE0, VmxFixture.GUEST_PML4 + 0x2000 | 1);
        c.gpr(Cpu.RAX, 0x30000);
        f.put64(VmxFixture.EPT_PT + 8 * 0x30, 0);
        f.code(0x1000, 0x0F, 0x22, 0xD8);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.qualification()).isEqualTo(1);
        assertThat(f.r(VmcsField.GUEST_PHYSICAL_ADDRESS)).isEqualTo(0x30000);
    }
}
