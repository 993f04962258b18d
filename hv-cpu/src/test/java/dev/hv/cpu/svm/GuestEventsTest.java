package dev.hv.cpu.svm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.apic.FakeApic;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.state.Cpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Interrupts of the processor and virtual ones, the global interrupt flag, virtual NMIs (APM vol. 2, 15.13, 15.17, 15.21). */
class GuestEventsTest {

    private final SvmFixture f = new SvmFixture();
    private final Cpu c = f.c;
    private final FakeApic apic = new FakeApic(c);

    @BeforeEach
    void connect() {
        c.apic = apic;
        f.gate(0x40, 0x3000);
        f.gate(2, 0x3100);
        f.code(0x3000, SvmFixture.CALL);
        f.code(0x3100, SvmFixture.CALL);
        // nop; jmp $-1
        f.code(0x1000, 0x90, 0xEB, 0xFD);
    }

    @AfterEach
    void free() {
        f.close();
    }

    private void control(long bits) {
        f.w(0x60, bits);
    }

    @Test
    void anInterruptExitsAndStaysPending() {
        control(1 << 24);
        apic.request(0x40);
        assertThat(f.run()).isEqualTo(0x60);
        assertThat(apic.pending()).isEqualTo(0x40);
        // the host has the flag clear: it is not taken
        assertThat(f.engine.run(0)).isEqualTo(RunResult.BUDGET);
        assertThat(apic.pending()).isEqualTo(0x40);
    }

    @Test
    void withoutVirtualMaskingTheGuestsFlagCounts() {
        apic.request(0x40);
        f.unit.vmrun(SvmFixture.VMCB);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.BUDGET);
        // sti; nop
        f.code(0x1000, 0xFB, 0x90, 0x90);
        c.rip = 0x1000;
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(0x70)).isEqualTo(0x60);
        assertThat(f.r(0x578)).as("after the shadow of STI").isEqualTo(0x1002);
    }

    @Test
    void anInterruptThatDoesNotExitIsTheGuests() {
        f.noIntercept(0x60);
        f.w(0x570, 0x202);
        apic.request(0x40);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x578)).isEqualTo(0x3000);
        assertThat(apic.pending()).isNegative();
    }

    @Test
    void aVirtualInterruptWaitsForFlagPriorityAndShadow() {
        f.w(0x570, 0x202);
        f.w(0x68, 1);
        control(1 << 24 | 1 << 8 | 3L << 16 | 0x40L << 32);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.get64(SvmFixture.GUEST + f.r(0x5D8))).as("behind the shadow").isEqualTo(0x1001);
        assertThat(f.r(0x60) & 1 << 8).as("taken").isZero();
        // priority 3 is not above a task priority of 3
        control(1 << 24 | 1 << 8 | 3L << 16 | 3 | 0x40L << 32);
        f.w(0x578, 0x1000);
        f.w(0x570, 0x202);
        f.unit.vmrun(SvmFixture.VMCB);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.BUDGET);
        // mov cr8, rbx lowers it
        c.gpr(Cpu.RBX, 2);
        f.code(0x1000, 0x44, 0x0F, 0x22, 0xC3);
        c.rip = 0x1000;
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(0x578)).isEqualTo(0x3000);
        assertThat(f.r(0x60) & 0xFF).isEqualTo(2);
    }

    @Test
    void aVirtualInterruptExitsWhenItIsIntercepted() {
        f.intercept(0x64);
        f.w(0x570, 0x202);
        control(1 << 24 | 1 << 8 | 1 << 20 | 0x40L << 32);
        assertThat(f.run()).isEqualTo(0x64);
        assertThat(f.r(0x60) & 1 << 8).as("still there").isNotZero();
    }

    @Test
    void anNmiExitsAndIsThereStill() {
        c.raise(Cpu.EVENT_NMI);
        assertThat(f.run()).isEqualTo(0x61);
        assertThat(c.events & Cpu.EVENT_NMI).isNotZero();
    }

    @Test
    void theVirtualGlobalInterruptFlagHoldsVirtualInterrupts() {
        f.w(0x570, 0x202);
        control(1 << 24 | 1 << 25 | 1 << 8 | 1 << 20 | 0x40L << 32);
        // nop; stgi; nop
        f.code(0x1000, 0x90, 0x0F, 0x01, 0xDC, 0x90);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.get64(SvmFixture.GUEST + f.r(0x5D8))).isEqualTo(0x1004);
        assertThat(f.r(0x60) & 1 << 9).as("set").isNotZero();
    }

    @Test
    void aVirtualNmiIsDeliveredAndMaskedUntilIret() {
        control(1 << 24 | 1 << 26 | 1 << 11);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x578)).isEqualTo(0x3100);
        assertThat(f.r(0x60) & (1 << 11 | 1 << 12)).isEqualTo(1 << 12);
        // another waits for the handler's IRET
        control(f.r(0x60) | 1 << 11);
        f.code(0x3100, 0x48, 0xCF);
        f.code(0x1000, SvmFixture.CALL);
        f.code(0x3102, SvmFixture.CALL);
        f.w(0x578, 0x3100);
        f.unit.vmrun(SvmFixture.VMCB);
        assertThat(f.engine.run(2)).isEqualTo(RunResult.BUDGET);
        assertThat(c.rip).isEqualTo(0x3100);
        assertThat(c.nmiBlocked).as("in the handler again").isTrue();
    }

    @Test
    void withTheFlagClearInterruptsWait() {
        // clgi; sti; nop; stgi; nop in the host
        f.unit.setNativeHost(false);
        f.unit.stgi();
        f.code(0x1000, 0x0F, 0x01, 0xDD, 0x90, 0x0F, 0x01, 0xDC, 0x90, 0x90);
        // the guest does it itself, without virtual flag: the processor's own is meant
        f.noIntercept(0x60);
        f.w(0x570, 0x202);
        f.unit.vmrun(SvmFixture.VMCB);
        assertThat(f.engine.run(2)).isEqualTo(RunResult.BUDGET);
        apic.request(0x40);
        assertThat(f.engine.run(1)).isEqualTo(RunResult.BUDGET);
        assertThat(c.rip).isEqualTo(0x1007);
        assertThat(f.engine.run(1)).isEqualTo(RunResult.BUDGET);
        assertThat(c.rip).isEqualTo(0x3000);
    }

    @Test
    void anInitExitsAndWaitsForTheHost() {
        f.intercept(0x63);
        c.raise(Cpu.EVENT_INIT);
        assertThat(f.run()).isEqualTo(0x63);
        assertThat(c.events & Cpu.EVENT_INIT).isNotZero();
        assertThat(c.eventMask() & Cpu.EVENT_INIT).isZero();
    }
}
