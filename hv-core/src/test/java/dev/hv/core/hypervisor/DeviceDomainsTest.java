package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.devices.AmdViRemapper;
import dev.hv.core.hypervisor.devices.VtdRemapper;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.amdvi.AmdViUnit;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.SeenInterrupts;
import dev.hv.core.machine.vtd.VtdUnit;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Devices of the machine that children have: the IOMMU walks the tables that the children's processors walk. */
class DeviceDomainsTest {

    private static final int DEVICE = 3 << 3;
    private static final long MEMORY = 4 << 20;

    private Rig rig;
    private Iommu unit;
    private final List<String> refused = new ArrayList<>();
    private final byte[] bytes = {1, 2, 3, 4};

    private void start(Vendor vendor) {
        rig = new Rig(vendor).start();
        var apics = new SeenInterrupts().apics();
        boolean intel = vendor == Vendor.INTEL;
        unit = intel ? new VtdUnit(rig.bus, apics, 46, 4, (r, a, why) -> refused.add(why)) : new AmdViUnit(rig.bus, apics, (r, a, why) -> refused.add(why));
        rig.bus.claimMmio(unit.registers().base(), unit.registers().length(), unit);
        assertThat(rig.winHv.attachDevice(rig.child(MEMORY).id, DEVICE)).as("before the IOMMU is known").isEqualTo(HvStatus.FEATURE_UNAVAILABLE);
        rig.hypervisor.remapDevices(intel ? new VtdRemapper(rig.bus) : new AmdViRemapper(rig.bus));
    }

    @AfterEach
    void close() {
        rig.memory.close();
    }

    private DmaView device(int requester) {
        return unit.view(DmaRequester.pci(0, requester >> 3, requester & 7));
    }

    private boolean write(int requester, long address) {
        return device(requester).write(address, bytes, 0, 4);
    }

    private byte[] at(long partition, long address) {
        byte[] b = new byte[4];
        assertThat(rig.vid.memory(partition).read(address, b, 0, 4)).isTrue();
        return b;
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void aDeviceReachesTheMemoryOfThePartitionThatHasItAndNothingElse(Vendor vendor) {
        start(vendor);
        Rig.Child one = rig.child(MEMORY);
        Rig.Child two = rig.child(MEMORY);
        assertThat(write(DEVICE, 0x5000)).isFalse();
        assertThat(rig.winHv.attachDevice(one.id, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.winHv.attachDevice(two.id, DEVICE + 1)).isEqualTo(HvStatus.SUCCESS);
        // in a page of 4 KiB and in one of 2 MiB
        for (long address : new long[] {0x5000, 0x20_1234, MEMORY - 4}) {
            assertThat(write(DEVICE, address)).isTrue();
            assertThat(at(one.id, address)).isEqualTo(bytes);
            assertThat(at(two.id, address)).isEqualTo(new byte[4]);
        }
        assertThat(write(DEVICE + 1, 0x6000)).isTrue();
        assertThat(at(two.id, 0x6000)).isEqualTo(bytes);
        refused.clear();
        for (long address : new long[] {MEMORY, 1L << 40, 1L << 50, -1L << 12, unit.registers().base()}) {
            assertThat(write(DEVICE, address)).isFalse();
            assertThat(device(DEVICE).read(address, new byte[4], 0, 4)).isFalse();
        }
        assertThat(refused).hasSize(10);
        assertThat(write(DEVICE + 2, 0x5000)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void whatIsTakenFromThePartitionIsOutOfItsDevicesReachAtOnce(Vendor vendor) {
        start(vendor);
        Rig.Child child = rig.child(MEMORY);
        rig.winHv.attachDevice(child.id, DEVICE);
        assertThat(write(DEVICE, 0x5000)).isTrue();
        assertThat(rig.winHv.unmapGpaPages(child.id, 5, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x5000)).isFalse();
        assertThat(write(DEVICE, 0x6000)).isTrue();
        assertThat(rig.winHv.detachDevice(child.id, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x6000)).isFalse();
        assertThat(rig.winHv.attachDevice(child.id, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x6000)).isTrue();
        // its tables are free for others afterwards
        assertThat(rig.winHv.deletePartition(child.id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x6000)).isFalse();
        Rig.Child next = rig.child(MEMORY);
        assertThat(rig.winHv.attachDevice(next.id, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x6000)).isTrue();
        assertThat(at(next.id, 0x6000)).isEqualTo(bytes);
    }

    /** The queue of commands goes round many times. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void devicesComeAndGoWithoutEnd(Vendor vendor) {
        start(vendor);
        Rig.Child child = rig.child(MEMORY);
        for (int i = 0; i < 1000; i++) {
            assertThat(rig.winHv.attachDevice(child.id, DEVICE)).isEqualTo(HvStatus.SUCCESS);
            assertThat(write(DEVICE, 0x1000 * (i & 0xFF))).isTrue();
            assertThat(rig.winHv.detachDevice(child.id, DEVICE)).isEqualTo(HvStatus.SUCCESS);
            assertThat(write(DEVICE, 0x1000 * (i & 0xFF))).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void whatCannotBeAttachedGetsAStatus(Vendor vendor) {
        start(vendor);
        Rig.Child one = rig.child(MEMORY);
        Rig.Child two = rig.child(MEMORY);
        assertThat(rig.winHv.attachDevice(one.id, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.winHv.attachDevice(two.id, DEVICE)).isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(rig.winHv.attachDevice(one.id, 0x100)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(rig.winHv.attachDevice(99, DEVICE + 1)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(rig.winHv.detachDevice(two.id, DEVICE)).isEqualTo(HvStatus.NOT_FOUND);
        assertThat(rig.winHv.detachDevice(one.id, DEVICE + 1)).isEqualTo(HvStatus.NOT_FOUND);
        assertThat(write(DEVICE, 0x5000)).isTrue();
    }

    /** Who has what is state; a restored hypervisor still takes a page out of a device's reach. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void assignmentsAreRestored(Vendor vendor) {
        start(vendor);
        Rig.Child child = rig.child(MEMORY);
        rig.winHv.attachDevice(child.id, DEVICE);
        var devices = rig.hypervisor.partitions().devices();
        var out = new SectionWriter();
        devices.save(out);
        devices.restore(new SectionReader(out.toBytes()));
        assertThat(write(DEVICE, 0x5000)).isTrue();
        assertThat(rig.winHv.unmapGpaPages(child.id, 5, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x5000)).isFalse();
        assertThat(rig.winHv.detachDevice(child.id, DEVICE)).isEqualTo(HvStatus.SUCCESS);
    }
}
