package dev.hv.cli.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The other end of {@code --net socket:}: sends every frame back, its addresses exchanged, as the demo's guest that echoes does. */
final class EchoPeer {

    private static final int ADDRESS = 6;

    private EchoPeer() {}

    /** Serves one connection until it ends. */
    static void serve(ServerSocketChannel server) {
        try (SocketChannel peer = server.accept()) {
            ByteBuffer head = ByteBuffer.allocate(Integer.BYTES);
            while (fill(peer, head)) {
                ByteBuffer frame = ByteBuffer.allocate(head.getInt(0));
                if (!fill(peer, frame)) {
                    return;
                }
                byte[] f = frame.array();
                for (int i = 0; i < ADDRESS; i++) {
                    byte b = f[i];
                    f[i] = f[ADDRESS + i];
                    f[ADDRESS + i] = b;
                }
                ByteBuffer back = ByteBuffer.allocate(Integer.BYTES + f.length).putInt(f.length).put(f).flip();
                while (back.hasRemaining()) {
                    peer.write(back);
                }
            }
        } catch (IOException e) {
            // the run has ended
        }
    }

    private static boolean fill(SocketChannel from, ByteBuffer to) throws IOException {
        to.clear();
        while (to.hasRemaining()) {
            if (from.read(to) < 0) {
                return false;
            }
        }
        return true;
    }
}
