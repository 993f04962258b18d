package dev.hv.core.machine.amdvi;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.fuzz.FuzzSeed;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Systems that program AMD's unit with anything, and devices that go anywhere. */
class AmdViFuzzTest {

    private static final long PAGE = 0x20_1000;
    private static final long STATUS = 0x20_0000;

    /** Commands, tables and requests: no exception, no hang, and the rings stay where they are. */
    @FuzzTest
    void anyRegistersTablesAndRequests(FuzzedDataProvider data) {
        run(data);
    }

    /** What the fuzzer begins with is what Linux' amd_iommu does: a device reaches its page and no other, waits are answered. */
    @Test
    void seedsDoWhatDriversDo() throws Exception {
        assertThat(FuzzSeed.kept(AmdViFuzzTest.class, "anyRegistersTablesAndRequests", List.of(traffic(3), traffic(4)))).isTrue();
        for (int levels : new int[] {3, 4}) {
            AmdViRig rig = run(traffic(levels).provider());
            assertThat(rig.memory.get(PAGE + 8)).as("what the device wrote").isEqualTo(0x0202_0202_0202_0202L);
            assertThat(rig.memory.get(STATUS)).as("what the wait wrote").isEqualTo(7);
            assertThat(rig.told).as("the write outside").hasSize(1);
        }
    }

    private static FuzzSeed traffic(int levels) {
        var s = new FuzzSeed();
        s.in(0, 6, 3).in(0, 7, levels).in(0, 0xFFFF, 5).in(0, 15, 8);
        for (int level = levels; level > 1; level--) {
            long table = AmdViRig.TABLES + (levels - level) * 0x1000L;
            put(s, table, table + 0x1000 | 1 | (long) (level - 1) << 9 | AmdViRig.BOTH, 0);
        }
        put(s, AmdViRig.TABLES + (levels - 1) * 0x1000L, 0, PAGE | 1 | AmdViRig.BOTH);
        put(s, AmdViRig.INTERRUPTS, 1 | 3 << 8 | 0x51 << 16, 0);
        // the device's entry, all pages of its domain, its interrupts, then a wait that stores
        for (long[] command : new long[][] {{2L << 60 | AmdViRig.DEVICE, 0}, {3L << 60 | 5L << 32, 0x7FFF_FFFF_FFFF_F003L}, {5L << 60 | AmdViRig.DEVICE, 0}, {1L << 60 | STATUS | 1, 7}}) {
            s.in(0, 6, 4).wide(command[0]).wide(command[1]);
        }
        s.in(0, 6, 5).in(0, 0xFFFF, AmdViRig.DEVICE).in(0, 0xF_FFFF, 0).integer(0);
        byte[] sixteen = new byte[16];
        Arrays.fill(sixteen, (byte) 1);
        Arrays.fill(sixteen, 8, 16, (byte) 2);
        for (long address : new long[] {0x1000, 0x2000}) {
            s.bytes(sixteen).in(0, 6, 6).in(0, 0xFFFF, AmdViRig.DEVICE).wide(address);
        }
        return s;
    }

    private static void put(FuzzSeed s, long address, long low, long high) {
        s.in(0, 6, 2).in(0, AmdViRig.SIZE - 16, address).wide(low).wide(high);
    }

    private static AmdViRig run(FuzzedDataProvider data) {
        var rig = new AmdViRig();
        while (data.remainingBytes() > 0) {
            switch (data.consumeInt(0, 6)) {
                case 0 -> rig.unit.writeMmio(data.consumeInt(0, 0x37), 1 << data.consumeInt(0, 3), data.consumeLong());
                case 1 -> rig.unit.writeMmio(0x2000 + data.consumeInt(0, 0x27), 1 << data.consumeInt(0, 3), data.consumeLong());
                case 2 -> rig.memory.put(data.consumeLong(0, AmdViRig.SIZE - 16) & -16, data.consumeLong(), data.consumeLong());
                case 3 -> {
                    rig.on();
                    rig.device(AmdViRig.DEVICE, 3 | (long) data.consumeInt(0, 7) << 9 | AmdViRig.TABLES | AmdViRig.BOTH, data.consumeInt(0, 0xFFFF),
                            1 | data.consumeInt(0, 15) << 1 | AmdViRig.INTERRUPTS | 2L << 60, 0);
                }
                case 4 -> rig.submit(data.consumeLong(), data.consumeLong());
                case 5 -> rig.unit.interrupt(data.consumeInt(0, 0xFFFF), 0xFEE0_0000L | data.consumeInt(0, 0xF_FFFF), data.consumeInt());
                default -> {
                    byte[] bytes = data.consumeBytes(16);
                    rig.view(data.consumeInt(0, 0xFFFF)).write(data.consumeLong(), bytes, 0, bytes.length);
                }
            }
        }
        assertThat(rig.get(0x2000) & 0xF).isZero();
        assertThat(rig.get(0x2018) & 0xF).isZero();
        return rig;
    }
}
