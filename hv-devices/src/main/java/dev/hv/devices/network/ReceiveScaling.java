package dev.hv.devices.network;

import static dev.hv.cpu.memory.LittleEndian.put16;
import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u16;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.network.ScalingFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** Receive-side scaling: which channel a frame goes over, by the Toeplitz hash of its addresses with the guest's key and table. */
public final class ReceiveScaling implements Saveable {

    private static final int VERSION = 1;

    private boolean on;
    private int types;
    private byte[] key = new byte[MOST_KEY];
    private byte[] table = new byte[0];

    void reset() {
        on = false;
        types = 0;
        key = new byte[MOST_KEY];
        table = new byte[0];
    }

    /** What the adapter can do with so many channels, in the size that a query names. */
    static byte[] capabilities(byte[] query, int channels) {
        int size = query == null || query.length < OffloadFormat.HEADER ? CAPABILITIES_SIZE : u16(query, OffloadFormat.SIZE);
        byte[] b = new byte[Math.clamp(size, CAPABILITIES_LEAST, CAPABILITIES_SIZE)];
        b[0] = (byte) CAPABILITIES_TYPE;
        b[OffloadFormat.REVISION] = REVISION_2;
        put16(b, OffloadFormat.SIZE, b.length);
        put32(b, CAPABILITY_FLAGS, HASHES_TOEPLITZ | HASHES_TCP_IPV4 | HASHES_TCP_IPV6);
        put32(b, INTERRUPTS, channels);
        put32(b, QUEUES, channels);
        if (b.length >= TABLE_ENTRIES + 2) {
            put16(b, TABLE_ENTRIES, MOST_ENTRIES);
        }
        return b;
    }

    /**
     * Takes the guest's parameters.
     *
     * @return false when something in them is out of range; nothing changes then
     */
    boolean set(byte[] p) {
        if (p.length < PARAMETERS_LEAST) {
            return false;
        }
        int flags = u16(p, FLAGS);
        long tableAt = u32(p, TABLE_OFFSET) & 0xFFFF_FFFFL;
        int entries = u16(p, TABLE_BYTES) / 4;
        long keyAt = u32(p, KEY_OFFSET) & 0xFFFF_FFFFL;
        int keyBytes = u16(p, KEY_BYTES);
        boolean newTable = (flags & TABLE_UNCHANGED) == 0;
        boolean newKey = (flags & KEY_UNCHANGED) == 0;
        if ((flags & OFF) != 0) {
            on = false;
            return true;
        }
        if (newTable && (entries == 0 || entries > MOST_ENTRIES || Integer.bitCount(entries) != 1 || tableAt + 4L * entries > p.length)
                || newKey && (keyBytes > MOST_KEY || keyAt + keyBytes > p.length)) {
            return false;
        }
        if (newTable) {
            table = new byte[entries];
            for (int i = 0; i < entries; i++) {
                table[i] = p[(int) tableAt + 4 * i];
            }
        }
        if (newKey) {
            key = Arrays.copyOf(Arrays.copyOfRange(p, (int) keyAt, (int) keyAt + keyBytes), MOST_KEY);
        }
        if ((flags & HASH_UNCHANGED) == 0) {
            types = u32(p, HASH);
        }
        on = table.length > 0;
        return true;
    }

    /** Index of the channel for a frame; 0 also for what has no hash. */
    int channel(byte[] b, FrameHeaders h) {
        if (!on || h.version == 0) {
            return 0;
        }
        boolean v4 = h.version == 4;
        boolean ports = h.protocol == FrameHeaders.TCP && (types & (v4 ? TCP_IPV4 : TCP_IPV6)) != 0;
        if (!ports && (types & (v4 ? IPV4 : IPV6)) == 0) {
            return 0;
        }
        return table[toeplitz(key, input(b, h, ports)) & table.length - 1] & 0xFF;
    }

    /** What is hashed of a packet: both addresses and, if wanted, both ports. */
    public static byte[] input(byte[] b, FrameHeaders h, boolean ports) {
        boolean v4 = h.version == 4;
        int addresses = v4 ? 8 : 32;
        byte[] input = new byte[addresses + (ports ? 4 : 0)];
        System.arraycopy(b, h.network + (v4 ? 12 : 8), input, 0, addresses);
        if (ports) {
            System.arraycopy(b, h.transport, input, addresses, 4);
        }
        return input;
    }

    /** The Toeplitz hash: for every set bit of the input, the 32 bits of the key that begin at its position (exclusive or). */
    public static int toeplitz(byte[] key, byte[] input) {
        int hash = 0;
        long window = (u8(key, 0) << 24 | u8(key, 1) << 16 | u8(key, 2) << 8 | u8(key, 3)) & 0xFFFF_FFFFL;
        for (int i = 0; i < input.length; i++) {
            window = window << 8 | u8(key, i + 4);
            for (int bit = 0; bit < 8; bit++) {
                if ((input[i] << bit & 0x80) != 0) {
                    hash ^= (int) (window >>> 8 - bit);
                }
            }
        }
        return hash;
    }

    private static int u8(byte[] b, int at) {
        return at < b.length ? b[at] & 0xFF : 0;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("receive-scaling", VERSION);
        out.put("on", on);
        out.put("types", types);
        out.put("key", key, 0, key.length);
        out.put("table", table, 0, table.length);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("receive-scaling", VERSION);
        on = in.takeBoolean();
        types = (int) in.take();
        key = in.takeBytes();
        table = in.takeBytes();
        in.end();
    }
}
