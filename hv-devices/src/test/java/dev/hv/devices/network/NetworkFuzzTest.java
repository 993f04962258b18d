package dev.hv.devices.network;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.vmbus.guest.TestClock;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;

/** Random NVSP and RNDIS messages of a guest that is up: no exception leaves the adapter, and no frame is longer than the MTU allows. */
class NetworkFuzzTest {

    private static final int MOST_MESSAGES = 20;
    private static final int LONGEST_FRAME = 1518;

    @FuzzTest
    void randomMessagesHarmNobody(FuzzedDataProvider data) {
        var guest = new NetvscGuest();
        var network = new VirtualSwitch("lab", new TestClock());
        var adapter = new NetworkAdapter(MacAddress.of("00:15:5d:00:00:01"), 1500, network, "guest");
        var peer = network.connect("peer", (bytes, offset, length) -> {
            if (length > LONGEST_FRAME || offset < 0 || offset + length > bytes.length) {
                throw new AssertionError("a frame of " + length + " bytes");
            }
        });
        guest.guest.bus().offer(NetworkAdapter.offer(Guid.of("00000000-1111-2222-3333-444444444444"), "net0"), adapter);
        guest.up();
        for (int i = 0; i < MOST_MESSAGES && data.remainingBytes() > 0; i++) {
            message(guest, data);
            if (data.consumeBoolean()) {
                byte[] frame = data.consumeBytes(64);
                peer.send(frame, 0, frame.length);
            }
            guest.channel.receiveAll();
        }
    }

    private static void message(NetvscGuest guest, FuzzedDataProvider data) {
        int kind = data.consumeInt(0, 4);
        byte[] rndis = data.consumeBytes(data.consumeInt(0, 300));
        ByteBuffer nvsp = NetvscGuest.nvsp(kind == 0 ? data.consumeInt() : 107);
        nvsp.putInt(4, kind == 1 ? 1 : data.consumeInt(0, 2)).putInt(8, kind == 2 ? -1 : data.consumeInt(-1, 6)).putInt(12, data.consumeInt(-1, 7000));
        if (kind == 3) {
            guest.channel.complete(nvsp.array(), data.consumeLong(0, 64));
        } else if (kind == 2 || kind == 1) {
            int length = Math.max(1, rndis.length);
            guest.scratch.put(0, rndis);
            guest.channel.sendDirect(nvsp.array(), i(data), guest.scratch, 0, length);
        } else {
            guest.sendBuffer.put(data.consumeInt(0, 3) * 6144L, rndis);
            guest.channel.send(nvsp.array(), i(data), data.consumeBoolean());
        }
    }

    private static long i(FuzzedDataProvider data) {
        return data.consumeLong();
    }
}
