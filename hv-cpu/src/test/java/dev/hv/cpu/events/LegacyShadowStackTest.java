package dev.hv.cpu.events;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.instructions.FarReturns;
import dev.hv.cpu.instructions.FarTransfers;
import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.ShadowStack;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Shadow stacks and branch tracking outside IA-32e mode: task switches (SDM vol. 3A, 8.2.1, 8.3) and virtual-8086 mode (vol. 2A, "IRET", "INT n"). */
class LegacyShadowStackTest {

    private static final int OTHER = 0x58;
    private static final int OTHER_TSS = 0x6000;
    private static final int TARGET = 0x2222;
    private static final int STACK = 0x3E0FF8;
    private static final int OTHER_STACK = 0x3E2FF8;
    private static final int USER_SHADOW = 0x3E4FF8;
    private static final int BUSY = 1;
    private static final int SIZE = 32;
    private static final int LENGTH = 7;

    private final Guest g = Guest.protected32(CpuModels.parse("max"));
    private final Cpu c = g.c;

    @BeforeEach
    void twoTasks() {
        g.put64(Guest.GDT + Guest.TASK, Guest.tss(Guest.TSS, 0x6B, 11));
        g.put64(Guest.GDT + OTHER, Guest.tss(OTHER_TSS, 0x6B, 9));
        g.put32(OTHER_TSS + 0x20, TARGET);
        g.put32(OTHER_TSS + 0x24, 0x2);
        int[] selectors = {Guest.KERNEL_DATA, Guest.KERNEL_CODE, Guest.KERNEL_DATA, Guest.KERNEL_DATA, 0, 0};
        for (int i = 0; i < 6; i++) {
            g.put32(OTHER_TSS + 0x48 + 4 * i, selectors[i]);
        }
        g.put32(OTHER_TSS + 0x68, OTHER_STACK);
        g.put64(OTHER_STACK, OTHER_STACK);
        c.cr4 |= Control.CR4_CET;
        c.supervisorCet = ShadowStack.ENABLE;
        c.ssp = STACK;
        Modes.update(c);
    }

    private int jump(boolean call) {
        var d = g.insn(SIZE, LENGTH);
        d.imm2 = OTHER;
        return call ? FarTransfers.callDirect(c, d) : FarTransfers.jmpDirect(c, d);
    }

    private int iret() {
        return FarReturns.iret(c, g.insn(SIZE, 1));
    }

    @Test
    void aJumpTakesTheStackOfTheTss() {
        jump(false);
        assertThat(c.ssp).isEqualTo(OTHER_STACK);
        assertThat(g.get64(OTHER_STACK)).isEqualTo(OTHER_STACK | BUSY);
    }

    @Test
    void aCallLeavesAFrameThatIretComparesAndGivesTheStackBack() {
        jump(true);
        assertThat(c.ssp).isEqualTo(OTHER_STACK - 24);
        assertThat(g.get64(c.ssp)).isEqualTo(STACK);
        assertThat(g.get64(c.ssp + 8)).isEqualTo(Guest.CODE + LENGTH);
        assertThat(g.get64(c.ssp + 16)).isEqualTo(Guest.KERNEL_CODE);
        assertThat(g.get64(OTHER_STACK)).isEqualTo(OTHER_STACK | BUSY);
        iret();
        assertThat(c.rip).isEqualTo(Guest.CODE + LENGTH);
        assertThat(c.ssp).isEqualTo(STACK);
        assertThat(g.get64(OTHER_STACK)).as("free again").isEqualTo(OTHER_STACK);
    }

    @Test
    void aReturnAddressThatWasChangedIsAViolationInTheTaskReturnedTo() {
        jump(true);
        g.put32(Guest.TSS + 0x20, TARGET);
        assertThat(fault(this::iret)).isEqualTo(with(Vector.CP, ShadowStack.FAR_RET));
        assertThat(c.tr.selector).isEqualTo(Guest.TASK);
    }

    @Test
    void aBusyTokenIsRefused() {
        g.put64(OTHER_STACK, OTHER_STACK | BUSY);
        assertThat(fault(() -> jump(false))).isEqualTo(with(Vector.TS, OTHER));
        assertThat(c.tr.selector).as("in the new task").isEqualTo(OTHER);
    }

    @Test
    void aTokenOfAnotherAddressIsRefused() {
        g.put64(OTHER_STACK, OTHER_STACK + 8);
        assertThat(fault(() -> jump(true))).isEqualTo(with(Vector.TS, OTHER));
    }

    @Test
    void stackPointersAreAligned() {
        g.put32(OTHER_TSS + 0x68, OTHER_STACK + 4);
        assertThat(fault(() -> jump(false))).isEqualTo(with(Vector.TS, OTHER));
        assertThat(c.tr.selector).isEqualTo(OTHER);
    }

    @Test
    void iretFromAnUnalignedStackFaultsInTheOldTask() {
        jump(true);
        c.ssp -= 4;
        assertThat(fault(this::iret)).isEqualTo(with(Vector.TS, OTHER));
        assertThat(c.tr.selector).isEqualTo(OTHER);
    }

    @Test
    void aTssWithoutRoomForSspIsTooShort() {
        g.put64(Guest.GDT + OTHER, Guest.tss(OTHER_TSS, 0x6A, 9));
        assertThat(fault(() -> jump(false))).isEqualTo(with(Vector.TS, OTHER));
        g.put64(Guest.GDT + OTHER, Guest.tss(OTHER_TSS, 0x6B, 1));
        assertThat(fault(() -> jump(false))).as("16 bits").isEqualTo(with(Vector.TS, OTHER));
        assertThat(c.tr.selector).isEqualTo(Guest.TASK);
        c.cr4 &= ~Control.CR4_CET;
        g.put64(Guest.GDT + OTHER, Guest.tss(OTHER_TSS, 0x67, 9));
        jump(false);
        assertThat(c.tr.selector).isEqualTo(OTHER);
    }

    @Test
    void whereASwitchLeadsBranchTrackingWaitsAndIretLeavesItAlone() {
        c.supervisorCet = BranchTracking.ENABLE;
        jump(true);
        assertThat(c.supervisorCet & BranchTracking.WAIT).isNotZero();
        c.supervisorCet &= ~BranchTracking.WAIT;
        iret();
        assertThat(c.supervisorCet & BranchTracking.WAIT).isZero();
    }

    @Test
    void anEventThroughATaskGateLeavesAFrameToo() {
        g.gate(Vector.UD, OTHER, 0, 5, 0);
        g.put32(OTHER_TSS + 0x38, 0x8000);
        ExceptionDelivery.raise(c, c.fault(Vector.UD, 0));
        assertThat(c.ssp).isEqualTo(OTHER_STACK - 24);
        assertThat(g.get64(c.ssp + 8)).isEqualTo(Guest.CODE);
        iret();
        assertThat(c.ssp).isEqualTo(STACK);
    }

    @Test
    void aUsersStackPointerGoesToItsMsr() {
        g.user();
        c.userCet = ShadowStack.ENABLE;
        c.ssp = USER_SHADOW;
        Modes.update(c);
        g.gate(Vector.UD, OTHER, 0, 5, 0);
        ExceptionDelivery.raise(c, c.fault(Vector.UD, 0));
        assertThat(c.levelSsp[3]).isEqualTo(USER_SHADOW);
        assertThat(c.ssp).as("no frame").isEqualTo(OTHER_STACK);
        iret();
        assertThat(c.cpl).isEqualTo(3);
        assertThat(c.ssp).isEqualTo(USER_SHADOW);
        assertThat(g.get64(OTHER_STACK)).isEqualTo(OTHER_STACK);
    }

    @Test
    void noTaskIsInVirtual8086ModeUnderUsersProtection() {
        g.put32(OTHER_TSS + 0x24, 0x2 | Rflags.VM);
        c.userCet = ShadowStack.ENABLE;
        assertThat(fault(() -> jump(false))).isEqualTo(with(Vector.TS, OTHER));
    }

    // ---- virtual-8086 mode -------------------------------------------------------------------------------------------------

    private void frameOfVirtual8086() {
        long sp = c.gpr(Cpu.RSP) - 36;
        int[] frame = {0x100, 0x2000, 0x20002, 0x8000, 0x3000, 0, 0, 0, 0};
        for (int i = 0; i < frame.length; i++) {
            g.put32((int) sp + 4 * i, frame[i]);
        }
        c.gpr(Cpu.RSP, sp);
    }

    @Test
    void iretToVirtual8086ModeGivesTheStackBackAndAnEventTakesIt() {
        g.put64(STACK, STACK | BUSY);
        c.levelSsp[0] = STACK;
        frameOfVirtual8086();
        iret();
        assertThat(c.rflagsOther() & Rflags.VM).isNotZero();
        assertThat(g.get64(STACK)).isEqualTo(STACK);
        c.ssp = 0x77;
        g.gate(Vector.DE, Guest.KERNEL_CODE, TARGET, 14, 0);
        c.supervisorCet |= BranchTracking.ENABLE;
        ExceptionDelivery.raise(c, c.fault(Vector.DE, 0));
        assertThat(c.rip).isEqualTo(TARGET);
        assertThat(c.ssp).as("at its token, without a frame").isEqualTo(STACK);
        assertThat(g.get64(STACK)).isEqualTo(STACK | BUSY);
        assertThat(c.levelSsp[3]).as("a user's SSP is kept only of a user with a shadow stack").isZero();
        assertThat(c.supervisorCet & BranchTracking.WAIT).isNotZero();
    }

    @Test
    void anUnalignedStackDoesNotReturnToVirtual8086Mode() {
        frameOfVirtual8086();
        c.ssp = STACK - 4;
        assertThat(fault(this::iret)).isEqualTo(with(Vector.CP, ShadowStack.FAR_RET));
    }

    @Test
    void usersProtectionKeepsVirtual8086ModeAway() {
        frameOfVirtual8086();
        c.userCet = BranchTracking.ENABLE;
        assertThat(fault(this::iret)).isEqualTo(with(Vector.GP, 0));
        c.userCet = ShadowStack.ENABLE;
        assertThat(fault(this::iret)).isEqualTo(with(Vector.GP, 0));
    }

    @Test
    void aStackAbove4GiBIsRefusedOutside64BitMode() {
        g.user();
        c.levelSsp[0] = 1L << 32 | STACK;
        g.gate(Vector.DE, Guest.KERNEL_CODE, TARGET, 14, 0);
        assertThat(fault(() -> LegacyDelivery.deliver(c, Vector.DE, EventKind.EXCEPTION, false, 0, c.rip, c.rflags()))).isEqualTo(with(Vector.GP, 0));
    }
}
