package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptMessage;
import dev.hv.cpu.snapshot.RecordedState;
import org.junit.jupiter.api.Test;

/** Intercepts whose owner does not answer at once: the virtual processor waits, and goes on as its registers then say. */
class InterceptTest extends InterceptFixture {

    @Test
    void aPortAccessWaitsForItsAnswer() {
        // in al,0x60; out 0x80,ax
        VirtualProcessor vp = start(0xE4, 0x60, 0x66, 0xE7, 0x80);
        child.set(HvRegister.RAX, HvRegisterValue.of(0x1122_3344));
        child.go();
        InterceptMessage m = intercepted(vp);
        assertThat(m.type()).isEqualTo(HvMessage.IO_PORT);
        assertThat(m.write()).isFalse();
        assertThat(m.get(HvMessage.PAYLOAD_SIZE, 1)).isEqualTo(HvInterceptMessage.IO_SIZE);
        assertThat(m.get(HvInterceptMessage.IO_PORT, 2)).isEqualTo(0x60);
        assertThat(m.get(HvInterceptMessage.IO_ACCESS_INFO, 1)).isEqualTo(1);
        assertThat(m.get(HvInterceptMessage.IO_RAX, 8)).isEqualTo(0x1122_3344);
        assertThat(m.get(HvInterceptMessage.RIP, 8)).isEqualTo(ENTRY);
        assertThat(m.get(HvInterceptMessage.LENGTH_AND_CR8, 1)).isEqualTo(2);
        assertThat(m.get(HvInterceptMessage.EXECUTION_STATE, 2)).as("level 0, protected mode").isEqualTo(HvInterceptMessage.STATE_PROTECTED);
        assertThat(m.get(HvInterceptMessage.CS + 8, 4)).as("limit").isEqualTo(0xFFFF_FFFFL);
        assertThat(m.get(HvInterceptMessage.CS + 12, 2)).as("selector").isEqualTo(8);
        assertThat(m.get(HvInterceptMessage.IO_DS + 12, 2)).isEqualTo(16);
        assertBytes(m, HvInterceptMessage.IO_BYTES, HvInterceptMessage.IO_BYTE_COUNT, 0xE4, 0x60, 0x66, 0xE7, 0x80, 0);
        child.set(HvRegister.RAX, HvRegisterValue.of(0x1122_33AB));
        pass();
        assertThat(child.get(HvRegister.RIP)).as("it has not gone on").isEqualTo(ENTRY);
        answer(ENTRY + 2);
        m = intercepted(vp);
        assertThat(m.write()).isTrue();
        assertThat(m.get(HvInterceptMessage.IO_PORT, 2)).isEqualTo(0x80);
        assertThat(m.get(HvInterceptMessage.IO_ACCESS_INFO, 1)).isEqualTo(2);
        assertThat(m.get(HvInterceptMessage.IO_RAX, 8)).isEqualTo(0x1122_33AB);
    }

    @Test
    void whatHappensMeanwhileDoesNotWakeIt() {
        VirtualProcessor vp = start(0xE4, 0x60, 0xF4);
        child.go();
        intercepted(vp);
        assertThat(rig.winHv.stopVp(child.id, 0).ok()).isTrue();
        assertThat(rig.winHv.startVp(child.id, 0).ok()).isTrue();
        vp.apic().accept(0x41, false);
        long exits = vp.exits();
        pass();
        assertThat(vp.exits()).isEqualTo(exits);
        answer(ENTRY + 2);
        pass();
        assertThat(vp.exits()).isGreaterThan(exits);
    }

    @Test
    void itIsSuspendedAfterARestoreToo() {
        VirtualProcessor vp = start(0xE4, 0x60);
        child.go();
        intercepted(vp);
        assertThat(rig.winHv.createVp(child.id, 1).ok()).isTrue();
        VirtualProcessor restored = rig.hypervisor.partitions().get(child.id).processors().get(1);
        assertThat(restored.scheduling().interceptSuspended()).isFalse();
        RecordedState.copy(vp.intercepts(), restored.intercepts());
        RecordedState.copy(vp.scheduling(), restored.scheduling());
        HvRegisterValue[] suspended = new HvRegisterValue[1];
        assertThat(rig.winHv.getVpRegister(child.id, 1, HvRegister.INTERCEPT_SUSPEND, suspended).ok()).isTrue();
        assertThat(suspended[0].low()).isEqualTo(1);
        assertThat(restored.intercepts().message().type()).isEqualTo(HvMessage.IO_PORT);
        assertThat(restored.intercepts().message().get(HvInterceptMessage.IO_PORT, 2)).isEqualTo(0x60);
        assertThat(restored.intercepts().message().get(HvInterceptMessage.RIP, 8)).isEqualTo(ENTRY);
    }

    @Test
    void aParentCanAnswerALeafOfCpuid() {
        // cpuid; out 0x80,al
        VirtualProcessor vp = start(0x0F, 0xA2, 0xE6, 0x80);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.CPUID, 0)).isEqualTo(HvStatus.SUCCESS);
        child.set(HvRegister.RAX, HvRegisterValue.of(0));
        child.set(HvRegister.RCX, HvRegisterValue.of(7));
        child.go();
        InterceptMessage m = intercepted(vp);
        assertThat(m.type()).isEqualTo(HvMessage.CPUID);
        assertThat(m.get(HvInterceptMessage.CPUID_RCX, 8)).isEqualTo(7);
        assertThat(m.get(HvInterceptMessage.CPUID_DEFAULT_RBX, 8)).as("Genu").isEqualTo(0x756E_6547);
        child.set(HvRegister.RAX, HvRegisterValue.of(0x5A));
        answer(ENTRY + 2);
        m = intercepted(vp);
        assertThat(m.type()).isEqualTo(HvMessage.IO_PORT);
        assertThat(m.get(HvInterceptMessage.IO_RAX, 1)).isEqualTo(0x5A);
    }

    @Test
    void aLeafThatIsNoLongerInterceptedIsAnsweredByTheHypervisor() {
        VirtualProcessor vp = start(0x0F, 0xA2, 0xE6, 0x80);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.CPUID, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(install(0, HvInterceptType.CPUID, 0)).isEqualTo(HvStatus.SUCCESS);
        child.set(HvRegister.RAX, HvRegisterValue.of(0));
        child.go();
        assertThat(intercepted(vp).type()).isEqualTo(HvMessage.IO_PORT);
        assertThat(child.get(HvRegister.RBX)).isEqualTo(0x756E_6547);
    }

    @Test
    void aParentCanHaveAnMsr() {
        // mov ecx,0x1234; rdmsr; wrmsr
        VirtualProcessor vp = start(0xB9, 0x34, 0x12, 0, 0, 0x0F, 0x32, 0x0F, 0x30);
        assertThat(install(HvInterceptType.READ | HvInterceptType.WRITE, HvInterceptType.MSR_INDEX, 0x1234)).isEqualTo(HvStatus.SUCCESS);
        child.go();
        InterceptMessage m = intercepted(vp);
        assertThat(m.type()).isEqualTo(HvMessage.MSR);
        assertThat(m.write()).isFalse();
        assertThat(m.get(HvInterceptMessage.MSR_NUMBER, 4)).isEqualTo(0x1234);
        child.set(HvRegister.RAX, HvRegisterValue.of(0xAAAA));
        child.set(HvRegister.RDX, HvRegisterValue.of(0xDDDD));
        answer(ENTRY + 7);
        m = intercepted(vp);
        assertThat(m.write()).isTrue();
        assertThat(m.get(HvInterceptMessage.MSR_RAX, 8)).isEqualTo(0xAAAA);
        assertThat(m.get(HvInterceptMessage.MSR_RDX, 8)).isEqualTo(0xDDDD);
    }

    @Test
    void whatCannotBeInterceptedIsRefused() {
        start(0xF4);
        assertThat(install(HvInterceptType.READ, HvInterceptType.CPUID, 1)).as("CPUID is executed").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.MSR_INDEX, 0x1234)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(install(HvInterceptType.READ, HvInterceptType.MSR_INDEX, 1L << 32)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(install(HvInterceptType.READ, HvInterceptType.MSR_INDEX, 0xC000_0080L)).as("the guest's own").isEqualTo(HvStatus.FEATURE_UNAVAILABLE);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.EXCEPTION, 32)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.EXCEPTION, 2)).as("NMI is none").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(install(HvInterceptType.READ, HvInterceptType.EXCEPTION, 3)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.MSR, 0)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(install(8, HvInterceptType.CPUID, 1)).isEqualTo(HvStatus.INVALID_PARAMETER);
        for (int i = 0; i < 1024; i++) {
            assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.CPUID, i)).isEqualTo(HvStatus.SUCCESS);
        }
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.CPUID, 1024)).isEqualTo(HvStatus.NO_RESOURCES);
        assertThat(install(HvInterceptType.EXECUTE, HvInterceptType.CPUID, 5)).as("known already").isEqualTo(HvStatus.SUCCESS);
    }
}
