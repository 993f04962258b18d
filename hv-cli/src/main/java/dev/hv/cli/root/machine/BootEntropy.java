package dev.hv.cli.root.machine;

import dev.hv.devices.firmware.FirmwareConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** What a guest's random numbers start from: different for the machines of a run, equal in equal runs. */
final class BootEntropy {

    private BootEntropy() {}

    /**
     * Entropy for a machine's firmware.
     *
     * @param seed of the run
     * @param machine the machine's name
     * @param boots how often it was started before
     */
    static byte[] of(long seed, String machine, int boots) {
        try {
            var digest = MessageDigest.getInstance("SHA-512");
            digest.update("boot entropy".getBytes(StandardCharsets.US_ASCII));
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).array());
            if (boots > 0) {
                digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(boots).array());
            }
            return Arrays.copyOf(digest.digest(machine.getBytes(StandardCharsets.UTF_8)), FirmwareConfig.ENTROPY_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-512", e);
        }
    }
}
