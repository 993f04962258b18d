package dev.hv.cpu.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.ShadowStack;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shadow stacks and indirect branch tracking (SDM vol. 1, chapter 17), with events, system calls and returns. */
class ShadowStackTest {

    private static final int HANDLER = Guest.CODE + 0x1000;
    private static final int TARGET = Guest.CODE + 0x800;
    private static final int STACK = 0x3E0000;
    private static final int STACK_2 = 0x3E2000;
    private static final int USER_STACK = 0x3E4000;
    private static final int SSP_TABLE = 0x3F0000;
    private static final int USER_INTERRUPT = 0x40;
    private static final int[] ENDBR64 = {0xF3, 0x0F, 0x1E, 0xFA};
    private static final int TOP = 0x1000;
    private static final int[] SETSSBSY = {0xF3, 0x0F, 0x01, 0xE8};
    private static final int[] SAVEPREVSSP = {0xF3, 0x0F, 0x01, 0xEA};
    // with [rbx]
    private static final int[] RSTORSSP = {0xF3, 0x0F, 0x01, 0x2B};
    private static final int[] CLRSSBSY = {0xF3, 0x0F, 0xAE, 0x33};
    private static final int[] WRSSQ = {0x48, 0x0F, 0x38, 0xF6, 0x03};
    private static final int[] WRUSSQ = {0x66, 0x48, 0x0F, 0x38, 0xF5, 0x03};
    private static final int[] RDSSPQ = {0xF3, 0x48, 0x0F, 0x1E, 0xC8};
    private static final int[] INCSSPQ = {0xF3, 0x48, 0x0F, 0xAE, 0xEB};

    private final Guest g = Guest.long64(CpuModels.parse("max"));
    private final Cpu c = g.c;
    private final Interpreter engine = new Interpreter(c);

    @BeforeEach
    void stacks() {
        c.cr4 |= Control.CR4_CET;
        for (int page : new int[] {STACK, STACK_2}) {
            g.put64(Guest.pte(page), page | 0x41);
        }
        g.put64(Guest.pte(USER_STACK), USER_STACK | 0x45);
        c.supervisorCet = ShadowStack.ENABLE;
        c.userCet = ShadowStack.ENABLE;
        c.ssp = STACK + TOP;
        c.levelSsp[3] = USER_STACK + TOP;
        c.interruptSspTable = SSP_TABLE;
        for (int vector : new int[] {Vector.CP, Vector.PF, Vector.GP, Vector.UD}) {
            g.gate64(vector, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        }
        g.gate64(USER_INTERRUPT, Guest.KERNEL_CODE, HANDLER, 14, 3, 0);
        Modes.update(c);
        c.tlb.flushAll();
    }

    private void put(int at, int... code) {
        for (int i = 0; i < code.length; i++) {
            g.put8(at + i, code[i]);
        }
    }

    /** Runs instructions, or events delivered instead of them. */
    private void run(int steps, int... code) {
        put(Guest.CODE, code);
        c.rip = Guest.CODE;
        engine.clearCode();
        engine.run(steps);
    }

    /** Whether an exception has come, with this error code. */
    private boolean raised(int errorCode) {
        return c.rip == HANDLER && g.get64(c.gpr(Cpu.RSP)) == errorCode;
    }

    private void user() {
        g.user();
        c.ssp = USER_STACK + TOP;
        Modes.update(c);
    }

    @Test
    void callsPushAndReturnsCompare() {
        put(TARGET, 0xC3);
        // call TARGET
        run(1, 0xE8, 0xFB, 0x07, 0, 0);
        assertThat(c.ssp).isEqualTo(STACK + TOP - 8);
        assertThat(g.get64(c.ssp)).isEqualTo(Guest.CODE + 5);
        engine.run(1);
        assertThat(c.rip).isEqualTo(Guest.CODE + 5);
        assertThat(c.ssp).isEqualTo(STACK + TOP);
        run(1, 0xE8, 0xFB, 0x07, 0, 0);
        g.put64(c.gpr(Cpu.RSP), TARGET);
        engine.run(1);
        assertThat(raised(ShadowStack.NEAR_RET)).isTrue();
    }

    @Test
    void aCallOfTheNextInstructionLeavesNothing() {
        run(1, 0xE8, 0, 0, 0, 0);
        assertThat(c.ssp).isEqualTo(STACK + TOP);
    }

    @Test
    void onlyPagesOfTheKindServe() {
        g.put64(Guest.pte(STACK), STACK | 0x43);
        assertThat(Guest.fault(() -> ShadowStack.call(c, TARGET))).isEqualTo(Guest.with(Vector.PF, 1 | 1 << 1 | 1 << 6));
        assertThat(c.pageFaultAddress).isEqualTo(STACK + TOP - 8);
        // not for supervisors, nor for users when it is a supervisor's
        g.put64(Guest.pte(STACK), STACK | 0x45);
        assertThat(Guest.fault(() -> ShadowStack.call(c, TARGET))).isEqualTo(Guest.with(Vector.PF, 1 | 1 << 1 | 1 << 6));
        user();
        g.put64(Guest.pte(USER_STACK), USER_STACK | 0x41);
        assertThat(Guest.fault(() -> ShadowStack.call(c, TARGET))).isEqualTo(Guest.with(Vector.PF, 1 | 1 << 1 | 1 << 2 | 1 << 6));
    }

    @Test
    void programsWriteToShadowStacksByWrssAlone() {
        c.gpr(Cpu.RBX, STACK + 0x100);
        c.gpr(Cpu.RAX, 0x77);
        run(1, 0x48, 0x89, 0x03);
        assertThat(raised(3)).isTrue();
        c.supervisorCet |= ShadowStack.ENABLE_WRITES;
        run(1, WRSSQ);
        assertThat(g.get64(STACK + 0x100)).isEqualTo(0x77);
        c.gpr(Cpu.RBX, USER_STACK + 0x100);
        run(1, WRUSSQ);
        assertThat(g.get64(USER_STACK + 0x100)).isEqualTo(0x77);
        // the supervisor's instruction does not reach a user's stack, and tells of it by bit 6
        run(1, WRSSQ);
        assertThat(raised(3 | 1 << 6)).isTrue();
    }

    @Test
    void eventsOfTheSameLevelPushAFrameThatIretChecks() {
        put(HANDLER, 0x48, 0xCF);
        // int 40h
        run(1, 0xCD, USER_INTERRUPT);
        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(c.ssp).isEqualTo(STACK + TOP - 24);
        assertThat(g.get64(c.ssp)).isEqualTo(STACK + TOP);
        assertThat(g.get64(c.ssp + 8)).isEqualTo(Guest.CODE + 2);
        assertThat(g.get64(c.ssp + 16)).isEqualTo(Guest.KERNEL_CODE);
        engine.run(1);
        assertThat(c.rip).isEqualTo(Guest.CODE + 2);
        assertThat(c.ssp).isEqualTo(STACK + TOP);
        run(1, 0xCD, USER_INTERRUPT);
        g.put64(c.gpr(Cpu.RSP), TARGET);
        engine.run(1);
        assertThat(raised(ShadowStack.FAR_RET)).isTrue();
    }

    @Test
    void eventsFromUsersTakeAStackWithATokenAndGiveItBack() {
        c.levelSsp[0] = STACK + TOP - 8;
        g.put64(STACK + TOP - 8, STACK + TOP - 8);
        user();
        put(HANDLER, 0x48, 0xCF);
        run(1, 0xCD, USER_INTERRUPT);
        assertThat(c.ssp).isEqualTo(STACK + TOP - 8);
        assertThat(g.get64(STACK + TOP - 8)).isEqualTo(STACK + TOP - 8 | 1);
        assertThat(c.levelSsp[3]).isEqualTo(USER_STACK + TOP);
        c.levelSsp[3] -= 16;
        engine.run(1);
        assertThat(c.cpl).isEqualTo(3);
        assertThat(c.ssp).isEqualTo(USER_STACK + TOP - 16);
        assertThat(g.get64(STACK + TOP - 8)).isEqualTo(STACK + TOP - 8);
    }

    @Test
    void aBusyStackIsRefused() {
        c.levelSsp[0] = STACK + TOP - 8;
        g.put64(STACK + TOP - 8, STACK + TOP - 8 | 1);
        user();
        g.gate64(Vector.DF, Guest.KERNEL_CODE, HANDLER, 14, 0, 1);
        g.put64(SSP_TABLE + 8, STACK_2 + TOP - 8);
        g.put64(STACK_2 + TOP - 8, STACK_2 + TOP - 8);
        run(1, 0xCD, USER_INTERRUPT);
        // #GP in the delivery, and #GP again when that is to be delivered: a double fault on the stack of its IST
        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(c.ssp).isEqualTo(STACK_2 + TOP - 8);
        assertThat(g.get64(STACK_2 + TOP - 8)).isEqualTo(STACK_2 + TOP - 8 | 1);
    }

    @Test
    void theInterruptStackTableHasItsShadow() {
        g.gate64(USER_INTERRUPT, Guest.KERNEL_CODE, HANDLER, 14, 3, 1);
        g.put64(SSP_TABLE + 8, STACK_2 + TOP - 8);
        g.put64(STACK_2 + TOP - 8, STACK_2 + TOP - 8);
        put(HANDLER, 0x48, 0xCF);
        run(1, 0xCD, USER_INTERRUPT);
        assertThat(c.ssp).isEqualTo(STACK_2 + TOP - 8 - 24);
        assertThat(g.get64(STACK_2 + TOP - 8)).isEqualTo(STACK_2 + TOP - 8 | 1);
        engine.run(1);
        assertThat(c.ssp).isEqualTo(STACK + TOP);
        assertThat(g.get64(STACK_2 + TOP - 8)).isEqualTo(STACK_2 + TOP - 8);
    }

    @Test
    void systemCallsKeepTheUsersPointer() {
        c.star = (long) Guest.KERNEL_CODE << 32 | (long) (Guest.USER_CODE32) << 48;
        c.lstar(TARGET);
        put(TARGET, 0x48, 0x0F, 0x07);
        user();
        c.ssp -= 8;
        run(1, 0x0F, 0x05);
        assertThat(c.ssp).isZero();
        assertThat(c.levelSsp[3]).isEqualTo(USER_STACK + TOP - 8);
        engine.run(1);
        assertThat(c.cpl).isEqualTo(3);
        assertThat(c.ssp).isEqualTo(USER_STACK + TOP - 8);
    }

    @Test
    void stacksAreTakenAndGivenBack() {
        c.levelSsp[0] = STACK_2 + 0x100;
        g.put64(STACK_2 + 0x100, STACK_2 + 0x100);
        run(1, SETSSBSY);
        assertThat(c.ssp).isEqualTo(STACK_2 + 0x100);
        assertThat(g.get64(STACK_2 + 0x100)).isEqualTo(STACK_2 + 0x101);
        c.gpr(Cpu.RBX, STACK_2 + 0x100);
        run(1, CLRSSBSY);
        assertThat(g.get64(STACK_2 + 0x100)).isEqualTo(STACK_2 + 0x100);
        assertThat(c.ssp).isZero();
        assertThat(c.rflags() & 1).isZero();
        run(1, CLRSSBSY);
        assertThat(c.rflags() & 1).isEqualTo(1);
        g.put64(STACK_2 + 0x100, 5);
        c.ssp = STACK + TOP;
        run(1, SETSSBSY);
        assertThat(raised(ShadowStack.SETSSBSY)).isTrue();
    }

    @Test
    void restoreTokensSwitchStacksAndBack() {
        // a restore token for the address behind it
        g.put64(STACK_2 + 0x100, STACK_2 + 0x108 | 1);
        c.gpr(Cpu.RBX, STACK_2 + 0x100);
        run(1, RSTORSSP);
        assertThat(c.ssp).isEqualTo(STACK_2 + 0x100);
        assertThat(g.get64(STACK_2 + 0x100)).isEqualTo(STACK + TOP | 3);
        run(1, SAVEPREVSSP);
        assertThat(c.ssp).isEqualTo(STACK_2 + 0x108);
        assertThat(g.get64(STACK + TOP - 8)).isEqualTo(STACK + TOP | 1);
        c.gpr(Cpu.RBX, STACK_2 + 0x200);
        run(1, RSTORSSP);
        assertThat(raised(ShadowStack.RSTORSSP)).isTrue();
    }

    @Test
    void thePointerIsReadAndMoved() {
        c.ssp = STACK + 0x100;
        run(1, RDSSPQ);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(STACK + 0x100);
        c.gpr(Cpu.RBX, 0x103);
        run(1, INCSSPQ);
        assertThat(c.ssp).isEqualTo(STACK + 0x118);
        c.supervisorCet = 0;
        Modes.update(c);
        c.gpr(Cpu.RAX, 5);
        run(1, RDSSPQ);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(5);
        run(1, INCSSPQ);
        assertThat(c.rip).isEqualTo(HANDLER);
    }

    private void track(long more) {
        c.supervisorCet = BranchTracking.ENABLE | more;
        c.userCet = 0;
        c.gpr(Cpu.RBX, TARGET);
        Modes.update(c);
    }

    @ParameterizedTest
    // jmp rbx and call rbx
    @ValueSource(ints = {0xE3, 0xD3})
    void indirectBranchesWantAMark(int modrm) {
        track(0);
        put(TARGET, 0x90);
        run(2, 0xFF, modrm);
        // the tracker waits for the handler's mark now
        assertThat(raised(ShadowStack.ENDBRANCH)).isTrue();
        assertThat(c.supervisorCet & BranchTracking.WAIT).isNotZero();
        track(0);
        put(TARGET, ENDBR64);
        run(1, 0xFF, modrm);
        assertThat(c.supervisorCet & BranchTracking.WAIT).isNotZero();
        engine.run(1);
        assertThat(c.rip).isEqualTo(TARGET + 4);
        assertThat(c.supervisorCet & BranchTracking.WAIT).isZero();
    }

    @Test
    void aPrefixAsksForNone() {
        put(TARGET, 0x90);
        track(0);
        run(2, 0x3E, 0xFF, 0xE3);
        assertThat(c.rip).isEqualTo(HANDLER);
        track(BranchTracking.NO_TRACK);
        run(2, 0x3E, 0xFF, 0xE3);
        assertThat(c.rip).isEqualTo(TARGET + 1);
    }

    @Test
    void pagesOfOldCodeAreInABitmap() {
        put(TARGET, 0x90);
        track(BranchTracking.LEGACY_PAGES | SSP_TABLE);
        g.put8(SSP_TABLE + (TARGET >> 15), 1 << (TARGET >> 12 & 7));
        run(2, 0xFF, 0xE3);
        assertThat(c.rip).isEqualTo(TARGET + 1);
        assertThat(c.supervisorCet & BranchTracking.SUPPRESS).isNotZero();
    }

    @Test
    void handlersWantAMarkToo() {
        track(0);
        put(HANDLER, 0x90);
        run(1, 0xCD, USER_INTERRUPT);
        assertThat(c.rip).isEqualTo(HANDLER);
        engine.run(1);
        assertThat(raised(ShadowStack.ENDBRANCH)).isTrue();
    }

    @Test
    void registersTakeWhatTheyMayHold() {
        assertThat(refused(0x6A0, 1 << 6)).isTrue();
        assertThat(refused(0x6A2, BranchTracking.SUPPRESS | BranchTracking.WAIT)).isTrue();
        assertThat(refused(0x6A4, 2)).isTrue();
        assertThat(refused(0x6A7, 1L << 60)).isTrue();
        assertThat(refused(0x6A8, 1L << 60)).isTrue();
        assertThat(refused(0x6A7, 0x12340)).isFalse();
        assertThat(Msrs.read(c, 0x6A7)).isEqualTo(0x12340);
        // CR0.WP stays while CR4.CET is set
        c.gpr(Cpu.RAX, c.cr0 & ~Control.CR0_WP);
        run(1, 0x0F, 0x22, 0xC0);
        assertThat(c.rip).isEqualTo(HANDLER);
    }

    private boolean refused(int msr, long value) {
        try {
            Msrs.write(c, msr, value);
            return false;
        } catch (GuestFault f) {
            return f.vector == Vector.GP;
        }
    }
}
