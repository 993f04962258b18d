package dev.hv.cpu.svm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.GuestFault;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guest code that exits: code, information, next RIP, saved guest state, loaded host state (APM vol. 2, 15.6 to 15.12, appendix C). */
class ExitTest {

    private final SvmFixture f = new SvmFixture();
    private final Cpu c = f.c;

    @AfterEach
    void free() {
        f.close();
    }

    @Test
    void guestStateIsSavedAndTheHostsLoaded() {
        c.gpr(Cpu.RSP, 0x1234);
        c.gpr(Cpu.RAX, 77);
        f.w(0x5F8, 5);
        f.intercept(0x72);
        // mov rsp, 0x6ff0; stc; cpuid
        f.code(0x1000, 0x48, 0xC7, 0xC4, 0xF0, 0x6F, 0, 0, 0xF9, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(0x72);
        assertThat(f.r(0x578)).isEqualTo(0x1008);
        assertThat(f.r(0xC8)).as("next RIP").isEqualTo(0x100A);
        assertThat(f.r(0x5D8)).isEqualTo(0x6FF0);
        assertThat(f.r(0x5F8)).isEqualTo(5);
        assertThat(f.r(0x570)).isEqualTo(3);
        assertThat(f.v.get8(0x4CB)).isZero();
        assertThat(f.r(0x88)).isZero();
        assertThat(c.rip).isEqualTo(SvmFixture.HOST_RIP);
        assertThat(c.gpr(Cpu.RSP)).isEqualTo(0x1234);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(77);
        assertThat(c.rflags()).isEqualTo(0x202);
        assertThat(c.guest).isNull();
        assertThat(c.nested).isNull();
        assertThat(c.eventsHeld).as("the global interrupt flag is clear").isTrue();
    }

    /** Instruction, intercept, EXIT_INFO1. */
    @ParameterizedTest
    @CsvSource({"0FA2, 0x72, 0", "F4, 0x78, 0", "0F31, 0x6E, 0", "0F01F9, 0x87, 0", "0F08, 0x76, 0", "0F09, 0x89, 0", "9C, 0x70, 0", "9D, 0x71, 0",
        "48CF, 0x74, 0", "0FAA, 0x73, 0", "CD42, 0x75, 0x42", "CC, 0x43, 0", "F1, 0x88, 0", "0F0B, 0x46, 0", "F390, 0x77, 0", "0F01D8, 0x80, 0", "0F01D9, 0x81, 0", "0F01DA, 0x82, 0",
        "0F01DB, 0x83, 0", "0F01FD, 0x8E, 0", "0F01DC, 0x84, 0", "0F01DD, 0x85, 0", "0F01DF, 0x7A, 0x1234", "0F0138, 0x79, 0x1234", "0F0130, 0x65, 0", "0F0120, 0x00, 0", "0F06, 0x10, 0",
        "0F22D9, 0x13, 0x8000000000000001", "440F20C1, 0x08, 0x8000000000000001", "0F21F9, 0x27, 1", "0F23C1, 0x30, 1", "0F0100, 0x67, 0", "0F0118, 0x6A, 0", "0F00D0, 0x6C, 0",
        "0F00C8, 0x69, 0", "0F00D8, 0x6D, 0", "E6F4, 0x7B, 0xF40210", "66EF, 0x7B, 0x10220", "E510, 0x7B, 0x100241", "0F32, 0x7C, 0", "0F30, 0x7C, 1", "0F33, 0x6F, 0"})
    void anInstructionExits(String code, String exit, String info) {
        int number = Integer.decode(exit);
        f.intercept(number);
        f.code(0x1000, bytes(code));
        // every port and MSR exits
        for (int i = 0; i < 0x5000; i += 8) {
            f.put64(SvmFixture.MSRPM + i, -1);
        }
        f.w(0x5F8, 0x1234);
        c.gpr(Cpu.RCX, 0x10);
        c.gpr(Cpu.RDX, 1);
        long[] before = c.generalRegisters();
        assertThat(f.run()).isEqualTo(number);
        assertThat(f.r(0x78)).isEqualTo(Long.parseUnsignedLong(info.replace("0x", ""), 16));
        assertThat(f.r(0x578)).as("nothing has been done").isEqualTo(0x1000);
        assertThat(c.generalRegisters()).isEqualTo(before);
        if (number != 0x46) {
            assertThat(f.r(0xC8)).isEqualTo(0x1000 + code.length() / 2);
        }
        if (number == 0x7B) {
            assertThat(f.r(0x80)).isEqualTo(0x1000 + code.length() / 2);
        }
    }

    private static int[] bytes(String hex) {
        int[] out = new int[hex.length() / 2];
        Arrays.setAll(out, i -> Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16));
        return out;
    }

    @Test
    void whatIsNotInterceptedIsDone() {
        // rdtsc; pushf; popf; cli; mov cr3 to rbx; vmmcall
        f.code(0x1000, 0x0F, 0x31, 0x9C, 0x9D, 0xFA, 0x0F, 0x20, 0xDB, 0x0F, 0x01, 0xD9);
        assertThat(f.run()).isEqualTo(0x81);
        assertThat(c.gpr(Cpu.RBX)).isEqualTo(SvmFixture.GUEST_PML4);
        assertThat(f.r(0x578)).isEqualTo(0x1008);
    }

    @Test
    void theSelectiveInterceptLooksAtMoreThanTsAndMp() {
        f.intercept(0x65);
        // mov rax, cr0; or al, 0xA (MP TS); mov cr0, rax; btr eax, 16; mov cr0, rax
        f.code(0x1000, 0x0F, 0x20, 0xC0, 0x0C, 0x0A, 0x0F, 0x22, 0xC0, 0x0F, 0xBA, 0xF0, 16, 0x0F, 0x22, 0xC0);
        assertThat(f.run()).isEqualTo(0x65);
        assertThat(f.r(0x578)).isEqualTo(0x100C);
        assertThat(f.r(0x558)).isEqualTo(0x8001003BL);
        f.intercept(0x10);
        assertThat(f.run()).as("the other intercept comes first").isEqualTo(0x10);
    }

    @Test
    void thePermissionMapsSayWhichPortsAndMsrsExit() {
        f.intercept(0x7B, 0x7C);
        // the last byte of the access counts: port 0x11 by a word at 0x10
        f.put8(SvmFixture.IOPM + 2, 1 << 1);
        // writes of LSTAR
        f.put8(SvmFixture.MSRPM + 0x800 + 0x20, 1 << 5);
        // in al, 0x10; in ax, 0x10
        f.code(0x1000, 0xE4, 0x10, 0x66, 0xE5, 0x10);
        assertThat(f.run()).isEqualTo(0x7B);
        assertThat(f.r(0x578)).isEqualTo(0x1002);
        c.gpr(Cpu.RCX, 0xC0000082L);
        // rdmsr; wrmsr
        f.code(0x1000, 0x0F, 0x32, 0x0F, 0x30);
        assertThat(f.runAgain()).isEqualTo(0x7C);
        assertThat(f.r(0x578)).isEqualTo(0x1002);
        // an MSR that the map does not have
        c.gpr(Cpu.RCX, 0x4000_0000L);
        assertThat(f.runAgain()).isEqualTo(0x7C);
        assertThat(f.r(0x578)).isEqualTo(0x1000);
    }

    @Test
    void anExceptionTellsItsErrorCodeAndAddress() {
        f.intercept(0x4E);
        c.cr2(1);
        // mov [0x40000000], al
        f.code(0x1000, 0x88, 0x04, 0x25, 0, 0, 0, 0x40);
        assertThat(f.run()).isEqualTo(0x4E);
        assertThat(f.r(0x78)).isEqualTo(2);
        assertThat(f.r(0x80)).isEqualTo(0x40000000L);
        assertThat(f.r(0x640)).as("CR2 is still what it was").isZero();
        assertThat(f.v.get8(0xD0)).isEqualTo(15);
        assertThat(f.r(0xD1) & 0xFFFFFF).isEqualTo(0x250488);
    }

    @Test
    void aDebugExceptionIsInDr6() {
        f.intercept(0x41);
        f.w(0x570, 0x102);
        f.code(0x1000, 0x90, 0x90);
        assertThat(f.run()).isEqualTo(0x41);
        assertThat(f.r(0x578)).isEqualTo(0x1001);
        assertThat(f.r(0x568) & 0x4000).isEqualTo(0x4000);
    }

    @Test
    void aTripleFaultIsAShutdown() {
        f.w(0x484, 0);
        f.code(0x1000, 0x0F, 0x0B);
        assertThat(f.run()).isEqualTo(0x7F);
    }

    @Test
    void anExceptionOfRealModeHasNoErrorCodeToTell() {
        f.w(0x558, 0x10);
        f.w(0x4D0, 0x1000);
        f.w(0x5D8, 0x7000);
        f.segment(0x410, 0, 0x9B, 0xFFFF, 0);
        for (int s : new int[] {0x400, 0x420, 0x430}) {
            f.segment(s, 0, 0x93, 0xFFFF, 0);
        }
        // mov [0xFFFF], ax: beyond the limit; the stack is away
        f.code(0x1000, 0xA3, 0xFF, 0xFF);
        f.put64(SvmFixture.NPT_PT + 8 * 6, 0);
        assertThat(f.run()).isEqualTo(0x400);
        assertThat(f.r(0x88) & 0xFFFFFFFFL).isEqualTo(0x8000030DL);
    }

    @Test
    void anExitDuringDeliveryTellsTheEvent() {
        f.intercept(0x4D);
        // the IDT ends before this vector
        f.v.set32(0x484, 0x7F);
        f.code(0x1000, 0xCD, 0x30);
        assertThat(f.run()).isEqualTo(0x4D);
        assertThat(f.r(0x88)).isEqualTo(0x80000430L);
        assertThat(f.r(0xC8)).isEqualTo(0x1002);
    }

    @Test
    void pausesAreCountedAndTooFarApartBeginAnew() {
        f.intercept(0x77);
        f.v.set16(0x3E, 3);
        f.code(0x1000, 0xF3, 0x90, 0xF3, 0x90, 0xF3, 0x90, 0xF3, 0x90, 0x90);
        assertThat(f.run()).isEqualTo(0x77);
        assertThat(f.r(0x578)).isEqualTo(0x1006);
        f.v.set16(0x3C, 4);
        // pause twice, eight NOPs, pause four times: the fourth exits
        f.code(0x1000, 0xF3, 0x90, 0xF3, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xF3, 0x90, 0xF3, 0x90, 0xF3, 0x90, 0xF3, 0x90);
        assertThat(f.runAgain()).isEqualTo(0x77);
        assertThat(f.r(0x578)).isEqualTo(0x1012);
    }

    @Test
    void timeIsScaledAndThenOffset() {
        f.unit.writeMsr(c, 0xC0000104, 3L << 31);
        f.w(0x50, 1000);
        c.instructions = 2000;
        // rdtsc; vmmcall
        f.code(0x1000, 0x0F, 0x31, 0x0F, 0x01, 0xD9);
        f.run();
        assertThat(f.r(0x5F8)).isBetween(4000L, 4010L);
        assertThatThrownBy(() -> f.unit.writeMsr(c, 0xC0000104, 1L << 40)).isInstanceOf(GuestFault.class);
    }

    @Test
    void whatAModelIsWithoutItDoesNotDo() {
        try (var less = new SvmFixture(CpuModels.parse("amd,-nrip-save,-decodeassists,-tsc-scale"))) {
            less.intercept(0x72);
            less.code(0x1000, 0x0F, 0xA2);
            assertThat(less.run()).isEqualTo(0x72);
            assertThat(less.r(0xC8)).isZero();
            assertThat(less.unit.ownsMsr(0xC0000104)).isFalse();
            less.intercept(0x13);
            less.code(0x1000, 0x0F, 0x22, 0xD9);
            assertThat(less.runAgain()).isEqualTo(0x13);
            assertThat(less.r(0x78)).isZero();
        }
    }

    @Test
    void aGuestSavedWhileItRunsGoesOnInAnotherProcessor() {
        try (var to = new SvmFixture()) {
            // mov ecx, 5000; loop $; vmmcall
            int[] code = {0xB9, 0x88, 0x13, 0, 0, 0xE2, 0xFE, 0x0F, 0x01, 0xD9};
            f.code(0x1000, code);
            to.code(0x1000, code);
            f.unit.vmrun(SvmFixture.VMCB);
            to.put64(SvmFixture.HOST_SAVE + 0x578, SvmFixture.HOST_RIP);
            for (long i = 0x400; i < 0x600; i += 8) {
                to.put64(SvmFixture.HOST_SAVE + i, f.get64(SvmFixture.HOST_SAVE + i));
            }
            assertThat(f.engine.run(1000)).isEqualTo(RunResult.BUDGET);
            RecordedState.copy(f.c, to.c);
            RecordedState.copy(f.unit, to.unit);
            assertThat(to.unit.inGuest()).isTrue();
            assertThat(f.engine.run(10_000)).isEqualTo(RunResult.VM_EXIT);
            assertThat(to.engine.run(10_000)).isEqualTo(RunResult.VM_EXIT);
            assertThat(to.r(0x70)).isEqualTo(0x81);
            assertThat(to.c.instructions).isEqualTo(c.instructions).isGreaterThan(5000);
            assertThat(to.c.rip).isEqualTo(SvmFixture.HOST_RIP);
        }
    }

    @Test
    void mwaitExitsAlwaysOrOnlyWhereItWouldWait() {
        try (var waits = new SvmFixture(CpuModels.parse("amd,+monitor"))) {
            // mov eax, 5000h; xor ecx, ecx; xor edx, edx; monitor; mwait
            waits.code(0x1000, 0xB8, 0, 0x50, 0, 0, 0x31, 0xC9, 0x31, 0xD2, 0x0F, 0x01, 0xC8, 0x0F, 0x01, 0xC9, 0x0F, 0x01, 0xD9);
            waits.intercept(SvmExitCode.MWAIT_ARMED, SvmExitCode.VMMCALL);
            assertThat(waits.run()).isEqualTo(SvmExitCode.MWAIT_ARMED);
            // the exit has disarmed the monitor: this MWAIT does not wait
            assertThat(waits.run()).isEqualTo(SvmExitCode.VMMCALL);
            waits.intercept(SvmExitCode.MWAIT);
            assertThat(waits.runAgain()).isEqualTo(SvmExitCode.MWAIT);
        }
    }
}
