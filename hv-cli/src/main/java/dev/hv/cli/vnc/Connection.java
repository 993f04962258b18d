package dev.hv.cli.vnc;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;

/** Bytes of a connection, for one thread that reads and one that writes. */
final class Connection implements AutoCloseable {

    private static final int BUFFER = 1 << 14;

    private final ByteChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(BUFFER).flip();

    Connection(ByteChannel channel) {
        this.channel = channel;
    }

    /** The next bytes, at most {@link #BUFFER}; valid until the next call. */
    ByteBuffer read(int count) throws IOException {
        while (in.remaining() < count) {
            in.compact();
            int n = channel.read(in);
            in.flip();
            if (n < 0) {
                throw new EOFException("the viewer has gone");
            }
        }
        ByteBuffer some = in.slice(in.position(), count);
        in.position(in.position() + count);
        return some;
    }

    /** Passes bytes over. */
    void skip(long count) throws IOException {
        for (long left = count; left > 0; ) {
            int n = (int) Math.min(left, BUFFER);
            read(n);
            left -= n;
        }
    }

    void write(ByteBuffer out) throws IOException {
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // it is of no use any more
        }
    }
}
