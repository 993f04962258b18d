package dev.hv.cli.demo;

import dev.hv.core.machine.Clock;
import dev.hv.devices.network.MacAddress;
import dev.hv.devices.network.VirtualSwitch;
import java.util.ArrayDeque;
import java.util.Arrays;

/** A station of the root partition that sends every frame back to where it came from. */
final class EchoStation {

    private final Clock clock;
    private final Clock.Timer timer;
    private final VirtualSwitch.Port port;
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private long frames;

    EchoStation(VirtualSwitch network, Clock clock) {
        this.clock = clock;
        timer = clock.timer("echo", this::answer);
        port = network.connect("echo", this::frame);
    }

    /** Frames that came. */
    long frames() {
        return frames;
    }

    /** The sender is still busy with its own frame: the answer goes a moment later. */
    private void frame(byte[] bytes, int offset, int length) {
        frames++;
        byte[] back = Arrays.copyOfRange(bytes, offset, offset + length);
        System.arraycopy(bytes, offset + MacAddress.SIZE, back, 0, MacAddress.SIZE);
        System.arraycopy(bytes, offset, back, MacAddress.SIZE, MacAddress.SIZE);
        waiting.add(back);
        timer.arm(clock.nanos());
    }

    private void answer() {
        while (!waiting.isEmpty()) {
            byte[] f = waiting.poll();
            port.send(f, 0, f.length);
        }
    }
}
