package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.guest.SyntheticMsrs;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.hypervisor.partition.Connections;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvMsr;
import dev.hv.core.tlfs.HvPort;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvTranslation;
import dev.hv.core.tlfs.VpStop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import java.util.Set;

/** The calls of a parent: arguments, privileges and life cycle; every wrong call gets the status that the TLFS names. */
class HypercallsTest {

    private static final long INPUT = 0x300_0000;
    private static final long OUTPUT = 0x300_1000;
    private static final long FREE = 0x100;

    private final FakeBackend backend = new FakeBackend();
    private final Rig rig = new Rig().start(memory -> backend);
    private final RootEntrance root = rig.hypervisor.connectRoot(rig.hypervisor.partitions().get(Partition.ROOT).services());
    private int completed;

    @AfterEach
    void close() {
        rig.memory.close();
    }

    /** Makes a call with quadwords as input. */
    private HvStatus call(int code, int count, long... input) {
        for (int i = 0; i < input.length; i++) {
            rig.memory.write(INPUT + 8L * i, 8, input[i]);
        }
        long result = root.call(code | (long) count << 32, INPUT, OUTPUT);
        completed = (int) (result >>> 32) & 0xFFF;
        return HvStatus.of((int) result & 0xFFFF);
    }

    private long answer() {
        return rig.memory.read(OUTPUT, 8);
    }

    private long created() {
        assertThat(call(HvCallCode.CREATE_PARTITION, 0, 0, 0, 0, 0, 0, 0, 0)).isEqualTo(HvStatus.SUCCESS);
        return answer();
    }

    /** Deposits pages from a number on. */
    private HvStatus deposit(long id, long gpn, int count) {
        long[] input = new long[1 + count];
        input[0] = id;
        for (int i = 0; i < count; i++) {
            input[1 + i] = gpn + i;
        }
        return call(HvCallCode.DEPOSIT_MEMORY, count, input);
    }

    private HvStatus initialize(long id) {
        return call(HvCallCode.INITIALIZE_PARTITION, 0, id);
    }

    private HvStatus map(long id, long gpn, int flags, long... sources) {
        long[] input = new long[3 + sources.length];
        input[0] = id;
        input[1] = gpn;
        input[2] = flags & 0xFFFF_FFFFL;
        System.arraycopy(sources, 0, input, 3, sources.length);
        return call(HvCallCode.MAP_GPA_PAGES, sources.length, input);
    }

    private HvStatus createVp(long id, int index) {
        return call(HvCallCode.CREATE_VP, 0, id, index & 0xFFFF_FFFFL, 0, 0, 0);
    }

    private HvStatus set(long id, int vp, int name, long low, long high) {
        return call(HvCallCode.SET_VP_REGISTERS, 1, id, vp, name, 0, low, high);
    }

    private HvStatus get(long id, int vp, int name) {
        return call(HvCallCode.GET_VP_REGISTERS, 1, id, vp, name);
    }

    private long active() {
        long id = created();
        assertThat(deposit(id, FREE, 16)).isEqualTo(HvStatus.SUCCESS);
        assertThat(initialize(id)).isEqualTo(HvStatus.SUCCESS);
        return id;
    }

    @Test
    void idsAreUniqueAndNeverTheRoots() {
        assertThat(created()).isEqualTo(2);
        assertThat(created()).isEqualTo(3);
    }

    @Test
    void creationChecksItsFlags() {
        assertThat(call(HvCallCode.CREATE_PARTITION, 0, 1L << 40, 0, 0, 0, 0, 0, 0)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(call(HvCallCode.CREATE_PARTITION, 0, 0, 0, 0, 0, 0, 0, 1)).as("isolation").isEqualTo(HvStatus.FEATURE_UNAVAILABLE);
    }

    @Test
    void privilegesOfTheCallersPartitionCount() {
        long id = active();
        Partition p = rig.hypervisor.partitions().get(Partition.ROOT);
        p.setPrivileges(HvPrivilege.CHILD);
        assertThat(call(HvCallCode.CREATE_PARTITION, 0, 0, 0, 0, 0, 0, 0, 0)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(createVp(id, 0)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(map(id, 0, HvMapFlags.ALL, 0x200)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(deposit(id, 0x180, 1)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(call(HvCallCode.FINALIZE_PARTITION, 0, id)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(get(id, 0, HvRegister.RIP)).as("somebody else's registers").isEqualTo(HvStatus.INVALID_PARTITION_ID);
    }

    @Test
    void unknownPartitionsAndTheRootAreRefused() {
        assertThat(initialize(99)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(createVp(99, 0)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(call(HvCallCode.FINALIZE_PARTITION, 0, Partition.ROOT)).isEqualTo(HvStatus.OPERATION_DENIED);
        assertThat(call(HvCallCode.UNMAP_GPA_PAGES, 1, Partition.ROOT, 0, 0)).isEqualTo(HvStatus.OPERATION_DENIED);
    }

    @Test
    void onlyTheParentManagesAPartition() {
        long a = active();
        Partition child = rig.hypervisor.partitions().get(a);
        Partition grandchild = rig.hypervisor.partitions().create(child, false, Set.of());
        assertThat(grandchild.parent()).isEqualTo(a);
        assertThat(call(HvCallCode.FINALIZE_PARTITION, 0, grandchild.id())).isEqualTo(HvStatus.INVALID_PARTITION_ID);
    }

    @Test
    void initializationNeedsADeposit() {
        long id = created();
        assertThat(initialize(id)).isEqualTo(HvStatus.INSUFFICIENT_MEMORY);
        deposit(id, FREE, 1);
        assertThat(initialize(id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(initialize(id)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(rig.hypervisor.partitions().get(id).pool().used()).isEqualTo(1);
    }

    @Test
    void depositsMustBeTheRootsOwnUnmappedPages() {
        long id = active();
        assertThat(deposit(id, FREE, 1)).as("given already").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(deposit(id, (64 << 20 >>> 12) - 1, 1)).as("the hypervisor's").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(deposit(id, 64 << 20 >>> 12, 1)).as("no memory").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(deposit(id, -1, 1)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(deposit(id, (1L << 52) + 272, 1)).as("a number that an address could not hold").isEqualTo(HvStatus.INVALID_PARAMETER);
        map(id, 0, HvMapFlags.ALL, 0x201);
        assertThat(deposit(id, 0x200, 3)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(completed).isEqualTo(1);
    }

    @Test
    void depositsOfPagesThatCannotBeTakeNone() {
        long id = active();
        // page numbers whose address has more than 64 bits would be other pages
        for (long gpn : new long[] {-1, Long.MIN_VALUE, 1L << 36, (1L << 52) + FREE + 16, (1L << 52) - 1, -(1L << 52) + FREE + 16, Long.MAX_VALUE}) {
            assertThat(deposit(id, gpn, 1)).as("%x", gpn).isEqualTo(HvStatus.INVALID_PARAMETER);
            assertThat(completed).isZero();
        }
        assertThat(deposit(id, FREE + 16, 1)).as("still the root's").isEqualTo(HvStatus.SUCCESS);
    }

    /** The root's driver gives pages from its free memory; one of them cannot be given, since it is mapped. */
    @Test
    void whatTheHypervisorDoesNotTakeOfADepositIsTheRootsAgain() {
        long id = rig.winHv.createPartition().value();
        long before = rig.frames.available();
        long next = rig.frames.take(1, 1);
        rig.frames.release(next, 1);
        assertThat(map(id, 0, HvMapFlags.ALL, next + 3)).isEqualTo(HvStatus.SUCCESS);
        while (rig.hypervisor.partitions().get(id).pool().take() >= 0) {
            // until a call needs a deposit
        }
        assertThat(rig.winHv.createVp(id, 0)).as("the fourth page of the deposit is mapped").isEqualTo(HvStatus.INSUFFICIENT_MEMORY);
        assertThat(rig.frames.available()).as("three pages were taken").isEqualTo(before - 3);
    }

    @Test
    void nothingIsLeftOfAPartitionThatCannotBeMade() {
        long other = active();
        long next = rig.frames.take(1, 1);
        rig.frames.release(next, 1);
        long before = rig.frames.available();
        assertThat(map(other, 0, HvMapFlags.ALL, next)).isEqualTo(HvStatus.SUCCESS);
        int partitions = rig.hypervisor.partitions().all().size();
        assertThat(rig.winHv.createPartition().status()).isEqualTo(HvStatus.INSUFFICIENT_MEMORY);
        assertThat(rig.hypervisor.partitions().all()).hasSize(partitions);
        assertThat(rig.frames.available()).isEqualTo(before);
    }

    @Test
    void theReserveOfAPoolCannotBeWithdrawn() {
        var child = rig.child(1 << 20, HvPrivilege.CHILD);
        Partition p = rig.hypervisor.partitions().get(child.id);
        int withdrawn = 0;
        while (call(HvCallCode.WITHDRAW_MEMORY, 1, child.id, 0).ok()) {
            withdrawn++;
        }
        assertThat(withdrawn).isPositive();
        assertThat(call(HvCallCode.WITHDRAW_MEMORY, 1, child.id, 0)).isEqualTo(HvStatus.NO_RESOURCES);
        // every overlay in 512 GiB of its own: three tables each
        VirtualProcessor vp = p.processors().get(0);
        SyntheticMsrs.write(vp, HvMsr.GUEST_OS_ID, 1);
        int i = 1;
        for (int msr : new int[] {HvMsr.HYPERCALL, HvMsr.REFERENCE_TSC, HvMsr.SIMP, HvMsr.SIEFP, HvMsr.VP_ASSIST_PAGE}) {
            assertThat(SyntheticMsrs.write(vp, msr, (long) i++ << 39 | 1)).as("%x", msr).isTrue();
        }
        assertThat(rig.winHv.deletePartition(child.id)).as("what remains comes back").isEqualTo(HvStatus.SUCCESS);
        assertThat(p.pool().used()).isZero();
    }

    @Test
    void aProcessorThatGoesAwayTakesItsReserveWithIt() {
        var child = rig.child(1 << 20, HvPrivilege.CHILD);
        PagePool pool = rig.hypervisor.partitions().get(child.id).pool();
        assertThat(rig.winHv.createVp(child.id, 1)).isEqualTo(HvStatus.SUCCESS);
        int before = pool.available();
        for (int i = 0; i < 3; i++) {
            assertThat(rig.winHv.deleteVp(child.id, 1)).isEqualTo(HvStatus.SUCCESS);
            assertThat(createVp(child.id, 1)).as("without a deposit").isEqualTo(HvStatus.SUCCESS);
            assertThat(pool.available()).isEqualTo(before);
        }
    }

    @Test
    void withItsLastProcessorAPartitionForgetsItsSystem() {
        var child = rig.child(1 << 20, HvPrivilege.CHILD);
        Partition p = rig.hypervisor.partitions().get(child.id);
        VirtualProcessor first = p.processors().get(0);
        int available = p.pool().available();
        long used = p.pool().used();
        SyntheticMsrs.write(first, HvMsr.GUEST_OS_ID, 1);
        assertThat(SyntheticMsrs.write(first, HvMsr.HYPERCALL, 0x10_0001)).isTrue();
        assertThat(SyntheticMsrs.write(first, HvMsr.SIMP, 0x11_0001)).isTrue();
        assertThat(p.hypercallsEnabled()).isTrue();
        first.fail(VpStop.Reason.UNRECOVERABLE_EXCEPTION, "triple fault");
        assertThat(createVp(child.id, 1)).as("a partition that has stopped").isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(rig.winHv.deleteVp(child.id, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(p.stopped()).isNull();
        assertThat(rig.winHv.createVp(child.id, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(p.hypercallsEnabled()).isFalse();
        assertThat(SyntheticMsrs.write(p.processors().get(0), HvMsr.HYPERCALL, 0x10_0001)).as("without an identity").isTrue();
        assertThat(p.hypercallsEnabled()).isFalse();
        assertThat(p.pool().used()).isEqualTo(used);
        assertThat(p.pool().available()).isGreaterThanOrEqualTo(available);
        // whatever still reaches the old one, it is never ready again
        assertThat(rig.winHv.startVp(child.id, 0)).isEqualTo(HvStatus.SUCCESS);
        first.apic().accept(0x40, false);
        first.scheduling().setSuspended(false);
        rig.machine.run(new RunLimits(Long.MAX_VALUE, 1000));
        assertThat(first.exits()).isZero();
    }

    @Test
    void mappingChecksItsArguments() {
        long id = active();
        long other = created();
        assertThat(map(other, 0, HvMapFlags.ALL, 0x200)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(map(id, -1, HvMapFlags.ALL, 0x200)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(id, 0, HvMapFlags.ALL, -1)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(id, (1L << 36) - 1, HvMapFlags.ALL, 0x200, 0x201)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(completed).isEqualTo(1);
        assertThat(map(id, 0, 0x100, 0x200)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(id, 0, HvMapFlags.WRITABLE, 0x200)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(id, 0, HvMapFlags.ALL, FREE)).as("a deposited page").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(map(id, 0, HvMapFlags.ALL, 0x200, 0x201, 0x202, 0x203)).isEqualTo(HvStatus.SUCCESS);
        assertThat(map(id, 0x200, HvMapFlags.ALL | HvMapFlags.LARGE, 0x401)).as("no run of 2 MiB begins there").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(map(id, 0x200, HvMapFlags.ALL | HvMapFlags.LARGE, 0x400)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.hypervisor.partitions().get(id).space().translate(0x3FF_000, HvMapFlags.WRITABLE)).isEqualTo(0x5FF_000);
        assertThat(call(HvCallCode.UNMAP_GPA_PAGES, 1, id, 0x200, HvMapFlags.LARGE & 0xFFFF_FFFFL)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.hypervisor.partitions().get(id).space().translate(0x3FF_000, HvMapFlags.READABLE)).isNegative();
    }

    @Test
    void virtualProcessorsHaveLimitsAndAStateToBeIn() {
        long id = created();
        deposit(id, FREE, 16);
        assertThat(createVp(id, 0)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        initialize(id);
        assertThat(createVp(id, -1)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(createVp(id, 64)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(createVp(id, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(createVp(id, 0)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(createVp(id, 63)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.DELETE_VP, 0, id, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(call(HvCallCode.DELETE_VP, 0, id, 0)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(createVp(id, 0)).as("again").isEqualTo(HvStatus.SUCCESS);
    }

    @Test
    void registersAreCheckedByNameAndValue() {
        long id = active();
        createVp(id, 0);
        assertThat(get(id, 1, HvRegister.RIP)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(get(id, 0, 0x12345)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(set(id, 0, 0x12345, 0, 0)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(set(id, 0, HvRegister.RFLAGS, -1, 0)).isEqualTo(HvStatus.INVALID_REGISTER_VALUE);
        HvRegisterValue segment = HvRegisterValue.segment(8, 0x1000, -1, 0xA09B);
        assertThat(call(HvCallCode.SET_VP_REGISTERS, 2, id, 0, HvRegister.RBX, 0, 77, 0, HvRegister.CS, 0, segment.low(), segment.high()))
                .isEqualTo(HvStatus.SUCCESS);
        get(id, 0, HvRegister.RBX);
        assertThat(answer()).isEqualTo(77);
        get(id, 0, HvRegister.CS);
        assertThat(new HvRegisterValue(answer(), rig.memory.read(OUTPUT + 8, 8))).isEqualTo(new HvRegisterValue(0x1000, 0xA09B_0008_FFFF_FFFFL));
        get(id, 0, HvRegister.EXPLICIT_SUSPEND);
        assertThat(answer()).isEqualTo(1);
    }

    private long translate(long id, long address, long flags) {
        assertThat(call(HvCallCode.TRANSLATE_VIRTUAL_ADDRESS, 0, id, 0, flags, address >>> 12)).isEqualTo(HvStatus.SUCCESS);
        return answer();
    }

    @Test
    void linearAddressesAreTranslatedByTheGuestsOwnTables() {
        long id = active();
        createVp(id, 0);
        for (int i = 0; i < 16; i++) {
            map(id, i, HvMapFlags.ALL, 0x200 + i);
        }
        long tables = 0x20_0000;
        // directory at 0x1000: page table at 0x2000 for the first 4 MiB, one without memory behind it
        rig.memory.write(tables + 0x1000, 4, 0x2007);
        rig.memory.write(tables + 0x1004, 4, 0x80_0007);
        rig.memory.write(tables + 0x2000 + 4 * 5, 4, 0x7001);
        rig.memory.write(tables + 0x2000 + 4 * 6, 4, 0x9_9003);
        set(id, 0, HvRegister.CR3, 0x1000, 0);
        set(id, 0, HvRegister.CR0, 0x8001_0031L, 0);
        assertThat(translate(id, 0x5123, HvTranslation.VALIDATE_READ)).isZero();
        assertThat(rig.memory.read(OUTPUT + 8, 8)).isEqualTo(7);
        assertThat(rig.memory.read(tables + 0x2000 + 4 * 5, 4)).as("no accessed bit").isEqualTo(0x7001);
        assertThat(translate(id, 0x5123, HvTranslation.VALIDATE_READ | HvTranslation.SET_PAGE_TABLE_BITS)).isZero();
        assertThat(rig.memory.read(tables + 0x2000 + 4 * 5, 4)).isEqualTo(0x7021);
        assertThat(translate(id, 0x5000, HvTranslation.VALIDATE_WRITE)).isEqualTo(HvTranslation.PRIVILEGE_VIOLATION);
        assertThat(translate(id, 0x5000, HvTranslation.VALIDATE_READ | HvTranslation.USER_ACCESS)).isEqualTo(HvTranslation.PRIVILEGE_VIOLATION);
        assertThat(translate(id, 0x4000, HvTranslation.VALIDATE_READ)).isEqualTo(HvTranslation.PAGE_NOT_PRESENT);
        assertThat(translate(id, 0x6000, HvTranslation.VALIDATE_READ | HvTranslation.VALIDATE_WRITE)).as("a device's page").isZero();
        assertThat(rig.memory.read(OUTPUT + 8, 8)).isEqualTo(0x99);
        assertThat(translate(id, 0x40_0000, HvTranslation.VALIDATE_READ)).as("the table").isEqualTo(HvTranslation.GPA_UNMAPPED);
        assertThat(rig.memory.read(OUTPUT + 8, 8)).isZero();
        // a table that the guest can only read, as its owner has it, and one that it cannot even read
        rig.memory.write(tables + 0x2000 + 4 * 5, 4, 0x7001);
        map(id, 2, HvMapFlags.READABLE, 0x202);
        assertThat(translate(id, 0x5123, HvTranslation.VALIDATE_READ)).isZero();
        assertThat(translate(id, 0x5123, HvTranslation.VALIDATE_READ | HvTranslation.SET_PAGE_TABLE_BITS)).isEqualTo(HvTranslation.GPA_NO_WRITE_ACCESS);
        assertThat(rig.memory.read(OUTPUT + 8, 8)).isZero();
        assertThat(rig.memory.read(tables + 0x2000 + 4 * 5, 4)).isEqualTo(0x7001);
        map(id, 2, HvMapFlags.NO_ACCESS, 0);
        assertThat(translate(id, 0x5123, HvTranslation.VALIDATE_READ)).isEqualTo(HvTranslation.GPA_NO_READ_ACCESS);
    }

    /** Input of HvCallCreatePort and HvCallConnectPort. */
    private HvStatus createPort(long owner, int id, long peer, int type, int sint, int base, int flags) {
        return call(HvCallCode.CREATE_PORT, 0, owner, id, peer, type, sint, base | (long) flags << 16, 0);
    }

    private HvStatus connect(long from, int connection, long owner, int port, int type) {
        return call(HvCallCode.CONNECT_PORT, 0, from, connection, owner, port, type, 0, 0, 0, 0);
    }

    @Test
    void portsAndConnectionsAreObjectsWithIds() {
        long id = active();
        long other = created();
        long root = Partition.ROOT;
        assertThat(createPort(root, 0, id, HvPort.EVENT, 2, 0, 1)).as("id 0").isEqualTo(HvStatus.INVALID_PORT_ID);
        assertThat(createPort(root, 1 << 24, id, HvPort.EVENT, 2, 0, 1)).isEqualTo(HvStatus.INVALID_PORT_ID);
        assertThat(createPort(root, 7, 99, HvPort.EVENT, 2, 0, 1)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(createPort(root, 7, id, 9, 2, 0, 1)).as("type").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(createPort(root, 7, id, HvPort.EVENT, 16, 0, 1)).as("source").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(createPort(root, 7, id, HvPort.EVENT, 2, 2000, 100)).as("flags").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(createPort(root, 7, id, HvPort.EVENT, 2, 0, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(createPort(root, 7, id, HvPort.EVENT, 2, 0, 1)).as("again").isEqualTo(HvStatus.INVALID_PORT_ID);
        assertThat(connect(id, 3, root, 8, HvPort.EVENT)).isEqualTo(HvStatus.INVALID_PORT_ID);
        assertThat(connect(other, 3, root, 7, HvPort.EVENT)).as("somebody else's").isEqualTo(HvStatus.INVALID_PORT_ID);
        assertThat(connect(id, 3, root, 7, HvPort.MESSAGE)).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(connect(id, 3, root, 7, HvPort.EVENT)).isEqualTo(HvStatus.SUCCESS);
        assertThat(connect(id, 3, root, 7, HvPort.EVENT)).isEqualTo(HvStatus.OBJECT_IN_USE);
        Connections connections = rig.hypervisor.partitions().get(id).connections();
        assertThat(connections.signal(3, 1)).as("flag of another port").isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(call(HvCallCode.DELETE_PORT, 0, root, 7)).isEqualTo(HvStatus.SUCCESS);
        assertThat(connections.signal(3, 0)).as("the port is gone").isEqualTo(HvStatus.INVALID_PORT_ID);
        assertThat(call(HvCallCode.DISCONNECT_PORT, 0, id, 3)).isEqualTo(HvStatus.SUCCESS);
        assertThat(connections.signal(3, 0)).isEqualTo(HvStatus.INVALID_CONNECTION_ID);
    }

    @Test
    void aFinalizedPartitionGivesItsPagesBackAndCanBeDeleted() {
        long before = rig.frames.available();
        long id = rig.winHv.createPartition().value();
        rig.winHv.createVp(id, 0);
        rig.winHv.mapGpaPages(id, 0, 0x200, 600, HvMapFlags.ALL);
        rig.winHv.createEventPort(id, 5, () -> HvStatus.SUCCESS);
        assertThat(rig.frames.available()).isLessThan(before);
        assertThat(call(HvCallCode.DELETE_PARTITION, 0, id)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(rig.winHv.deletePartition(id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.frames.available()).isEqualTo(before);
        assertThat(rig.winHv.createVp(id, 0)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(backend.contexts.getFirst().calls).contains("delete");
        assertThat(rig.hypervisor.partitions().get(Partition.ROOT).ports()).isEmpty();
    }

    @Test
    void aCallMadeWhileAnotherIsUnderWayHasItsOwnParameters() {
        long id = active();
        createVp(id, 0);
        // a message to the root's port: its listener asks for a register before it answers
        HvRegisterValue[] seen = new HvRegisterValue[1];
        rig.winHv.setVpRegisters(id, 0, new int[] {HvRegister.RBX}, new HvRegisterValue[] {HvRegisterValue.of(0x77)});
        rig.winHv.createMessagePort(id, 9, (vp, type, payload, length) -> {
            rig.winHv.getVpRegister(id, 0, HvRegister.RBX, seen);
            return payload[0] == 0x5A && length == 3 && type == 4 ? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER;
        });
        assertThat(rig.hypervisor.partitions().get(id).connections().post(9, 0, 4, new byte[] {0x5A, 1, 2}, 3)).isEqualTo(HvStatus.SUCCESS);
        assertThat(seen[0].low()).isEqualTo(0x77);
    }
}
