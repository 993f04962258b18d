package dev.hv.cli.vnc;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/** A viewer of tests: RFB 3.8 written anew, with raw and ZRLE, sizes and cursors. */
public final class RfbClient implements AutoCloseable {

    public static final int RAW = 0;
    public static final int ZRLE = 16;
    public static final int DESKTOP_SIZE = -223;
    public static final int CURSOR = -239;

    private final SocketChannel channel;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final Inflater inflater = new Inflater();
    /** What the server says of a failure. */
    public String refused;
    public String name;
    public int width;
    public int height;
    public int[] pixels;
    /** Width, height, and the cursor's mask bits that are set; null before one came. */
    public int[] cursor;
    public int updates;

    private RfbClient(SocketAddress where) throws IOException {
        channel = where instanceof UnixDomainSocketAddress ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        channel.connect(where);
        in = new DataInputStream(Channels.newInputStream(channel));
        out = new DataOutputStream(Channels.newOutputStream(channel));
    }

    /** Connects without saying anything. */
    public static RfbClient silent(int port) throws IOException {
        return new RfbClient(new InetSocketAddress("127.0.0.1", port));
    }

    /** Connects without saying anything. */
    public static RfbClient silent(Path socket) throws IOException {
        return new RfbClient(UnixDomainSocketAddress.of(socket));
    }

    /** Connects to a port with a password. */
    public static RfbClient connect(int port, String password) throws Exception {
        var c = silent(port);
        c.begin(password);
        return c;
    }

    /** Connects to a Unix socket. */
    public static RfbClient connect(Path socket) throws Exception {
        var c = silent(socket);
        c.begin(null);
        return c;
    }

    private void begin(String password) throws Exception {
        byte[] version = in.readNBytes(12);
        if (!new String(version, StandardCharsets.US_ASCII).equals("RFB 003.008\n")) {
            throw new IOException("version " + new String(version, StandardCharsets.US_ASCII));
        }
        out.write(version);
        byte[] types = in.readNBytes(in.readUnsignedByte());
        out.write(types[0]);
        if (types[0] == 2) {
            byte[] key = new byte[8];
            byte[] text = password.getBytes(StandardCharsets.ISO_8859_1);
            for (int i = 0; i < Math.min(8, text.length); i++) {
                for (int bit = 0; bit < 8; bit++) {
                    key[i] |= (byte) ((text[i] >> bit & 1) << 7 - bit);
                }
            }
            Cipher des = Cipher.getInstance("DES/ECB/NoPadding");
            des.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "DES"));
            out.write(des.doFinal(in.readNBytes(16)));
        }
        if (in.readInt() != 0) {
            refused = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
            return;
        }
        out.write(1);
        resize(in.readUnsignedShort(), in.readUnsignedShort());
        in.readNBytes(16);
        name = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    private void resize(int w, int h) {
        width = w;
        height = h;
        pixels = new int[w * h];
    }

    /** Asks for pixels of three bytes at the top of four, as some viewers do, instead of those at the bottom. */
    public void blueFirst() throws IOException {
        out.write(new byte[] {0, 0, 0, 0, 32, 24, 0, 1, 0, (byte) 255, 0, (byte) 255, 0, (byte) 255, 0, 8, 16, 0, 0, 0});
    }

    public void encodings(int... all) throws IOException {
        out.write(2);
        out.write(0);
        out.writeShort(all.length);
        for (int e : all) {
            out.writeInt(e);
        }
    }

    public void key(int keysym, boolean down) throws IOException {
        out.write(new byte[] {4, (byte) (down ? 1 : 0), 0, 0});
        out.writeInt(keysym);
        out.flush();
    }

    public void type(String text) throws IOException {
        for (char c : text.toCharArray()) {
            key(c == '\n' ? 0xFF0D : c, true);
            key(c == '\n' ? 0xFF0D : c, false);
        }
    }

    public void pointer(int x, int y, int buttons) throws IOException {
        out.write(5);
        out.write(buttons);
        out.writeShort(x);
        out.writeShort(y);
        out.flush();
    }

    public void send(byte[] anything) throws IOException {
        out.write(anything);
        out.flush();
    }

    public void request(boolean incremental) throws IOException {
        out.write(3);
        out.write(incremental ? 1 : 0);
        out.writeInt(0);
        out.writeShort(width);
        out.writeShort(height);
        out.flush();
    }

    /** Whether the server has ended the connection. */
    public boolean ended() throws IOException {
        try {
            while (in.read() >= 0) {
                // what is on its way still
            }
            return true;
        } catch (IOException e) {
            return true;
        }
    }

    /** Takes an update. */
    public void update() throws IOException, DataFormatException {
        if (in.readUnsignedByte() != 0) {
            throw new IOException("no update");
        }
        in.read();
        updates++;
        for (int n = in.readUnsignedShort(); n > 0; n--) {
            int x = in.readUnsignedShort();
            int y = in.readUnsignedShort();
            int w = in.readUnsignedShort();
            int h = in.readUnsignedShort();
            switch (in.readInt()) {
                case RAW -> raw(x, y, w, h);
                case ZRLE -> zrle(x, y, w, h);
                case DESKTOP_SIZE -> resize(w, h);
                case CURSOR -> {
                    in.readNBytes(w * h * 4);
                    int set = 0;
                    for (byte b : in.readNBytes((w + 7) / 8 * h)) {
                        set += Integer.bitCount(b & 0xFF);
                    }
                    cursor = new int[] {w, h, set};
                }
                default -> throw new IOException("an encoding that nobody asked for");
            }
        }
    }

    private void raw(int x, int y, int w, int h) throws IOException {
        for (int i = 0; i < w * h; i++) {
            pixels[(y + i / w) * width + x + i % w] = Integer.reverseBytes(in.readInt()) & 0xFFFFFF;
        }
    }

    private void zrle(int left, int top, int w, int h) throws IOException, DataFormatException {
        inflater.setInput(in.readNBytes(in.readInt()));
        byte[] all = new byte[w * h * 4 + 4096];
        int length = inflater.inflate(all);
        var bytes = new DataInputStream(new ByteArrayInputStream(all, 0, length));
        for (int y = top; y < top + h; y += 64) {
            for (int x = left; x < left + w; x += 64) {
                tile(bytes, x, y, Math.min(64, left + w - x), Math.min(64, top + h - y));
            }
        }
        if (bytes.available() != 0) {
            throw new IOException(bytes.available() + " bytes too many");
        }
    }

    private void tile(DataInputStream b, int left, int top, int w, int h) throws IOException {
        int kind = b.readUnsignedByte();
        int[] palette = new int[kind > 16 ? 0 : kind];
        for (int i = 0; i < palette.length; i++) {
            palette[i] = pixel(b);
        }
        if (kind > 16) {
            throw new IOException("tile of kind " + kind);
        }
        int bits = kind == 2 ? 1 : kind <= 4 ? 2 : 4;
        for (int y = 0; y < h; y++) {
            int held = 0;
            int left8 = 0;
            for (int x = 0; x < w; x++) {
                int p;
                if (kind < 2) {
                    p = kind == 1 ? palette[0] : pixel(b);
                } else {
                    if (left8 == 0) {
                        held = b.readUnsignedByte();
                        left8 = 8;
                    }
                    left8 -= bits;
                    p = palette[held >> left8 & (1 << bits) - 1];
                }
                pixels[(top + y) * width + left + x] = p;
            }
        }
    }

    private static int pixel(DataInputStream b) throws IOException {
        return b.readUnsignedByte() | b.readUnsignedByte() << 8 | b.readUnsignedByte() << 16;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        inflater.end();
    }
}
