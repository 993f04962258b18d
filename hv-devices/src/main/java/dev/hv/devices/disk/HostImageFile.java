package dev.hv.devices.disk;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** An image file of the host. It is locked while it is open, as a {@link RawDisk} is. */
final class HostImageFile implements ImageFile {

    private final FileChannel channel;
    private final Path path;
    private final boolean readOnly;
    /** Whether written data is made durable when that is asked for. */
    private final boolean durable;
    private boolean holes;
    private final Object key;
    /** Made when it is needed first; null when this host has none. */
    private NativeFile file;
    private boolean asked;

    HostImageFile(FileChannel channel, Path path, boolean readOnly, boolean durable) {
        this.durable = durable;
        this.channel = channel;
        this.path = path;
        this.readOnly = readOnly;
        holes = !readOnly && Files.isRegularFile(path);
        key = NativeFile.key(path);
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public long modified() throws IOException {
        return Files.getLastModifiedTime(path).to(TimeUnit.SECONDS);
    }

    @Override
    public void read(long offset, byte[] to, int at, int length) throws IOException {
        read(offset, ByteBuffer.wrap(to, at, length));
    }

    @Override
    public void read(long offset, ByteBuffer to) throws IOException {
        long begin = offset - to.position();
        while (to.hasRemaining()) {
            if (channel.read(to, begin + to.position()) <= 0) {
                throw new EOFException("the file ends before byte " + (begin + to.limit()));
            }
        }
    }

    @Override
    public void write(long offset, byte[] from, int at, int length) throws IOException {
        write(offset, ByteBuffer.wrap(from, at, length));
    }

    @Override
    public void write(long offset, ByteBuffer from) throws IOException {
        long begin = offset - from.position();
        while (from.hasRemaining()) {
            channel.write(from, begin + from.position());
        }
    }

    @Override
    public void flush() throws IOException {
        // false leaves out times alone: the length is what data needs to be found again
        if (durable) {
            channel.force(false);
        }
    }

    @Override
    public void resize(long size) throws IOException {
        if (size < channel.size()) {
            channel.truncate(size);
        } else if (size > channel.size()) {
            channel.write(ByteBuffer.wrap(new byte[1]), size - 1);
        }
    }

    @Override
    public boolean punch(long offset, long length) {
        holes = holes && file() != null && file().punch(offset, length);
        return holes;
    }

    @Override
    public long nextData(long offset) throws IOException {
        long size = channel.size();
        if (offset >= size) {
            return size;
        }
        long found = file() == null ? NativeFile.UNKNOWN : file().next(offset);
        return found == NativeFile.UNKNOWN ? offset : found == NativeFile.NONE ? size : found;
    }

    @Override
    public FilePart part(long offset, long length) {
        return file() == null ? null : new FilePart(file(), offset, length);
    }

    private synchronized NativeFile file() {
        if (!asked) {
            asked = true;
            file = NativeFile.open(path, !readOnly, key);
        }
        return file;
    }

    @Override
    public synchronized void close() {
        if (file != null) {
            file.close();
            file = null;
        }
        asked = true;
        RawDisk.shut(channel);
    }
}
