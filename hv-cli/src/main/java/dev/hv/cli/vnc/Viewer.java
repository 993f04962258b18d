package dev.hv.cli.vnc;

import static dev.hv.cli.vnc.RfbFormat.*;

import dev.hv.cli.screen.InputGate;
import dev.hv.devices.input.InputEvent;
import dev.hv.devices.video.Area;
import dev.hv.devices.video.PointerShape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One viewer: a thread that reads what it says, and one that sends what it wants to see. What it has not seen is kept as tiles, so a slow viewer gets what the screen is by then, and takes no more room for that. What it has done is taken as fast as the machine takes
 * it, and no faster.
 */
final class Viewer implements Mirror.Watcher {

    private static final int UP = 8;
    private static final int DOWN = 16;
    private static final int MOST_TEXT = 1 << 20;

    private final Connection connection;
    private final Mirror mirror;
    private final InputGate input;
    private final Keyboard keyboard = new Keyboard();
    private int buttons;

    // what follows is under the mirror's lock
    private Damage damage;
    private boolean requested;
    private boolean resized;
    private boolean otherPointer;
    private boolean hadPointer;
    private boolean announceKeys;
    private PixelFormat format = PixelFormat.NATURAL;
    private Set<Integer> encodings = Set.of();
    private boolean zrle;
    private boolean over;

    Viewer(Connection connection, Mirror mirror, InputGate input) {
        this.connection = connection;
        this.mirror = mirror;
        this.input = input;
    }

    /** Says what the screen is, and serves the viewer until it goes; closes the connection. */
    void serve(String name) throws IOException {
        connection.read(1);
        synchronized (mirror) {
            damage = new Damage(mirror.width(), mirror.height());
            mirror.add(this);
            byte[] title = name.getBytes(StandardCharsets.UTF_8);
            ByteBuffer hello = ByteBuffer.allocate(24 + title.length).putShort((short) mirror.width()).putShort((short) mirror.height());
            format.write(hello);
            connection.write(hello.putInt(title.length).put(title).flip());
        }
        Thread writer = Thread.ofVirtual().name("vnc-writer").start(this::send);
        try {
            while (message()) {
                // the next one
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connection.close();
            synchronized (mirror) {
                over = true;
                mirror.remove(this);
                mirror.notifyAll();
            }
            writer.interrupt();
            letGo();
        }
    }

    private void letGo() {
        try {
            List<InputEvent> up = keyboard.letGo();
            if (!up.isEmpty()) {
                input.give(up);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- what it says ----------------------------------------------------------------------------------------------------

    /** Reads a message; false for one that it may not send. */
    private boolean message() throws IOException, InterruptedException {
        int type = connection.read(1).get() & 0xFF;
        switch (type) {
            case SET_PIXEL_FORMAT -> {
                ByteBuffer b = connection.read(3 + PixelFormat.SIZE).position(3);
                PixelFormat wanted = PixelFormat.read(b);
                synchronized (mirror) {
                    format = wanted;
                    damage.add(new Area(0, 0, mirror.width(), mirror.height()));
                    otherPointer |= hadPointer;
                }
                return wanted != null;
            }
            case SET_ENCODINGS -> encodings(connection.read(3).getShort(1) & 0xFFFF);
            case UPDATE_REQUEST -> {
                ByteBuffer b = connection.read(9);
                boolean incremental = b.get() != 0;
                int x = b.getShort() & 0xFFFF;
                int y = b.getShort() & 0xFFFF;
                var area = new Area(x, y, x + (b.getShort() & 0xFFFF), y + (b.getShort() & 0xFFFF));
                synchronized (mirror) {
                    requested = true;
                    if (!incremental) {
                        damage.add(area);
                    }
                    mirror.notifyAll();
                }
            }
            case KEY_EVENT -> {
                ByteBuffer b = connection.read(7);
                give(keyboard.keysym(b.getInt(3), b.get(0) != 0));
            }
            case POINTER_EVENT -> pointer(connection.read(5));
            case CUT_TEXT -> {
                // a negative length is that of an extended clipboard
                long length = Math.abs((long) connection.read(7).getInt(3));
                if (length > MOST_TEXT) {
                    return false;
                }
                connection.skip(length);
            }
            case QEMU -> {
                if (connection.read(1).get() != QEMU_KEY) {
                    return false;
                }
                ByteBuffer b = connection.read(10);
                int key = Keysyms.scanCode(b.getInt(6));
                give(key < 0 ? keyboard.keysym(b.getInt(2), b.getShort(0) != 0) : keyboard.key(key, b.getShort(0) != 0));
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void encodings(int count) throws IOException {
        Set<Integer> known = Set.of(RAW, ZRLE, DESKTOP_SIZE, CURSOR, QEMU_KEYS);
        Set<Integer> wanted = new HashSet<>();
        boolean first = false;
        boolean compressed = false;
        for (int i = 0; i < count; i++) {
            int e = connection.read(4).getInt();
            if ((e == RAW || e == ZRLE) && !first) {
                first = true;
                compressed = e == ZRLE;
            }
            if (known.contains(e)) {
                wanted.add(e);
            }
        }
        synchronized (mirror) {
            encodings = wanted;
            zrle = compressed;
            announceKeys = wanted.contains(QEMU_KEYS);
            otherPointer = mirror.shape() != null;
            mirror.notifyAll();
        }
    }

    private void pointer(ByteBuffer b) throws InterruptedException {
        int mask = b.get() & 0xFF;
        int x = b.getShort() & 0xFFFF;
        int y = b.getShort() & 0xFFFF;
        int pressed = mask & ~buttons;
        buttons = mask;
        // left, middle, right here; left, right, middle there
        int there = mask & 1 | (mask & 4) >> 1 | (mask & 2) << 1;
        give(List.of(new InputEvent.Pointer(x, y, there, (pressed & UP) != 0 ? 1 : (pressed & DOWN) != 0 ? -1 : 0)));
    }

    private void give(List<InputEvent> events) throws InterruptedException {
        if (!events.isEmpty()) {
            input.give(events);
        }
    }

    // ---- what it sees ----------------------------------------------------------------------------------------------------

    @Override
    public void drawn(Area area) {
        damage.add(area);
        mirror.notifyAll();
    }

    @Override
    public void resized() {
        damage = new Damage(mirror.width(), mirror.height());
        resized = true;
        mirror.notifyAll();
    }

    @Override
    public void pointer() {
        otherPointer = true;
        mirror.notifyAll();
    }

    /** What goes out at once: taken under the lock, encoded and sent without it. */
    private static final class Update {
        private int width;
        private int height;
        private boolean resized;
        private boolean keys;
        private boolean cursor;
        private PointerShape shape;
        private List<Area> areas = List.of();
        private int[] pixels;
        private PixelFormat format;
        private boolean zrle;
    }

    private void send() {
        int[] copy = new int[0];
        try (var encoder = new Zrle()) {
            while (true) {
                Update next = next(copy);
                if (next == null) {
                    return;
                }
                copy = next.pixels;
                connection.write(ByteBuffer.wrap(encode(next, encoder)));
            }
        } catch (IOException e) {
            // the reader notices, too
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connection.close();
        }
    }

    /** Waits until something is wanted and there is something; null when the viewer has gone or cannot follow. */
    private Update next(int[] copy) throws InterruptedException {
        synchronized (mirror) {
            while (!over && (mirror.stale() || !requested || !(damage.any() || resized || announceKeys || otherPointer && encodings.contains(CURSOR)))) {
                mirror.wait();
            }
            if (over || resized && !encodings.contains(DESKTOP_SIZE) || format == null) {
                return null;
            }
            requested = false;
            var u = new Update();
            u.width = mirror.width();
            u.height = mirror.height();
            u.format = format;
            u.zrle = zrle;
            u.keys = announceKeys;
            announceKeys = false;
            u.resized = resized;
            resized = false;
            u.pixels = copy.length == u.width * u.height ? copy : new int[u.width * u.height];
            if (otherPointer && encodings.contains(CURSOR)) {
                otherPointer = false;
                u.shape = mirror.shape();
                u.cursor = u.shape != null || hadPointer;
                hadPointer |= u.shape != null;
            }
            // a size alone: the viewer asks for what is in it then
            u.areas = u.resized ? List.of() : damage.take();
            for (Area a : u.areas) {
                for (int y = a.top(); y < a.bottom(); y++) {
                    System.arraycopy(mirror.pixels(), y * u.width + a.left(), u.pixels, y * u.width + a.left(), a.width());
                }
            }
            return u;
        }
    }

    private static byte[] encode(Update u, Zrle encoder) {
        var out = new ByteArrayOutputStream();
        int count = u.areas.size() + (u.resized ? 1 : 0) + (u.keys ? 1 : 0) + (u.cursor ? 1 : 0);
        out.writeBytes(ByteBuffer.allocate(4).put((byte) UPDATE).putShort(2, (short) count).array());
        if (u.keys) {
            rectangle(out, 0, 0, 0, 0, QEMU_KEYS);
        }
        if (u.resized) {
            rectangle(out, 0, 0, u.width, u.height, DESKTOP_SIZE);
        }
        if (u.cursor) {
            cursor(out, u);
        }
        for (Area a : u.areas) {
            rectangle(out, a.left(), a.top(), a.width(), a.height(), u.zrle ? ZRLE : RAW);
            if (u.zrle) {
                byte[] bytes = encoder.encode(u.pixels, u.width, a, u.format);
                out.writeBytes(ByteBuffer.allocate(4).putInt(encoder.length()).array());
                out.write(bytes, 0, encoder.length());
            } else {
                out.writeBytes(raw(u, a));
            }
        }
        return out.toByteArray();
    }

    private static void rectangle(ByteArrayOutputStream out, int x, int y, int width, int height, int encoding) {
        out.writeBytes(ByteBuffer.allocate(12).putShort((short) x).putShort((short) y).putShort((short) width).putShort((short) height).putInt(encoding).array());
    }

    private static byte[] raw(Update u, Area a) {
        int bytes = u.format.bytes();
        byte[] b = new byte[a.width() * a.height() * bytes];
        for (int y = a.top(), at = 0; y < a.bottom(); y++) {
            for (int x = a.left(); x < a.right(); x++, at += bytes) {
                u.format.put(b, at, u.format.of(u.pixels[y * u.width + x]), bytes);
            }
        }
        return b;
    }

    /** Pixels, and a mask of one bit a pixel: none at all when the guest has hidden it. */
    private static void cursor(ByteArrayOutputStream out, Update u) {
        PointerShape s = u.shape;
        if (s == null) {
            rectangle(out, 0, 0, 0, 0, CURSOR);
            return;
        }
        rectangle(out, s.hotX(), s.hotY(), s.width(), s.height(), CURSOR);
        int bytes = u.format.bytes();
        int line = Math.ceilDiv(s.width(), 8);
        byte[] b = new byte[s.pixels().length * bytes + line * s.height()];
        for (int i = 0; i < s.pixels().length; i++) {
            u.format.put(b, i * bytes, u.format.of(s.pixels()[i]), bytes);
            if (s.pixels()[i] >>> 31 != 0) {
                int x = i % s.width();
                b[s.pixels().length * bytes + i / s.width() * line + x / 8] |= (byte) (0x80 >> x % 8);
            }
        }
        out.writeBytes(b);
    }
}
