package dev.hv.devices.video;

import static dev.hv.cpu.memory.LittleEndian.put16;
import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.cpu.memory.LittleEndian.u64;
import static dev.hv.devices.video.VideoFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.pipe.GuestMessages;
import dev.hv.devices.pipe.PipeHeader;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The host's side of synthetic video, versions 3.2 and 3.5 (guests: Linux' hyperv_drm and hyperv_fb). A guest agrees on a version, says where in its address space it wants the
 * video memory, then how pixels lie in it, and from then on which rectangles it has drawn. Nothing is copied on that: who wants to see the screen reads video memory.
 */
public final class SyntheticVideo implements Screen, ChannelHandler, Saveable {

    /** Kind of device. */
    public static final Guid INTERFACE = Guid.of("da0a7802-e377-4aac-8e77-0558eb1073f8");

    private static final int STATE_VERSION = 1;
    private static final Guid INSTANCE = Guid.of("5620e0c7-8062-4dce-aeb7-520c7ef76171");
    private static final int OK = 0;
    private static final int MIB = 1 << 20;
    /** What a monitor can usually show, smallest first; those larger than the screen's own are left out. */
    private static final int[][] RESOLUTIONS_KNOWN = {{640, 480}, {800, 600}, {1024, 768}, {1152, 864}, {1280, 720}, {1280, 1024}, {1366, 768}, {1440, 900},
        {1600, 900}, {1600, 1200}, {1680, 1050}, {1920, 1080}, {1920, 1200}, {2560, 1440}, {2560, 1600}, {3840, 2160}};

    /** How far a guest has come. */
    private enum State {
        CLOSED,
        /** No version is agreed on. */
        OPEN,
        AGREED,
        /** The guest sent nonsense or does not take answers: it is left alone until it opens the channel again. */
        UNUSABLE
    }

    private final VideoMemory memory;
    private final int width;
    private final int height;
    private final GuestMessages messages = new GuestMessages(this::usable, this::taken, this::giveUp);
    private ScreenListener listener = ScreenListener.NOBODY;
    private Channel channel;
    private State state = State.CLOSED;
    private int version;
    /** Null while nothing is shown. */
    private VideoMode mode;
    private boolean pointerVisible;
    private int pointerX;
    private int pointerY;
    /** Null while the guest has given none. */
    private PointerShape shape;
    private final ShapeParts parts = new ShapeParts();
    /** For the line that is read; no state. */
    private ByteBuffer line = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);

    /**
     * A screen without a guest.
     *
     * @param width pixels of the resolution that the guest is to begin with, the largest that it can have
     * @param height its lines
     */
    public SyntheticVideo(VideoMemory memory, int width, int height) {
        this.memory = memory;
        this.width = width;
        this.height = height;
    }

    /** Bytes of video memory that a screen of a resolution needs: whole MiB, 8 at least. */
    public static int memory(int width, int height) {
        return Math.max(8, Math.ceilDiv(width * height * 4, MIB)) * MIB;
    }

    /** The offer for the bus. */
    public ChannelOffer offer() {
        return new ChannelOffer(INTERFACE, INSTANCE, "video", ChannelOffer.Mode.MESSAGES, memory.size() / MIB, new byte[0]);
    }

    /** Sets who hears what happens to the screen. */
    public void observe(ScreenListener newListener) {
        listener = newListener;
    }

    @Override
    public VideoMode mode() {
        return mode;
    }

    /** Version agreed, major number in bits 15:0; 0 for none. */
    public int version() {
        return version;
    }

    @Override
    public PointerShape pointer() {
        return pointerVisible ? shape : null;
    }

    /** Where the pointer points: a column. */
    public int pointerX() {
        return pointerX;
    }

    /** Where the pointer points: a line. */
    public int pointerY() {
        return pointerY;
    }

    @Override
    public boolean read(Area area, int[] to) {
        VideoMode m = mode;
        if (m == null || area.left() < 0 || area.top() < 0 || area.right() > m.width() || area.bottom() > m.height()) {
            return false;
        }
        int bytes = m.depth() / 8;
        int width = area.width();
        if (line.capacity() < width * bytes) {
            line = ByteBuffer.allocate(width * bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
        for (int y = area.top(), n = 0; y < area.bottom(); y++, n += width) {
            if (!memory.read(m.offset() + (long) y * m.pitch() + (long) area.left() * bytes, line.array(), 0, width * bytes)) {
                return false;
            }
            if (bytes == 4) {
                // as a whole: a screen is read 25 times a second while somebody watches
                line.asIntBuffer().get(to, n, width);
                for (int i = n; i < n + width; i++) {
                    to[i] &= 0xFF_FFFF;
                }
            } else {
                for (int x = 0; x < width; x++) {
                    to[n + x] = of565(line.getShort(2 * x) & 0xFFFF);
                }
            }
        }
        return true;
    }

    private static int of565(int p) {
        int r = p >> 11;
        int g = p >> 5 & 63;
        int b = p & 31;
        return (r << 3 | r >> 2) << 16 | (g << 2 | g >> 4) << 8 | b << 3 | b >> 2;
    }

    /** The virtual machine is reset, and its bus has been: the screen is dark and its memory nowhere. */
    public void reset() {
        memory.remove();
    }

    // ---- channel ---------------------------------------------------------------------------------------------------------

    @Override
    public int opened(Channel opened) {
        channel = opened;
        state = State.OPEN;
        return OK;
    }

    /** Video memory stays where it is: a guest that lets go may still draw for a moment. */
    @Override
    public void closed(Channel closed) {
        end(State.CLOSED);
    }

    private void end(State how) {
        state = how;
        version = 0;
        parts.clear();
        pointerVisible = false;
        shape = null;
        show(null);
    }

    private void show(VideoMode next) {
        mode = next;
        listener.mode();
    }

    @Override
    public void packetsAvailable(Channel from) {
        messages.take(from);
    }

    private boolean usable() {
        return state != State.UNUSABLE;
    }

    private boolean taken(byte[] m, int length) {
        return PipeHeader.data(m, length, BODY) && u32(m, SIZE) >= HEADER && u32(m, SIZE) <= length - PipeHeader.SIZE && message(u32(m, TYPE), m, u32(m, SIZE) - HEADER);
    }

    private void giveUp() {
        end(State.UNUSABLE);
    }

    /** Handles a message of so many bytes of body; false for nonsense. What is not known is passed over. */
    private boolean message(int type, byte[] m, int body) {
        return switch (type) {
            case VERSION_REQUEST -> body >= VERSION_REQUEST_SIZE && agree(u32(m, VERSION));
            case RESOLUTION_REQUEST -> body >= RESOLUTION_REQUEST_SIZE && state == State.AGREED && send(RESOLUTION_RESPONSE, resolutions(m[BODY] & 0xFF));
            case VRAM_LOCATION -> body >= VRAM_LOCATION_SIZE && state == State.AGREED && locate(m);
            case SITUATION_UPDATE -> body >= SITUATION_SIZE && state == State.AGREED && situation(m);
            case POINTER_POSITION -> body >= POINTER_POSITION_SIZE && state == State.AGREED && position(m);
            case POINTER_SHAPE -> body >= SHAPE_SIZE && state == State.AGREED && shape(m, body);
            case DIRT -> body >= DIRT_SIZE && state == State.AGREED && dirt(m, body);
            default -> state == State.AGREED;
        };
    }

    private boolean agree(int wanted) {
        boolean known = wanted == V3_2 || wanted == V3_5;
        if (known) {
            version = wanted;
            state = State.AGREED;
        }
        byte[] m = message(VERSION_RESPONSE_SIZE);
        put32(m, VERSION, wanted);
        m[VERSION_ACCEPTED] = (byte) (known ? 1 : 0);
        m[VERSION_OUTPUTS] = 1;
        return send(VERSION_RESPONSE, m);
    }

    /** What the screen can show: all that is known and not larger in either direction, and at the end its own. */
    private byte[] resolutions(int most) {
        byte[] m = message(RESOLUTION_RESPONSE_SIZE);
        System.arraycopy(Edid.of(width, height), 0, m, EDID, Edid.SIZE);
        int count = 0;
        for (int[] r : RESOLUTIONS_KNOWN) {
            boolean smaller = r[0] <= width && r[1] <= height && (r[0] != width || r[1] != height);
            if (smaller && count < Math.min(most, MOST_RESOLUTIONS) - 1) {
                resolution(m, count++, r[0], r[1]);
            }
        }
        resolution(m, count, width, height);
        m[RESOLUTION_COUNT] = (byte) (count + 1);
        m[RESOLUTION_DEFAULT] = (byte) count;
        return m;
    }

    private static void resolution(byte[] m, int index, int w, int h) {
        put16(m, RESOLUTIONS + index * 4, w);
        put16(m, RESOLUTIONS + index * 4 + 2, h);
    }

    /** A place that cannot be gets no answer, as the driver's own time-out tells it then. */
    private boolean locate(byte[] m) {
        if (m[VRAM_SPECIFIED] != 0 && !memory.place(u64(m, VRAM_ADDRESS))) {
            return true;
        }
        return acknowledge(VRAM_LOCATION_ACK, m);
    }

    private boolean situation(byte[] m) {
        var next = new VideoMode(u32(m, VRAM_OFFSET) & 0xFFFF_FFFFL, m[DEPTH] & 0xFF, u32(m, WIDTH), u32(m, HEIGHT), u32(m, PITCH));
        boolean shown = m[SITUATION_OUTPUTS] != 0 && m[ACTIVE] != 0 && next.fits(memory.size());
        show(shown ? next : null);
        if (!acknowledge(SITUATION_UPDATE_ACK, m)) {
            return false;
        }
        byte[] wanted = message(FEATURE_CHANGE_SIZE);
        for (int i = 0; i < FEATURE_CHANGE_SIZE; i++) {
            wanted[BODY + i] = 1;
        }
        return send(FEATURE_CHANGE, wanted);
    }

    private boolean position(byte[] m) {
        pointerVisible = m[POINTER_VISIBLE] != 0;
        pointerX = u32(m, POINTER_X);
        pointerY = u32(m, POINTER_Y);
        listener.pointer();
        return true;
    }

    private boolean shape(byte[] m, int body) {
        int part = m[SHAPE_PART] & 0xFF;
        boolean taken = parts.take(part, u32(m, SHAPE_WIDTH), u32(m, SHAPE_HEIGHT), m, SHAPE_DATA, body - SHAPE_SIZE);
        if (taken && part == LAST_PART) {
            shape = parts.shape(m[SHAPE_COLOURS] != 0, u32(m, SHAPE_HOT_X), u32(m, SHAPE_HOT_Y));
            listener.pointer();
        }
        return taken;
    }

    private boolean dirt(byte[] m, int body) {
        int count = m[DIRT_COUNT] & 0xFF;
        if (count > (body - DIRT_SIZE) / RECTANGLE) {
            return false;
        }
        VideoMode now = mode;
        for (int i = 0; now != null && i < count; i++) {
            int at = DIRT_RECTANGLES + i * RECTANGLE;
            Area drawn = new Area(u32(m, at), u32(m, at + 4), u32(m, at + 8), u32(m, at + 12)).within(new Area(0, 0, now.width(), now.height()));
            if (!drawn.empty()) {
                listener.drawn(drawn);
            }
        }
        return true;
    }

    private boolean acknowledge(int type, byte[] request) {
        byte[] m = message(ACK_SIZE);
        System.arraycopy(request, CONTEXT, m, CONTEXT, ACK_SIZE);
        return send(type, m);
    }

    private static byte[] message(int body) {
        return new byte[BODY + body];
    }

    private boolean send(int type, byte[] m) {
        PipeHeader.fill(m);
        put32(m, TYPE, type);
        put32(m, SIZE, m.length - PipeHeader.SIZE);
        return channel.send(m, 0, m.length, 0, false);
    }

    // ---- state -----------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("video", STATE_VERSION);
        out.put("state", state.ordinal());
        out.put("version", version);
        out.put("shown", mode != null);
        if (mode != null) {
            out.put("offset", mode.offset());
            out.put("depth", mode.depth());
            out.put("width", mode.width());
            out.put("height", mode.height());
            out.put("pitch", mode.pitch());
        }
        out.put("pointer-visible", pointerVisible);
        out.put("pointer-x", pointerX);
        out.put("pointer-y", pointerY);
        parts.save(out);
        out.put("pointer-shape", shape != null);
        if (shape != null) {
            ShapeParts.save(out, shape);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("video", STATE_VERSION);
        state = State.values()[(int) in.take()];
        version = (int) in.take();
        mode = in.takeBoolean() ? new VideoMode(in.take(), (int) in.take(), (int) in.take(), (int) in.take(), (int) in.take()) : null;
        pointerVisible = in.takeBoolean();
        pointerX = (int) in.take();
        pointerY = (int) in.take();
        parts.restore(in);
        shape = in.takeBoolean() ? ShapeParts.restored(in) : null;
        in.end();
        listener.mode();
    }
}
