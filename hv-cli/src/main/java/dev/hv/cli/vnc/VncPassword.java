package dev.hv.cli.vnc;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/** A password as VNC authentication has it (RFC 6143, 7.2.2): its first eight bytes encrypt a challenge. Who was wrong waits, longer each time, and meanwhile nobody else is heard. */
final class VncPassword {

    private static final int SIGNIFICANT = 8;
    private static final String LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
    private static final long FIRST_DELAY_NANOS = 500_000_000;
    private static final int MOST_DOUBLINGS = 3;

    private final SecureRandom random = new SecureRandom();
    private final byte[] key = new byte[SIGNIFICANT];
    private int failures;

    /** A password; of more than eight bytes the first eight count. */
    VncPassword(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < Math.min(bytes.length, SIGNIFICANT); i++) {
            // DES reads bits the other way round than this protocol
            key[i] = (byte) (Integer.reverse(bytes[i]) >>> 24);
        }
    }

    /** A password that nobody can guess: 40 bits. */
    static String fresh() {
        var random = new SecureRandom();
        var text = new StringBuilder();
        for (int i = 0; i < SIGNIFICANT; i++) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }

    byte[] challenge() {
        byte[] c = new byte[RfbFormat.CHALLENGE];
        random.nextBytes(c);
        return c;
    }

    /** What answers a challenge. */
    byte[] response(byte[] challenge) {
        try {
            Cipher des = Cipher.getInstance("DES/ECB/NoPadding");
            des.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "DES"));
            return des.doFinal(challenge);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no DES", e);
        }
    }

    /** Whether an answer is right, in the same time for all that are not; a wrong one takes a while. One at a time. */
    synchronized boolean accepts(byte[] challenge, byte[] answer) {
        boolean right = MessageDigest.isEqual(response(challenge), Arrays.copyOf(answer, RfbFormat.CHALLENGE));
        if (right) {
            failures = 0;
        } else {
            LockSupport.parkNanos(FIRST_DELAY_NANOS << Math.min(failures++, MOST_DOUBLINGS));
        }
        return right;
    }
}
