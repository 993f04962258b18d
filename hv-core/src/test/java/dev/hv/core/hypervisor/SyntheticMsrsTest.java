package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.calls.CallTable;
import dev.hv.core.hypervisor.guest.ExitDispatcher;
import dev.hv.core.hypervisor.guest.SyntheticMsrs;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.StateDigest;
import dev.hv.core.machine.StopReason;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvMsr;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.RecordedState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Synthetic registers of an enlightened child, written and read as its guest does, and what they bring about. */
class SyntheticMsrsTest {

    private static final int UNUSED = 0x4000_0030;

    private final FakeBackend backend = new FakeBackend();
    private final Rig rig = new Rig().start(memory -> backend);
    private final Rig.Child child = rig.child(4 << 20, HvPrivilege.CHILD);
    private final Partition partition = rig.hypervisor.partitions().get(child.id);
    private final VirtualProcessor vp = partition.processors().get(0);
    private final FakeBackend.Context context = backend.contexts.getFirst();

    @AfterEach
    void free() {
        rig.memory.close();
    }

    private boolean write(int msr, long value) {
        return SyntheticMsrs.write(vp, msr, value);
    }

    /** The guest executes WRMSR. */
    private void wrmsr(int msr, long value) {
        context.gpr[0] = value & 0xFFFF_FFFFL;
        context.gpr[2] = value >>> 32;
        context.calls.clear();
        var exit = new VmExit();
        exit.kind = VmExit.Kind.MSR_WRITE;
        exit.msr = msr;
        exit.length = 2;
        new ExitDispatcher(CallTable.dispatcher(rig.hypervisor.partitions())).dispatch(vp, exit);
        assertThat(context.calls).containsExactly("advance 2");
        assertThat(vp.scheduling().interceptSuspended()).isFalse();
    }

    private long read(int msr) {
        assertThat(SyntheticMsrs.readable(vp, msr)).isTrue();
        return SyntheticMsrs.read(vp, msr);
    }

    private byte[] memory(long address, int length) {
        byte[] b = new byte[length];
        assertThat(rig.vid.memory(child.id).read(address, b, 0, length)).isTrue();
        return b;
    }

    private void enableApic() {
        child.set(HvRegister.APIC_REGISTERS + 0xF, HvRegisterValue.of(0x1FF));
    }

    private void endRun() {
        context.exit(VmExit.Kind.IO, e -> {
            e.port = 0xF4;
            e.size = 1;
            e.in = false;
            e.string = false;
        });
        child.go();
        assertThat(rig.run(1000).kind()).isEqualTo(StopReason.Kind.POWER_OFF);
        context.calls.removeLast();
    }

    @Test
    void nothingIsThereWithoutPrivileges() {
        Rig.Child plain = rig.child(1 << 20);
        VirtualProcessor other = rig.hypervisor.partitions().get(plain.id).processors().get(0);
        for (int msr = HvMsr.BASE; msr < HvMsr.END + 16; msr++) {
            assertThat(SyntheticMsrs.readable(other, msr)).isFalse();
            assertThat(SyntheticMsrs.write(other, msr, 0)).isFalse();
        }
    }

    @Test
    void eachRegisterNeedsItsPrivilege() {
        Rig.Child some = rig.child(1 << 20, HvPrivilege.VP_INDEX | HvPrivilege.HYPERCALL_MSRS);
        VirtualProcessor other = rig.hypervisor.partitions().get(some.id).processors().get(0);
        assertThat(SyntheticMsrs.readable(other, HvMsr.VP_INDEX)).isTrue();
        assertThat(SyntheticMsrs.readable(other, HvMsr.HYPERCALL)).isTrue();
        for (int msr : new int[] {HvMsr.TIME_REF_COUNT, HvMsr.REFERENCE_TSC, HvMsr.SCONTROL, HvMsr.SINT0, HvMsr.STIMER0_CONFIG,
            HvMsr.VP_ASSIST_PAGE, HvMsr.GUEST_IDLE, HvMsr.RESET, HvMsr.VP_RUNTIME, HvMsr.TSC_FREQUENCY}) {
            assertThat(SyntheticMsrs.readable(other, msr)).as("%x", msr).isFalse();
            assertThat(SyntheticMsrs.write(other, msr, 0)).as("%x", msr).isFalse();
        }
    }

    @Test
    void unknownNumbersAndWrongDirectionsAreRefused() {
        for (int msr : new int[] {UNUSED, HvMsr.END, 0x4000_FFFF, -1, 0}) {
            assertThat(SyntheticMsrs.readable(vp, msr)).isFalse();
            assertThat(write(msr, 0)).isFalse();
        }
        for (int msr : new int[] {HvMsr.VP_INDEX, HvMsr.VP_RUNTIME, HvMsr.TIME_REF_COUNT, HvMsr.TSC_FREQUENCY, HvMsr.SVERSION, HvMsr.GUEST_IDLE}) {
            assertThat(write(msr, 0)).as("%x is read-only", msr).isFalse();
        }
        assertThat(SyntheticMsrs.readable(vp, HvMsr.EOI)).as("write-only").isFalse();
    }

    @Test
    void noValueBreaksAnything() {
        var random = new Random(4);
        for (int i = 0; i < 20_000; i++) {
            int msr = HvMsr.BASE + random.nextInt(0x110);
            if (random.nextBoolean() && SyntheticMsrs.readable(vp, msr)) {
                SyntheticMsrs.read(vp, msr);
            } else if (msr != HvMsr.CRASH_CTL) {
                write(msr, random.nextLong() >>> random.nextInt(64) & -1L << random.nextInt(13));
            }
            if (i % 64 == 0) {
                rig.clock.fireDue();
            }
        }
        assertThat(child.stop).isNull();
        assertThat(rig.winHv.deletePartition(child.id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(partition.pool().used()).isZero();
    }

    @Test
    void theHypercallPageNeedsAnIdentity() {
        assertThat(write(HvMsr.HYPERCALL, 0x5001)).isTrue();
        assertThat(read(HvMsr.HYPERCALL)).isEqualTo(0x5000);
        assertThat(partition.hypercallsEnabled()).isFalse();
        write(HvMsr.GUEST_OS_ID, 0x8100_0000_0000_0000L);
        assertThat(write(HvMsr.HYPERCALL, 0x5001)).isTrue();
        assertThat(partition.hypercallsEnabled()).isTrue();
        assertThat(memory(0x5000, 4)).as("the backend's instructions").containsExactly(1, 2, 3, 0);
        write(HvMsr.GUEST_OS_ID, 0);
        assertThat(partition.hypercallsEnabled()).isFalse();
        assertThat(read(HvMsr.HYPERCALL)).isEqualTo(0x5000);
        assertThat(memory(0x5000, 4)).containsOnly(0);
    }

    @Test
    void aLockedHypercallPageStays() {
        write(HvMsr.GUEST_OS_ID, 1);
        write(HvMsr.HYPERCALL, 0x5003);
        assertThat(write(HvMsr.HYPERCALL, 0x6001)).isTrue();
        assertThat(read(HvMsr.HYPERCALL)).isEqualTo(0x5003);
        assertThat(memory(0x6000, 4)).containsOnly(0);
    }

    @Test
    void pagesOutsideTheAddressSpaceAreRefused() {
        write(HvMsr.GUEST_OS_ID, 1);
        for (int msr : new int[] {HvMsr.HYPERCALL, HvMsr.REFERENCE_TSC, HvMsr.SIMP, HvMsr.SIEFP, HvMsr.VP_ASSIST_PAGE}) {
            long before = read(msr);
            assertThat(write(msr, 1L << 46 | 1)).as("%x", msr).isFalse();
            assertThat(read(msr)).isEqualTo(before);
            assertThat(write(msr, (1L << 46) - 4096 | 1)).as("%x, the last page", msr).isTrue();
        }
    }

    @Test
    void servicesCannotWriteWhatTheGuestCannot() {
        write(HvMsr.GUEST_OS_ID, 1);
        write(HvMsr.HYPERCALL, 0x5001);
        write(HvMsr.SIMP, 0x6001);
        assertThat(rig.vid.memory(child.id).write(0x5000, new byte[4], 0, 4)).isFalse();
        byte[] span = new byte[0x3000];
        span[0x1800] = 7;
        assertThat(rig.vid.memory(child.id).write(0x5800, span, 0, 0x100)).isFalse();
        assertThat(rig.vid.memory(child.id).write(0x6000, new byte[] {9}, 0, 1)).isTrue();
        assertThat(memory(0x4FFF, 0x2000)).as("across memory and two overlays").satisfies(b -> {
            assertThat(b[1]).isEqualTo((byte) 1);
            assertThat(b[0x1001]).isEqualTo((byte) 9);
        });
        write(HvMsr.SIMP, 0x6000);
        assertThat(memory(0x6000, 1)).containsExactly(0);
    }

    @Test
    void referenceTimeStartsWithTheProcessorAndCountsUnitsOf100Nanoseconds() {
        long start = read(HvMsr.TIME_REF_COUNT);
        rig.clock.idleUntil(rig.clock.nanos() + 5_000_000_000L);
        assertThat(read(HvMsr.TIME_REF_COUNT) - start).isBetween(49_999_999L, 50_000_001L);
        assertThat(start).isLessThan(1000);
    }

    @Test
    void theReferenceTscPageComesAndGoes() {
        assertThat(write(HvMsr.REFERENCE_TSC, 0x7001)).isTrue();
        assertThat(read(HvMsr.REFERENCE_TSC)).isEqualTo(0x7001);
        byte[] page = memory(0x7000, 24);
        assertThat(page[0]).as("sequence").isEqualTo((byte) 1);
        // 2^64 * 10 MHz / 2 GHz = 2^64 / 200 = 0x0147AE147AE147AE
        assertThat(ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).getLong(8)).isEqualTo(0x0147_AE14_7AE1_47AEL);
        write(HvMsr.REFERENCE_TSC, 0x7000);
        assertThat(memory(0x7000, 24)).containsOnly(0);
    }

    @Test
    void ratesIndexAndVersion() {
        assertThat(read(HvMsr.TSC_FREQUENCY)).isEqualTo(2_000_000_000L);
        assertThat(read(HvMsr.APIC_FREQUENCY)).isEqualTo(1_000_000_000L);
        assertThat(read(HvMsr.VP_INDEX)).isZero();
        assertThat(read(HvMsr.SVERSION)).isEqualTo(1);
        assertThat(read(HvMsr.EOM)).isZero();
    }

    @Test
    void aSyntheticInterruptReachesTheGuest() {
        enableApic();
        write(HvMsr.SIMP, 0x6001);
        write(HvMsr.SCONTROL, 1);
        write(HvMsr.SINT0 + 2, 0x20000 | 0xF3);
        assertThat(rig.winHv.postMessageDirect(child.id, 0, 2, 1, new byte[] {42}, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(memory(0x6200, 17)[16]).isEqualTo((byte) 42);
        context.exit(VmExit.Kind.PHYSICAL_INTERRUPT, e -> assertThat(context.calls).contains("inject 0xf3"));
        endRun();
        assertThat(vp.apic().endsSilently()).as("AutoEOI: not in service").isFalse();
        assertThat(vp.apic().ppr()).isZero();
    }

    @Test
    void timersInterruptDirectly() {
        enableApic();
        write(HvMsr.STIMER0_CONFIG + 2, 8 | 1 << 12 | 0xED << 4);
        write(HvMsr.STIMER0_COUNT + 2, read(HvMsr.TIME_REF_COUNT) + 10_000);
        context.exit(VmExit.Kind.HLT, e -> { });
        endRun();
        assertThat(context.calls).containsExactly("advance 2", "inject 0xed");
        assertThat(rig.clock.nanos()).isBetween(1_000_000L, 1_010_000L);
    }

    @Test
    void anInterruptEndsWhenTheGuestClearsTheAssistBit() {
        enableApic();
        assertThat(write(HvMsr.VP_ASSIST_PAGE, 0x8001)).isTrue();
        assertThat(memory(0x8000, 4)).containsOnly(0);
        vp.apic().accept(0x41, false);
        context.exit(VmExit.Kind.PHYSICAL_INTERRUPT, e -> {
            assertThat(memory(0x8000, 1)).containsExactly(1);
            assertThat(rig.vid.memory(child.id).write(0x8000, new byte[4], 0, 4)).isTrue();
        });
        endRun();
        assertThat(vp.apic().ppr()).as("nothing in service").isZero();
    }

    @Test
    void anInterruptStaysInServiceWhileTheBitIsSet() {
        enableApic();
        write(HvMsr.VP_ASSIST_PAGE, 0x8001);
        vp.apic().accept(0x41, false);
        context.exit(VmExit.Kind.PHYSICAL_INTERRUPT, e -> assertThat(memory(0x8000, 1)).containsExactly(1));
        endRun();
        assertThat(memory(0x8000, 1)).as("the hypervisor takes the bit back at every exit").containsExactly(0);
        assertThat(vp.apic().ppr()).isEqualTo(0x40);
        write(HvMsr.EOI, 0);
        assertThat(vp.apic().ppr()).isZero();
    }

    @Test
    void theGuestMustTellWhenSomebodyWaitsForTheEnd() {
        enableApic();
        write(HvMsr.VP_ASSIST_PAGE, 0x8001);
        vp.apic().accept(0x41, true);
        context.exit(VmExit.Kind.PHYSICAL_INTERRUPT, e -> assertThat(memory(0x8000, 1)).as("level-triggered").containsExactly(0));
        context.exit(VmExit.Kind.PHYSICAL_INTERRUPT, e -> {
            write(HvMsr.EOI, 0);
            vp.apic().accept(0x51, false);
            vp.apic().accept(0x41, false);
        });
        context.exit(VmExit.Kind.PHYSICAL_INTERRUPT, e -> assertThat(memory(0x8000, 1)).as("another request waits").containsExactly(0));
        endRun();
    }

    @Test
    void idleEndsWithAnInterruptThatCannotBeTaken() {
        enableApic();
        context.interruptFlag = false;
        context.exit(VmExit.Kind.MSR_READ, e -> e.msr = HvMsr.GUEST_IDLE);
        rig.clock.timer("device", () -> vp.apic().accept(0x41, false)).arm(5_000_000);
        endRun();
        assertThat(rig.clock.nanos()).isBetween(5_000_000L, 5_010_000L);
        assertThat(context.calls).containsExactly("advance 2", "window interrupt");
        assertThat(context.gpr[0]).isZero();
    }

    /** A lock's waiter sits in an interrupt handler; who releases the lock wakes it by an interrupt of the same priority class. */
    @Test
    void idleEndsWithAnInterruptThatPrioritiesHoldBack() {
        enableApic();
        vp.apic().accept(0x4B, false);
        assertThat(vp.apic().acknowledge()).isEqualTo(0x4B);
        context.exit(VmExit.Kind.MSR_READ, e -> e.msr = HvMsr.GUEST_IDLE);
        rig.clock.timer("kick", () -> vp.apic().accept(0x47, false)).arm(5_000_000);
        endRun();
        assertThat(vp.apic().pending()).as("held back").isEqualTo(-1);
        assertThat(rig.clock.nanos()).isBetween(5_000_000L, 5_010_000L);
        assertThat(context.calls).contains("advance 2");
    }

    @Test
    void aCrashIsReportedWithTheGuestsWordsAndTheGuestGoesOn() {
        byte[] words = "Kernel panic: \u0007no init\n".getBytes(StandardCharsets.UTF_8);
        rig.vid.memory(child.id).write(0x9000, words, 0, words.length);
        assertThat(read(HvMsr.CRASH_CTL)).as("notification, message").isEqualTo(3L << 62);
        write(HvMsr.CRASH_P0, 0xDEAD);
        write(HvMsr.CRASH_P0 + 3, 0x9000);
        write(HvMsr.CRASH_P0 + 4, words.length);
        assertThat(read(HvMsr.CRASH_P0)).isEqualTo(0xDEAD);
        wrmsr(HvMsr.CRASH_CTL, 1L << 62);
        assertThat(child.crashes).as("a message alone reports nothing").isEmpty();
        wrmsr(HvMsr.CRASH_CTL, 3L << 62);
        assertThat(child.crashes).hasSize(1);
        assertThat(child.crashes.getFirst().detail()).contains("0xdead").endsWith("Kernel panic: no init");
        assertThat(child.crashes.getFirst().registers()).contains("rip ");
        wrmsr(HvMsr.CRASH_CTL, 1L << 63);
        assertThat(child.crashes).as("again").hasSize(2);
        assertThat(child.stop).as("a report is not the end").isNull();
    }

    @Test
    void aCrashMessageThatIsNowhereIsLeftOut() {
        write(HvMsr.CRASH_P0 + 3, -8);
        write(HvMsr.CRASH_P0 + 4, -1);
        wrmsr(HvMsr.CRASH_CTL, 3L << 62);
        assertThat(child.crashes).hasSize(1);
        assertThat(child.crashes.getFirst().detail().strip()).startsWith("the guest reports a crash:")
                .as("the parameters alone").endsWith("0xfffffffffffffff8 0xffffffffffffffff").doesNotContain("\n");
    }

    @Test
    void resetIsTheHandlersBusiness() {
        wrmsr(HvMsr.RESET, 0);
        assertThat(child.resets).isZero();
        wrmsr(HvMsr.RESET, 1);
        assertThat(child.resets).isEqualTo(1);
    }

    @Test
    void initResetsTheProcessorsSyntheticState() {
        write(HvMsr.SIMP, 0x6001);
        write(HvMsr.SCONTROL, 1);
        write(HvMsr.SINT0, 0x30);
        write(HvMsr.STIMER0_COUNT, 5);
        write(HvMsr.VP_ASSIST_PAGE, 0x8001);
        write(HvMsr.GUEST_OS_ID, 1);
        write(HvMsr.HYPERCALL, 0x5001);
        vp.apic().deliver(5, 0, false);
        endRun();
        assertThat(read(HvMsr.SIMP)).isZero();
        assertThat(read(HvMsr.SCONTROL)).isZero();
        assertThat(read(HvMsr.SINT0)).isEqualTo(0x10000);
        assertThat(read(HvMsr.STIMER0_COUNT)).isZero();
        assertThat(read(HvMsr.VP_ASSIST_PAGE)).isZero();
        assertThat(read(HvMsr.HYPERCALL)).as("the partition's, not the processor's").isEqualTo(0x5001);
    }

    @Test
    void deletionGivesAllPagesBack() {
        write(HvMsr.GUEST_OS_ID, 1);
        write(HvMsr.HYPERCALL, 1L << 40 | 1);
        write(HvMsr.SIMP, 0x6001);
        write(HvMsr.STIMER0_CONFIG, 8 | 1 << 12 | 0xED << 4);
        write(HvMsr.STIMER0_COUNT, 1);
        assertThat(rig.winHv.deletePartition(child.id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(partition.pool().used()).isZero();
        assertThat(rig.clock.nextDeadline()).as("its timers are off").isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void privilegesAreSetBeforeInitializationAndWithinLimits() {
        assertThat(rig.winHv.setPartitionProperty(child.id, HvPartitionProperty.PRIVILEGE_FLAGS, 0)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        long fresh = rig.winHv.createPartition().value();
        assertThat(rig.vid.addMemory(fresh, new MemoryRange(0, 4096), HvMapFlags.ALL)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.winHv.createPartition(HvPrivilege.ACCESS_STATS, false).status()).isEqualTo(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE);
        assertThat(rig.winHv.createPartition(HvPrivilege.ROOT_GUEST, false).status()).as("one may take the root's place").isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.winHv.createPartition(HvPrivilege.ROOT_GUEST, false).status()).as("a second may not").isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(rig.winHv.setPartitionProperty(fresh, 0x1234, 0)).isEqualTo(HvStatus.UNKNOWN_PROPERTY);
    }

    /** Another machine of the same configuration gets the memory and the partition, and is then what this one is. */
    @Test
    void savedStateIsWhatIsRestored() {
        enableApic();
        write(HvMsr.GUEST_OS_ID, 0x81);
        write(HvMsr.HYPERCALL, 0x5001);
        write(HvMsr.REFERENCE_TSC, 0x7001);
        write(HvMsr.VP_ASSIST_PAGE, 0x8001);
        write(HvMsr.SIMP, 0x6001);
        write(HvMsr.SCONTROL, 1);
        write(HvMsr.SINT0 + 3, 0x31);
        write(HvMsr.STIMER0_CONFIG, 8 | 1 << 12 | 0xED << 4);
        write(HvMsr.STIMER0_COUNT, 123_456_789);
        write(HvMsr.CRASH_P0 + 1, 77);
        var fresh = new SyntheticMsrsTest();
        try {
            assertThat(digest(fresh.partition)).isNotEqualTo(digest(partition));
            RecordedState.copy(rig.clock, fresh.rig.clock);
            RecordedState.copy(rig.memory, fresh.rig.memory);
            RecordedState.copy(partition, fresh.partition);
            assertThat(digest(fresh.partition)).isEqualTo(digest(partition));
            for (int msr : new int[] {HvMsr.GUEST_OS_ID, HvMsr.HYPERCALL, HvMsr.REFERENCE_TSC, HvMsr.VP_ASSIST_PAGE, HvMsr.SIMP, HvMsr.SCONTROL,
                HvMsr.SINT0 + 3, HvMsr.STIMER0_CONFIG, HvMsr.STIMER0_COUNT, HvMsr.CRASH_P0 + 1, HvMsr.TIME_REF_COUNT}) {
                assertThat(fresh.read(msr)).as("%x", msr).isEqualTo(read(msr));
            }
            assertThat(fresh.memory(0x5000, 3)).containsExactly(1, 2, 3);
            fresh.write(HvMsr.HYPERCALL, 0x5000);
            assertThat(fresh.memory(0x5000, 3)).as("what lies below appears").containsOnly(0);
        } finally {
            fresh.free();
        }
    }

    private static String digest(Partition p) {
        var d = new StateDigest();
        p.save(d);
        return d.hex();
    }
}
