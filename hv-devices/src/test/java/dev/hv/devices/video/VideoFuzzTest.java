package dev.hv.devices.video;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.vmbus.channel.Offering;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.TestGuest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Guests whose video driver sends anything. */
class VideoFuzzTest {

    private static final int[] TYPES = {1, 3, 5, 7, 8, 10, 13, 99};

    /** Whatever a guest sends: what is shown can be read, and is in video memory. */
    @FuzzTest
    void anyMessages(byte[] data) {
        var guest = new TestGuest();
        var memory = new FakeVideoMemory(1 << 20);
        var video = new SyntheticVideo(memory, 512, 512);
        new Offering(guest.bus(), video.offer(), video);
        GuestChannel channel = guest.open(guest.connect().getFirst(), 8);
        channel.send(message(1, new byte[] {3, 0, 5, 0}), 1, false);
        for (int at = 0; at + 2 <= data.length; ) {
            int length = Math.min(data[at + 1] & 0x7F, data.length - at - 2);
            byte[] body = Arrays.copyOfRange(data, at + 2, at + 2 + length);
            boolean framed = data[at] >= 0;
            if (framed || length > 0) {
                channel.send(framed ? message(TYPES[data[at] & 7], body) : body, 1, false);
            }
            channel.receiveAll();
            VideoMode mode = video.mode();
            if (mode != null) {
                var corner = new Area(mode.width() - 1, mode.height() - 1, mode.width(), mode.height());
                assertThat(video.read(corner, new int[1])).isEqualTo(memory.address >= 0);
            }
            at += 2 + length;
        }
    }

    private static byte[] message(int type, byte[] body) {
        int size = 8 + body.length;
        return ByteBuffer.allocate(8 + size).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putInt(size).putInt(type).putInt(size).put(body).array();
    }
}
