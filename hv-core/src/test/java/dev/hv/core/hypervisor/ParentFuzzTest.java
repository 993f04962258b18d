package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypervisor.calls.CallTable;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A hostile parent, as a child (L1VH) or in the root's place: any call of the table with any input, on partitions of its own and of others. Each has a status of the TLFS; what belongs to others stays as
 * it was, and when the parent ends, every page is back.
 */
class ParentFuzzTest {

    private static final int MOST_CALLS = 60;
    /** Quadwords of input that are not left at zero. */
    private static final int QUADS = 10;

    /** Where random inputs come from. */
    private interface Source {
        int below(int limit);

        long any();

        boolean more();
    }

    /**
     * A hostile guest makes calls.
     *
     * @param root it is in the root's place
     * @param schedules it runs the processors of its children itself
     */
    private static void attack(Source source, boolean root, boolean schedules) {
        try (var rig = new HypercallRig(1, root ? HvPrivilege.ROOT_GUEST : HvPrivilege.PARENT, 2)) {
            Partition parent = rig.partition;
            assertThat(rig.rig.winHv.setPartitionProperty(parent.id(), HvPartitionProperty.INTEGRATED_SCHEDULER, schedules ? 1 : 0)).isEqualTo(HvStatus.SUCCESS);
            Rig.Child other = rig.rig.child(1 << 20, HvPrivilege.CHILD);
            Partition bystander = rig.rig.hypervisor.partitions().get(other.id);
            assertThat(rig.rig.winHv.reserve(parent.id(), 16)).isEqualTo(HvStatus.SUCCESS);
            long used = bystander.pool().used();
            List<HypercallContract<Caller>> calls = CallTable.contracts(rig.rig.hypervisor.partitions());
            for (int n = 0; n < MOST_CALLS && source.more(); n++) {
                HypercallContract<Caller> call = calls.get(source.below(calls.size()));
                long[] input = new long[QUADS];
                for (int i = 0; i < QUADS; i++) {
                    input[i] = value(source, other.id);
                }
                rig.input(input);
                int count = call.repeats() ? 1 + source.below(40) : 0;
                int variable = call.variable() ? source.below(8) : 0;
                long control = HypercallRig.control(call.code(), variable, count, 0);
                int status = (int) rig.call(control, source.below(8) == 0 ? source.any() : HypercallRig.INPUT, source.below(8) == 0 ? source.any() : HypercallRig.OUTPUT) & 0xFFFF;
                assertThat(HvStatus.of(status)).isNotNull();
                // who would run next
                assertThat(rig.vp(0).scheduling().dispatch().runner()).isNotNull();
            }
            assertThat(bystander.state()).isEqualTo(Partition.State.ACTIVE);
            assertThat(bystander.processors()).hasSize(1);
            assertThat(bystander.pool().used()).isEqualTo(used);
            assertThat(rig.rig.winHv.deletePartition(parent.id())).isEqualTo(HvStatus.SUCCESS);
            rig.rig.vid.releaseMemory(parent.id());
            assertThat(rig.rig.winHv.deletePartition(other.id)).isEqualTo(HvStatus.SUCCESS);
            rig.rig.vid.releaseMemory(other.id);
            assertThat(rig.rig.hypervisor.partitions().all()).containsExactly(rig.rig.hypervisor.partitions().root());
            for (long page = 0; page < rig.rig.memory.size() >>> 12; page++) {
                assertThat(rig.rig.hypervisor.partitions().ownership().mappings(page << 12)).isIn(0, -1);
            }
        }
    }

    /** Mostly what means something: ids that are in use, small numbers, pages that are there. */
    private static long value(Source source, long other) {
        return switch (source.below(8)) {
            case 0 -> source.any();
            case 1 -> -1;
            case 2 -> other - 2 + source.below(8);
            case 3 -> 0x40 + source.below(0x200);
            case 4 -> 1L << source.below(64);
            case 5 -> source.below(16) | (long) source.below(16) << 32;
            default -> source.below(4);
        };
    }

    @FuzzTest
    void nothingCrossesABoundary(FuzzedDataProvider data) {
        attack(new Source() {
            @Override
            public int below(int limit) {
                return data.consumeInt(0, limit - 1);
            }

            @Override
            public long any() {
                return data.consumeLong();
            }

            @Override
            public boolean more() {
                return data.remainingBytes() > 0;
            }
        }, data.consumeBoolean(), data.consumeBoolean());
    }

    @Test
    void nothingCrossesABoundaryAtRandom() {
        var random = new Random(1313);
        for (int round = 0; round < 100; round++) {
            attack(new Source() {
                @Override
                public int below(int limit) {
                    return random.nextInt(limit);
                }

                @Override
                public long any() {
                    return random.nextLong();
                }

                @Override
                public boolean more() {
                    return true;
                }
            }, round % 2 == 1, round % 4 > 1);
        }
    }
}
