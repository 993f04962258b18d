package dev.hv.core.machine.vtd;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

/** Systems that program the unit with anything, and devices that go anywhere. */
class VtdFuzzTest {

    /** Commands, tables and requests: no exception, no hang, and nothing in memory changes but what a wait's status or a device may write. */
    @FuzzTest
    void anyRegistersTablesAndRequests(FuzzedDataProvider data) {
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
    }
}
