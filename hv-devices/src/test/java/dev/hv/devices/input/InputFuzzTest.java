package dev.hv.devices.input;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.channel.Offering;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.ChannelOffer;
import java.util.Arrays;
import java.util.List;

/** Guests whose drivers of keyboard and mouse send anything, and rows of events that nobody wrote. */
class InputFuzzTest {

    /** The fuzzer looks at one target of a class: which one it is, it chooses. */
    @FuzzTest
    void anyDevice(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(data, 1, data.length);
        switch (Math.floorMod(data[0], 3)) {
            case 0 -> anyKeyboardMessages(rest);
            case 1 -> anyMouseMessages(rest);
            default -> anyEvents(rest);
        }
    }

    private void anyKeyboardMessages(byte[] data) {
        var keyboard = new SyntheticKeyboard();
        talk(keyboard.offer(), keyboard, data, new byte[] {1, 0, 0, 0, 0, 0, 1, 0}, () -> keyboard.key(Keys.PAUSE, true));
    }

    private void anyMouseMessages(byte[] data) {
        var mouse = new SyntheticMouse();
        byte[] request = {1, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 2, 0};
        talk(mouse.offer(), mouse, data, request, () -> mouse.report(-5, 70_000, 255, 1 << 20));
    }

    private void anyEvents(byte[] data) {
        List<InputEvent> events = InputEvent.read(data);
        byte[] again = InputEvent.write(events);
        if (!InputEvent.read(again).equals(events)) {
            throw new AssertionError("other events");
        }
    }

    private static void talk(ChannelOffer offer, ChannelHandler handler, byte[] data, byte[] first, Runnable input) {
        var guest = new TestGuest();
        new Offering(guest.bus(), offer, handler);
        GuestChannel channel = guest.open(guest.connect().getFirst(), 4);
        channel.send(first, 1, false);
        for (int at = 0; at + 1 <= data.length; ) {
            int length = Math.min(data[at] & 0x3F, data.length - at - 1);
            byte[] m = Arrays.copyOfRange(data, at + 1, at + 1 + length);
            if (m.length > 8 && (data[at] & 0x80) == 0) {
                // a pipe header that is right leads further
                m[0] = 1;
                Arrays.fill(m, 1, 4, (byte) 0);
            }
            if (m.length > 0) {
                channel.send(m, 1, (data[at] & 0x40) != 0);
            }
            input.run();
            channel.receiveAll();
            at += 1 + length;
        }
    }
}
