package dev.hv.core.machine.vtd;

import static dev.hv.core.machine.vtd.VtdRig.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.SeenInterrupts.Seen;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each reason for a refusal, how it is recorded, and the interrupt that tells of it. */
class FaultsTest {

    private static final int BEYOND = 64 << 20;

    /** What brings each reason about. */
    private enum Cause {
        ROOT_NOT_PRESENT(1, false, r -> r.memory.put(VtdRig.ROOT, 0, 0)),
        CONTEXT_NOT_PRESENT(2, true, r -> r.context(DEVICE, 0, 0)),
        CONTEXT_TYPE(3, true, r -> r.context(DEVICE, VtdRig.TABLES | 3 << 2 | 1, 2)),
        CONTEXT_DEVICE_CACHE(3, true, r -> r.context(DEVICE, VtdRig.TABLES | 1 << 2 | 1, 2)),
        CONTEXT_WIDTH_ZERO(3, true, r -> r.context(DEVICE, VtdRig.TABLES | 1, 0)),
        CONTEXT_WIDTH_LARGE(3, true, r -> r.context(DEVICE, VtdRig.TABLES | 1, 4)),
        BEYOND_WIDTH(4, true, r -> r.domain(DEVICE, 1, 3, VtdRig.TABLES)),
        NO_WRITE(5, true, r -> r.map(VtdRig.TABLES, 4, ADDRESS, 1, 0x1001)),
        TABLE_ACCESS(7, true, r -> r.domain(DEVICE, 1, 4, BEYOND)),
        ROOT_ACCESS(8, false, r -> {
            r.set64(0x20, BEYOND);
            r.command(1 << 30);
        }),
        CONTEXT_ACCESS(9, false, r -> r.memory.put(VtdRig.ROOT, BEYOND | 1, 0)),
        ROOT_RESERVED_LOW(0xA, false, r -> r.memory.put(VtdRig.ROOT, VtdRig.CONTEXTS | 3, 0)),
        ROOT_RESERVED_ADDRESS(0xA, false, r -> r.memory.put(VtdRig.ROOT, VtdRig.CONTEXTS | 1L << 46 | 1, 0)),
        ROOT_RESERVED_HIGH(0xA, false, r -> r.memory.put(VtdRig.ROOT, VtdRig.CONTEXTS | 1, 1)),
        CONTEXT_RESERVED_LOW(0xB, true, r -> r.context(DEVICE, VtdRig.TABLES | 1 << 4 | 1, 2)),
        CONTEXT_RESERVED_ADDRESS(0xB, true, r -> r.context(DEVICE, VtdRig.TABLES | 1L << 46 | 1, 2)),
        CONTEXT_RESERVED_HIGH(0xB, true, r -> r.context(DEVICE, VtdRig.TABLES | 1, 1 << 24 | 2)),
        TABLE_RESERVED(0xC, true, r -> r.map(VtdRig.TABLES, 4, ADDRESS, 1, 0x1003 | 1L << 62)),
        TABLE_RESERVED_ADDRESS(0xC, true, r -> r.map(VtdRig.TABLES, 4, ADDRESS, 1, 0x1003 | 1L << 46)),
        LARGE_PAGE_RESERVED(0xC, true, r -> r.map(VtdRig.TABLES, 4, ADDRESS, 2, 0x1083)),
        INTERRUPT_OUTPUT(0xE, true, r -> r.map(VtdRig.TABLES, 4, ADDRESS, 1, 0xFEE0_1003L));

        private final int code;
        private final boolean qualified;
        private final Consumer<VtdRig> cause;

        Cause(int code, boolean qualified, Consumer<VtdRig> cause) {
            this.code = code;
            this.qualified = qualified;
            this.cause = cause;
        }
    }

    private static final long ADDRESS = 1L << 39 | 0x1234;

    private static VtdRig rig() {
        var rig = new VtdRig().translating().events();
        rig.domain(DEVICE, 1, 4, VtdRig.TABLES);
        return rig;
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void eachReasonIsRecorded(Cause c) {
        VtdRig rig = rig();
        c.cause.accept(rig);
        assertThat(rig.write(DEVICE, ADDRESS)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.get64(0x220)).isEqualTo(ADDRESS & -4096);
        assertThat(rig.get64(0x228)).isEqualTo(1L << 63 | (long) c.code << 32 | DEVICE);
        assertThat(rig.get(0x34)).isEqualTo(2);
        assertThat(rig.seen.all).containsExactly(new Seen(false, 3, false, 0, 0x51, false));
        assertThat(rig.told).hasSize(1);
    }

    /** Fault processing disable, in the context entry: reasons that come of what it says are not recorded. */
    @ParameterizedTest
    @EnumSource(Cause.class)
    void aContextEntryCanKeepItsFaultsOutOfTheRecords(Cause c) {
        VtdRig rig = rig();
        c.cause.accept(rig);
        long at = VtdRig.CONTEXTS + DEVICE * 16;
        rig.memory.put(at, rig.memory.get(at) | 2);
        assertThat(rig.write(DEVICE, ADDRESS)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.reason(0)).isEqualTo(c.qualified ? 0 : c.code);
        assertThat(rig.seen.all).hasSize(c.qualified ? 0 : 1);
        assertThat(rig.told).hasSize(1);
    }

    @Test
    void readsAreMarked() {
        VtdRig rig = rig();
        rig.map(VtdRig.TABLES, 4, ADDRESS, 1, 0x1002);
        assertThat(rig.read(DEVICE, ADDRESS)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.get64(0x228)).isEqualTo(1L << 63 | 1L << 62 | 6L << 32 | DEVICE);
        assertThat(rig.write(DEVICE, ADDRESS)).isEqualTo(0x1234);
        // the translation is in the cache now, and is no more than it was
        assertThat(rig.read(DEVICE, ADDRESS)).isEqualTo(Iommu.REFUSED);
        assertThat(rig.reason(1)).isEqualTo(6);
    }

    @Test
    void recordsAreFilledInTurnAndOverflow() {
        VtdRig rig = rig();
        rig.context(DEVICE, 0, 0);
        for (int i = 0; i < VtdRegisters.RECORDS; i++) {
            rig.write(DEVICE, 0x1000L * i);
        }
        assertThat(rig.get(0x34)).isEqualTo(2);
        assertThat(rig.seen.all).hasSize(1);
        rig.write(DEVICE, 0x9000);
        assertThat(rig.get(0x34)).isEqualTo(3);
        // what is behind stays lost while the overflow is not acknowledged
        rig.set(0x22C, 1 << 31);
        rig.write(DEVICE, 0xA000);
        assertThat(rig.reason(0)).isZero();
        rig.set(0x34, 1);
        rig.write(DEVICE, 0xB000);
        assertThat(rig.get64(0x220)).isEqualTo(0xB000);
        assertThat(rig.seen.all).hasSize(1);
        rig.clearFaults();
        assertThat(rig.get(0x34)).isZero();
        rig.write(DEVICE, 0xC000);
        assertThat(rig.get(0x34)).isEqualTo(1 << 8 | 2);
        assertThat(rig.get64(0x230)).isEqualTo(0xC000);
        assertThat(rig.seen.all).hasSize(2);
    }

    @Test
    void aMaskedInterruptWaitsAndComesWhenItIsUnmaskedUnlessAllIsSettled() {
        VtdRig rig = rig();
        rig.set(0x38, 1 << 31);
        rig.context(DEVICE, 0, 0);
        rig.write(DEVICE, 0);
        assertThat(rig.get(0x38)).isEqualTo(3 << 30);
        assertThat(rig.seen.all).isEmpty();
        rig.set(0x38, 0);
        assertThat(rig.get(0x38)).isZero();
        assertThat(rig.seen.all).hasSize(1);
        rig.clearFaults();
        rig.set(0x38, 1 << 31);
        rig.write(DEVICE, 0);
        rig.clearFaults();
        assertThat(rig.get(0x38)).isEqualTo(1 << 31);
        rig.set(0x38, 0);
        assertThat(rig.seen.all).hasSize(1);
    }

    @Test
    void inExtendedModeTheInterruptHasAWideDestination() {
        VtdRig rig = rig().remapping(true);
        rig.set(0x44, 0x1200);
        rig.context(DEVICE, 0, 0);
        rig.write(DEVICE, 0);
        assertThat(rig.seen.all).containsExactly(new Seen(true, 0x1203, false, 0, 0x51, false));
    }
}
