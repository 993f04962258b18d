package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypervisor.calls.CallTable;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.memory.LittleEndian;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A hostile parent, as a child (L1VH) or in the root's place, and a partition of its that is a parent, too, and as hostile: any call of the table with any input, on partitions of their own and of others.
 * Each has a status of the TLFS; what belongs to others stays as it was, and when the parent ends, every page is back.
 */
class ParentFuzzTest {

    private static final int MOST_CALLS = 60;
    /** Quadwords of input that are not left at zero. */
    private static final int QUADS = 10;
    /** Pages of the parent's that the partition below it has, in its pool and from its address 0 on. */
    private static final int PAGES = 64;
    private static final long POOL = 0x300;
    private static final long MEMORY = 0x340;
    /** Where that partition's hypercall page is. */
    private static final long CODE = 0x3F000;
    /** A page of the parent's that it has not, with something in it. */
    private static final long KEPT = 0x2F_0000;
    private static final byte[] MARK = {1, 2, 3, 4, 5, 6, 7, 8};

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
            assertThat(rig.rig.winHv.reserve(parent.id(), 32)).isEqualTo(HvStatus.SUCCESS);
            long used = bystander.pool().used();
            rig.rig.vid.memory(other.id).write(0, MARK, 0, MARK.length);
            VirtualProcessor second = below(rig);
            // what the second one has not been given stays as it is when nobody else does anything
            boolean alone = source.below(3) == 0;
            rig.bytes(KEPT, MARK);
            long privileges = parent.privileges();
            List<HypercallContract<Caller>> calls = CallTable.contracts(rig.rig.hypervisor.partitions());
            for (int n = 0; n < MOST_CALLS && source.more(); n++) {
                HypercallContract<Caller> call = calls.get(source.below(calls.size()));
                long[] input = new long[QUADS];
                for (int i = 0; i < QUADS; i++) {
                    input[i] = value(source, other.id);
                }
                VirtualProcessor caller = rig.vp(0);
                if (alone || source.below(2) == 0) {
                    Partition its = second.partition();
                    if (!its.processors().containsValue(second) || !its.hypercallsEnabled()) {
                        break;
                    }
                    caller = second;
                }
                long place = caller.space().translate(HypercallRig.INPUT, HvMapFlags.WRITABLE);
                for (int i = 0; i < QUADS && place >= 0; i++) {
                    rig.rig.memory.write(place + 8L * i, 8, input[i]);
                }
                int count = call.repeats() ? 1 + source.below(40) : 0;
                int variable = call.variable() ? source.below(8) : 0;
                long control = HypercallRig.control(call.code(), variable, count, 0);
                int status = (int) rig.call(caller, control, source.below(8) == 0 ? source.any() : HypercallRig.INPUT, source.below(8) == 0 ? source.any() : HypercallRig.OUTPUT) & 0xFFFF;
                assertThat(HvStatus.of(status)).isNotNull();
                // who would run next
                assertThat(rig.vp(0).scheduling().dispatch().runner()).isNotNull();
            }
            if (alone) {
                assertThat(rig.peek(KEPT)).isEqualTo(LittleEndian.u64(MARK, 0));
                assertThat(parent.state()).isEqualTo(Partition.State.ACTIVE);
                assertThat(parent.privileges()).isEqualTo(privileges);
                assertThat(parent.children()).contains(second.partition());
            }
            byte[] kept = new byte[MARK.length];
            assertThat(rig.rig.vid.memory(other.id).read(0, kept, 0, kept.length)).isTrue();
            assertThat(kept).isEqualTo(MARK);
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

    /** A partition of the parent's that may make partitions itself; its processor, which makes hypercalls. */
    private static VirtualProcessor below(HypercallRig rig) {
        made(rig, 0, HvCallCode.CREATE_PARTITION, HvPartitionProperty.CREATE_LAPIC);
        long id = rig.peek(HypercallRig.OUTPUT);
        made(rig, 0, HvCallCode.SET_PARTITION_PROPERTY, id, HvPartitionProperty.PRIVILEGE_FLAGS, HvPrivilege.PARENT);
        pages(rig, HvCallCode.DEPOSIT_MEMORY, POOL, id);
        made(rig, 0, HvCallCode.INITIALIZE_PARTITION, id);
        pages(rig, HvCallCode.MAP_GPA_PAGES, MEMORY, id, 0, HvMapFlags.ALL);
        made(rig, 0, HvCallCode.CREATE_VP, id, 0);
        made(rig, 1, HvCallCode.SET_VP_REGISTERS, id, 0, HvRegister.EXPLICIT_SUSPEND, 0, 0, 0);
        Partition p = rig.rig.hypervisor.partitions().get(id);
        p.guestInterface().setGuestOsId(1);
        assertThat(p.guestInterface().setHypercall(CODE | 1)).isTrue();
        rig.backend.contexts.forEach(c -> c.storesMode = true);
        return p.processors().get(0);
    }

    private static void pages(HypercallRig rig, int code, long first, long... head) {
        long[] input = Arrays.copyOf(head, head.length + PAGES);
        for (int i = 0; i < PAGES; i++) {
            input[head.length + i] = first + i;
        }
        made(rig, PAGES, code, input);
    }

    private static void made(HypercallRig rig, int count, int code, long... input) {
        rig.input(new long[QUADS]);
        rig.input(input);
        assertThat(HvStatus.of((int) rig.slow(HypercallRig.control(code, 0, count, 0)) & 0xFFFF)).as("%x", code).isEqualTo(HvStatus.SUCCESS);
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
