package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.partition.GuestInterface;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvInterruptType;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvMsr;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptMessage;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.RecordedState;
import org.junit.jupiter.api.Test;

/**
 * Interrupts that are ended or wait for an acknowledge cycle, hypercalls about devices, resets and crashes: each comes to an owner that does not answer at
 * once as a message, and the processor waits.
 */
class OwnersInterceptsTest extends InterceptFixture {

    private static final int VECTOR = 0x41;
    private static final int PIC_VECTOR = 0x28;
    private static final int HANDLER = 0x1800;
    private static final int FLAGS_IF = 0x202;
    private static final int CALL_INPUT = 0x5000;
    private static final int CALL_OUTPUT = 0x6000;
    private static final int VMCALL = 3;

    private void poke(long address, int... words) {
        byte[] b = new byte[4 * words.length];
        for (int i = 0; i < words.length; i++) {
            LittleEndian.put32(b, 4 * i, words[i]);
        }
        assertThat(rig.vid.memory(child.id).write(address, b, 0, b.length)).isTrue();
    }

    /** A GDT with flat segments, gates for vectors to {@link #HANDLER}, the local APIC enabled. */
    private void interrupts(int... vectors) {
        poke(0x3000, 0, 0, 0x0000_FFFF, 0x00CF_9B00, 0x0000_FFFF, 0x00CF_9300);
        for (int vector : vectors) {
            poke(0x2000 + 8L * vector, 8 << 16 | HANDLER, 0x8E00);
        }
        child.set(HvRegister.GDTR, HvRegisterValue.table(0x3000, 0x17));
        child.set(HvRegister.IDTR, HvRegisterValue.table(0x2000, 0x7FF));
        child.set(HvRegister.RFLAGS, HvRegisterValue.of(FLAGS_IF));
        child.set(HvRegister.APIC_REGISTERS + 0xF, HvRegisterValue.of(0x1FF));
    }

    private InterceptMessage suspended(VirtualProcessor vp, int type) {
        pass();
        assertThat(child.get(HvRegister.INTERCEPT_SUSPEND)).isEqualTo(1);
        InterceptMessage m = vp.intercepts().message();
        assertThat(Integer.toHexString(m.type())).isEqualTo(Integer.toHexString(type));
        assertThat(m.partition()).isEqualTo(child.id);
        assertThat(m.vpIndex()).isZero();
        return m;
    }

    private void goOn() {
        child.set(HvRegister.INTERCEPT_SUSPEND, HvRegisterValue.of(0));
    }

    @Test
    void theEndOfALevelTriggeredInterruptIsTold() {
        VirtualProcessor vp = start(0xEB, 0xFE);
        interrupts(VECTOR);
        // mov dword [0xFEE000B0],0; out 0x80,al
        poke(HANDLER, 0x00B0_05C7, 0x0000_FEE0, 0x80E6_0000);
        assertThat(rig.winHv.assertVirtualInterrupt(child.id, HvInterruptType.FIXED, 0, false, VECTOR, true).ok()).isTrue();
        child.go();
        InterceptMessage m = suspended(vp, HvMessage.APIC_EOI);
        assertThat(m.get(HvMessage.PAYLOAD_SIZE, 1)).isEqualTo(HvInterceptMessage.EOI_SIZE);
        assertThat(m.get(HvInterceptMessage.EOI_VECTOR, 4)).isEqualTo(VECTOR);
        assertThat(child.get(HvRegister.RIP)).as("behind the instruction that ended it").isEqualTo(HANDLER + 10);
        goOn();
        assertThat(suspended(vp, HvMessage.IO_PORT).get(HvInterceptMessage.RIP, 8)).isEqualTo(HANDLER + 10);
    }

    @Test
    void theEndOfAnEdgeTriggeredInterruptIsNobodysBusiness() {
        VirtualProcessor vp = start(0xEB, 0xFE);
        interrupts(VECTOR);
        poke(HANDLER, 0x00B0_05C7, 0x0000_FEE0, 0x80E6_0000);
        assertThat(rig.winHv.assertVirtualInterrupt(child.id, HvInterruptType.FIXED, 0, false, VECTOR, false).ok()).isTrue();
        child.go();
        suspended(vp, HvMessage.IO_PORT);
    }

    @Test
    void endsAreToldOneAfterAnotherAndAreState() {
        VirtualProcessor vp = start(0xE6, 0x80);
        interrupts();
        for (int vector : new int[] {VECTOR, VECTOR + 0x10}) {
            vp.apic().accept(vector, true);
            assertThat(vp.apic().acknowledge()).isEqualTo(vector);
        }
        // the parent writes the registers of the APIC, while the processor does not run
        child.set(HvRegister.APIC_REGISTERS + 0xB, HvRegisterValue.of(0));
        child.set(HvRegister.APIC_REGISTERS + 0xB, HvRegisterValue.of(0));
        assertThat(rig.winHv.createVp(child.id, 1).ok()).isTrue();
        VirtualProcessor restored = rig.hypervisor.partitions().get(child.id).processors().get(1);
        RecordedState.copy(vp.intercepts(), restored.intercepts());
        child.go();
        assertThat(suspended(vp, HvMessage.APIC_EOI).get(HvInterceptMessage.EOI_VECTOR, 4)).isEqualTo(VECTOR);
        goOn();
        assertThat(suspended(vp, HvMessage.APIC_EOI).get(HvInterceptMessage.EOI_VECTOR, 4)).isEqualTo(VECTOR + 0x10);
        goOn();
        suspended(vp, HvMessage.IO_PORT);
        restored.intercepts().tellEnds();
        assertThat(restored.intercepts().message().get(HvInterceptMessage.EOI_VECTOR, 4)).isEqualTo(VECTOR);
    }

    @Test
    void anExternalInterruptWaitsForItsVector() {
        VirtualProcessor vp = start(0x90, 0xEB, 0xFD);
        interrupts(PIC_VECTOR);
        poke(HANDLER, 0x80E6);
        child.set(HvRegister.APIC_REGISTERS + 0x35, HvRegisterValue.of(0x700));
        assertThat(rig.winHv.setLocalInterruptPin(child.id, true).ok()).isTrue();
        child.go();
        InterceptMessage m = suspended(vp, HvMessage.INTERRUPTION_DELIVERABLE);
        assertThat(m.get(HvMessage.PAYLOAD_SIZE, 1)).isEqualTo(HvInterceptMessage.DELIVERABLE_SIZE);
        assertThat(m.get(HvInterceptMessage.DELIVERABLE_TYPE, 4)).as("an interrupt").isZero();
        assertThat(m.get(HvInterceptMessage.RIP, 8)).isEqualTo(child.get(HvRegister.RIP));
        assertThat(rig.winHv.setLocalInterruptPin(child.id, false).ok()).isTrue();
        child.set(HvRegister.PENDING_INTERRUPTION, HvRegisterValue.of(HvRegister.PENDING_PRESENT | (long) PIC_VECTOR << HvRegister.PENDING_VECTOR_SHIFT));
        goOn();
        assertThat(suspended(vp, HvMessage.IO_PORT).get(HvInterceptMessage.RIP, 8)).as("in the handler").isEqualTo(HANDLER);
    }

    @Test
    void anExternalInterruptThatIsDisabledDoesNotStopTheGuest() {
        VirtualProcessor vp = start(0xFA, 0xE6, 0x80);
        interrupts(PIC_VECTOR);
        child.set(HvRegister.RFLAGS, HvRegisterValue.of(2));
        child.set(HvRegister.APIC_REGISTERS + 0x35, HvRegisterValue.of(0x700));
        assertThat(rig.winHv.setLocalInterruptPin(child.id, true).ok()).isTrue();
        child.go();
        suspended(vp, HvMessage.IO_PORT);
    }

    /** In flat 32-bit mode: vmcall with a control word and the pages for input and output; then out 0x80,al. */
    private VirtualProcessor calling(int control, int high) {
        VirtualProcessor vp = startWith(HvPrivilege.CHILD, 0x0F, 0x01, 0xC1, 0xE6, 0x80);
        GuestInterface guest = vp.partition().guestInterface();
        guest.setGuestOsId(1);
        assertThat(guest.setHypercall(0x8001)).isTrue();
        child.set(HvRegister.RAX, HvRegisterValue.of(control));
        child.set(HvRegister.RDX, HvRegisterValue.of(high));
        child.set(HvRegister.RBX, HvRegisterValue.of(0));
        child.set(HvRegister.RCX, HvRegisterValue.of(CALL_INPUT));
        child.set(HvRegister.RDI, HvRegisterValue.of(0));
        child.set(HvRegister.RSI, HvRegisterValue.of(CALL_OUTPUT));
        child.set(HvRegister.XMM0, new HvRegisterValue(0x1111, 0x2222));
        return vp;
    }

    private void assertCall(InterceptMessage m, int control) {
        assertThat(m.get(HvMessage.PAYLOAD_SIZE, 1)).isEqualTo(HvInterceptMessage.HYPERCALL_SIZE);
        assertThat(m.get(HvInterceptMessage.LENGTH_AND_CR8, 1) & 15).isEqualTo(VMCALL);
        assertThat(m.get(HvInterceptMessage.RIP, 8)).isEqualTo(ENTRY);
        assertThat(m.get(HvInterceptMessage.HYPERCALL_RAX, 8)).isEqualTo(control);
        assertThat(m.get(HvInterceptMessage.HYPERCALL_RCX, 8)).isEqualTo(CALL_INPUT);
        assertThat(m.get(HvInterceptMessage.HYPERCALL_RSI, 8)).isEqualTo(CALL_OUTPUT);
        assertThat(m.get(HvInterceptMessage.HYPERCALL_XMM, 8)).isEqualTo(0x1111);
        assertThat(m.get(HvInterceptMessage.HYPERCALL_XMM + 8, 8)).isEqualTo(0x2222);
        assertThat(m.get(HvInterceptMessage.HYPERCALL_FLAGS, 4)).isZero();
    }

    @Test
    void anAccessToADeviceByHypercallIsTheOwnersToAnswer() {
        VirtualProcessor vp = calling(0x106, 0);
        poke(CALL_INPUT, 0x20_0004, 0, 4, 0);
        child.go();
        assertCall(suspended(vp, HvMessage.HYPERCALL), 0x106);
        child.set(HvRegister.RAX, HvRegisterValue.of(0));
        child.set(HvRegister.RIP, HvRegisterValue.of(ENTRY + VMCALL));
        goOn();
        assertThat(suspended(vp, HvMessage.IO_PORT).get(HvInterceptMessage.RIP, 8)).isEqualTo(ENTRY + VMCALL);
    }

    @Test
    void aDevicesInterruptIsTheOwnersToRetargetWhenItAsked() {
        VirtualProcessor vp = calling(0x7E, 0);
        poke(CALL_INPUT, -1, -1, 0x1122, 0, 1, 0, 0xFEE0_0000, 0x4041, 0, 0, 0x51, 0, 1, 0);
        child.go();
        suspended(vp, HvMessage.IO_PORT);
        assertThat(child.get(HvRegister.RAX)).as("nobody asked").isEqualTo(HvStatus.INVALID_PARAMETER.code());
        child.set(HvRegister.RAX, HvRegisterValue.of(0x7E));
        child.set(HvRegister.RIP, HvRegisterValue.of(ENTRY));
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.RETARGET_UNKNOWN_DEVICE, 0)).isEqualTo(HvStatus.SUCCESS);
        goOn();
        assertCall(suspended(vp, HvMessage.HYPERCALL), 0x7E);
    }

    @Test
    void aResetIsAWriteThatTheOwnerSees() {
        // wrmsr; out 0x80,al
        VirtualProcessor vp = startWith(HvPrivilege.CHILD, 0x0F, 0x30, 0xE6, 0x80);
        child.set(HvRegister.RCX, HvRegisterValue.of(HvMsr.RESET));
        child.set(HvRegister.RAX, HvRegisterValue.of(0));
        child.go();
        suspended(vp, HvMessage.IO_PORT);
        child.set(HvRegister.RAX, HvRegisterValue.of(1));
        answer(ENTRY);
        InterceptMessage m = suspended(vp, HvMessage.MSR);
        assertThat(m.write()).isTrue();
        assertThat(m.get(HvInterceptMessage.MSR_NUMBER, 4)).isEqualTo(HvMsr.RESET);
        assertThat(m.get(HvInterceptMessage.MSR_RAX, 8)).isEqualTo(1);
    }

    @Test
    void aCrashIsAWriteThatTheOwnerSeesAndItsParametersAreRegisters() {
        VirtualProcessor vp = startWith(HvPrivilege.CHILD, 0x0F, 0x30, 0xE6, 0x80);
        child.set(HvRegister.RCX, HvRegisterValue.of(HvMsr.CRASH_P0 + 4));
        child.set(HvRegister.RAX, HvRegisterValue.of(0xDEAD));
        child.set(HvRegister.RDX, HvRegisterValue.of(0));
        child.go();
        suspended(vp, HvMessage.IO_PORT);
        assertThat(child.get(HvRegister.GUEST_CRASH_P4)).isEqualTo(0xDEAD);
        child.set(HvRegister.RCX, HvRegisterValue.of(HvMsr.CRASH_CTL));
        child.set(HvRegister.RAX, HvRegisterValue.of(0));
        child.set(HvRegister.RDX, HvRegisterValue.of(0x8000_0000L));
        answer(ENTRY);
        InterceptMessage m = suspended(vp, HvMessage.MSR);
        assertThat(m.get(HvInterceptMessage.MSR_NUMBER, 4)).isEqualTo(HvMsr.CRASH_CTL);
        assertThat(m.get(HvInterceptMessage.MSR_RDX, 8)).isEqualTo(0x8000_0000L);
        answer(ENTRY + 2);
        suspended(vp, HvMessage.IO_PORT);
    }

    @Test
    void withoutThePrivilegeThereIsNoReset() {
        VirtualProcessor vp = startWith(HvPrivilege.CHILD & ~HvPrivilege.RESET, 0x0F, 0x30);
        interrupts(13);
        poke(HANDLER, 0x80E6);
        child.set(HvRegister.RCX, HvRegisterValue.of(HvMsr.RESET));
        child.set(HvRegister.RAX, HvRegisterValue.of(1));
        child.go();
        assertThat(suspended(vp, HvMessage.IO_PORT).get(HvInterceptMessage.RIP, 8)).as("#GP").isEqualTo(HANDLER);
    }
}
