package dev.hv.core.machine;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Reduces state to a SHA-256 digest: equal states give equal digests. */
public final class StateDigest implements StateWriter {

    private final MessageDigest digest;
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
        digest.update(bytes, offset, length);
    }

    /** The digest of all that was put, as 64 hexadecimal digits. Ends the use of this object. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
