package dev.hv.cli.vnc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.screen.InputGate;
import dev.hv.core.machine.Outside;
import dev.hv.devices.input.InputEvent;
import dev.hv.devices.input.Keys;
import dev.hv.devices.video.Area;
import dev.hv.devices.video.PointerShape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Viewers as they meet the server, over real sockets; the machine is a thread of the test's. */
@Timeout(120)
class VncServerTest {

    private final ExecutorService machine = Executors.newSingleThreadExecutor();
    private final FakeScreen screen = new FakeScreen(200, 100);
    private final List<InputEvent> done = Collections.synchronizedList(new ArrayList<>());
    private VncServer server;

    @AfterEach
    void close() throws Exception {
        server.close();
        machine.shutdown();
        assertThat(machine.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }

    private void serve(Path file, String password) throws Exception {
        var gate = new InputGate("test", Outside.live(machine::execute), done::addAll);
        server = new VncServer(0, file, password, "test", machine::execute, screen, gate, 200, 100);
    }

    private void draw(Area a, Random colours) throws Exception {
        machine.submit(() -> {
            int some = colours.nextInt();
            for (int y = a.top(); y < a.bottom(); y++) {
                for (int x = a.left(); x < a.right(); x++) {
                    screen.pixels[y * screen.mode.width() + x] = (some & 3) == 0 ? colours.nextInt() & 0xFFFFFF : some >>> 8;
                }
            }
            server.listener().drawn(a);
        }).get();
    }

    private static void await(BooleanSupplier met) throws InterruptedException {
        for (int i = 0; i < 1000 && !met.getAsBoolean(); i++) {
            Thread.sleep(20);
        }
        assertThat(met.getAsBoolean()).isTrue();
    }

    private void same(RfbClient c) throws Exception {
        while (!Arrays.equals(c.pixels, screen.pixels)) {
            c.request(true);
            c.update();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RfbClient.RAW, RfbClient.ZRLE})
    void viewersSeeWhatIsDrawn(int encoding) throws Exception {
        serve(null, "pass");
        var random = new Random(1);
        draw(new Area(0, 0, 200, 100), random);
        try (var c = RfbClient.connect(server.port(), "pass"); var other = RfbClient.connect(server.port(), "passed over eight"); var third = RfbClient.connect(server.port(), "pass")) {
            assertThat(other.refused).isEqualTo("wrong password");
            assertThat(c.name).isEqualTo("hv test");
            c.encodings(encoding);
            third.encodings(RfbClient.ZRLE);
            for (int i = 0; i < 50; i++) {
                int x = random.nextInt(199);
                int y = random.nextInt(99);
                draw(new Area(x, y, x + 1 + random.nextInt(200 - x - 1), y + 1 + random.nextInt(100 - y - 1)), random);
                if (i % 10 == 0) {
                    same(c);
                }
            }
            same(c);
            same(third);
        }
    }

    @Test
    void pixelsComeAsTheViewerWantsThem() throws Exception {
        serve(null, "pass");
        try (var c = RfbClient.connect(server.port(), "pass")) {
            c.encodings(RfbClient.ZRLE);
            c.blueFirst();
            machine.submit(() -> {
                Arrays.fill(screen.pixels, 0x112233);
                server.listener().drawn(new Area(0, 0, 200, 100));
            }).get();
            while (c.pixels[0] != 0x332211) {
                c.request(true);
                c.update();
            }
            assertThat(c.pixels).containsOnly(0x332211);
        }
    }

    @Test
    void sizesAndPointersChange() throws Exception {
        serve(null, "pass");
        try (var c = RfbClient.connect(server.port(), "pass"); var fixed = RfbClient.connect(server.port(), "pass")) {
            c.encodings(RfbClient.ZRLE, RfbClient.DESKTOP_SIZE, RfbClient.CURSOR);
            fixed.request(false);
            fixed.update();
            same(c);
            machine.submit(() -> {
                screen.resize(320, 240);
                screen.pointer = new PointerShape(3, 2, 1, 1, new int[] {-1, 0, -1, 0, -1, 0});
                Arrays.fill(screen.pixels, 7);
                server.listener().mode();
            }).get();
            same(c);
            assertThat(c.width).isEqualTo(320);
            while (c.cursor == null) {
                c.request(true);
                c.update();
            }
            assertThat(c.cursor).containsExactly(3, 2, 3);
            fixed.request(true);
            assertThat(fixed.ended()).as("it cannot follow").isTrue();
        }
    }

    @Test
    void keysAndThePointerArrive() throws Exception {
        serve(null, "pass");
        try (var c = RfbClient.connect(server.port(), "pass")) {
            c.type("aB");
            c.key(0xFFE1, true);
            c.key('1', true);
            c.key('1', false);
            c.pointer(5, 6, 4);
            c.pointer(5, 6, 8);
            c.send(new byte[] {(byte) 255, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, (byte) 0xC8});
            await(() -> done.size() >= 14);
        }
        // shift is let go around a digit that a French keyboard has with it; what was held goes up when the viewer goes
        var key = (BiFunction<Integer, Boolean, InputEvent>) InputEvent.Key::new;
        int a = Keys.typing('a');
        int b = Keys.typing('b');
        int one = Keys.typing('1');
        int up = Keys.E0 | 0x48;
        await(() -> done.size() == 16);
        assertThat(done).containsExactly(key.apply(a, true), key.apply(a, false),
                key.apply(Keys.SHIFT, true), key.apply(b, true), key.apply(Keys.SHIFT, false), key.apply(b, false),
                key.apply(Keys.SHIFT, true), key.apply(Keys.SHIFT, false), key.apply(one, true), key.apply(Keys.SHIFT, true), key.apply(one, false),
                new InputEvent.Pointer(5, 6, InputEvent.RIGHT, 0), new InputEvent.Pointer(5, 6, 0, 1), key.apply(up, true),
                key.apply(Keys.SHIFT, false), key.apply(up, false));
    }

    /** A wrong password is refused later each time, and in turn; who knows it is let in after them. */
    @Test
    void wrongPasswordsTakeTheirTime() throws Exception {
        serve(null, "pass");
        long before = System.nanoTime();
        for (int i = 0; i < 2; i++) {
            try (var c = RfbClient.connect(server.port(), "Pass")) {
                assertThat(c.refused).isEqualTo("wrong password");
                assertThat(c.ended()).isTrue();
            }
        }
        assertThat(System.nanoTime() - before).isGreaterThan(1_400_000_000L);
        try (var c = RfbClient.connect(server.port(), "pass")) {
            assertThat(c.refused).isNull();
        }
    }

    @Test
    void aSocketNeedsNoPasswordAndGoes(@TempDir Path temp) throws Exception {
        Path file = temp.resolve("vnc");
        serve(file, null);
        try (var c = RfbClient.connect(file)) {
            c.request(false);
            c.update();
            assertThat(c.pixels).containsOnly(0);
        }
        server.close();
        assertThat(Files.exists(file)).isFalse();
    }

    /** Viewers that flood, send noise, do not read or say nothing disturb nobody, and cost no more than so much. */
    @Test
    void floodsAndNoiseDisturbNobody(@TempDir Path temp) throws Exception {
        // its buffers in the kernel are smaller than those of a port
        Path file = temp.resolve("vnc");
        serve(file, null);
        var random = new Random(2);
        List<RfbClient> silent = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            silent.add(RfbClient.silent(file));
        }
        for (int i = 0; i < 30; i++) {
            try (var noise = RfbClient.connect(file)) {
                byte[] some = new byte[200];
                random.nextBytes(some);
                some[0] = (byte) (i % 7);
                noise.send(some);
            } catch (IOException e) {
                // it was sent away meanwhile
            }
        }
        try (var flood = RfbClient.connect(file); var deaf = RfbClient.connect(file); var good = RfbClient.connect(file)) {
            done.clear();
            byte[] keys = new byte[8 * 20_000];
            for (int i = 0; i < keys.length; i += 8) {
                keys[i] = 4;
                keys[i + 1] = (byte) (i / 8 % 2);
                keys[i + 7] = 'x';
            }
            var stuck = new CountDownLatch(1);
            machine.execute(() -> {
                try {
                    stuck.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Thread flooding = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < 10; i++) {
                        flood.send(keys);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            // the machine takes nothing: the viewer has to wait
            assertThat(flooding.join(Duration.ofSeconds(2))).isFalse();
            stuck.countDown();
            assertThat(flooding.join(Duration.ofSeconds(60))).isTrue();
            await(() -> done.size() >= 199_999);
            for (int i = 0; i < 200; i++) {
                deaf.request(false);
                draw(new Area(0, 0, 200, 100), random);
            }
            good.encodings(RfbClient.ZRLE);
            same(good);
        }
        for (RfbClient c : silent) {
            c.close();
        }
    }
}
