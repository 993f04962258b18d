package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.MmioHandler;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Registers of the machine's devices in a child's second-level table: the child reaches them without an exit. */
class DeviceRegistersTest {

    private static final long MEMORY = 4 << 20;
    private static final long MACHINE = 0xD000_0000L;
    private static final long GUEST = 0x80_0000;
    private static final int REGISTERS = HvMapFlags.READABLE | HvMapFlags.WRITABLE | HvMapFlags.NOT_CACHED;
    /** MOV EAX, [800010h]; MOV [801020h], EAX; OUT F4h, AL. */
    private static final int[] CODE = {0xA1, 0x10, 0x00, 0x80, 0x00, 0xA3, 0x20, 0x10, 0x80, 0x00, 0xE6, 0xF4};

    private Rig rig;
    private final List<String> accesses = new ArrayList<>();

    private Rig.Child start(Vendor vendor) {
        rig = new Rig(vendor).start();
        rig.bus.claimMmio(MACHINE, 0x2000, new MmioHandler() {
            @Override
            public long readMmio(long offset, int size) {
                accesses.add("read %x/%d".formatted(offset, size));
                return 0x1234_5678;
            }

            @Override
            public void writeMmio(long offset, int size, long value) {
                accesses.add("write %x/%d=%x".formatted(offset, size, value));
            }
        });
        return rig.child(MEMORY).code(true, CODE);
    }

    @AfterEach
    void close() {
        rig.memory.close();
    }

    private HvStatus map(Rig.Child child, long guest, long machine, int pages, int rights) {
        return rig.winHv.mapGpaPages(child.id, guest >>> 12, machine >>> 12, pages, rights);
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void aGuestReachesThemWithoutAnExit(Vendor vendor) {
        Rig.Child child = start(vendor);
        assertThat(map(child, GUEST, MACHINE, 2, REGISTERS)).isEqualTo(HvStatus.SUCCESS);
        child.go();
        rig.run(100_000);
        assertThat(accesses).containsExactly("read 10/4", "write 1020/4=12345678");
        assertThat(child.log).isEmpty();
        assertThat(rig.hypervisor.exitCounts()).doesNotContainKey("nested_page_fault");
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void whatIsNotMappedAnyMoreIsTheParentsAgain(Vendor vendor) {
        Rig.Child child = start(vendor);
        map(child, GUEST, MACHINE, 2, REGISTERS);
        assertThat(rig.winHv.unmapGpaPages(child.id, GUEST >>> 12, 1)).isEqualTo(HvStatus.SUCCESS);
        child.go();
        rig.run(100_000);
        assertThat(child.log).containsExactly("read 800010/4");
        assertThat(accesses).containsExactly("write 1020/4=55667788");
        assertThat(child.get(HvRegister.RAX)).isEqualTo(0x5566_7788L);
    }

    /** They are no memory: nobody who looks for that finds them, and no page of it is counted. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void theyAreNoMemory(Vendor vendor) {
        Rig.Child child = start(vendor);
        map(child, GUEST, MACHINE, 2, REGISTERS);
        assertThat(rig.vid.memory(child.id).read(GUEST, new byte[4], 0, 4)).isFalse();
        assertThat(rig.vid.memory(child.id).write(GUEST, new byte[4], 0, 4)).isFalse();
        var space = rig.hypervisor.partitions().get(child.id).space();
        assertThat(space.discard(GUEST >>> 12, 2)).isFalse();
        assertThat(space.track(true, () -> { })).isEqualTo(HvStatus.SUCCESS);
        child.go();
        rig.run(100_000);
        assertThat(space.access(GUEST >>> 12, 0) | space.access((GUEST >>> 12) + 1, 0)).isZero();
        assertThat(space.track(false, () -> { })).isEqualTo(HvStatus.SUCCESS);
        assertThat(accesses).hasSize(2);
        assertThat(rig.winHv.deletePartition(child.id)).isEqualTo(HvStatus.SUCCESS);
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void whatCannotBeMappedGetsAStatus(Vendor vendor) {
        Rig.Child child = start(vendor);
        assertThat(map(child, MEMORY - 0x1000, MACHINE, 1, REGISTERS)).as("over memory").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(map(child, GUEST, MACHINE, 1, REGISTERS | HvMapFlags.EXECUTABLE)).as("to execute").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(map(child, GUEST, MACHINE, 1, REGISTERS & ~HvMapFlags.NOT_CACHED)).as("as memory").isEqualTo(HvStatus.ACCESS_DENIED);
        for (long controller : new long[] {0xFEC0_0000L, 0xFED9_0000L, 0xFEE0_0000L}) {
            assertThat(map(child, GUEST, controller, 1, REGISTERS)).as("the hypervisor's").isEqualTo(HvStatus.ACCESS_DENIED);
        }
        assertThat(map(child, GUEST, 1L << 48, 1, REGISTERS)).as("beyond the machine's addresses").isEqualTo(HvStatus.INVALID_PARAMETER);
        if (rig.hypervisor.childModel().physicalBits() < 48) {
            assertThat(map(child, GUEST, 1L << 47, 1, REGISTERS)).as("beyond the processor's addresses").isEqualTo(HvStatus.ACCESS_DENIED);
        }
        child.go();
        rig.run(100_000);
        assertThat(child.log).hasSize(2);
        assertThat(accesses).isEmpty();
    }
}
