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
    private boolean holes;
    /** Made for the first hole. */
    private HolePuncher puncher;
    /** Made when data is looked for first. */
    private DataSeeker seeker;
    private boolean unseekable;

    HostImageFile(FileChannel channel, Path path, boolean readOnly) {
        this.channel = channel;
        this.path = path;
        this.readOnly = readOnly;
        holes = !readOnly && Files.isRegularFile(path);
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
        ByteBuffer buffer = ByteBuffer.wrap(to, at, length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position() - at) <= 0) {
                throw new EOFException("the file ends before byte " + (offset + length));
            }
        }
    }

    @Override
    public void write(long offset, byte[] from, int at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(from, at, length);
        while (buffer.hasRemaining()) {
            channel.write(buffer, offset + buffer.position() - at);
        }
    }

    @Override
    public void flush() throws IOException {
        // false leaves out times alone: the length is what data needs to be found again
        channel.force(false);
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
        if (holes && puncher == null) {
            puncher = HolePuncher.open(path);
        }
        holes = holes && puncher != null && puncher.punch(offset, length);
        return holes;
    }

    @Override
    public long nextData(long offset) throws IOException {
        long size = channel.size();
        if (offset >= size) {
            return size;
        }
        if (seeker == null && !unseekable) {
            seeker = DataSeeker.open(path);
            unseekable = seeker == null;
        }
        long found = unseekable ? DataSeeker.UNKNOWN : seeker.next(offset);
        return found == DataSeeker.UNKNOWN ? offset : found == DataSeeker.NONE ? size : found;
    }

    @Override
    public void close() {
        if (puncher != null) {
            puncher.close();
        }
        if (seeker != null) {
            seeker.close();
        }
        RawDisk.shut(channel);
    }
}
