package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.memory.PageOwnership;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvDispatch;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatistics;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvSystemProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hypercalls of a guest in the root's place: logical processors, its own virtual ones, interrupts of devices, system properties, and the processors of children that it runs itself. */
class RootCallsTest {

    private static final int FREE = 0x40;
    private static final long SELF = -1;
    private static final long IO_APIC = 2L << 62;
    private static final long FUNCTION = 1L << 62 | 0x18;
    private static final int VECTOR = 0x31;
    private static final int MESSAGES = 0x8000;

    private final HypercallRig rig = new HypercallRig(1, HvPrivilege.ROOT_GUEST, 3);
    private final Partition root = rig.partition;

    @BeforeEach
    void tables() {
        assertThat(rig.rig.winHv.reserve(root.id(), 64)).isEqualTo(HvStatus.SUCCESS);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private HvStatus call(int code, long... input) {
        rig.input(new long[16]);
        rig.input(input);
        return HvStatus.of((int) rig.slow(code) & 0xFFFF);
    }

    private HvStatus repeat(int code, int count, long... input) {
        rig.input(input);
        return HvStatus.of((int) rig.slow(HypercallRig.control(code, 0, count, 0)) & 0xFFFF);
    }

    private long output(int offset) {
        return rig.peek(HypercallRig.OUTPUT + offset);
    }

    private boolean sees(long gpn) {
        return root.space().translate(gpn << 12, HvMapFlags.READABLE) >= 0;
    }

    @Test
    void thePagesOfTheHypervisorLieWhereItHasPutThem() {
        long first = HypercallRig.PAGES_OF_HYPERVISOR;
        assertThat(root.guestInterface().referenceTsc()).isEqualTo(first + 1 << 12);
        VirtualProcessor vp = rig.vp(0);
        assertThat(vp.synic().messagePage()).isEqualTo(first + 2 << 12);
        assertThat(vp.synic().eventPage()).isEqualTo(first + 3 << 12);
        assertThat(vp.synic().ringPage()).isEqualTo(first + 4 << 12);
        assertThat(vp.synthetic().assistPage()).isEqualTo(first + 5 << 12);
        assertThat(vp.synic().setMessagePage(first + 2 << 12 | 1)).isTrue();
        vp.synthetic().reset();
        assertThat(vp.synic().messagePage()).as("behind INIT").isEqualTo(first + 2 << 12);
    }

    @Test
    void logicalProcessorsAreStartedAndGetTheRootsOwnProcessors() {
        assertThat(call(HvCallCode.GET_LOGICAL_PROCESSOR_RUN_TIME, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.GET_LOGICAL_PROCESSOR_RUN_TIME, 1)).isEqualTo(HvStatus.INVALID_LP_INDEX);
        assertThat(call(HvCallCode.CREATE_VP, root.id(), 1, 0, 0, 1)).as("on one that does not run").isEqualTo(HvStatus.INVALID_LP_INDEX);
        assertThat(call(HvCallCode.ADD_LOGICAL_PROCESSOR, 1 | 2L << 32)).as("another's APIC").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(call(HvCallCode.ADD_LOGICAL_PROCESSOR, 1 | 1L << 32)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.ADD_LOGICAL_PROCESSOR, 1 | 1L << 32)).as("again").isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(call(HvCallCode.ADD_LOGICAL_PROCESSOR, 3 | 3L << 32)).as("one more than there are").isEqualTo(HvStatus.INVALID_LP_INDEX);
        assertThat(call(HvCallCode.NOTIFY_PARTITION_EVENT, 4)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.NOTIFY_PARTITION_EVENT, 9)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(call(HvCallCode.CREATE_VP, SELF, 0, 0, 0, 1)).as("there already").isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(call(HvCallCode.CREATE_VP, SELF, 3, 0, 0, 1)).as("one more than logical ones").isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(call(HvCallCode.CREATE_VP, root.id(), 1, 0, 0, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.vp(1).scheduling().position()).isEqualTo(1);
        assertThat(rig.vp(1).scheduling().suspended()).isFalse();
        assertThat(rig.vp(1).scheduling().waitsForStartup()).isTrue();
        assertThat(rig.vp(1).synic().messagePage()).isEqualTo(HypercallRig.PAGES_OF_HYPERVISOR + 6 << 12);
        assertThat(call(HvCallCode.DELETE_VP, root.id(), 1)).as("only others' processors are deleted").isEqualTo(HvStatus.OPERATION_DENIED);
        assertThat(rig.rig.winHv.deleteVp(root.id(), 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.rig.winHv.deleteVp(root.id(), 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.rig.hypervisor.partitions().logicalProcessors().started(1)).as("after a reset").isFalse();
    }

    @Test
    void onlyOneGuestIsInTheRootsPlace() {
        assertThat(rig.rig.winHv.createPartition(HvPrivilege.ROOT_GUEST, false).status()).isEqualTo(HvStatus.OBJECT_IN_USE);
    }

    @Test
    void theseCallsAreNoParents() {
        try (var other = new HypercallRig(1, HvPrivilege.PARENT)) {
            for (int code : new int[] {HvCallCode.GET_LOGICAL_PROCESSOR_RUN_TIME, HvCallCode.ADD_LOGICAL_PROCESSOR, HvCallCode.SET_SYSTEM_PROPERTY, HvCallCode.GET_SYSTEM_PROPERTY, HvCallCode.ENTER_SLEEP_STATE,
                HvCallCode.NOTIFY_PARTITION_EVENT, HvCallCode.MAP_DEVICE_INTERRUPT, HvCallCode.UNMAP_DEVICE_INTERRUPT, HvCallCode.MAP_STATS_PAGE}) {
                other.input(0, 0);
                assertThat(HvStatus.of((int) other.slow(code) & 0xFFFF)).as("%x", code).isEqualTo(HvStatus.ACCESS_DENIED);
            }
            other.input(-1L, 1, 0, 0, 1);
            assertThat(HvStatus.of((int) other.slow(HvCallCode.CREATE_VP) & 0xFFFF)).isEqualTo(HvStatus.OPERATION_DENIED);
        }
    }

    private HvStatus map(long partition, long device, int trigger, int vector, long flags, long... set) {
        rig.input(new long[16]);
        rig.input(partition, device, 0, 0, 0, (long) trigger << 32, 1, vector | flags << 32, set[0]);
        for (int i = 1; i < set.length; i++) {
            rig.quads(HypercallRig.INPUT + 64 + 8L * i, set[i]);
        }
        return HvStatus.of((int) rig.slow(HypercallRig.control(HvCallCode.MAP_DEVICE_INTERRUPT, set.length - 1, 0, 0)) & 0xFFFF);
    }

    @Test
    void interruptsOfDevicesAreMappedToProcessors() {
        assertThat(map(SELF, IO_APIC | 1, 1, VECTOR, 2, 0, 1, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(output(0)).as("an entry of an I/O APIC").isEqualTo(2);
        assertThat(output(8)).as("level-triggered, to APIC 0").isEqualTo(1 << 15 | VECTOR);
        assertThat(call(HvCallCode.ADD_LOGICAL_PROCESSOR, 1 | 1L << 32)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.CREATE_VP, SELF, 1, 0, 0, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(map(root.id(), FUNCTION, 0, VECTOR, 0, 2)).as("a mask").isEqualTo(HvStatus.SUCCESS);
        assertThat(output(0)).as("a message").isEqualTo(1);
        assertThat(output(8)).isEqualTo(0xFEE0_1000L | (long) VECTOR << 32);
        long message = output(8);
        assertThat(root.root().interrupts().count()).isEqualTo(2);
        assertThat(call(HvCallCode.UNMAP_DEVICE_INTERRUPT, SELF, FUNCTION, 1, message)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.UNMAP_DEVICE_INTERRUPT, SELF, FUNCTION, 1, message)).as("again").isEqualTo(HvStatus.NOT_FOUND);
        assertThat(map(SELF, FUNCTION, 0, VECTOR, 0, 4)).as("no such processor").isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(map(SELF, FUNCTION, 0, VECTOR, 0, 0)).as("to nobody").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(SELF, FUNCTION, 0, 5, 0, 1)).as("a vector of exceptions").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(SELF, FUNCTION, 2, VECTOR, 0, 1)).as("no trigger mode").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(SELF, FUNCTION, 0, VECTOR, 2, 0, 3, 1)).as("fewer banks than the mask says").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(SELF, 3L << 62, 0, VECTOR, 0, 1)).as("a device of ACPI").isEqualTo(HvStatus.INVALID_DEVICE_ID);
        assertThat(map(77, FUNCTION, 0, VECTOR, 0, 1)).as("another's").isEqualTo(HvStatus.INVALID_PARTITION_ID);
    }

    @Test
    void theMachineSleepsWhenItIsKnownHow() {
        assertThat(call(HvCallCode.ENTER_SLEEP_STATE, HvSystemProperty.S5)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(call(HvCallCode.SET_SYSTEM_PROPERTY, HvSystemProperty.SLEEP_STATE, 3)).isEqualTo(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE);
        assertThat(call(HvCallCode.SET_SYSTEM_PROPERTY, 99)).isEqualTo(HvStatus.UNKNOWN_PROPERTY);
        assertThat(call(HvCallCode.SET_SYSTEM_PROPERTY, HvSystemProperty.SLEEP_STATE, HvSystemProperty.S5 | 6L << 32)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.ENTER_SLEEP_STATE, 3)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(rig.child.log).isEmpty();
        assertThat(call(HvCallCode.ENTER_SLEEP_STATE, HvSystemProperty.S5)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.child.log).containsExactly("sleep 6");
    }

    @Test
    void theSchedulerIsAProperty() {
        assertThat(call(HvCallCode.GET_SYSTEM_PROPERTY, HvSystemProperty.SCHEDULER_TYPE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(output(0)).isEqualTo(HvSystemProperty.SCHEDULER_CORE);
        rootSchedules();
        assertThat(call(HvCallCode.GET_SYSTEM_PROPERTY, HvSystemProperty.SCHEDULER_TYPE)).isEqualTo(HvStatus.SUCCESS);
        assertThat(output(0)).isEqualTo(HvSystemProperty.SCHEDULER_ROOT);
        assertThat(call(HvCallCode.GET_SYSTEM_PROPERTY, HvSystemProperty.CRASH_DUMP_AREA)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.GET_SYSTEM_PROPERTY, 99)).isEqualTo(HvStatus.UNKNOWN_PROPERTY);
        active();
        assertThat(rig.rig.winHv.setPartitionProperty(root.id(), HvPartitionProperty.INTEGRATED_SCHEDULER, 0)).as("there are children").isEqualTo(HvStatus.INVALID_PARTITION_STATE);
    }

    private void rootSchedules() {
        assertThat(rig.rig.winHv.setPartitionProperty(root.id(), HvPartitionProperty.INTEGRATED_SCHEDULER, 1)).isEqualTo(HvStatus.SUCCESS);
    }

    /** A child with a processor. */
    private long active() {
        return active(0);
    }

    private long active(long privileges) {
        assertThat(call(HvCallCode.CREATE_PARTITION, HvPartitionProperty.CREATE_LAPIC, 0, 0, 0, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        long id = output(0);
        assertThat(call(HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.PRIVILEGE_FLAGS, privileges)).isEqualTo(HvStatus.SUCCESS);
        long[] deposit = new long[65];
        deposit[0] = id;
        for (int i = 1; i < deposit.length; i++) {
            deposit[i] = FREE + i;
        }
        assertThat(repeat(HvCallCode.DEPOSIT_MEMORY, 64, deposit)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.INITIALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.CREATE_VP, id, 0)).isEqualTo(HvStatus.SUCCESS);
        return id;
    }

    @Test
    void statisticsAreShownInPagesThatTheRootHasDepositedForItself() {
        long id = active();
        long[] object = {HvStatistics.VP, id, 0, 0};
        assertThat(call(HvCallCode.MAP_STATS_PAGE, object)).isEqualTo(HvStatus.INSUFFICIENT_MEMORY);
        assertThat(repeat(HvCallCode.DEPOSIT_MEMORY, 1, SELF, 0xA0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(sees(0xA0)).isFalse();
        assertThat(call(HvCallCode.MAP_STATS_PAGE, object)).isEqualTo(HvStatus.SUCCESS);
        assertThat(output(0)).isEqualTo(0xA0);
        assertThat(sees(0xA0)).isTrue();
        assertThat(call(HvCallCode.MAP_STATS_PAGE, object)).as("again").isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(repeat(HvCallCode.DEPOSIT_MEMORY, 1, id, 0xA0)).as("shown").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(call(HvCallCode.UNMAP_STATS_PAGE, object)).isEqualTo(HvStatus.SUCCESS);
        assertThat(sees(0xA0)).isFalse();
        assertThat(call(HvCallCode.MAP_STATS_PAGE, object)).as("from what is deposited").isEqualTo(HvStatus.SUCCESS);
        assertThat(output(0)).isEqualTo(0xA0);
        assertThat(repeat(HvCallCode.WITHDRAW_MEMORY, 1, SELF, 0)).as("from itself").isEqualTo(HvStatus.OPERATION_DENIED);
    }

    /** By whom each counter is kept, {@code check_root.c} of the guest that is a parent tells in the running machine. */
    @Test
    void statisticsOfTheMachineAreForTheRoot() {
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.HYPERVISOR, 0, 0, 0xA0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.peek(0xA0_008)).as("logical processors").isEqualTo(rig.rig.hypervisor.partitions().logicalProcessors().count());
        assertThat(rig.peek(0xA0_010)).as("partitions").isEqualTo(2);
        long processors = rig.peek(0xA0_020);
        long id = active();
        assertThat(rig.peek(0xA0_010)).as("not before it is time again").isEqualTo(2);
        assertThat(call(HvCallCode.UNMAP_STATS_PAGE, HvStatistics.HYPERVISOR, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.HYPERVISOR, 0, 0, 0xA0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.peek(0xA0_010)).isEqualTo(3);
        assertThat(rig.peek(0xA0_020)).isEqualTo(processors + 1);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.LOGICAL_PROCESSOR, 0, 0, 0xA1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.LOGICAL_PROCESSOR, 0, 0, 0xA2)).isEqualTo(HvStatus.OBJECT_IN_USE);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.LOGICAL_PROCESSOR, 64, 0, 0xA2)).isEqualTo(HvStatus.INVALID_LP_INDEX);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.LOGICAL_PROCESSOR, 0xFFFF_FFFFL, 0, 0xA2)).isEqualTo(HvStatus.INVALID_LP_INDEX);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.PARTITION, id, 0, 0xA2)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.peek(0xA2_028)).as("pages deposited").isEqualTo(64);
        assertThat(rig.peek(0xA2_000 + 8 * HvStatistics.PARTITION_ID)).isEqualTo(id);
    }

    @Test
    void itsSystemIsStartedAnewWithoutPagesOfStatistics() {
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.PARTITION, SELF, 2L << 56, 0xA0)).as("of no area").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.PARTITION, SELF, 0, 0xA0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.MAP_STATS_PAGE2, HvStatistics.HYPERVISOR, 0, 0, 0xA1)).isEqualTo(HvStatus.SUCCESS);
        PageOwnership ownership = rig.rig.hypervisor.partitions().ownership();
        assertThat(ownership.mappings(root.space().translate(0xA0_000, HvMapFlags.READABLE))).as("held").isNotEqualTo(1);
        assertThat(rig.rig.winHv.deleteVp(root.id(), 0)).isEqualTo(HvStatus.SUCCESS);
        for (long gpa : new long[] {0xA0_000, 0xA1_000}) {
            assertThat(ownership.mappings(root.space().translate(gpa, HvMapFlags.READABLE))).as("the next system's").isEqualTo(1);
        }
    }

    @Test
    void statePagesAreAmongThoseThatWereDepositedForTheChild() {
        long id = active();
        assertThat(call(HvCallCode.MAP_VP_STATE_PAGE, id, 0)).isEqualTo(HvStatus.SUCCESS);
        long gpn = output(0);
        assertThat(gpn).isBetween((long) FREE, FREE + 64L);
        assertThat(sees(gpn)).isTrue();
        assertThat(rig.peek(gpn << 12) & 0xFFFF).as("version of a register page").isEqualTo(1);
        assertThat(call(HvCallCode.UNMAP_VP_STATE_PAGE, id, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(sees(gpn)).isFalse();
        assertThat(call(HvCallCode.MAP_VP_STATE_PAGE, id, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.FINALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(repeat(HvCallCode.WITHDRAW_MEMORY, 100, id, 0)).isEqualTo(HvStatus.NO_RESOURCES);
        assertThat(call(HvCallCode.DELETE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        PageOwnership ownership = rig.rig.hypervisor.partitions().ownership();
        for (long page = FREE; page < FREE + 65; page++) {
            assertThat(sees(page)).isTrue();
            assertThat(ownership.mappings(root.space().translate(page << 12, HvMapFlags.READABLE))).isEqualTo(1);
        }
    }

    // ---- the root scheduler ------------------------------------------------------------------------------------------

    private void dispatch(long id, int flags) {
        rig.input(new long[16]);
        rig.input(id, (long) flags << 32, 0, 0);
        rig.slow(HvCallCode.DISPATCH_VP);
    }

    private void set(long id, int register, long value) {
        assertThat(repeat(HvCallCode.SET_VP_REGISTERS, 1, id, 0, register, 0, value, 0)).isEqualTo(HvStatus.SUCCESS);
    }

    private long get(long id, int register) {
        assertThat(repeat(HvCallCode.GET_VP_REGISTERS, 1, id, 0, register)).isEqualTo(HvStatus.SUCCESS);
        return output(0);
    }

    private HvStatus answer() {
        return HvStatus.of((int) rig.context(0).gpr[HypercallRig.RAX] & 0xFFFF);
    }

    /** The call is executed again by the run loop, after what the child's processor is to do. */
    private void again() {
        rig.context(0).exit(VmExit.Kind.HYPERCALL, e -> { });
        rig.context(0).exit(VmExit.Kind.HLT, e -> rig.rig.machine.powerOff());
        assertThat(rig.rig.winHv.startVp(root.id(), 0)).isEqualTo(HvStatus.SUCCESS);
        rig.rig.run(1000);
    }

    private String signal() {
        long page = MESSAGES;
        int type = (int) rig.peek(page);
        if (type == HvMessage.NONE) {
            return "none";
        }
        String text = "%x %d of %d".formatted(type, rig.peek(page + 16 + 160) & 0xFFFF_FFFFL, rig.peek(page + 16 + 8)) + " " + (rig.peek(page + 16) >>> 32 & 0xFF);
        rig.quads(page, 0);
        return text;
    }

    private void listen() {
        rig.vp(0).synic().setControl(1);
        assertThat(rig.vp(0).synic().setMessagePage(MESSAGES | 1)).isTrue();
        assertThat(rig.vp(0).synic().setSint(0, 0x30)).isTrue();
    }

    @Test
    void aBlockedProcessorIsToldOfWhenItCanGoOn() {
        rootSchedules();
        listen();
        long id = active();
        dispatch(id, 0);
        assertThat(answer()).isEqualTo(HvStatus.SUCCESS);
        assertThat(output(0)).as("suspended as it is made").isEqualTo(HvDispatch.BLOCKED | (long) HvDispatch.SUSPEND << 32);
        assertThat(signal()).isEqualTo("none");
        set(id, HvRegister.EXPLICIT_SUSPEND, 0);
        assertThat(signal()).isEqualTo("80000101 0 of " + id + " 1");
        assertThat(get(id, HvRegister.ROOT_SIGNAL_COUNT)).isEqualTo(1);
        set(id, HvRegister.EXPLICIT_SUSPEND, 1);
        set(id, HvRegister.EXPLICIT_SUSPEND, 0);
        assertThat(signal()).as("not blocked any more").isEqualTo("none");
        set(id, HvRegister.DISPATCH_SUSPEND, 1);
        dispatch(id, 0);
        assertThat(output(0)).isEqualTo(HvDispatch.BLOCKED | (long) HvDispatch.SUSPEND << 32);
        set(id, HvRegister.DISPATCH_SUSPEND, 0);
        assertThat(get(id, HvRegister.ROOT_SIGNAL_COUNT)).isEqualTo(2);
    }

    @Test
    void aProcessorRunsInPlaceOfItsParents() {
        rootSchedules();
        listen();
        long id = active();
        set(id, HvRegister.EXPLICIT_SUSPEND, 0);
        rig.context(1).exit(VmExit.Kind.PAUSE, e -> { });
        rig.context(1).exit(VmExit.Kind.IO, e -> {
            e.port = 0x3F8;
            e.size = 1;
        });
        long before = rig.vp(0).exits();
        dispatch(id, 0);
        again();
        assertThat(answer()).isEqualTo(HvStatus.SUCCESS);
        assertThat(output(0)).isEqualTo(HvDispatch.READY | (long) HvDispatch.INTERCEPT << 32);
        assertThat(rig.context(1).exits).as("both were played").isEmpty();
        assertThat(rig.vp(0).exits()).as("the caller ran once for its answer, and halted").isEqualTo(before + 2);
        assertThat(signal()).as("the call's answer says it").isEqualTo("none");
        // the same again while the intercept is not answered, then answered with the call; then it halts
        dispatch(id, 0);
        assertThat(output(0)).isEqualTo(HvDispatch.READY | (long) HvDispatch.INTERCEPT << 32);
        rig.context(1).exit(VmExit.Kind.HLT, e -> { });
        rig.vp(0).scheduling().activate();
        dispatch(id, HvDispatch.CLEAR_INTERCEPT_SUSPEND);
        again();
        assertThat(output(0)).isEqualTo(HvDispatch.BLOCKED);
        assertThat(signal()).isEqualTo("none");
        set(id, HvRegister.APIC_REGISTERS + 0xF, 0x1FF);
        rig.rig.hypervisor.partitions().get(id).processors().get(0).apic().accept(0x55, false);
        assertThat(signal()).as("what it waited for has come").isEqualTo("80000101 0 of " + id + " 1");
    }

    /** A message that its parent asked for is an intercept, though nobody runs the processor: whoever waits for a signal hears of it. */
    @Test
    void aProcessorThatIsInterceptedWhileItIsBlockedIsToldOf() {
        rootSchedules();
        listen();
        long id = active(HvPrivilege.CHILD);
        VirtualProcessor child = rig.rig.hypervisor.partitions().get(id).processors().get(0);
        child.synic().setControl(1);
        assertThat(child.synic().setMessagePage(0x1000 | 1)).isTrue();
        dispatch(id, 0);
        assertThat(output(0)).isEqualTo(HvDispatch.BLOCKED | (long) HvDispatch.SUSPEND << 32);
        set(id, HvRegister.DELIVERABILITY_NOTIFICATIONS, 1L << HvRegister.DELIVERABLE_SINTS_SHIFT + 2);
        assertThat(signal()).isEqualTo("80000101 0 of " + id + " 1");
        assertThat(get(id, HvRegister.ROOT_SIGNAL_COUNT)).isEqualTo(1);
        dispatch(id, 0);
        assertThat(output(0)).isEqualTo(HvDispatch.READY | (long) HvDispatch.INTERCEPT << 32);
        // the same of one that is not to be told of: it is when it may be
        dispatch(id, HvDispatch.CLEAR_INTERCEPT_SUSPEND);
        assertThat(output(0)).isEqualTo(HvDispatch.BLOCKED | (long) HvDispatch.SUSPEND << 32);
        set(id, HvRegister.DISPATCH_SUSPEND, 1);
        set(id, HvRegister.DELIVERABILITY_NOTIFICATIONS, 1L << HvRegister.DELIVERABLE_SINTS_SHIFT + 2);
        assertThat(signal()).isEqualTo("none");
        set(id, HvRegister.DISPATCH_SUSPEND, 0);
        assertThat(signal()).isEqualTo("80000101 0 of " + id + " 1");
        assertThat(get(id, HvRegister.ROOT_SIGNAL_COUNT)).isEqualTo(2);
    }

    @Test
    void aCallThatWasUnderWayIsOverWhateverCameOfIt() {
        rootSchedules();
        long id = active();
        set(id, HvRegister.EXPLICIT_SUSPEND, 0);
        dispatch(id, 0);
        assertThat(call(HvCallCode.DELETE_VP, id, 0)).isEqualTo(HvStatus.SUCCESS);
        dispatch(id, 0);
        assertThat(answer()).as("the same call, which is executed again").isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(call(HvCallCode.CREATE_VP, id, 0)).isEqualTo(HvStatus.SUCCESS);
        set(id, HvRegister.EXPLICIT_SUSPEND, 0);
        dispatch(id, 0);
        assertThat(rig.rig.hypervisor.partitions().get(id).processors().get(0).scheduling().dispatch().dispatched()).as("another call, which is not the answer to that one").isTrue();
    }

    @Test
    void aProcessorThatAnotherOneHasTakenOverIsItsToRun() {
        rootSchedules();
        long id = active();
        set(id, HvRegister.EXPLICIT_SUSPEND, 0);
        assertThat(call(HvCallCode.ADD_LOGICAL_PROCESSOR, 1 | 1L << 32)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.CREATE_VP, SELF, 1, 0, 0, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.rig.winHv.setVpRegisters(root.id(), 0, new int[] {HvRegister.APIC_REGISTERS + 0xF}, new HvRegisterValue[] {HvRegisterValue.of(0x1FF)})).isEqualTo(HvStatus.SUCCESS);
        dispatch(id, 0);
        rig.vp(0).apic().accept(0x44, false);
        assertThat(rig.vp(0).scheduling().dispatch().runner()).as("an interrupt of the caller's").isSameAs(rig.vp(0));
        rig.call(rig.vp(1), HvCallCode.DISPATCH_VP, HypercallRig.INPUT, HypercallRig.OUTPUT);
        dispatch(id, 0);
        assertThat(answer()).isEqualTo(HvStatus.SUCCESS);
        assertThat(output(0)).as("it has run, and can go on").isEqualTo(HvDispatch.READY);
        dispatch(id, 0);
        assertThat(answer()).as("where it is now").isEqualTo(HvStatus.INVALID_VP_STATE);
    }

    @Test
    void anInterruptOfTheCallersEndsTheCall() {
        rootSchedules();
        long id = active();
        set(id, HvRegister.EXPLICIT_SUSPEND, 0);
        assertThat(rig.rig.winHv.setVpRegisters(root.id(), 0, new int[] {HvRegister.APIC_REGISTERS + 0xF}, new HvRegisterValue[] {HvRegisterValue.of(0x1FF)})).isEqualTo(HvStatus.SUCCESS);
        rig.vp(0).apic().accept(0x44, false);
        dispatch(id, 0);
        again();
        assertThat(output(0)).isEqualTo(HvDispatch.READY);
        assertThat(answer()).isEqualTo(HvStatus.SUCCESS);
    }

    @Test
    void onlyThoseAreDispatchedThatAreTheCallersToRun() {
        long id = active();
        dispatch(id, 0);
        assertThat(answer()).as("the hypervisor schedules it").isEqualTo(HvStatus.OPERATION_DENIED);
        dispatch(root.id(), 0);
        assertThat(answer()).isEqualTo(HvStatus.OPERATION_DENIED);
        dispatch(77, 0);
        assertThat(answer()).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(call(HvCallCode.FINALIZE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(repeat(HvCallCode.WITHDRAW_MEMORY, 100, id, 0)).isEqualTo(HvStatus.NO_RESOURCES);
        assertThat(call(HvCallCode.DELETE_PARTITION, id)).isEqualTo(HvStatus.SUCCESS);
        rootSchedules();
        long other = active();
        rig.input(other, 5, 0, 0);
        rig.slow(HvCallCode.DISPATCH_VP);
        assertThat(answer()).isEqualTo(HvStatus.INVALID_VP_INDEX);
        dispatch(other, 0x100);
        assertThat(answer()).as("no such flag").isEqualTo(HvStatus.INVALID_PARAMETER);
    }
}
