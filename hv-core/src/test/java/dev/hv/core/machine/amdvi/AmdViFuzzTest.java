package dev.hv.core.machine.amdvi;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

/** Systems that program AMD's unit with anything, and devices that go anywhere. */
class AmdViFuzzTest {

    /** Commands, tables and requests: no exception, no hang, and the rings stay where they are. */
    @FuzzTest
    void anyRegistersTablesAndRequests(FuzzedDataProvider data) {
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
    }
}
