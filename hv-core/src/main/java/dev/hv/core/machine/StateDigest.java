package dev.hv.core.machine;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Reduces state to 256 bits: equal states give equal digests. SHA-256, in which each long run of bytes, a page of memory above all, stands as its length and
 * its two check sums, CRC-32 and CRC-32C: the Java platform computes those at the speed of memory on every compiler, and SHA-256 itself sixty times slower where
 * the launcher keeps its second compiler away. States that differ by chance have equal digests once in 2<sup>64</sup> times; somebody who sets out to make two such states can.
 */
public final class StateDigest implements StateWriter {

    /** Bytes from which check sums stand for a run. */
    private static final int LONG_RUN = 64;

    private final MessageDigest digest;
    private final CRC32 crc = new CRC32();
    private final CRC32C crcC = new CRC32C();
    private final byte[] buffer = new byte[8];

    /** An empty digest. */
    public StateDigest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public void begin(String name, int version) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        put(bytes, 0, bytes.length);
        put(version);
    }

    @Override
    public void end() {
        put(0x5AFE_E4D0L);
    }

    @Override
    public void put(long value) {
        LittleEndian.put64(buffer, 0, value);
        digest.update(buffer);
    }

    @Override
    public void put(byte[] bytes, int offset, int length) {
        put(length);
        if (length < LONG_RUN) {
            digest.update(bytes, offset, length);
            return;
        }
        crc.reset();
        crc.update(bytes, offset, length);
        crcC.reset();
        crcC.update(bytes, offset, length);
        put(crc.getValue() << 32 | crcC.getValue());
    }

    /** The digest of all that was put, as 64 hexadecimal digits. Ends the use of this object. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
