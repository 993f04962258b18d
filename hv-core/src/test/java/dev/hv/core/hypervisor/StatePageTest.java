package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvVpStatePage;
import dev.hv.cpu.snapshot.RecordedState;
import org.junit.jupiter.api.Test;

/** Pages in which a parent has the registers and the intercept message of a child's virtual processor. */
class StatePageTest extends InterceptFixture {

    private static final int DIRTY_ALL = 0x1F;

    private HvStatus map(long id, int vp, int type, int vtlAndFlags, long gpn) {
        rig.memory.write(INPUT, 8, id);
        rig.memory.write(INPUT + 8, 4, vp);
        rig.memory.write(INPUT + 12, 2, type);
        rig.memory.write(INPUT + 14, 2, vtlAndFlags);
        rig.memory.write(INPUT + 16, 8, gpn);
        return HvStatus.of((int) root.call(HvCallCode.MAP_VP_STATE_PAGE, INPUT, OUTPUT) & 0xFFFF);
    }

    private HvStatus unmap(int type) {
        rig.memory.write(INPUT, 8, child.id);
        rig.memory.write(INPUT + 8, 4, 0);
        rig.memory.write(INPUT + 12, 4, type);
        return HvStatus.of((int) root.call(HvCallCode.UNMAP_VP_STATE_PAGE, INPUT, OUTPUT) & 0xFFFF);
    }

    /** Maps a page of the child's pool; gives its address. */
    private long map(int type) {
        HvStatus status = map(child.id, 0, type, 0, 0);
        if (status == HvStatus.INSUFFICIENT_MEMORY) {
            assertThat(deposit(rig.frames.take(1, 1))).isEqualTo(HvStatus.SUCCESS);
            status = map(child.id, 0, type, 0, 0);
        }
        assertThat(status).isEqualTo(HvStatus.SUCCESS);
        return rig.memory.read(OUTPUT, 8) << 12;
    }

    private HvStatus deposit(long gpn) {
        rig.memory.write(INPUT, 8, child.id);
        rig.memory.write(INPUT + 8, 8, gpn);
        return HvStatus.of((int) root.call(HvCallCode.DEPOSIT_MEMORY | 1L << 32, INPUT, OUTPUT) & 0xFFFF);
    }

    private void resume() {
        child.set(HvRegister.INTERCEPT_SUSPEND, HvRegisterValue.of(0));
    }

    @Test
    void theParentReadsMessageAndRegisters() {
        // out 0x80,al; out 0x81,al
        VirtualProcessor vp = start(0xE6, 0x80, 0xE6, 0x81);
        long message = map(HvVpStatePage.INTERCEPT_MESSAGE);
        long registers = map(HvVpStatePage.REGISTERS);
        assertThat(rig.memory.read(message, 4)).as("nothing yet").isEqualTo(HvMessage.NONE);
        assertThat(rig.memory.read(registers + HvVpStatePage.VERSION, 8)).as("version 1, valid, clean").isEqualTo(0x1_0001);
        assertThat(rig.memory.read(registers + HvVpStatePage.RIP, 8)).isEqualTo(ENTRY);
        child.set(HvRegister.RAX, HvRegisterValue.of(0x1122));
        child.set(HvRegister.R15, HvRegisterValue.of(0x1515));
        child.set(HvRegister.XMM0 + 5, new HvRegisterValue(5, 6));
        child.set(HvRegister.CR8, HvRegisterValue.of(3));
        assertThat(rig.memory.read(registers + HvVpStatePage.GENERAL, 8)).as("what is set is seen").isEqualTo(0x1122);
        child.go();
        intercepted(vp);
        for (int at = 0; at < HvMessage.SIZE; at += 8) {
            assertThat(rig.memory.read(message + at, 8)).as("message, offset %d", at).isEqualTo(vp.intercepts().message().get(at, 8));
        }
        assertThat(rig.memory.read(message + HvInterceptMessage.IO_PORT, 2)).isEqualTo(0x80);
        assertThat(rig.memory.read(registers + HvVpStatePage.VALID, 1)).isEqualTo(1);
        assertThat(rig.memory.read(registers + HvVpStatePage.GENERAL + 8 * 15, 8)).isEqualTo(0x1515);
        assertThat(rig.memory.read(registers + HvVpStatePage.RFLAGS, 8)).isEqualTo(child.get(HvRegister.RFLAGS));
        assertThat(rig.memory.read(registers + HvVpStatePage.XMM + 16 * 5 + 8, 8)).isEqualTo(6);
        assertThat(rig.memory.read(registers + HvVpStatePage.SEGMENTS + 16, 8)).as("base of CS").isZero();
        assertThat(rig.memory.read(registers + HvVpStatePage.SEGMENTS + 16 + 8, 8)).as("limit, selector, attributes").isEqualTo(0xC09B_0008_FFFF_FFFFL);
        assertThat(rig.memory.read(registers + HvVpStatePage.CR0, 8)).isEqualTo(0x31);
        assertThat(rig.memory.read(registers + HvVpStatePage.CR8, 8)).isEqualTo(3);
        answer(ENTRY + 2);
        pass();
        assertThat(rig.memory.read(message + HvInterceptMessage.IO_PORT, 2)).as("the next one").isEqualTo(0x81);
    }

    @Test
    void nothingIsValidWhileTheProcessorRuns() {
        VirtualProcessor vp = start(0xE6, 0x80, 0xEB, 0xFE);
        long message = map(HvVpStatePage.INTERCEPT_MESSAGE);
        long registers = map(HvVpStatePage.REGISTERS);
        child.go();
        assertThat(rig.memory.read(registers + HvVpStatePage.VALID, 1)).isZero();
        intercepted(vp);
        answer(ENTRY + 2);
        assertThat(rig.memory.read(registers + HvVpStatePage.VALID, 1)).isZero();
        assertThat(rig.memory.read(message, 4)).isEqualTo(HvMessage.NONE);
        pass();
        assertThat(rig.winHv.stopVp(child.id, 0).ok()).isTrue();
        assertThat(rig.memory.read(registers + HvVpStatePage.VALID, 1)).isEqualTo(1);
        assertThat(rig.memory.read(registers + HvVpStatePage.RIP, 8)).isEqualTo(ENTRY + 2);
    }

    @Test
    void changedRegistersAreTakenWhenTheProcessorGoesOn() {
        VirtualProcessor vp = start(0xE6, 0x80, 0x90, 0x90, 0xE6, 0x81);
        long registers = map(HvVpStatePage.REGISTERS);
        child.go();
        intercepted(vp);
        rig.memory.write(registers + HvVpStatePage.GENERAL, 8, 0x77);
        rig.memory.write(registers + HvVpStatePage.RIP, 8, ENTRY + 4);
        rig.memory.write(registers + HvVpStatePage.GENERAL + 8, 8, 0x88);
        rig.memory.write(registers + HvVpStatePage.DIRTY, 4, HvVpStatePage.DIRTY_GENERAL | HvVpStatePage.DIRTY_RIP);
        resume();
        assertThat(intercepted(vp).get(HvInterceptMessage.IO_PORT, 2)).isEqualTo(0x81);
        assertThat(vp.intercepts().message().get(HvInterceptMessage.IO_RAX, 8)).isEqualTo(0x77);
        assertThat(child.get(HvRegister.RCX)).isEqualTo(0x88);
    }

    @Test
    void changedRegistersAreTakenBeforeACallReadsOrWritesThem() {
        start(0xF4);
        long registers = map(HvVpStatePage.REGISTERS);
        rig.memory.write(registers + HvVpStatePage.GENERAL + 8 * 3, 8, 0x33);
        rig.memory.write(registers + HvVpStatePage.XMM, 8, 0x44);
        rig.memory.write(registers + HvVpStatePage.SEGMENTS, 8, 0x5000);
        rig.memory.write(registers + HvVpStatePage.RFLAGS, 8, 0x246);
        rig.memory.write(registers + HvVpStatePage.CR0, 8, 0x55);
        rig.memory.write(registers + HvVpStatePage.DIRTY, 4, DIRTY_ALL);
        assertThat(child.get(HvRegister.RBX)).isEqualTo(0x33);
        assertThat(child.get(HvRegister.XMM0)).isEqualTo(0x44);
        assertThat(child.get(HvRegister.ES)).as("base").isEqualTo(0x5000);
        assertThat(child.get(HvRegister.RFLAGS)).isEqualTo(0x246);
        assertThat(child.get(HvRegister.CR0)).as("can only be read there").isEqualTo(0x31);
        assertThat(rig.memory.read(registers + HvVpStatePage.DIRTY, 4)).isZero();
        rig.memory.write(registers + HvVpStatePage.GENERAL, 8, 0x11);
        rig.memory.write(registers + HvVpStatePage.DIRTY, 4, HvVpStatePage.DIRTY_GENERAL);
        child.set(HvRegister.RAX, HvRegisterValue.of(0x22));
        assertThat(child.get(HvRegister.RAX)).as("the call came later").isEqualTo(0x22);
        rig.memory.write(registers + HvVpStatePage.RFLAGS, 8, -1);
        rig.memory.write(registers + HvVpStatePage.DIRTY, 4, HvVpStatePage.DIRTY_FLAGS);
        assertThat(child.get(HvRegister.RFLAGS)).as("no processor has such flags").isEqualTo(0x246);
    }

    @Test
    void whatAParentWritesWhileTheProcessorRunsIsNothing() {
        VirtualProcessor vp = start(0xE6, 0x80, 0xEB, 0xFE);
        long registers = map(HvVpStatePage.REGISTERS);
        child.go();
        intercepted(vp);
        answer(ENTRY + 2);
        rig.memory.write(registers + HvVpStatePage.GENERAL, 8, 0x99);
        rig.memory.write(registers + HvVpStatePage.DIRTY, 4, HvVpStatePage.DIRTY_GENERAL);
        pass();
        assertThat(child.get(HvRegister.RAX)).isNotEqualTo(0x99);
    }

    @Test
    void aPageOfTheParentsOwnIsKeptUntilItIsUnmapped() {
        VirtualProcessor vp = start(0xE6, 0x80);
        long gpn = rig.frames.take(1, 1);
        assertThat(map(child.id, 0, HvVpStatePage.REGISTERS, HvVpStatePage.LOCATION_PROVIDED << 8, gpn)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.memory.read(OUTPUT, 8)).isEqualTo(gpn);
        child.go();
        intercepted(vp);
        assertThat(rig.memory.read((gpn << 12) + HvVpStatePage.RIP, 8)).isEqualTo(ENTRY);
        assertThat(deposit(gpn)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(unmap(HvVpStatePage.REGISTERS)).isEqualTo(HvStatus.SUCCESS);
        assertThat(unmap(HvVpStatePage.REGISTERS)).isEqualTo(HvStatus.NOT_FOUND);
        rig.memory.write((gpn << 12) + HvVpStatePage.DIRTY, 4, HvVpStatePage.DIRTY_RIP);
        rig.memory.write((gpn << 12) + HvVpStatePage.RIP, 8, 7);
        assertThat(child.get(HvRegister.RIP)).isEqualTo(ENTRY);
        assertThat(deposit(gpn)).isEqualTo(HvStatus.SUCCESS);
    }

    @Test
    void nothingIsLeftOfThePagesOfAPartitionThatIsDeleted() {
        start(0xF4);
        long gpn = rig.frames.take(1, 1);
        map(HvVpStatePage.REGISTERS);
        assertThat(map(child.id, 0, HvVpStatePage.INTERCEPT_MESSAGE, HvVpStatePage.LOCATION_PROVIDED << 8, gpn)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.winHv.deletePartition(child.id)).isEqualTo(HvStatus.SUCCESS);
        start(0xF4);
        assertThat(deposit(gpn)).isEqualTo(HvStatus.SUCCESS);
    }

    @Test
    void whatCannotBeMappedIsRefused() {
        start(0xF4);
        map(HvVpStatePage.REGISTERS);
        long gpn = rig.frames.take(1, 1);
        int provided = HvVpStatePage.LOCATION_PROVIDED << 8;
        assertThat(map(child.id, 0, HvVpStatePage.REGISTERS, provided, gpn)).isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(map(child.id, 0, HvVpStatePage.REGISTERS, 0, 0)).isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(map(child.id, 0, 2, provided, gpn)).as("of encrypted guests").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(child.id, 0, HvVpStatePage.INTERCEPT_MESSAGE, provided | 1, gpn)).as("trust level 1").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(child.id, 0, HvVpStatePage.INTERCEPT_MESSAGE, 2 << 8, gpn)).as("reserved flag").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(child.id, 1, HvVpStatePage.INTERCEPT_MESSAGE, provided, gpn)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(map(99, 0, HvVpStatePage.INTERCEPT_MESSAGE, provided, gpn)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(map(-1, 0, HvVpStatePage.INTERCEPT_MESSAGE, provided, gpn)).isEqualTo(HvStatus.OPERATION_DENIED);
        for (long bad : new long[] {-1, 1L << 51, 1L << 52, 0x7FFF_FFFF_FFFF_FFFFL, (64 << 20) >>> 12, rig.frames.take(1, 1) | 1L << 40}) {
            assertThat(map(child.id, 0, HvVpStatePage.INTERCEPT_MESSAGE, provided, bad)).as("page %#x", bad).isEqualTo(HvStatus.INVALID_PARAMETER);
        }
        long pooled = rig.frames.take(1, 1);
        assertThat(deposit(pooled)).isEqualTo(HvStatus.SUCCESS);
        assertThat(map(child.id, 0, HvVpStatePage.INTERCEPT_MESSAGE, provided, pooled)).as("the hypervisor's").isEqualTo(HvStatus.INVALID_PARAMETER);
        rig.hypervisor.partitions().root().setPrivileges(HvPrivilege.CHILD);
        assertThat(map(child.id, 0, HvVpStatePage.INTERCEPT_MESSAGE, provided, gpn)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(unmap(HvVpStatePage.REGISTERS)).isEqualTo(HvStatus.ACCESS_DENIED);
    }

    @Test
    void wherePagesAreIsState() {
        VirtualProcessor vp = start(0xF4);
        long registers = map(HvVpStatePage.REGISTERS);
        child.set(HvRegister.RAX, HvRegisterValue.of(0xABC));
        assertThat(rig.winHv.createVp(child.id, 1).ok()).isTrue();
        VirtualProcessor restored = rig.hypervisor.partitions().get(child.id).processors().get(1);
        RecordedState.copy(vp.statePages(), restored.statePages());
        assertThat(restored.statePages().number(HvVpStatePage.REGISTERS)).isEqualTo(registers >>> 12);
        restored.statePages().show();
        assertThat(rig.memory.read(registers + HvVpStatePage.GENERAL, 8)).as("the other's registers").isZero();
    }
}
