package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import org.junit.jupiter.api.Test;

/** Arguments, privileges and life cycle: every wrong call gets the status that the TLFS names. */
class HypercallsTest {

    private final FakeBackend backend = new FakeBackend();
    private final Rig rig = new Rig().start(backend);
    private final Hypercalls calls = rig.hypervisor.rootCalls();

    private long created() {
        return calls.createPartition().value();
    }

    private long active() {
        long id = created();
        assertThat(calls.depositMemory(id, 0x100, 16)).isEqualTo(HvResult.success(16));
        assertThat(calls.initializePartition(id)).isEqualTo(HvStatus.SUCCESS);
        return id;
    }

    @Test
    void idsAreUniqueAndNeverTheRoots() {
        assertThat(created()).isEqualTo(2);
        assertThat(created()).isEqualTo(3);
    }

    @Test
    void aChildMayNotManagePartitions() {
        long id = created();
        var child = new Hypercalls(rig.hypervisor, rig.hypervisor.partitions().get(id));
        assertThat(child.createPartition().status()).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(child.createVp(id, 0)).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(child.mapGpaPages(id, 0, 0x200, 1, HvMapFlags.ALL).status()).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(child.depositMemory(id, 0x100, 1).status()).isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(child.finalizePartition(id)).isEqualTo(HvStatus.ACCESS_DENIED);
    }

    @Test
    void unknownPartitionsAndTheRootAreRefused() {
        assertThat(calls.initializePartition(99)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(calls.createVp(99, 0)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(calls.finalizePartition(Partition.ROOT)).isEqualTo(HvStatus.OPERATION_DENIED);
        assertThat(calls.unmapGpaPages(Partition.ROOT, 0, 1)).isEqualTo(HvStatus.OPERATION_DENIED);
    }

    @Test
    void initializationNeedsADeposit() {
        long id = created();
        assertThat(calls.initializePartition(id)).isEqualTo(HvStatus.INSUFFICIENT_MEMORY);
        calls.depositMemory(id, 0x100, 1);
        assertThat(calls.initializePartition(id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(calls.initializePartition(id)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(calls.pagesInUse(id)).isEqualTo(HvResult.success(1));
    }

    @Test
    void depositsMustBeTheRootsOwnUnmappedPages() {
        long id = active();
        assertThat(calls.depositMemory(id, 0x100, 1)).as("given already").isEqualTo(new HvResult(HvStatus.ACCESS_DENIED, 0));
        assertThat(calls.depositMemory(id, (64 << 20 >>> 12) - 1, 1).status()).as("the hypervisor's").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(calls.depositMemory(id, 64 << 20 >>> 12, 1).status()).as("no memory").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(calls.depositMemory(id, -1, 1).status()).isEqualTo(HvStatus.ACCESS_DENIED);
        calls.mapGpaPages(id, 0, 0x201, 1, HvMapFlags.ALL);
        assertThat(calls.depositMemory(id, 0x200, 3)).isEqualTo(new HvResult(HvStatus.ACCESS_DENIED, 1));
    }

    @Test
    void mappingChecksItsArguments() {
        long id = active();
        long other = created();
        assertThat(calls.mapGpaPages(other, 0, 0x200, 1, HvMapFlags.ALL).status()).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(calls.mapGpaPages(id, -1, 0x200, 1, HvMapFlags.ALL).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(calls.mapGpaPages(id, 0, -1, 1, HvMapFlags.ALL).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(calls.mapGpaPages(id, 0, 0x200, -1, HvMapFlags.ALL).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(calls.mapGpaPages(id, (1L << 36) - 1, 0x200, 2, HvMapFlags.ALL).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(calls.mapGpaPages(id, 1, 0x200, Long.MAX_VALUE, HvMapFlags.ALL).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(calls.mapGpaPages(id, 0, 0x200, 1, 0x100).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(calls.mapGpaPages(id, 0, 0x200, 1, HvMapFlags.WRITABLE).status()).isEqualTo(HvStatus.INVALID_PARAMETER);
        assertThat(calls.mapGpaPages(id, 0, 0x100, 1, HvMapFlags.ALL).status()).as("a deposited page").isEqualTo(HvStatus.ACCESS_DENIED);
        assertThat(calls.mapGpaPages(id, 0, 0x200, 4, HvMapFlags.ALL)).isEqualTo(HvResult.success(4));
    }

    @Test
    void virtualProcessorsHaveLimitsAndAStateToBeIn() {
        long id = created();
        calls.depositMemory(id, 0x100, 16);
        assertThat(calls.createVp(id, 0)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        calls.initializePartition(id);
        assertThat(calls.createVp(id, -1)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(calls.createVp(id, 64)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(calls.createVp(id, 0)).isEqualTo(HvStatus.SUCCESS);
        assertThat(calls.createVp(id, 0)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(calls.createVp(id, 63)).isEqualTo(HvStatus.SUCCESS);
    }

    @Test
    void registersAreCheckedByNameAndValue() {
        long id = active();
        calls.createVp(id, 0);
        HvRegisterValue[] v = new HvRegisterValue[1];
        assertThat(calls.getVpRegister(id, 1, HvRegister.RIP, v)).isEqualTo(HvStatus.INVALID_VP_INDEX);
        assertThat(calls.getVpRegister(id, 0, 0x12345, v)).isEqualTo(HvStatus.UNKNOWN_REGISTER);
        assertThat(calls.setVpRegisters(id, 0, new int[] {0x12345}, new HvRegisterValue[] {HvRegisterValue.of(0)})).isEqualTo(HvStatus.UNKNOWN_REGISTER);
        assertThat(calls.setVpRegisters(id, 0, new int[] {HvRegister.RIP}, new HvRegisterValue[0])).isEqualTo(HvStatus.INVALID_HYPERCALL_INPUT);
        assertThat(calls.setVpRegisters(id, 0, new int[] {HvRegister.RFLAGS}, new HvRegisterValue[] {HvRegisterValue.of(-1)}))
                .isEqualTo(HvStatus.INVALID_REGISTER_VALUE);
        assertThat(calls.setVpRegisters(id, 0, new int[] {HvRegister.RBX, HvRegister.CS},
                new HvRegisterValue[] {HvRegisterValue.of(77), HvRegisterValue.segment(8, 0x1000, -1, 0xA09B)})).isEqualTo(HvStatus.SUCCESS);
        calls.getVpRegister(id, 0, HvRegister.RBX, v);
        assertThat(v[0].low()).isEqualTo(77);
        calls.getVpRegister(id, 0, HvRegister.CS, v);
        assertThat(v[0]).isEqualTo(new HvRegisterValue(0x1000, 0xA09B_0008_FFFF_FFFFL));
        calls.getVpRegister(id, 0, HvRegister.EXPLICIT_SUSPEND, v);
        assertThat(v[0].low()).isEqualTo(1);
    }

    @Test
    void aFinalizedPartitionGivesItsPagesBackAndCanBeDeleted() {
        long before = rig.frames.available();
        long id = rig.winHv.createPartition().value();
        rig.winHv.createVp(id, 0);
        rig.winHv.mapGpaPages(id, 0, 0x200, 600, HvMapFlags.ALL);
        assertThat(rig.frames.available()).isLessThan(before);
        assertThat(rig.hypervisor.rootCalls().deletePartition(id)).isEqualTo(HvStatus.INVALID_PARTITION_STATE);
        assertThat(rig.winHv.deletePartition(id)).isEqualTo(HvStatus.SUCCESS);
        assertThat(rig.frames.available()).isEqualTo(before);
        assertThat(rig.winHv.createVp(id, 0)).isEqualTo(HvStatus.INVALID_PARTITION_ID);
        assertThat(backend.contexts.getFirst().calls).contains("delete");
    }
}
