package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.devices.AmdViRemapper;
import dev.hv.core.hypervisor.devices.VtdRemapper;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.amdvi.AmdViUnit;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.LocalApics;
import dev.hv.core.machine.vtd.VtdUnit;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.apic.LocalApic;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import java.util.ArrayList;
import java.util.BitSet;
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
        rig = new Rig(vendor);
        var apics = new LocalApics((d, l, m, v, t) -> rig.router.deliver(d, l, m, v, t), (d, l, m, v, t) -> rig.router.deliverWide(d, l, m, v, t));
        boolean intel = vendor == Vendor.INTEL;
        unit = intel ? new VtdUnit(rig.bus, apics, 46, 4, (r, a, why) -> refused.add(why)) : new AmdViUnit(rig.bus, apics, (r, a, why) -> refused.add(why));
        rig.bus.claimMmio(unit.registers().base(), unit.registers().length(), unit);
        rig.start(vendor::backend, intel ? new VtdRemapper(rig.bus) : new AmdViRemapper(rig.bus));
    }

    private static long number(int requester) {
        return 0x1000 + requester;
    }

    private HvStatus attach(Rig.Child child, int requester) {
        return rig.winHv.attachDevice(child.id, requester, number(requester));
    }

    private HvStatus detach(Rig.Child child, int requester) {
        return rig.winHv.detachDevice(child.id, number(requester));
    }

    @AfterEach
    void close() {
        rig.memory.close();
    }

    private DmaView device(int requester) {
        return unit.view(of(requester));
    }

    private static DmaRequester of(int requester) {
        return DmaRequester.pci(requester >> 8, requester >> 3 & 0x1F, requester & 7);
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
        assertThat(attach(one, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(attach(two, DEVICE + 1)).isEqualTo(HvStatus.SUCCESS);
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
        attach(child, DEVICE);
        assertThat(write(DEVICE, 0x5000)).isTrue();
        assertThat(rig.winHv.unmapGpaPages(child.id, 5, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x5000)).isFalse();
        assertThat(write(DEVICE, 0x6000)).isTrue();
        assertThat(detach(child, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x6000)).isFalse();
        assertThat(attach(child, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x6000)).isTrue();
        // its tables are free for others afterwards
        assertThat(rig.winHv.deletePartition(child.id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x6000)).isFalse();
        Rig.Child next = rig.child(MEMORY);
        assertThat(attach(next, DEVICE)).isEqualTo(HvStatus.SUCCESS);
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
            assertThat(attach(child, DEVICE)).isEqualTo(HvStatus.SUCCESS);
            assertThat(write(DEVICE, 0x1000 * (i & 0xFF))).isTrue();
            assertThat(detach(child, DEVICE)).isEqualTo(HvStatus.SUCCESS);
            assertThat(write(DEVICE, 0x1000 * (i & 0xFF))).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void whatCannotBeAttachedGetsAStatus(Vendor vendor) {
        start(vendor);
        Rig.Child one = rig.child(MEMORY);
        Rig.Child two = rig.child(MEMORY);
        assertThat(attach(one, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(attach(two, DEVICE)).isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(attach(one, 0x2000)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(rig.winHv.attachDevice(99, DEVICE + 1, 1)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(detach(two, DEVICE)).isEqualTo(HvStatus.NOT_FOUND);
        assertThat(detach(one, DEVICE + 1)).isEqualTo(HvStatus.NOT_FOUND);
        assertThat(write(DEVICE, 0x5000)).isTrue();
    }

    /** Who has what is state; a restored hypervisor still takes a page out of a device's reach. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void assignmentsAreRestored(Vendor vendor) {
        start(vendor);
        Rig.Child child = rig.child(MEMORY);
        attach(child, DEVICE);
        var devices = rig.hypervisor.partitions().devices();
        var out = new SectionWriter();
        devices.save(out);
        devices.restore(new SectionReader(out.toBytes()));
        assertThat(write(DEVICE, 0x5000)).isTrue();
        assertThat(rig.winHv.unmapGpaPages(child.id, 5, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(write(DEVICE, 0x5000)).isFalse();
        assertThat(detach(child, DEVICE)).isEqualTo(HvStatus.SUCCESS);
    }

    /** Behind bridges: each bus has its devices, of the same numbers. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void devicesOfAllBusesAreKnown(Vendor vendor) {
        start(vendor);
        Rig.Child child = rig.child(MEMORY);
        for (int bus : new int[] {0, 1, 31}) {
            assertThat(write(bus << 8 | DEVICE, 0x5000)).isFalse();
            assertThat(attach(child, bus << 8 | DEVICE)).isEqualTo(HvStatus.SUCCESS);
            assertThat(write(bus << 8 | DEVICE, 0x5000)).isTrue();
            assertThat(write(bus << 8 | DEVICE + 1, 0x5000)).isFalse();
        }
        detach(child, 1 << 8 | DEVICE);
        assertThat(write(1 << 8 | DEVICE, 0x5000)).isFalse();
        assertThat(write(31 << 8 | DEVICE, 0x5000)).isTrue();
    }

    private BitSet dirty(Rig.Child child) {
        var pages = new BitSet();
        assertThat(rig.vid.takeDirtyPages(child.id, new MemoryRange(0, MEMORY), pages)).isEqualTo(HvStatus.SUCCESS);
        return pages;
    }

    /** AMD's unit marks pages as processors do. Intel's does not in legacy mode: all that a device could write to counts as written to. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void whatDevicesWriteIsInTheDirtyLog(Vendor vendor) {
        start(vendor);
        Rig.Child child = rig.child(MEMORY);
        attach(child, DEVICE);
        // what the unit has cached of a page of 2 MiB does not keep a write from being noticed
        write(DEVICE, 0x20_3000);
        var all = new BitSet();
        all.set(0, (int) (MEMORY >>> 12));
        assertThat(rig.vid.startDirtyLog(child.id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(dirty(child)).isEqualTo(vendor == Vendor.INTEL ? all : new BitSet());
        for (int i = 0; i < 2; i++) {
            assertThat(device(DEVICE).read(0x20_0000, new byte[0x2000], 0, 0x2000)).isTrue();
            write(DEVICE, 0x20_3000);
            write(DEVICE, 0x5000);
            if (vendor == Vendor.INTEL) {
                assertThat(dirty(child)).isEqualTo(all);
            } else {
                assertThat(dirty(child).stream()).as("time " + i).containsExactly(5, 0x203);
            }
        }
        write(DEVICE, 0x7000);
        assertThat(detach(child, DEVICE)).isEqualTo(HvStatus.SUCCESS);
        if (vendor == Vendor.INTEL) {
            assertThat(dirty(child)).as("all, once more").isEqualTo(all);
        } else {
            assertThat(dirty(child).stream()).containsExactly(7);
        }
        assertThat(dirty(child).isEmpty()).isTrue();
        assertThat(rig.vid.stopDirtyLog(child.id)).isEqualTo(HvStatus.SUCCESS);
    }

    private void send(int requester, long message, int more) {
        unit.port(of(requester)).send(message & 0xFFFF_FFFFL, (int) (message >>> 32) + more);
    }

    /** What waits in the local APIC of a child's processor, and is taken from it, as the hypervisor's turn leaves it. */
    private List<Integer> interrupts(Rig.Child child) {
        rig.run(100_000);
        LocalApic apic = rig.hypervisor.partitions().get(child.id).processors().get(0).apic();
        List<Integer> all = new ArrayList<>();
        while (apic.pending() >= 0) {
            all.addFirst(apic.acknowledge());
            apic.endOfInterrupt();
        }
        return all;
    }

    private Rig.Child withApic() {
        // it goes round and round, and takes no interrupts
        Rig.Child child = rig.child(MEMORY).code(true, 0xEB, 0xFE).go();
        rig.hypervisor.partitions().get(child.id).processors().get(0).apic().writeMmio(0xF0, 4, 0x1FF);
        return child;
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void interruptsReachWhomThePartitionSays(Vendor vendor) {
        start(vendor);
        Rig.Child one = withApic();
        Rig.Child two = withApic();
        attach(one, DEVICE);
        attach(two, DEVICE + 1);
        long single = rig.winHv.mapDeviceInterrupt(one.id, DEVICE, 0x41, 1, 1).value();
        long row = rig.winHv.mapDeviceInterrupt(one.id, DEVICE, 0x60, 4, 1).value();
        long others = rig.winHv.mapDeviceInterrupt(two.id, DEVICE + 1, 0x41, 1, 1).value();
        send(DEVICE, single, 0);
        send(DEVICE, row, 0);
        send(DEVICE, row, 3);
        assertThat(interrupts(one)).containsExactly(0x41, 0x60, 0x63);
        assertThat(interrupts(two)).isEmpty();
        send(DEVICE + 1, others, 0);
        assertThat(interrupts(two)).containsExactly(0x41);
        assertThat(rig.hypervisor.partitions().devices().delivered()).isEqualTo(4);
        assertThat(refused).isEmpty();
        assertThat(rig.winHv.unmapDeviceInterrupt(one.id, DEVICE, row)).isEqualTo(HvStatus.SUCCESS);
        send(DEVICE, row, 1);
        send(DEVICE, single, 0);
        assertThat(interrupts(one)).containsExactly(0x41);
        assertThat(refused).hasSize(1);
    }

    /** A device's driver can have it send what it likes: nobody else hears of it. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void noDeviceSendsWhatIsNotItsOwn(Vendor vendor) {
        start(vendor);
        Rig.Child one = withApic();
        Rig.Child two = withApic();
        attach(one, DEVICE);
        attach(two, DEVICE + 1);
        rig.winHv.mapDeviceInterrupt(one.id, DEVICE, 0x41, 1, 1);
        rig.winHv.mapDeviceInterrupt(two.id, DEVICE + 1, 0x41, 1, 1);
        for (long address = 0xFEE0_0000L; address < 0xFEE1_0000L; address += 4) {
            send(DEVICE, address | 0x80L << 32, 0);
            send(DEVICE + 2, address, 0);
        }
        assertThat(interrupts(two)).isEmpty();
        assertThat(rig.processor.apic().pending()).as("no vector of devices").satisfiesAnyOf(v -> assertThat(v).isLessThan(0x30), v -> assertThat(v).isGreaterThan(0xEF));
        assertThat(refused).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void interruptsThatCannotBeMadeGetAStatus(Vendor vendor) {
        start(vendor);
        Rig.Child child = withApic();
        attach(child, DEVICE);
        assertThat(rig.winHv.mapDeviceInterrupt(child.id, DEVICE + 1, 0x41, 1, 1).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(rig.winHv.mapDeviceInterrupt(child.id, DEVICE, 0x0F, 1, 1).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(rig.winHv.mapDeviceInterrupt(child.id, DEVICE, 0x41, 33, 1).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(rig.winHv.unmapDeviceInterrupt(child.id, DEVICE, 0xFEE0_0000L)).isEqualTo(HvStatus.INVALID_PARAMETER);
        int made = 0;
        while (rig.winHv.mapDeviceInterrupt(child.id, DEVICE, 0x41, 1, 1).status().ok()) {
            made++;
        }
        assertThat(made).isEqualTo(128);
        detach(child, DEVICE);
        attach(child, DEVICE);
        assertThat(rig.winHv.mapDeviceInterrupt(child.id, DEVICE, 0x41, 32, 1).status()).isEqualTo(HvStatus.SUCCESS);
    }

    /** The hypervisor reads the unit's records when that interrupts it, and the unit goes on recording, as often as it is full. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void faultsAreTakenOutOfTheRecords(Vendor vendor) {
        start(vendor);
        Rig.Child child = withApic();
        attach(child, DEVICE);
        var faults = rig.hypervisor.deviceFaults();
        List<String> told = new ArrayList<>();
        faults.listen((requester, kind, address, reason) -> told.add("%x %s %x".formatted(requester, kind, address)));
        write(DEVICE, 0x40_0000_0000L);
        device(DEVICE + 1).read(0x5000, new byte[4], 0, 4);
        send(DEVICE, 0xFEE0_0000L | 5L << 32, 0);
        rig.run(100_000);
        assertThat(told).hasSize(3);
        assertThat(told.get(0)).isEqualTo("%x WRITE 4000000000".formatted(DEVICE));
        assertThat(told.get(1)).isEqualTo("%x READ 5000".formatted(DEVICE + 1));
        assertThat(told.get(2)).startsWith("%x INTERRUPT".formatted(DEVICE));
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 600; i++) {
                write(DEVICE, 0x40_0000_0000L + 0x1000L * i);
            }
            rig.run(100_000);
        }
        assertThat(faults.of(DEVICE + 1)).isEqualTo(1);
        // VT-d has room for eight, AMD's log for 255, before the hypervisor looks
        assertThat(faults.total()).isEqualTo(3 + 3 * (vendor == Vendor.INTEL ? 8 : 255));
        var out = new SectionWriter();
        faults.save(out);
        faults.restore(new SectionReader(out.toBytes()));
        assertThat(faults.of(DEVICE)).isEqualTo(faults.total() - 1);
    }

    /** Interrupts are state of their partition: restored alone, it has its own again, and others keep theirs. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void interruptsAreRestoredWithTheirPartition(Vendor vendor) {
        start(vendor);
        Rig.Child one = withApic();
        Rig.Child two = withApic();
        attach(one, DEVICE);
        attach(two, DEVICE + 1);
        long kept = rig.winHv.mapDeviceInterrupt(one.id, DEVICE, 0x41, 1, 1).value();
        var devices = rig.hypervisor.partitions().devices();
        var out = new SectionWriter();
        devices.interrupts(one.id).save(out);
        rig.winHv.unmapDeviceInterrupt(one.id, DEVICE, kept);
        long others = rig.winHv.mapDeviceInterrupt(two.id, DEVICE + 1, 0x51, 1, 1).value();
        long later = rig.winHv.mapDeviceInterrupt(one.id, DEVICE, 0x61, 2, 1).value();
        devices.setAside(one.id);
        devices.interrupts(one.id).restore(new SectionReader(out.toBytes()));
        devices.reconnect(one.id);
        send(DEVICE, kept, 0);
        send(DEVICE, later, 1);
        send(DEVICE + 1, others, 0);
        assertThat(interrupts(one)).containsExactly(0x41);
        assertThat(interrupts(two)).containsExactly(0x51);
    }
}
