package dev.hv.core.machine.vtd;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.fuzz.FuzzSeed;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Systems that program the unit with anything, and devices that go anywhere. */
class VtdFuzzTest {

    private static final long PAGE = 0x20_1000;
    private static final long STATUS = 0x20_0000;

    /** Commands, tables and requests: no exception, no hang, and nothing in memory changes but what a wait's status or a device may write. */
    @FuzzTest
    void anyRegistersTablesAndRequests(FuzzedDataProvider data) {
        run(data);
    }

    /** What the fuzzer begins with is what Linux' intel-iommu does: a device reaches its page and no other, waits are answered. */
    @Test
    void seedsDoWhatDriversDo() throws Exception {
        assertThat(FuzzSeed.kept(VtdFuzzTest.class, "anyRegistersTablesAndRequests", List.of(traffic(4), traffic(5)))).isTrue();
        for (int levels : new int[] {4, 5}) {
            VtdRig rig = run(traffic(levels).provider());
            assertThat(rig.memory.get(PAGE + 8)).as("what the device wrote").isEqualTo(0x0202_0202_0202_0202L);
            assertThat(rig.memory.get(STATUS) & 0xFFFF_FFFFL).as("what the wait wrote").isEqualTo(7);
            assertThat(rig.told).as("the write outside").hasSize(1);
        }
    }

    private static FuzzSeed traffic(int levels) {
        var s = new FuzzSeed().bool(levels == 4);
        s.in(0, 6, 3).bool(true).in(0, 0xFFFF, 5).in(2, 6, levels);
        for (int level = levels; level > 1; level--) {
            long table = VtdRig.TABLES + (levels - level) * 0x1000L;
            put(s, table, table + 0x1000 | 3, 0);
        }
        put(s, VtdRig.TABLES + (levels - 1) * 0x1000L, 0, PAGE | 3);
        put(s, VtdRig.IRT, 1 | 0x51 << 16 | 3L << 32, 0);
        // context, translations of a domain, interrupt entries, then a wait with a status
        for (long[] command : new long[][] {{1 | 1 << 4, 0}, {2 | 2 << 4 | 5L << 16, 0}, {4, 0}, {5 | 1 << 5 | 7L << 32, STATUS}}) {
            s.in(0, 6, 4).wide(command[0]).wide(command[1]);
        }
        s.in(0, 6, 5).in(0, 0xFFFF, VtdRig.DEVICE).in(0, 0xF_FFFF, 0x10).integer(0);
        byte[] sixteen = new byte[16];
        Arrays.fill(sixteen, (byte) 1);
        Arrays.fill(sixteen, 8, 16, (byte) 2);
        for (long address : new long[] {0x1000, 0x2000}) {
            s.bytes(sixteen).in(0, 6, 6).in(0, 0xFFFF, VtdRig.DEVICE).wide(address);
        }
        return s;
    }

    private static void put(FuzzSeed s, long address, long low, long high) {
        s.in(0, 6, 2).in(0, VtdRig.SIZE - 16, address).wide(low).wide(high);
    }

    private static VtdRig run(FuzzedDataProvider data) {
        var rig = new VtdRig(data.consumeBoolean() ? 4 : 5);
        while (data.remainingBytes() > 0) {
            switch (data.consumeInt(0, 6)) {
                case 0 -> rig.unit.writeMmio(data.consumeInt(0, 0xBF) & ~3, data.consumeBoolean() ? 4 : 8, data.consumeLong());
                case 1 -> rig.unit.writeMmio(data.consumeInt(0xF0, 0x2A0), 1 << data.consumeInt(0, 3), data.consumeLong());
                case 2 -> rig.memory.put(data.consumeLong(0, VtdRig.SIZE - 16) & -16, data.consumeLong(), data.consumeLong());
                case 3 -> {
                    rig.translating().queue().remapping(data.consumeBoolean());
                    rig.domain(VtdRig.DEVICE, data.consumeInt(0, 0xFFFF), data.consumeInt(2, 6), VtdRig.TABLES);
                }
                case 4 -> rig.submit(data.consumeLong(), data.consumeLong());
                case 5 -> rig.unit.interrupt(data.consumeInt(0, 0xFFFF), 0xFEE0_0000L | data.consumeInt(0, 0xF_FFFF), data.consumeInt());
                default -> {
                    byte[] bytes = data.consumeBytes(16);
                    rig.view(data.consumeInt(0, 0xFFFF)).write(data.consumeLong(), bytes, 0, bytes.length);
                }
            }
        }
        assertThat(rig.get(0x80) & 0xF).isZero();
        assertThat(rig.unit.readMmio(0, 4)).isEqualTo(0x10);
        return rig;
    }
}
