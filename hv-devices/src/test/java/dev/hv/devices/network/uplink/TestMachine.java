package dev.hv.devices.network.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.devices.network.VirtualSwitch;
import dev.hv.vmbus.guest.TestClock;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A machine with one station on a switch; the test's thread is its thread. */
final class TestMachine {

    private static final long PATIENCE_NANOS = 30_000_000_000L;

    final LinkedBlockingQueue<Runnable> actions = new LinkedBlockingQueue<>();
    final LinkedBlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    final VirtualSwitch network = new VirtualSwitch("lab", new TestClock());
    /** Actions run. */
    int ran;
    private final byte[] address;
    private final VirtualSwitch.Port station;

    TestMachine(int number) {
        address = HexFormat.of().parseHex("00155d0000%02x".formatted(number));
        station = network.connect("station", (b, at, n) -> received.add(Arrays.copyOfRange(b, at, at + n)));
    }

    /** Sends a broadcast frame with a mark. */
    byte[] broadcast(int mark) {
        byte[] f = new byte[60];
        Arrays.fill(f, 0, 6, (byte) 0xFF);
        System.arraycopy(address, 0, f, 6, 6);
        f[12] = 8;
        f[14] = (byte) mark;
        station.send(f, 0, f.length);
        return f;
    }

    /** Runs what was posted until a condition holds. */
    void runUntil(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Runnable action = actions.poll(20, TimeUnit.MILLISECONDS);
            if (action != null) {
                action.run();
                ran++;
            }
        }
    }
}
