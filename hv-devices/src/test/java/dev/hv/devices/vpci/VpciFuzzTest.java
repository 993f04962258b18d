package dev.hv.devices.vpci;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Random messages and accesses of a guest with an assigned function: no exception leaves the bus, and the function can be had again afterwards. */
class VpciFuzzTest {

    private static final int MOST_STEPS = 40;
    private static final int BASE = 0x4249_0000;

    @FuzzTest
    void randomMessagesHarmNobody(FuzzedDataProvider data) {
        var guest = new VirtualPciBusTest();
        guest.enter(0x1_0001 + data.consumeInt(0, 3));
        for (int i = 0; i < MOST_STEPS && data.remainingBytes() > 0; i++) {
            switch (data.consumeInt(0, 3)) {
                case 0 -> guest.configure(data.consumeInt(0, 0x3FF) * 4, 4, data.consumeInt());
                case 1 -> guest.configure(data.pickValue(new int[] {0x04, 0x10, 0x14, 0x20, 0x24, 0x30, 0x42, 0x44, 0x80, 0x84}), 2, data.consumeInt());
                case 2 -> guest.device.message(data.consumeInt(-1, 5));
                default -> {
                    ByteBuffer m = ByteBuffer.allocate(data.consumeInt(4, 100) & ~3).order(ByteOrder.LITTLE_ENDIAN).putInt(0, BASE + data.consumeInt(0, 0x1F));
                    for (int at = 4; at + 4 <= m.capacity(); at += 4) {
                        m.putInt(at, data.consumeBoolean() ? data.consumeInt(0, 4) : data.consumeInt());
                    }
                    guest.ask(m);
                }
            }
        }
        guest.again();
    }
}
