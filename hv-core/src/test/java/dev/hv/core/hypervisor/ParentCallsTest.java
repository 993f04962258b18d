package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.synic.RingPage;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvPort;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvStatistics;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvSyntheticFeatures;
import dev.hv.core.tlfs.HvVpState;
import dev.hv.cpu.state.Feature;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hypercalls of a guest that is a parent (L1VH): its pages are its own, what it deposits leaves its sight and comes back, nothing of its children outlives it. */
class ParentCallsTest {

    private static final int FIRST_FREE = 0x40;
    private static final int FREE = 0xA0;
    private static final long SELF = -1;

    private final HypercallRig rig = new HypercallRig(1, HvPrivilege.PARENT);
    private final Partition parent = rig.partition;

    /** Its memory is mapped in runs of 2 MiB, from which single pages are given away. */
    @BeforeEach
    void tables() {
        assertThat(rig.rig.winHv.reserve(parent.id(), 16)).isEqualTo(HvStatus.SUCCESS);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private HvStatus call(int code, long... input) {
        rig.input(input);
        return HvStatus.of((int) rig.slow(code) & 0xFFFF);
    }

    /** A call that repeats; the elements are the end of the input. */
    private HvStatus repeat(int code, int count, long... input) {
        rig.input(input);
        long result = rig.slow(HypercallRig.control(code, 0, count, 0));
        completed = (int) (result >>> 32) & 0xFFF;
        return HvStatus.of((int) result & 0xFFFF);
    }

    private int completed;

    private long create(long flags) {
        assertThat(call(HvCallCode.CREATE_PARTITION, flags, 0, 0, 0, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        return rig.peek(HypercallRig.OUTPUT);
    }

    private HvStatus deposit(long partition, long first, int count) {
        long[] input = new long[1 + count];
        input[0] = partition;
        for (int i = 0; i < count; i++) {
            input[1 + i] = first + i;
        }
        return repeat(HvCallCode.DEPOSIT_MEMORY, count, input);
    }

    private long active() {
        long id = create(HvPartitionProperty.CREATE_LAPIC);
        assertThat(deposit(id, FIRST_FREE, 64)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.INITIALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        return id;
    }

    private HvStatus map(long partition, long gpn, int flags, long source) {
        return repeat(HvCallCode.MAP_GPA_PAGES, 1, partition, gpn, flags & 0xFFFF_FFFFL, source);
    }

    private boolean sees(long gpn) {
        return parent.space().translate(gpn << 12, HvMapFlags.READABLE) >= 0;
    }

    @Test
    void depositedPagesLeaveTheParentsSightAndComeBackEmpty() {
        long id = create(0);
        rig.quads(0x40_000, 0x1122334455667788L);
        long before = parent.space().translate(0x40_000, HvMapFlags.READABLE);
        assertThat(deposit(id, 0x40, 3)).isEqualTo(HvStatus.SUCCESS);
        assertThat(sees(0x40)).isFalse();
        assertThat(sees(0x43)).isTrue();
        assertThat(deposit(id, 0x40, 1)).as("a page that is not there any more").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(repeat(HvCallCode.WITHDRAW_MEMORY, 8, id, 0)).isEqualTo(HvStatus.NO_RESOURCES);
        assertThat(completed).isEqualTo(3);
        assertThat(List.of(rig.peek(HypercallRig.OUTPUT), rig.peek(HypercallRig.OUTPUT + 8), rig.peek(HypercallRig.OUTPUT + 16))).containsExactlyInAnyOrder(0x40L, 0x41L, 0x42L);
        assertThat(parent.space().translate(0x40_000, HvMapFlags.ALL)).isEqualTo(before);
        assertThat(rig.peek(0x40_000)).isZero();
        assertThat(call(HvCallCode.FINALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.DELETE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
    }

    @Test
    void onlyPagesThatNobodyElseHasAreDeposited() {
        long id = active();
        assertThat(map(id, 0, HvMapFlags.ALL, 0xB0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(deposit(id, 0xB0, 1)).as("mapped into the child").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(deposit(id, HypercallRig.CODE_PAGE >>> 12, 1)).as("the hypercall page lies there").isIn(HvStatus.ACCESS_DENIED, HvStatus.INVALID_PARAMETER);
        assertThat(deposit(id, 0x10_0000, 1)).as("no memory").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(deposit(SELF, 0xB1, 1)).as("for itself").isEqualTo(HvStatus.OPERATION_DENIED);
        assertThat(deposit(Partition.ROOT, 0xB1, 1)).as("for its own parent").isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(repeat(HvCallCode.UNMAP_GPA_PAGES, 1, id, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(deposit(id, 0xB0, 1)).isEqualTo(HvStatus.SUCCESS);
    }

    @Test
    void pagesAreTheParentsOwn() {
        long id = active();
        Partition child = rig.rig.hypervisor.partitions().get(id);
        rig.quads(0xB0_000, 42);
        assertThat(map(id, 5, HvMapFlags.READABLE, 0xB0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(child.space().translate(0x5000, HvMapFlags.READABLE)).isEqualTo(parent.space().translate(0xB0_000, HvMapFlags.READABLE));
        assertThat(child.space().translate(0x5000, HvMapFlags.WRITABLE)).isNegative();
        assertThat(map(id, 5, HvMapFlags.ALL, 0xB1)).as("again, with other rights and another page").isEqualTo(HvStatus.SUCCESS);
        assertThat(child.space().translate(0x5000, HvMapFlags.WRITABLE)).isEqualTo(parent.space().translate(0xB1_000, HvMapFlags.READABLE));
        assertThat(map(id, 6, HvMapFlags.ALL, 0x7FFF)).as("no memory of the parent's").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(id, 6, HvMapFlags.ALL, FIRST_FREE)).as("deposited").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(id, 0x200, HvMapFlags.ALL | HvMapFlags.LARGE, 0)).as("512 pages, not all of them the parent's").isEqualTo(HvStatus.INVALID_PARAMETER);
    }

    @Test
    void pagesWithoutAccessAreMapped() {
        long id = active();
        Partition child = rig.rig.hypervisor.partitions().get(id);
        assertThat(map(id, 0x10, HvMapFlags.NO_ACCESS, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(repeat(HvCallCode.MAP_GPA_PAGES, 3, id, 0x200, HvMapFlags.NO_ACCESS | HvMapFlags.LARGE & 0xFFFF_FFFFL, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(child.space().mapped(0x10)).isTrue();
        assertThat(child.space().mapped(0x11)).isFalse();
        assertThat(child.space().mapped(0x7FF)).isTrue();
        assertThat(child.space().mapped(0x800)).isFalse();
        assertThat(child.space().translate(0x10_000, 0)).isNegative();
        assertThat(map(id, 0x10, HvMapFlags.NO_ACCESS | HvMapFlags.READABLE, 0)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(id, 0x300, HvMapFlags.READABLE, 0xB0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(map(id, 0x300, HvMapFlags.NO_ACCESS, 0)).as("taken back").isEqualTo(HvStatus.SUCCESS);
        assertThat(child.space().mapped(0x300)).isTrue();
        assertThat(child.space().translate(0x300_000, 0)).isNegative();
        assertThat(deposit(id, 0xB0, 1)).as("nobody has it any more").isEqualTo(HvStatus.SUCCESS);
        assertThat(repeat(HvCallCode.UNMAP_GPA_PAGES, 2, id, 0x2FF, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(child.space().mapped(0x2FE)).isTrue();
        assertThat(child.space().mapped(0x300)).isFalse();
        assertThat(child.space().mapped(0x301)).isTrue();
    }

    @Test
    void nothingOutlivesTheParent() {
        long id = active();
        assertThat(map(id, 0, HvMapFlags.ALL, 0xB0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.CREATE_VP, id, 0, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.VP, id, 0, 0xB2)).isEqualTo(HvStatus.SUCCESS);
        long free = rig.rig.frames.available();
        assertThat(rig.rig.winHv.deletePartition(parent.id())).isEqualTo(HvStatus.SUCCESS);
        rig.rig.vid.releaseMemory(parent.id());
        assertThat(rig.rig.hypervisor.partitions().get(id)).isNull();
        assertThat(rig.rig.frames.available()).isGreaterThan(free);
        for (long page = 0; page < rig.rig.memory.size() >>> 12; page++) {
            int mappings = rig.rig.hypervisor.partitions().ownership().mappings(page << 12);
            assertThat(mappings).as("page %#x", page).isIn(0, -1);
        }
    }

    @Test
    void itsSystemIsStartedAnewWithoutItsChildren() {
        long id = active();
        assertThat(rig.rig.winHv.deleteVp(parent.id(), 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.rig.hypervisor.partitions().get(id)).isNull();
        for (int i = 0; i < 64; i++) {
            assertThat(sees(FIRST_FREE + i)).as("page %#x", FIRST_FREE + i).isTrue();
        }
    }

    /** Random lives of partitions: each page that was deposited comes back once. */
    @Test
    void poolsAreExact() {
        var random = new Random(13);
        List<Long> ids = new ArrayList<>();
        boolean[] deposited = new boolean[FREE];
        for (int step = 0; step < 10_000; step++) {
            long id = ids.isEmpty() ? 0 : ids.get(random.nextInt(ids.size()));
            switch (random.nextInt(8)) {
                case 0 -> {
                    if (ids.size() < 3) {
                        ids.add(create(HvPartitionProperty.CREATE_LAPIC));
                    }
                }
                case 1, 2 -> {
                    int first = random.nextInt(FREE);
                    int count = Math.min(1 + random.nextInt(40), FREE - first);
                    if (id != 0 && rig.rig.hypervisor.partitions().get(id).state() != Partition.State.FINALIZED) {
                        deposit(id, FIRST_FREE + first, count);
                        for (int i = 0; i < completed; i++) {
                            assertThat(deposited[first + i]).isFalse();
                            deposited[first + i] = true;
                        }
                    }
                }
                case 3 -> call(HvCallCode.INITIALIZE_PARTITION, id);
                case 4 -> call(HvCallCode.CREATE_VP, id, random.nextInt(3), 0, 0, 0);
                case 5 -> map(id, random.nextInt(0x1000), random.nextBoolean() ? HvMapFlags.ALL : HvMapFlags.NO_ACCESS, FIRST_FREE + random.nextInt(FREE));
                case 6 -> {
                    repeat(HvCallCode.WITHDRAW_MEMORY, 1 + random.nextInt(20), id, 0);
                    back(deposited);
                }
                default -> {
                    if (id != 0 && random.nextInt(4) == 0) {
                        call(HvCallCode.FINALIZE_PARTITION, id);
                        do {
                            repeat(HvCallCode.WITHDRAW_MEMORY, 200, id, 0);
                            back(deposited);
                        } while (completed > 0);
                        assertThat(call(HvCallCode.DELETE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
                        ids.remove(id);
                    }
                }
            }
            for (int i = 0; step % 50 == 0 && i < FREE; i++) {
                assertThat(sees(FIRST_FREE + i)).isEqualTo(!deposited[i]);
            }
        }
    }

    private void back(boolean[] deposited) {
        for (int i = 0; i < completed; i++) {
            int page = (int) rig.peek(HypercallRig.OUTPUT + 8L * i) - FIRST_FREE;
            assertThat(deposited[page]).as("page %#x", page).isTrue();
            deposited[page] = false;
        }
    }

    @Test
    void propertiesAreSetAndRead() {
        long id = create(0);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.SYNTHETIC_FEATURES, 0x0640_0FFB)).isEqualTo(HvStatus.SUCCESS);
        Partition child = rig.rig.hypervisor.partitions().get(id);
        assertThat(child.privileges()).isEqualTo(HvPrivilege.TIME_REF_COUNT | HvPrivilege.SYNIC | HvPrivilege.SYNTHETIC_TIMERS | HvPrivilege.APIC_MSRS | HvPrivilege.HYPERCALL_MSRS
                | HvPrivilege.VP_INDEX | HvPrivilege.REFERENCE_TSC | HvPrivilege.GUEST_IDLE | HvPrivilege.FREQUENCY_MSRS);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.SYNTHETIC_FEATURES, 1L << 40)).isEqualTo(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.PRIVILEGE_FLAGS, HvPrivilege.CPU_MANAGEMENT)).as("no roots below a parent").isEqualTo(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE);
        assertThat(deposit(id, FIRST_FREE, 64)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.INITIALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.PRIVILEGE_FLAGS, 0)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.SYNTHETIC_FEATURES, 3)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.UNIMPLEMENTED_MSR_ACTION, 2)).isEqualTo(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.UNIMPLEMENTED_MSR_ACTION, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(get(id, HvPartitionProperty.UNIMPLEMENTED_MSR_ACTION)).isEqualTo(1);
        assertThat(get(SELF, HvPartitionProperty.PROCESSOR_FEATURES0) & 1).isEqualTo(parent.model().has(Feature.SSE3) ? 1 : 0);
        assertThat(get(SELF, HvPartitionProperty.MAX_XSAVE_SIZE)).isBetween(576L, 4096L);
        assertThat(call(HvCallCode.GET_PARTITION_PROPERTY, id, 0x4711)).isEqualTo(HvStatus.UNKNOWN_PROPERTY);
        assertThat(call(HvCallCode.GET_PARTITION_PROPERTY_EX, SELF, HvPartitionProperty.VMM_CAPABILITIES, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.peek(HypercallRig.OUTPUT)).isEqualTo(1);
        assertThat(rig.peek(HypercallRig.OUTPUT + 8)).isEqualTo(HvPartitionProperty.CAPABILITY_OVERLAY_LOCATION);
        assertThat(call(HvCallCode.GET_PARTITION_PROPERTY_EX, SELF, HvPartitionProperty.SYNTHETIC_FEATURES_OFFERED, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.peek(HypercallRig.OUTPUT + 8)).isEqualTo(HvSyntheticFeatures.OFFERED);
    }

    private long get(long id, int code) {
        assertThat(call(HvCallCode.GET_PARTITION_PROPERTY, id, code)).isEqualTo(HvStatus.SUCCESS);
        return rig.peek(HypercallRig.OUTPUT);
    }

    @Test
    void featuresAreHiddenWithWhatNeedsThem() {
        assertThat(call(HvCallCode.CREATE_PARTITION, 0, 0, 0, 1L << 2, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        Partition child = rig.rig.hypervisor.partitions().get(rig.peek(HypercallRig.OUTPUT));
        assertThat(child.model().has(Feature.SSE3)).isTrue();
        assertThat(child.model().has(Feature.SSSE3)).isFalse();
        assertThat(child.model().has(Feature.SSE42)).isFalse();
    }

    @Test
    void timeStandsStillWhileItIsFrozen() {
        long id = active();
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.SYNTHETIC_FEATURES, 3)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        Partition child = rig.rig.hypervisor.partitions().get(id);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.TIME_FREEZE, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(get(id, HvPartitionProperty.TIME_FREEZE)).isEqualTo(1);
        long offset = child.tscOffset();
        long before = rig.rig.clock.tsc();
        rig.rig.clock.idleUntil(rig.rig.clock.nanos() + 1_000_000);
        assertThat(rig.rig.clock.tsc()).isGreaterThan(before);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.TIME_FREEZE, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(child.tscOffset()).isEqualTo(offset - (rig.rig.clock.tsc() - before));
    }

    private HvStatus setTsc(long id, int vp, long value) {
        return repeat(HvCallCode.SET_VP_REGISTERS, 1, id, vp, HvRegister.TSC, 0, value, 0);
    }

    private long tsc(long id, int vp) {
        assertThat(repeat(HvCallCode.GET_VP_REGISTERS, 1, id, vp, HvRegister.TSC)).isEqualTo(HvStatus.SUCCESS);
        return rig.peek(HypercallRig.OUTPUT);
    }

    @Test
    void timeStampCountersRunTogetherAndReferenceTimeDoesNotNoticeThem() {
        long id = create(HvPartitionProperty.CREATE_LAPIC);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.SYNTHETIC_FEATURES, 0x0640_0FFB)).isEqualTo(HvStatus.SUCCESS);
        assertThat(deposit(id, FIRST_FREE, 96)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.INITIALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        rig.rig.clock.idleUntil(rig.rig.clock.nanos() + 3_000_000_000L);
        for (int i = 0; i < 2; i++) {
            assertThat(call(HvCallCode.CREATE_VP, id, i, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        }
        rig.rig.clock.idleUntil(rig.rig.clock.nanos() + 1_000_000_000L);
        Partition child = rig.rig.hypervisor.partitions().get(id);
        long reference = child.guestInterface().time().now();
        assertThat(reference).isPositive();
        assertThat(setTsc(id, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(tsc(id, 0)).isZero();
        rig.rig.clock.idleUntil(rig.rig.clock.nanos() + 1_000_000);
        assertThat(setTsc(id, 1, 0)).as("said of all of them, one after another").isEqualTo(HvStatus.SUCCESS);
        assertThat(tsc(id, 1)).isEqualTo(tsc(id, 0)).isEqualTo(child.model().tscHz() / 1000);
        assertThat(child.guestInterface().time().now()).isBetween(reference + 9_999, reference + 10_001);
        assertThat(setTsc(id, 1, 1L << 40)).as("another time").isEqualTo(HvStatus.SUCCESS);
        assertThat(tsc(id, 0)).isEqualTo(1L << 40);
        assertThat(setTsc(id, 1, 77)).as("the same one again: exactly").isEqualTo(HvStatus.SUCCESS);
        assertThat(tsc(id, 1)).isEqualTo(77);
        assertThat(child.guestInterface().time().now()).isBetween(reference + 9_999, reference + 10_001);
    }

    @Test
    void statisticsAreShownInPagesOfTheParents() {
        long id = active();
        assertThat(call(HvCallCode.CREATE_VP, id, 0, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        rig.quads(0xB0_000, 7, 7);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.PARTITION, id, 0, 0xB0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.peek(HypercallRig.OUTPUT)).isEqualTo(0xB0);
        assertThat(rig.peek(0xB0_008)).as("processors").isEqualTo(1);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.PARTITION, id, 0, 0xB1)).isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.VP, id, 1, 0xB1)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.VP, SELF, 0, 0xB1)).as("its own").isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.VP, Partition.ROOT, 0, 0xB2)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, 3, 0, 0, 0xB2)).as("of no kind").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.LOGICAL_PROCESSOR, 0, 0, 0xB2)).as("the machine's").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.HYPERVISOR, 0, 0, 0xB2)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.VP, id, 0, 0x7FFF)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(deposit(id, 0xB0, 1)).as("it is shown there").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(call(HvCallCode.UNMAP_STATS_PAGE, HvStatistics.PARTITION, id, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.UNMAP_STATS_PAGE, HvStatistics.PARTITION, id, 0)).isEqualTo(HvStatus.NOT_FOUND);
        assertThat(deposit(id, 0xB0, 1)).isEqualTo(HvStatus.SUCCESS);
    }

    /** A parent and its children share what its own processors would have. */
    @Test
    void timeIsDividedAtEveryLevel() {
        VirtualProcessor own = rig.vp(0);
        own.scheduling().setSuspended(false);
        assertThat(own.slice(20_000)).isEqualTo(20_000);
        VirtualProcessor[] vps = new VirtualProcessor[3];
        for (int i = 0; i < vps.length; i++) {
            long id = create(HvPartitionProperty.CREATE_LAPIC);
            assertThat(deposit(id, FIRST_FREE + 50 * i, 50)).isEqualTo(HvStatus.SUCCESS);
            assertThat(call(HvCallCode.INITIALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
            assertThat(call(HvCallCode.CREATE_VP, id, 0, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
            vps[i] = rig.rig.hypervisor.partitions().get(id).processors().get(0);
            vps[i].scheduling().setSuspended(false);
        }
        assertThat(own.slice(20_000)).isEqualTo(vps[2].slice(20_000)).isEqualTo(5_000);
        vps[0].scheduling().setSuspended(true);
        vps[1].scheduling().setSuspended(true);
        assertThat(own.slice(20_000)).isEqualTo(vps[2].slice(20_000)).isEqualTo(10_000);
        own.scheduling().setSuspended(true);
        assertThat(vps[2].slice(20_000)).as("its parent waits for it").isEqualTo(20_000);
        assertThat(rig.rig.winHv.deletePartition(parent.id())).isEqualTo(HvStatus.SUCCESS);
    }

    private long withProcessor() {
        long id = active();
        assertThat(call(HvCallCode.CREATE_VP, id, 0, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        return id;
    }

    @Test
    void cpuidAnswersWhatTheParentSays() {
        long id = withProcessor();
        assertThat(call(HvCallCode.REGISTER_INTERCEPT_RESULT, id, 2L << 32 | 0xFFFF_FFFFL, 7, 0xF0L << 32, 0xFF, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        int[] before = leaf(id, 7, 3);
        assertThat(before[0] & 0xFF).as("EAX, the bits of the mask").isEqualTo(0xF0);
        assertThat(call(HvCallCode.REGISTER_INTERCEPT_RESULT, id, 2L << 32, 7 | 3L << 32, 1 | 0x0AL << 32, 0x0F, 0, 0, 0)).as("one subleaf of one processor").isEqualTo(HvStatus.SUCCESS);
        assertThat(leaf(id, 7, 3)[0] & 0xFF).isEqualTo(0xFA);
        assertThat(leaf(id, 7, 4)[0] & 0xFF).isEqualTo(0xF0);
        assertThat(call(HvCallCode.REGISTER_INTERCEPT_RESULT, id, 2L << 32 | 9, 7, 0, 0, 0, 0, 0)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(call(HvCallCode.REGISTER_INTERCEPT_RESULT, id, 3L << 32, 7, 0, 0, 0, 0, 0)).as("exceptions have none").isEqualTo(HvStatus.INVALID_PARAMETER);
    }

    private int[] leaf(long id, int leaf, int subleaf) {
        assertThat(repeat(HvCallCode.GET_VP_CPUID_VALUES, 1, id, 0, 0, leaf | (long) subleaf << 32, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        return new int[] {(int) rig.peek(HypercallRig.OUTPUT), (int) (rig.peek(HypercallRig.OUTPUT) >>> 32)};
    }

    @Test
    void stateIsReadAndWrittenInPagesOfTheParents() {
        long id = withProcessor();
        for (int type : new int[] {HvVpState.LOCAL_APIC, HvVpState.XSAVE}) {
            assertThat(state(HvCallCode.GET_VP_STATE, id, type, 0xB0)).isEqualTo(HvStatus.SUCCESS);
            assertThat(state(HvCallCode.SET_VP_STATE, id, type, 0xB0)).isEqualTo(HvStatus.SUCCESS);
            assertThat(state(HvCallCode.GET_VP_STATE, id, type, 0x7FFF)).as("no page of the parent's").isEqualTo(HvStatus.INVALID_PARAMETER);
            assertThat(state(HvCallCode.SET_VP_STATE, id, type, -1)).isEqualTo(HvStatus.INVALID_PARAMETER);
        }
        assertThat(rig.peek(0xB0_208)).as("XCOMP_BV: compacted").isNegative();
        rig.quads(0xB0_208, 1L << 63 | 1L << 40);
        assertThat(state(HvCallCode.SET_VP_STATE, id, HvVpState.XSAVE, 0xB0)).as("a component that does not exist").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(state(HvCallCode.GET_VP_STATE, id, HvVpState.MESSAGE_PAGE, 0xB0)).as("of a guest that is not told of the hypervisor").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(state(HvCallCode.GET_VP_STATE, id, 5, 0xB0)).isEqualTo(HvStatus.INVALID_PARAMETER);
        rig.input(id, 0, HvVpState.LOCAL_APIC & 0xFFFF_FFFFL, 0, 0);
        assertThat((int) rig.slow(HvCallCode.GET_VP_STATE) & 0xFFFF).as("no page at all").isEqualTo(HvStatus.INVALID_PARAMETER.code());
    }

    private HvStatus state(int code, long id, int type, long page) {
        rig.input(id, 0, type & 0xFFFF_FFFFL, 0, 0, page);
        return HvStatus.of((int) rig.slow(HypercallRig.control(code, 1, 0, 0)) & 0xFFFF);
    }

    @Test
    void doorbellsAreConnected() {
        long id = withProcessor();
        assertThat(call(HvCallCode.CREATE_PORT, SELF, 5, id, HvPort.DOORBELL, 5 | 0xFFFF_FFFFL << 32, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(connect(id, 5, HvPort.DOORBELL_ANY_VALUE | 3)).isEqualTo(HvStatus.SUCCESS);
        assertThat(connect(id, 5, HvPort.DOORBELL_ANY_VALUE)).isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(connect(id, 6, 1L << 20)).as("reserved flag").isEqualTo(HvStatus.INVALID_PARAMETER);
        Partition child = rig.rig.hypervisor.partitions().get(id);
        assertThat(child.doorbells().near(0xE000_0FFFL)).isTrue();
        assertThat(child.doorbells().near(0xE000_1000L)).isFalse();
        assertThat(call(HvCallCode.DISCONNECT_PORT, id, 5 | 1L << 32)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.DISCONNECT_PORT, id, 5 | 1L << 32)).isEqualTo(HvStatus.INVALID_CONNECTION_ID);
        assertThat(child.doorbells().near(0xE000_0000L)).isFalse();
        assertThat(call(HvCallCode.NOTIFY_PORT_RING_EMPTY, 16)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(call(HvCallCode.NOTIFY_PORT_RING_EMPTY, 5)).isEqualTo(HvStatus.SUCCESS);
    }

    private HvStatus connect(long id, int connection, long flags) {
        return call(HvCallCode.CONNECT_PORT, id, connection, SELF, 5, HvPort.DOORBELL, 0xE000_0000L, 7, flags, 0);
    }

    @Test
    void ringsTellOfDoorbells() {
        var synic = parent.processors().get(0).synic();
        long id = withProcessor();
        assertThat(call(HvCallCode.CREATE_PORT, SELF, 9, id, HvPort.DOORBELL, 5 | 0xFFFF_FFFFL << 32, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        synic.setControl(1);
        assertThat(synic.setMessagePage(0x30_001)).isTrue();
        assertThat(synic.setSint(0, 0x30)).isTrue();
        assertThat(synic.setSint(5, 1 << 19 | 0x30)).isTrue();
        synic.setRingPage(0x31_001);
        for (int i = 0; i < 63; i++) {
            assertThat(synic.ring(5, 9, ring())).isTrue();
        }
        assertThat(synic.ring(5, 9, ring())).as("no room").isFalse();
        assertThat((int) rig.peek(0x31_000 + 5 * 256) >>> 8 & 0xFF).as("the ring says so").isEqualTo(1);
        assertThat((int) (rig.peek(0x31_000 + 5 * 256) >>> 32)).isEqualTo(9);
        assertThat((int) rig.peek(0x30_000)).isEqualTo(HvMessage.SYNIC_SINT);
        assertThat((int) rig.peek(0x30_010)).as("the source").isEqualTo(5);
        synic.setRingPage(0);
        assertThat(synic.ring(5, 9, ring())).isFalse();
    }

    private RingPage ring() {
        return new RingPage() {
            @Override
            public int read(int offset, int size) {
                return (int) (rig.peek(0x31_000 + offset) & (size == 1 ? 0xFF : -1));
            }

            @Override
            public void write(int offset, int size, int value) {
                byte[] b = new byte[size];
                for (int i = 0; i < size; i++) {
                    b[i] = (byte) (value >>> 8 * i);
                }
                rig.bytes(0x31_000 + offset, b);
            }
        };
    }

    @Test
    void aChildThatIsNoParentMakesNone() {
        try (var poor = new HypercallRig(1, HvPrivilege.CHILD)) {
            poor.input(0, 0, 0, 0, 0, 0, 0);
            for (int code : new int[] {HvCallCode.CREATE_PARTITION, HvCallCode.GET_PARTITION_PROPERTY_EX, HvCallCode.MAP_STATS_PAGE2, HvCallCode.UNMAP_STATS_PAGE}) {
                assertThat((int) poor.slow(code) & 0xFFFF).as("call %#x", code).isEqualTo(HvStatus.ACCESS_DENIED.code());
            }
        }
    }
}
