package dev.hv.cli.vnc;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cli.screen.InputGate;
import dev.hv.core.machine.Outside;
import dev.hv.devices.video.Area;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Viewers that say anything. */
class RfbFuzzTest {

    /** A connection whose other side has said all that it will. */
    private static final class Said implements ByteChannel {
        private final ByteBuffer bytes;

        Said(byte[] bytes) {
            this.bytes = ByteBuffer.wrap(bytes);
        }

        @Override
        public int read(ByteBuffer to) {
            if (!bytes.hasRemaining()) {
                return -1;
            }
            int n = Math.min(to.remaining(), bytes.remaining());
            to.put(bytes.slice(bytes.position(), n));
            bytes.position(bytes.position() + n);
            return n;
        }

        @Override
        public int write(ByteBuffer from) {
            int n = from.remaining();
            from.position(from.limit());
            return n;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    /** The fuzzer looks at one target of a class: which one it is, it chooses. */
    @FuzzTest
    void anyTarget(byte[] data) throws Exception {
        if (data.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(data, 1, data.length);
        switch (Math.floorMod(data[0], 3)) {
            case 0 -> anyBytes(rest);
            case 1 -> anyEncodingOfAnyPixels(rest);
            default -> anyAnswersToChallenges(rest);
        }
    }

    /** A whole conversation from the first byte on, or (even ones) from where the screen is told. */
    private void anyBytes(byte[] data) {
        var screen = new FakeScreen(130, 70);
        var mirror = new Mirror("fuzz", Runnable::run, screen, 64, 64);
        var gate = new InputGate("fuzz", Outside.live(Runnable::run), events -> { });
        var c = new Connection(new Said(data));
        try {
            if (data.length > 0 && (data[0] & 1) != 0) {
                Handshake.agree(c, null);
            }
            mirror.drawn(new Area(0, 0, 130, 70));
            new Viewer(c, mirror, gate).serve("fuzz");
        } catch (IOException e) {
            // how a conversation ends
        }
    }

    private void anyEncodingOfAnyPixels(byte[] data) throws Exception {
        if (data.length < PixelFormat.SIZE) {
            return;
        }
        PixelFormat format = PixelFormat.read(ByteBuffer.wrap(data, 0, PixelFormat.SIZE).slice());
        int[] pixels = new int[130 * 70];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = data[i % data.length] * (i % 3) & 0xFFFFFF;
        }
        if (format != null) {
            try (var zrle = new Zrle()) {
                zrle.encode(pixels, 130, new Area(1, 2, 130, 70), format);
            }
        }
    }

    private void anyAnswersToChallenges(byte[] data) {
        var password = new VncPassword(new String(data, StandardCharsets.ISO_8859_1));
        byte[] challenge = password.challenge();
        if (!password.accepts(challenge, password.response(challenge))) {
            throw new AssertionError("refused");
        }
    }
}
