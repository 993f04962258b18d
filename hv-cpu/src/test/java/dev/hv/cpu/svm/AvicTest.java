package dev.hv.cpu.svm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.GuestFault;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** AVIC and x2AVIC (APM vol. 2, 15.29): registers, priorities, interprocessor interrupts, doorbell. Numbers are the APM's, written out. */
class AvicTest {

    private static final int APIC = 0x1F0000;
    private static final long PAGE = 0x20000;
    private static final long OTHER = 0x21000;
    private static final long PHYSICAL = 0x22000;
    private static final long LOGICAL = 0x23000;
    private static final int HANDLER = 0x2000;
    private static final int INCOMPLETE = 0x401;
    private static final int NO_ACCELERATION = 0x402;
    private static final long WRITE = 1L << 32;
    private static final long AVIC = 1L << 31;
    private static final long X2AVIC = AVIC | 1 << 30;
    private static final int HOST_OF_OTHER = 5;

    private final SvmFixture f = new SvmFixture();
    private final Cpu c = f.c;
    private final List<Integer> rings = new ArrayList<>();
    private int at = 0x1000;

    AvicTest() {
        avic(f, AVIC);
        f.w(0x570, 0x202);
        for (int vector = 0x30; vector < 0x60; vector++) {
            f.gate(vector, HANDLER);
        }
        f.code(HANDLER, SvmFixture.CALL);
        c.apic = new RingingApic(c, rings);
    }

    private static void avic(SvmFixture f, long enable) {
        f.w(0x60, f.r(0x60) & ~X2AVIC | enable);
        f.w(0x98, APIC);
        f.w(0xE0, PAGE);
        f.w(0xF0, LOGICAL);
        f.w(0xF8, PHYSICAL | 3);
        f.put64(PHYSICAL, 1L << 63 | 1L << 62 | PAGE);
        f.put64(PHYSICAL + 8, 1L << 63 | 1L << 62 | OTHER | HOST_OF_OTHER);
        f.put64(PAGE + 0xE0, 0xFFFFFFFFL);
    }

    @AfterEach
    void free() {
        f.close();
    }

    private void code(int... bytes) {
        f.code(at, bytes);
        at += bytes.length;
    }

    /** mov dword [APIC + register], value. */
    private void write(int register, int value) {
        int a = APIC + register;
        code(0xC7, 0x04, 0x25, a & 0xFF, a >>> 8 & 0xFF, a >>> 16, 0, value & 0xFF, value >>> 8 & 0xFF, value >>> 16 & 0xFF, value >>> 24);
    }

    /** mov eax, [APIC + register]. */
    private void read(int register) {
        int a = APIC + register;
        code(0x8B, 0x04, 0x25, a & 0xFF, a >>> 8 & 0xFF, a >>> 16, 0);
    }

    private void call() {
        code(SvmFixture.CALL);
    }

    private int register(int register) {
        return (int) f.get64(PAGE + register);
    }

    private void request(long page, int vector) {
        long where = page + 0x200 + (vector >>> 5) * 0x10;
        f.put64(where, f.get64(where) | 1L << (vector & 31));
    }

    private boolean requested(long page, int vector) {
        return (f.get64(page + 0x200 + (vector >>> 5) * 0x10) >>> (vector & 31) & 1) != 0;
    }

    private boolean inService(int vector) {
        return (f.get64(PAGE + 0x100 + (vector >>> 5) * 0x10) >>> (vector & 31) & 1) != 0;
    }

    @Test
    void registersAreReadFromTheBackingPage() {
        f.put64(PAGE + 0x30, 0x50014);
        read(0x30);
        call();
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x5F8)).isEqualTo(0x50014);
    }

    /** Nested tables say whether the page may be accessed at all, though not where it is. */
    @Test
    void nestedPagingStillForbids() {
        f.put64(SvmFixture.NPT_PT + 8 * (APIC >>> 12), 0);
        read(0x30);
        assertThat(f.run()).isEqualTo(0x400);
        assertThat(f.r(0x80)).isEqualTo(APIC + 0x30);
    }

    @Test
    void theTaskPriorityIsTheBackingPages() {
        // CR8 and the register are one; mov rax, cr8; mov cr8, rbx
        write(0x80, 0x55);
        code(0x44, 0x0F, 0x20, 0xC0, 0x44, 0x0F, 0x22, 0xC3);
        call();
        c.gpr(Cpu.RBX, 3);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x5F8)).isEqualTo(5);
        assertThat(register(0x80)).isEqualTo(0x30);
        assertThat(register(0xA0)).isEqualTo(0x30);
        assertThat(f.r(0x60) & 0xF).as("V_TPR").isEqualTo(3);
    }

    @Test
    void whatIsRequestedIsDeliveredByPriority() {
        request(PAGE, 0x31);
        request(PAGE, 0x42);
        code(0x90);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x578)).isEqualTo(HANDLER);
        assertThat(inService(0x42)).isTrue();
        assertThat(requested(PAGE, 0x42)).isFalse();
        assertThat(requested(PAGE, 0x31)).isTrue();
        assertThat(register(0xA0)).isEqualTo(0x40);
        assertThat(f.r(0x88)).isZero();
    }

    @Test
    void aClassNotAboveThePriorityWaits() {
        request(PAGE, 0x31);
        f.put64(PAGE + 0x80, 0x30);
        code(0x90);
        write(0x80, 0x20);
        call();
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x578)).isEqualTo(HANDLER);
        assertThat(f.get64(SvmFixture.GUEST + f.r(0x5D8))).as("right behind the write").isEqualTo(0x100C);
    }

    @Test
    void masksOfTheGuestHoldThem() {
        request(PAGE, 0x31);
        f.w(0x570, 2);
        call();
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(f.r(0x578)).isEqualTo(0x1000);
    }

    @Test
    void endOfInterruptIsCarriedOut() {
        request(PAGE, 0x31);
        f.put64(PAGE + 0x120, 1 << 2);
        write(0xB0, 0);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(inService(0x42)).isFalse();
        assertThat(inService(0x31)).as("the next is delivered").isTrue();
    }

    @Test
    void theEndOfALevelTriggeredOneExits() {
        f.put64(PAGE + 0x120, 1 << 2);
        f.put64(PAGE + 0x1A0, 1 << 2);
        write(0xB0, 0);
        assertThat(f.run()).isEqualTo(NO_ACCELERATION);
        assertThat(f.r(0x78)).isEqualTo(WRITE | 0xB0);
        assertThat(f.r(0x80)).isEqualTo(0x42);
        assertThat(f.r(0x578)).as("behind the instruction").isEqualTo(at);
        assertThat(inService(0x42)).as("the hypervisor ends it").isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0x20", "0xD0", "0xE0", "0xF0", "0x280", "0x320", "0x370", "0x380", "0x3E0"})
    void writesWithEffectsExitBehindTheInstruction(String register) {
        int r = Integer.decode(register);
        write(r, 0x1234);
        call();
        assertThat(f.run()).isEqualTo(NO_ACCELERATION);
        assertThat(f.r(0x78)).isEqualTo(WRITE | r);
        assertThat(f.r(0x578)).isEqualTo(0x100B);
        assertThat(register(r)).isEqualTo(0x1234);
    }

    @ParameterizedTest
    @CsvSource({"0x30, true", "0xA0, true", "0x100, true", "0x200, true", "0x390, true", "0x390, false", "0x90, false", "0, false", "0x600, true"})
    void otherAccessesExitBeforeIt(String register, boolean write) {
        int r = Integer.decode(register);
        if (write) {
            write(r, 0x1234);
        } else {
            read(r);
        }
        assertThat(f.run()).isEqualTo(NO_ACCELERATION);
        assertThat(f.r(0x78)).isEqualTo((write ? WRITE : 0) | r & 0xFF0);
        assertThat(f.r(0x578)).isEqualTo(0x1000);
        assertThat(register(r)).isZero();
    }

    @Test
    void aSelfInterruptIsDelivered() {
        write(0x300, 1 << 18 | 0x35);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(inService(0x35)).isTrue();
    }

    @Test
    void aRunningTargetIsRung() {
        write(0x310, 1 << 24);
        write(0x300, 0x35);
        call();
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(requested(OTHER, 0x35)).isTrue();
        assertThat(rings).containsExactly(HOST_OF_OTHER);
    }

    @Test
    void aTargetThatDoesNotRunIsToldToTheHypervisor() {
        f.put64(PHYSICAL + 8, 1L << 63 | OTHER);
        write(0x310, 1 << 24);
        write(0x300, 0x35);
        assertThat(f.run()).isEqualTo(INCOMPLETE);
        assertThat(f.r(0x78)).isEqualTo(0x01000000_00000035L);
        assertThat(f.r(0x80)).isEqualTo(1L << 32 | 1);
        assertThat(f.r(0x578)).isEqualTo(at);
        assertThat(requested(OTHER, 0x35)).as("noted all the same").isTrue();
        assertThat(rings).isEmpty();
    }

    /** ICR, its high half, cause, index. */
    @ParameterizedTest
    @CsvSource({"0x4435, 0, 0, 0", "0x435, 0, 0, 0", "0x8035, 0, 0, 0", "0x35, 0x02000000, 2, 2", "0x35, 0x70000000, 2, 0x70", "0x835, 0x01000000, 2, 0", "0x0F, 0, 4, 0"})
    void whatIsNotForAvicExits(String low, String high, long cause, String index) {
        write(0x310, Integer.decode(high));
        write(0x300, Integer.decode(low));
        assertThat(f.run()).isEqualTo(INCOMPLETE);
        assertThat(f.r(0x80)).isEqualTo(cause << 32 | Integer.decode(index));
    }

    @Test
    void aBackingPageThatIsNoneExits() {
        f.put64(PHYSICAL + 8, 3L << 62 | 0x0008000000000000L);
        write(0x310, 1 << 24);
        write(0x300, 0x35);
        assertThat(f.run()).isEqualTo(INCOMPLETE);
        assertThat(f.r(0x80)).isEqualTo(3L << 32 | 1);
    }

    /** Destination format, destination, entry of the table. */
    @ParameterizedTest
    @CsvSource({"-1, 0x04, 2", "0x0FFFFFFF, 0x34, 14"})
    void logicalDestinationsAreLookedUp(int format, String destination, int entry) {
        f.put64(PAGE + 0xE0, format & 0xFFFFFFFFL);
        f.put64(LOGICAL + 4 * entry, 1L << 31 | 1);
        write(0x310, Integer.decode(destination) << 24);
        write(0x300, 0x835);
        call();
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(requested(OTHER, 0x35)).isTrue();
    }

    /** Shorthands and the broadcast destination: who gets it. */
    @ParameterizedTest
    @CsvSource({"0x80035, 0, true", "0xC0035, 0, false", "0x35, 0xFF000000, true"})
    void broadcastsReachAllThatThereAre(String low, String high, boolean self) {
        f.w(0x570, 2);
        write(0x310, (int) (long) Long.decode(high));
        write(0x300, Integer.decode(low));
        call();
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(requested(PAGE, 0x35)).isEqualTo(self);
        assertThat(requested(OTHER, 0x35)).isTrue();
    }

    /** Another processor notes an interrupt while the guest loops, or waits in HLT, and rings; the state in between may be saved. */
    @ParameterizedTest
    @ValueSource(ints = {0xFEEB, 0x90F4})
    void theDoorbellWakes(int loop) {
        code(loop & 0xFF, loop >>> 8);
        if (loop == 0xFEEB) {
            f.code(0x1000, 0xEB, 0xFE);
        } else {
            f.code(0x1000, 0xF4, 0x90, 0xEB, 0xFE);
        }
        f.unit.vmrun(SvmFixture.VMCB);
        f.engine.run(50);
        request(PAGE, 0x31);
        RecordedState.copy(f.unit, f.unit);
        f.engine.run(50);
        assertThat(inService(0x31)).as("nobody has rung").isFalse();
        f.unit.doorbell(c);
        assertThat(f.engine.run(100)).isEqualTo(RunResult.VM_EXIT);
        assertThat(inService(0x31)).isTrue();
    }

    @Test
    void theDoorbellRegisterRings() throws GuestFault {
        f.unit.writeMsr(c, 0xC001011B, 7);
        assertThat(rings).containsExactly(7);
        f.unit.doorbell(c);
    }

    @Test
    void x2apicRegistersAreMsrs() {
        avic(f, X2AVIC);
        f.put64(PAGE + 0x20, 9);
        // rdmsr 0x802; mov ebx, eax; mov edx, 1 (destination); mov eax, 0x35; mov ecx, 0x830; wrmsr
        code(0xB9, 0x02, 0x08, 0, 0, 0x0F, 0x32, 0x89, 0xC3, 0xBA, 1, 0, 0, 0, 0xB8, 0x35, 0, 0, 0, 0xB9, 0x30, 0x08, 0, 0, 0x0F, 0x30);
        call();
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        assertThat(c.gpr(Cpu.RBX)).isEqualTo(9);
        assertThat(requested(OTHER, 0x35)).isTrue();
        assertThat(rings).containsExactly(HOST_OF_OTHER);
        assertThat(register(0x310)).isEqualTo(1);
    }

    /** MSR, low half of what is written, exit: #GP, or behind the instruction. */
    @ParameterizedTest
    @CsvSource({"0x802, 0, 0x4D", "0x803, 0, 0x4D", "0x80B, 1, 0x4D", "0x830, 0x1000000, 0x4D", "0x80F, 0x1FF, 0x402", "0x838, 5, 0x402", "0x83F, 0x35, 0x81", "0x80A, 0, 0x4D"})
    void x2apicWritesAreChecked(String msr, String value, String exit) {
        avic(f, X2AVIC);
        f.intercept(0x4D);
        int m = Integer.decode(msr);
        int v = Integer.decode(value);
        code(0x31, 0xD2, 0xB8, v & 0xFF, v >>> 8 & 0xFF, v >>> 16 & 0xFF, v >>> 24, 0xB9, m & 0xFF, m >>> 8, 0, 0, 0x0F, 0x30);
        assertThat(f.run()).isEqualTo(Integer.decode(exit).intValue());
    }

    /** Field of the VMCB and its value with which VMRUN refuses. */
    @ParameterizedTest
    @CsvSource({"0x60, 0x40000000", "0x90, 0", "0xE0, 0x1000000000000", "0xF8, 0x22100", "0xF8, 0x8000000000000"})
    void vmrunChecksThePages(String field, String value) {
        f.w(Integer.decode(field), Long.decode(value));
        f.code(0x1000, SvmFixture.CALL);
        assertThat(f.run()).isEqualTo(-1);
    }

    @Test
    void aModelWithoutItDoesNotLookAtItsFields() {
        try (SvmFixture without = new SvmFixture(CpuModels.parse("amd,-avic,-x2avic"))) {
            avic(without, X2AVIC);
            without.w(0xE0, -1);
            without.code(0x1000, SvmFixture.CALL);
            assertThat(without.run()).isEqualTo(SvmFixture.VMMCALL);
            assertThat(without.unit.ownsMsr(0xC001011B)).isFalse();
        }
    }
}
