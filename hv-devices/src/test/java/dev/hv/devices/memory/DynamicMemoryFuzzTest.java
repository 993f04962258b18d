package dev.hv.devices.memory;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.TestGuest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Guests whose driver of dynamic memory sends anything. */
class DynamicMemoryFuzzTest {

    private static final int STARTUP = 65536;

    /** Whatever a guest sends: the pages that it has and those that the host has are all that there are. */
    @FuzzTest
    void anyMessages(byte[] data) {
        var guest = new TestGuest();
        var memory = new FakeMemory(STARTUP, STARTUP);
        var provider = new DynamicMemory(memory, 1 << 20);
        provider.offered(guest.bus().offer(provider.offer(), provider));
        GuestChannel channel = guest.open(guest.connect().getFirst(), 8);
        channel.send(message(1, 16).putInt(8, 2 << 16).array(), 1, false);
        channel.send(message(3, 32).putLong(8, 1 | 2 | 7 << 2).array(), 1, false);
        for (int at = 0; at + 2 <= data.length; ) {
            provider.target((data[at] & 0xFF) * 1024L);
            int length = Math.min(data[at + 1] & 0x7F, data.length - at - 2);
            byte[] m = Arrays.copyOfRange(data, at + 2, at + 2 + length);
            if (m.length >= 4 && (m[0] & 1) == 0) {
                // a header that is right leads further
                m[1] = 0;
                m[2] = (byte) m.length;
                m[3] = 0;
            }
            if (m.length > 0) {
                channel.send(m, 1, false);
            }
            channel.receiveAll();
            assertThat(memory.pages() + memory.left).isEqualTo(2 * STARTUP);
            at += 2 + length;
        }
    }

    private static ByteBuffer message(int type, int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) type).putShort(2, (short) size);
    }
}
