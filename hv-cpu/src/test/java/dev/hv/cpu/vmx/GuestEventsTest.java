package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.apic.FakeApic;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Exceptions, injected events, interrupts, windows and timers in guest operation (SDM vol. 3C, 25.2, 25.5, 26.5 to 26.7, 27.2). */
class GuestEventsTest {

    private static final long VALID = 0x80000000L;
    private static final long IDT = VmxFixture.GUEST_IDT;
    private static final int IF = 1 << 9;

    private final VmxFixture f = new VmxFixture();
    private final Cpu c = f.c;
    private final FakeApic apic = new FakeApic(c);

    @BeforeEach
    void handlers() {
        c.apic = apic;
        f.handlers();
    }

    @AfterEach
    void free() {
        f.close();
    }

    private void resumeAt(long rip) {
        f.w(VmcsField.GUEST_RIP, rip);
    }

    private void inject(long info, int errorCode, int length) {
        f.w(VmcsField.ENTRY_INTERRUPTION_INFO, info);
        f.w(VmcsField.ENTRY_ERROR_CODE, errorCode);
        f.w(VmcsField.ENTRY_INSTRUCTION_LENGTH, length);
    }

    private long stack(int quadword) {
        return f.get64(VmxFixture.GUEST + f.r(VmcsField.GUEST_RSP) + 8 * quadword);
    }

    // ---- exceptions ---------------------------------------------------------------------------------------------------

    @Test
    void exceptionsReachTheGuestUnlessTheBitmapSelectsThem() {
        f.code(0x1000, 0x0F, 0x0B);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(6));
        assertThat(stack(0)).isEqualTo(0x1000);
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 6);
        resumeAt(0x1000);
        assertThat(f.run()).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(VALID | 0x306);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
        assertThat(f.r(VmcsField.GUEST_RFLAGS) & 1 << 16).as("RF as a fault would push it").isNotZero();
    }

    @Test
    void pageFaultsExitByMaskAndMatch() {
        // not-present page: PML4 entry 1 is empty; a read has error code 0, a write 2
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 14);
        f.w(VmcsField.PAGE_FAULT_MASK, 2);
        f.w(VmcsField.PAGE_FAULT_MATCH, 2);
        c.gpr(Cpu.RBX, 0x8000000000L);
        f.code(0x1000, 0x48, 0x8B, 0x03);
        f.code(0x1100, 0x48, 0x89, 0x03);
        assertThat(f.run()).as("a read does not match").isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(14));
        assertThat(c.cr2()).isEqualTo(0x8000000000L);
        c.cr2(0);
        resumeAt(0x1100);
        assertThat(f.run()).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(VALID | 0xB0E);
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_ERROR_CODE)).isEqualTo(2);
        assertThat(f.qualification()).isEqualTo(0x8000000000L);
        assertThat(c.cr2()).as("CR2 does not change").isZero();
        f.w(VmcsField.EXCEPTION_BITMAP, 0);
        resumeAt(0x1000);
        assertThat(f.run()).as("bit clear: what does not match exits").isZero();
    }

    @Test
    void softwareExceptionsExitWithTypeAndLength() {
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 3);
        f.code(0x1000, 0xCC);
        assertThat(f.run()).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(VALID | 0x603);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_LENGTH)).isEqualTo(1);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
    }

    @Test
    void singleStepsExitWithTheirConditions() {
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 1);
        f.w(VmcsField.GUEST_RFLAGS, 0x102);
        f.code(0x1000, 0x90, 0x90);
        assertThat(f.run()).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(VALID | 0x301);
        assertThat(f.qualification()).isEqualTo(1 << 14);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1001);
        assertThat(f.r(VmcsField.GUEST_PENDING_DEBUG)).isZero();
    }

    @Test
    void tripleFaultsExit() {
        f.w(VmcsField.GUEST_IDTR_LIMIT, 0);
        f.code(0x1000, 0x0F, 0x0B);
        assertThat(f.run()).isEqualTo(2);
        assertThat(f.r(VmcsField.IDT_VECTORING_INFO)).isZero();
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
    }

    // ---- exits during event delivery ----------------------------------------------------------------------------------

    @Test
    void anEptViolationDuringDeliveryReportsTheEvent() {
        f.put64(VmxFixture.EPT_PT + 8 * 8, 0);
        f.code(0x1000, 0xCD, 0x40);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.r(VmcsField.IDT_VECTORING_INFO)).isEqualTo(VALID | 0x440);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_LENGTH)).isEqualTo(2);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
        assertThat(f.r(VmcsField.GUEST_PHYSICAL_ADDRESS)).isEqualTo(IDT + 16 * 0x40);
        f.put64(VmxFixture.EPT_PT + 8 * 8, VmxFixture.GUEST + 0x8000 | 6 << 3 | 7);
        inject(f.r(VmcsField.IDT_VECTORING_INFO), 0, 2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x40));
        assertThat(stack(0)).as("a software interrupt returns behind itself").isEqualTo(0x1002);
    }

    @Test
    void anExceptionDuringDeliveryReportsBoth() {
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 13);
        f.put64(VmxFixture.GUEST + IDT + 16 * 6, 0);
        f.code(0x1000, 0x0F, 0x0B);
        assertThat(f.run()).as("the gate of #UD is empty").isEqualTo(0);
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(VALID | 0xB0D);
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_ERROR_CODE)).isEqualTo(6 * 8 | 3);
        assertThat(f.r(VmcsField.IDT_VECTORING_INFO)).isEqualTo(VALID | 0x306);
    }

    @Test
    void aDoubleFaultThatExitsIsNoExitDuringDelivery() {
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 8);
        f.put64(VmxFixture.GUEST + IDT + 16 * 13, 0);
        c.gpr(Cpu.RCX, 0x12345);
        // rdmsr of an unknown MSR: #GP, whose gate is empty
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 28);
        f.w(VmcsField.MSR_BITMAP, VmxFixture.MSR_BITMAP);
        c.gpr(Cpu.RCX, 0x1FFF);
        f.code(0x1000, 0x0F, 0x32);
        assertThat(f.run()).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(VALID | 0xB08);
        assertThat(f.r(VmcsField.IDT_VECTORING_INFO)).isZero();
    }

    // ---- injection ----------------------------------------------------------------------------------------------------

    @Test
    void injectedEventsRunTheirHandlers() {
        f.w(VmcsField.GUEST_RFLAGS, 2 | IF);
        inject(VALID | 0x041, 0, 0);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
        assertThat(stack(0)).isEqualTo(0x1000);
        assertThat(stack(2) & IF).isNotZero();
        assertThat(f.r(VmcsField.ENTRY_INTERRUPTION_INFO) & VALID).as("valid bit cleared by the exit").isZero();
        resumeAt(0x1000);
        f.w(VmcsField.GUEST_RSP, 0x7000);
        inject(VALID | 0xB0D, 0x1234, 0);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(13));
        assertThat(stack(0)).as("error code").isEqualTo(0x1234);
        assertThat(stack(1)).isEqualTo(0x1000);
        resumeAt(0x1000);
        f.w(VmcsField.GUEST_RSP, 0x7000);
        inject(VALID | 0x603, 0, 1);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(3));
        assertThat(stack(0)).isEqualTo(0x1001);
    }

    @Test
    void injectedPageFaultsLeaveCr2Alone() {
        c.cr2(0x5555);
        c.pageFaultAddress = 0x7777;
        inject(VALID | 0xB0E, 6, 0);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(14));
        assertThat(c.cr2()).isEqualTo(0x5555);
    }

    @Test
    void realModeEventsUseTheVectorTable() {
        f.realMode();
        f.put64(VmxFixture.GUEST + 4 * 0x41, 0x2410);
        f.code(0x2410, 0x0F, 0xA2);
        f.w(VmcsField.GUEST_RFLAGS, 2 | IF);
        inject(VALID | 0x041, 0, 0);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x2410);
        assertThat(f.get64(VmxFixture.GUEST + 0x6FFA) & 0xFFFF).isEqualTo(0x1000);
    }

    // ---- interrupts and windows ---------------------------------------------------------------------------------------

    @Test
    void externalInterruptsExitWhateverIfSaysAndAreAcknowledgedOnRequest() {
        f.with(VmcsField.PIN_CONTROLS, 1);
        f.code(0x1000, 0xEB, 0xFE);
        f.enter();
        apic.request(0x55);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(1);
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isZero();
        assertThat(apic.pending()).as("still pending").isEqualTo(0x55);
        f.with(VmcsField.EXIT_CONTROLS, 1 << 15);
        f.enter();
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(VALID | 0x55);
        assertThat(apic.pending()).isEqualTo(-1);
    }

    @Test
    void interruptsThatDoNotExitAreDeliveredInTheGuest() {
        f.w(VmcsField.GUEST_RFLAGS, 2 | IF);
        f.code(0x1000, 0xEB, 0xFE);
        f.enter();
        apic.request(0x55);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x55));
    }

    @Test
    void theInterruptWindowOpensWhenTheGuestAllowsInterrupts() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 2);
        // nop; sti; nop; nop
        f.code(0x1000, 0x90, 0xFB, 0x90, 0x90, 0x90);
        assertThat(f.run()).isEqualTo(7);
        assertThat(f.r(VmcsField.GUEST_RIP)).as("after the instruction behind STI").isEqualTo(0x1003);
        assertThat(f.r(VmcsField.GUEST_INTERRUPTIBILITY)).isZero();
        assertThat(f.run()).as("open already").isEqualTo(7);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1003);
    }

    @Test
    void theInterruptWindowWakesAHaltedGuest() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 2);
        f.w(VmcsField.GUEST_RFLAGS, 2 | IF);
        f.w(VmcsField.GUEST_ACTIVITY, 1);
        assertThat(f.run()).isEqualTo(7);
        assertThat(f.r(VmcsField.GUEST_ACTIVITY)).isEqualTo(1);
        assertThat(c.activity).isZero();
    }

    @Test
    void nmisExitAndBlockFurtherOnesInTheHost() {
        f.with(VmcsField.PIN_CONTROLS, 1 << 3);
        f.code(0x1000, 0xEB, 0xFE);
        f.enter();
        c.raise(Cpu.EVENT_NMI);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(VmcsField.EXIT_REASON)).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(VALID | 0x202);
        assertThat(c.nmiBlocked).isTrue();
        assertThat(f.r(VmcsField.GUEST_INTERRUPTIBILITY) & 8).isZero();
    }

    @Test
    void virtualNmisAreBlockedUntilIretAndTheWindowTells() {
        f.with(VmcsField.PIN_CONTROLS, 1 << 3 | 1 << 5);
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 22);
        inject(VALID | 0x202, 0, 0);
        // the NMI handler: nop; iretq
        f.code(VmxFixture.handler(2), 0x90, 0x48, 0xCF);
        f.code(0x1000, 0xEB, 0xFE);
        assertThat(f.run()).isEqualTo(8);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
        assertThat(f.r(VmcsField.GUEST_INTERRUPTIBILITY)).isZero();
        assertThat(c.nmiBlocked).isFalse();
    }

    @Test
    void exitsInAVirtualNmiHandlerSaveTheBlocking() {
        f.with(VmcsField.PIN_CONTROLS, 1 << 3 | 1 << 5);
        inject(VALID | 0x202, 0, 0);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(2));
        assertThat(f.r(VmcsField.GUEST_INTERRUPTIBILITY)).isEqualTo(8);
        assertThat(c.nmiBlocked).as("physical NMIs are not").isFalse();
    }

    @Test
    void initExitsAndSipiOnlyWhereItIsAwaited() {
        f.code(0x1000, 0xEB, 0xFE);
        f.enter();
        c.raise(Cpu.EVENT_INIT | Cpu.EVENT_SIPI);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(3);
        f.w(VmcsField.GUEST_ACTIVITY, 3);
        f.enter();
        c.sipiVector = 0x9A;
        c.raise(Cpu.EVENT_SIPI);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(4);
        assertThat(f.qualification()).isEqualTo(0x9A);
        assertThat(f.r(VmcsField.GUEST_ACTIVITY)).isEqualTo(3);
    }

    // ---- timer, trap, TPR ---------------------------------------------------------------------------------------------

    @Test
    void thePreemptionTimerCountsAtItsRate() {
        f.with(VmcsField.PIN_CONTROLS, 1 << 6);
        f.with(VmcsField.EXIT_CONTROLS, 1 << 22);
        f.w(VmcsField.PREEMPTION_TIMER, 10);
        f.code(0x1000, 0xEB, 0xFE);
        long start = c.instructions;
        assertThat(f.run()).isEqualTo(52);
        assertThat(c.instructions - start).as("10 << rate, give or take the phase").isBetween(9L << 5, 10L << 5);
        assertThat(f.r(VmcsField.PREEMPTION_TIMER)).isZero();
    }

    @Test
    void aConnectedClockIsAskedToWakeTheTimer() {
        var asked = new ArrayList<String>();
        f.unit.connect(new TimerAlarm() {
            @Override
            public void set(long tsc) {
                asked.add("set " + tsc);
            }

            @Override
            public void cancel() {
                asked.add("cancel");
            }

            @Override
            public void save(StateWriter out) {}

            @Override
            public void restore(StateReader in) {}
        });
        f.with(VmcsField.PIN_CONTROLS, 1 << 6);
        f.w(VmcsField.PREEMPTION_TIMER, 2);
        f.code(0x1000, 0xEB, 0xFE);
        f.enter();
        assertThat(f.engine.run(1000)).as("nobody woke it").isEqualTo(RunResult.BUDGET);
        f.unit.timerDue();
        assertThat(f.engine.run(1000)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(52);
        assertThat(asked).containsExactly("set 64", "cancel");
    }

    @Test
    void anExitSavesWhatIsLeftOfTheTimer() {
        f.with(VmcsField.PIN_CONTROLS, 1 << 6);
        f.with(VmcsField.EXIT_CONTROLS, 1 << 22);
        f.w(VmcsField.PREEMPTION_TIMER, 1000);
        f.code(0x1000, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
        assertThat(f.r(VmcsField.PREEMPTION_TIMER)).isBetween(999L, 1000L);
    }

    @Test
    void aTimerOfZeroExitsBeforeAnyInstruction() {
        f.with(VmcsField.PIN_CONTROLS, 1 << 6);
        f.code(0x1000, 0x90);
        assertThat(f.run()).isEqualTo(52);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
    }

    @Test
    void theMonitorTrapComesAfterOneInstruction() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 27);
        f.code(0x1000, 0x90, 0x90, 0x90);
        assertThat(f.run()).isEqualTo(37);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1001);
        assertThat(f.run()).isEqualTo(37);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1002);
    }

    @Test
    void theMonitorTrapComesBeforeTheHandlersFirstInstructionWhenAnEventIsInjected() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 27);
        inject(VALID | 0x306, 0, 0);
        assertThat(f.run()).isEqualTo(37);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(6));
    }

    @Test
    void aPendingMonitorTrapCanBeInjected() {
        inject(VALID | 0x700, 0, 0);
        assertThat(f.run()).isEqualTo(37);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
    }

    @Test
    void theVirtualTprExitsBelowItsThreshold() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21);
        f.w(VmcsField.VIRTUAL_APIC_ADDRESS, VmxFixture.VIRTUAL_APIC);
        f.put8(VmxFixture.VIRTUAL_APIC + 0x80, 0x70);
        f.w(VmcsField.TPR_THRESHOLD, 5);
        // mov rax, cr8; mov cr8, rbx; mov cr8, rcx; nop
        c.gpr(Cpu.RBX, 5);
        c.gpr(Cpu.RCX, 4);
        f.code(0x1000, 0x44, 0x0F, 0x20, 0xC0, 0x44, 0x0F, 0x22, 0xC3, 0x44, 0x0F, 0x22, 0xC1, 0x90);
        assertThat(f.run()).isEqualTo(43);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(7);
        assertThat(f.r(VmcsField.GUEST_RIP)).as("a trap").isEqualTo(0x100C);
        assertThat(f.get8(VmxFixture.VIRTUAL_APIC + 0x80)).isEqualTo(0x40);
        assertThat(apic.cr8).as("the real TPR").isZero();
    }

    @Test
    void withoutATprShadowCr8IsTheApics() {
        apic.cr8 = 9;
        f.code(0x1000, 0x44, 0x0F, 0x20, 0xC0, 0x0F, 0xA2);
        f.run();
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(9);
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 20);
        resumeAt(0x1000);
        assertThat(f.run()).isEqualTo(28);
        assertThat(f.qualification()).isEqualTo(8 | 1 << 4);
    }

    @Test
    void apicAccessesExitOrMeetTheVirtualTpr() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21);
        f.with(VmcsField.SECONDARY_CONTROLS, 1);
        f.w(VmcsField.VIRTUAL_APIC_ADDRESS, VmxFixture.VIRTUAL_APIC);
        f.w(VmcsField.APIC_ACCESS_ADDRESS, VmxFixture.GUEST + 0x6000);
        f.put8(VmxFixture.VIRTUAL_APIC + 0x80, 0x60);
        c.gpr(Cpu.RBX, 0x6000);
        // mov eax, [rbx + 0x80]; mov ecx, [rbx + 0x300]
        f.code(0x1000, 0x8B, 0x83, 0x80, 0, 0, 0, 0x8B, 0x8B, 0, 3, 0, 0);
        assertThat(f.run()).isEqualTo(44);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x60);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1006);
        assertThat(f.qualification()).isEqualTo(0x300);
        // mov [rbx + 0x80], eax below the threshold
        f.w(VmcsField.TPR_THRESHOLD, 3);
        c.gpr(Cpu.RAX, 0x20);
        f.code(0x1100, 0x89, 0x83, 0x80, 0, 0, 0, 0x90);
        resumeAt(0x1100);
        assertThat(f.run()).isEqualTo(43);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1106);
        f.w(VmcsField.TPR_THRESHOLD, 0);
        f.code(0x1200, 0x89, 0x83, 0xB0, 0, 0, 0);
        resumeAt(0x1200);
        assertThat(f.run()).isEqualTo(44);
        assertThat(f.qualification()).isEqualTo(1 << 12 | 0xB0);
    }

    @Test
    void aGuestWhoseTprIsBelowTheThresholdAtEntryExitsAtOnce() {
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21);
        f.with(VmcsField.SECONDARY_CONTROLS, 1);
        f.w(VmcsField.VIRTUAL_APIC_ADDRESS, VmxFixture.VIRTUAL_APIC);
        f.w(VmcsField.APIC_ACCESS_ADDRESS, VmxFixture.GUEST + 0x6000);
        f.w(VmcsField.TPR_THRESHOLD, 3);
        f.code(0x1000, 0x90);
        assertThat(f.run()).isEqualTo(43);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
    }
}
