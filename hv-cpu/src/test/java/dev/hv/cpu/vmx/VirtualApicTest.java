package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.apic.FakeApic;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.state.Cpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Virtual interrupts, APIC registers in the APIC-access page and as x2APIC MSRs, posted interrupts (SDM vol. 3C, chapter 29). */
class VirtualApicTest {

    private static final long PAGE = VmxFixture.VIRTUAL_APIC;
    private static final long DESCRIPTOR = 0x9000;
    private static final long APIC_ACCESS = 0xA000;
    /** Where the guest has the APIC-access page. */
    private static final int APIC = 0x5000;
    private static final int IF = 1 << 9;
    private static final int APIC_ACCESSES = 1;
    private static final int X2APIC = 1 << 4;
    private static final int REGISTERS = 1 << 8;
    private static final int DELIVERY = 1 << 9;
    private static final int CPUID = 10;
    private static final int ACCESS_EXIT = 44;
    private static final int EOI_EXIT = 45;
    private static final int WRITE_EXIT = 56;

    private final VmxFixture f = new VmxFixture();
    private final Cpu c = f.c;
    private final FakeApic apic = new FakeApic(c);

    @BeforeEach
    void guestWithHandlers() {
        c.apic = apic;
        f.handlers();
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21 | 1 << 28);
        f.w(VmcsField.VIRTUAL_APIC_ADDRESS, PAGE);
        f.w(VmcsField.MSR_BITMAP, VmxFixture.MSR_BITMAP);
        f.put64(VmxFixture.EPT_PT + 8 * (APIC >>> 12), APIC_ACCESS | 6 << 3 | 7);
        f.w(VmcsField.APIC_ACCESS_ADDRESS, APIC_ACCESS);
        f.w(VmcsField.GUEST_RFLAGS, 2 | IF);
    }

    @AfterEach
    void free() {
        f.close();
    }

    private void deliverInterrupts() {
        f.with(VmcsField.PIN_CONTROLS, 1);
        f.with(VmcsField.SECONDARY_CONTROLS, DELIVERY);
    }

    private void request(int vector) {
        set(0x200, vector);
        f.w(VmcsField.GUEST_INTERRUPT_STATUS, f.r(VmcsField.GUEST_INTERRUPT_STATUS) & 0xFF00 | vector);
    }

    private void set(int registers, int vector) {
        long at = PAGE + registers + 16 * (vector >>> 5);
        f.put8(at + (vector >>> 3 & 3), f.get8(at + (vector >>> 3 & 3)) | 1 << (vector & 7));
    }

    private boolean isSet(int registers, int vector) {
        long at = PAGE + registers + 16 * (vector >>> 5);
        return (f.get8(at + (vector >>> 3 & 3)) >>> (vector & 7) & 1) != 0;
    }

    private int register(int offset) {
        return (int) f.get64(PAGE + offset);
    }

    /** Puts code where the guest enters, in the place of what was decoded there. */
    private void code(int... bytes) {
        f.engine.clearCode();
        f.code(0x1000, bytes);
    }

    /** mov [disp32], eax; then CPUID. */
    private void store(int offset) {
        code(0x89, 0x04, 0x25, offset & 0xFF, APIC + offset >>> 8, 0, 0, 0x0F, 0xA2);
    }

    /** mov eax, [disp32]; then CPUID. */
    private void load(int offset) {
        code(0x8B, 0x04, 0x25, offset & 0xFF, APIC + offset >>> 8, 0, 0, 0x0F, 0xA2);
    }

    // ---- delivery -----------------------------------------------------------------------------------------------------

    @Test
    void aRequestedInterruptIsDeliveredThroughTheGuestsIdt() {
        deliverInterrupts();
        request(0x41);
        set(0x200, 0x22);
        code(0x90, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
        assertThat(f.r(VmcsField.GUEST_INTERRUPT_STATUS)).as("SVI and RVI").isEqualTo(0x4122);
        assertThat(isSet(0x100, 0x41)).as("VISR").isTrue();
        assertThat(isSet(0x200, 0x41)).as("VIRR").isFalse();
        assertThat(register(0xA0)).as("VPPR").isEqualTo(0x40);
    }

    @Test
    void interruptsWaitForIfAndForTheEndOfAShadow() {
        deliverInterrupts();
        request(0x41);
        f.w(VmcsField.GUEST_RFLAGS, 2);
        // nop; sti; nop; cpuid
        code(0x90, 0xFB, 0x90, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
        assertThat(f.get64(VmxFixture.GUEST + f.r(VmcsField.GUEST_RSP))).as("behind the instruction after STI").isEqualTo(0x1003);
    }

    @Test
    void priorityHoldsAnInterruptBack() {
        deliverInterrupts();
        request(0x41);
        f.put8(PAGE + 0x80, 0x40);
        code(0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
        assertThat(register(0xA0)).isEqualTo(0x40);
    }

    @Test
    void loweringCr8LetsTheInterruptIn() {
        deliverInterrupts();
        request(0x41);
        f.put8(PAGE + 0x80, 0x50);
        c.gpr(Cpu.RAX, 3);
        // mov cr8, rax; cpuid
        code(0x44, 0x0F, 0x22, 0xC0, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
        assertThat(f.get64(VmxFixture.GUEST + f.r(VmcsField.GUEST_RSP))).isEqualTo(0x1004);
    }

    @Test
    void aHaltedGuestWakes() {
        deliverInterrupts();
        f.w(VmcsField.GUEST_ACTIVITY, 1);
        request(0x41);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
    }

    @Test
    void interruptWindowExitingTakesPrecedence() {
        deliverInterrupts();
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 2);
        request(0x41);
        code(0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(7);
        assertThat(f.r(VmcsField.GUEST_INTERRUPT_STATUS)).isEqualTo(0x41);
    }

    @Test
    void theNextInterruptFollowsTheEndOfTheFirst() {
        deliverInterrupts();
        f.with(VmcsField.SECONDARY_CONTROLS, APIC_ACCESSES);
        set(0x100, 0x61);
        f.w(VmcsField.GUEST_INTERRUPT_STATUS, 0x6100);
        request(0x41);
        store(0xB0);
        c.gpr(Cpu.RAX, 5);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
        assertThat(f.get64(VmxFixture.GUEST + f.r(VmcsField.GUEST_RSP))).isEqualTo(0x1007);
        assertThat(isSet(0x100, 0x61)).isFalse();
        assertThat(register(0xB0)).as("VEOI").isZero();
        assertThat(f.r(VmcsField.GUEST_INTERRUPT_STATUS)).isEqualTo(0x4100);
    }

    @Test
    void theEoiExitBitmapMakesAnExitBehindTheInstruction() {
        deliverInterrupts();
        f.with(VmcsField.SECONDARY_CONTROLS, APIC_ACCESSES);
        set(0x100, 0x61);
        f.w(VmcsField.GUEST_INTERRUPT_STATUS, 0x6100);
        f.w(VmcsField.EOI_EXIT_BITMAP1, 1L << 0x21);
        store(0xB0);
        assertThat(f.run()).isEqualTo(EOI_EXIT);
        assertThat(f.qualification()).isEqualTo(0x61);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1007);
        assertThat(f.r(VmcsField.GUEST_INTERRUPT_STATUS)).isZero();
    }

    @Test
    void aSimpleSelfIpiIsDeliveredAndOthersExit() {
        deliverInterrupts();
        f.with(VmcsField.SECONDARY_CONTROLS, APIC_ACCESSES);
        c.gpr(Cpu.RAX, 1 << 18 | 0x41);
        store(0x300);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
        for (int icr : new int[] {0x41, 2 << 18 | 0x41, 1 << 18 | 0xF, 1 << 18 | 4 << 8 | 0x41, 1 << 18 | 1 << 15 | 0x41, 1 << 18 | 1 << 12 | 0x41}) {
            f.w(VmcsField.GUEST_RIP, 0x1000);
            f.w(VmcsField.GUEST_RFLAGS, 2);
            c.gpr(Cpu.RAX, icr);
            assertThat(f.run()).as(Integer.toHexString(icr)).isEqualTo(WRITE_EXIT);
            assertThat(f.qualification()).isEqualTo(0x300);
            assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1007);
            assertThat(register(0x300)).isEqualTo(icr);
        }
    }

    // ---- registers ----------------------------------------------------------------------------------------------------

    @Test
    void registersAreReadFromThePage() {
        f.with(VmcsField.SECONDARY_CONTROLS, APIC_ACCESSES | REGISTERS);
        for (int offset : new int[] {0x20, 0x30, 0x80, 0xB0, 0xD0, 0xE0, 0xF0, 0x100, 0x170, 0x1F0, 0x270, 0x280, 0x300, 0x310, 0x320, 0x370, 0x380, 0x3E0}) {
            f.put64(PAGE + offset, 0x1111_0000 | offset);
            load(offset);
            f.w(VmcsField.GUEST_RIP, 0x1000);
            assertThat(f.run()).as("0x%x", offset).isEqualTo(CPUID);
            assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x1111_0000 | offset);
        }
        for (int offset : new int[] {0, 0x90, 0xA0, 0xC0, 0x290, 0x390, 0x3F0, 0x24, 0x400}) {
            load(offset);
            f.w(VmcsField.GUEST_RIP, 0x1000);
            assertThat(f.run()).as("0x%x", offset).isEqualTo(ACCESS_EXIT);
            assertThat(f.qualification()).isEqualTo(offset);
            assertThat(f.r(VmcsField.EXIT_INSTRUCTION_LENGTH)).isEqualTo(7);
        }
    }

    @Test
    void withoutRegisterVirtualisationOnlyTheTprIsThere() {
        f.with(VmcsField.SECONDARY_CONTROLS, APIC_ACCESSES);
        f.put8(PAGE + 0x80, 0x70);
        load(0x80);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x70);
        load(0x20);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(ACCESS_EXIT);
        store(0xB0);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(ACCESS_EXIT);
        assertThat(f.qualification()).isEqualTo(1 << 12 | 0xB0);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
    }

    @Test
    void writesOfRegistersExitBehindTheInstruction() {
        f.with(VmcsField.SECONDARY_CONTROLS, APIC_ACCESSES | REGISTERS);
        c.gpr(Cpu.RAX, 0x12345678);
        for (int offset : new int[] {0x20, 0xB0, 0xD0, 0xE0, 0xF0, 0x280, 0x300, 0x320, 0x380, 0x3E0}) {
            store(offset);
            f.w(VmcsField.GUEST_RIP, 0x1000);
            assertThat(f.run()).as("0x%x", offset).isEqualTo(WRITE_EXIT);
            assertThat(f.qualification()).isEqualTo(offset);
            assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1007);
            assertThat(register(offset)).isEqualTo(0x12345678);
        }
        store(0x310);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).as("ICR high only keeps its destination").isEqualTo(CPUID);
        assertThat(register(0x310)).isEqualTo(0x12000000);
        for (int offset : new int[] {0x30, 0xA0, 0x100, 0x200, 0x390}) {
            store(offset);
            f.w(VmcsField.GUEST_RIP, 0x1000);
            assertThat(f.run()).as("0x%x", offset).isEqualTo(ACCESS_EXIT);
            assertThat(f.qualification()).isEqualTo(1 << 12 | offset);
        }
    }

    @Test
    void wideAndCrossingAccessesExit() {
        f.with(VmcsField.SECONDARY_CONTROLS, APIC_ACCESSES | REGISTERS);
        // mov rax, [5080h]; cpuid
        code(0x48, 0x8B, 0x04, 0x25, 0x80, 0x50, 0, 0, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(ACCESS_EXIT);
        assertThat(f.qualification()).isEqualTo(0x80);
        // mov [5fffh], eax
        c.gpr(Cpu.RAX, -1);
        code(0x89, 0x04, 0x25, 0xFF, 0x5F, 0, 0, 0x0F, 0xA2);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(ACCESS_EXIT);
        assertThat(f.qualification()).isEqualTo(1 << 12 | 0xFFF);
        // mov [4fffh], eax: nothing of it may be written
        code(0x89, 0x04, 0x25, 0xFF, 0x4F, 0, 0, 0x0F, 0xA2);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(ACCESS_EXIT);
        assertThat(f.get8(VmxFixture.GUEST + 0x4FFF)).isZero();
    }

    @Test
    void aReadModifyWriteOfTheTprIsVirtualised() {
        f.with(VmcsField.SECONDARY_CONTROLS, APIC_ACCESSES | REGISTERS);
        f.put8(PAGE + 0x80, 0x30);
        // or byte [5080h], 40h; cpuid
        code(0x80, 0x0C, 0x25, 0x80, 0x50, 0, 0, 0x40, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(register(0x80)).isEqualTo(0x70);
    }

    // ---- x2APIC MSRs --------------------------------------------------------------------------------------------------

    @Test
    void msrsAreThePagesRegisters() {
        deliverInterrupts();
        f.with(VmcsField.SECONDARY_CONTROLS, X2APIC | REGISTERS);
        f.put64(PAGE + 0x20, 0x1_2345_6789L);
        c.gpr(Cpu.RCX, 0x802);
        // rdmsr; hlt-free end: cpuid
        code(0x0F, 0x32, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x2345_6789L);
        assertThat(c.gpr(Cpu.RDX)).isEqualTo(1);
        // wrmsr self-IPI
        c.gpr(Cpu.RCX, 0x83F);
        c.gpr(Cpu.RAX, 0x41);
        c.gpr(Cpu.RDX, 0);
        code(0x0F, 0x30, 0x0F, 0xA2);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
        // its EOI
        c.gpr(Cpu.RCX, 0x80B);
        c.gpr(Cpu.RAX, 0);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1002);
        assertThat(f.r(VmcsField.GUEST_INTERRUPT_STATUS)).isZero();
        // a self-IPI with an illegal vector
        c.gpr(Cpu.RCX, 0x83F);
        c.gpr(Cpu.RAX, 0xF);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(WRITE_EXIT);
        assertThat(f.qualification()).isEqualTo(0x3F0);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1002);
    }

    @Test
    void reservedBitsOfVirtualisedMsrsFault() {
        deliverInterrupts();
        f.with(VmcsField.SECONDARY_CONTROLS, X2APIC);
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 13);
        code(0x0F, 0x30);
        for (long[] msrAndValue : new long[][] {{0x808, 0x100}, {0x80B, 1}, {0x83F, 0x141}, {0x808, 1L << 32}}) {
            c.gpr(Cpu.RCX, msrAndValue[0]);
            c.gpr(Cpu.RAX, msrAndValue[1] & 0xFFFFFFFFL);
            c.gpr(Cpu.RDX, msrAndValue[1] >>> 32);
            f.w(VmcsField.GUEST_RIP, 0x1000);
            assertThat(f.run()).isZero();
            assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(0x80000B0DL);
        }
    }

    // ---- posted interrupts --------------------------------------------------------------------------------------------

    private void post() {
        deliverInterrupts();
        f.with(VmcsField.PIN_CONTROLS, 1 << 7);
        f.with(VmcsField.EXIT_CONTROLS, 1 << 15);
        f.w(VmcsField.POSTED_INTERRUPT_VECTOR, 0xF2);
        f.w(VmcsField.POSTED_INTERRUPT_DESCRIPTOR, DESCRIPTOR);
    }

    @Test
    void aNotificationDeliversWhatWasPosted() {
        post();
        f.put64(DESCRIPTOR + 8, 1L << 1);
        f.put64(DESCRIPTOR, 1L << 0x33);
        f.put64(DESCRIPTOR + 32, 0x1234_0001L);
        apic.request(0xF2);
        code(0x90, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
        assertThat(f.r(VmcsField.GUEST_INTERRUPT_STATUS)).isEqualTo(0x4133);
        assertThat(isSet(0x200, 0x33)).isTrue();
        assertThat(f.get64(DESCRIPTOR)).isZero();
        assertThat(f.get64(DESCRIPTOR + 8)).isZero();
        assertThat(f.get64(DESCRIPTOR + 32)).as("only ON is cleared").isEqualTo(0x1234_0000L);
        assertThat(apic.ends).as("EOIs").isEqualTo(1);
    }

    @Test
    void aNotificationWakesAHaltedGuestOnlyForAnInterrupt() {
        post();
        f.w(VmcsField.GUEST_ACTIVITY, 1);
        f.enter();
        apic.request(0xF2);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.HALT);
        f.put64(DESCRIPTOR + 8, 1L << 1);
        apic.request(0xF2);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
    }

    @Test
    void otherVectorsExit() {
        post();
        apic.request(0xF1);
        code(0x90, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(1);
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(0x800000F1L);
        assertThat(apic.ends).isZero();
    }

    @Test
    void aRecognisedInterruptSurvivesACheckpoint() {
        try (var to = new VmxFixture()) {
            deliverInterrupts();
            request(0x41);
            f.w(VmcsField.GUEST_RFLAGS, 2);
            // jmp $; then sti in the copy
            code(0xEB, 0xFE);
            f.enter();
            assertThat(f.engine.run(100)).isEqualTo(RunResult.BUDGET);
            for (long p = 0; p < VmxFixture.SIZE; p += 8) {
                to.put64(p, f.get64(p));
            }
            to.c.apic = new FakeApic(to.c);
            RecordedState.copy(c, to.c);
            RecordedState.copy(f.unit, to.unit);
            to.code(0x1000, 0xFB, 0x90, 0x90);
            assertThat(to.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
            assertThat(to.r(VmcsField.GUEST_RIP)).isEqualTo(VmxFixture.handler(0x41));
        }
    }
}
