package dev.hv.cli.vnc;

import static dev.hv.cli.vnc.RfbFormat.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** How a connection begins (RFC 6143, 7.1 and 7.2): versions 3.3, 3.7 and 3.8, without authentication or with a password. */
final class Handshake {

    private Handshake() {}

    /**
     * Agrees with a viewer.
     *
     * @param password that is wanted; null for none
     * @throws IOException when it may not see anything, or speaks otherwise
     */
    static void agree(Connection c, VncPassword password) throws IOException {
        c.write(ascii(VERSION));
        String said = StandardCharsets.US_ASCII.decode(c.read(VERSION_SIZE)).toString();
        if (!said.matches("RFB \\d{3}\\.\\d{3}\n")) {
            throw new IOException("no viewer");
        }
        int minor = said.startsWith("RFB 003.") ? Integer.parseInt(said.substring(8, 11)) : 8;
        int type = password == null ? SECURITY_NONE : SECURITY_VNC;
        if (minor < 7) {
            c.write(ByteBuffer.allocate(4).putInt(type).flip());
        } else {
            c.write(ByteBuffer.wrap(new byte[] {1, (byte) type}));
            if (c.read(1).get() != type) {
                fail(c, minor, "no such security type");
            }
        }
        if (password != null) {
            byte[] challenge = password.challenge();
            c.write(ByteBuffer.wrap(challenge));
            byte[] answer = new byte[CHALLENGE];
            c.read(CHALLENGE).get(answer);
            if (!password.accepts(challenge, answer)) {
                fail(c, minor, "wrong password");
            }
        }
        if (password != null || minor >= 8) {
            c.write(ByteBuffer.allocate(4).putInt(OK).flip());
        }
    }

    private static void fail(Connection c, int minor, String why) throws IOException {
        ByteBuffer reason = ascii(why);
        ByteBuffer m = ByteBuffer.allocate(8 + reason.remaining()).putInt(FAILED);
        if (minor >= 8) {
            m.putInt(reason.remaining()).put(reason);
        }
        c.write(m.flip());
        throw new IOException(why);
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
