package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptMessage;
import org.junit.jupiter.api.Test;

/** What the messages of memory, strings, exceptions, halts and triple faults say, and how a virtual processor goes on after each. */
class InterceptKindsTest extends InterceptFixture {

    private static final int GP = 13;

    /** In real mode, with a handler for a vector that writes to port 0x80. */
    private VirtualProcessor startWithHandler(int vector, int... code) {
        VirtualProcessor vp = start(0xF4);
        child.code(false, code);
        for (int name : new int[] {HvRegister.DS, HvRegister.ES, HvRegister.SS, HvRegister.FS, HvRegister.GS}) {
            child.set(name, HvRegisterValue.segment(0, 0, 0xFFFF, 0x93));
        }
        child.set(HvRegister.CR0, HvRegisterValue.of(0x30));
        byte[] handler = {(byte) 0xE6, (byte) 0x80};
        byte[] pointer = {0, 0x20, 0, 0};
        assertThat(rig.vid.memory(child.id).write(0x2000, handler, 0, handler.length)).isTrue();
        assertThat(rig.vid.memory(child.id).write(4L * vector, pointer, 0, pointer.length)).isTrue();
        return vp;
    }

    private InterceptMessage intercepted(VirtualProcessor vp, int type) {
        InterceptMessage m = intercepted(vp);
        assertThat(Integer.toHexString(m.type())).isEqualTo(Integer.toHexString(type));
        return m;
    }

    @Test
    void anAccessWithoutMemoryWaitsForItsAnswer() {
        // mov eax,[0x200000]; mov [0x200004],ebx
        VirtualProcessor vp = start(0xA1, 0, 0, 0x20, 0, 0x89, 0x1D, 4, 0, 0x20, 0);
        child.go();
        InterceptMessage m = intercepted(vp, HvMessage.UNMAPPED_GPA);
        assertThat(m.get(HvMessage.PAYLOAD_SIZE, 1)).isEqualTo(HvInterceptMessage.MEMORY_SIZE);
        assertThat(m.get(HvInterceptMessage.ACCESS, 1)).isEqualTo(HvInterceptMessage.READ);
        assertThat(m.get(HvInterceptMessage.MEMORY_GPA, 8)).isEqualTo(0x20_0000);
        assertThat(m.get(HvInterceptMessage.MEMORY_ACCESS_INFO, 1)).isEqualTo(HvInterceptMessage.MEMORY_GVA_VALID | HvInterceptMessage.MEMORY_GPA_OF_GVA);
        assertThat(m.get(HvInterceptMessage.MEMORY_GVA, 8)).isEqualTo(0x20_0000);
        assertBytes(m, HvInterceptMessage.MEMORY_BYTES, HvInterceptMessage.MEMORY_BYTE_COUNT, 0xA1, 0, 0, 0x20, 0, 0x89, 0x1D);
        answer(ENTRY + 5);
        m = intercepted(vp, HvMessage.UNMAPPED_GPA);
        assertThat(m.get(HvInterceptMessage.ACCESS, 1)).isEqualTo(HvInterceptMessage.WRITE);
        assertThat(m.get(HvInterceptMessage.MEMORY_GPA, 8)).isEqualTo(0x20_0004);
    }

    @Test
    void memoryWithoutTheRightIsToldFromNone() {
        // mov [0x200000],eax; jmp 0x300000
        VirtualProcessor vp = start(0xA3, 0, 0, 0x20, 0, 0xE9, 0xF6, 0xEF, 0x2F, 0);
        assertThat(rig.vid.addMemory(child.id, new MemoryRange(2 << 20, 4096), HvMapFlags.READABLE).ok()).isTrue();
        child.go();
        InterceptMessage m = intercepted(vp, HvMessage.GPA_INTERCEPT);
        assertThat(m.get(HvInterceptMessage.ACCESS, 1)).isEqualTo(HvInterceptMessage.WRITE);
        answer(ENTRY + 5);
        m = intercepted(vp, HvMessage.UNMAPPED_GPA);
        assertThat(m.get(HvInterceptMessage.ACCESS, 1)).isEqualTo(HvInterceptMessage.EXECUTE);
        assertThat(m.get(HvInterceptMessage.MEMORY_GPA, 8)).isEqualTo(0x30_0000);
        assertThat(m.get(HvInterceptMessage.MEMORY_BYTE_COUNT, 1)).as("nothing to fetch").isZero();
    }

    @Test
    void bytesEndWhereMemoryDoes() {
        VirtualProcessor vp = start(0xF4);
        byte[] in = {(byte) 0xE4, 0x60};
        assertThat(rig.vid.memory(child.id).write((1 << 20) - 3, in, 0, in.length)).isTrue();
        child.set(HvRegister.RIP, HvRegisterValue.of((1 << 20) - 3));
        child.go();
        InterceptMessage m = intercepted(vp, HvMessage.IO_PORT);
        assertThat(m.get(HvInterceptMessage.IO_BYTE_COUNT, 1)).isEqualTo(3);
        assertThat(m.get(HvInterceptMessage.IO_BYTES, 2)).isEqualTo(0x60E4);
    }

    @Test
    void aStringIsToldWithItsRegisters() {
        // rep outsb
        VirtualProcessor vp = start(0xF3, 0x6E);
        child.set(HvRegister.RCX, HvRegisterValue.of(5));
        child.set(HvRegister.RSI, HvRegisterValue.of(0x3000));
        child.set(HvRegister.RDX, HvRegisterValue.of(0x3F8));
        child.go();
        InterceptMessage m = intercepted(vp, HvMessage.IO_PORT);
        assertThat(m.get(HvInterceptMessage.IO_PORT, 2)).isEqualTo(0x3F8);
        assertThat(m.get(HvInterceptMessage.IO_ACCESS_INFO, 1)).isEqualTo(1 | HvInterceptMessage.IO_STRING | HvInterceptMessage.IO_REPEATED);
        assertThat(m.get(HvInterceptMessage.IO_RCX, 8)).isEqualTo(5);
        assertThat(m.get(HvInterceptMessage.IO_RSI, 8)).isEqualTo(0x3000);
    }

    @Test
    void anExceptionGoesToWhoAskedAndMayBeDelivered() {
        // ud2
        VirtualProcessor vp = startWithHandler(6, 0x0F, 0x0B);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.EXCEPTION, 6)).isEqualTo(HvStatus.SUCCESS);
        child.set(HvRegister.R15, HvRegisterValue.of(0x1515));
        child.go();
        InterceptMessage m = intercepted(vp, HvMessage.EXCEPTION);
        assertThat(m.get(HvMessage.PAYLOAD_SIZE, 1)).isEqualTo(HvInterceptMessage.EXCEPTION_SIZE);
        assertThat(m.get(HvInterceptMessage.EXCEPTION_VECTOR, 2)).isEqualTo(6);
        assertThat(m.get(HvInterceptMessage.EXCEPTION_INFO, 1)).isZero();
        assertThat(m.get(HvInterceptMessage.RIP, 8)).isEqualTo(ENTRY);
        assertThat(m.get(HvInterceptMessage.EXCEPTION_GENERAL + 8 * 15, 8)).isEqualTo(0x1515);
        assertBytes(m, HvInterceptMessage.EXCEPTION_BYTES, HvInterceptMessage.EXCEPTION_BYTE_COUNT, 0x0F, 0x0B);
        long ud = HvRegister.PENDING_PRESENT | 3 << HvRegister.PENDING_TYPE_SHIFT | 6L << HvRegister.PENDING_VECTOR_SHIFT;
        child.set(HvRegister.PENDING_INTERRUPTION, HvRegisterValue.of(ud));
        assertThat(child.get(HvRegister.PENDING_INTERRUPTION)).isEqualTo(ud);
        answer(ENTRY);
        m = intercepted(vp, HvMessage.IO_PORT);
        assertThat(m.get(HvInterceptMessage.RIP, 8)).as("in the handler").isEqualTo(0x2000);
        assertThat(child.get(HvRegister.PENDING_INTERRUPTION)).isZero();
    }

    @Test
    void anExceptionIsTheGuestsAgain() {
        VirtualProcessor vp = startWithHandler(6, 0x0F, 0x0B);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.EXCEPTION, 6)).isEqualTo(HvStatus.SUCCESS);
        assertThat(install(0, HvInterceptType.EXCEPTION, 6)).isEqualTo(HvStatus.SUCCESS);
        child.go();
        assertThat(intercepted(vp, HvMessage.IO_PORT).get(HvInterceptMessage.RIP, 8)).isEqualTo(0x2000);
    }

    @Test
    void errorCodesAndSoftwareAreTold() {
        // mov ds,ax (no such selector); then int3
        VirtualProcessor vp = start(0x8E, 0xD8, 0xCC);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.EXCEPTION, GP)).isEqualTo(HvStatus.SUCCESS);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.EXCEPTION, 3)).isEqualTo(HvStatus.SUCCESS);
        child.set(HvRegister.RAX, HvRegisterValue.of(0xFFF8));
        child.set(HvRegister.GDTR, HvRegisterValue.table(0, 0));
        child.go();
        InterceptMessage m = intercepted(vp, HvMessage.EXCEPTION);
        assertThat(m.get(HvInterceptMessage.EXCEPTION_VECTOR, 2)).isEqualTo(GP);
        assertThat(m.get(HvInterceptMessage.EXCEPTION_INFO, 1)).isEqualTo(HvInterceptMessage.EXCEPTION_ERROR_CODE_VALID);
        assertThat(m.get(HvInterceptMessage.EXCEPTION_ERROR_CODE, 4)).isEqualTo(0xFFF8);
        answer(ENTRY + 2);
        m = intercepted(vp, HvMessage.EXCEPTION);
        assertThat(m.get(HvInterceptMessage.EXCEPTION_VECTOR, 2)).isEqualTo(3);
        assertThat(m.get(HvInterceptMessage.EXCEPTION_INFO, 1)).isEqualTo(HvInterceptMessage.EXCEPTION_BY_SOFTWARE);
        assertThat(m.get(HvInterceptMessage.LENGTH_AND_CR8, 1)).isEqualTo(1);
    }

    @Test
    void whatNoProcessorDeliversIsNotPending() {
        start(0xF4);
        for (long bad : new long[] {1 | 1 << 1, 1 | 7 << 1, 1 | 2 << 1 | 3 << 16, 1 | 3 << 1 | 32 << 16, 1 | 3 << 1 | 1 << 4 | 6 << 16, 1 | 4 << 1 | 0x80 << 16,
            1 | 0x100 << 16, 1 | 1 << 9, 1L | 0x1_0000L << 16 | 1 << 10}) {
            assertThat(rig.winHv.setVpRegisters(child.id, 0, new int[] {HvRegister.PENDING_INTERRUPTION}, new HvRegisterValue[] {HvRegisterValue.of(bad)}))
                    .as(Long.toHexString(bad)).isEqualTo(HvStatus.INVALID_REGISTER_VALUE);
        }
        assertThat(child.get(HvRegister.PENDING_INTERRUPTION)).isZero();
    }

    @Test
    void aTripleFaultLeavesTheRestToTheOwner() {
        // ud2 without an interrupt table
        VirtualProcessor vp = start(0x0F, 0x0B, 0xE4, 0x60);
        child.set(HvRegister.IDTR, HvRegisterValue.table(0, 0));
        child.go();
        InterceptMessage m = intercepted(vp, HvMessage.UNRECOVERABLE_EXCEPTION);
        assertThat(m.get(HvMessage.PAYLOAD_SIZE, 1)).isEqualTo(HvInterceptMessage.HEADER_SIZE);
        assertThat(vp.partition().state()).isEqualTo(Partition.State.ACTIVE);
        answer(ENTRY + 2);
        intercepted(vp, HvMessage.IO_PORT);
    }

    @Test
    void aHaltIsTheOwnersOnlyWithoutInterruptControllers() {
        VirtualProcessor vp = start(0xF4, 0xE4, 0x60);
        vp.partition().giveUpInterruptControllers();
        child.go();
        InterceptMessage m = intercepted(vp, HvMessage.HALT);
        assertThat(m.get(HvInterceptMessage.LENGTH_AND_CR8, 1)).isEqualTo(1);
        answer(ENTRY + 1);
        intercepted(vp, HvMessage.IO_PORT);
        assertThat(rig.winHv.createPartition().ok()).isTrue();
    }

    @Test
    void aHaltOfOthersEndsWithAnInterrupt() {
        start(0xF4);
        child.go();
        pass();
        assertThat(child.get(HvRegister.INTERCEPT_SUSPEND)).isZero();
        assertThat(child.get(HvRegister.RIP)).isEqualTo(ENTRY + 1);
    }

    @Test
    void msrsWithoutAMeaningCanAllBeTheOwners() {
        // mov ecx,0x1234; rdmsr; mov ecx,0x10; rdmsr; mov ecx,0x8b; wrmsr
        VirtualProcessor vp = start(0xB9, 0x34, 0x12, 0, 0, 0x0F, 0x32, 0xB9, 0x10, 0, 0, 0, 0x0F, 0x32, 0xB9, 0x8B, 0, 0, 0, 0x0F, 0x30);
        assertThat(install(HvInterceptType.READ | HvInterceptType.WRITE, HvInterceptType.MSR, 0)).isEqualTo(HvStatus.SUCCESS);
        child.go();
        assertThat(intercepted(vp, HvMessage.MSR).get(HvInterceptMessage.MSR_NUMBER, 4)).isEqualTo(0x1234);
        answer(ENTRY + 7);
        InterceptMessage m = intercepted(vp, HvMessage.MSR);
        assertThat(m.get(HvInterceptMessage.MSR_NUMBER, 4)).as("the time-stamp counter is the processor's").isEqualTo(0x8B);
        assertThat(m.write()).isTrue();
    }

    @Test
    void anX87ErrorThatPinsReportIsTold() {
        // fninit; fldcw [0x3000]; fld1; fldz; fdivp; fwait
        VirtualProcessor vp = start(0xDB, 0xE3, 0xD9, 0x2D, 0, 0x30, 0, 0, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0x9B);
        byte[] unmasked = {0x40, 3};
        assertThat(rig.vid.memory(child.id).write(0x3000, unmasked, 0, 2)).isTrue();
        child.set(HvRegister.CR0, HvRegisterValue.of(0x11));
        child.go();
        InterceptMessage m = vp.intercepts().message();
        pass();
        assertThat(m.type()).isEqualTo(HvMessage.LEGACY_FP_ERROR);
        assertThat(m.vpIndex()).isZero();
        assertThat(child.get(HvRegister.RIP)).isEqualTo(ENTRY + 14);
    }

    @Test
    void anExceptionThatTheHypervisorRaisesMayHaveADevicesStack() {
        Rig.Child listening = rig.child(1 << 20);
        // mov ecx,0x1234; rdmsr: #GP
        listening.code(false, 0x66, 0xB9, 0x34, 0x12, 0, 0, 0x0F, 0x32);
        listening.set(HvRegister.SS, HvRegisterValue.segment(0, 0x20_0000, 0xFFFF, 0x93));
        byte[] handler = {(byte) 0xE6, (byte) 0xF4};
        byte[] pointer = {0, 0x20, 0, 0};
        assertThat(rig.vid.memory(listening.id).write(0x2000, handler, 0, handler.length)).isTrue();
        assertThat(rig.vid.memory(listening.id).write(4L * GP, pointer, 0, pointer.length)).isTrue();
        listening.go();
        rig.run(100_000);
        assertThat(listening.log).containsExactly("write 207ffe/2=2", "write 207ffc/2=0", "write 207ffa/2=1006");
        assertThat(listening.done).isTrue();
    }
}
