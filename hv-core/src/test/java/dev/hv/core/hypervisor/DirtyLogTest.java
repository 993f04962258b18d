package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.StopReason.Kind;
import dev.hv.core.tlfs.HvGpaAccess;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import java.util.BitSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The log of pages that were written to")
@ParameterizedClass
@EnumSource(Vendor.class)
class DirtyLogTest {

    private static final int MEMORY = 4 << 20;
    private static final MemoryRange ALL = new MemoryRange(0, MEMORY);
    /** again: mov [edi],eax; out 0xE9,al; jmp again. */
    private static final int[] WRITER = {0x89, 0x07, 0xE6, 0xE9, 0xEB, 0xFA};

    private final Rig rig;

    DirtyLogTest(Vendor vendor) {
        rig = new Rig(vendor).start();
    }

    private BitSet dirty(Rig.Child child) {
        var pages = new BitSet();
        assertThat(rig.vid.takeDirtyPages(child.id, ALL, pages)).isEqualTo(HvStatus.SUCCESS);
        return pages;
    }

    private static BitSet pages(int... numbers) {
        var pages = new BitSet();
        for (int n : numbers) {
            pages.set(n);
        }
        return pages;
    }

    private Rig.Child writing(int address) {
        Rig.Child child = rig.child(MEMORY).code(true, WRITER);
        child.set(HvRegister.RDI, HvRegisterValue.of(address));
        return child.go();
    }

    @Test
    @DisplayName("has what a processor writes, whatever it has cached, and each page once")
    void processor() {
        Rig.Child child = writing(0x20_3000);
        assertThat(rig.run(1000).kind()).isEqualTo(Kind.INSTRUCTION_LIMIT);
        assertThat(rig.vid.startDirtyLog(child.id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(dirty(child)).as("nothing since it began").isEqualTo(pages());
        rig.run(1000);
        assertThat(dirty(child)).isEqualTo(pages(0x203));
        rig.run(1000);
        assertThat(dirty(child)).as("its translation was forgotten").isEqualTo(pages(0x203));
        child.set(HvRegister.RDI, HvRegisterValue.of(0x5000));
        rig.run(1000);
        assertThat(dirty(child)).isEqualTo(pages(5));
        assertThat(dirty(child)).isEqualTo(pages());
    }

    @Test
    @DisplayName("has what devices write, and not what they read")
    void devices() {
        Rig.Child child = rig.child(MEMORY);
        assertThat(rig.vid.startDirtyLog(child.id)).isEqualTo(HvStatus.SUCCESS);
        byte[] b = new byte[0x3000];
        var device = rig.vid.dma(child.id).view(DmaRequester.pci(0, 1, 0));
        assertThat(device.read(0x7000, b, 0, b.length)).isTrue();
        assertThat(device.write(0x10_0800, b, 0, b.length)).isTrue();
        assertThat(dirty(child)).isEqualTo(pages(0x100, 0x101, 0x102, 0x103));
    }

    @Test
    @DisplayName("tells accessed pages too, and changes flags as asked after telling")
    void accessed() {
        Rig.Child child = writing(0x20_3000);
        assertThat(rig.vid.startDirtyLog(child.id)).isEqualTo(HvStatus.SUCCESS);
        rig.run(1000);
        byte[] state = new byte[2];
        assertThat(rig.winHv.getGpaPagesAccessStates(child.id, 1, 1, HvGpaAccess.SET_DIRTY, state)).isEqualTo(HvStatus.SUCCESS);
        assertThat(state[0]).as("the code's page").isEqualTo((byte) HvGpaAccess.ACCESSED);
        rig.winHv.getGpaPagesAccessStates(child.id, 1, 1, HvGpaAccess.CLEAR_ACCESSED | HvGpaAccess.CLEAR_DIRTY, state);
        assertThat(state[0]).isEqualTo((byte) (HvGpaAccess.ACCESSED | HvGpaAccess.DIRTY));
        rig.winHv.getGpaPagesAccessStates(child.id, 1, 2, 0, state);
        assertThat(state).containsExactly(0, 0);
        assertThat(rig.winHv.getGpaPagesAccessStates(child.id, 1, 1, 0x10, state)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(rig.winHv.getGpaPagesAccessStates(child.id, -1, 1, 0, state)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(rig.winHv.getGpaPagesAccessStates(child.id, MEMORY >>> 12, 1, 0, state)).isEqualTo(HvStatus.SUCCESS);
        assertThat(state[0]).as("no memory").isZero();
    }

    @Test
    @DisplayName("gives every page of its tables back when it ends, and the guest runs on")
    void end() {
        Rig.Child child = writing(0x20_3000);
        rig.run(1000);
        assertThat(rig.winHv.getPartitionProperty(child.id, HvPartitionProperty.GPA_PAGE_ACCESS_TRACKING).value()).isZero();
        assertThat(rig.vid.takeDirtyPages(child.id, ALL, new BitSet())).as("none yet").isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        long before = used(child);
        rig.vid.startDirtyLog(child.id);
        assertThat(rig.winHv.getPartitionProperty(child.id, HvPartitionProperty.GPA_PAGE_ACCESS_TRACKING).value()).isEqualTo(1);
        rig.run(1000);
        assertThat(used(child)).isGreaterThan(before);
        int printed = child.console.length();
        assertThat(rig.vid.stopDirtyLog(child.id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(used(child)).isEqualTo(before);
        rig.run(1000);
        assertThat(child.console.length()).isGreaterThan(printed);
        assertThat(rig.winHv.setPartitionProperty(child.id, HvPartitionProperty.GPA_PAGE_ACCESS_TRACKING, 2)).isEqualTo(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE);
    }

    private long used(Rig.Child child) {
        return rig.hypervisor.partitions().get(child.id).pool().used();
    }
}
